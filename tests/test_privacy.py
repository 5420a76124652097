"""A person's own data: seen, exported, unbound, corrected, erased; and what expires by itself."""

from __future__ import annotations

from sqlalchemy import select

from bot.db.models import AddressRow, DataRequestRow, FileRow
from bot.services import privacy
from knowledge.live import LiveKnowledge
from tests.district import District
from tests.fakes import MONDAY_NOON, FakeClock, House, Person, Standing
from tests.my_data import delivered, table


def last_file(district: District) -> bytes:
    with district.database.read() as session:
        found = select(FileRow.content).order_by(FileRow.id.desc())
        return session.scalars(found).first() or b""


async def test_my_data_says_what_is_held_why_and_for_how_long(
    house: House, district: District
) -> None:
    person = district.seat(house, "苗若谷")
    said = await person.say("我的数据")
    for part in ("用途", "苗若谷，1013", "青澜一中第一党支部第一党小组", "正式党员", "30 天"):
        assert part in said.text
    assert "申请加入" not in said.text


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
