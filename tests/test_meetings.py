"""Calling a meeting in chat: draft, sending, answers, leave, change, cancelling, reminder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import func, select, update

from bot.app import App
from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import (
    AttendanceRow,
    DeliveryRow,
    FileRow,
    InboxRow,
    MeetingRow,
    MemberRow,
    MembershipRow,
    RecordRow,
    StateRow,
)
from bot.services import agenda, changing, erasure, meetings, privacy
from handlers import meetings_letters
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House, Person, Standing

BRANCH = "青澜二中初中部党支部"
OTHER = "青澜二中高中部党支部"
SECRETARY, TEACHER, DEPUTY, NEWCOMER = "骆知夏", "蔺望舒", "糜远山", "阮听雨"
FRIDAY_3PM = datetime(2026, 12, 4, 7, 0, tzinfo=UTC)


@pytest.fixture
def secretary(district: District, house: House) -> Person:
    return district.seat(house, SECRETARY)


@pytest.fixture
def teacher(district: District, house: House) -> Person:
    return district.seat(house, TEACHER)


async def draft(secretary: Person, place: str = "三楼会议室") -> Standing:
    """A party day as it is proposed, up to the point of sending."""
    await secretary.say("开会")
    await secretary.tap("主题党日")
    return await secretary.say(place)


async def call(secretary: Person, house: House) -> Standing:
    await draft(secretary)
    sent = await secretary.tap("发出")
    await house.deliver()
    return sent


def rows(database: Database, *columns: object) -> Sequence[object]:
    with database.read() as session:
        return session.execute(select(*columns)).all()  # type: ignore[call-overload]


def count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalars(select(func.count()).select_from(table)).one()


def seat(district: District, name: str) -> AttendanceRow:
    with district.database.read() as session:
        found = select(AttendanceRow).where(AttendanceRow.member_id == district.id_of(name))
        return session.scalars(found).one()


async def test_the_draft_shows_what_is_called_and_who_is_expected(secretary: Person) -> None:
    kinds = await secretary.say("开会")
    assert kinds.text == f"给{BRANCH}召集什么会？"
    assert {"支部党员大会", "支委会", "主题党日", "党课", "结对共建", "其他"} <= set(kinds.labels)
    assert "党小组会" not in kinds.labels, "the branch has no groups"
    place = await secretary.tap("主题党日")
    assert place.text == "在哪里开？点一下，或者直接打。"
    review = await secretary.say("三楼会议室")
    assert review.text.splitlines() == [
        "召集主题党日",
        "时间：12月4日（周五）15:00，约 1 小时",
        "地点：三楼会议室",
        "议题：12月主题党日",
        f"单位：{BRANCH}",
        "参加：应到 4 人（有表决权 3 人，没有表决权 1 人）",
        "时间是按惯例提的，不合适就点“改时间”。",
        "还没有发出。点“发出”后，参加的人每人收到一条通知。",
    ]


async def test_the_names_are_for_the_secretary_with_every_exception(
    secretary: Person, district: District
) -> None:
    with district.begin() as session:
        gone = update(MemberRow).where(MemberRow.id == district.id_of(TEACHER))
        session.execute(gone.values(left_on=date(2026, 12, 1)))
    await draft(secretary)
    names = await secretary.tap("看名单")
    assert f"应到，有表决权（2）：{SECRETARY}、{DEPUTY}" in names.text
    assert f"应到，没有表决权（1）：{NEWCOMER}" in names.text
    assert f"到那天已转出、不算应到的：{TEACHER}" in names.text
    assert (await secretary.tap("返回")).text.startswith("召集主题党日")


async def test_everybody_expected_gets_one_message_with_what_when_and_where(
    secretary: Person, teacher: Person, house: House, database: Database
) -> None:
    sent = await call(secretary, house)
    assert sent.text.splitlines()[0] == "已发出。12月4日（周五）15:00 12月主题党日，三楼会议室"
    assert "通知 1 人，您自己不另发。" in sent.text
    assert f"还没绑定木铎、收不到通知的 2 人，请另外告诉：{DEPUTY}、{NEWCOMER}。" in sent.text
    (message,) = teacher.screen
    assert message.text.splitlines() == [
        "12月主题党日",
        "时间：12月4日（周五）15:00，约 1 小时",
        "地点：三楼会议室",
        f"召集：{BRANCH}",
        "请您参加。",
    ]
    assert message.labels == ["我会到", "请假", "签到", "加入日历"]
    with database.read() as session:
        meeting = session.scalars(select(MeetingRow)).one()
        assert (meeting.kind, meeting.starts_at, meeting.state) == (
            "party_day",
            FRIDAY_3PM,
            "planned",
        )
        assert meeting.code.isdigit()
        assert len(meeting.code) == 6
        assert session.scalars(select(func.count()).select_from(AttendanceRow)).one() == 4
        assert session.scalars(select(RecordRow)).one().agreed_at is not None


async def test_two_taps_on_send_call_and_tell_once(
    secretary: Person, teacher: Person, house: House, database: Database
) -> None:
    review = await draft(secretary)
    tap = {"tap": review.key("发出").token, "ack": "a"}
    await house.accept([secretary.incoming(**tap), secretary.incoming(**tap)])
    await house.deliver()
    assert count(database, MeetingRow) == 1
    assert len(teacher.screen) == 1
    assert secretary.screen[-1].text.startswith("这个会议已经发出过了，没有再发")


async def test_like_last_month_is_sent_with_three_taps_at_most(
    secretary: Person, teacher: Person, house: House, clock: FakeClock, database: Database
) -> None:
    await call(secretary, house)
    clock.forward(days=16)
    begun = await secretary.say("开会")
    assert begun.labels[0] == "像上次：主题党日 1月8日（周五）15:00", "the first is a day off"
    review = await secretary.tap("像上次")
    assert "地点：三楼会议室" in review.text
    assert "议题：1月主题党日" in review.text
    await secretary.tap("发出")
    assert count(database, MeetingRow) == 2


async def test_a_meeting_is_called_in_words(secretary: Person) -> None:
    place = await secretary.say("开会 支委会 下周三下午3点到4点半")
    assert place.text == "在哪里开？点一下，或者直接打。"
    review = await secretary.tap("地点另行通知")
    assert "时间：12月2日（周三）15:00，约 1 小时半" in review.text
    assert "议题：12月支委会" in review.text
    assert "参加：应到 1 人" in review.text


async def test_day_and_hour_are_tapped_or_typed_and_changed_before_sending(
    secretary: Person,
) -> None:
    await secretary.say("开会")
    day = await secretary.tap("支委会")
    assert day.labels[:2] == ["11月24日（周二）", "11月25日（周三）"]
    hour = await secretary.tap("11月25日")
    assert "11月25日（周三）几点？" in hour.text
    await secretary.tap("16:00")
    review = await secretary.tap("地点另行通知")
    assert "时间：11月25日（周三）16:00" in review.text
    assert "12月4日（周五）09:30" in (await secretary.say("12-4 9:30")).text
    which = await secretary.say("周四 7点半")
    assert which.labels == ["07:30", "19:30"]
    assert "11月26日（周四）19:30" in (await secretary.tap("19:30")).text
    await secretary.tap("改议题")
    assert "议题：研究发展党员" in (await secretary.say("研究发展党员")).text


async def test_a_time_that_has_passed_or_makes_no_sense_is_said_plainly(
    secretary: Person,
) -> None:
    await secretary.say("开会")
    await secretary.tap("支委会")
    assert "已经过去了" in (await secretary.say("昨天")).text
    assert "12月5日是周六，不是周五" in (await secretary.say("12月5日周五")).text
    assert "没有看懂" in (await secretary.say("等通知")).text
    assert "几点？" in (await secretary.say("12月4日")).text, "the question still stands"


async def test_a_question_in_between_is_answered_and_the_draft_stays(
    secretary: Person, database: Database
) -> None:
    await draft(secretary)
    await secretary.say("老师可以收家长的礼物吗？")
    begun = await secretary.say("开会")
    assert "接着写没发的那份" in begun.labels
    review = await secretary.tap("接着写没发的那份")
    assert "地点：三楼会议室" in review.text
    assert count(database, MeetingRow) == 0


async def test_a_draft_survives_a_restart_and_a_dropped_one_tells_nobody(
    secretary: Person, database: Database, house: House
) -> None:
    review = await draft(secretary)
    with database.read() as session:
        kept = session.scalars(select(StateRow.data).where(StateRow.chat == "draft:meeting"))
        assert kept.one()["place"] == "三楼会议室"
    dropped = await secretary.tap("不发了")
    assert dropped.text == "好，这份没有发出，也没有通知任何人。"
    assert (count(database, MeetingRow), count(database, DeliveryRow)) == (0, 0)
    del review
    assert "接着写没发的那份" not in (await secretary.say("开会")).labels


async def test_a_guest_is_added_by_name_and_asked_to_sit_in(
    secretary: Person, district: District, house: House
) -> None:
    guest = district.seat(house, "裴望川")
    await draft(secretary)
    await secretary.tap("加列席")
    review = await secretary.say("裴望川")
    assert "列席 1 人" in review.text
    await secretary.tap("加列席")
    unknown = await secretary.say("区委组织部 王科长")
    assert "花名册里没有找到" in unknown.text
    review = await secretary.tap("记下这个名字")
    assert "场外列席：区委组织部 王科长" in review.text
    await secretary.tap("发出")
    await house.deliver()
    assert guest.screen[-1].text.endswith("请您列席。")
    assert not seat(district, "裴望川").is_expected


async def test_coming_is_said_with_one_tap_and_taken_back_with_another(
    secretary: Person, teacher: Person, house: House, district: District
) -> None:
    await call(secretary, house)
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
    await call(secretary, house)
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
    await call(secretary, house)
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
    await call(secretary, house)
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
    await call(secretary, house)
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
    await call(secretary, house)
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


async def test_a_change_is_a_new_message_and_the_old_one_no_longer_counts(
    secretary: Person, teacher: Person, house: House, district: District
) -> None:
    await call(secretary, house)
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
    await call(secretary, house)
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
    await call(secretary, house)
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
    await call(secretary, house)
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
    await call(secretary, house)
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


async def test_one_reminder_the_evening_before_and_none_on_the_day(
    secretary: Person, teacher: Person, house: House, clock: FakeClock, database: Database
) -> None:
    await call(secretary, house)
    before = len(teacher.screen)

    async def sweep() -> None:
        with database.begin() as session:
            while meetings_letters.remind(session, at=clock.now()):
                pass
        await house.deliver()

    clock.at = datetime(2026, 12, 3, 10, 0, tzinfo=UTC)  # 18:00
    await sweep()
    assert len(teacher.screen) == before
    clock.at = datetime(2026, 12, 3, 10, 31, tzinfo=UTC)
    await sweep()
    await sweep()
    (reminder,) = teacher.screen[before:]
    assert reminder.text.splitlines()[0] == "提醒：12月主题党日"
    clock.at = datetime(2026, 12, 4, 6, 0, tzinfo=UTC)
    await sweep()
    assert len(teacher.screen) == before + 1


async def test_nobody_who_has_leave_is_reminded_and_whoever_joined_meanwhile_is_invited(
    secretary: Person,
    teacher: Person,
    house: House,
    clock: FakeClock,
    district: District,
    database: Database,
) -> None:
    await call(secretary, house)
    joining = district.seat(house, "臧书怀")
    with district.begin() as session:
        moved = update(MembershipRow).where(
            MembershipRow.member_id == district.id_of("臧书怀"), MembershipRow.tree == "party"
        )
        session.execute(moved.values(unit_id=district.unit(BRANCH)))
    await teacher.tap("请假")
    await teacher.tap("课务")
    before = len(teacher.screen)
    clock.at = datetime(2026, 12, 3, 10, 31, tzinfo=UTC)
    with database.begin() as session:
        assert meetings_letters.remind(session, at=clock.now())
    await house.deliver()
    assert len(teacher.screen) == before
    assert joining.screen[-1].text.startswith("12月主题党日")


async def test_a_meeting_on_monday_is_called_to_mind_on_friday_evening(
    database: Database, district: District
) -> None:
    del district
    monday = datetime(2026, 12, 7, 7, 0, tzinfo=UTC)
    assert agenda.evening_before(monday) == datetime(2026, 12, 4, 10, 30, tzinfo=UTC)


async def test_my_meetings_shows_what_is_ahead_and_what_i_said(
    secretary: Person, teacher: Person, house: House, clock: FakeClock
) -> None:
    assert (await teacher.say("我的会议")).text == "近期没有您要参加的会议。"
    await call(secretary, house)
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


async def test_the_secretary_sees_how_each_meeting_stands_and_what_comes_next(
    secretary: Person, teacher: Person, house: House, clock: FakeClock
) -> None:
    await call(secretary, house)
    await teacher.tap("我会到")
    listed = await secretary.say("会议")
    assert "等开会，会到 2/4，请假 0" in listed.text
    shown = await secretary.tap("12月4日")
    assert "应到 4 人：会到 2，请假 0，没回 2" in shown.text, "whoever called it comes"
    await secretary.tap("谁还没回", on=shown)
    assert f"：{DEPUTY}、{NEWCOMER}。" in secretary.screen[-1].text
    clock.at = FRIDAY_3PM - timedelta(minutes=20)
    await teacher.say("签到")
    assert "已签到 1/4" in (await secretary.say("会议")).text
    soon = await secretary.tap("12月4日")
    assert "已签到 1 人。" in soon.text
    assert {"点名", "大屏签到", "改时间地点"} <= set(soon.labels)
    clock.at = FRIDAY_3PM + timedelta(hours=2)
    assert "该点名了" in (await secretary.say("会议")).text


async def test_a_teacher_without_a_role_can_call_nothing(teacher: Person) -> None:
    refused = await teacher.say("开会")
    assert "召集什么会" not in refused.text


async def test_a_training_of_a_school_is_called_by_its_administrator(
    district: District, house: House, database: Database
) -> None:
    administrator = district.seat(house, "管予安")
    kinds = await administrator.say("开会")
    assert kinds.text == "给青澜一中召集什么会？"
    assert "支部党员大会" not in kinds.labels
    await administrator.tap("培训")
    await administrator.say("12月9日 14:30")
    await administrator.say("一中礼堂")
    review = await administrator.say("师德培训")
    assert "应到" in review.text
    await administrator.tap("发出")
    assert count(database, AttendanceRow) > 10


async def test_a_call_that_was_cut_off_is_finished_after_the_restart_and_sent_once(
    app: App, secretary: Person, teacher: Person, house: House, database: Database
) -> None:
    review = await draft(secretary)
    incoming = secretary.incoming(tap=review.key("发出").token, ack="a")
    await house.accept([incoming])
    # The same event again, as after a kill between the commit and the platform's answer.
    await house.accept([incoming])
    assert await app.dispatcher.recover(set()) == 0
    await house.deliver()
    await house.deliver()
    assert count(database, MeetingRow) == 1
    assert len(teacher.screen) == 1


async def test_a_turn_that_dies_between_call_and_letters_leaves_nothing_and_is_repeated_whole(
    secretary: Person,
    teacher: Person,
    house: House,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    review = await draft(secretary)
    post, seen = meetings_letters.outbox.post, list[int]()

    def dies_once(*args: Any, **names: Any) -> int:
        seen.append(1)
        if len(seen) == 1:
            raise RuntimeError("killed")
        return post(*args, **names)

    monkeypatch.setattr(meetings_letters.outbox, "post", dies_once)
    await secretary.tap("发出", on=review)
    await house.deliver()
    assert len(seen) > 1
    assert count(database, MeetingRow) == 1
    assert count(database, AttendanceRow) == 4
    assert len(teacher.screen) == 1


async def test_my_data_names_the_meetings_and_what_was_sent_and_erasure_takes_the_reason(
    secretary: Person, teacher: Person, house: House, district: District, database: Database
) -> None:
    await call(secretary, house)
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
