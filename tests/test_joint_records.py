"""A joint session: each branch calls its own roll, writes and confirms its own record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.app import App
from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import MeetingRow, RecordRow, RoleRow
from bot.services import agenda, cadence, meetings, minutes, records, rollcall, rolls
from bot.services.rollcall import Mark
from handlers import rolls as handler
from tests.called import FIRST, SECOND, call, standing
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House
from tests.held import OTHER, SECRETARY, hold

END = MONDAY_NOON + timedelta(minutes=60)
FIELDS = {"host": "陆见微", "recorder": "尹松龄", "discussed": "交流了学习体会。"}


def record_id(database: Database, meeting: int, unit: int) -> int:
    with database.read() as session:
        found = records.record_of(session, meeting, unit)
    assert found is not None
    return found


def finish(district: District, name: str, meeting: int) -> rolls.Roll:
    with district.begin() as session:
        return rollcall.finish(session, district.member(name), meeting, at=END)


def write(district: District, name: str, record: int) -> None:
    who = district.member(name)
    with district.begin() as session:
        minutes.fill(session, who, record, FIELDS, at=END)
        minutes.confirm(session, who, record, at=END)


def is_confirmed(database: Database, record: int) -> bool:
    with database.read() as session:
        return session.get_one(RecordRow, record).confirmed_at is not None


def step(district: District, name: str, meeting: int) -> str:
    who = district.member(name)
    with district.database.read() as session:
        found = meetings.show(session, meeting)
        own = {unit.id for unit in meetings.mine_of(session, who, found)}
        return agenda.stands(session, found, at=END, own=own).step


def test_the_other_branch_finishes_and_confirms_while_the_caller_has_not_called_the_roll(
    database: Database, district: District
) -> None:
    meeting = call(district, FIRST, SECOND)
    mine = record_id(database, meeting, district.unit(FIRST))
    theirs = record_id(database, meeting, district.unit(SECOND))
    with pytest.raises(Refused, match="minutes_unmarked"):
        write(district, OTHER, theirs)
    assert finish(district, OTHER, meeting).is_over
    assert (step(district, OTHER, meeting), step(district, SECRETARY, meeting)) == ("write", "mark")
    write(district, OTHER, theirs)
    assert is_confirmed(database, theirs)
    assert (step(district, OTHER, meeting), step(district, SECRETARY, meeting)) == ("done", "mark")
    with pytest.raises(Refused, match="minutes_unmarked"):
        write(district, SECRETARY, mine)
    finish(district, SECRETARY, meeting)
    write(district, SECRETARY, mine)
    assert is_confirmed(database, mine)


def test_a_record_whose_roll_was_not_called_waits_even_when_everybody_checked_in(
    database: Database, district: District
) -> None:
    meeting = call(district, FIRST, SECOND)
    theirs = record_id(database, meeting, district.unit(SECOND))
    who = district.member(OTHER)
    with district.begin() as session:
        for each in rolls.show(session, who, meeting).lines:
            rollcall.mark(session, who, meeting, each.member_id, Mark("present"), at=END)
    with pytest.raises(Refused, match="minutes_not_over"):
        write(district, OTHER, theirs)


def test_taking_back_ones_own_roll_leaves_the_other_branch_as_it_is(
    database: Database, district: District
) -> None:
    meeting = call(district, FIRST, SECOND)
    finish(district, SECRETARY, meeting)
    mine = record_id(database, meeting, district.unit(FIRST))
    write(district, SECRETARY, mine)
    finish(district, OTHER, meeting)
    with district.begin() as session:
        undone = rollcall.undo(session, district.member(OTHER), meeting)
        assert not undone.is_over
        assert session.get_one(MeetingRow, meeting).state == "closed"
        assert rolls.show(session, district.member(SECRETARY), meeting).is_over
    assert standing(database, meeting)[OTHER] == "none"
    assert is_confirmed(database, mine)


def test_the_caller_who_takes_it_back_does_not_open_a_record_that_is_confirmed(
    database: Database, district: District
) -> None:
    meeting = call(district, FIRST, SECOND)
    theirs = record_id(database, meeting, district.unit(SECOND))
    finish(district, OTHER, meeting)
    write(district, OTHER, theirs)
    finish(district, SECRETARY, meeting)
    with district.begin() as session:
        rollcall.undo(session, district.member(SECRETARY), meeting)
        assert session.get_one(MeetingRow, meeting).state == "open"
        assert records.get(session, district.member(OTHER), theirs).is_over
    assert standing(database, meeting)[OTHER] == "present"


async def test_the_roll_is_brought_to_the_other_branch_although_the_caller_has_closed(
    app: App, district: District, house: House, clock: FakeClock
) -> None:
    other = district.seat(house, OTHER)
    meeting = call(district, FIRST, SECOND)
    finish(district, SECRETARY, meeting)
    clock.at = END
    for _ in range(2):
        await app.chores.carry_on(handler.advance)
        await house.deliver()
    (roll,) = other.screen
    assert roll.text.startswith("会议时间到了，点一下名就能收尾。")
    done = await other.tap("完成")
    assert "点名完成。" in done.text
    await other.tap("写会议记录")
    assert other.screen[-1].text.splitlines()[1].startswith(SECOND)


async def test_who_has_called_the_own_roll_early_is_not_brought_it(
    app: App, district: District, house: House, clock: FakeClock
) -> None:
    other = district.seat(house, OTHER)
    finish(district, OTHER, call(district, FIRST, SECOND))
    clock.at = END
    await app.chores.carry_on(handler.advance)
    await house.deliver()
    assert other.screen == []


def test_a_branch_has_met_once_its_own_roll_was_called(district: District) -> None:
    at = MONDAY_NOON
    meeting = call(district, FIRST, SECOND)

    def months(unit: str) -> str:
        with district.database.read() as session:
            found = cadence.overview(session, None, district.unit(unit), on=at.date())
        (line,) = (each for each in found.lines if each.duty.kind == "party_day")
        return line.now.state if line.now else ""

    finish(district, OTHER, meeting)
    assert (months(FIRST), months(SECOND)) == ("planned", "done")


# A secretary of two branches


def answers_for_both(district: District) -> None:
    with district.begin() as session:
        (role,) = session.scalars(
            select(RoleRow).where(RoleRow.member_id == district.id_of(SECRETARY))
        )
        session.add(
            RoleRow(
                member_id=role.member_id,
                role=role.role,
                unit_id=district.unit(SECOND),
                from_on=role.from_on,
            )
        )


async def test_a_secretary_of_two_branches_says_which_record_to_write(
    district: District, house: House
) -> None:
    answers_for_both(district)
    hold(district, "party_day", MONDAY_NOON - timedelta(hours=3), with_units=(SECOND,))
    secretary = district.seat(house, SECRETARY)
    await secretary.say("会议")
    shown = await secretary.tap("11月23日")
    assert "应到 8 人，到会 8 人。\n下一步：写记录。" in shown.text, (
        "answers are of no use any more"
    )
    await secretary.tap("写记录")
    asked = secretary.screen[-1]
    assert asked.text.splitlines() == [
        "《学习新修订的条例》在您这里有 2 份记录，各进各的台账。写哪一份？",
        f"· {FIRST}：应到 5，实到 5，请假 0，缺席 0",
        f"· {SECOND}：应到 3，实到 3，请假 0，缺席 0，列席 1",
    ]
    assert asked.labels == [FIRST, SECOND]
    page = await secretary.tap(SECOND)
    assert page.text.splitlines()[1].startswith(f"{SECOND} · 主题党日（与{FIRST}结对共建）")
    await secretary.say("主持人：陆见微 记录人：尹松龄\n讨论：谈体会。")
    await secretary.tap("保存")
    await secretary.tap("确认记录")
    with district.database.read() as session:
        hosts = {row.unit_id: row.host for row in session.scalars(select(RecordRow))}
    assert hosts == {district.unit(FIRST): "", district.unit(SECOND): "陆见微"}
