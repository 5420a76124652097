"""Knowledge added in chat, as rows: phrasings and entries, made by a tap, withdrawn by another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, Select, String, Table, func, select, type_coerce, update
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.core.wording import holds_personal_number
from bot.db.engine import insert_returning
from bot.db.models import AdditionRow, MemberRow
from bot.services import audit
from bot.services.members import Member
from knowledge import canonical
from knowledge.additions import Additions, Phrasing, Written, owner_of
from knowledge.checks import same
from knowledge.library import Library
from knowledge.schema import Entry, Source

# Characters of what is typed, all within what the schema allows; titles stand on buttons.
LONGEST: Mapping[str, int] = {"ask": 200, "title": 40, "answer": 600, "clause": 60, "topic": 20}
_LIKE = 60.0
_ADDITIONS: Table = AdditionRow.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Draft:
    """An entry as it is written in chat. `source` is the id of a known source."""

    title: str
    answer: str
    source: str
    clause: str
    topic: str
    ask: tuple[str, ...]


@dataclass(frozen=True)
class Addition:
    """One addition in use. `text` is the phrasing, or the title of the entry."""

    id: int
    kind: str
    entry_id: str
    text: str
    made_by: str
    made_at: datetime
    content: Mapping[str, Any]


def checked(field: str, text: str) -> str:
    """What was typed for a field, ready to be stored.

    Raises Refused: addition_empty, addition_too_long, addition_personal.
    """
    clean = text.strip() if field == "answer" else " ".join(text.split())
    if not clean:
        raise Refused("addition_empty")
    if len(clean) > LONGEST[field]:
        raise Refused("addition_too_long", most=LONGEST[field])
    if holds_personal_number(clean):
        raise Refused("addition_personal")
    return clean


def check_title(library: Library, title: str) -> None:
    """Raises Refused title_taken when an entry is called or asked for like that."""
    if owner := owner_of(library, title):
        raise Refused("title_taken", title=owner.title)


def add_phrasing(
    session: Session, actor: Member, library: Library, entry_id: str, text: str, *, at: datetime
) -> int:
    """One more way of asking for an entry; gives the addition's id.

    Raises Refused: as `checked`, and addition_no_entry, phrasing_known, phrasing_taken.
    """
    text = checked("ask", text)
    entry = library.entries.get(entry_id)
    if entry is None or not library.sources[entry.source].holds_on(local_day(at)):
        raise Refused("addition_no_entry")
    _refuse_taken(owner_of(library, text), entry)
    row = {"kind": "phrasing", "entry_id": entry_id, "content": {"text": text}}
    made = _insert(session, actor, row, f"phrasing:{same(text)}", at)
    if made is None:
        _refuse_taken(_newest_owner(session, library, text), entry)
        raise Refused("phrasing_known")
    return made


def add_entry(
    session: Session, actor: Member, library: Library, draft: Draft, *, at: datetime
) -> int:
    """A new entry, to be checked against the document by somebody; gives the addition's id.

    Raises Refused: as `checked`, and addition_no_source, title_taken, phrasing_taken.
    """
    check_title(library, draft.title)
    entry = entry_of(library, draft)
    source = library.sources.get(entry.source)
    if source is None or not source.holds_on(local_day(at)):
        raise Refused("addition_no_source")
    content = entry.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    row = {"kind": "entry", "entry_id": entry.id, "content": content}
    made = _insert(session, actor, row, f"entry:{entry.id}", at)
    if made is None:
        raise Refused("title_taken", title=entry.title)
    return made


def entry_of(library: Library, draft: Draft) -> Entry:
    """The entry that a draft becomes. What it says makes its id, so that it is the same twice.

    Raises Refused: as `checked`, and phrasing_taken when all its phrasings belong to others.
    """
    title, answer, clause = (
        checked(name, getattr(draft, name)) for name in ("title", "answer", "clause")
    )
    free = [text for text in draft.ask if owner_of(library, text) is None]
    if not free:
        owner = owner_of(library, draft.ask[0])
        raise Refused("phrasing_taken", title=owner.title if owner else "")
    said = "\n".join((title, answer, clause, draft.source))
    return Entry(
        id=f"added-{hashlib.sha256(said.encode()).hexdigest()[:10]}",
        title=title,
        topic=checked("topic", draft.topic),
        source=draft.source,
        clause=clause,
        ask=tuple(dict.fromkeys(free)),
        answer=answer,
        review="pending",
    )


def sources_like(library: Library, text: str, *, at: datetime, limit: int = 5) -> list[Source]:
    """Known sources in force whose title, short name or number is like the text, best first."""
    asked = canonical.plain(text)
    day = local_day(at)
    scored = [
        (max(fuzz.partial_ratio(asked, canonical.plain(name)) for name in _names(source)), source)
        for source in library.sources.values()
        if source.holds_on(day)
    ]
    best = sorted(scored, key=lambda each: (-each[0], len(each[1].title)))
    return [source for score, source in best if asked and score >= _LIKE][:limit]


def withdraw(session: Session, actor: Member | None, addition_id: int, *, at: datetime) -> Addition:
    """Take an addition out of use. Raises Refused addition_ended when it is so already."""
    found = get(session, addition_id)
    values = {"withdrawn_at": at, "withdrawn_by": actor.id if actor else None, "key": None}
    if not _end(session, addition_id, values):
        raise Refused("addition_ended")
    _note(session, actor, "withdrawn", found, at)
    return found


def merge(session: Session, addition_ids: Sequence[int], *, at: datetime) -> int:
    """Take out of use what the files hold by now; says how many it was."""
    merged = 0
    for addition_id in addition_ids:
        if _end(session, addition_id, {"merged_at": at, "key": None}):
            _note(session, None, "merged", get(session, addition_id, is_ended=True), at)
            merged += 1
    return merged


def count(session: Session) -> int:
    """How many additions are in use."""
    query = select(func.count()).select_from(AdditionRow).where(AdditionRow.key.is_not(None))
    return session.scalars(query).one()


def listed(session: Session, *, offset: int = 0, limit: int | None = None) -> list[Addition]:
    """Additions in use, newest first."""
    query = _query().where(AdditionRow.key.is_not(None)).order_by(AdditionRow.id.desc())
    rows = session.execute(query.offset(offset).limit(limit) if limit else query)
    return [_addition(row, name) for row, name in rows]


def get(session: Session, addition_id: int, *, is_ended: bool = False) -> Addition:
    """One addition. Raises Refused addition_ended when it is no longer in use."""
    found = session.execute(_query().where(AdditionRow.id == addition_id)).one_or_none()
    if found is None or (found[0].key is None and not is_ended):
        raise Refused("addition_ended")
    return _addition(*found)


def mark(session: Session) -> tuple[int, ...]:
    """Changes whenever what is in use changes; costs one small query."""
    query = select(
        func.count(AdditionRow.id),
        func.coalesce(func.sum(AdditionRow.id), 0),
        func.coalesce(func.max(AdditionRow.id), 0),
    ).where(AdditionRow.key.is_not(None))
    return tuple(int(value) for value in session.execute(query).one())


def load(session: Session) -> Additions:
    """All that is in use, as the knowledge takes it."""
    query = select(AdditionRow.id, AdditionRow.kind, AdditionRow.entry_id, AdditionRow.content)
    rows = session.execute(query.where(AdditionRow.key.is_not(None)).order_by(AdditionRow.id)).all()
    return Additions(
        tuple(
            Phrasing(row.id, row.entry_id, str(row.content["text"]))
            for row in rows
            if row.kind == "phrasing"
        ),
        tuple(Written(row.id, row.content) for row in rows if row.kind == "entry"),
    )


def _refuse_taken(owner: Entry | None, entry: Entry) -> None:
    if owner is not None and owner.id == entry.id:
        raise Refused("phrasing_known")
    if owner is not None:
        raise Refused("phrasing_taken", title=owner.title)


def _newest_owner(session: Session, library: Library, text: str) -> Entry | None:
    """Whose phrasing this has become since the library was put together."""
    query = select(AdditionRow.entry_id).where(AdditionRow.key == f"phrasing:{same(text)}")
    return library.entries.get(session.scalars(query).one_or_none() or "")


def _names(source: Source) -> tuple[str, ...]:
    return (source.title, *source.short, source.number or "")


def _insert(
    session: Session, actor: Member, row: Mapping[str, Any], key: str, at: datetime
) -> int | None:
    """The new row's id; None when somebody else has just added the same."""
    session.flush()
    values = {**row, "key": key, "made_by": actor.id, "made_at": at}
    made = insert_returning(session, _ADDITIONS, [values], (_ADDITIONS.c.id,), unique=("key",))
    if not made:
        return None
    added = get(session, int(made[0][0]))
    _note(session, actor, "added", added, at)
    return added.id


def _end(session: Session, addition_id: int, values: Mapping[str, Any]) -> bool:
    done: Any = session.execute(
        update(AdditionRow)
        .where(AdditionRow.id == addition_id, AdditionRow.key.is_not(None))
        .values(**values)
    )
    return done.rowcount > 0


def _note(
    session: Session, actor: Member | None, what: str, addition: Addition, at: datetime
) -> None:
    detail = {"kind": addition.kind, "entry": addition.entry_id}
    audit.add(session, actor, f"knowledge.{what}", f"addition:{addition.id}", detail, at=at)


def _query() -> Select[AdditionRow, str | None]:
    name: ColumnElement[str | None] = type_coerce(MemberRow.name, String())
    return select(AdditionRow, name).outerjoin(MemberRow, MemberRow.id == AdditionRow.made_by)


def _addition(row: AdditionRow, name: str | None) -> Addition:
    text = row.content["text" if row.kind == "phrasing" else "title"]
    return Addition(
        row.id, row.kind, row.entry_id, str(text), name or "", row.made_at, dict(row.content)
    )
