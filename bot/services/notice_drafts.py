"""The notice that somebody is writing: a row until it is sent or dropped, through restarts."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.core import dates
from bot.core.chat import File, State
from bot.core.clock import local, local_day
from bot.core.errors import Refused
from bot.services import audience, files, gate, notices, states
from bot.services.audience import Audience
from bot.services.files import StoredFile
from bot.services.notice_sending import Wish

# Beside the open conversations, of which a chat has one: a draft stays while others come and go.
_WHERE = "draft:notice"
_END_OF_WORK = time(18)
_ATTACHES_FOR = timedelta(minutes=30)


@dataclass(frozen=True)
class Draft:
    """What is known so far. `id` makes the sending unique; `at`, `due` and `when` in ISO form.

    `person`, `when`, `place` and `whom` are of a confidential one only.
    """

    id: str
    kind: str = notices.PLAIN
    text: str = ""
    files: tuple[int, ...] = ()
    to: dict[str, Any] | None = None
    at: str | None = None
    due: str | None = None
    asks: str = ""
    person: int | None = None
    when: str | None = None
    place: str = ""
    whom: str = ""

    @property
    def audience(self) -> Audience | None:
        if self.person is not None:
            return Audience(people=(self.person,))
        return None if self.to is None else audience.from_json(self.to)

    @property
    def send_at(self) -> datetime | None:
        return datetime.fromisoformat(self.at) if self.at else None

    @property
    def due_at(self) -> datetime | None:
        return datetime.fromisoformat(self.due) if self.due else None

    @property
    def meets_at(self) -> datetime | None:
        return datetime.fromisoformat(self.when) if self.when else None


def new(kind: str = notices.PLAIN) -> Draft:
    return Draft(secrets.token_urlsafe(9), kind)


def load(session: Session, owner: str) -> Draft | None:
    """The owner's draft, if there is one."""
    state = states.load(session, owner, _WHERE)
    if state is None:
        return None
    parts = dict(state.data)
    parts["files"] = tuple(parts["files"])
    return Draft(**parts)


def require(session: Session, owner: str, draft_id: str | None = None) -> Draft:
    """The draft, which a button belongs to. Raises Refused notice_draft_gone."""
    draft = load(session, owner)
    if draft is None or draft_id not in (None, draft.id):
        raise Refused("notice_draft_gone")
    return draft


def save(session: Session, owner: str, draft: Draft, *, at: datetime) -> Draft:
    """Keep the draft in the place of any other."""
    data = {**asdict(draft), "files": list(draft.files)}
    states.save(session, owner, _WHERE, State("notices.draft", data), at=at)
    return draft


def drop(session: Session, owner: str, *, at: datetime) -> None:
    """Forget the draft; its files are forgotten with the days that files are kept."""
    states.save(session, owner, _WHERE, None, at=at)


def with_file(
    session: Session, owner: str, draft: Draft, file: StoredFile, *, at: datetime
) -> Draft:
    """The draft with one more file. Raises Refused notice_files_enough, notice_file_empty."""
    if len(draft.files) >= notices.FILES_AT_MOST:
        raise Refused("notice_files_enough", limit=notices.FILES_AT_MOST)
    if not file.content:
        raise Refused("notice_file_empty")
    kept = files.keep(session, owner, File(file.name, file.content, file.media_type), at=at)
    return replace(draft, files=(*draft.files, kept))


def wish_of(draft: Draft) -> Wish:
    """What the draft sends. Raises Refused notice_to_nobody while it says not to whom."""
    meant = draft.audience
    if meant is None:
        raise Refused("notice_to_nobody")
    said: dict[str, Any] = {}
    if draft.person is not None:
        said = {"when": draft.when, "place": draft.place, "whom": draft.whom}
    return Wish(
        draft.kind,
        draft.text,
        meant,
        draft.files,
        draft.due_at if draft.kind != notices.PLAIN else None,
        draft.send_at,
        draft.asks if draft.kind != notices.PLAIN else "",
        draft.person,
        said,
    )


def instant(text: str, *, now: datetime, default: time = _END_OF_WORK) -> datetime:
    """When somebody means; a day alone is until its end of work, an hour alone the next such.

    Raises Refused: those of dates.read, date_past, date_two_hours.
    """
    moment = dates.read(text, now=now)
    if moment.choices:
        raise Refused("date_two_hours", hour=moment.choices[0].hour)
    hour = moment.hour or default
    if moment.day is not None:
        return dates.at(moment.day, hour, now=now)
    today = local_day(now)
    is_over = local(now).time() >= hour
    return dates.at(today + timedelta(days=1) if is_over else today, hour, now=now)


def receipt_due(meets_at: datetime, *, now: datetime) -> datetime:
    """Until when an appointment should be confirmed: the day before, if there still is one."""
    day_before = meets_at - timedelta(days=1)
    read_at = gate.opens_at(gate.Purpose.CONFIDENTIAL, at=now) + timedelta(hours=2)
    return day_before if day_before > read_at else meets_at


def is_attaching(session: Session, owner: str, *, at: datetime) -> bool:
    """Whether a file that comes now is meant for the notice that is being written."""
    state = states.load(session, owner, "private")
    if state is None or not state.name.startswith("notices.") or state.updated_at is None:
        return False
    return at - state.updated_at < _ATTACHES_FOR
