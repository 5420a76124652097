"""Sentences of terms of office."""

from __future__ import annotations

from datetime import date

from bot.core.text import bold, quiet
from bot.services import terms
from bot.services.terms import Term

REFUSALS = {
    "term_not_yours": "这个党组织的换届日期不归您管。",
    "term_wrong": "当选日期要在今天或以前，任期 1 到 {most} 年。请核对后重写。",
    "term_unread": "“{text}”没看懂。请写成 2024-06-15；"
    "任期不是 {years} 年的，再加上年数：2024-06-15 5年。",
}

ENTER, BACK = "填当选日期", "返回进度"
ASK = (
    f"本届哪天选举产生？请写成 2024-06-15。任期按 {terms.YEARS} 年算；不是的话在后面写年数，"
    "例如 2024-06-15 5年。打“取消”可以离开。"
)
_RULES = (
    "党支部、党总支每届任期一般 3 年（《中国共产党支部工作条例（试行）》第六章）；"
    "延期或提前换届要报上级批准，一般不超过 1 年"
    "（《中国共产党基层组织选举工作条例》第三条）。"
)


def shown(name: str, term: Term | None) -> str:
    if term is None:
        told = "还没有填当选日期。填了以后，届满前半年会提醒一次书记。"
        return f"{bold(name)}\n{told}\n\n{quiet(_RULES)}"
    lines = [
        bold(name),
        f"本届 {_day(term.elected_on)} 选举产生，任期 {term.years} 年，{_day(term.ends_on)} 届满。",
        f"{_day(term.said_on)} 提醒准备换届，只提醒一次。",
        "",
        quiet(_RULES),
    ]
    return "\n".join(lines)


def reminder(term: Term) -> str:
    return "\n".join(
        [
            f"{term.unit.name}本届 {_day(term.ends_on)} 届满，还有大约半年，可以开始准备换届了。",
            "先向上级党组织请示换届的时间和程序。",
            "",
            quiet(_RULES),
        ]
    )


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
