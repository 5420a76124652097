"""Sentences of writing a new entry in chat, step by step."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.text import quiet

# What is typed refuses with the words of texts/learning.py.
REFUSALS: dict[str, str] = {}

CANCEL = "取消"
PUBLISH = "就这样加上"
REDO = {
    "title": "改标题",
    "answer": "改答案",
    "source": "改出处",
    "clause": "改条款",
    "topic": "改主题",
}
NO_SOURCE = "没找到现行的文件。换几个字再找；文件还没登记的话，要先加进知识库的 sources.yaml。"
WHICH_SOURCE = "是哪一份？都不是就打几个字再找。"
NO_TOPIC = "其他"
_ASK = {
    "title": "标题怎么写？像一句问话，例如“家长送的购物卡能不能收”，40 字以内。",
    "answer": "答案怎么写？用两三句话说清能不能、怎么办，600 字以内。",
    "source": "依据哪份文件？打几个字找，例如“处理办法”。",
    "clause": "在第几条？例如“第四条第九项”。",
    "topic": "归到哪个主题？例如“有偿补课”，20 字以内。",
}


def ask(step: str, number: int | None, of: int) -> str:
    """What to type next; `number` is None when a field is done over."""
    head = f"（{number}/{of}）" if number else ""
    return f"{head}{_ASK[step]}\n{quiet('打“取消”可以离开，什么也不会加。')}"


def preview(answer: str, topic: str, wordings: Sequence[str]) -> str:
    """The entry as it will be answered, before it counts."""
    asked = "\n".join(f"· {wording}" for wording in wordings)
    return "\n\n".join(
        [
            quiet("还没有加上。加上后会这样回答："),
            answer,
            f"主题：{topic}\n这样问就能答上：\n{asked}",
            quiet("出处标着待核对，等对照原文核过、并进知识库文件后去掉。"),
        ]
    )


def published(title: str) -> str:
    return f"新条目《{title}》已加上，几秒后就能答。"
