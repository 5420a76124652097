"""A person's own data: seen, exported, unbound, corrected, erased; and what expires by itself."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.db.models import (
    AddressRow,
    AuditRow,
    DataRequestRow,
    DeliveryRow,
    FileRow,
    InboxRow,
    KeyboardRow,
    MemberRow,
    ShownRow,
    StateRow,
    TranscriptRow,
)
from bot.services import members, privacy, retention
from knowledge.live import LiveKnowledge
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House, Person, Standing


def last_file(district: District) -> bytes:
    with district.database.read() as session:
        found = select(FileRow.content).order_by(FileRow.id.desc())
        return session.scalars(found).first() or b""


def delivered(district: District, name: str) -> list[str]:
    owner = f"m{district.id_of(name)}"
    with district.database.read() as session:
        rows = session.scalars(select(DeliveryRow).where(DeliveryRow.owner == owner))
        return [str((row.message or {})["text"]) for row in rows]


async def test_my_data_says_what_is_held_why_and_for_how_long(
    house: House, district: District
) -> None:
    person = district.seat(house, "苗若谷")
    said = await person.say("我的数据")
    for part in ("用途", "苗若谷，1013", "青澜一中第一党支部第一党小组", "正式党员", "30 天"):
        assert part in said.text
    assert "申请加入" not in said.text


def table(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = load_workbook(io.BytesIO(content))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


async def test_my_data_is_exported_whole_readable_and_holds_nobody_else(
    house: House, district: District
) -> None:
    person = district.seat(house, "苗若谷")
    await person.say("家长送购物卡能收吗")
    await person.say("练习")
    await person.tap("随机五题")
    assert "JSON" not in (await person.say("/mydata")).labels
    await person.tap("导出表格")
    data = table(last_file(district))
    assert data["花名册"][0][:3] == ("姓名", "工号", "政治面貌")
    assert data["花名册"][1][:3] == ("苗若谷", "1013", "正式党员")
    assert {row[0] for row in data["所在单位"][1:]} == {"青澜一中", "青澜一中第一党支部第一党小组"}
    assert data["消息"][1][:2] == ("2026-11-23 12:00", "家长送购物卡能收吗")
    assert data["作答"][1][0] == "（无）"
    everything = str(list(data.values()))
    assert "陆见微" not in everything
    for inside in ("explanation", "token", "member_id", "{'", "full", "+00:00"):
        assert inside not in everything, inside


async def test_the_answer_of_an_open_question_is_not_exported(
    house: House, district: District, knowledge: LiveKnowledge
) -> None:
    person = district.seat(house, "苗若谷")
    await person.say("练习")
    await person.tap("随机五题")
    await person.say("/mydata")
    await person.tap("导出表格")
    everything = str(table(last_file(district)))
    explanations = [item.explanation for item in knowledge.current.library.items.values()]
    assert explanations
    assert not [each for each in explanations if each in everything]


async def test_my_data_says_as_practice_does_who_sees_practice(
    house: House, district: District
) -> None:
    person = district.seat(house, "苗若谷")
    assert "只有您自己看得到" in (await person.say("练习")).text
    assert "师德练习的作答和结果只有您自己能看到" in (await person.say("我的数据")).text


async def test_two_chats_on_one_platform_are_named_once(house: House, district: District) -> None:
    person = district.seat(house, "苗若谷")
    with district.begin() as session:
        session.add(AddressRow(platform="fake", native_id="p2", member_id=district.id_of("苗若谷")))
    assert "绑定的聊天：fake\n" in (await person.say("我的数据")).text


async def cancelled(person: Person, *way: str) -> Standing:
    """Go a way to its confirmation, say 取消, and press the old button all the same."""
    for label in way[:-1]:
        await person.tap(label)
    asked = person.screen[-1]
    await person.say("取消")
    return await person.tap(way[-1], on=asked)


async def test_after_cancel_a_confirmation_does_nothing(house: House, district: District) -> None:
    person = district.seat(house, "苗若谷")
    await person.say("/mydata")
    assert "什么都没有变" in (await cancelled(person, "解除绑定", "确认解除")).text
    await person.say("/mydata")
    assert "什么都没有变" in (await cancelled(person, "要求删除", "确认提出")).text
    await person.say("/mydata")
    assert "苗若谷，1013" in person.screen[-1].text
    with district.database.read() as session:
        assert session.scalars(select(DataRequestRow)).all() == []


async def test_a_confirmation_counts_for_ten_minutes(
    house: House, district: District, clock: FakeClock
) -> None:
    person = district.seat(house, "苗若谷")
    await person.say("/mydata")
    asked = await person.tap("解除绑定")
    clock.forward(minutes=11)
    assert "过了时间" in (await person.tap("确认解除", on=asked)).text
    assert "苗若谷" in (await person.say("/mydata")).text


async def test_what_administrators_confirm_is_disarmed_by_cancel(
    house: House, district: District
) -> None:
    district.seat(house, "苗若谷")
    school = district.seat(house, "管予安")
    with district.begin() as session:
        privacy.request(session, district.member("苗若谷"), "erase", "", at=MONDAY_NOON)
    await school.say("/unbind 苗若谷")
    assert "什么都没有变" in (await cancelled(school, "解除 ", "确认解除")).text
    await school.say("/datarequests")
    assert "什么都没有变" in (await cancelled(school, "已处理", "确认删除")).text
    assert district.member("苗若谷").name == "苗若谷"
    await school.say("/datarequests")
    await school.tap("已处理")
    assert "还留着" in (await school.tap("先不处理")).text


async def test_a_correction_is_shown_before_it_goes_out_and_can_be_taken_back(
    house: House, district: District
) -> None:
    person = district.seat(house, "苗若谷")
    await person.say("/mydata")
    await person.tap("要求更正")
    shown = await person.say("职务应当是年级组长")
    assert "会转给负责的管理员，并带上您的姓名" in shown.text
    assert shown.labels == ["提交", "不提了"]
    assert delivered(district, "管予安") == []
    await person.tap("提交")
    school = district.seat(house, "管予安")
    assert (await school.say("待办")).labels == ["数据请求（1）"]
    await school.tap("数据请求")
    assert "已撤回" in (await person.tap("撤回")).text
    assert "本人已经撤回" in (await school.tap("已处理")).text
    assert (await school.say("待办")).labels == []


async def test_a_dropped_correction_goes_nowhere(house: House, district: District) -> None:
    person = district.seat(house, "苗若谷")
    await person.say("/mydata")
    await person.tap("要求更正")
    shown = await person.say("职务应当是年级组长")
    old = Standing(shown.id, shown.chat, shown.message)
    assert "没有提交" in (await person.tap("不提了")).text
    assert "什么都没有变" in (await person.tap("提交", on=old)).text
    assert delivered(district, "管予安") == []


async def test_a_question_typed_as_a_correction_is_offered_as_one(
    house: House, district: District
) -> None:
    person = district.seat(house, "苗若谷")
    await person.say("/mydata")
    await person.tap("要求更正")
    shown = await person.say("家长硬塞的购物卡退不回去咋办")
    assert shown.labels == ["查规定", "就写这句"]
    assert "会转给" in (await person.tap("就写这句")).text


async def test_unbinding_makes_a_guest_of_that_address_alone(
    house: House, district: District
) -> None:
    person = district.seat(house, "苗若谷")
    await person.say("/mydata")
    await person.tap("解除绑定")
    assert "绑定照旧" in (await person.tap("不解除")).text
    await person.say("/mydata")
    await person.tap("解除绑定")
    assert "已解除绑定" in (await person.tap("确认解除")).text
    assert "申请加入" in (await person.say("/start")).labels
    with district.database.read() as session:
        assert members.look_up(session, district.id_of("苗若谷"), on=local_day(MONDAY_NOON))
        assert session.scalars(select(AuditRow.act)).all() == ["unbind"]


async def test_an_administrator_unbinds_their_own_people_only(
    house: House, district: District
) -> None:
    district.seat(house, "苗若谷")
    district.seat(house, "骆知夏")
    school = district.seat(house, "管予安")
    said = await school.say("/unbind 苗若谷")
    assert len(said.labels) == 1
    await school.tap("解除")
    assert "已解除苗若谷" in (await school.tap("确认解除")).text
    assert "没有找到" in (await school.say("/unbind 骆知夏")).text
    with district.database.read() as session:
        address = session.scalars(
            select(AddressRow.id).where(AddressRow.member_id == district.id_of("骆知夏"))
        ).one()
    with district.begin() as session, pytest.raises(Refused, match="not_your_person"):
        privacy.unbind(session, district.member("管予安"), address, at=MONDAY_NOON)


async def test_a_request_to_correct_reaches_the_administrator_and_the_answer_the_person(
    house: House, district: District
) -> None:
    person = district.seat(house, "苗若谷")
    school = district.seat(house, "管予安")
    await person.say("/mydata")
    await person.tap("要求更正")
    await person.say("职务应当是年级组长")
    assert "已转给" in (await person.tap("提交")).text
    assert "职务应当是年级组长" in delivered(district, "管予安")[0]
    assert "职务应当是年级组长" in (await school.say("/datarequests")).text
    assert "已处理" in (await school.tap("已处理")).text
    assert "已经办好" in delivered(district, "苗若谷")[0]
    assert "没有等您处理" in (await school.say("/datarequests")).text


async def test_a_request_is_declined_with_a_reason(house: House, district: District) -> None:
    person = district.seat(house, "苗若谷")
    school = district.seat(house, "管予安")
    await person.say("/mydata")
    await person.tap("要求删除")
    await person.tap("确认提出")
    await school.say("/datarequests")
    await school.tap("不予处理")
    assert "不予处理" in (await school.say("仍在岗，需要保留")).text
    assert "仍在岗，需要保留" in delivered(district, "苗若谷")[0]
    assert district.member("苗若谷").name == "苗若谷"


async def test_an_erased_person_is_named_nowhere_but_in_the_audit_list(
    house: House, district: District
) -> None:
    person = district.seat(house, "苗若谷")
    school = district.seat(house, "管予安")
    member_id = district.id_of("苗若谷")
    await person.say("我叫苗若谷，想查规定")
    await person.say("/mydata")
    await person.tap("要求删除")
    await person.tap("确认提出")
    await school.say("/datarequests")
    await school.tap("已处理")
    await school.tap("确认删除")
    with district.database.read() as session:
        row = session.get_one(MemberRow, member_id)
        assert (row.name, row.number) == ("", f"erased-{member_id}")
        assert row.erased_at is not None
        addresses = session.scalars(select(AddressRow.name).where(AddressRow.name == "苗若谷"))
        assert addresses.all() == []
        inbox = session.scalars(select(InboxRow).where(InboxRow.person == f"fake:p{member_id}"))
        assert inbox.all() == []
        assert session.scalars(select(DataRequestRow.status)).all() == ["done"]
        assert "苗若谷" not in "".join(session.scalars(select(AuditRow.subject)))
    assert "申请加入" in (await person.say("/start")).labels


async def test_the_only_administrator_of_the_bureau_is_not_erased(
    house: House, district: District
) -> None:
    with district.begin() as session:
        other = session.get_one(MemberRow, district.id_of("岑知微"))
        other.left_on = local_day(MONDAY_NOON)
        request = DataRequestRow(
            member_id=district.id_of("闻书澜"), kind="erase", made_at=MONDAY_NOON, text=""
        )
        session.add(request)
        session.flush()
        with pytest.raises(Refused, match="last_administrator"):
            privacy.settle(
                session, district.member("闻书澜"), request.id, "done", "", at=MONDAY_NOON
            )


def test_it_keeps_quiet_about_people_in_the_queue_of_requests(district: District) -> None:
    with district.begin() as session:
        privacy.request(session, district.member("骆知夏"), "correct", "x", at=MONDAY_NOON)
        assert privacy.waiting(session, district.member("管予安")) == []
        assert len(privacy.waiting(session, district.member("闻书澜"))) == 1
        with pytest.raises(Refused, match="not_your_person"):
            privacy.settle(session, district.member("管予安"), 1, "done", "", at=MONDAY_NOON)


def test_three_requests_may_wait_at_a_time(district: District) -> None:
    with district.begin() as session:
        member = district.member("骆知夏")
        for _ in range(3):
            privacy.request(session, member, "correct", "x", at=MONDAY_NOON)
        with pytest.raises(Refused, match="data_request_enough"):
            privacy.request(session, member, "correct", "x", at=MONDAY_NOON)


def expire(district: District, at: datetime) -> None:
    more = True
    while more:
        with district.begin() as session:
            more = retention.expire(session, keep_days=30, at=at)


async def test_texts_files_buttons_and_open_talk_expire_after_their_days(
    house: House, district: District, clock: FakeClock
) -> None:
    person = district.seat(house, "苗若谷")
    await person.say("家长送购物卡能收吗")
    await person.say("/mydata")
    await person.tap("导出表格")
    await person.say("/mydata")
    await person.tap("要求更正")
    with district.begin() as session:
        line = {"chat": "w", "author": "bot", "message": {}, "at": clock.now()}
        session.add(TranscriptRow(**line))
        session.add(ShownRow(platform="fake", chat="c", native_id="1", about="x", at=clock.now()))
    tables = (InboxRow, FileRow, KeyboardRow, StateRow, TranscriptRow, ShownRow)

    def left() -> list[int]:
        with district.database.read() as session:
            return [
                session.scalars(select(func.count()).select_from(table)).one() for table in tables
            ]

    expire(district, clock.now() + timedelta(days=29))
    assert all(left())
    expire(district, clock.now() + timedelta(days=31))
    assert left() == [0] * len(tables)


def test_many_old_events_go_in_short_pieces_and_unanswered_ones_stay(district: District) -> None:
    with district.begin() as session:
        for number in range(700):
            session.add(
                InboxRow(
                    platform="fake",
                    event=f"e{number}",
                    person="fake:g",
                    payload={},
                    received_at=MONDAY_NOON,
                    shown_at=MONDAY_NOON if number else None,
                )
            )
    at = MONDAY_NOON + timedelta(days=31)
    with district.begin() as session:
        assert retention.expire(session, keep_days=30, at=at)
        assert session.scalars(select(func.count()).select_from(InboxRow)).one() == 400
    expire(district, at)
    with district.database.read() as session:
        assert session.scalars(select(InboxRow.event)).all() == ["e0"]
