"""Small facts that all processes agree on: whether it is a demo, the clock's offset."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Table, bindparam, select
from sqlalchemy.orm import Session

from bot.db.engine import insert_once, run, upsert
from bot.db.models import FactRow

DEMO = "demo"
CLOCK_OFFSET = "clock_offset"
# When the next reminder falls due, for whoever moves the clock of a demo.
NEXT_REMINDER = "reminders_next"
ORIGIN = "origin"  # where our pages are: scheme, host and port
_FACTS: Table = FactRow.__table__  # type: ignore[assignment]


_VALUE = select(FactRow.value).where(FactRow.name == bindparam("name"))


def get(session: Session, name: str) -> str | None:
    """The fact, or None when it was never set."""
    # Past the ORM: the secret of shared buttons is asked for twice in every tap on one.
    return run(session, _VALUE, {"name": name}).scalar_one_or_none()


def put(session: Session, name: str, value: str) -> None:
    """Set the fact, whatever it was before."""
    upsert(session, _FACTS, {"name": name, "value": value}, unique=("name",))


def get_or_put(session: Session, name: str, value: str) -> str:
    """The fact; `value` becomes it when it was never set, however many ask at once."""
    if (known := get(session, name)) is not None:
        return known
    insert_once(session, _FACTS, [{"name": name, "value": value}], unique=("name",))
    return session.scalars(select(FactRow.value).where(FactRow.name == name)).one()


def is_demo(session: Session) -> bool:
    """Whether the people of this database are invented ones."""
    return get(session, DEMO) == "1"


def clock_offset(session: Session) -> timedelta:
    """How far business time runs ahead; nothing at all outside a demo."""
    seconds = get(session, CLOCK_OFFSET) if is_demo(session) else None
    return timedelta(seconds=float(seconds)) if seconds else timedelta()


def put_clock_offset(session: Session, offset: timedelta) -> None:
    """Keep how far business time runs ahead."""
    put(session, CLOCK_OFFSET, str(offset.total_seconds()))
