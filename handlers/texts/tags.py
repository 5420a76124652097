"""Sentences of tags."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.text import bold, quiet

REFUSALS = {
    "tag_wrong": "标签写一个词，{limit} 字以内，不带空格和标点。",
    "tag_not_yours": "里面有人不在您负责的单位里，所以没有改。",
}
_HOW = "加上：/tag 新教师 李小禾、王一鸣。去掉：/tag 去掉 新教师 李小禾。"
REMOVE_WORDS = ("去掉", "取消", "删除")
NONE = f"还没有标签。标签用来找人，比如“新教师”。\n{quiet(_HOW)}"


def listing(found: Sequence[tuple[str, int]]) -> str:
    lines = [f"· {tag}：{count} 人" for tag, count in found]
    return "\n".join([bold("标签"), *lines, quiet(_HOW)])


def holders(tag: str, people: Sequence[tuple[int, str, str]]) -> str:
    if not people:
        return f"没有人有“{tag}”这个标签。\n{quiet(_HOW)}"
    told = "、".join(name for _, name, _ in people[:60])
    return f"“{tag}”（{len(people)} 人）：{told}"


def added(tag: str, count: int) -> str:
    return f"好，“{tag}”新加了 {count} 人。" if count else f"他们原来就有“{tag}”。"


def removed(tag: str, count: int) -> str:
    return f"好，{count} 人去掉了“{tag}”。" if count else f"他们没有“{tag}”。"
