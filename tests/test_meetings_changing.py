"""A meeting that was called: changed, cancelled, held together with another branch."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import (
    AttendanceRow,
    DeliveryRow,
    MeetingRow,
    RecordRow,
)
from bot.services import changing, meetings
from tests.district import District
from tests.fakes import MONDAY_NOON, House, Person
from tests.inviting import (
    BRANCH,
    OTHER,
    TEACHER,
    count,
    draft,
    seat,
    send_invitations,
)


async def test_a_change_is_a_new_message_and_the_old_one_no_longer_counts(
    secretary: Person, teacher: Person, house: House, district: District
) -> None:
    await send_invitations(secretary, house)
    old = teacher.screen[-1]
    token = old.key("我会到").token
    await teacher.tap("我会到", on=old)
    await secretary.tap("改时间地点")
    await secretary.tap("改时间")
    asked = await secretary.say("12月11日")
    assert "时间：12月4日（周五）15:00 → 12月11日（周五）15:00" in asked.text
    await secretary.tap("发出变更")
    await house.deliver()
    new = teacher.screen[-1]
    assert new.text.splitlines() == [
        "会议时间有变：12月主题党日",
        "时间：12月4日（周五）15:00 → 12月11日（周五）15:00",
        "地点：三楼会议室（不变）",
        "以这条为准，此前的通知作废。",
        "先前回复过的，麻烦按新时间再点一次。",
    ]
    assert seat(district, TEACHER).reply == "none", "who said yes to the old day is asked again"
    stale = await teacher.do(tap=token, ack="a")
    assert stale.text.startswith("这条通知已作废，以下面为准。")
    assert "12月11日（周五）15:00" in stale.text
    assert seat(district, TEACHER).reply == "none"


async def test_a_change_is_sent_once_however_often_it_is_tapped(
    secretary: Person, teacher: Person, house: House
) -> None:
    await send_invitations(secretary, house)
    await secretary.tap("改时间地点")
    await secretary.tap("改地点")
    asked = await secretary.say("一楼报告厅")
    tap = {"tap": asked.key("发出变更").token, "ack": "a"}
    await house.accept([secretary.incoming(**tap), secretary.incoming(**tap)])
    await house.deliver()
    changes = [each for each in teacher.screen if "会议地点有变" in each.text]
    assert len(changes) == 1
    assert "地点：三楼会议室 → 一楼报告厅" in changes[0].text
    assert secretary.screen[-1].text == "时间地点已经是这样了，没有再通知。"


async def test_time_and_place_are_changed_in_one_message(
    secretary: Person, teacher: Person, house: House
) -> None:
    await send_invitations(secretary, house)
    await secretary.tap("改时间地点")
    assert "直接打新的时间也行" in secretary.screen[-1].text
    one = await secretary.say("12月11日下午4点")
    assert one.labels == ["发出变更", "还要改地点", "不改了"]
    await secretary.tap("还要改地点")
    both = await secretary.say("一楼报告厅")
    assert both.text.splitlines()[1:3] == [
        "时间：12月4日（周五）15:00 → 12月11日（周五）16:00",
        "地点：三楼会议室 → 一楼报告厅",
    ]
    assert both.labels == ["发出变更", "不改了"]
    before = len(teacher.screen)
    await secretary.tap("发出变更")
    await house.deliver()
    (told,) = teacher.screen[before:]
    assert told.text.startswith("会议时间和地点有变：12月主题党日")


async def test_who_has_not_read_the_invitation_yet_is_invited_to_the_new_time_only(
    secretary: Person, teacher: Person, house: House
) -> None:
    await draft(secretary)
    await secretary.tap("发出")
    await secretary.tap("改时间地点")
    await secretary.tap("改时间")
    await secretary.say("12月11日")
    await secretary.tap("发出变更")
    await house.deliver()
    (only,) = teacher.screen
    assert only.text.startswith("12月主题党日\n时间：12月11日（周五）15:00")


async def test_cancelling_asks_first_and_tells_everybody_once(
    secretary: Person, teacher: Person, house: House, database: Database
) -> None:
    await send_invitations(secretary, house)
    await secretary.tap("取消会议")
    sure = await secretary.tap("确定取消")
    assert sure.text.startswith("已取消，已通知 1 人")
    await house.deliver()
    assert teacher.screen[-1].text.splitlines() == [
        "会议取消：12月主题党日",
        "原定 12月4日（周五）15:00，不开了。",
        "不用回复。",
    ]
    assert len(teacher.screen) == 2
    with database.read() as session:
        assert session.scalars(select(MeetingRow.state)).one() == "cancelled"
        purposes = session.scalars(select(DeliveryRow.purpose)).all()
    assert purposes.count("cancellation") == 1
    assert (await teacher.tap("我会到")).text.startswith("会议取消")


async def test_a_meeting_cancelled_before_anybody_read_of_it_tells_nobody(
    secretary: Person, teacher: Person, house: House
) -> None:
    await draft(secretary)
    await secretary.tap("发出")
    await secretary.tap("取消会议")
    sure = await secretary.tap("确定取消")
    await house.deliver()
    assert "还没有人收到通知" in sure.text
    assert teacher.screen == []


async def test_the_secretary_of_another_branch_is_refused(
    secretary: Person, house: House, district: District, database: Database
) -> None:
    other = district.seat(house, "宗景行")
    await send_invitations(secretary, house)
    with database.read() as session:
        meeting_id = session.scalars(select(MeetingRow.id)).one()
    stranger = district.member("宗景行")
    with district.begin() as session:
        for act in (
            lambda: changing.change(session, stranger, meeting_id, place="别处", at=MONDAY_NOON),
            lambda: changing.cancel(session, stranger, meeting_id),
            lambda: meetings.require(session, stranger, meeting_id),
        ):
            with pytest.raises(Refused) as caught:
                act()
            assert caught.value.code == "meeting_not_yours"
    assert (await other.say("会议进展")).text is not None
    assert "12月主题党日" not in (await other.say("/meetings")).text


async def test_a_joint_session_reaches_the_other_branch_when_its_secretary_agrees(
    secretary: Person, teacher: Person, house: House, district: District, database: Database
) -> None:
    other, colleague = district.seat(house, "宗景行"), district.seat(house, "池砚秋")
    await secretary.say("开会")
    assert "和哪个支部一起开" in (await secretary.tap("结对共建")).text
    await secretary.say(OTHER)
    await secretary.say("12月9日 15:00")
    await secretary.say("二中报告厅")
    await secretary.say("共读一本书")
    sent = await secretary.tap("发出")
    assert f"已请{OTHER}的书记确认" in sent.text
    await house.deliver()
    assert teacher.screen[-1].text.startswith("结对共建：共读一本书")
    assert colleague.screen == []
    agreed = await other.tap("一起开")
    assert "您支部应到 3 人" in agreed.text
    assert "臧书怀" in agreed.text
    assert TEACHER not in agreed.text, "each secretary sees the own list"
    await house.deliver()
    assert colleague.screen[-1].text.startswith("结对共建：共读一本书")
    assert secretary.screen[-1].text.startswith(f"{OTHER}同意一起开")
    with database.read() as session:
        records = session.scalars(select(RecordRow.unit_id).order_by(RecordRow.id)).all()
        units = set(session.scalars(select(AttendanceRow.unit_id)))
    assert list(records) == [district.unit(BRANCH), district.unit(OTHER)]
    assert units == set(records), "everybody counts for the own branch's record"


async def test_the_secretary_who_agreed_hears_of_the_cancellation_too(
    secretary: Person, house: House, district: District
) -> None:
    """Promise 5. The one who joined by a button had no invitation, and has to know all the same."""
    other = district.seat(house, "宗景行")
    await secretary.say("开会")
    await secretary.tap("结对共建")
    for text in (OTHER, "12月9日 15:00", "二中报告厅", "共读一本书"):
        await secretary.say(text)
    sent = await secretary.tap("发出")
    await house.deliver()
    await other.tap("一起开")
    await house.deliver()
    await secretary.tap("取消会议", on=sent)
    await secretary.tap("确定取消")
    await house.deliver()
    assert other.screen[-1].text.startswith("会议取消：结对共建：共读一本书")


async def test_a_branch_that_stays_away_keeps_no_record(
    secretary: Person, house: House, district: District, database: Database
) -> None:
    other, colleague = district.seat(house, "宗景行"), district.seat(house, "池砚秋")
    await secretary.say("开会")
    await secretary.tap("结对共建")
    for text in (OTHER, "12月9日 15:00", "二中报告厅", "共读一本书"):
        await secretary.say(text)
    await secretary.tap("发出")
    await house.deliver()
    assert "这次不参加" in (await other.tap("这次不参加")).text
    await house.deliver()
    assert secretary.screen[-1].text.startswith(f"{OTHER}这次不参加")
    assert colleague.screen == []
    assert count(database, RecordRow) == 1
