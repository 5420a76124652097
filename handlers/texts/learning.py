"""Sentences of what was asked without an answer, for the administrators who add what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.core.text import bold, quiet, quoted
from bot.services.additions import Addition
from bot.services.learning import Proposal

REFUSALS = {
    "proposal_settled": "这个问题已经有人处理过了，或者已经过期删掉了。",
    "phrasing_taken": "这句问法已经属于《{title}》，一句问法只能归一个条目。",
    "phrasing_known": "这句问法，这个条目里已经有了，不用再加。",
    "title_taken": "这个标题和《{title}》的标题或问法一样。请换一个，或者把问法加到那一条。",
    "addition_no_entry": "这个条目刚刚更新过，或者它依的文件已经失效，请重新选。",
    "addition_no_source": "这份文件现在不施行，不能作依据，请换一份。",
    "addition_empty": "这条里没有读到文字，请再打一次。",
    "addition_too_long": "请控制在 {most} 字以内，再打一次。",
    "addition_personal": "这里面有像证件号、学号或手机号的数字，不能收。请去掉再打一次。",
    "addition_ended": "这一条已经撤销，或者已经并进知识库文件了。",
}

TITLE = "没答上的问题"
EMPTY = "现在没有要补的问法。"
SEARCH = "找别的条目"
WRITE = "写一个新条目"
REWORD = "改一改问法"
DISMISS = "不用加"
BACK = "返回"
UNDO = "撤销"
ADDED = "补充过的"
ADDED_TITLE = "聊天里补充的"
NOTHING_ADDED = "聊天里还没有补充过问法或条目。"
NOTHING_FOUND = "没找到合适的条目。换几个字再找，或者返回后写一个新条目。"
DISMISSED = "好，不加。以后再有人这样问，也不再提议。"
UNDONE = "已撤销，几秒后不再起作用。原来的问题回到“没答上的问题”里。"
_SHOWN = 8


def listing(proposals: Sequence[Proposal], total: int, offset: int) -> str:
    """A page of what could be added."""
    if not proposals:
        return EMPTY
    lines = [bold(f"{TITLE}（{total}）"), ""]
    for number, each in enumerate(proposals, offset + 1):
        often = quiet(f"　{each.people} 人问了 {each.questions} 次")
        lines.append(f"{number}. {short(each.text)}{often}")
    return "\n".join(lines)


def page(proposal: Proposal, text: str, first_on: date, answered: str | None) -> str:
    """One proposal: the wording to add, how else it was asked, and what is answered by now."""
    lines = [bold(text)]
    others = [wording for wording in proposal.wordings if wording != text]
    if others:
        lines += ["", "也有人这样问：", *(f"· {wording}" for wording in others[:_SHOWN])]
    often = f"{proposal.people} 人问了 {proposal.questions} 次，最早在 {first_on.isoformat()}。"
    lines += ["", quiet(f"{often}只留了文字，不留名字。")]
    if answered:
        lines.append(f"现在这样问，会答《{answered}》。")
    lines.append("把这句问法加到哪一条？点一下就加上，加错了可以撤销。")
    return "\n".join(lines)


def add_to(number: int, title: str) -> str:
    return f"{number}. 加到《{title}》"


def found(text: str) -> str:
    return f"{quoted(short(text))}加到哪一条？\n{quiet('都不合适就打几个字再找。')}"


def ask_search(text: str) -> str:
    return f"{quoted(short(text))}该归哪一条？打几个字找，也可以写文件加条号。"


def ask_words(text: str) -> str:
    return f"现在是{quoted(short(text))}。想改成什么样，直接打字；还没有加上，可以再看一遍。"


def added(title: str) -> str:
    return f"已加到《{title}》。几秒后，这样问就能答上。"


def additions(found: Sequence[tuple[Addition, str]], total: int, offset: int) -> str:
    """A page of what was added, each with its entry's title."""
    if not found:
        return NOTHING_ADDED
    lines = [bold(f"{ADDED_TITLE}（{total}）"), ""]
    for number, (each, title) in enumerate(found, offset + 1):
        lines.append(f"{number}. {short(_what(each, title), 80)}")
    return "\n".join(lines)


def addition(found: Addition, title: str, made_on: date) -> str:
    """One addition: what, by whom and when."""
    by = found.made_by or "命令行"
    return f"{_what(found, title)}\n{quiet(f'{by}，{made_on.isoformat()}')}"


def short(text: str, limit: int = 60) -> str:
    """A wording on one line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _what(found: Addition, title: str) -> str:
    if found.kind == "entry":
        return f"新条目《{found.text}》"
    return f"问法{quoted(found.text)}，加在《{title}》"
