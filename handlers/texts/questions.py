"""Sentences of the questions that were passed on, for those who answer and those who asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.core.text import bold, quiet, quoted
from bot.services.gate import Reach
from bot.services.questions import Group

REFUSALS = {
    "question_personal": "这句话里有像证件号、学号或手机号的数字，我不存也不转。请去掉再问一次。",
    "question_too_long": "要转给管理员的话，请控制在 500 字以内。",
    "questions_too_many": "您转出的问题还有 {count} 条在等答复。等有了答复，再转新的。",
    "question_gone": "这个问题已经被提问的人撤回了。",
    "question_settled": "这个问题刚刚已经处理过了，提问的人都收到了答复。",
}

TITLE = "转来的问题"
EMPTY = "现在没有等答复的问题。"
TYPE = "打字回答"
PICK = "选一个条目"
DECLINE = "不回答"
WORDING = "生成 YAML"
BACK = "返回"
SEND = "发送"
NOTHING_FOUND = "没找到合适的条目。换几个字再找，或者返回后打字回答。"
DECLINED = "这个问题不在我能答复的范围里。如果着急，可以直接问学校或局里的负责人。"
YAML_READY = "问法已经写成 YAML，核对后放进 knowledge 里，保存就生效。"
ENTRY_GONE = "这一条刚刚更新过，请重新选。"
OF_A_COLLEAGUE = "管理员答复"
NO_TOPIC = "待填"


def listing(groups: Sequence[Group], total: int, offset: int) -> str:
    """A page of what waits."""
    if not groups:
        return EMPTY
    lines = [bold(f"{TITLE}（{total}）"), ""]
    for number, group in enumerate(groups, offset + 1):
        lines.append(f"{number}. {short(group.text)}{quiet(f'　{group.people} 人问')}")
    return "\n".join(lines)


def page(group: Group, asked_on: date) -> str:
    """One group: how it was asked, by how many, since when."""
    lines = [bold(group.text)]
    others = [wording for wording in group.wordings if wording != group.text]
    if others:
        lines += ["", "也有人这样问：", *(f"· {wording}" for wording in others[:8])]
    lines += [
        "",
        quiet(f"{group.people} 人问，最早在 {asked_on.isoformat()}。回答后每人收到一次。"),
    ]
    return "\n".join(lines)


def ask_answer(group: Group) -> str:
    head = f"回答{quoted(short(group.text))}。"
    return f"{head}\n请打字写答复，写明依据的文件和条款；发送前会先给您看一遍。"


def found(group: Group) -> str:
    head = f"用哪一条回答{quoted(short(group.text))}？"
    return f"{head}\n{quiet('都不合适就打几个字再找，也可以写文件加条号。')}"


def preview(group: Group, text: str) -> str:
    """What will go out, before it does."""
    tail = f"发给 {group.people} 个提问的人。要改就重新打字。"
    return "\n\n".join([quiet("将这样答复："), text, quiet(tail)])


def ask_reason(group: Group) -> str:
    """What will be said to those who asked, unless something else is typed."""
    head = f"不回答{quoted(short(group.text))}。想说明原因就直接打字；不打字，会这样告诉提问的人："
    return f"{head}\n{quiet(DECLINED)}"


def settled(reach: Reach) -> str:
    """What has become of the answer: sent, kept until the morning of a working day, or nothing."""
    if not reach.people:
        return "提问的人已离开，没有送出。"
    if reach.is_held:
        done = f"已记下，工作日 7:30 送达 {reach.people} 个提问的人，每人一次。"
    else:
        done = f"已发给 {reach.people} 个提问的人，每人一次。"
    return done + (f"另有 {reach.missed} 人已离开，没有送出。" if reach.missed else "")


def letter(asked: str, answer: str) -> str:
    """What one who asked receives."""
    return f"您问过：{quiet(short(asked))}\n\n{bold(OF_A_COLLEAGUE)}\n{answer}"


def letter_of_entry(asked: str, answer: str) -> str:
    return f"您问过：{quiet(short(asked))}\n\n{answer}"


def letter_of_decline(asked: str, reason: str) -> str:
    return f"您问过：{quiet(short(asked))}\n\n{reason}"


def short(text: str, limit: int = 60) -> str:
    """A wording on one line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
