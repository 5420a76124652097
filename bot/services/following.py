"""那初三呢: a question that is whole only with the one before it.

What was asked last is kept beside the open conversations, for some minutes, so that nothing that is
open knows of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.core.chat import Chat, State
from bot.core.wording import reads_as_question
from bot.services import answering, states
from bot.services.answering import Answered, Choice, Outcome, Unknown
from knowledge import canonical
from knowledge.live import Knowledge
from knowledge.schema import Entry

FRESH_FOR = timedelta(minutes=5)
_NAME = "asked.last"
_LONGEST_SUBJECT = 8
_HEAD = re.compile(
    r"^(?:那么?(?:要是|如果|假如|换成|换作|对于?)?|要是|如果|假如|换成|换作)(?:是|换成|换作)?"
    # 那个人, 那天, 如果说 and 如果不 begin something else.
    r"(?!个|些|天|样|边|种|位|时|里|儿|说|不|没)"
)
_POINTING = ("那", "这", "哪")
_TAIL = re.compile(r"的?(?:的话)?(?:呢|又怎么样|怎么样|怎样|行吗|可以吗|能吗)?$")
_CLAUSE = re.compile("第[0-9一二三四五六七八九十百]+条")
# Of words of one kind, one stands in the place of another: 初一 in what was asked, 初三 now.
_KINDS = tuple(
    kind.split()
    for kind in (
        "幼儿园 小学生 小学 初中生 初中 高中生 高中 大学生 中小学 中学 大学 高校 职高 中职"
        " 初一 初二 初三 高一 高二 高三 一年级 二年级 三年级 四年级 五年级 六年级 低年级 高年级"
        " 一二年级 一、二年级 三四年级 五六年级 小学一二年级",
        "老师 教师 班主任 校长 园长 书记 学生 家长 党员 预备党员 积极分子 保育员 代课老师 实习老师",
        "第一次 头一次 初次 第二次 第三次 再次",
        "警告 严重警告 记过 记大过 降级 撤职 开除 留党察看 撤销党内职务 开除党籍",
        "支部党员大会 党员大会 支部委员会 支委会 党小组会 党课 主题党日 组织生活会 民主生活会",
        "购物卡 红包 礼金 现金 礼品 礼物 土特产",
        "公办 民办",
    )
)


@dataclass(frozen=True)
class Following:
    """A short text as what it asks after the question before it, and what that comes to.

    `before` is what the next one may go on from.
    """

    text: str
    outcome: Outcome
    before: str


def keep(session: Session, owner: str, chat: Chat, text: str, *, at: datetime) -> None:
    """Remember what was asked last in this chat, and was understood."""
    states.save(session, owner, _where(chat), State(_NAME, {"text": text}), at=at)


def last(session: Session, owner: str, chat: Chat, *, at: datetime) -> str | None:
    """What was asked a moment ago in this chat."""
    state = states.load(session, owner, _where(chat))
    is_fresh = state and state.updated_at and at - state.updated_at <= FRESH_FOR
    return str(state.data["text"]) if state and is_fresh else None


def subject(text: str) -> str | None:
    """What a text asks about that is no question by itself: 初三 of 那初三呢."""
    words = canonical.plain(text)
    after = _HEAD.sub("", words, count=1)
    said = _TAIL.sub("", after, count=1)
    is_headed = after != words
    if not is_headed and (words[:1] in _POINTING or not words.endswith("呢")):
        return None
    is_whole = reads_as_question(f"{said}。。。")  # as long as a question must be
    return said if 2 <= len(said) <= _LONGEST_SUBJECT and not is_whole else None


def joined(before: str, about: str) -> str:
    """The question before, asked about something else.

    A word of the same kind makes room, or one that the new one ends with: 工资 for 绩效工资. What
    stands in no such place is said first.
    """
    if _CLAUSE.fullmatch(about) and _CLAUSE.search(before):
        return _CLAUSE.sub(about, before, count=1)
    for kind in _KINDS:
        new = _longest(kind, about)
        old = _longest([word for word in kind if word != new], before)
        if new and old:
            return before.replace(old, about, 1)
    for start in range(1, len(about) - 1):
        if about[start:] in before and about not in before:
            return before.replace(about[start:], about, 1)
    return f"{about}，{before}"


def understand(
    knowledge: Knowledge, text: str, before: str | None, alone: Outcome, on: date
) -> Following | None:
    """The text as one that goes on from the question before; None where it stands alone.

    An entry that never names what is asked about now is offered, not given as the answer.
    """
    about = subject(text) if before else None
    if before is None or about is None or not _lacks_something(alone):
        return None
    whole = joined(before, about)
    judged = answering.hits(knowledge, whole, on)
    outcome = judged.outcome
    if isinstance(outcome, Answered) and not _names(outcome.entry, about):
        outcome = answering.offered(knowledge, judged.hits)
    is_better = isinstance(alone, Unknown) or isinstance(outcome, Answered | Choice)
    following = before if whole.startswith(f"{about}，") else whole
    return Following(whole, outcome, following) if is_better else None


def _lacks_something(alone: Outcome) -> bool:
    return isinstance(alone, Unknown) or (isinstance(alone, Choice) and alone.why == "close")


def _names(entry: Entry, about: str) -> bool:
    told = (entry.title, *entry.ask, entry.answer, entry.clause)
    return about in canonical.plain("".join(told))


def _longest(words: Sequence[str], text: str) -> str:
    return max((word for word in words if word in text), key=len, default="")


def _where(chat: Chat) -> str:
    return f"asked:{states.scope(chat)}"
