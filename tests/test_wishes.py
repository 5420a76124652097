"""免打扰: a person's own rhythm of reminders, and a time in which somebody is spared."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from bot.core.chat import Reply
from bot.core.clock import SHANGHAI
from bot.core.errors import Refused
from bot.db.models import DeliveryRow, MemberRow, WishRow
from bot.services import erasure, outbox, privacy, retention, wishes
from bot.services.gate import Purpose, Wish
from bot.services.members import Member
from bot.services.outbox import Letter
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House

MEMBER = "苗若谷"
SECRETARY = "陆见微"  # of the branch in whose group the member is
OTHER = "骆知夏"  # secretary of another school's branch
MUSTS = [each for each in Purpose if not each.is_sparable]


@pytest.fixture
def member(district: District) -> Member:
    return district.member(MEMBER)


def post(district: District, member: Member, purpose: Purpose, key: str = "x") -> None:
    with district.begin() as session:
        letter = Letter(key, Reply("一条"), purpose)
        outbox.post(session, letter, [member.owner], at=MONDAY_NOON)


def queued(district: District, key: str = "x") -> tuple[str, str | None, datetime]:
    with district.database.read() as session:
        row = session.scalars(select(DeliveryRow).where(DeliveryRow.key.startswith(key))).one()
        return row.state, row.reason, row.due_at


def choose(district: District, member: Member, wish: Wish) -> None:
    with district.begin() as session:
        wishes.choose(session, member, wish, at=MONDAY_NOON)


def here(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("wish", "due"),
    [
        (Wish(time(18, 30)), here(23, 18, 30)),
        (Wish(time(8, 0)), here(24, 8)),
        (Wish(time(18, 30), 4), here(27, 18, 30)),
    ],
)
def test_a_reminder_waits_for_the_hour_that_was_chosen(
    district: District, member: Member, wish: Wish, due: datetime
) -> None:
    choose(district, member, wish)
    post(district, member, Purpose.REMINDER)
    assert queued(district) == ("queued", "wish", due)


@pytest.mark.parametrize("wish", [Wish(time(18, 30)), Wish(time(20), 4), Wish(only_musts=True)])
@pytest.mark.parametrize("purpose", MUSTS)
def test_what_must_arrive_is_neither_dropped_nor_held_by_a_wish(
    district: District, member: Member, wish: Wish, purpose: Purpose
) -> None:
    choose(district, member, wish)
    with district.begin() as session:
        secretary = district.member(SECRETARY)
        until = date(2027, 1, 1)
        wishes.spare(session, secretary, member.id or 0, until, at=MONDAY_NOON)
    post(district, member, purpose)
    assert queued(district) == ("queued", None, MONDAY_NOON)


@pytest.mark.parametrize("purpose", [each for each in Purpose if each.is_sparable])
def test_only_what_must_be_means_no_reminders(
    district: District, member: Member, purpose: Purpose
) -> None:
    choose(district, member, Wish(only_musts=True))
    post(district, member, purpose)
    assert queued(district)[:2] == ("withdrawn", "wish")


async def test_a_wish_made_after_queueing_counts_at_the_moment_of_sending(
    house: House, district: District, member: Member
) -> None:
    district.seat(house, MEMBER)
    post(district, member, Purpose.REMINDER)
    choose(district, member, Wish(only_musts=True))
    assert await house.deliver() == 0
    assert queued(district)[:2] == ("withdrawn", "wish")


async def test_taking_a_wish_back_lets_go_of_what_it_held(
    house: House, district: District, member: Member
) -> None:
    district.seat(house, MEMBER)
    choose(district, member, Wish(time(18, 30), 4))
    post(district, member, Purpose.REMINDER)
    assert await house.deliver() == 0
    choose(district, member, Wish())
    assert await house.deliver() == 1
    assert queued(district)[0] == "sent"


def test_taking_a_wish_back_sends_nothing_before_its_own_day(
    district: District, member: Member
) -> None:
    choose(district, member, Wish(time(18, 30), 4))
    later = MONDAY_NOON + timedelta(days=2)
    with district.begin() as session:
        letter = Letter("x", Reply("一条"), Purpose.REMINDER, due_at=later)
        outbox.post(session, letter, [member.owner], at=MONDAY_NOON)
    choose(district, member, Wish())
    assert queued(district)[2] == later


@pytest.mark.parametrize("hour", [time(7, 29), time(21, 0), time(3)])
def test_an_hour_at_which_nobody_is_written_to_is_refused(
    district: District, member: Member, hour: time
) -> None:
    with pytest.raises(Refused, match="wish_hour"):
        choose(district, member, Wish(hour))


async def test_a_person_chooses_with_two_taps(house: House, district: District) -> None:
    person = district.seat(house, MEMBER)
    said = await person.say("免打扰")
    assert "白天照常提醒，每天最多一条，每周最多三条" in said.text
    assert "让一位少收提醒" not in said.labels
    await person.tap("每天一个钟点")
    assert "提醒放在每天 18:30" in (await person.tap("18:30")).text
    await person.say("/quiet")
    await person.tap("每周一次")
    await person.tap("周五")
    assert "每周五 17:00 提醒一次" in (await person.tap("17:00")).text
    await person.say("/quiet")
    assert "只收必须送到的" in (await person.tap("只收必须的")).text
    await person.say("/quiet")
    assert "白天照常提醒" in (await person.tap("照常提醒")).text


async def test_an_hour_can_be_typed(house: House, district: District, member: Member) -> None:
    person = district.seat(house, MEMBER)
    await person.say("免打扰")
    await person.tap("每天一个钟点")
    assert "只在 7:30 到 21:00 之间" in (await person.say("晚上10点")).text
    assert "是早上还是晚上" in (await person.say("七点")).text
    assert "没有看懂是几点" in (await person.say("明天")).text
    assert "每天 16:45" in (await person.say("下午4点45")).text
    with district.database.read() as session:
        assert wishes.of(session, member, at=MONDAY_NOON) == Wish(time(16, 45))


async def test_a_secretary_spares_somebody_until_a_day_without_a_reason(
    house: House, district: District, member: Member, clock: FakeClock
) -> None:
    secretary, person = district.seat(house, SECRETARY), district.seat(house, MEMBER)
    await secretary.say("免打扰")
    await secretary.tap("让一位少收提醒")
    await secretary.say(MEMBER)
    assert "到2026年12月6日为止" in (await secretary.tap("两周")).text
    assert "到2026年12月6日为止" in (await person.say("免打扰")).text
    post(district, member, Purpose.REMINDER)
    assert queued(district)[:2] == ("withdrawn", "exempt")
    await secretary.say("免打扰")
    assert f"{MEMBER}（1013），到2026年12月6日" in (await secretary.tap("让一位少收提醒")).text
    assert "从现在起照常" in (await secretary.tap(f"恢复 {MEMBER}")).text
    post(district, member, Purpose.REMINDER, "y")
    assert queued(district, "y")[0] == "queued"


async def test_a_day_can_be_typed_and_must_come(
    house: House, district: District, member: Member
) -> None:
    secretary = district.seat(house, SECRETARY)
    await secretary.say("免打扰")
    await secretary.tap("让一位少收提醒")
    await secretary.say("1013")
    assert "今天以后、一年以内" in (await secretary.say("2028-1-1")).text
    assert "没有看懂到哪天为止" in (await secretary.say("18:30")).text
    assert "到2026年12月31日为止" in (await secretary.say("12月31日")).text


@pytest.mark.parametrize(
    ("said", "last"),
    [
        ("到月底", "2026年11月30日"),
        ("到下周五", "2026年12月4日"),
        ("一周", "2026年11月29日"),
        ("到学期末", "2027年1月22日"),
    ],
)
async def test_the_end_is_typed_as_people_say_it(
    house: House, district: District, member: Member, said: str, last: str
) -> None:
    secretary = district.seat(house, SECRETARY)
    await secretary.say("免打扰")
    await secretary.tap("让一位少收提醒")
    await secretary.say("1013")
    assert f"到{last}为止" in (await secretary.say(said)).text


async def test_an_end_that_is_not_understood_is_no_question_to_the_rules(
    house: House, district: District, member: Member
) -> None:
    secretary = district.seat(house, SECRETARY)
    await secretary.say("免打扰")
    await secretary.tap("让一位少收提醒")
    await secretary.say("1013")
    told = await secretary.say("等她身体好些")
    assert told.text == (
        "没有看懂到哪天为止。可以写“到月底”“到下周五”“两周”“到学期末”，或者“12月31日”。"
    )
    assert "到2026年11月30日为止" in (await secretary.say("到月底")).text


async def test_nobody_but_those_responsible_can_spare_or_see_who_is_spared(
    house: House, district: District, member: Member
) -> None:
    with district.begin() as session:
        responsible = district.member(SECRETARY)
        wishes.spare(session, responsible, member.id or 0, date(2026, 12, 24), at=MONDAY_NOON)
    other = district.seat(house, OTHER)
    await other.say("免打扰")
    assert MEMBER not in (await other.tap("让一位少收提醒")).text
    assert "没有找到" in (await other.say(MEMBER)).text
    stranger = district.member(OTHER)
    with pytest.raises(Refused, match="not_your_person"), district.begin() as session:
        wishes.spare(session, stranger, member.id or 0, date(2026, 12, 24), at=MONDAY_NOON)
    with pytest.raises(Refused, match="not_your_person"), district.begin() as session:
        wishes.end(session, stranger, member.id or 0, at=MONDAY_NOON)


def test_who_was_spared_is_forgotten_when_it_is_over(district: District, member: Member) -> None:
    with district.begin() as session:
        responsible = district.member(SECRETARY)
        wishes.spare(session, responsible, member.id or 0, date(2026, 12, 24), at=MONDAY_NOON)
    over = MONDAY_NOON + timedelta(days=40)
    with district.begin() as session:
        assert wishes.of(session, member, at=over) == Wish()
        retention.expire(session, keep_days=30, at=over)
        assert session.get_one(WishRow, member.owner).exempt_until is None


def test_wishes_are_part_of_ones_data_and_go_with_it(district: District, member: Member) -> None:
    choose(district, member, Wish(time(18, 30), 4))
    with district.begin() as session:
        held = privacy.export(session, member)["wishes"]
        assert [(each["hour"], each["weekday"]) for each in held] == [("18:30:00", "4")]
        erasure.erase(session, session.get_one(MemberRow, member.id), at=MONDAY_NOON)
        assert session.get(WishRow, member.owner) is None


def test_the_hour_stays_when_somebody_is_spared(district: District, member: Member) -> None:
    choose(district, member, Wish(time(18, 30)))
    with district.begin() as session:
        responsible = district.member(SECRETARY)
        wishes.spare(session, responsible, member.id or 0, date(2026, 12, 24), at=MONDAY_NOON)
        held = wishes.of(session, member, at=MONDAY_NOON)
    assert held == Wish(time(18, 30), exempt_until=date(2026, 12, 24))
