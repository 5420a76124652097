"""Strangers who ask to be let in: who decides, what each of them hears."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.models import AddressRow, DeliveryRow, JoinRequestRow
from bot.services import joining, members, roles
from tests.district import District
from tests.fakes import MONDAY_NOON, House
from tests.joining import guest, invite, request_as


def delivered(district: District, owner: str) -> list[str]:
    with district.database.read() as session:
        rows = session.scalars(
            select(DeliveryRow).where(DeliveryRow.owner == owner).order_by(DeliveryRow.id)
        )
        return [str((row.message or {})["text"]) for row in rows]


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
        bound = members.recognise(session, stranger.chat, "g1", at=MONDAY_NOON)
        assert bound.name == "覃云岫"
