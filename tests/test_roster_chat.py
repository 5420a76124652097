"""Importing a roster in chat: the preview, the yes, the list of faults."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.models import AuditRow, DeliveryRow, FileRow, JobRow, UnitRow
from bot.services import roster
from bot.services.roster_plan import Plan
from handlers import roster as handler
from handlers.texts.start import FILE_UNEXPECTED
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House, Person, Standing
from tests.roster_files import NEW, csv, xlsx
from tests.rosters import LATER, carried_out, count_members, exported, many, place, plan_of, without


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
