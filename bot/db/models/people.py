"""Who there is: units of both trees, members, memberships, roles, addresses, ways in."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.models.base import Base, Id


class UnitRow(Base):
    """A node of the administrative or the Party tree.

    tree: admin or party. kind: bureau, school; committee, general_branch, branch, group.
    nature: public or private, for schools.
    """

    __tablename__ = "units"
    __table_args__ = (UniqueConstraint("tree", "name"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    tree: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(Id, ForeignKey("units.id"), index=True)
    nature: Mapped[str | None]
    closed_on: Mapped[date | None]


class CoverRow(Base):
    """A Party branch covers a school; a joint branch (联合党支部) covers several."""

    __tablename__ = "covers"

    branch_id: Mapped[int] = mapped_column(Id, ForeignKey("units.id"), primary_key=True)
    school_id: Mapped[int] = mapped_column(Id, ForeignKey("units.id"), primary_key=True)


class MemberRow(Base):
    """A person of the roster. `left_on` marks who has left; the history stays.

    party_status: full, probationary, activist, none.
    """

    __tablename__ = "members"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(index=True)
    party_status: Mapped[str]
    duties: Mapped[str] = mapped_column(default="")
    has_vote: Mapped[bool] = mapped_column(default=False)
    left_on: Mapped[date | None]
    erased_at: Mapped[datetime | None]


class MembershipRow(Base):
    """A member in a unit from a day to a day; `to_on` is the first day no longer there."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index(
            "uq_memberships_current",
            "member_id",
            "tree",
            unique=True,
            sqlite_where=text("to_on IS NULL"),
            postgresql_where=text("to_on IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"))
    tree: Mapped[str]
    unit_id: Mapped[int] = mapped_column(Id, ForeignKey("units.id"), index=True)
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class RoleRow(Base):
    """A role held in a unit from a day to a day (`to_on` is the first day without it)."""

    __tablename__ = "roles"
    __table_args__ = (Index("ix_roles_unit_id_role", "unit_id", "role"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), index=True)
    role: Mapped[str]
    unit_id: Mapped[int] = mapped_column(Id, ForeignKey("units.id"))
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    is_deputy: Mapped[bool] = mapped_column(default=False)


class AddressRow(Base):
    """Where somebody is reached: a person on a platform, bound to a member or a guest's."""

    __tablename__ = "addresses"
    __table_args__ = (
        UniqueConstraint("platform", "native_id"),
        Index(
            "ix_addresses_unreachable",
            "member_id",
            sqlite_where=text("unreachable_reason IS NOT NULL"),
            postgresql_where=text("unreachable_reason IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    platform: Mapped[str]
    native_id: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    chat_id: Mapped[str | None]  # their private chat, once they have written there
    member_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"), index=True)
    bound_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    unreachable_reason: Mapped[str | None]
    wrong_codes: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]


class InvitationRow(Base):
    """A single-use way in for one member; only the hash of its code is kept."""

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code_hash: Mapped[str] = mapped_column(unique=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), index=True)
    made_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[int | None] = mapped_column(Id, ForeignKey("addresses.id"))


class JoinRequestRow(Base):
    """A stranger's request to be let in as somebody. status: open, approved, declined."""

    __tablename__ = "join_requests"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    address_id: Mapped[int] = mapped_column(Id, ForeignKey("addresses.id"), index=True)
    member_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    name: Mapped[str]
    school: Mapped[str]
    status: Mapped[str] = mapped_column(default="open")
    made_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    decided_at: Mapped[datetime | None]


class DataRequestRow(Base):
    """A person's request to correct or erase what is held. status: open, done, declined."""

    __tablename__ = "data_requests"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey("members.id"), index=True)
    kind: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="open")
    made_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    decided_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")
