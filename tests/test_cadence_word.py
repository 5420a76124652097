"""The one private word before a period ends with something missing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.app import App
from bot.core.clock import local
from bot.db.models import DeliveryRow, MeetingRow, RecordRow, RoleRow
from handlers import cadence as handler
from tests.district import District
from tests.fakes import FakeClock, House
from tests.held import OTHER, SECOND, SECRETARY, hold
from tests.staff import delivered
from tests.year_kept import GROUPS, at


def sweep(district: District, now: datetime) -> None:
    with district.begin() as session:
        while handler.advance(session, at=now):
            pass


def reminded(district: District) -> list[tuple[str, str]]:
    return [
        (owner, text)
        for owner, text in delivered(district.database, "cadence:")
        if owner == f"m{district.id_of(SECRETARY)}"
    ]


def test_ten_days_before_the_end_the_secretary_hears_once_what_is_missing(
    district: District,
) -> None:
    hold(district, "party_day", at(11, 6))
    sweep(district, at(11, 19))
    assert reminded(district) == []
    for day in (20, 21, 24, 30):
        sweep(district, at(11, day))
    ((_, text),) = reminded(district)
    assert "党小组会（11月30日前），2 个小组开了 0 个" in text
    assert "主题党日" not in text
    assert "第十三条" in text
    assert "不用理会" in text
    with district.database.read() as session:
        keys = session.scalars(select(DeliveryRow.key).where(DeliveryRow.key.like("cadence:%")))
        assert len(set(keys)) == 8  # one a branch


def test_what_is_called_is_not_asked_for(district: District) -> None:
    hold(district, "party_day", at(11, 28), SECOND)
    with district.begin() as session:
        session.scalars(select(MeetingRow)).one().state = "planned"
    sweep(district, at(11, 20))
    owner = f"m{district.id_of(OTHER)}"
    assert owner not in [each for each, _ in delivered(district.database, "cadence:")]


def test_what_is_done_while_the_word_waits_for_the_morning_is_not_asked_for(
    district: District,
) -> None:
    night = at(11, 20, 22)  # Friday: it waits until Monday
    sweep(district, night)
    hold(district, "party_day", at(11, 21))
    sweep(district, at(11, 21, 17))
    queued = waiting(district)
    (text,) = queued[f"m{district.id_of(SECRETARY)}"]
    assert "党小组会" in text
    assert "主题党日" not in text
    for group in GROUPS:
        hold(district, "group", at(11, 22), group)
    sweep(district, at(11, 22, 17))
    sweep(district, at(11, 23, 17))
    assert f"m{district.id_of(SECRETARY)}" not in waiting(district)


def test_what_is_missing_again_after_its_word_was_taken_back_is_told_again(
    district: District,
) -> None:
    """Queued at night, done, and cancelled the next day: the first word never went out."""
    sweep(district, at(11, 20, 22))
    secretary = f"m{district.id_of(SECRETARY)}"
    (first,) = waiting(district)[secretary]
    for turn in range(2):
        record_id = hold(district, "party_day", at(11, 21 + turn))
        sweep(district, at(11, 21 + turn, 17))
        with district.begin() as session:
            record = session.get_one(RecordRow, record_id)
            session.get_one(MeetingRow, record.meeting_id).state = "cancelled"
        sweep(district, at(11, 21 + turn, 18))
        sweep(district, at(11, 22 + turn, 17))
        assert waiting(district)[secretary] == [first], turn
    sweep(district, at(11, 24, 17))
    assert waiting(district)[secretary] == [first]


def waiting(district: District) -> dict[str, list[str]]:
    """Texts that have not gone out, by owner."""
    found: dict[str, list[str]] = {}
    with district.database.read() as session:
        for row in session.scalars(
            select(DeliveryRow).where(
                DeliveryRow.key.startswith("cadence:"), DeliveryRow.state == "queued"
            )
        ):
            found.setdefault(row.owner, []).append(str((row.message or {})["text"]))
    return found


def test_at_the_end_of_the_year_all_that_is_missing_comes_in_one_word(
    district: District,
) -> None:
    sweep(district, at(12, 22))
    ((_, text),) = reminded(district)
    for part in ("支部党员大会", "主题党日", "组织生活会", "民主评议党员", "以通知为准"):
        assert part in text
    assert "党课" not in text  # the branch has set nothing


async def test_the_chore_says_it_by_itself_at_a_fit_hour(
    house: House, district: District, clock: FakeClock
) -> None:
    clock.at = at(11, 20, 22)  # Friday night
    district.seat(house, SECRETARY)
    sweep(district, clock.now())
    await house.deliver()
    assert house.person(f"p{district.id_of(SECRETARY)}").screen == []
    clock.at = at(11, 23, 9)
    await house.deliver()
    said = house.person(f"p{district.id_of(SECRETARY)}").screen[-1]
    assert "还没有开会记录" in said.text


@pytest.mark.parametrize("minute", [0, 31, 90, 180, 300, 420, 570, 629])  # from 21:00 on
def test_no_word_is_due_at_night_or_on_a_day_off_whenever_the_sweep_runs(
    district: District, minute: int
) -> None:
    sweep(district, at(11, 20, 21) + timedelta(minutes=minute))  # a Friday
    with district.database.read() as session:
        due = session.scalars(
            select(DeliveryRow.due_at).where(DeliveryRow.key.startswith("cadence:"))
        ).all()
    assert len(due) == 8
    assert {local(each).strftime("%a %H:%M") for each in due} == {"Mon 07:30"}


async def test_a_clock_that_jumps_into_the_night_sends_nothing_before_the_morning(
    app: App, house: House, district: District, clock: FakeClock
) -> None:
    """In a demo the clock is moved; what came due on the way waits like everything else."""
    secretaries = [district.seat(house, name) for name in (SECRETARY, OTHER)]
    clock.at = at(11, 23, 20) + timedelta(minutes=59)
    clock.forward(minutes=32)  # 21:31
    await app.chores.carry_on(handler.advance)
    await app.wake()
    await house.deliver()
    assert [each.screen for each in secretaries] == [[], []]
    clock.at = at(11, 24, 7) + timedelta(minutes=31)
    await house.deliver()
    assert [len(each.screen) for each in secretaries] == [1, 1], "each hears of the own branch"


async def test_what_was_queued_by_day_is_held_when_the_clock_jumps_into_the_night(
    app: App, house: House, district: District, clock: FakeClock
) -> None:
    secretary = district.seat(house, SECRETARY)
    clock.at = at(11, 23, 20)
    await app.chores.carry_on(handler.advance)
    clock.forward(minutes=91)
    await app.wake()
    await house.deliver()
    assert secretary.screen == []


async def test_a_secretary_of_two_branches_hears_of_both_in_one_message(
    app: App, house: House, district: District, clock: FakeClock
) -> None:
    with district.begin() as session:
        role = select(RoleRow).where(RoleRow.member_id == district.id_of(OTHER))
        session.scalars(role).one().member_id = district.id_of(SECRETARY)
    secretary = district.seat(house, SECRETARY)
    clock.at = at(11, 23, 9)
    await app.chores.carry_on(handler.advance)
    await house.deliver()
    (message,) = secretary.screen
    assert message.text.count("还没有开会记录") == 2


async def test_a_word_for_a_month_that_went_by_while_nothing_ran_is_not_sent(
    house: House, district: District, clock: FakeClock
) -> None:
    secretary = district.seat(house, SECRETARY)
    sweep(district, at(11, 27, 22))  # Friday night: due on Monday, the last day
    clock.at = at(12, 1, 9)
    await house.deliver()
    assert secretary.screen == []
