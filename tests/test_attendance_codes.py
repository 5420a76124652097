"""Checking in by the code or the screen's QR: wrong, stale, forged, before binding."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.db.engine import Database
from bot.db.models import PassRow
from bot.services import invitations, passes, retention
from handlers.attendance import code_in
from tests.called import TOPIC, call, code_of, qr, standing, the_only
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House


@pytest.mark.parametrize("text", ["482193", "４８２１９３", "482 193", "482-193", " 482193 "])
def test_six_digits_are_a_code_in_any_width(text: str) -> None:
    assert code_in(text) == "482193"


@pytest.mark.parametrize("text", ["48219", "4821937", "会议482193", "482 1 93", ""])
def test_what_is_not_six_digits_is_no_code(text: str) -> None:
    assert code_in(text) is None


async def test_the_code_is_typed_as_it_stands_on_the_screen(
    district: District, house: House
) -> None:
    meeting = call(district)
    code = code_of(district.database, meeting)
    person = district.seat(house, "苗若谷")
    assert (await person.say(f"{code[:3]} {code[3:]}")).text == f"签到成功：《{TOPIC}》"
    assert the_only(district.database).way == "code"


async def test_wrong_codes_are_counted_and_then_wait(
    district: District, house: House, clock: FakeClock
) -> None:
    meeting = call(district)
    code = code_of(district.database, meeting)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    person = district.seat(house, "苗若谷")
    told = [(await person.say(wrong)).text for _ in range(5)]
    assert [re.findall(r"还可以试 (\d) 次", each) for each in told[:4]] == [
        ["4"],
        ["3"],
        ["2"],
        ["1"],
    ]
    assert "12:15 以后再试" in told[4]
    assert "12:15 以后再试" in (await person.say(code)).text
    assert standing(district.database, meeting)["苗若谷"] == "none"
    assert (await person.say("签到")).text.startswith("签到成功"), "the other ways stay open"
    clock.forward(minutes=15)
    assert (await person.say(code)).text.startswith("您已签到")


async def test_a_scan_of_the_screen_checks_in(
    district: District, house: House, clock: FakeClock
) -> None:
    meeting = call(district)
    person = district.seat(house, "苗若谷")
    payload = qr(district.database, meeting, clock.now())
    clock.forward(seconds=25)
    assert (await person.open(payload)).text == f"签到成功：《{TOPIC}》"
    assert the_only(district.database).way == "screen"


async def test_an_old_photo_of_the_screen_is_of_no_use(
    district: District, house: House, clock: FakeClock
) -> None:
    meeting = call(district)
    payload = qr(district.database, meeting, clock.now())
    clock.forward(seconds=40)
    said = await district.seat(house, "苗若谷").open(payload)
    assert "二维码已经换了" in said.text
    stranger = await house.person("g1").open(payload)
    assert "二维码已经换了" in stranger.text, "nor to somebody who still has to bind"
    assert standing(district.database, meeting)["苗若谷"] == "none"
    with district.database.read() as session:
        assert session.scalar(select(func.count()).select_from(PassRow)) == 0


async def test_a_forged_code_is_of_no_use(district: District, house: House) -> None:
    meeting = call(district)
    payload = qr(district.database, meeting, MONDAY_NOON)
    person = district.seat(house, "苗若谷")
    for forged in (
        payload[:-1] + ("0" if payload[-1] != "0" else "1"),
        "checkin-1-0-00",
        "checkin-",
    ):
        assert "不是会议屏幕上的二维码" in (await person.open(forged)).text
    assert standing(district.database, meeting)["苗若谷"] == "none"


def invited(district: District, name: str) -> str:
    with district.begin() as session:
        made = invitations.invite(session, None, [district.id_of(name)], at=MONDAY_NOON)
        return made[0].code


@pytest.mark.parametrize(("minutes", "counts"), [(5, True), (5.1, False)])
async def test_a_scan_stays_good_for_five_minutes_for_who_still_has_to_bind(
    district: District, house: House, clock: FakeClock, minutes: float, counts: bool
) -> None:
    meeting = call(district)
    code = invited(district, "苗若谷")
    clock.forward(minutes=12)
    stranger = house.person("g1")
    said = await stranger.open(qr(district.database, meeting, clock.now()))
    assert "12:17 前绑定好身份" in said.text
    assert said.labels == ["申请加入"]
    clock.forward(minutes=minutes)
    await stranger.say(code)
    told = [each.text for each in stranger.screen[1:]]
    assert "绑定好了" in told[0]
    if counts:
        assert told[1:] == [f"刚才扫的码算数。签到成功：《{TOPIC}》（迟到 12 分钟）"]
    else:
        assert told[1:] == []
    late = {True: "late 12", False: "none"}
    assert standing(district.database, meeting)["苗若谷"] == late[counts]


async def test_who_is_let_in_by_the_secretary_after_a_scan_is_checked_in(
    district: District, house: House
) -> None:
    meeting = call(district)
    secretary = district.seat(house, "陆见微")
    stranger = house.person("g1")
    await stranger.open(qr(district.database, meeting, MONDAY_NOON))
    await stranger.tap("申请加入")
    await stranger.say("苗若谷")
    await stranger.say("青澜一中")
    await house.deliver()
    await secretary.tap("确认是本人")
    await house.deliver()
    assert f"签到成功：《{TOPIC}》" in stranger.screen[-1].text
    assert standing(district.database, meeting)["苗若谷"] == "present"


async def test_a_scan_before_binding_does_not_put_anybody_on_the_list(
    district: District, house: House
) -> None:
    meeting = call(district)
    code = invited(district, "骆知夏")
    stranger = house.person("g1")
    await stranger.open(qr(district.database, meeting, MONDAY_NOON))
    await stranger.say(code)
    assert "绑定好了" in stranger.screen[-2].text
    assert "应到名单里没有您" in stranger.screen[-1].text
    assert "骆知夏" not in standing(district.database, meeting)


async def test_a_strangers_digits_are_no_try(district: District, house: House) -> None:
    meeting = call(district)
    said = await house.person("g1").say(code_of(district.database, meeting))
    assert "请先绑定身份" in said.text
    assert said.labels == ["申请加入"]


def test_passes_do_not_outlive_their_minutes(district: District) -> None:
    meeting = call(district)
    with district.begin() as session:
        passes.give(session, "a1", meeting, at=MONDAY_NOON)
        passes.give(session, "a2", meeting, at=MONDAY_NOON + timedelta(minutes=4))
        retention.expire(session, keep_days=30, at=MONDAY_NOON + timedelta(minutes=6))
        assert session.scalars(select(PassRow.owner)).all() == ["a2"]


def test_two_passes_taken_at_once_are_one(database: Database, district: District) -> None:
    meeting = call(district)
    with database.begin() as session:
        passes.give(session, "m1", meeting, at=MONDAY_NOON)

    def take(_: int) -> bool:
        with database.begin() as session:
            return passes.take(session, "m1", at=MONDAY_NOON) is not None

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(take, range(4))) == [False, False, False, True]
