"""Who may do what: the audiences of routes, and what a person is."""

from __future__ import annotations

from enum import Enum


class Role(Enum):
    """An audience. GUEST admits everyone; TEACHER every member of the roster."""

    GUEST = "guest"
    TEACHER = "teacher"
    SECRETARY = "secretary"
    ADMINISTRATOR = "administrator"


GRANTABLE = (Role.SECRETARY, Role.ADMINISTRATOR)
