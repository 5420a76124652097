"""Calling a meeting in chat: the draft, its questions, who may call, sending it once."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select, update

from bot.db.engine import Database
from bot.db.models import (
    AttendanceRow,
    DeliveryRow,
    MeetingRow,
    MemberRow,
    RecordRow,
    StateRow,
)
from tests.district import District
from tests.fakes import FakeClock, House, Person
from tests.inviting import (
    BRANCH,
    DEPUTY,
    FRIDAY_3PM,
    NEWCOMER,
    SECRETARY,
    TEACHER,
    count,
    draft,
    seat,
    send_invitations,
)


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
    sent = await send_invitations(secretary, house)
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
    await send_invitations(secretary, house)
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


async def test_another_meeting_is_called_in_words_while_a_draft_stands(secretary: Person) -> None:
    await draft(secretary)
    place = await secretary.say("开会 支部党员大会 下周三下午3点")
    assert place.text == "在哪里开？点一下，或者直接打。"
    review = await secretary.tap("地点另行通知")
    assert review.text.startswith("召集支部党员大会\n时间：12月2日（周三）15:00")


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
