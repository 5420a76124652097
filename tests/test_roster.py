"""The preview of a roster: what it would add, change and move, and every bad row by number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.services import units
from handlers.texts import roster as texts
from tests.district import District
from tests.roster_files import HEADINGS, NEW, xlsx
from tests.rosters import carried_out, exported, place, plan_of


def faults(district: District, *rows: Sequence[Any], **more: Any) -> list[tuple[int, str, str]]:
    plan = plan_of(district, xlsx(rows, **more))
    return [(fault.row, fault.column, fault.code) for fault in plan.faults]


def test_what_was_exported_changes_nothing(district: District) -> None:
    plan = plan_of(district, exported(district))
    assert plan.faults == []
    assert plan.is_empty
    assert plan.counts["unchanged"] == 60


def test_the_same_file_twice_changes_nothing(district: District) -> None:
    content = xlsx([NEW], [("青澜三中", "学校", "青澜区教育局", "公办", "")])
    carried_out(district, plan_of(district, content))
    again = plan_of(district, content)
    assert again.steps == []
    assert again.counts["unchanged"] == 1


def test_the_preview_counts_added_changed_moved_and_missing(district: District) -> None:
    rows = [
        NEW,
        ("1001", "顾砚舟", "青澜区教育局", "青澜区教育局机关党支部", "", "正式党员", "书记", "是"),
        ("1016", "尹松龄", "青澜二中", "青澜二中初中部党支部", "", "正式党员", "", "是"),
    ]
    plan = plan_of(district, xlsx(rows))
    assert plan.faults == []
    changed = {(what, number) for what, number, _, _ in plan.changes}
    assert {("added", "3001"), ("changed", "1001"), ("moved", "1016")} <= changed
    assert len(plan.missing) == 58
    assert plan.refusal == "nobody"


def test_every_bad_row_is_listed_by_number_column_and_reason(district: District) -> None:
    found = faults(
        district,
        ("", "宣以恒", "青澜二中"),
        ("3002", "", "青澜二中"),
        ("3003", "宣以恒", "青蓝二中"),
        ("30 04!", "宣以恒", "青澜二中"),
        ("3005", "宣以恒", "青澜二中", "", "", "老党员"),
        ("3006", "宣以恒", "青澜二中", "", "", "预备党员", "", "是"),
        ("3007", "宣以恒", "青澜二中", "", "第一党小组"),
        ("3008", "宣以恒", "青澜二中", "", "", "", "", "也许"),
        ("3009", "宣以恒", "青澜二中"),
        ("3009", "宣以恒", "青澜二中"),
        ("3010", "宣以恒", ""),
        ("3011", "=1+1", "青澜二中"),
        ("3012", "宣以恒", "青澜一中", "青澜一中第一党支部", "第九党小组"),
    )
    assert found == [
        (2, "工号", "required"),
        (3, "姓名", "required"),
        (4, "学校", "unit_unknown"),
        (5, "工号", "number_wrong"),
        (6, "政治面貌", "status_unknown"),
        (7, "表决权", "vote_wrong"),
        (8, "党支部", "group_without_branch"),
        (9, "表决权", "vote_unknown"),
        (11, "工号", "number_twice"),
        (12, "学校", "required"),
        (13, "姓名", "formula"),
        (13, "姓名", "required"),
        (14, "党小组", "unit_unknown"),
    ]


def test_an_unknown_unit_comes_with_the_nearest_name(district: District) -> None:
    plan = plan_of(district, xlsx([("3003", "宣以恒", "青澜实验小雪")]))
    assert texts.reason(plan.faults[0]) == "没有“青澜实验小雪”这个单位，是“青澜实验小学”吗"


def test_every_fault_has_words_and_no_words_are_left_over() -> None:
    said: set[str] = set()
    for name in ("roster_rows", "roster_plan", "roster_units"):
        said |= set(re.findall(r'"([a-z_]+)"', Path(f"bot/services/{name}.py").read_text("utf-8")))
    said |= set(re.findall(r'"([a-z_]+)"', Path("bot/files/roster_sheet.py").read_text("utf-8")))
    assert set(texts.FAULTS) <= said


def test_usual_synonyms_of_party_standing_are_understood(district: District) -> None:
    rows = [
        (f"300{at}", "宣以恒", "青澜二中", "", "", said)
        for at, said in enumerate(
            ["中共党员", "中共预备党员", "入党积极分子", "群众", "共青团员", ""]
        )
    ]
    plan = plan_of(district, xlsx(rows))
    assert [(made[3], made[5]) for made in plan.steps] == [
        ("full", True),
        ("probationary", False),
        ("activist", False),
        ("none", False),
        ("none", False),
        ("none", False),
    ]


def test_a_column_that_is_missing_keeps_what_is_there(district: District) -> None:
    content = xlsx([("1001", "顾砚舟", "青澜区教育局")], headings=HEADINGS[:3])
    plan = plan_of(district, content)
    assert plan.steps == []
    assert plan.counts["unchanged"] == 1


def test_a_file_of_units_alone_reports_nobody_as_missing(district: District) -> None:
    plan = plan_of(district, xlsx([], [("青澜三中", "学校", "青澜区教育局", "公办", "")]))
    assert plan.missing == []
    assert plan.counts["units_added"] == 1


def test_units_of_the_second_sheet_are_made_before_their_people(district: District) -> None:
    content = xlsx(
        [("3001", "宣以恒", "青澜三中", "青澜三中党支部", "第一党小组", "正式党员")],
        [
            ("第一党小组", "党小组", "青澜三中党支部", "", ""),
            ("青澜三中党支部", "支部", "青澜区教育局党委", "", "青澜三中、青澜二中"),
            ("青澜三中", "学校", "青澜区教育局", "民办", ""),
        ],
    )
    carried_out(district, plan_of(district, content))
    assert place(district, "3001", "admin") == "青澜三中"
    assert place(district, "3001", "party") == "青澜三中党支部第一党小组"
    with district.database.read() as session:
        branch = units.find(session, "青澜三中党支部")
        assert branch is not None
        school, other = (units.find(session, name) for name in ("青澜三中", "青澜二中"))
        assert school is not None
        assert other is not None
        assert branch.id in units.covering(session, school.id)
        assert branch.id in units.covering(session, other.id)
        assert school.nature == "private"


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (("青澜三中", "学院", "青澜区教育局", "", ""), "类别", "kind_unknown"),
        (("青澜三中", "学校", "青蓝区教育局", "", ""), "上级", "unit_unknown"),
        (("青澜三中", "学校", "", "", ""), "上级", "parent_wrong"),
        (("青澜三中", "学校", "青澜区教育局", "国有", ""), "性质", "nature_unknown"),
        (("青云区教育局", "局", "", "", ""), "类别", "bureau_twice"),
        (("", "学校", "青澜区教育局", "", ""), "名称", "required"),
        (("甲支部", "支部", "青澜区教育局党委", "民办", ""), "性质", "nature_wrong"),
        (("甲支部", "支部", "青澜区教育局党委", "", "天上学校"), "覆盖学校", "unit_unknown"),
        (("乙学校", "学校", "青澜区教育局", "", "青澜一中"), "覆盖学校", "covers_wrong"),
        (("青澜区教育局党委", "党委", "青澜区教育局党委", "", ""), "上级", "parent_circle"),
    ],
)
def test_a_bad_unit_is_a_fault(
    district: District, row: Sequence[str], column: str, code: str
) -> None:
    plan = plan_of(district, xlsx([], [row]))
    assert (column, code) in {(fault.column, fault.code) for fault in plan.faults}
    assert {fault.row for fault in plan.faults} == {2}
    assert all(texts.reason(fault) for fault in plan.faults)
