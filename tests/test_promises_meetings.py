"""Promises 1 and 2 where people check in: one tap, one record; nothing is forced, nobody named."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select, update

from bot.app import App
from bot.db.models import AttendanceRow, Base, DeliveryRow, RecordRow
from bot.services import records, rolls, screen
from handlers import rolls as roll_handler
from tests.called import FIRST, PEOPLE, SECOND, call, qr, standing
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House
from tests.roll_called import say_roll

END = MONDAY_NOON + timedelta(minutes=60)


async def test_one_tap_one_record_is_what_roll_record_and_screen_count(
    district: District, house: House, clock: FakeClock
) -> None:
    """Typed nowhere again: three views of the same rows agree after each step."""
    meeting = call(district)
    secretary, person = district.seat(house, "陆见微"), district.seat(house, "苗若谷")
    for step in ("签到", "签到", "roll"):
        if step == "roll":
            clock.at = END
            await say_roll(secretary, district, meeting)
            await secretary.tap("简疏桐")
            await secretary.tap("完成")
        else:
            await person.say(step)
        with district.begin() as session:
            who = district.member("陆见微")
            roll = rolls.show(session, who, meeting).tally
            token = screen.link(session, meeting).rpartition("/")[2]
            shown = screen.opened(session, token, at=clock.now()).tally
            kept = records.found(
                session, records.query(session, who).where(RecordRow.meeting_id == meeting)
            )[0].tally
        assert roll == shown == kept
        assert roll.present == (4 if step == "roll" else 1)
    with district.database.read() as session:
        rows = session.scalars(select(AttendanceRow.member_id)).all()
    assert len(rows) == len(set(rows)) == len(PEOPLE)


async def test_nothing_is_forced_who_never_checks_in_was_there_all_the_same(
    app: App, district: District, house: House, clock: FakeClock
) -> None:
    """Nobody is asked, reminded or nudged to check in; only the secretary hears of the roll."""
    meeting = call(district)
    secretary = district.seat(house, "陆见微")
    others = [district.seat(house, name) for name in PEOPLE[1:]]
    for _ in range(13):
        clock.forward(minutes=10)
        await app.chores.carry_on(roll_handler.advance)
        await house.deliver()
    assert [len(each.screen) for each in others] == [0] * len(others)
    await secretary.tap("完成")
    assert set(standing(district.database, meeting).values()) == {"present"}
    clock.forward(days=3)
    await app.wake()
    with district.database.read() as session:
        owners = set(session.scalars(select(DeliveryRow.owner)))
    assert owners == {f"m{district.id_of('陆见微')}"}


async def test_nothing_is_forced_a_late_arrival_costs_nothing_and_is_not_counted_up(
    district: District, house: House, clock: FakeClock
) -> None:
    """Minutes late stand in the meeting's record; there is no sum of them over meetings."""
    person = district.seat(house, "苗若谷")
    for number in range(3):
        call(district, topic=f"第{number}次", starts_at=clock.now())
        clock.forward(minutes=15)
        said = (await person.say("签到")).text
        assert said == f"签到成功：《第{number}次》（迟到 15 分钟）"
        clock.forward(days=1)
    columns = {column.name for table in Base.metadata.tables.values() for column in table.c}
    assert not {name for name in columns if re.search(r"times_late|late_count|checkins", name)}


async def test_no_name_list_is_shown_to_anyone_but_those_responsible(
    district: District, house: House
) -> None:
    """Whoever checks in reads of no other person, by whatever way they came."""
    meeting = call(district, FIRST, SECOND)
    person = district.seat(house, "苗若谷")
    await person.open(qr(district.database, meeting, MONDAY_NOON))
    await person.say("签到")
    await say_roll(person, district, meeting)
    told = "".join(each.text + "".join(each.labels) for each in person.screen)
    with district.database.read() as session:
        lines = rolls.show(session, None, meeting).lines
    assert len(lines) > len(PEOPLE)
    assert not [line.name for line in lines if line.name in told]
    other = district.seat(house, "尹松龄")
    roll = await say_roll(other, district, meeting)
    seen = roll.text + "".join(roll.labels)
    assert not [name for name in PEOPLE if name in seen], "not even to the other secretary"


async def test_it_keeps_quiet_about_reasons(district: District, house: House) -> None:
    """An absence and its reason reach the secretary, never those who were in the same room."""
    meeting = call(district)
    with district.begin() as session:
        session.execute(
            update(AttendanceRow)
            .where(AttendanceRow.member_id == district.id_of("简疏桐"))
            .values(status="absent", reason="private", way="hand")
        )
        token = screen.link(session, meeting).rpartition("/")[2]
        shown = screen.opened(session, token, at=MONDAY_NOON)
    assert "private" not in str(shown)
    person = district.seat(house, "苗若谷")
    said = await person.say("签到")
    assert "简疏桐" not in said.text
