"""Importing a roster: the preview, all or nothing, history, crashes; and the same in chat."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.engine import Database
from bot.db.models import (
    AuditRow,
    DeliveryRow,
    FileRow,
    JobRow,
    MemberRow,
    MembershipRow,
    RoleRow,
    UnitRow,
)
from bot.files import roster_csv, roster_xlsx
from bot.services import members, roster, roster_export, roster_plan, units
from bot.services.roster import Job
from bot.services.roster_plan import Plan
from handlers import roster as handler
from handlers.texts import roster as texts
from handlers.texts.start import FILE_UNEXPECTED
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House, Person, Standing
from tests.roster_files import HEADINGS, NEW, csv, xlsx

DAY = local_day(MONDAY_NOON)
LATER = MONDAY_NOON + timedelta(days=10)


def plan_of(district: District, content: bytes, actor: str | None = None) -> Plan:
    sheets = roster_xlsx.read(content) if content[:2] == b"PK" else roster_csv.read(content)
    member = district.member(actor) if actor else None
    with district.database.read() as session:
        return roster_plan.make(session, member, sheets, on=DAY)


def drafted(district: District, plan: Plan) -> int:
    mine, leaving = roster.pieces(plan)
    with district.begin() as session:
        job_id = roster.draft(session, "console", "x.xlsx", plan, at=MONDAY_NOON)
        for number, piece in enumerate([*mine, *leaving]):
            roster.keep(session, job_id, number, piece, at=MONDAY_NOON)
        roster.make_ready(session, job_id, pieces=len(mine), leaving=len(leaving))
    return job_id


def carried_out(
    district: District, plan: Plan, *, with_leavers: bool = False, at: Any = LATER
) -> None:
    job_id = drafted(district, plan)
    with district.begin() as session:
        roster.start(session, None, job_id, with_leavers=with_leavers, at=at)
    while step(district, at):
        pass


def step(district: District, at: Any = LATER) -> Job | None:
    with district.begin() as session:
        return roster.resume(session, at=at)


def exported(district: District, actor: str | None = None) -> bytes:
    member = district.member(actor) if actor else None
    with district.database.read() as session:
        people = [texts.person_row(row) for row in roster_export.people_rows(session, member)]
        there = [texts.unit_row(row) for row in roster_export.unit_rows(session, member)]
    return roster_xlsx.export(people, there)


def place(district: District, number: str, tree: str) -> str | None:
    with district.database.read() as session:
        unit_id = units.unit_of(session, district.id_of(number), tree)
        unit = units.get(session, unit_id) if unit_id else None
    return unit.name if unit else None


def faults(district: District, *rows: Sequence[Any], **more: Any) -> list[tuple[int, str, str]]:
    plan = plan_of(district, xlsx(rows, **more))
    return [(fault.row, fault.column, fault.code) for fault in plan.faults]


# The preview


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


# Units


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


# Carrying out


def test_members_memberships_and_history_follow_the_file(district: District) -> None:
    rows = [
        NEW,
        ("1016", "尹松龄", "青澜二中", "青澜二中初中部党支部", "", "正式党员", "教师", "否"),
    ]
    carried_out(district, plan_of(district, xlsx(rows)))
    assert place(district, "3001", "party") == "青澜二中初中部党支部"
    assert place(district, "1016", "admin") == "青澜二中"
    with district.database.read() as session:
        person = session.scalars(select(MemberRow).where(MemberRow.number == "1016")).one()
        assert (person.duties, person.has_vote) == ("教师", False)
        past = session.scalars(
            select(MembershipRow).where(
                MembershipRow.member_id == person.id, MembershipRow.to_on.is_not(None)
            )
        ).all()
        assert {row.to_on for row in past} == {local_day(LATER)}
        assert len(past) == 2


def test_who_is_missing_stays_unless_marked_as_left(district: District) -> None:
    keep = exported(district)
    rows = [list(row) for row in load_workbook(io.BytesIO(keep))["人员"].values][1:]
    without = xlsx([row for row in rows if row[1] != "陆见微"])
    carried_out(district, plan_of(district, without))
    assert district.member("陆见微").roles
    carried_out(district, plan_of(district, without), with_leavers=True)
    with district.database.read() as session:
        assert members.look_up(session, district.id_of("陆见微"), on=local_day(LATER)) is None
        roles = session.scalars(
            select(RoleRow).where(RoleRow.member_id == district.id_of("陆见微"))
        ).all()
        assert [row.to_on for row in roles] == [local_day(LATER)]
    assert place(district, "陆见微", "party") is None
    returned = plan_of(district, keep)
    assert returned.counts["returned"] == 1
    carried_out(district, returned)
    assert place(district, "陆见微", "party") == "青澜一中第一党支部"


def test_nobody_is_left_to_administer_when_all_administrators_are_missing(
    district: District,
) -> None:
    job_id = drafted(district, plan_of(district, xlsx([NEW])))
    with district.begin() as session, pytest.raises(Refused, match="roster_leaves_nobody"):
        roster.start(session, None, job_id, with_leavers=True, at=LATER)


def many(count: int) -> bytes:
    return csv([(f"5{n:05}", "宣以恒", "青澜二中", "", "", "群众", "", "") for n in range(count)])


def count_members(district: District) -> int:
    with district.database.read() as session:
        return session.scalars(select(func.count()).select_from(MemberRow)).one()


def test_nothing_is_written_before_the_yes_and_nothing_after_a_no(district: District) -> None:
    job_id = drafted(district, plan_of(district, many(700)))
    assert step(district) is None
    assert count_members(district) == 60
    with district.begin() as session:
        roster.cancel(session, None, job_id, at=LATER)
    with district.begin() as session, pytest.raises(Refused, match="roster_gone"):
        roster.start(session, None, job_id, with_leavers=False, at=LATER)
    with district.database.read() as session:
        assert session.scalars(select(FileRow.id)).all() == []


def killed_in_a_step(district: District) -> None:
    with district.begin() as session:
        roster.resume(session, at=LATER)
        raise KeyboardInterrupt


def test_nothing_is_lost_and_nothing_happens_twice_when_an_import_is_cut_off(
    district: District,
) -> None:
    job_id = drafted(district, plan_of(district, many(700)))
    with district.begin() as session:
        roster.start(session, None, job_id, with_leavers=False, at=LATER)
    step(district)
    with pytest.raises(KeyboardInterrupt):
        killed_in_a_step(district)
    assert count_members(district) == 260
    after = Database(district.database.url.render_as_string(hide_password=False))
    steps = 0
    while True:
        with after.begin() as session:
            if roster.resume(session, at=LATER) is None:
                break
        steps += 1
    after.close()
    assert steps == 3
    assert count_members(district) == 760
    with district.database.read() as session:
        assert session.scalars(select(FileRow.id)).all() == []
        assert session.get_one(JobRow, job_id).state == "done"


def test_a_plan_made_before_another_import_is_not_carried_out(district: District) -> None:
    stale = drafted(district, plan_of(district, xlsx([NEW])))
    other = plan_of(district, many(2))
    mine, _ = roster.pieces(other)
    with district.begin() as session:
        job_id = roster.draft(session, "m1", "y.csv", other, at=LATER)
        roster.keep(session, job_id, 0, mine[0], at=LATER)
        roster.make_ready(session, job_id, pieces=1, leaving=0)
        actor = district.member("顾砚舟")
        roster.start(session, actor, job_id, with_leavers=False, at=LATER)
    with district.begin() as session, pytest.raises(Refused, match="roster_busy"):
        roster.start(session, None, stale, with_leavers=False, at=LATER)
    while step(district):
        pass
    with district.begin() as session, pytest.raises(Refused, match="roster_changed_since"):
        roster.start(session, None, stale, with_leavers=False, at=LATER)


def test_drafts_that_nobody_confirmed_end(district: District) -> None:
    drafted(district, plan_of(district, many(10)))
    with district.begin() as session:
        assert roster.expire(session, before=LATER, at=LATER) == 1
        assert session.scalars(select(FileRow.id)).all() == []


# Whose people


def test_it_keeps_quiet_about_people_of_other_units_on_export(district: District) -> None:
    book = load_workbook(io.BytesIO(exported(district, "管予安")))
    schools = {str(row[2]) for row in book["人员"].values}
    assert schools == {"学校", "青澜一中"}
    names = {str(row[0]) for row in book["单位"].values}
    assert "青澜二中" not in names
    assert "青澜一中第一党支部" in names


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (NEW, "unit_not_yours"),
        (("1031", "糜远山", "青澜一中"), "number_elsewhere"),
        (("3001", "宣以恒", "青澜一中", "青澜二中初中部党支部"), "unit_not_yours"),
    ],
)
def test_an_administrator_of_a_school_imports_only_into_it(
    district: District, row: Sequence[str], code: str
) -> None:
    number = district.id_of("糜远山")
    with district.database.read() as session:
        real = session.get_one(MemberRow, number).number
    row = [real if cell == "1031" else cell for cell in row]
    plan = plan_of(district, xlsx([row]), "管予安")
    assert code in [fault.code for fault in plan.faults]


def test_an_administrator_of_a_school_misses_only_people_of_the_school(
    district: District,
) -> None:
    plan = plan_of(district, xlsx([("3001", "宣以恒", "青澜一中")]), "管予安")
    assert plan.faults == []
    with district.database.read() as session:
        school = district.unit("青澜一中")
        there = session.scalars(
            select(MembershipRow.member_id).where(MembershipRow.unit_id == school)
        )
        assert {member_id for member_id, _, _ in plan.missing} == set(there)


# In chat


async def sent(person: Person, content: bytes, name: str = "花名册.xlsx") -> Standing:
    return await person.send_file(name, content)


async def test_an_administrator_imports_a_file_in_chat(house: House, district: District) -> None:
    boss = district.seat(house, "闻书澜")
    said = await sent(boss, xlsx([NEW]))
    assert "新增 1" in said.text
    assert said.labels == ["确认导入", "取消"]
    assert said.message.file_id is not None
    assert "已导入" in (await boss.tap("确认导入")).text
    assert place(district, "3001", "admin") == "青澜二中"


def without(district: District, *names: str) -> bytes:
    book = load_workbook(io.BytesIO(exported(district)))
    rows = [list(row) for row in book["人员"].values][1:]
    return xlsx([row for row in rows if row[1] not in names])


async def test_leavers_are_marked_after_a_second_yes_that_names_the_roles_lost(
    house: House, district: District
) -> None:
    boss = district.seat(house, "闻书澜")
    await sent(boss, without(district, "陆见微", "岑知微"))
    asked = await boss.tap("导入，并标记离开的人")
    assert "2 人将标记为离开，其中书记 1 人、管理员 1 人" in asked.text
    assert "陆见微（1009）" in asked.text or "陆见微（" in asked.text
    assert district.member("陆见微").roles
    done = await boss.tap("确认导入并标记")
    assert "已标记离开 2 位" in done.text
    assert "青澜一中第一党支部书记" in done.text
    found = (await boss.say("/audit 陆见微")).text
    assert "导入花名册" in found
    assert "标记离开 2，结束职责 2" in found


async def test_an_import_is_found_in_the_audit_list_by_who_moved_and_by_units_it_made(
    house: House, district: District
) -> None:
    boss = district.seat(house, "闻书澜")
    moving = ("1016", "尹松龄", "青澜二中", "青澜二中初中部党支部", "", "正式党员", "教师", "否")
    await sent(boss, xlsx([moving], [("青澜三中", "学校", "青澜区教育局", "公办", "")]))
    await boss.tap("确认导入")
    for text in ("尹松龄", "1016", "青澜三中"):
        assert "导入花名册" in (await boss.say(f"/audit {text}")).text
    assert "没有找到" in (await boss.say("/audit 1017")).text


async def test_the_preview_names_new_units_and_shows_old_and_new(
    house: House, district: District
) -> None:
    boss = district.seat(house, "闻书澜")
    row = ("1016", "尹松龄", "青澜二中", "", "", "正式党员", "教师二", "否")
    said = await sent(boss, xlsx([row], [("青澜三中", "学校", "青澜区教育局", "公办", "")]))
    assert "新增或更改的单位：青澜三中" in said.text
    plan = plan_of(district, xlsx([row]))
    assert "教师二" in next(each[3] for each in plan.changes if each[0] == "changed").split("→")[1]


async def test_cancel_between_the_two_disarms_both_buttons(
    house: House, district: District
) -> None:
    boss = district.seat(house, "闻书澜")
    preview = await sent(boss, without(district, "陆见微"))
    asked = await boss.tap("导入，并标记离开的人")
    await boss.say("取消")
    assert "什么都没有变" in (await boss.tap("确认导入并标记", on=asked)).text
    assert "什么都没有变" in (await boss.tap("导入，并标记离开的人", on=preview)).text
    assert district.member("陆见微").roles


async def test_a_file_that_would_mark_a_fifth_or_oneself_marks_nobody(
    house: House, district: District
) -> None:
    boss = district.seat(house, "闻书澜")
    many_gone = [row[1] for row in load_workbook(io.BytesIO(exported(district)))["人员"].values]
    keep = {"闻书澜", "岑知微", "顾砚舟"}
    said = await sent(boss, without(district, *(str(name) for name in many_gone[10:30])))
    assert ("两成以上" in said.text) == (not keep & set(many_gone[10:30]))
    assert "导入，并标记离开的人" not in said.labels
    assert "--leavers --yes" in said.text
    said = await sent(boss, without(district, "闻书澜"))
    assert "没有您自己" in said.text
    assert "导入，并标记离开的人" not in said.labels
    job_id = drafted_by(district, boss_plan(district, without(district, "闻书澜")))
    with district.begin() as session, pytest.raises(Refused, match="roster_takes_you"):
        roster.start(session, district.member("闻书澜"), job_id, with_leavers=True, at=LATER)


def boss_plan(district: District, content: bytes) -> Plan:
    return plan_of(district, content, "闻书澜")


def drafted_by(district: District, plan: Plan) -> int:
    owner = district.member("闻书澜").owner
    with district.begin() as session:
        job_id = roster.draft(session, owner, "x.xlsx", plan, at=MONDAY_NOON)
        roster.make_ready(session, job_id, pieces=0, leaving=0)
    return job_id


async def test_a_second_tap_on_confirm_does_nothing_more(house: House, district: District) -> None:
    boss = district.seat(house, "闻书澜")
    said = await sent(boss, xlsx([NEW]))
    key = said.key("确认导入").token
    await boss.tap("确认导入")
    assert "什么都没有变" in (await boss.do(tap=key)).text
    assert count_members(district) == 61


async def test_faults_come_as_a_list_and_as_a_file_and_nothing_can_be_confirmed(
    house: House, district: District
) -> None:
    boss = district.seat(house, "闻书澜")
    rows = [(f"40{n:02}", "", "青澜二中") for n in range(20)]
    said = await sent(boss, xlsx(rows))
    assert "人员表第 2 行“姓名”：必填" in said.text
    assert "还有 12 处" in said.text
    assert said.labels == []
    with district.database.read() as session:
        content = session.scalars(select(FileRow.content)).one()
        assert session.scalars(select(JobRow.id)).all() == []
    listed = list(load_workbook(io.BytesIO(content))["问题"].values)
    assert len(listed) == 21
    assert listed[1] == ("人员", 2, "姓名", "必填，这里是空的")


async def test_a_long_import_goes_on_in_the_background_and_reports_at_the_end(
    house: House, district: District, clock: FakeClock
) -> None:
    boss = district.seat(house, "闻书澜")
    await sent(boss, many(700), "新教师.csv")
    assert "共 4 步" in (await boss.tap("确认导入")).text
    with district.begin() as session:
        assert handler.advance(session, at=clock.now())
    assert "1/4" in (await boss.tap("看看进度")).text
    with district.begin() as session:
        while handler.advance(session, at=clock.now()):
            pass
    assert "已导入" in (await boss.tap("看看进度")).text
    with district.database.read() as session:
        told = session.scalars(select(DeliveryRow)).one()
        assert told.owner == f"m{district.id_of('闻书澜')}"
        assert "新增 700" in (told.message or {})["text"]
        audited = session.scalars(select(AuditRow)).one()
        assert (audited.act, audited.subject) == ("roster.import", "新教师.csv")


async def test_data_about_pupils_and_identity_numbers_are_refused_and_kept_nowhere(
    house: House, district: District
) -> None:
    boss = district.seat(house, "闻书澜")
    for number in ("110101199003074258", "G11010120100307425X"):
        content = csv([("3001", "宣以恒", "青澜二中", "", "", "群众", number, "")])
        said = await sent(boss, content, "花名册.csv")
        assert "像是身份证号或学籍号" in said.text
        assert "没有保存" in said.text
        assert number not in said.text
    with district.database.read() as session:
        assert session.scalars(select(FileRow.id)).all() == []
        assert session.scalars(select(JobRow.id)).all() == []


@pytest.mark.parametrize("name", ["陆见微", "苗若谷"])
async def test_a_file_from_somebody_else_is_not_read(
    house: House, district: District, name: str
) -> None:
    said = await sent(district.seat(house, name), xlsx([NEW]))
    assert said.text == FILE_UNEXPECTED
    assert said.labels == []


async def test_a_broken_file_is_met_with_a_sentence(house: House, district: District) -> None:
    boss = district.seat(house, "闻书澜")
    assert ".xlsx" in (await sent(boss, b"\xd0\xcf\x11\xe0" * 200, "老.xls")).text
    assert "CSV" in (await sent(boss, b"\0\1\2", "坏.csv")).text


async def test_template_and_export_come_as_files(house: House, district: District) -> None:
    boss = district.seat(house, "闻书澜")
    await boss.say("花名册")
    assert (await boss.tap("下载模板")).message.file_id is not None
    await boss.say("花名册")
    said = await boss.tap("导出花名册")
    assert "共 60 位" in said.text
    with district.database.read() as session:
        content = session.scalars(select(FileRow.content).order_by(FileRow.id.desc())).first()
    assert content is not None
    assert len(list(load_workbook(io.BytesIO(content))["人员"].values)) == 61


async def test_the_same_file_in_chat_says_that_nothing_changes(
    house: House, district: District
) -> None:
    said = await sent(district.seat(house, "闻书澜"), exported(district))
    assert "没有要改的" in said.text
    assert said.labels == []


def test_units_are_never_doubled(district: District) -> None:
    content = xlsx([], [("青澜三中", "学校", "青澜区教育局", "公办", "")])
    carried_out(district, plan_of(district, content))
    carried_out(district, plan_of(district, xlsx([NEW])))
    with district.database.read() as session:
        same = select(func.count()).where(UnitRow.name == "青澜三中")
        assert session.scalars(same).one() == 1
        assert Role.ADMINISTRATOR in {role.role for role in district.member("闻书澜").roles}
