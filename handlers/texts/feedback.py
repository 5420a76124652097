"""Sentences of reporting an item: for those who report an item and those who look at it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.core.text import bold, quiet, quoted
from bot.services.feedback import Report
from bot.services.gate import Reach
from knowledge.schema import Item

REFUSALS = {
    "feedback_too_long": "说明请控制在 500 字以内。",
    "feedback_personal": "这句话里有像证件号、学号或手机号的数字，我不存。请去掉再写。",
    "report_closed": "这道题的报错已经处理过了。",
}

SUBMIT = "直接提交"
NEVER_MIND = "不报了"
ON = "接着练习"
TITLE = "题目有误"
EMPTY = "现在没有等处理的题目。"
MENDED = "已改好"
KEPT = "没有错"
SEND = "就这样发"
BACK = "返回"
DROPPED = "好，没有提交。"
NO_LONGER_ASKED = "这一步已经取消或过了时间，什么都没有发。"
ITEM_GONE = "这道题已经不在题库里了。"
OUTCOMES = {
    "mended": "已经核对改好了，谢谢您指出来。",
    "kept": "对照原文核过，题目没有错。谢谢您留心，有疑问欢迎再提。",
}
_LETTER_HEAD = "您报过一道题"


def ask_note(question: str | None) -> str:
    """Asks what is wrong, which may be left out."""
    about = quoted(short(question)) if question else "这道题"
    return f"{about}\n哪里不对？打一句话告诉管理员，不写也可以直接提交。"


def thanks(*, is_new: bool) -> str:
    done = "已提交，管理员会看到题目和您写的话。" if is_new else "补充已提交。"
    return f"{done}\n{quiet('有了结果我告诉您。')}"


def listing(reports: Sequence[tuple[Report, str | None]], total: int, offset: int) -> str:
    """A page of what waits: each report with the item's question, None when it is gone."""
    if not reports:
        return EMPTY
    lines = [bold(f"{TITLE}（{total}）"), ""]
    for number, (report, question) in enumerate(reports, offset + 1):
        asked = short(question) if question else f"{report.item_id}（已不在题库）"
        lines.append(f"{number}. {asked}{quiet(f'　{report.people} 人报')}")
    return "\n".join(lines)


def page(report: Report, item: Item | None, first_on: date) -> str:
    """One item with all that was said about it."""
    lines = [bold(item.question if item else ITEM_GONE)]
    if item:
        lines += [f"{chr(ord('A') + at)}. {text}" for at, text in enumerate(item.options)]
        lines += [f"答案：{right(item)}", item.explanation]
    lines += [
        quiet(
            f"{short(item.question, 20) if item else ITEM_GONE} · {report.file} · {report.item_id}"
        ),
        "",
    ]
    lines += [f"· {text}" for text in report.texts[:10]] or [quiet("没有写说明。")]
    lines.append(quiet(f"{report.people} 人报，最早在 {first_on.isoformat()}。"))
    return "\n".join(lines)


def right(item: Item) -> str:
    if isinstance(item.answer, bool):
        return "对" if item.answer else "错"
    return "、".join(sorted(item.letters)) if item.letters else "、".join(item.accepted)


def ask_reply(outcome: str) -> str:
    """What the reporters will be told, unless something else is typed."""
    return f"会这样告诉报错的人：\n{quiet(OUTCOMES[outcome])}\n想换成自己的话，直接打字就行。"


def closed(reach: Reach) -> str:
    if not reach.people:
        return "已处理。报错的人已离开，没有送出。"
    if reach.is_held:
        return f"已处理，工作日 7:30 告诉 {reach.people} 个报错的人。"
    return f"已处理，告诉了 {reach.people} 个报错的人。"


def letter(question: str | None, words: str) -> str:
    """What one who reported receives."""
    about = f"：{quiet(short(question))}" if question else "。"
    return f"{_LETTER_HEAD}{about}\n\n{words}"


def short(text: str, limit: int = 50) -> str:
    """A question on one line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
