"""The gate at the moment of sending: what is over, too late or too much stays; the rest merges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, and_, func, or_, select
from sqlalchemy.orm import Session

from bot.core.clock import SHANGHAI, local_day
from bot.core.digest import fits
from bot.db.engine import hold, run
from bot.db.models import ClosedTopicRow, RoleRow
from bot.services import access, gate, members
from bot.services.deliveries import DELIVERIES, Claimed, End, Outcome
from bot.services.gate import NO_WISH, Opening, Purpose, Wish
from bot.services.letters import Said

_CLOSED: Table = ClosedTopicRow.__table__  # type: ignore[assignment]
_A_WEEK = timedelta(days=6)
_OF_A_ROLE = (Purpose.APPROVAL.value, Purpose.DIGEST.value)
COUNTED = [each.value for each in Purpose if each.is_counted]
_SURE = [each.value for each in Purpose if each.is_counted and not each.is_capped]


@dataclass
class Sifted:
    """What goes out now (in order), and what is put off or withdrawn instead.

    `stopped` are letters that were taken back and may have thousands more in the queue.
    """

    sent: list[Claimed] = field(default_factory=list[Claimed])
    held: list[Outcome] = field(default_factory=list[Outcome])
    stopped: set[int] = field(default_factory=set[int])


@dataclass
class _Had:
    """On which days a person had messages that count, and such as held something capped.

    `next_at`: when another one comes today, which others can join.
    """

    days: list[date] = field(default_factory=list[date])
    capped: list[date] = field(default_factory=list[date])
    next_at: datetime | None = None


def sift(
    session: Session,
    rows: Sequence[Row[Any]],
    claimed: Sequence[Claimed],
    said: Mapping[int, Said],
    *,
    at: datetime,
) -> Sifted:
    """Decide about what was claimed. `claimed` are the same as `rows`, in the same order."""
    result = Sifted(stopped={letter for letter, each in said.items() if each.is_withdrawn})
    sparable = {each.owner for each in claimed if each.purpose.is_sparable}
    wishes = gate.wishes(session, sparable) if sparable else {}
    over, ended = _over(session, rows), _ended_roles(session, rows, at)
    left: list[Claimed] = []
    for row, each in zip(rows, claimed, strict=True):
        wish = wishes.get(each.owner, NO_WISH)
        if row.letter_id in result.stopped:
            result.held.append(Outcome(each, End.WITHDRAWN, "withdrawn"))
        elif row.topic and _is_over(row, over):
            result.held.append(Outcome(each, End.WITHDRAWN, "done"))
        elif _is_of_a_role(row) and _has_left(row, ended):
            result.held.append(Outcome(each, End.WITHDRAWN, "left_office"))
        elif (outcome := _kept_back(each, wish, at)) is not None:
            result.held.append(outcome)
        elif _passes_at_once(each.purpose, at):
            left.append(replace(each, note="at_once"))
        else:
            left.append(each)
    _merge(session, result, left, at)
    return result


def put_off(claimed: Claimed, opening: Opening) -> Outcome:
    """Back to the queue until then; withdrawn when it would be useless by then."""
    if claimed.expires_at is not None and opening.at >= claimed.expires_at:
        return Outcome(claimed, End.WITHDRAWN, "too_late")
    return Outcome(claimed, End.QUEUED, opening.reason, due_at=opening.at, counts=False)


def _is_of_a_role(row: Row[Any]) -> bool:
    """Whether it was for somebody because they answer for others, and names these."""
    if row.letter_id is not None:
        return False
    is_asked = row.purpose in _OF_A_ROLE and not row.key.startswith("role:")
    return is_asked or (row.key.startswith("notice:") and ":list:" in row.key)


def _ended_roles(session: Session, rows: Iterable[Row[Any]], at: datetime) -> dict[str, date]:
    """The last day on which a role ended, of those whom something waits for because of one.

    Not one whose unit they answer for by another role all the same.
    """
    owners = {row.owner for row in rows if _is_of_a_role(row)}
    if not owners:
        return {}
    on = local_day(at)
    ended = select(RoleRow.member_id, RoleRow.unit_id, RoleRow.to_on).where(
        RoleRow.member_id.in_([int(each[1:]) for each in owners if each.startswith("m")]),
        RoleRow.to_on <= on,
    )
    days: dict[str, date] = {}
    scopes: dict[int, access.Scope] = {}
    for row in run(session, ended.order_by(RoleRow.to_on)):
        if row.member_id not in scopes:
            member = members.look_up(session, row.member_id, on=on)
            scopes[row.member_id] = access.scope(session, member) if member else access.Scope()
        if row.unit_id not in scopes[row.member_id]:
            days[f"m{row.member_id}"] = row.to_on
    return days


def _has_left(row: Row[Any], ended: Mapping[str, date]) -> bool:
    """Whether a role of theirs has ended since it was queued."""
    day = ended.get(row.owner)
    return day is not None and day >= local_day(row.made_at)


def _over(session: Session, rows: Iterable[Row[Any]]) -> dict[tuple[str, str], datetime]:
    """When topics were closed, for whom."""
    topics = {row.topic for row in rows if row.topic}
    if not topics:
        return {}
    owners = {row.owner for row in rows if row.topic}
    query = select(_CLOSED).where(_CLOSED.c.topic.in_(topics), _CLOSED.c.owner.in_({*owners, ""}))
    return {(row.topic, row.owner): row.at for row in run(session, query)}


def _is_over(row: Row[Any], over: dict[tuple[str, str], datetime]) -> bool:
    ends = (over.get((row.topic, owner)) for owner in (row.owner, ""))
    return any(end is not None and row.made_at < end for end in ends)


def _kept_back(claimed: Claimed, wish: Wish, at: datetime) -> Outcome | None:
    """What the gate says to one message by itself; None lets it pass."""
    if claimed.expires_at is not None and claimed.expires_at <= at:
        return Outcome(claimed, End.WITHDRAWN, "too_late")
    if dropped := wish.drops(claimed.purpose, at=at):
        return Outcome(claimed, End.WITHDRAWN, dropped)
    opening = gate.opening(claimed.purpose, at=at, expires_at=claimed.expires_at, wish=wish)
    return put_off(claimed, opening) if opening.at > at else None


def _passes_at_once(purpose: Purpose, at: datetime) -> bool:
    is_pressing = purpose in (Purpose.URGENT, Purpose.CANCELLATION)
    return is_pressing and gate.opens_at(Purpose.NOTICE, at=at) > at


def _merge(session: Session, result: Sifted, left: Sequence[Claimed], at: datetime) -> None:
    had = _had(session, left, at)
    by_owner: dict[str, list[Claimed]] = {}
    for each in left:
        by_owner.setdefault(each.owner, []).append(each)
    for owner, theirs in by_owner.items():
        if len(theirs) == 1 and not theirs[0].purpose.is_capped:
            result.sent += theirs
        else:
            _pack(result, theirs, had.get(owner) or _Had(), at)


def _pack(result: Sifted, theirs: Sequence[Claimed], had: _Had, at: datetime) -> None:
    """Fit one person's messages into as few as possible; what is capped goes last."""
    groups: list[list[Claimed]] = []
    for each in sorted(theirs, key=lambda one: one.purpose.is_capped):
        group = _with_room(groups, each)
        room = _room(groups, group, had, at) if each.purpose.is_capped else Opening(at)
        if room.at > at:
            result.held.append(put_off(each, room))
        elif group is not None:
            group.append(each)
        else:
            groups.append([each])
    result.sent += [replace(first, merged=tuple(others)) for first, *others in groups]


def _room(
    groups: Sequence[Sequence[Claimed]], group: Sequence[Claimed] | None, had: _Had, at: datetime
) -> Opening:
    """Whether something capped may join the group, or be a message of its own (None)."""
    today = local_day(at)
    if group is None:
        days = [today for each in groups if each[0].purpose.is_counted]
        return gate.room([*had.days, *days], at=at, next_at=had.next_at)
    if _has_capped(group):
        return Opening(at)
    return gate.room([*had.capped, *(today for each in groups if _has_capped(each))], at=at)


def _has_capped(group: Sequence[Claimed]) -> bool:
    return any(each.purpose.is_capped for each in group)


def _with_room(groups: list[list[Claimed]], each: Claimed) -> list[Claimed] | None:
    if not each.purpose.is_mergeable:
        return None
    for group in sorted(groups, key=_has_capped, reverse=True):
        messages = [one.message for one in group]
        if group[0].purpose.is_mergeable and fits([*messages, each.message]):
            return group
    return None


def _had(session: Session, left: Sequence[Claimed], at: datetime) -> dict[str, _Had]:
    """What those to whom something capped is to go have had, or will have today anyway."""
    owners = sorted({each.owner for each in left if each.purpose.is_capped})
    if not owners:
        return {}
    for owner in owners:
        hold(session, f"gate:{owner}")  # another process may be sending to the same person
    table, today = DELIVERIES.c, local_day(at)
    when = func.coalesce(table.sent_at, table.due_at, type_=table.due_at.type)
    # One that was taken out of the chat again has disturbed the person all the same.
    went_out = or_(table.state.in_(("sent", "sending", "doubt")), table.sent_at.is_not(None))
    gone = and_(went_out, when >= _start(today - _A_WEEK))
    coming = and_(
        table.state == "queued",
        table.purpose.in_(_SURE),
        table.due_at > at,
        table.due_at < _start(today + timedelta(days=1)),
    )
    columns = (table.owner, table.state, table.purpose, table.id, table.merged_into)
    query = select(*columns, when.label("when")).where(
        table.owner.in_(owners),
        table.purpose.in_(COUNTED),
        table.id.not_in([each.id for each in left]),
        or_(gone, coming),
    )
    result: dict[str, _Had] = {}
    capped: set[int] = set()
    for row in run(session, query.order_by(when)):
        had, message = result.setdefault(row.owner, _Had()), row.merged_into or row.id
        if row.state == "queued":
            had.next_at = had.next_at or row.when
            continue
        if row.merged_into is None:
            had.days.append(local_day(row.when))
        if Purpose(row.purpose).is_capped and message not in capped:
            capped.add(message)
            had.capped.append(local_day(row.when))
    return result


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
