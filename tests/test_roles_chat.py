"""Granting and revoking roles in chat, and the audit list there."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.models import FileRow, RoleRow
from bot.services import audit, roles
from bot.services.audit import Query
from handlers.texts import audit as audit_texts
from tests.district import District
from tests.fakes import MONDAY_NOON, House
from tests.staff import delivered


def roles_of(district: District, name: str) -> set[Role]:
    return {each.role for each in district.member(name).roles}


async def test_an_administrator_grants_a_role_by_name_and_unit_buttons(
    house: House, district: District
) -> None:
    boss = district.seat(house, "闻书澜")
    await boss.say("/roles")
    await boss.tap("授予职责")
    said = await boss.say("封子矜")
    assert said.labels[0].startswith("封子矜（")
    await boss.tap("封子矜")
    await boss.tap("书记")
    said = await boss.tap("青澜一中第二党支部")
    assert "已授予：青澜一中第二党支部 书记，封子矜" in said.text
    assert roles_of(district, "封子矜") == {Role.SECRETARY}
    assert "您现在是青澜一中第二党支部的书记" in delivered(district.database, "role:")[0][1]
    secretary = district.seat(house, "封子矜")
    assert "没有等您确认" in (await secretary.say("/joins")).text


async def test_a_deputy_acts_until_the_day_that_was_typed(house: House, district: District) -> None:
    boss = district.seat(house, "闻书澜")
    await boss.say("/roles")
    await boss.tap("授予职责")
    await boss.say("1016")
    await boss.tap("尹松龄")
    await boss.tap("代理书记")
    await boss.say("青澜一中党总支")
    await boss.tap("青澜一中党总支")
    assert "看不出是哪一天" in (await boss.say("过些时候")).text
    said = await boss.say("12月31日")
    assert "代理书记" in said.text
    assert "2026-12-31" in said.text
    with district.database.read() as session:
        row = session.scalars(select(RoleRow).where(RoleRow.is_deputy)).one()
    assert row.to_on == date(2027, 1, 1)


async def test_an_administrator_revokes_a_role_after_a_second_yes(
    house: House, district: District
) -> None:
    boss = district.seat(house, "闻书澜")
    await boss.say("/roles 陆见微")
    said = await boss.tap("收回 陆见微")
    assert "确定收回吗" in said.text
    assert roles_of(district, "陆见微") == {Role.SECRETARY}
    assert "已收回" in (await boss.tap("确认收回")).text
    assert roles_of(district, "陆见微") == set()
    told = delivered(district.database, "role:")
    assert told == [
        (
            f"m{district.id_of('陆见微')}",
            "您在青澜一中第一党支部的书记职责已经结束，有疑问请联系管理员。",
        )
    ]


async def test_after_cancel_the_second_yes_revokes_nothing(
    house: House, district: District
) -> None:
    boss = district.seat(house, "闻书澜")
    await boss.say("/roles 陆见微")
    asked = await boss.tap("收回 陆见微")
    await boss.say("取消")
    assert "什么都没有变" in (await boss.tap("确认收回", on=asked)).text
    assert roles_of(district, "陆见微") == {Role.SECRETARY}


async def test_the_last_administrator_cannot_be_revoked_in_chat(
    house: House, district: District
) -> None:
    boss = district.seat(house, "闻书澜")
    for name in ("岑知微", "闻书澜"):
        await boss.say(f"/roles {name}")
        await boss.tap(f"收回 {name}")
        said = await boss.tap("确认收回")
    assert "最后一位管理员" in said.text
    assert roles_of(district, "闻书澜") == {Role.ADMINISTRATOR}


async def test_it_keeps_quiet_about_people_in_roles(house: House, district: District) -> None:
    school = district.seat(house, "管予安")
    said = await school.say("/roles")
    assert "陆见微" in said.text
    assert "骆知夏" not in said.text
    await school.tap("授予职责")
    assert "没有找到" in (await school.say("骆知夏")).text
    assert "这项功能只由管理员使用" in (await district.seat(house, "陆见微").say("/roles")).text


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-31", date(2026, 12, 31)),
        ("2026年12月31日", date(2026, 12, 31)),
        ("3月1日", date(2027, 3, 1)),
        ("30天", date(2026, 12, 23)),
    ],
)
def test_a_last_day_is_read_as_people_write_it(text: str, day: date) -> None:
    assert roles.last_day(text, at=MONDAY_NOON) == day


@pytest.mark.parametrize("text", ["", "2026-13-01", "2月30日", "明天", "2020-01-01"])
def test_what_is_no_day_to_come_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        roles.last_day(text, at=MONDAY_NOON)


def fill(district: District, count: int) -> None:
    with district.begin() as session:
        for day in range(count):
            at = MONDAY_NOON + timedelta(days=day)
            audit.add(session, None, "invite", f"覃云岫（10{day:02}）", at=at)


async def test_the_audit_list_is_searched_turned_and_exported_in_chat(
    house: House, district: District
) -> None:
    fill(district, 12)
    boss = district.seat(house, "闻书澜")
    said = await boss.say("/audit 覃云岫")
    assert said.text.count("命令行 生成邀请码") == 10
    assert (await boss.tap("下一页")).text.count("生成邀请码") == 2
    await boss.tap("上一页")
    await boss.tap("导出表格")
    with district.database.read() as session:
        content = session.scalars(select(FileRow.content)).one()
    assert len(list(load_workbook(io.BytesIO(content))["操作记录"].values)) == 13
    assert "没有找到" in (await boss.say("/audit 卜世仁")).text
    assert "这项功能只由管理员使用" in (await district.seat(house, "陆见微").say("/audit")).text


async def test_days_in_the_audit_search_are_from_and_to(house: House, district: District) -> None:
    fill(district, 12)
    boss = district.seat(house, "闻书澜")
    said = await boss.say("/audit 2026-11-24 2026-11-26")
    assert said.text.count("生成邀请码") == 3
    assert audit.query_of("覃 2026-11-24") == Query("覃", date(2026, 11, 24), date(2026, 11, 24))
    assert "没有“2026-13-01”这一天" in (await boss.say("/audit 2026-13-01")).text


async def test_the_audit_list_names_objects_as_people_call_them(
    house: House, district: District
) -> None:
    with district.begin() as session:
        number = district.member("陆见微").number
        audit.add(session, None, "question.answered", "questions:3", at=MONDAY_NOON)
        audit.add(session, None, "data.done", f"（{number}）", at=MONDAY_NOON)
        until = {"to": "2027-01-01", "role": "secretary"}
        audit.add(session, None, "role.grant", "某人", until, at=MONDAY_NOON)
        acts = audit.export(session, None, Query())
    assert "至 2026-12-31" in [audit_texts.details(act.detail) for act in acts]
    boss = district.seat(house, "闻书澜")
    assert "问题 3" in (await boss.say("/audit")).text
    assert f"陆见微（{number}）" in (await boss.say("/audit 陆见微")).text
