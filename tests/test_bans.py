"""The five bans of 国办函〔2026〕12号 (DESIGN.md, promise 2), one test each."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from sqlalchemy import select, text

from bot.app import App
from bot.db.models import Base, DeliveryRow
from bot.services.gate import Purpose
from tests.district import District
from tests.fakes import FakeClock, House

ROOT = Path(__file__).parent.parent
COLUMNS = {
    f"{table.name}.{column.name}" for table in Base.metadata.tables.values() for column in table.c
}


async def test_ban_1_nobody_is_asked_again_for_what_the_roster_holds(
    district: District, house: House
) -> None:
    person = district.seat(house, district.teacher())
    await person.say("/start")
    await person.say("练习")
    shown = await person.tap("随机五题")
    assert shown.text.startswith("第 1 题"), "practice begins at once, without a form"
    assert _typed_by_strangers() == {"name", "school"}, "only strangers, and only who they are"


def test_ban_2_no_punch_card_points_ranking_or_online_time_can_be_kept() -> None:
    banned = re.compile(
        r"point|score|rank|streak|online|login|duration|minutes|seconds_|punch|badge|level|visits"
    )
    assert {column for column in COLUMNS if banned.search(column)} == set()


async def test_ban_3_nobody_is_pushed_to_log_in_or_to_practise(
    app: App, district: District, house: House, clock: FakeClock
) -> None:
    person = district.seat(house, district.teacher())
    await person.say("练习")
    for _ in range(13):
        clock.forward(days=30)
        await app.wake()
    with district.database.read() as session:
        assert session.scalars(select(DeliveryRow.purpose)).all() == []
    # None of these is about using 木铎; what reminds speaks of the matter, never of the habit.
    assert {purpose.value for purpose in Purpose} == {
        *("awaited", "answer", "approval", "trouble"),
        *("invitation", "change", "cancellation", "receipt_notice", "confidential"),
        *("notice", "urgent", "reminder", "nudge", "digest", "eve"),
    }
    pushing = re.compile(r"打卡|登录|连续|积分|排名|名次|学时|还没有练|坚持练")
    shipped = (ROOT / "knowledge" / "reminders").glob("*.yaml")
    lines = [line for path in shipped for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines
    assert [line for line in lines if not line.startswith("#") and pushing.search(line)] == []


async def test_ban_4_no_photo_place_or_track_is_kept_and_nobody_else_sees_what_was_practised(
    district: District, house: House
) -> None:
    person = district.seat(house, district.teacher())
    shown = await person.send_place(39.904211, 116.407395)
    assert shown.text == "我不需要位置，这条没有保存。"
    with district.database.read() as session:
        kept = session.execute(text("SELECT payload, replies FROM inbox")).all()
    assert "39.90" not in str(kept)
    assert "116.40" not in str(kept)
    readers = {path.stem for path in (ROOT / "handlers").glob("*.py") if _reads_answers(path)}
    assert readers <= {"quiz", "privacy"}, "answers are shown only to the person"


def test_ban_5_nothing_is_sold_or_advertised() -> None:
    words = re.compile(r"元/|优惠|购买|付费版|会员价|广告|扫码关注|推广|https?://")
    sold = [
        f"{path.name}: {found[0]}"
        for path in (ROOT / "handlers" / "texts").glob("*.py")
        for found in [words.search(path.read_text(encoding="utf-8"))]
        if found
    ]
    assert sold == []


def _typed_by_strangers() -> set[str]:
    """What a request to be let in holds besides ids, days and its state."""
    columns = {column.name for column in Base.metadata.tables["join_requests"].c}
    return {name for name in columns if not re.search(r"id$|_at$|_by$|^status$", name)}


def _reads_answers(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return "quiz" in names and "import quiz" in path.read_text(encoding="utf-8")
