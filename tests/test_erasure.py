"""Corrections and erasure that people ask for, and what expires by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.db.models import (
    AddressRow,
    AuditRow,
    DataRequestRow,
    FileRow,
    InboxRow,
    KeyboardRow,
    MemberRow,
    ShownRow,
    StateRow,
    TranscriptRow,
)
from bot.services import members, privacy, retention
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House
from tests.my_data import delivered


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
