"""The buttons of an invitation that was sent: each says the right thing at each stage."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from bot.db.models import AttendanceRow, DeliveryRow, MeetingRow, MemberRow
from bot.services import rollcall
from bot.services.rollcall import Mark
from tests.called import FIRST, SECOND, TOPIC, call, standing
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House, Person, Standing
from tests.held import OTHER, SECRETARY
from tests.test_attendance import shared, tap

WHO = "苗若谷"
END = MONDAY_NOON + timedelta(minutes=60)


async def press(person: Person, district: District, label: str, meeting: int) -> Standing:
    """A button of the invitation, as every copy of it carries it."""
    actions: dict[str, tuple[str, *tuple[int, ...]]] = {
        "签到": ("attendance.here", meeting),
        "我会到": ("meetings.come", meeting, 1),
        "请假": ("meetings.leave", meeting, 1),
        "日历": ("meetings.ics", meeting),
    }
    action, *arguments = actions[label]
    return await tap(person, shared(district.database, action, *arguments))


def kept(district: District, meeting: int) -> AttendanceRow:
    with district.database.read() as session:
        found = select(AttendanceRow).where(
            AttendanceRow.meeting_id == meeting,
            AttendanceRow.member_id == district.id_of(WHO),
        )
        return session.scalars(found).one()


def count(district: District) -> int:
    with district.database.read() as session:
        return len(session.scalars(select(DeliveryRow.id)).all())


async def test_after_the_end_the_answers_say_that_it_is_over_and_whom_to_tell(
    district: District, house: House, clock: FakeClock
) -> None:
    meeting = call(district)
    person = district.seat(house, WHO)
    clock.at = END
    for label in ("我会到", "请假"):
        said = (await press(person, district, label, meeting)).text
        assert said == (f"《{TOPIC}》已经散会，不用再回复了。没能到会的话，和书记说一声就行。")
    assert (kept(district, meeting).reply, count(district)) == ("none", 0)


async def test_once_the_roll_has_somebody_no_answer_changes_it_or_writes_to_the_secretary(
    district: District, house: House
) -> None:
    meeting = call(district)
    person = district.seat(house, WHO)
    with district.begin() as session:
        who = district.member(SECRETARY)
        wish = Mark("absent", "duty")
        rollcall.mark(session, who, meeting, district.id_of(WHO), wish, at=MONDAY_NOON)
    for label in ("我会到", "请假"):
        said = (await press(person, district, label, meeting)).text
        assert said == f"《{TOPIC}》里书记已经替您登记过了。有出入的话，请书记改一下。"
    row = kept(district, meeting)
    assert (row.status, row.reason, row.reply, row.leave_state) == (
        "absent",
        "duty",
        "none",
        "none",
    )
    assert count(district) == 0


async def test_who_has_checked_in_is_told_so_instead_of_being_asked_for_a_reason(
    district: District, house: House
) -> None:
    meeting = call(district)
    person = district.seat(house, WHO)
    await press(person, district, "签到", meeting)
    for label in ("我会到", "请假"):
        said = await press(person, district, label, meeting)
        assert said.text == f"《{TOPIC}》您已经签到了，不用再回复。临时要走，和书记说一声就行。"
        assert said.labels == []
    assert (await press(person, district, "签到", meeting)).text == f"您已签到：《{TOPIC}》"
    assert kept(district, meeting).leave_state == "none"
    assert count(district) == 0


async def test_who_is_no_longer_expected_hears_whom_to_ask_from_every_button(
    district: District, house: House
) -> None:
    meeting = call(district)
    person = district.seat(house, WHO)
    with district.begin() as session:
        session.execute(delete(AttendanceRow).where(AttendanceRow.member_id == district.id_of(WHO)))
    for label in ("我会到", "请假", "日历"):
        said = (await press(person, district, label, meeting)).text
        assert said == "这个会议的名单里没有您。如果应该有，请联系支部书记。"
    assert "应到名单里没有您" in (await press(person, district, "签到", meeting)).text


async def test_of_a_cancelled_meeting_every_button_says_so(
    district: District, house: House
) -> None:
    meeting = call(district)
    person = district.seat(house, WHO)
    with district.begin() as session:
        session.execute(update(MeetingRow).values(state="cancelled", version=2))
    for label in ("我会到", "请假"):
        assert (await press(person, district, label, meeting)).text.startswith("会议取消")
    assert "已经取消" in (await press(person, district, "签到", meeting)).text


def called_by_the_other_branch(district: District, house: House, *, expected: bool) -> Person:
    """One of the second branch, which has called its roll; the caller has not closed it."""
    with district.database.read() as session:
        found = (
            select(MemberRow.name)
            .join(AttendanceRow, AttendanceRow.member_id == MemberRow.id)
            .where(
                AttendanceRow.unit_id == district.unit(SECOND),
                AttendanceRow.is_expected.is_(expected),
            )
        )
        return district.seat(house, session.scalars(found).all()[-1])


def finish(district: District, meeting: int) -> None:
    with district.begin() as session:
        rollcall.finish(session, district.member(OTHER), meeting, at=MONDAY_NOON)


async def test_a_guest_does_not_get_into_a_record_whose_roll_was_called(
    district: District, house: House
) -> None:
    meeting = call(district, FIRST, SECOND)
    guest = called_by_the_other_branch(district, house, expected=False)
    finish(district, meeting)
    assert "请书记补记" in (await press(guest, district, "签到", meeting)).text
    assert standing(district.database, meeting)[guest.name] == "none"


async def test_nobody_takes_themselves_out_of_a_record_whose_roll_was_called(
    district: District, house: House
) -> None:
    meeting = call(district, FIRST, SECOND)
    person = called_by_the_other_branch(district, house, expected=True)
    done = await press(person, district, "签到", meeting)
    finish(district, meeting)
    assert "请书记补记" in (await person.tap("点错了", on=done)).text
    for label in ("我会到", "请假"):
        assert "不用再回复" in (await press(person, district, label, meeting)).text
    assert standing(district.database, meeting)[person.name] == "present"


# How late somebody was


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (timedelta(minutes=59), "（迟到 59 分钟）"),
        (timedelta(minutes=60), ""),
        (timedelta(minutes=125), ""),
    ],
)
async def test_a_tap_after_the_end_says_nothing_about_when_somebody_came(
    district: District, house: House, clock: FakeClock, after: timedelta, told: str
) -> None:
    meeting = call(district)
    clock.at = MONDAY_NOON + after
    person = district.seat(house, WHO)
    said = await press(person, district, "签到", meeting)
    assert said.text == f"签到成功：《{TOPIC}》{told}"
    assert kept(district, meeting).status == ("late" if told else "present")
