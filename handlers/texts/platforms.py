"""Platforms as people call them, and what is said while one can't be reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.moments import when
from bot.services.outages import Outage

REFUSALS: dict[str, str] = {}
_NAMES = {"telegram": "Telegram", "web": "网页", "wecom": "企业微信"}


def name(platform: str) -> str:
    return _NAMES.get(platform, platform)


def away(found: Sequence[Outage]) -> str:
    """Which platforms can't be reached since when: half a sentence."""
    return "，".join(f"{name(each.platform)} 从{when(each.since)}起连不上" for each in found)


def was_away(over: Outage, *, until: datetime) -> str:
    return (
        f"{name(over.platform)} 从{when(over.since)}到{when(until)}连不上。"
        "这段时间要发的都留着，现在陆续发出；已经过了时间的不再发。"
    )


def waiting(found: Sequence[Outage], count: int) -> str:
    """For administrators, while it lasts."""
    held = f"有 {count} 条消息在等，" if count else ""
    return f"{away(found)}。{held}连上后自动发出。"
