"""Marks by hand, with reasons and notes; guests; whose roll it is; several at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.core.errors import Refused
from bot.core.meetings import REASONS
from bot.db.engine import Database
from bot.db.models import (
    CorrectionRow,
    MeetingRow,
    MemberRow,
    MembershipRow,
    MonthLockRow,
    RecordRow,
)
from bot.services import attendance, meetings, rollcall, rolls, screen, tally
from bot.services.rollcall import Mark
from tests.called import FIRST, PEOPLE, SECOND, call, standing
from tests.district import District
from tests.fakes import MONDAY_NOON, House, Person
from tests.roll_called import END, crowd, say_roll


@pytest.fixture
def secretary(district: District, house: House) -> Person:
    return district.seat(house, "陆见微")


async def test_a_status_with_its_reason_is_set_by_hand(
    district: District, house: House, secretary: Person
) -> None:
    meeting = call(district)
    await say_roll(secretary, district, meeting)
    await secretary.tap("完成")
    await secretary.tap("改某个人")
    asked = await secretary.tap("✓ 苗若谷")
    assert asked.labels == ["到会", "迟到", "请假", "缺席", "返回点名"]
    reasons = await secretary.tap("缺席")
    assert reasons.labels == [*REASONS.values(), "不写原因"]
    roll = await secretary.tap(REASONS["class"])
    assert f"缺席：苗若谷（{REASONS['class']}）" in roll.text
    await secretary.tap("改某个人")
    await secretary.tap("✓ 覃云岫")
    roll = await secretary.tap("迟到")
    assert "迟到：覃云岫" in roll.text
    found = standing(district.database, meeting)
    assert (found["苗若谷"], found["覃云岫"]) == ("absent class", "late 0")


async def test_somebody_without_a_phone_is_marked_like_all_others(
    district: District, house: House, secretary: Person
) -> None:
    crowd(district, 1)
    meeting = call(district)
    await say_roll(secretary, district, meeting)
    await secretary.tap("党员00")
    assert standing(district.database, meeting)["党员00"] == "absent"


async def test_a_guest_of_the_roster_is_added_by_name(
    district: District, house: House, secretary: Person
) -> None:
    meeting = call(district)
    with district.begin() as session:  # an activist of the branch who was not expected
        row = MemberRow(number="990", name="新来的", party_status="applicant")
        session.add(row)
        session.flush()
        session.add(
            MembershipRow(
                member_id=row.id,
                tree="party",
                unit_id=district.unit(FIRST),
                from_on=date(2020, 1, 1),
            )
        )
    await say_roll(secretary, district, meeting)
    await secretary.tap("加列席")
    await secretary.say("新来的")
    assert "新来的记为列席了" in secretary.screen[-2].text
    assert "列席：新来的" in secretary.screen[-1].text
    with district.database.read() as session:
        counted = tally.count(session, meeting)
    assert (counted.expected, counted.guests, counted.present) == (5, 1, 0)


async def test_a_confirmed_record_asks_why_and_keeps_what_stood_there(
    district: District, house: House, secretary: Person
) -> None:
    meeting = call(district)
    await say_roll(secretary, district, meeting)
    await secretary.tap("完成")
    with district.begin() as session:
        session.execute(update(RecordRow).values(confirmed_at=END))
    roll = await say_roll(secretary, district, meeting)
    assert roll.labels == ["写会议记录", "改某个人"]
    await secretary.tap("改某个人")
    await secretary.tap("✓ 苗若谷")
    await secretary.tap("缺席")
    asked = await secretary.tap(REASONS["class"])
    assert "请写一句为什么改" in asked.text
    assert standing(district.database, meeting)["苗若谷"] == "present"
    said = await secretary.say("当时在监考，名单弄错了")
    assert f"缺席：苗若谷（{REASONS['class']}）" in said.text
    with district.database.read() as session:
        kept = session.scalars(select(CorrectionRow)).one()
    assert (kept.field, kept.old, kept.new) == ("attendance", "present", "absent:class")
    assert (kept.member_id, kept.made_by) == (district.id_of("苗若谷"), district.id_of("陆见微"))
    assert kept.reason == "当时在监考，名单弄错了"


def test_a_closed_month_stays_as_it_is(district: District) -> None:
    meeting, who = call(district), district.member("陆见微")
    with district.begin() as session:
        rollcall.finish(session, who, meeting, at=END)
        session.add(
            MonthLockRow(
                unit_id=district.unit(FIRST), month="2026-11", locked_by=who.id, locked_at=END
            )
        )
    changes: list[Callable[[Session], object]] = [
        lambda session: rollcall.undo(session, who, meeting),
        lambda session: rollcall.mark(
            session, who, meeting, district.id_of("苗若谷"), Mark("absent", note="为什么"), at=END
        ),
    ]
    for change in changes:
        with pytest.raises(Refused, match="month_closed"), district.begin() as session:
            change(session)
    assert set(standing(district.database, meeting).values()) == {"present"}


def test_a_confirmed_record_is_not_undone(district: District) -> None:
    meeting, who = call(district), district.member("陆见微")
    with district.begin() as session:
        rollcall.finish(session, who, meeting, at=END)
        session.execute(update(RecordRow).values(confirmed_at=END))
    with pytest.raises(Refused, match="record_confirmed"), district.begin() as session:
        rollcall.undo(session, who, meeting)


async def test_a_secretary_of_another_branch_is_refused(
    district: District, house: House, secretary: Person
) -> None:
    meeting = call(district)
    other = district.seat(house, "尹松龄")
    said = await say_roll(other, district, meeting)
    assert said.labels == []
    assert not [name for name in PEOPLE if name in said.text]
    who, member_id = district.member("尹松龄"), district.id_of("苗若谷")
    changes: list[Callable[[Session], object]] = [
        lambda session: rolls.show(session, who, meeting),
        lambda session: rolls.line(session, who, meeting, member_id),
        lambda session: rollcall.mark(session, who, meeting, member_id, Mark("absent"), at=END),
        lambda session: rollcall.clear(session, who, meeting, member_id, at=END),
        lambda session: rollcall.add_guest(session, who, meeting, member_id, at=END),
        lambda session: rollcall.finish(session, who, meeting, at=END),
        lambda session: rollcall.undo(session, who, meeting),
    ]
    for change in changes:
        with pytest.raises(Refused, match="meeting_not_yours"), district.begin() as session:
            change(session)
    assert set(standing(district.database, meeting).values()) == {"none"}


async def test_a_teacher_cannot_open_a_roll(district: District, house: House) -> None:
    meeting = call(district)
    teacher = district.seat(house, "苗若谷")
    said = await say_roll(teacher, district, meeting)
    assert not [name for name in PEOPLE if name in said.text]


def test_in_a_joint_session_each_secretary_calls_the_own_people(district: District) -> None:
    meeting = call(district, FIRST, SECOND)
    first, second = district.member("陆见微"), district.member("尹松龄")
    with district.begin() as session:
        seen = rolls.show(session, second, meeting)
        assert {each.name for each in seen.lines}.isdisjoint(PEOPLE)
        with pytest.raises(Refused, match="roll_nobody"):
            rollcall.mark(
                session, second, meeting, district.id_of("苗若谷"), Mark("absent"), at=END
            )
        rollcall.finish(session, second, meeting, at=END)
        assert meetings.show(session, meeting).state == "planned", "the first one called it"
        rollcall.finish(session, first, meeting, at=END)
        assert meetings.show(session, meeting).state == "closed"
    assert {standing(district.database, meeting)[name] for name in PEOPLE} == {"present"}


def test_the_other_branch_can_still_call_its_roll_after_the_end(district: District) -> None:
    meeting = call(district, FIRST, SECOND)
    first, second = district.member("陆见微"), district.member("尹松龄")
    with district.begin() as session:
        rollcall.finish(session, first, meeting, at=END)
        seen = rolls.show(session, second, meeting)
        assert not seen.is_done
        assert rollcall.finish(session, second, meeting, at=END).is_done


def test_a_roll_called_the_next_morning_does_not_make_it_last_the_night(
    district: District,
) -> None:
    meeting = call(district)
    with district.begin() as session:
        rollcall.finish(session, None, meeting, at=END + timedelta(hours=19))
        assert session.get_one(MeetingRow, meeting).ended_at == END


def test_nobody_is_marked_before_the_doors_open(district: District) -> None:
    meeting, who = call(district), district.member("陆见微")
    early = MONDAY_NOON - timedelta(minutes=31)
    with district.begin() as session:
        with pytest.raises(Refused, match="roll_early"):
            rollcall.mark(session, who, meeting, district.id_of("苗若谷"), Mark("absent"), at=early)
        with pytest.raises(Refused, match="roll_early"):
            rollcall.finish(session, who, meeting, at=MONDAY_NOON - timedelta(minutes=1))


def test_a_check_in_and_the_end_at_once_are_both_kept(
    database: Database, district: District
) -> None:
    meeting = call(district)
    people = [district.member(name) for name in PEOPLE]

    def arrive(number: int) -> str:
        with database.begin() as session:
            if number == len(people):
                rollcall.finish(session, people[0], meeting, at=MONDAY_NOON)
                return "done"
            try:
                attendance.check_in(session, people[number], meeting, way="tap", at=MONDAY_NOON)
            except Refused as refused:
                return refused.code
            return "there"

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(arrive, (0, 1, 5, 2, 3, 4)))
    assert set(results) <= {"there", "done"}
    assert standing(database, meeting) == dict.fromkeys(PEOPLE, "present")


def test_two_secretaries_marking_at_once_leave_one_trail(
    database: Database, district: District
) -> None:
    meeting, who = call(district), district.member("陆见微")
    with database.begin() as session:
        rollcall.finish(session, who, meeting, at=END)
        session.execute(update(RecordRow).values(confirmed_at=END))

    def mark(_: int) -> bool:
        with database.begin() as session:
            wish = Mark("absent", note="当时没到")
            member_id = district.id_of("苗若谷")
            return rollcall.mark(session, who, meeting, member_id, wish, at=END) is not None

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(mark, range(4))) == [False, False, False, True]
    with database.read() as session:
        assert len(session.scalars(select(CorrectionRow)).all()) == 1


async def test_the_secretary_opens_the_screen_and_nobody_else(
    district: District, house: House, secretary: Person
) -> None:
    meeting = call(district)
    await say_roll(secretary, district, meeting)
    shown = await secretary.tap("会议屏幕")
    url = shown.key("打开会议屏幕").url
    assert url
    with district.database.read() as session:
        token = url.rpartition("/")[2]
        assert screen.opened(session, token, at=MONDAY_NOON).meeting_id == meeting
    assert not [name for name in PEOPLE if name in shown.text]
