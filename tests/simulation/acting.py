"""How people act: they write, wait for an answer, and tap what stands in their chats."""

from __future__ import annotations

import asyncio
import random

from bot.core.chat import Key
from tests.simulation import befalling
from tests.simulation.hostile import Standing
from tests.simulation.story import Step
from tests.simulation.town import Citizen
from tests.simulation.world import World

_QUESTIONS = (
    "家长送购物卡能收吗",
    "可以在校外培训机构兼课吗",
    "学生打架了怎么处理",
    "体罚学生会受什么处分",
    "作业一天不能超过多久",
    "教师节收一束花行不行",
    "今天天气怎么样",
)
_WORDS = (
    "我的会议",
    "我的学习",
    "我的数据",
    "开始",
    "帮助",
    "取消",
    "练习",
    "签到 123456",
    "收到",
    "1",
    "A",
)
_STAFF_WORDS = (
    "待办",
    "会议",
    "学习进度",
    "/minutes",
    "台账",
    "提醒",
    "操作记录",
    "开会",
    "加入申请",
)
# A wanderer does not take apart the house in which the others live.
_NOT_TAPPED = ("解绑", "删除", "清空", "收回", "确认收回", "撤下")


async def act(world: World, step: Step) -> None:
    """Carry out one step of the story."""
    who = world.town.people[step.who % len(world.town.people)]
    world.note(f"{step.kind}, of person {step.who} ({who.told}), seed {step.seed}")
    await _ACTS[step.kind](world, who, random.Random(step.seed))


async def _ask(world: World, who: Citizen, chance: random.Random) -> None:
    await world.say(who, chance.choice(_QUESTIONS))


async def _practise(world: World, who: Citizen, chance: random.Random) -> None:
    await world.say(who, "练习")
    await world.press(who, "随机五题")
    for _ in range(chance.randint(1, 8)):
        await asyncio.sleep(chance.uniform(1, 40))
        await world.press_newest(who, chance)


async def _react(world: World, who: Citizen, chance: random.Random) -> None:
    """Answer something that came unasked; some tap twice, some tap what is old."""
    keys = world.keys(who, unasked=True)
    if not keys:
        return
    newest = [each for each in keys if each[0] is keys[0][0]]
    chosen = chance.choice(newest if chance.random() < 0.8 else keys)
    await world.tap(who, *chosen)
    if chance.random() < 0.15:
        await world.tap(who, *chosen)


def _harmless(world: World, who: Citizen) -> list[tuple[Standing, Key]]:
    return [each for each in world.keys(who) if not each[1].label.startswith(_NOT_TAPPED)]


async def _wander(world: World, who: Citizen, chance: random.Random) -> None:
    """Whatever one may write and tap, in no order that makes sense."""
    words = _WORDS + _STAFF_WORDS if who.is_secretary or who.is_administrator else _WORDS
    for _ in range(chance.randint(1, 6)):
        keys = _harmless(world, who)
        if keys and chance.random() < 0.7:
            await world.tap(who, *chance.choice(keys[:12]))
        else:
            await world.say(who, chance.choice(words))
        await asyncio.sleep(chance.uniform(0.2, 20))


async def _wish(world: World, who: Citizen, chance: random.Random) -> None:
    await world.say(who, "免打扰")
    way = chance.choice(["每天一个钟点", "每周一次", "只收必须的", "照常提醒"])
    await world.press(who, way)
    if way == "每周一次":
        await world.press(who, chance.choice(["周一", "周三", "周五"]))
    if way.startswith("每"):
        await world.press(who, chance.choice(["7:30", "12:00", "18:30", "20:00"]))


async def _spare(world: World, who: Citizen, chance: random.Random) -> None:
    await world.say(who, "免打扰")
    await world.press(who, "让一位少收提醒")
    await world.say(who, chance.choice(world.town.people).name)
    await world.press(who, chance.choice(["两周", "一个月"]))


async def _meeting(world: World, who: Citizen, chance: random.Random) -> None:
    kind = chance.choice(["支委会", "支部党员大会", "主题党日", "党课"])
    hour = chance.choice(["3点", "10点", "晚上7点"])
    await world.say(who, f"开会 {kind} {chance.choice(['明天', '后天', '下周三'])}{hour}")
    await world.press(who, "地点另行通知")
    await world.press(who, "就用")
    await world.press(who, "发出")
    if chance.random() < 0.3:
        await asyncio.sleep(chance.uniform(60, 40_000))
        await _change_meeting(world, who, chance)


async def _change_meeting(world: World, who: Citizen, chance: random.Random) -> None:
    await world.say(who, "会议")
    await world.press_newest(who, chance)
    if chance.random() < 0.5:
        await world.press(who, "取消会议")
        await world.press(who, "确定取消")
        return
    await world.press(who, "改时间地点")
    await world.press(who, "改时间")
    await world.say(who, chance.choice(["后天下午4点", "下周五上午9点", "明天晚上8点"]))
    await world.press(who, "发出变更")


async def _roll(world: World, who: Citizen, chance: random.Random) -> None:
    await world.say(who, "会议")
    await world.press_newest(who, chance)
    await world.press(who, "点名")
    for _ in range(chance.randint(0, 3)):
        keys = [each for each in world.keys(who) if "訾" in each[1].label]
        if keys:
            await world.tap(who, *chance.choice(keys))
    await world.press(who, "完成")
    await world.press(who, "写会议记录")
    for _ in range(chance.randint(0, 4)):
        await world.press_newest(who, chance)


async def _staff(world: World, who: Citizen, chance: random.Random) -> None:
    await world.say(who, chance.choice(_STAFF_WORDS))
    for _ in range(chance.randint(1, 4)):
        keys = _harmless(world, who)
        if keys:
            await world.tap(who, *chance.choice(keys[:10]))


async def _notice(world: World, who: Citizen, chance: random.Random) -> None:
    """Write, choose, send; now and then correct, nudge, stop or withdraw it a while later."""
    await world.say(who, "通知")
    await world.press(who, "写通知")
    await world.say(who, f"请各位老师在本周五前核对个人信息，编号 {chance.randrange(10**6)}。")
    if not await world.press(who, chance.choice(["全体", "全体党员", "书记"])):
        await world.say(who, "全体")
    if chance.random() < 0.7:
        await world.press(who, "要对方确认", "改成紧急")
    await world.press(who, "发给这")
    for _ in range(chance.choice([0, 1, 1, 2])):
        await asyncio.sleep(chance.uniform(20, 90_000))
        await world.say(who, "通知")
        await world.press(who, "发过的")
        await world.press(who, "1")
        await world.press_newest(who, chance)
        await world.press(who, "确定", "撤回", "催", "停止", "发出")


_EVERY = (
    *(_ask, _practise, _react, _wander, _wish),
    *(_spare, _meeting, _roll, _staff, _notice),
)
_ACTS = {each.__name__.removeprefix("_"): each for each in (*_EVERY, *befalling.EVERY)}
