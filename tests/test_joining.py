"""The ways in: invitation codes, requests, and who decides them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from bot.db.models import AddressRow, AuditRow, InvitationRow
from bot.services import invitations
from bot.services.invitations import Outcome
from bot.services.members import Member
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House
from tests.joining import guest, invite, request_as


async def test_a_typed_code_binds_in_whatever_form_it_is_written(
    house: House, district: District
) -> None:
    code = invite(district, "覃云岫")
    stranger = house.person("g1")
    said = await stranger.say(f"{code[:4].lower()}-{code[4:]}")
    assert "覃云岫老师" in said.text
    assert "覃云岫老师" in (await stranger.say("/start")).text


async def test_a_deep_link_binds(house: House, district: District) -> None:
    code = invite(district, "覃云岫")
    assert "覃云岫老师" in (await house.person("g1").open(f"inv-{code}")).text


async def test_a_code_works_once(house: House, district: District) -> None:
    code = invite(district, "覃云岫")
    await house.person("g1").say(code)
    assert "已经用过" in (await house.person("g2").say(code)).text


async def test_a_code_ends_after_seven_days(
    house: House, district: District, clock: FakeClock
) -> None:
    code = invite(district, "覃云岫")
    clock.forward(days=7)
    assert "已经失效" in (await house.person("g1").say(code)).text


async def test_a_new_code_ends_the_one_before(house: House, district: District) -> None:
    first, second = invite(district, "覃云岫"), invite(district, "覃云岫")
    assert "已经失效" in (await house.person("g1").say(first)).text
    assert "覃云岫老师" in (await house.person("g1").say(second)).text


async def test_five_wrong_codes_stop_that_address_for_an_hour_and_no_other(
    house: House, district: District, clock: FakeClock
) -> None:
    code = invite(district, "覃云岫")
    stranger = house.person("g1")
    said = [(await stranger.say(f"WRNG{letter}234")).text for letter in "ABCDE"]
    assert "还可以试 4 次" in said[0]
    assert "还可以试 1 次" in said[3]
    assert "13:00 以后" in said[4]
    assert "13:00 以后" in (await stranger.say(code)).text
    clock.forward(minutes=61)
    assert "覃云岫老师" in (await stranger.say(code)).text


async def test_what_can_only_be_a_code_counts_as_a_try(house: House, district: District) -> None:
    stranger = house.person("g1")
    assert "还可以试 4 次" in (await stranger.say("ABCD1234")).text
    assert "还可以试 3 次" in (await stranger.say("abcd 0001")).text
    for text in ("hellobot", "12345", "家长送购物卡能收吗"):
        assert "还可以试" not in (await stranger.say(text)).text


@pytest.mark.parametrize("text", ["加入", "怎么申请加入", "绑定", "我要绑定", "怎么绑定？"])
async def test_whoever_wants_in_is_asked_the_name_and_a_member_is_told(
    house: House, district: District, text: str
) -> None:
    assert "真实姓名" in (await house.person("g1").say(text)).text
    assert "已经绑定" in (await district.seat(house, "覃云岫").say(text)).text


async def test_who_confirms_is_said_by_what_there_is(house: House, district: District) -> None:
    assert "支部的书记" in (await request_as(house.person("g1"), "覃云岫", "青澜一中")).text
    assert "管理员确认" in (await request_as(house.person("g2"), "鲁清越", "青澜一中")).text


async def test_one_member_can_hold_several_addresses(house: House, district: District) -> None:
    await house.person("g1").say(invite(district, "覃云岫"))
    await house.person("g2").say(invite(district, "覃云岫"))
    with district.database.read() as session:
        held = session.scalars(
            select(AddressRow.native_id).where(AddressRow.member_id == district.id_of("覃云岫"))
        )
        assert sorted(held) == ["g1", "g2"]


async def test_a_member_who_types_what_looks_like_a_code_asks_a_question(
    house: House, district: District
) -> None:
    code = invite(district, "苗若谷")
    person = district.seat(house, "覃云岫")
    assert "绑定" not in (await person.say(code)).text
    assert "已经绑定" in (await person.open(f"inv-{code}")).text


def test_only_the_hash_of_a_code_is_stored(district: District) -> None:
    code = invite(district, "覃云岫")
    with district.database.read() as session:
        row = session.scalars(select(InvitationRow)).one()
        audited = session.scalars(select(AuditRow)).one()
    assert code not in row.code_hash
    assert len(row.code_hash) == 64
    assert code not in f"{audited.subject}{audited.detail}"


def test_eight_addresses_with_one_code_bind_one(district: District) -> None:
    code = invite(district, "覃云岫")
    strangers = [guest(district, f"g{number}") for number in range(8)]

    def redeem(stranger: Member) -> Outcome:
        with district.begin() as session:
            return invitations.redeem(session, stranger, code, at=MONDAY_NOON).outcome

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(redeem, strangers))
    assert outcomes.count(Outcome.BOUND) == 1
    assert outcomes.count(Outcome.USED) == 7


async def test_an_administrator_invites_in_chat_only_their_own_people(
    house: House, district: District
) -> None:
    school = district.seat(house, "管予安")
    said = await school.say("/invite 覃云岫")
    code = said.text.splitlines()[1].replace(" ", "")
    assert invitations.code_in(code) == code
    assert "没有找到" in (await school.say("/invite 骆知夏")).text
    assert "覃云岫老师" in (await house.person("g1").say(code)).text


@pytest.mark.parametrize(
    ("text", "code"),
    [("abcd2345", "ABCD2345"), ("ＡＢＣＤ　2345", "ABCD2345"), ("ABCD1234", None), ("你好", None)],
)
def test_a_code_is_told_from_other_texts(text: str, code: str | None) -> None:
    assert invitations.code_in(text) == code
