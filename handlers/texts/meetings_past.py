"""Sentences of writing down a meeting that was held without having been called here."""

from __future__ import annotations

from bot.core.meetings import KINDS
from bot.core.moments import when
from bot.core.text import bold
from bot.services.meetings import Meeting
from bot.services.units import Unit
from handlers.texts import meetings as texts

REFUSALS: dict[str, str] = {}

WAITING, NO_PLACE = "写已有的记录", "地点不写"
ASK_TIME = "什么时候开的？直接打日期和钟点，比如“11月6日下午3点”。"
ASK_BOTH = "日期和钟点都要，比如“11月6日下午3点”“昨天晚上7点”。"
ASK_PLACE = "在哪里开的？点一下，或者直接打。"


def ask_kind(unit: Unit) -> str:
    return f"补记{bold(unit.name)}开过的哪种会？不会通知任何人。"


def group(unit: Unit) -> str:
    return f"{KINDS['group']}：{unit.name}"


def ask_time(kind: str) -> str:
    return f"补记{KINDS[kind]}。{ASK_TIME}"


def kept(meeting: Meeting) -> str:
    return (
        f"记下了：{when(meeting.starts_at)} {texts.title(meeting)}，没有通知任何人。"
        "接着点名，点完就能写记录。"
    )
