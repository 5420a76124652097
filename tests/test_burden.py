"""负担: medians of what people got, taps for a task, what was spared; and not one name."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from bot.commands import app
from bot.core.chat import Button, Reply
from bot.db.engine import Database
from bot.db.models import CompletionRow, DeliveryRow, InboxRow, MemberRow
from bot.services import burden, outbox
from bot.services.burden import Weekly
from bot.services.gate import Purpose
from tests.district import District
from tests.fakes import MONDAY_NOON, House

LAST_WEEK = MONDAY_NOON - timedelta(days=5)


def sent(
    district: District,
    name: str,
    at: datetime = LAST_WEEK,
    purpose: Purpose = Purpose.REMINDER,
    **more: object,
) -> None:
    """One message that the person got at that moment."""
    owner = f"m{district.id_of(name)}"
    with district.begin() as session:
        number = len(session.scalars(select(DeliveryRow.id)).all())
        values = {"state": "sent", "sent_at": at, "reason": None} | more
        session.add(
            DeliveryRow(
                key=f"x{number}",
                owner=owner,
                lane=2,
                purpose=purpose.value,
                due_at=at,
                made_at=at,
                attempts=1,
                **values,
            )
        )


def measure(district: District, weeks: int = 1) -> burden.Burden:
    with district.database.read() as session:
        return burden.measure(session, at=MONDAY_NOON, weeks=weeks)


def test_the_week_of_most_people_and_the_worst_one_are_told(district: District) -> None:
    with district.database.read() as session:
        names = session.scalars(select(MemberRow.number)).all()
    for name in names[: len(names) * 6 // 10]:
        sent(district, name)
    for day in range(3):
        sent(district, names[0], LAST_WEEK + timedelta(days=day / 2))
    assert measure(district).weekly == Weekly(1, 1, 4)


def test_weeks_are_counted_apart_and_empty_ones_count(district: District) -> None:
    for weeks_ago in range(1, 4):
        sent(district, "苗若谷", MONDAY_NOON - timedelta(weeks=weeks_ago))
    assert measure(district, weeks=4).weekly == Weekly(0, 0, 1)


@pytest.mark.parametrize(
    "more",
    [
        {"at": MONDAY_NOON},  # this week is not over yet
        {"at": MONDAY_NOON - timedelta(days=8)},
        {"purpose": Purpose.AWAITED},
        {"state": "withdrawn", "reason": "done", "sent_at": None},
    ],
)
def test_only_what_came_unasked_in_whole_weeks_counts(
    district: District, more: dict[str, object]
) -> None:
    sent(district, "苗若谷", **more)  # type: ignore[arg-type]
    assert measure(district).weekly.worst == 0


def test_what_was_merged_counts_as_the_one_message_that_it_was(district: District) -> None:
    sent(district, "苗若谷")
    sent(district, "苗若谷", merged_into=1)
    found = measure(district)
    assert (found.weekly.worst, found.merged) == (1, 1)


def test_what_was_taken_back_has_been_there_all_the_same(district: District) -> None:
    sent(district, "苗若谷", state="withdrawn", reason="recalled")
    assert measure(district).weekly.worst == 1


def test_what_was_held_and_what_was_spared_is_told_by_reason(district: District) -> None:
    for state, reason in (
        ("queued", "quiet"),
        ("queued", "cap_day"),
        ("queued", "cap_day"),
        ("withdrawn", "done"),
        ("withdrawn", "exempt"),
    ):
        sent(district, "苗若谷", state=state, reason=reason, sent_at=None)
    found = measure(district)
    assert found.held == {"quiet": 1, "cap_day": 2}
    assert found.spared == {"done": 1, "exempt": 1}


def test_a_record_that_is_used_again_is_told(district: District) -> None:
    with district.begin() as session:
        for name in ("苗若谷", "简疏桐"):
            who = district.id_of(name)
            made = CompletionRow(key="k", member_id=who, how="meeting", ref="meeting:1")
            made.at = LAST_WEEK
            session.add(made)
    assert measure(district).reused == 2


async def test_taps_are_counted_for_what_they_were_for(
    house: House, district: District, database: Database
) -> None:
    person = district.seat(house, "苗若谷")
    await person.say("练习")
    await person.tap("随机五题")
    await person.tap(person.screen[-1].labels[0])
    with database.read() as session:
        assert len(session.scalars(select(InboxRow.id)).all()) == 3
        efforts = burden.measure(session, at=MONDAY_NOON, weeks=1).efforts
    (quiz,) = [each for each in efforts if each.task == "quiz"]
    assert quiz.taps == 2
    assert quiz.done <= 1


async def test_a_shared_button_is_known_by_what_it_says(
    house: House, district: District, database: Database
) -> None:
    person = district.seat(house, "苗若谷")
    with database.begin() as session:
        reply = Reply("请确认", [Button("收到", "receipts.none", 1, is_shared=True)])
        owner = f"m{district.id_of('苗若谷')}"
        letter = outbox.Letter("x", reply, Purpose.RECEIPT_NOTICE)
        outbox.post(session, letter, [owner], at=MONDAY_NOON)
    await house.deliver()
    await person.tap("收到")
    with database.read() as session:
        taps = burden.taps(session, LAST_WEEK)
    assert taps == {"receipts": 1}


async def test_an_administrator_reads_numbers_and_no_names(
    house: House, district: District
) -> None:
    sent(district, "苗若谷")
    administrator = district.seat(house, "岑知微")
    said = (await administrator.say("负担")).text
    assert "负担（最近 8 个整周，" in said
    assert "最多 1 条" in said
    assert "苗若谷" not in said
    with district.database.read() as session:
        names = session.scalars(select(MemberRow.name)).all()
    assert [name for name in names if name in said] == []


async def test_nobody_else_reads_it(house: House, district: District) -> None:
    assert "只由管理员使用" in (await district.seat(house, "陆见微").say("/burden")).text


def test_the_command_line_says_the_same(
    district: District, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str
) -> None:
    monkeypatch.setenv("MUDUO_DATABASE_URL", database_url)
    monkeypatch.setenv("MUDUO_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(app, ["burden", "--weeks", "2"])
    assert said.exit_code == 0
    assert "最近 2 个整周" in said.output
    assert "每人每周收到的、自己没有要的消息" in said.output
