"""A message to many: stored once, a row for each person, and counters of what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import ColumnElement, Insert, Table, Text, bindparam, delete, select, update
from sqlalchemy.orm import Session

from bot.core.chat import Message, Reply, as_json, message_from_json
from bot.db.bulk import VALUES, dialect_of, each_value, insert_from, packed
from bot.db.engine import insert_once, ring, run
from bot.db.models import ClosedTopicRow, DeliveryRow, LetterRow
from bot.db.pieces import wrote
from bot.services import gate, keyboards
from bot.services.gate import Purpose, Urgency

BELL = "deliveries"
AT_ONCE = 500
AGAIN = ":again"  # ends the key of what is sent once more
_DELIVERIES: Table = DeliveryRow.__table__  # type: ignore[assignment]
_LETTERS: Table = LetterRow.__table__  # type: ignore[assignment]
_CLOSED: Table = ClosedTopicRow.__table__  # type: ignore[assignment]
_COUNTERS = ("sent", "failed", "doubt", "withdrawn")


@dataclass(frozen=True)
class Letter:
    """What goes to many. All its buttons are shared ones (or links), so it is the same for all.

    `due_at`: not before; `expires_at`: useless from then on; `topic`: see outbox.withdraw_topic.
    `id` is known of one that was posted already, which is not read again.
    """

    key: str
    reply: Reply
    purpose: Purpose
    topic: str | None = None
    due_at: datetime | None = None
    expires_at: datetime | None = None
    id: int | None = None


@dataclass(frozen=True)
class Said:
    """The message of a letter; one that was taken back is not sent any more."""

    message: Message
    is_withdrawn: bool


@dataclass(frozen=True)
class Progress:
    """How many people a letter goes to, and with how many it has come how far."""

    total: int
    queued: int
    sent: int
    failed: int
    doubt: int
    withdrawn: int


def post(session: Session, letter: Letter, owners: Sequence[str], *, at: datetime) -> int:
    """Queue a letter to these people; gives its id. A repeat adds nobody twice.

    For many people call it with a piece of them (pieces.at_once) in one transaction each, between
    which interactive turns get their turn; what a crash interrupts is called again. Raises
    ValueError for a button that is bound to one person.
    """
    letter_id = letter.id or _keep(session, letter, at)
    wishes = gate.wishes(session, owners) if letter.purpose.is_sparable else {}
    by_wish: dict[gate.Wish, list[str]] = {}
    for owner, wish in wishes.items():
        by_wish.setdefault(wish, []).append(owner)
    no_wish = by_wish.setdefault(gate.NO_WISH, [])
    no_wish += [owner for owner in owners if owner not in wishes]
    for wish, some in by_wish.items():
        if some:
            _queue(session, letter_id, letter, wish, some, at)
    wrote(session, len(owners))
    ring(session, BELL)
    return letter_id


def kept(session: Session, key: str) -> Letter | None:
    """A letter that was posted, to post it to more people; what it says is not read again."""
    row = run(session, _KEPT, {"key": key}).one_or_none()
    if row is None:
        return None
    purpose = Purpose(row.purpose)
    return Letter(key, Reply(""), purpose, row.topic, row.due_at, row.expires_at, row.id)


def progress(session: Session, letter_id: int) -> Progress:
    """How far the letter has come."""
    columns = [_LETTERS.c[name] for name in _COUNTERS]
    row = run(session, select(_LETTERS.c.total, *columns).where(_LETTERS.c.id == letter_id)).one()
    total, *ended = row
    return Progress(total, total - sum(ended), *ended)


def messages(session: Session, ids: Iterable[int]) -> dict[int, Said]:
    """What these letters say, and whether they were taken back."""
    wanted = list(ids)
    rows = run(session, _SAID, {"ids": wanted}) if wanted else ()
    return {
        row.id: Said(message_from_json(row.message or {}), row.withdrawn_at is not None)
        for row in rows
    }


def count(session: Session, changes: Mapping[int, Mapping[str, int]]) -> None:
    """Add to the counters of letters, in the order of their ids so that nobody waits in a ring."""
    rows = [
        {"letter": letter, **{f"more_{name}": by.get(name, 0) for name in _COUNTERS}}
        for letter, by in sorted(changes.items())
    ]
    if rows:
        run(session, _COUNT, rows)


def withdraw(session: Session, where: ColumnElement[bool], *, at: datetime) -> int:
    """Stop letters: what they still have queued is withdrawn when its turn comes."""
    stopped = update(_LETTERS).where(where, _LETTERS.c.withdrawn_at.is_(None))
    return run(session, stopped.values(withdrawn_at=at)).rowcount


def empty(session: Session, letter_id: int) -> int:
    """Withdraw some of what a stopped letter still has in the queue; says how many."""
    some = (
        select(_DELIVERIES.c.id)
        .where(
            _DELIVERIES.c.letter_id == letter_id,
            _DELIVERIES.c.state == "queued",
            _DELIVERIES.c.key.not_like(f"%{AGAIN}"),
        )
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    ended = update(_DELIVERIES).where(_DELIVERIES.c.id.in_(some))
    done = run(session, ended.values(state="withdrawn", reason="withdrawn"))
    count(session, {letter_id: {"withdrawn": done.rowcount}})
    return done.rowcount


def forget(session: Session, owner: str) -> None:
    """Let go of a person's deliveries; what has not gone out counts as withdrawn."""
    mine = (_DELIVERIES.c.owner == owner, _DELIVERIES.c.letter_id.is_not(None))
    open_ones = _DELIVERIES.c.state.in_(("queued", "sending"))
    rows = run(session, select(_DELIVERIES.c.letter_id).where(*mine, open_ones)).scalars()
    count(session, {letter_id: {"withdrawn": 1} for letter_id in rows})
    run(session, delete(_DELIVERIES).where(_DELIVERIES.c.owner == owner))
    run(session, delete(_CLOSED).where(_CLOSED.c.owner == owner))


def unreached(session: Session, letter_id: int) -> list[tuple[str, str, str]]:
    """Whom it has not reached for certain: owner, state (failed or doubt) and the reason's code."""
    query = select(_DELIVERIES.c.owner, _DELIVERIES.c.state, _DELIVERIES.c.reason).where(
        _DELIVERIES.c.letter_id == letter_id, _DELIVERIES.c.state.in_(("failed", "doubt"))
    )
    rows = run(session, query.order_by(_DELIVERIES.c.id)).all()
    return [(row.owner, row.state, row.reason or "") for row in rows]


def keys_of(letter_key: str, owners: Iterable[str]) -> list[str]:
    """The keys of the deliveries of a letter to these people."""
    return [f"{letter_key}:{owner}" for owner in owners]


_SAID = select(_LETTERS.c.id, _LETTERS.c.message, _LETTERS.c.withdrawn_at).where(
    _LETTERS.c.id.in_(bindparam("ids", expanding=True))
)
_ID = select(_LETTERS.c.id).where(_LETTERS.c.key == bindparam("key"))
_KEPT = select(
    _LETTERS.c.id,
    _LETTERS.c.purpose,
    _LETTERS.c.topic,
    _LETTERS.c.due_at,
    _LETTERS.c.expires_at,
).where(_LETTERS.c.key == bindparam("key"))
_COUNT = (
    update(_LETTERS)
    .where(_LETTERS.c.id == bindparam("letter"))
    .values({name: _LETTERS.c[name] + bindparam(f"more_{name}") for name in _COUNTERS})
)


def _keep(session: Session, letter: Letter, at: datetime) -> int:
    letter_id = run(session, _ID, {"key": letter.key}).scalar_one_or_none()
    if letter_id is not None:
        return letter_id
    if any(b.url is None and not b.is_shared for row in letter.reply.rows for b in row):
        raise ValueError("the buttons of a letter are shared ones")
    message = keyboards.mint(session, f"letter:{letter.key}", "", letter.reply, at=at)
    row = {
        "key": letter.key,
        "purpose": letter.purpose.value,
        "message": as_json(message),
        "topic": letter.topic,
        "due_at": max(at, letter.due_at or at),
        "expires_at": letter.expires_at,
        "made_at": at,
    }
    insert_once(session, _LETTERS, [row | dict.fromkeys(("total", *_COUNTERS), 0)], unique=("key",))
    return run(session, _ID, {"key": letter.key}).scalar_one()


def _queue(
    session: Session,
    letter_id: int,
    letter: Letter,
    wish: gate.Wish,
    owners: Sequence[str],
    at: datetime,
) -> None:
    purpose = letter.purpose
    due = max(at, letter.due_at or at)
    opening = gate.opening(purpose, at=due, expires_at=letter.expires_at, wish=wish)
    dropped = wish.drops(purpose, at=due)
    to_one = purpose is gate.Purpose.CONFIDENTIAL  # which does not wait behind a notice to all
    is_bulk = purpose.urgency is Urgency.NORMAL and not to_one
    values = {
        "lane": int(Urgency.BULK if is_bulk else purpose.urgency),
        "purpose": purpose.value,
        "letter_id": letter_id,
        "topic": letter.topic,
        "state": "withdrawn" if dropped else "queued",
        "reason": dropped or opening.reason,
        "due_at": opening.at,
        "expires_at": letter.expires_at,
        "made_at": at,
        "attempts": 0,
    }
    these = {VALUES: packed(owners), "letter_key": f"{letter.key}:"}
    given = {f"of_{name}": value for name, value in values.items()}
    added = run(session, _queueing(dialect_of(session), tuple(values)), these | given).rowcount
    withdrawn = added if dropped else 0
    run(session, _COUNT_NEW, {"letter": letter_id, "added": added, "dropped": withdrawn})


@lru_cache(maxsize=2)
def _queueing(dialect: str, names: tuple[str, ...]) -> Insert:
    """A row for each owner, all else the same. Made once: making it costs half of running it."""
    each = each_value(dialect)
    own = [bindparam("letter_key", type_=Text()) + each.c.value, each.c.value]
    same = [bindparam(f"of_{name}", type_=_DELIVERIES.c[name].type) for name in names]
    # SQLite reads ON CONFLICT after a SELECT only behind a WHERE.
    rows = select(*own, *same).where(each.c.value != "")
    return insert_from(dialect, _DELIVERIES, ["key", "owner", *names], rows, "key")


_COUNT_NEW = (
    update(_LETTERS)
    .where(_LETTERS.c.id == bindparam("letter"))
    .values(
        total=_LETTERS.c.total + bindparam("added"),
        withdrawn=_LETTERS.c.withdrawn + bindparam("dropped"),
    )
)
