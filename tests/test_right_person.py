"""What was meant for one person is shown to, decided by and sent to that person alone."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from bot import logs
from bot.app import App
from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.engine import Database
from bot.db.models import AttendanceRow, MemberRow, MembershipRow, NoticeRow, RoleRow
from bot.services import recipients, screen
from handlers import rolls as roll_handler
from knowledge.loader import read
from tests.called import call
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House, Person
from tests.inviting import BRANCH, NEWCOMER, OTHER, SECRETARY, TEACHER, draft, send_invitations
from tests.notice_house import NoticeHouse, given
from tests.staff import delivered

TEXT = "请于周五前交回安全责任书。"


@pytest.fixture
def here(app: App, house: House, database: Database, clock: FakeClock) -> NoticeHouse:
    return NoticeHouse(app, house, District(database), clock)


def now_secretary_of(district: District, name: str, unit: str, *, on: date | None = None) -> None:
    """The roles so far end today, and another one begins."""
    day, member_id = on or local_day(MONDAY_NOON), district.id_of(name)
    with district.begin() as session:
        ended = update(RoleRow).where(RoleRow.member_id == member_id)
        session.execute(ended.values(to_on=day))
        role = RoleRow(
            member_id=member_id,
            role=Role.SECRETARY.value,
            unit_id=district.unit(unit),
            from_on=day,
        )
        session.add(role)


async def test_the_administrator_of_a_school_is_not_shown_the_branches_meetings(
    district: District, house: House
) -> None:
    call(district, starts_at=MONDAY_NOON + timedelta(days=2), topic="讨论转正")
    administrator = district.seat(house, "管予安")
    assert "讨论转正" not in (await administrator.say("会议")).text


async def test_the_names_of_another_branch_are_not_for_who_only_asks_it_to_join(
    secretary: Person,
) -> None:
    await secretary.say("开会")
    await secretary.tap("结对共建")
    await secretary.say(OTHER)
    await secretary.say("下周三下午3点")
    await secretary.say("三楼会议室")
    await secretary.say("一起学习")
    named = await secretary.tap("看名单")
    assert TEACHER in named.text
    assert "池砚秋" not in named.text


async def test_a_draft_of_a_unit_that_is_no_longer_ones_own_shows_no_names(
    secretary: Person, district: District
) -> None:
    await draft(secretary)
    now_secretary_of(district, SECRETARY, OTHER)
    named = await secretary.tap("看名单")
    assert TEACHER not in named.text


async def test_an_old_invitation_tells_nothing_new_to_who_is_not_invited_any_more(
    secretary: Person, district: District, house: House
) -> None:
    teacher = district.seat(house, TEACHER)
    await send_invitations(secretary, house)
    invitation = teacher.screen[-1]
    with district.begin() as session:
        session.execute(
            update(MembershipRow)
            .where(
                MembershipRow.member_id == district.id_of(TEACHER), MembershipRow.tree == "party"
            )
            .values(to_on=local_day(MONDAY_NOON))
        )
    await secretary.tap("改时间地点")
    await secretary.say("下周一上午10点")
    await secretary.tap("还要改地点")
    await secretary.say("别的楼")
    await secretary.tap("发出变更")
    said = await teacher.tap("我会到", on=invitation)
    assert "别的楼" not in said.text


async def test_a_link_to_the_screen_of_a_meeting_that_nobody_closed_ends_by_itself(
    district: District,
) -> None:
    meeting = call(district)
    with district.begin() as session:
        token = screen.link(session, meeting).rpartition("/")[2]
        assert screen.opened(session, token, at=MONDAY_NOON).meeting_id == meeting
        with pytest.raises(Refused, match="screen_over"):
            screen.opened(session, token, at=MONDAY_NOON + timedelta(days=2))


async def test_who_no_longer_administers_sends_nothing_urgent(here: NoticeHouse) -> None:
    await here.write(TEXT, "闻书澜、柏听松", "改成紧急")
    now_secretary_of(here.district, "闻书澜", "青澜区教育局机关党支部")
    await here.boss.tap("发给这")
    with here.database.read() as session:
        assert "urgent" not in session.scalars(select(NoticeRow.kind)).all()


async def test_a_sender_who_answers_for_others_now_neither_corrects_nor_reads_answers(
    here: NoticeHouse,
) -> None:
    lu, qi = here.seat("陆见微", "戚南乔")
    await here.write(TEXT, "戚南乔", "要对方确认", "附一个问题", by=lu)
    await lu.say("几个人参加？")
    await lu.tap("发给这")
    await here.work()
    await qi.tap("收到")
    await qi.say("我一个人去")
    await lu.say("通知")
    await lu.tap("发过的")
    await lu.tap("1")
    await lu.tap("看回答")
    assert "我一个人去" in lu.screen[-1].text
    await lu.tap("更正")
    await lu.say("请大家把钱转给我。")
    await lu.say("改了内容")
    now_secretary_of(here.district, "陆见微", BRANCH)
    await lu.tap("看回答")
    assert "我一个人去" not in lu.screen[-1].text
    await lu.tap("发出更正")
    await here.work()
    assert "请大家把钱转给我" not in "".join(each.text for each in qi.screen)


async def test_the_word_on_one_notice_does_not_confirm_another(here: NoticeHouse) -> None:
    (qi,) = here.seat("戚南乔")
    await here.send(TEXT, "戚南乔", "要对方确认")
    first = qi.screen[-1]
    await qi.tap("收到")
    assert given(here.database) == 1
    await here.send("明天停电一小时。", "戚南乔", "要对方确认")
    said = await qi.say("收到", quoted=first.id)
    assert given(here.database) == 1
    assert "安全责任书" in said.text


async def test_what_a_withdrawn_notice_brought_is_given_to_nobody(here: NoticeHouse) -> None:
    (qi,) = here.seat("戚南乔")
    boss = here.boss
    await boss.say("通知")
    await boss.tap("写通知")
    await boss.send_file("名单.xlsx", b"names of others")
    await boss.send_file("说明.txt", b"more of them")
    await boss.say(TEXT)
    await boss.say("戚南乔")
    await boss.tap("发给这")
    await here.work()
    letter = qi.screen[-1]
    await boss.tap("撤回")
    await boss.tap("确定撤回")
    await here.work()
    token = letter.key("看附件").token
    await qi.do(tap=token, ack="a")
    assert all(each.message.file is None and not each.message.file_id for each in qi.screen)


async def test_a_typed_answer_is_never_for_what_has_not_been_shown(
    secretary: Person, district: District, house: House, clock: FakeClock
) -> None:
    teacher, newcomer = district.seat(house, TEACHER), district.seat(house, NEWCOMER)
    await send_invitations(secretary, house)
    await teacher.tap("请假")
    await teacher.tap("公出")
    await house.deliver()
    assert TEACHER in secretary.screen[-1].text
    clock.forward(hours=10)  # at night nobody is asked
    await newcomer.tap("请假")
    await newcomer.tap("公出")
    await house.deliver()
    assert NEWCOMER not in secretary.screen[-1].text
    await secretary.say("同意")
    with district.database.read() as session:
        own = AttendanceRow.member_id == district.id_of(NEWCOMER)
        assert session.scalars(select(AttendanceRow.leave_state).where(own)).one() == "asked"
    assert NEWCOMER not in secretary.screen[-1].text
    clock.forward(hours=13)
    await house.deliver()
    assert NEWCOMER in secretary.screen[-1].text
    assert f"{NEWCOMER}" in (await secretary.say("同意")).text, "and what is shown may be typed"


async def test_a_typed_label_holds_no_longer_than_its_button(
    secretary: Person, district: District, house: House, clock: FakeClock
) -> None:
    await secretary.say("免打扰")
    clock.forward(days=31)
    said = await secretary.say("只收必须的")
    assert "按钮" in said.text or "没有" in said.text, said.text


async def test_a_roll_that_waits_is_not_brought_to_who_has_left_the_office(
    district: District, house: House, app: App, clock: FakeClock
) -> None:
    secretary = district.seat(house, "陆见微")
    call(district, starts_at=clock.now() + timedelta(hours=8), by="陆见微")
    clock.forward(hours=9, minutes=5)
    await app.chores.carry_on(roll_handler.advance)
    await house.deliver()
    assert not secretary.screen
    assert delivered(district.database, "roll:")
    clock.forward(hours=12)
    now_secretary_of(district, "陆见微", BRANCH, on=local_day(clock.now()))
    await house.deliver()
    assert "苗若谷" not in "".join(str(each.message) for each in secretary.screen)


def test_the_log_of_an_error_in_the_database_holds_nothing_that_was_to_be_written(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    before = structlog.get_config()
    logs.configure("WARNING")
    try:
        with database.begin() as session:
            session.execute(
                insert(MemberRow).values(number=None, name="王小明", party_status="none")
            )
    except IntegrityError:
        structlog.get_logger("muduo.test").exception("turn failed")
    finally:
        structlog.configure(**before)
    told = capsys.readouterr().err
    assert "IntegrityError" in told
    assert "members" in told, "what went wrong can still be seen"
    assert "王小明" not in told


def test_what_is_about_teaching_goes_to_schools_only(district: District) -> None:
    """Who works at the bureau has no class, and no presents from pupils to turn down."""
    library, _, faults = read(Path(__file__).parent.parent / "knowledge")
    assert library is not None, faults
    book, day = library.rulebook, local_day(MONDAY_NOON)
    office = {district.id_of(name) for name in ("柏听松", "闻书澜", "岑知微", "顾砚舟", "冉秋实")}
    reached: set[str] = set()
    with district.database.read() as session:
        for each in (*book.rules, *book.plans):
            whom = set(recipients.members(session, each.to, on=day))
            assert whom, each.id
            if whom & office:
                reached.add(each.id)
            else:
                assert district.id_of("戚南乔") in whom or each.id == "four-ones"
    assert reached == {"festival-secretaries", "six-ones", "warning-films"}


@pytest.mark.parametrize("is_moved", [True, False])
async def test_who_is_no_longer_responsible_is_not_kept_up_to_date(
    here: NoticeHouse, is_moved: bool
) -> None:
    qi, lu = here.seat("戚南乔", "陆见微")
    progress = await here.send(TEXT, "戚南乔", "要对方确认", by=lu)
    assert "已确认 0，未确认 1" in progress.text
    if is_moved:
        now_secretary_of(here.district, "陆见微", BRANCH)
    else:
        with here.district.begin() as session:
            ended = update(RoleRow).where(RoleRow.member_id == here.district.id_of("陆见微"))
            session.execute(ended.values(to_on=local_day(MONDAY_NOON)))
    await qi.tap("收到")
    await here.work()
    assert progress.text.endswith("这条通知的人现在不归您负责，这里不再更新。")
    assert progress.labels == []
    assert "已确认 1" not in progress.text
    await here.work()
    with here.database.read() as session:
        assert session.scalars(select(NoticeRow.live_until)).all() == [None]
