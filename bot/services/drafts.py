"""The meeting that a secretary is about to call: kept as a row until it is sent or dropped."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from typing import Any

from sqlalchemy.orm import Session

from bot.core import dates
from bot.core.chat import State
from bot.core.errors import Refused
from bot.services import states
from bot.services.meetings import Call

# Beside the open conversations, of which a chat has one: a draft stays while others come and go.
_WHERE = "draft:meeting"


@dataclass(frozen=True)
class Draft:
    """What is known so far; None for what is still to be asked. `id` makes the call unique."""

    id: str
    kind: str
    unit_ids: tuple[int, ...]
    day: date | None = None
    hour: time | None = None
    lasts: int = 60
    place: str | None = None
    topic: str | None = None
    subkind: str | None = None
    purpose: str = "plain"
    guests: tuple[int, ...] = ()
    visitors: tuple[str, ...] = ()
    on_the_day: bool = False
    is_proposed: bool = False

    def starts_at(self, *, now: datetime) -> datetime:
        """Raises Refused date_past."""
        assert self.day is not None
        assert self.hour is not None
        return dates.at(self.day, self.hour, now=now)


def load(session: Session, owner: str) -> Draft | None:
    """The owner's draft, if there is one."""
    state = states.load(session, owner, _WHERE)
    return _draft(state.data) if state else None


def require(session: Session, owner: str, draft_id: str) -> Draft:
    """The draft that a button belongs to. Raises Refused draft_gone when it is not the one."""
    draft = load(session, owner)
    if draft is None or draft.id != draft_id:
        raise Refused("draft_gone")
    return draft


def save(session: Session, owner: str, draft: Draft, *, at: datetime) -> Draft:
    """Keep the draft in the place of any other."""
    data: dict[str, Any] = asdict(draft)
    data["day"] = draft.day.isoformat() if draft.day else None
    data["hour"] = draft.hour.isoformat("minutes") if draft.hour else None
    states.save(session, owner, _WHERE, State("meetings.draft", data), at=at)
    return draft


def drop(session: Session, owner: str, *, at: datetime) -> None:
    """Forget the draft."""
    states.save(session, owner, _WHERE, None, at=at)


def said(draft: Draft, moment: dates.Moment, *, now: datetime) -> Draft:
    """The draft with the day, hour and end that somebody wrote. Raises Refused date_past."""
    draft = replace(
        draft,
        day=moment.day or draft.day,
        hour=moment.hour or (None if moment.choices else draft.hour),
        is_proposed=False,
    )
    if moment.hour and moment.until:
        begin, end = moment.hour, moment.until
        lasts = (end.hour - begin.hour) * 60 + end.minute - begin.minute
        draft = replace(draft, lasts=lasts)
    if draft.day and draft.hour:
        draft.starts_at(now=now)
    return draft


def call_of(draft: Draft, topic: str, *, now: datetime) -> Call:
    """What the draft calls. Raises Refused date_past."""
    return Call(
        draft.kind,
        draft.unit_ids,
        draft.starts_at(now=now),
        draft.topic or topic,
        draft.place or "",
        draft.lasts,
        draft.subkind,
        draft.purpose,
        draft.guests,
        draft.visitors,
        draft.on_the_day,
    )


def _draft(data: dict[str, Any]) -> Draft:
    parts = dict(data)
    for name in ("unit_ids", "guests", "visitors"):
        parts[name] = tuple(parts[name])
    parts["day"] = date.fromisoformat(parts["day"]) if parts["day"] else None
    parts["hour"] = time.fromisoformat(parts["hour"]) if parts["hour"] else None
    return Draft(**parts)
