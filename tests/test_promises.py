"""The promises of DESIGN.md section 1, each under its own name."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.core.text import plain
from bot.db.engine import Database
from bot.services import answering
from bot.services.answering import Answered, Choice, Repealed
from handlers.texts import asking as texts
from knowledge.live import Knowledge, LiveKnowledge
from tests.fakes import House
from tests.staff import delivered, seat

SHIPPED = Path(__file__).parent.parent / "knowledge"
TODAY = date(2026, 11, 23)
# None of these is for a base of rules to answer, whatever stands in it.
FOREIGN = [
    "火星上能不能种土豆",
    "今天晚饭吃什么",
    "帮我写一首关于秋天的诗",
    "股票明天会涨吗",
    "红烧肉怎么做才嫩",
    "高铁票怎么改签",
    "猫为什么怕水",
    "附近哪家医院人少",
    "世界杯哪天开幕",
    "电脑蓝屏怎么修",
]


@pytest.fixture(scope="module")
def shipped() -> Knowledge:
    live = LiveKnowledge(SHIPPED)
    live.refresh()
    assert not live.faults, live.faults[:3]
    return live.current


def test_it_cites_or_says_that_it_does_not_know_in_every_shipped_answer(
    shipped: Knowledge,
) -> None:
    for entry in shipped.library.entries.values():
        found = answering.read(shipped, entry.id, TODAY)
        if isinstance(found, Repealed):
            continue
        assert found is not None
        last = plain(texts.answer(found)).splitlines()[-1]
        source = found.source
        since = source.since
        note = texts.PENDING if entry.review else ""
        assert last == f"《{source.title}》{entry.clause}，{since}{note}", entry.id


def test_it_cites_or_says_that_it_does_not_know_what_lies_outside(shipped: Knowledge) -> None:
    for text in FOREIGN:
        assert not isinstance(answering.answer(shipped, text, TODAY), Answered), text


def test_a_repealed_rule_is_never_given_as_the_answer(shipped: Knowledge) -> None:
    """On no day does any phrasing lead to a document that does not hold on that day."""
    phrasings = [text for _, text in shipped.library.phrasings()]
    for day in (TODAY, date(2019, 1, 1), date(2013, 6, 1)):
        for text in phrasings[:: len(phrasings) // 200]:
            found = answering.answer(shipped, text, day)
            if isinstance(found, Answered):
                assert found.source.holds_on(day)
            if isinstance(found, Choice):
                assert all(
                    shipped.library.sources[entry.source].holds_on(day) for entry in found.entries
                )


def test_a_document_asked_for_by_its_title_is_told_apart_from_its_successor(
    shipped: Knowledge,
) -> None:
    for source in shipped.library.sources.values():
        found = answering.answer(shipped, source.title, TODAY)
        if source.holds_on(TODAY):
            assert getattr(found, "source", None) == source, source.title
        else:
            assert isinstance(found, Repealed)
            assert found.source == source
            assert str(source.repealed) in plain(texts.repealed(found))


async def test_it_keeps_quiet_about_people_who_ask_and_who_report(
    house: House, database: Database
) -> None:
    """Whoever answers sees the words alone; whoever asked gets the answer alone."""
    asker = seat(database, house, "t1")
    administrator = seat(database, house, "a1", "administrator")
    await asker.say("老师的车能不能停在校门口")
    await asker.tap("转给管理员")
    await administrator.say("待办")
    await administrator.tap("转来的问题")
    await administrator.tap("1")
    await administrator.tap("生成 YAML")
    files = [standing.message.file for standing in administrator.screen]
    seen = "".join(standing.text for standing in administrator.screen)
    seen += "".join(file.content.decode() for file in files if file)
    assert "老师的车能不能停在校门口" in seen
    assert "某t1" not in seen
    assert "n-t1" not in seen
    await administrator.tap("打字回答")
    await administrator.say("停在指定的车位。")
    await administrator.tap("发送")
    ((_, letter),) = delivered(database, "answer:")
    assert "某a1" not in letter
