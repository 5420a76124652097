"""Sentences of 专送."""

from __future__ import annotations

from bot.core.text import quiet
from bot.services.people import Somebody

REFUSALS: dict[str, str] = {}

WHO = "专送给谁？打姓名或工号。\n" + quiet("只说什么时候、在哪里、找谁；具体的事当面说。")
WHERE = "在哪里？例如“行政楼302”。"
WHOM = "到了找谁？打姓名，或点一下。"
ME = "找我（{name}）"


def when_to_come(person: Somebody) -> str:
    where = f"（{person.units[0]}）" if person.units else ""
    return f"请{person.name}{where}什么时候来？例如“周四下午3点”。"
