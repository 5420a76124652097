"""Two people write into one record in the same moment, in two sessions: nothing is lost."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from bot.db.engine import Database
from bot.db.models import RecordRow
from tests.district import District
from tests.fakes import House, Person, Standing
from tests.held import SECRETARY, hold
from tests.minutes_typed import TODAY, row
from tests.patience import until
from tests.test_minutes_stale import DEPUTY, deputy, put, secretary

__all__ = ["deputy", "secretary"]  # fixtures
_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


async def at_once(
    house: House, database: Database, record_id: int, taps: list[tuple[Person, Standing, str]]
) -> None:
    """Tap while somebody else holds the record, so that all have begun before any goes on."""
    incomings = [
        person.incoming(tap=standing.key(label).token, ack="a") for person, standing, label in taps
    ]
    with database.begin() as session:
        session.get_one(RecordRow, record_id, with_for_update=True)
        acting = asyncio.create_task(house.accept(incomings))
        await until(lambda: database.is_sqlite or acting.done() or waiting(database) >= len(taps))
    await acting


def waiting(database: Database) -> int:
    with database.read() as session:
        return session.execute(_WAITING).scalar_one()


async def typed(person: Person, words: str) -> Standing:
    await person.say("会议记录")
    return await person.say(f"讨论：{words}")


async def test_what_two_people_append_at_once_stands_there_both(
    district: District, house: House, database: Database, secretary: Person, deputy: Person
) -> None:
    record_id = hold(district, "party_day", TODAY)
    put(district, record_id, discussed="谈体会。")
    one, other = await typed(secretary, "书记补的。"), await typed(deputy, "副书记补的。")
    taps = [(secretary, one, "接在后面"), (deputy, other, "接在后面")]
    await at_once(house, database, record_id, taps)
    lines = row(district, record_id).discussed.splitlines()
    assert lines[0] == "谈体会。"
    assert sorted(lines[1:]) == sorted(["书记补的。", "副书记补的。"])


async def test_of_two_who_save_into_an_empty_field_at_once_the_second_is_asked(
    district: District, house: House, database: Database, secretary: Person, deputy: Person
) -> None:
    record_id = hold(district, "party_day", TODAY)
    one, other = await typed(secretary, "书记写的。"), await typed(deputy, "副书记写的。")
    taps = [(secretary, one, "保存"), (deputy, other, "保存")]
    await at_once(house, database, record_id, taps)
    kept = row(district, record_id).discussed
    assert kept in ("书记写的。", "副书记写的。")
    late = deputy if kept == "书记写的。" else secretary
    assert "有了改动" in late.screen[-1].text
    await late.tap("接在后面")
    assert sorted(row(district, record_id).discussed.splitlines()) == sorted(
        ["书记写的。", "副书记写的。"]
    )


async def test_who_confirms_while_another_appends_sees_that_first(
    district: District, house: House, database: Database, secretary: Person, deputy: Person
) -> None:
    record_id = hold(district, "party_day", TODAY)
    put(district, record_id, host=SECRETARY, recorder=DEPUTY, discussed="谈体会。")
    added = await typed(deputy, "补一条。")
    page = await secretary.say("会议记录")
    taps = [(deputy, added, "接在后面"), (secretary, page, "确认记录")]
    await at_once(house, database, record_id, taps)
    kept = row(district, record_id)
    if kept.confirmed_at is not None:  # confirmed first: what comes behind it needs a reason
        assert kept.discussed == "谈体会。"
        assert "请写一句为什么改" in deputy.screen[-1].text
    else:
        assert kept.discussed == "谈体会。\n补一条。"
        assert "有了改动" in secretary.screen[-1].text
