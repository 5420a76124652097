"""Messages that nobody waits for, as rows under a unique key: added once, sent once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from bot.core.chat import Reply, as_json
from bot.core.clock import local_day
from bot.core.text import again
from bot.db.engine import insert_once, ring, run, upsert_all
from bot.db.models import ClosedTopicRow, DeliveryRow, LetterRow, ShownRow
from bot.services import addresses, deliveries, gate, keyboards, letters
from bot.services.claiming import Batch, claim
from bot.services.deliveries import DELIVERIES, IS_QUEUED, IS_SENDING, Claimed, End, Outcome
from bot.services.letters import AGAIN, BELL, Letter, Progress, kept, post, progress, unreached

__all__ = [
    "BELL",
    "Batch",
    "Claimed",
    "End",
    "Letter",
    "Outcome",
    "Progress",
    "add",
    "claim",
    "counts",
    "kept",
    "post",
    "progress",
    "reach",
    "release",
    "settle",
    "unreached",
    "waiting",
    "withdraw",
    "withdraw_topic",
]
_SHOWN: Table = ShownRow.__table__  # type: ignore[assignment]
_CLOSED: Table = ClosedTopicRow.__table__  # type: ignore[assignment]
_LETTERS: Table = LetterRow.__table__  # type: ignore[assignment]


def add(  # noqa: PLR0913 - the last three are rarely given
    session: Session,
    owner: str,
    reply: Reply,
    *,
    key: str,
    purpose: gate.Purpose,
    at: datetime,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    topic: str | None = None,
) -> bool:
    """Queue a message to a person (owner m<id> or a<address id>). False if the key was there.

    The gate says when it may go, not before `due_at`; from `expires_at` on it would be useless and
    is withdrawn. `topic` is what withdraw_topic takes it back by. The buttons are minted for the
    owner's private chat, and may be typed once it is shown there.
    """
    if session.scalar(select(DeliveryRow.id).where(DeliveryRow.key == key)) is not None:
        return False  # so that no buttons and files are stored for nothing
    message = keyboards.mint(session, owner, keyboards.WAITING, reply, at=at)
    row = _queued(session, owner, purpose, at=at, due_at=due_at, expires_at=expires_at)
    return _insert(session, row | {"key": key, "topic": topic, "message": as_json(message)})


def reach(
    session: Session, owners: Sequence[str], purpose: gate.Purpose, *, at: datetime
) -> gate.Reach:
    """Whom of these a message would reach, and whether the gate holds it."""
    people = len(addresses.reachable(session, owners, on=local_day(at)))
    return gate.Reach(people, len(owners) - people, gate.opens_at(purpose, at=at) > at)


def withdraw(session: Session, key: str) -> bool:
    """Take back what has not gone out yet. False when it has, or was never there."""
    done: Any = session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.key == key, DeliveryRow.state == "queued")
        .values(state=End.WITHDRAWN.value)
    )
    return done.rowcount == 1


def withdraw_topic(
    session: Session, topic: str, owners: Sequence[str] | None = None, *, at: datetime
) -> None:
    """What the topic asks for was done (by these owners; None: is over for everybody).

    Messages about it that were made before `at` and have not gone out never will; what a crash or
    another process is only now queueing counts as made before. Later ones are sent.
    """
    closed = [{"topic": topic, "owner": owner, "at": at} for owner in owners or ("",)]
    if owners is not None and not owners:
        return
    upsert_all(session, _CLOSED, closed, unique=("topic", "owner"))
    whose = [] if owners is None else [DeliveryRow.owner.in_(owners)]
    open_ones = (DeliveryRow.topic == topic, IS_QUEUED, *whose)
    if owners is None:
        letters.withdraw(session, _LETTERS.c.topic == topic, at=at)
        open_ones = (*open_ones, DeliveryRow.letter_id.is_(None))
    taken = run(
        session,
        update(DELIVERIES)
        .where(*open_ones)
        .values(state=End.WITHDRAWN.value, reason="done")
        .returning(DELIVERIES.c.key, DELIVERIES.c.letter_id),
    )
    changes: dict[int, dict[str, int]] = {}
    for row in taken:
        if row.letter_id is not None and not row.key.endswith(AGAIN):
            of_letter = changes.setdefault(row.letter_id, {"withdrawn": 0})
            of_letter["withdrawn"] += 1
    letters.count(session, changes)


def waiting(session: Session, topic: str) -> list[str]:
    """To whom something about the topic is still to go."""
    mine = select(DELIVERIES.c.owner).where(IS_QUEUED, DELIVERIES.c.topic == topic)
    of_letters = select(DELIVERIES.c.owner).where(
        DELIVERIES.c.letter_id.in_(select(_LETTERS.c.id).where(_LETTERS.c.topic == topic)),
        DELIVERIES.c.state == End.QUEUED.value,
    )
    single = run(session, mine.where(DELIVERIES.c.letter_id.is_(None)))
    return [*single.scalars(), *run(session, of_letters).scalars()]


def settle(
    session: Session, outcomes: Sequence[Outcome], *, process: str, at: datetime
) -> list[Outcome]:
    """Write down how claimed ones went; gives those that were still this process's own."""
    rows = deliveries.each_row(outcomes)
    mine = _still_leased(session, [each.claimed.id for each in rows], process)
    own = [each for each in rows if each.claimed.id in mine]
    deliveries.write(session, own, at=at)
    abouts = {each.claimed.id: each.claimed.whole.about for each in outcomes}
    _follow_up(session, own, abouts, at)
    return own


def release(session: Session, *, mine: str, living: set[str] | None, at: datetime) -> list[Outcome]:
    """What a process that is gone was sending: in doubt, and sent once more if it matters.

    `living` are the processes that still run; None means that only we do.
    """
    query = select(DELIVERIES).where(IS_SENDING, DeliveryRow.leased_by != mine)
    if living is not None:
        query = query.where(DeliveryRow.leased_by.not_in(living)).with_for_update(skip_locked=True)
    # Ordered here: SQLite would read through all rows to have them in order.
    rows = sorted(run(session, query.limit(1000)), key=lambda row: row.id)
    said = letters.messages(session, {row.letter_id for row in rows if row.letter_id})
    doubts = [
        Outcome(each, End.DOUBT, "process_ended") for each in deliveries.claimed_of(rows, said, {})
    ]
    deliveries.write(session, doubts, at=at)
    _follow_up(session, doubts, {}, at)
    return doubts


def counts(session: Session) -> dict[str, int]:
    """How many there are in each state that is not `sent`."""
    query = select(DeliveryRow.state, func.count()).where(DeliveryRow.state != "sent")
    rows = session.execute(query.group_by(DeliveryRow.state)).all()
    return {row[0]: row[1] for row in rows}


def _still_leased(session: Session, ids: Sequence[int], process: str) -> set[int]:
    return set(run(session, _LEASED, {"ids": ids, "process": process}).scalars())


_LEASED = (
    select(DELIVERIES.c.id)
    .where(
        DELIVERIES.c.id.in_(bindparam("ids", expanding=True)),
        DELIVERIES.c.state == "sending",
        DELIVERIES.c.leased_by == bindparam("process"),
    )
    .with_for_update()
)


def _follow_up(
    session: Session, outcomes: Sequence[Outcome], abouts: Mapping[int, str | None], at: datetime
) -> None:
    shown: list[dict[str, Any]] = []
    stands = [each.claimed.message for each in outcomes if each.end in (End.SENT, End.DOUBT)]
    keyboards.stand(session, stands)
    for outcome in outcomes:
        claimed, address = outcome.claimed, outcome.claimed.address
        if address is not None and outcome.is_unreachable:
            addresses.mark_unreachable(session, address.id, outcome.reason or "unreachable")
        if outcome.end is End.DOUBT and claimed.purpose.is_worth_repeating:
            _send_once_more(session, claimed, at)
        about = abouts.get(claimed.id)
        if outcome.end is End.SENT and address and outcome.native_id and about:
            row = {"platform": address.platform, "chat": address.chat_id, "at": at}
            shown.append(row | {"native_id": outcome.native_id, "about": about})
    upsert_all(session, _SHOWN, shown, unique=("platform", "chat", "native_id"))


def _send_once_more(session: Session, claimed: Claimed, at: datetime) -> None:
    if claimed.key.endswith(AGAIN):
        return
    message = replace(claimed.message, text=again(claimed.message.text))
    row = _queued(session, claimed.owner, claimed.purpose, at=at, expires_at=claimed.expires_at)
    own = {"key": claimed.key + AGAIN, "topic": claimed.topic, "message": as_json(message)}
    # As old as the first, so that it does not come when what it asks for was done meanwhile.
    first = select(DeliveryRow.made_at).where(DeliveryRow.id == claimed.id)
    row["made_at"] = session.scalars(first).one()
    _insert(session, row | own | {"letter_id": claimed.letter_id})


def _queued(
    session: Session,
    owner: str,
    purpose: gate.Purpose,
    *,
    at: datetime,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> dict[str, Any]:
    """A row that waits for its time, as the gate and the person's wish have it."""
    wish = gate.wishes(session, [owner]).get(owner, gate.NO_WISH)
    due = max(at, due_at or at)
    opening = gate.opening(purpose, at=due, expires_at=expires_at, wish=wish)
    dropped = wish.drops(purpose, at=due)
    return {
        "owner": owner,
        "lane": int(purpose.urgency),
        "purpose": purpose.value,
        "state": (End.WITHDRAWN if dropped else End.QUEUED).value,
        "reason": dropped or opening.reason,
        "due_at": opening.at,
        "expires_at": expires_at,
        "made_at": at,
        "attempts": 0,
    }


def _insert(session: Session, row: dict[str, Any]) -> bool:
    ring(session, BELL)
    return insert_once(session, DELIVERIES, [row], unique=("key",)) == 1
