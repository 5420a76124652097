"""Sentences of wishes: how often a person is reminded, and who is spared for a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta

from bot.core.text import bold, quiet
from bot.services.gate import Wish
from bot.services.wishes import Spared

REFUSALS = {
    "wish_hour": "木铎只在 7:30 到 21:00 之间提醒，请选这段时间里的一个钟点。",
    "spared_day": "请写今天以后、一年以内的一天。",
}
WEEKDAYS = "一二三四五"

DAILY, WEEKLY, MUSTS, USUAL = "每天一个钟点", "每周一次", "只收必须的", "照常提醒"
OTHERS, AGAIN, BACK = "让一位少收提醒", "照常提醒", "返回"
ASK_HOUR = "每天几点提醒您？点一下，或者直接打，比如“18:30”。"
ASK_WEEKDAY = "每周哪一天？"
WHICH_HOUR = "是早上还是晚上？"
NO_HOUR = "没有看懂是几点。可以写“18:30”或“晚上七点”。"
ASK_WHOM = "谁在一段时间里不用收提醒？打出姓名或工号。不用写原因。"
NOBODY = "在您负责的人里没有找到。请核对姓名，或改用工号。"
WHICH_PERSON = "是哪一位？"
NO_DAY = "没有看懂到哪天为止。可以写“到月底”“到下周五”“两周”“到学期末”，或者“12月31日”。"
TWO_WEEKS, A_MONTH, HALF_A_YEAR = "两周", "一个月", "半年"
_MUSTS = "会议通知和变更、要您确认的通知、专门发给您的事，一直照常送到。"


def shown(wish: Wish) -> str:
    lines = [bold("免打扰"), f"现在：{how(wish)}。"]
    if wish.exempt_until:
        lines.append(f"到{last_day(wish.exempt_until)}为止，不给您发提醒、催办和汇总。")
    return "\n".join([*lines, "", "换一种方式，点下面就行。", quiet(_MUSTS)])


def changed(wish: Wish) -> str:
    return "\n".join([f"好，以后{how(wish)}。", quiet(_MUSTS)])


def how(wish: Wish) -> str:
    """How a person is reminded, to stand behind 现在： or 以后."""
    if wish.only_musts:
        return "只收必须送到的，不发提醒、催办和汇总"
    hour = f"{hour_of(wish.hour)} " if wish.hour else ""
    if wish.weekday is not None:
        return f"每周{WEEKDAYS[wish.weekday]} {hour}提醒一次，合成一条"
    if wish.hour:
        return f"提醒放在每天 {hour}，合成一条"
    return "白天照常提醒，每天最多一条，每周最多三条"


def hour_of(hour: time | None) -> str:
    return f"{hour:%-H:%M}" if hour else ""


def weekday_of(weekday: int) -> str:
    return f"周{WEEKDAYS[weekday]}"


def ask_hour_on(weekday: int) -> str:
    return f"周{WEEKDAYS[weekday]}几点？点一下，或者直接打，比如“18:30”。"


def day(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"


def last_day(until: date) -> str:
    """The last day on which somebody is spared, `until` being the first day after it."""
    return day(until - timedelta(days=1))


def people(found: Sequence[Spared], shown_at_most: int) -> str:
    if not found:
        return "现在没有人在少收提醒的期间。"
    lines = [f"· {each.name}（{each.number}），到{last_day(each.until)}" for each in found]
    more = len(found) - shown_at_most
    head = [bold("这些人暂时不收提醒"), *lines[:shown_at_most]]
    return "\n".join([*head, quiet(f"还有 {more} 人。") if more > 0 else quiet(_MUSTS_OTHERS)])


_MUSTS_OTHERS = "会议通知和变更、要确认的通知照常送到。名单只有您看得到自己负责的人。"


def again(each: Spared) -> str:
    return f"恢复 {each.name}"


def ask_until(name: str) -> str:
    return f"到哪一天为止，不给{name}发提醒？点一下，或者直接打，比如“到月底”“12月31日”。"


def is_spared(each: Spared) -> str:
    lines = [
        f"好，到{last_day(each.until)}为止，不给{each.name}发提醒、催办和汇总，之后照常。",
        quiet("没有记原因。会议通知和变更、要确认的通知照常送到；本人发“免打扰”能看到这个日期。"),
    ]
    return "\n".join(lines)


def is_reminded(name: str) -> str:
    return f"好，从现在起照常给{name}发提醒。"
