"""Answering an invitation in chat: coming, leave and its reason, the calendar, one's own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from bot.db.engine import Database
from bot.db.models import (
    AttendanceRow,
    DeliveryRow,
    FileRow,
    InboxRow,
    MemberRow,
)
from bot.services import erasure, privacy
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House, Person
from tests.inviting import (
    BRANCH,
    FRIDAY_3PM,
    TEACHER,
    seat,
    send_invitations,
)


async def test_coming_is_said_with_one_tap_and_taken_back_with_another(
    secretary: Person, teacher: Person, house: House, district: District
) -> None:
    await send_invitations(secretary, house)
    said = await teacher.tap("我会到")
    assert said.text.endswith("您已回复：会到。")
    assert seat(district, TEACHER).reply == "yes"
    await teacher.tap("改为请假")
    done = await teacher.tap("公出")
    assert "已请假（公出），已转告书记；书记没有另外回话，就按请假记。" in done.text
    back = await teacher.tap("能来了")
    assert back.text.endswith("您已回复：会到。")
    assert (seat(district, TEACHER).leave_state, seat(district, TEACHER).reason) == ("none", "")


async def test_leave_is_approved_by_a_tap_and_the_person_hears_of_it_once(
    secretary: Person, teacher: Person, house: House, district: District
) -> None:
    await send_invitations(secretary, house)
    await teacher.tap("请假")
    await teacher.tap("家事")
    await house.deliver()
    asked = secretary.screen[-1]
    assert asked.text.startswith(f"{TEACHER}请假（家事）")
    decided = await secretary.tap("同意", on=asked)
    assert decided.text.startswith("已同意，已告诉本人")
    await house.deliver()
    assert teacher.screen[-1].text.startswith("书记同意了您的请假")
    assert seat(district, TEACHER).leave_state == "approved"
    before = len(teacher.screen)
    await secretary.do(tap=asked.key("同意").token if asked.labels else "", ack="a")
    await house.deliver()
    assert len(teacher.screen) == before


async def test_leave_that_was_declined_is_not_counted_as_leave_and_can_be_approved_after_all(
    secretary: Person, teacher: Person, house: House, district: District
) -> None:
    await send_invitations(secretary, house)
    await teacher.tap("请假")
    await teacher.tap("家事")
    await house.deliver()
    declined = await secretary.tap("不同意")
    await house.deliver()
    assert teacher.screen[-1].text.startswith("这次请假书记没能同意")
    assert teacher.screen[-1].labels == ["我会到"]
    await secretary.say("会议")
    shown = await secretary.tap("12月4日")
    assert "会到 1，请假 0，没回 2，请假没同意 1" in shown.text
    approved = await secretary.tap("改为同意", on=declined)
    assert approved.text.startswith("已同意，已告诉本人")
    await house.deliver()
    assert teacher.screen[-1].text.startswith("书记同意了您的请假")
    assert seat(district, TEACHER).leave_state == "approved"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("要去监考", "class"), ("出差开会", "duty"), ("送孩子", "family"), ("办点私事", "private")],
)
async def test_a_typed_reason_is_kept_as_its_category(
    secretary: Person, teacher: Person, house: House, district: District, typed: str, kept: str
) -> None:
    await send_invitations(secretary, house)
    await teacher.tap("请假")
    await teacher.say(typed)
    assert seat(district, TEACHER).reason == kept


async def test_words_that_stand_on_a_button_are_the_button(
    secretary: Person, teacher: Person, house: House, district: District
) -> None:
    await secretary.say("开会")
    await secretary.tap("主题党日")
    review = await secretary.say("地点另行通知")
    assert "地点：另行通知" in review.text
    await secretary.tap("加列席")
    assert (await secretary.say("返回")).text.startswith("召集主题党日")
    assert (await secretary.say("发出")).text.startswith("已发出。")
    await house.deliver()
    await teacher.tap("请假")
    assert "请您参加" in (await teacher.say("不请了")).text
    assert seat(district, TEACHER).reply == "none"


async def test_health_is_never_stored_nor_told(
    secretary: Person, teacher: Person, house: House, district: District, database: Database
) -> None:
    await send_invitations(secretary, house)
    await teacher.tap("请假")
    said = await teacher.say("病假，要去医院复查")
    assert "已请假（其他）" in said.text
    assert "具体情况不用写，也没有记下" in said.text
    assert seat(district, TEACHER).reason == "other"
    await house.deliver()
    assert secretary.screen[-1].text.startswith(f"{TEACHER}请假（其他）")
    with database.read() as session:
        kept = str(session.execute(select(InboxRow.payload, InboxRow.replies)).all())
        told = str(session.execute(select(DeliveryRow.message)).all())
    assert "医院" not in kept + told
    assert "病假" not in kept + told


async def test_the_calendar_file_holds_the_meeting(
    secretary: Person, teacher: Person, house: House, database: Database
) -> None:
    await send_invitations(secretary, house)
    given = await teacher.tap("加入日历")
    assert "加进手机日历" in given.text
    with database.read() as session:
        content = session.scalars(select(FileRow.content)).one()
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    assert event["summary"] == "12月主题党日"
    assert event["location"] == "三楼会议室"
    assert event.decoded("dtstart") == FRIDAY_3PM
    assert event.decoded("dtend") == FRIDAY_3PM + timedelta(hours=1)
    assert event.decoded("sequence") == 1


async def test_my_meetings_shows_what_is_ahead_and_what_i_said(
    secretary: Person, teacher: Person, house: House, clock: FakeClock
) -> None:
    assert (await teacher.say("我的会议")).text == "近期没有您要参加的会议。"
    await send_invitations(secretary, house)
    await teacher.tap("我会到")
    shown = await teacher.say("我的会议")
    assert "12月4日（周五）15:00" in shown.text
    assert shown.text.endswith("您已回复：会到。")
    clock.at = FRIDAY_3PM - timedelta(minutes=10)
    assert (await teacher.say("我的会议")).labels == ["签到", "改为请假", "加入日历"]
    await teacher.tap("改为请假")
    silent = await teacher.tap("不请了")
    assert silent.labels.count("签到") == 1
    clock.at = FRIDAY_3PM + timedelta(hours=2)
    assert (await teacher.say("我的会议")).text == "近期没有您要参加的会议。"


async def test_my_data_names_the_meetings_and_what_was_sent_and_erasure_takes_the_reason(
    secretary: Person, teacher: Person, house: House, district: District, database: Database
) -> None:
    await send_invitations(secretary, house)
    await teacher.tap("请假")
    await teacher.tap("家事")
    with database.read() as session:
        data = privacy.export(session, district.member(TEACHER))
    (held,) = data["meetings"]
    assert (held["topic"], held["unit"], held["reason"]) == ("12月主题党日", BRANCH, "family")
    (sent,) = data["deliveries"]
    assert "12月主题党日" in sent["message"]["text"]
    await teacher.say("/mydata")
    assert "处理" not in (await teacher.tap("导出表格")).text
    with district.begin() as session:
        erasure.erase(session, session.get_one(MemberRow, district.id_of(TEACHER)), at=MONDAY_NOON)
    with database.read() as session:
        assert "family" not in session.scalars(select(AttendanceRow.reason)).all()
