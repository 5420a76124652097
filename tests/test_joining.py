"""The ways in: invitation codes, requests, and who decides them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.models import AddressRow, AuditRow, DeliveryRow, InvitationRow, JoinRequestRow
from bot.services import invitations, joining, members, roles
from bot.services.invitations import Outcome
from bot.services.members import Member
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House, Person, Standing


def invite(district: District, name: str) -> str:
    with district.begin() as session:
        (made,) = invitations.invite(session, None, [district.id_of(name)], at=MONDAY_NOON)
    return made.code


def guest(district: District, native_id: str = "g1") -> Member:
    with district.begin() as session:
        row = AddressRow(platform="fake", native_id=native_id, name="微信昵称", wrong_codes=0)
        session.add(row)
        session.flush()
        return Member(None, row.id, row.name)


def delivered(district: District, owner: str) -> list[str]:
    with district.database.read() as session:
        rows = session.scalars(
            select(DeliveryRow).where(DeliveryRow.owner == owner).order_by(DeliveryRow.id)
        )
        return [str((row.message or {})["text"]) for row in rows]


async def request_as(person: Person, name: str, school: str) -> Standing:
    await person.say("/start")
    await person.tap("申请加入")
    await person.say(name)
    return await person.say(school)


# Invitations


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


# Requests


async def test_the_branch_secretary_lets_a_stranger_in_by_a_button(
    house: House, district: District
) -> None:
    secretary = district.seat(house, "陆见微")
    stranger = house.person("g1", "远方的朋友")
    said = await request_as(stranger, "覃云岫", "青澜一中")
    assert "已转给" in said.text
    (asked,) = delivered(district, secretary_key := f"m{district.id_of('陆见微')}")
    assert "覃云岫" in asked
    assert "远方的朋友" in asked
    shown = await secretary.say("/joins")
    assert shown.labels == ["确认是本人", "不是，拒绝"]
    assert "已确认" in (await secretary.tap("确认是本人")).text
    assert secretary_key.startswith("m")
    assert "覃云岫老师" in (await stranger.say("/start")).text
    with district.database.read() as session:
        owner = f"a{session.scalars(select(JoinRequestRow.address_id)).one()}"
    assert "身份已确认" in delivered(district, owner)[0]


async def test_a_declined_stranger_is_told_and_stays_a_guest(
    house: House, district: District
) -> None:
    secretary = district.seat(house, "陆见微")
    stranger = house.person("g1")
    await request_as(stranger, "覃云岫", "青澜一中")
    await secretary.say("/joins")
    assert "已拒绝" in (await secretary.tap("不是")).text
    assert "申请加入" in (await stranger.say("/start")).labels
    with district.database.read() as session:
        row = session.scalars(select(JoinRequestRow)).one()
    assert row.status == "declined"
    assert "没有通过" in delivered(district, f"a{row.address_id}")[0]


async def test_of_two_with_one_name_the_decider_picks(house: House, district: District) -> None:
    secretary = district.seat(house, "卓映雪")
    await request_as(house.person("g1"), "林见禾", "青澜实验小学")
    shown = await secretary.say("/joins")
    assert len(shown.labels) == 3
    label = shown.labels[1]
    await secretary.tap(label)
    number = label.partition("（")[2].rstrip("）")
    with district.database.read() as session:
        bound = session.scalars(select(AddressRow.member_id).where(AddressRow.native_id == "g1"))
        assert bound.one() == district.id_of(number)


async def test_nobody_of_that_name_can_only_be_declined(house: House, district: District) -> None:
    secretary = district.seat(house, "卓映雪")
    await request_as(house.person("g1"), "李小禾", "青澜实验小学")
    assert (await secretary.say("/joins")).labels == ["不是，拒绝"]


async def test_a_misspelt_school_is_offered_as_a_button(house: House, district: District) -> None:
    stranger = house.person("g1")
    said = await request_as(stranger, "覃云岫", "清澜一中")
    assert said.labels[0] == "青澜一中"
    assert "已转给" in (await stranger.tap("青澜一中")).text


async def test_what_is_no_name_is_asked_again_and_may_be_a_question(
    house: House, district: District
) -> None:
    stranger = house.person("g1")
    await stranger.say("/start")
    await stranger.tap("申请加入")
    for text in ("家长送购物卡能收吗？", "我想问家长送礼", "罚站多久", "收购物卡怎么办"):
        assert "当作提问" in (await stranger.say(text)).labels, text
    assert "学校或单位" in (await stranger.say("阿依古丽·买买提")).text


@pytest.mark.parametrize(
    ("name", "school", "deciders"),
    [
        ("覃云岫", "青澜一中", {"陆见微"}),
        ("陆见微", "青澜一中", {"沈屹川"}),
        ("鲁清越", "青澜一中", {"管予安"}),
        ("管予安", "青澜一中", {"沈屹川"}),
        ("桑以宁", "青澜二中", {"骆知夏", "宗景行"}),
        ("艾若水", "青澜知行学校", {"沐长庚"}),
        ("岑知微", "青澜区教育局", {"闻书澜"}),
        ("李小禾", "青澜一中", {"管予安"}),
    ],
)
def test_a_request_reaches_whoever_answers_for_the_person(
    district: District, name: str, school: str, deciders: set[str]
) -> None:
    stranger = guest(district)
    with district.begin() as session:
        _, found = joining.request(session, stranger, name, district.unit(school), at=MONDAY_NOON)
    assert set(found) == {district.id_of(each) for each in deciders}


def test_a_vacancy_routes_a_request_to_the_unit_above(district: District) -> None:
    holder = (district.id_of("陆见微"), Role.SECRETARY, district.unit("青澜一中第一党支部"))
    stranger = guest(district)
    with district.begin() as session:
        roles.revoke(session, None, holder, at=MONDAY_NOON)
        school = district.unit("青澜一中")
        _, found = joining.request(session, stranger, "覃云岫", school, at=MONDAY_NOON)
    assert found == [district.id_of("沈屹川")]


async def test_it_keeps_quiet_about_people_whose_request_is_not_ones_own(
    house: House, district: District
) -> None:
    other = district.seat(house, "骆知夏")
    await request_as(house.person("g1"), "覃云岫", "青澜一中")
    assert "没有等您确认" in (await other.say("/joins")).text
    with district.begin() as session, pytest.raises(Refused, match="join_not_yours"):
        joining.decide(session, district.member("骆知夏"), 1, None, at=MONDAY_NOON)


def test_the_first_of_two_decisions_at_once_counts(district: District) -> None:
    stranger = guest(district)
    with district.begin() as session:
        school = district.unit("青澜二中")
        request, _ = joining.request(session, stranger, "桑以宁", school, at=MONDAY_NOON)

    def decide(name: str) -> bool:
        decider = district.member(name)
        chosen = district.id_of("桑以宁") if name == "骆知夏" else None
        with district.begin() as session:
            return joining.decide(session, decider, request.id, chosen, at=MONDAY_NOON).is_repeat

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(decide, ["骆知夏", "宗景行"])) == [False, True]


def test_a_stranger_asks_at_most_three_times_a_day(district: District) -> None:
    stranger = guest(district)
    school = district.unit("青澜一中")
    for _ in range(3):
        with district.begin() as session:
            joining.request(session, stranger, "覃云岫", school, at=MONDAY_NOON)
    with district.begin() as session, pytest.raises(Refused, match="join_asked_enough"):
        joining.request(session, stranger, "覃云岫", school, at=MONDAY_NOON)
    with district.begin() as session:
        later = MONDAY_NOON + timedelta(days=1, minutes=1)
        joining.request(session, stranger, "覃云岫", school, at=later)
        open_ones = session.scalars(
            select(JoinRequestRow.id).where(JoinRequestRow.status == "open")
        )
        assert len(open_ones.all()) == 1


async def test_a_code_used_meanwhile_withdraws_the_request(
    house: House, district: District
) -> None:
    stranger = house.person("g1")
    await request_as(stranger, "覃云岫", "青澜一中")
    await stranger.say(invite(district, "覃云岫"))
    with district.begin() as session:
        decision = joining.decide(session, district.member("陆见微"), 1, None, at=MONDAY_NOON)
        assert decision.is_repeat
        assert decision.status == "withdrawn"
        bound = members.recognise(
            session,
            stranger.chat,
            "g1",
            at=MONDAY_NOON,
        )
        assert bound.name == "覃云岫"
