"""The promises of DESIGN.md section 1 as invariants over all that was said and all rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from bot.core.clock import local
from bot.core.text import RESENT, plain
from bot.db.engine import Database
from bot.db.models import (
    AnswerRow,
    Base,
    ClosedTopicRow,
    DeliveryRow,
    InboxRow,
    LetterRow,
    ReceiptRow,
)
from bot.services import calendar
from bot.services.gate import Purpose
from bot.services.letters import AGAIN
from tests.simulation import seeing
from tests.simulation.matching import Carried, Delivery, Violation, carry, table_of
from tests.simulation.world import KEEP_DAYS, World

# What was claimed in time may reach the chat a moment later: the longest send, and a pause.
SLACK = timedelta(seconds=200)
_A_WEEK = timedelta(days=7)
_CAPPED = {Purpose.REMINDER, Purpose.NUDGE, Purpose.DIGEST}
_UNCOUNTED = {Purpose.AWAITED, Purpose.ANSWER, Purpose.APPROVAL, Purpose.TROUBLE}
_ENDS = ("sent", "failed", "doubt", "withdrawn")


def check(world: World, database: Database, now: datetime) -> list[Violation]:
    """All violations, the earliest first."""
    with database.read() as session:
        rows = session.execute(select(table_of(DeliveryRow)).order_by(DeliveryRow.id)).all()
        found = [*_faults(world), *_events(world, session, now)]
        carried: list[Carried] = []
        found += carry(world, session, rows, carried)
        found += _ends(rows, now)
        found += _times(world, session, carried)
        found += _caps(carried)
        found += _counts(world, session, rows)
        found += _receipts(world, session)
        found += [
            Violation("nobody sees what is not theirs", detail, at)
            for detail, at in seeing.strangers(world, session)
        ]
    far = datetime.max.replace(tzinfo=now.tzinfo)
    return sorted(found, key=lambda each: each.at or far)


def counts(world: World, database: Database) -> dict[str, int]:
    """What happened, for the report."""
    said = [each for street in world.streets.values() for each in street.said]
    with database.read() as session:
        states = session.execute(
            select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state)
        )
        rows = {f"deliveries {state}": number for state, number in states}
        tables = {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.tables.values()
            if table.name in ("inbox", "answers", "meetings", "notices", "receipts", "firings")
        }
    unasked = sum(each.event is None and not each.is_edit for each in said)
    lost = sum(each.is_lost for each in said)
    return {"messages": len(said), "unasked": unasked, "answers cut off": lost, **rows, **tables}


def _faults(world: World) -> Iterator[Violation]:
    for fault, number in Counter(world.faults).items():
        yield Violation("no chore fails", f"{fault} ({number} times)")


def _events(world: World, session: Session, now: datetime) -> Iterator[Violation]:
    """Each event is stored once, has its effect once, and is answered; a repeat is marked."""
    rows = {
        (row.platform, row.event): row for row in session.execute(select(table_of(InboxRow))).all()
    }
    for street in world.streets.values():
        shown: dict[str, Counter[str]] = defaultdict(Counter)
        for said in street.said:
            if said.event is not None and not said.is_edit:
                shown[said.event][said.text] += 1
        kept_since = now - timedelta(days=KEEP_DAYS)
        waiting = {each.event for each in street.pending}
        for event in street.handed.keys() - waiting:
            row = rows.get((street.name, event))
            if row is None and world.brought[event] < kept_since:
                continue  # it has been kept for long enough
            what = f"event {event} {street.handed[event].text or '(tap)'}"
            yield from _event(row, what, shown[event])
        if waiting:
            yield Violation("nothing is lost", f"{len(waiting)} events were never fetched")


def _event(row: Row[Any] | None, what: str, shown: Counter[str]) -> Iterator[Violation]:
    if row is None:
        yield Violation("nothing is lost", f"{what} was never stored")
    elif row.error:
        detail = f"{what} failed: {row.error}"
        yield Violation("every turn is answered", detail, row.received_at)
    elif row.shown_at is None:
        yield Violation("every turn is answered", f"{what} was not answered", row.received_at)
    else:
        yield from _twice(row, shown)


def _twice(row: Row[Any], shown: Counter[str]) -> Iterator[Violation]:
    replies = Counter(plain(str(each.get("text", ""))) for each in row.replies or ())
    for text, number in replies.items():
        if text and shown[text] > number and not text.startswith(RESENT):
            detail = f"event {row.event} was answered {shown[text]} times with {text[:40]}"
            yield Violation("nothing happens twice", detail, row.received_at)


def _ends(rows: Sequence[Delivery], now: datetime) -> Iterator[Violation]:
    """Each delivery came to its end, or waits for a time to come, and one knows why."""
    for row in rows:
        if row.state in ("failed", "withdrawn", "doubt") and not row.reason:
            yield Violation("known why not", f"{row.key} is {row.state} without a reason")
        if row.state == "sending":
            yield Violation("nothing is lost", f"{row.key} is being sent for ever", row.due_at)
        if row.state == "queued" and row.due_at < now - timedelta(hours=12):
            yield Violation("nothing is lost", f"{row.key} was due and lies there", row.due_at)


def _times(world: World, session: Session, carried: Sequence[Carried]) -> Iterator[Violation]:
    """Nothing in quiet hours and on days off, nothing after completion, nothing too late."""
    closed = {
        (row.topic, row.owner): row.at for row in session.execute(select(table_of(ClosedTopicRow)))
    } | world.closed
    for each in carried:
        at = each.said.at
        for row in each.rows:
            if _is_shut(at) and _is_shut(at - SLACK) and not _may_pass(row, at):
                yield Violation("nothing in quiet hours", f"{row.key} ({row.purpose})", at)
            ends = [closed.get((row.topic, owner)) for owner in (row.owner, "")]
            if any(end and row.made_at < end and at > end + SLACK for end in ends):
                yield Violation("nothing after completion", row.key, at)
            if row.expires_at is not None and at > row.expires_at + SLACK:
                yield Violation("only while useful", row.key, at)


def _is_shut(at: datetime) -> bool:
    here = local(at)
    return not time(7, 30) <= here.time() < time(21) or not calendar.is_workday(here.date())


def _may_pass(row: Delivery, at: datetime) -> bool:
    purpose = Purpose(row.purpose)
    if purpose is Purpose.CANCELLATION and row.expires_at:
        # Within twelve hours; on a day off by daylight, when the next working day is too late.
        is_near = row.expires_at - at <= timedelta(hours=12) + SLACK
        return is_near or time(7, 30) <= local(at).time() < time(21, 5)
    return purpose in (Purpose.AWAITED, Purpose.URGENT)


def _caps(carried: Sequence[Carried]) -> Iterator[Violation]:
    """One a day and three in any seven days; what must arrive counts, but is never held."""
    of_owner: dict[str, list[Carried]] = defaultdict(list)
    for each in sorted(carried, key=lambda one: one.said.at):
        of_owner[each.rows[0].owner].append(each)
    for theirs in of_owner.values():
        capped: list[date] = []
        counted: list[date] = []
        for each in theirs:
            day, key = local(each.said.at).date(), each.rows[0].key
            is_alone = each.purposes <= _CAPPED
            if each.purposes & _CAPPED:
                before = counted if is_alone else capped
                if day in before:
                    yield Violation("one a day", key, each.said.at)
                elif sum(day - one < _A_WEEK for one in before) >= 3:
                    yield Violation("three a week", key, each.said.at)
                capped.append(day)
            if each.purposes - _UNCOUNTED:
                counted.append(day)


def _counts(world: World, session: Session, rows: Sequence[Delivery]) -> Iterator[Violation]:
    """The counters of letters say what the rows say, and everybody who was meant has a row."""
    states = {row.key: row.state for row in rows}
    of_letter: dict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row.letter_id is not None and not row.key.endswith(AGAIN):
            came_after_all = states.get(row.key + AGAIN) == "sent"
            of_letter[row.letter_id]["sent" if came_after_all else row.state] += 1
            of_letter[row.letter_id]["total"] += 1
    for letter in session.execute(select(table_of(LetterRow))):
        for name in ("total", *_ENDS):
            is_so, said = of_letter[letter.id][name], getattr(letter, name)
            if is_so != said:
                detail = f"{letter.key} says {name} {said}, rows say {is_so}"
                yield Violation("counts add up", detail, letter.made_at)
    for _, key, owners in world.posts:
        missing = [owner for owner in owners if f"{key}:{owner}" not in states]
        if key in world.whole and missing:
            yield Violation("nothing is lost", f"{key} has no row for {missing[0]}")


def _receipts(world: World, session: Session) -> Iterator[Violation]:
    """Who confirmed has tapped or written so; answers to questions are given by people."""
    said: dict[int, list[datetime]] = defaultdict(list)
    for at, member_id in (*((at, who) for at, who, _ in world.taps), *world.received):
        said[member_id].append(at)
    for row in session.execute(select(table_of(ReceiptRow))):
        if not any(row.at - _ON_ITS_WAY <= at <= row.at for at in said[row.member_id]):
            yield Violation("receipts are never invented", f"{row.notice_id}", row.at)
    taps = Counter(member_id for _, member_id, _ in world.taps)
    given = select(AnswerRow.member_id, func.count()).group_by(AnswerRow.member_id)
    for member_id, number in session.execute(given):
        if number > taps[member_id] + _WRITTEN:
            detail = f"member {member_id} has {number} answers after {taps[member_id]} taps"
            yield Violation("nothing happens twice", detail)


# What somebody does may wait for a platform that is away and a process that is killed.
_ON_ITS_WAY = timedelta(hours=2)
_WRITTEN = 200  # answers may be typed as well
