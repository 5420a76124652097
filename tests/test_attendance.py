"""Checking in oneself by the button or a command: early, late, twice, taken back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import AttendanceRow, MeetingRow
from bot.services import attendance, keyboards, members
from bot.services.attendance import Arrival
from bot.services.members import Member
from tests.called import PEOPLE, TOPIC, call, code_of, standing, the_only
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House, Person, Shown, Standing

EARLY = MONDAY_NOON - timedelta(minutes=10)


def shared(database: Database, action: str, *arguments: object) -> str:
    """The token of a shared button, as the invitation carries it."""
    with database.begin() as session:
        return keyboards.signed(session, action, arguments)


async def tap(person: Person, token: str) -> Standing:
    return await person.do(tap=token, tapped=Shown(person.chat, "n0"), ack="a")


async def test_one_tap_on_the_invitation_checks_in(
    district: District, house: House, clock: FakeClock
) -> None:
    meeting = call(district)
    clock.at = EARLY
    person = district.seat(house, "苗若谷")
    token = shared(district.database, "attendance.here", meeting)
    assert (await tap(person, token)).text == f"签到成功：《{TOPIC}》"
    assert (await tap(person, token)).text == f"您已签到：《{TOPIC}》"
    row = the_only(district.database)
    assert (row.status, row.way, row.late_by, row.at) == ("present", "tap", 0, EARLY)


async def test_a_late_arrival_is_told_once(
    district: District, house: House, clock: FakeClock
) -> None:
    meeting = call(district)
    person = district.seat(house, "苗若谷")
    clock.forward(minutes=20)
    code = code_of(district.database, meeting)
    assert (await person.say(f"/checkin {code}")).text == f"签到成功：《{TOPIC}》（迟到 20 分钟）"
    clock.forward(minutes=5)
    assert (await person.say(f"/checkin {code}")).text == f"您已签到：《{TOPIC}》（迟到 20 分钟）"


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (timedelta(seconds=59), ""),
        (timedelta(minutes=1), ""),  # the queue at the door
        (timedelta(minutes=5), ""),
        (timedelta(minutes=5, seconds=1), "（迟到 5 分钟）"),
        (timedelta(minutes=6), "（迟到 6 分钟）"),
    ],
)
async def test_the_first_five_minutes_are_on_time(
    district: District, house: House, clock: FakeClock, after: timedelta, said: str
) -> None:
    meeting = call(district)
    clock.forward(seconds=after.total_seconds())
    person = district.seat(house, "苗若谷")
    assert (await person.say("签到")).text == f"签到成功：《{TOPIC}》{said}"
    came = standing(district.database, meeting)["苗若谷"]
    assert came == (f"late {after.seconds // 60}" if said else "present")


async def test_before_half_an_hour_ahead_nobody_can_check_in(
    district: District, house: House, clock: FakeClock
) -> None:
    meeting = call(district)
    person = district.seat(house, "苗若谷")
    clock.at = MONDAY_NOON - timedelta(minutes=31)
    token = shared(district.database, "attendance.here", meeting)
    refused = await tap(person, token)
    assert refused.text == f"《{TOPIC}》还没到签到时间，11月23日（周一）11:30 起可以签到。"
    assert refused.toast is None  # said once
    assert "签到" not in (await person.say("我的会议")).labels
    assert "11月23日（周一）12:00开始" in (await person.say("签到")).text
    clock.forward(minutes=1)
    assert "签到" in (await person.say("我的会议")).labels
    assert (await tap(person, token)).text.startswith("签到成功")


@pytest.mark.parametrize(("state", "said"), [("closed", "已经散会"), ("cancelled", "已经取消")])
async def test_a_meeting_that_is_over_or_off_takes_nobody(
    district: District, house: House, state: str, said: str
) -> None:
    meeting = call(district)
    with district.begin() as session:
        session.execute(update(MeetingRow).values(state=state))
    token = shared(district.database, "attendance.here", meeting)
    assert said in (await tap(district.seat(house, "苗若谷"), token)).text
    assert set(standing(district.database, meeting).values()) == {"none"}


async def test_a_meeting_that_nobody_closes_does_not_take_people_for_ever(
    district: District, house: House, clock: FakeClock
) -> None:
    meeting = call(district)
    clock.forward(hours=3, minutes=1)
    token = shared(district.database, "attendance.here", meeting)
    person = district.seat(house, "苗若谷")
    assert "已经散会" in (await tap(person, token)).text
    assert (await person.say("签到")).text == "现在没有要您签到的会议。"


async def test_who_is_not_expected_is_sent_to_the_secretary(
    district: District, house: House
) -> None:
    meeting = call(district)
    person = district.seat(house, "骆知夏")
    said = await tap(person, shared(district.database, "attendance.here", meeting))
    assert "应到名单里没有您" in said.text
    assert "应到名单里没有您" in (await person.say(code_of(district.database, meeting))).text
    assert "骆知夏" not in standing(district.database, meeting)


async def test_a_guest_of_the_meeting_is_listed_apart_and_never_late(
    district: District, house: House, clock: FakeClock
) -> None:
    call(district, "青澜一中第二党支部")
    clock.forward(minutes=20)
    person = district.seat(house, "单若溪")
    assert (await person.say("签到")).text == f"签到成功：《{TOPIC}》（列席）"


async def test_of_two_meetings_the_person_says_which(district: District, house: House) -> None:
    call(district)
    other = call(district, topic="专题培训", starts_at=MONDAY_NOON + timedelta(minutes=20))
    person = district.seat(house, "苗若谷")
    assert (await person.say("签到")).labels == [f"12:00 {TOPIC}", "12:20 专题培训"]
    assert (await person.tap("12:20")).text == "签到成功：《专题培训》"
    assert standing(district.database, other)["苗若谷"] == "present"


async def test_without_a_meeting_near_it_says_so(district: District, house: House) -> None:
    call(district, starts_at=MONDAY_NOON + timedelta(days=2))
    assert (await district.seat(house, "苗若谷").say("签到")).text == "现在没有要您签到的会议。"


async def test_a_check_in_can_be_taken_back(district: District, house: House) -> None:
    meeting = call(district)
    person = district.seat(house, "苗若谷")
    await person.say("签到")
    assert "撤销了" in (await person.tap("点错了，撤销")).text
    assert standing(district.database, meeting)["苗若谷"] == "none"
    assert (await person.say("签到")).text.startswith("签到成功")


async def test_what_the_secretary_marked_is_not_overruled_by_a_tap(
    district: District, house: House
) -> None:
    meeting = call(district)
    with district.begin() as session:
        session.execute(
            update(AttendanceRow)
            .where(AttendanceRow.member_id == district.id_of("苗若谷"))
            .values(status="absent", way="hand", marked_by=district.id_of("陆见微"))
        )
    said = await district.seat(house, "苗若谷").say("签到")
    assert "书记已经替您登记过" in said.text
    assert standing(district.database, meeting)["苗若谷"] == "absent"


async def test_who_had_leave_and_comes_all_the_same_is_there(
    district: District, house: House
) -> None:
    meeting = call(district)
    with district.begin() as session:
        session.execute(update(AttendanceRow).values(leave_state="approved", reason="duty"))
    assert (await district.seat(house, "苗若谷").say("签到")).text.startswith("签到成功")
    assert standing(district.database, meeting)["苗若谷"].startswith("present")


def member_of(district: District, name: str) -> Member:
    with district.database.read() as session:
        found = members.look_up(session, district.id_of(name), on=MONDAY_NOON.date())
    assert found
    return found


def test_eight_taps_at_once_make_one_record(database: Database, district: District) -> None:
    meeting = call(district)
    who = member_of(district, "苗若谷")

    def tap(number: int) -> Arrival:
        with database.begin() as session:
            at = MONDAY_NOON + timedelta(minutes=number + 6)
            return attendance.check_in(session, who, meeting, way="tap", at=at)

    with ThreadPoolExecutor(8) as pool:
        arrivals = list(pool.map(tap, range(8)))
    assert sorted(each.is_repeat for each in arrivals) == [False] + [True] * 7
    assert len({each.late_by for each in arrivals}) == 1, "all are told what was kept"
    with database.read() as session:
        kept = select(AttendanceRow.late_by).where(AttendanceRow.status != "none")
        assert session.scalars(kept).all() == [arrivals[0].late_by]


def test_everybody_twice_at_once_makes_one_record_each_and_no_error(
    database: Database, district: District
) -> None:
    meeting = call(district)
    people = [member_of(district, name) for name in PEOPLE] * 2

    def tap(who: Member) -> bool:
        with database.begin() as session:
            return attendance.check_in(session, who, meeting, way="tap", at=MONDAY_NOON).is_repeat

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(tap, people)) == [False] * 5 + [True] * 5
    assert standing(database, meeting) == dict.fromkeys(PEOPLE, "present")


def test_a_shared_button_fits_every_platform(database: Database) -> None:
    with database.begin() as session:
        for action in ("attendance.here", "attendance.undo"):
            token = keyboards.signed(session, action, (99_999_999,))
            assert len(token.encode()) <= keyboards.TOKEN_BYTES
    with database.begin() as session, pytest.raises(Refused, match="button_unknown"):
        keyboards.resolve(session, "m1", "!attendance.here[1]AAAAAAAA", at=MONDAY_NOON)
