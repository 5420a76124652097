"""Cases for 典型案例通报: checked like the rest, never with names, sent as a notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import App, Surroundings
from bot.db.engine import Database
from bot.settings import Settings
from knowledge.live import LiveKnowledge
from knowledge.loader import read
from tests.district import District
from tests.fakes import FakeClock, FakePlatform, House
from tests.notice_house import NoticeHouse

SHIPPED = Path(__file__).parent.parent / "knowledge"
CASE = {
    "id": "case-one",
    "title": "节前收下家长的购物卡",
    "category": "收礼",
    "happened": "一名教师收下了购物卡。",
    "source": "one",
    "clause": "第九条",
    "follows": "按情节给予处理。",
    "follows_source": "one",
    "follows_clause": "第三条",
    "remember": "当场退。",
}
SOURCES = """sources:
  - {id: one, title: 准则, issuer: 部, in_force: 2018-01-01}
  - {id: old, title: 旧准则, issuer: 部, in_force: 2001-01-01, repealed: 2018-01-01}
"""


def faults(folder: Path, *cases: dict[str, str]) -> list[str]:
    (folder / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    (folder / "cases").mkdir(exist_ok=True)
    written = "\n".join(
        "  - " + "\n    ".join(f"{key}: {value}" for key, value in case.items()) for case in cases
    )
    (folder / "cases" / "a.yaml").write_text(f"cases:\n{written}\n", encoding="utf-8")
    library, found, _ = read(folder)
    if not found:
        assert library is not None
        assert list(library.cases) == [case["id"] for case in cases]
    return [str(fault) for fault in found]


def test_the_shipped_cases_are_of_several_kinds_and_rest_on_what_holds() -> None:
    library, found, _ = read(SHIPPED)
    assert not found
    assert library is not None
    assert 6 <= len(library.cases) <= 10
    assert len({case.category for case in library.cases.values()}) >= 6


def test_a_good_case_is_read(tmp_path: Path) -> None:
    assert faults(tmp_path, CASE) == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("happened", "张某收下了购物卡。", "“张某”像是人名、校名或年份"),
        ("happened", "某日，李老师收下了购物卡。", "像是人名"),
        ("happened", "东湖区实验小学一名教师收下了购物卡。", "校名"),
        ("happened", "2023年，一名教师收下了购物卡。", "年份"),
        ("source", "two", "不在 sources.yaml 里"),
        ("follows_source", "old", "已废止"),
        ("clause", "", "clause"),
        ("who", "张三", "who"),
    ],
)
def test_what_is_wrong_with_a_case_is_named_with_its_place(
    tmp_path: Path, field: str, value: str, said: str
) -> None:
    (fault,) = faults(tmp_path, {**CASE, field: value or '""'})
    assert fault.startswith("cases/a.yaml:")
    assert said in fault


def test_two_cases_of_one_id_are_a_fault(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, CASE, CASE)
    assert "已用在" in fault


async def test_a_case_goes_out_as_a_notice(
    settings: Settings, database: Database, clock: FakeClock, platform: FakePlatform
) -> None:
    live = LiveKnowledge(SHIPPED)
    app = App(settings, Surroundings(clock, (platform,), knowledge=live), database=database)
    await app.start()
    here = NoticeHouse(app, House(app, platform), District(database), clock)
    (lu,) = here.seat("陆见微")
    await here.boss.say("通知")
    listed = await here.boss.tap("典型案例")
    assert "家长委员会出面请老师补课" in listed.text
    await here.boss.tap("2")
    await here.boss.say("陆见微")
    await here.boss.tap("发给这")
    await here.work()
    letter = lu.screen[-1].text
    await app.close()
    assert "违反：《严禁中小学校和在职中小学教师有偿补课的规定》第五条" in letter
    assert "记住：谁组织都一样" in letter
