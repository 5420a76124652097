"""Sentences of plans: what there is to study, that it is done, how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.core.text import bold, quiet, titled
from bot.services.plans import Batch, Task
from bot.services.progress import Person, Progress
from handlers.texts.citation import cite
from knowledge.library import Library
from knowledge.reminders_schema import Content

REFUSALS = {
    "plan_over": "这一项已经结束，或者不在您的学习安排里，不用再管它。",
    "plan_by_quiz": "这一项答几道小题就算完成，请点“答题”。",
    "plan_undo_late": "已经过了可以撤销的五分钟。记错了的话，请联系支部书记。",
}

MINE = "我的学习"
BACK = "返回"
SEEN, DID = "看过了", "做好了"
UNDO = "记错了，撤销"
LIST = "看清单"
MORE = "再答一次"
WATCH, OPEN_LINK = "看片", "打开链接"
NOTHING = "现在没有要学的，也没有要补的。"
UNDONE = "好，已撤销。什么时候看都行。"
NO_PLANS = "现在没有进行中的学习计划。"
NOBODY_LEFT = "本支部的人都完成了。"
_SHOWN = 30


def quiz(count: int) -> str:
    return f"答 {count} 道小题"


def page(content: Content, title: str, library: Library, on: date) -> list[str]:
    """What hangs on a rule or item, in lines: the entry to read, the film, the clause."""
    lines: list[str] = []
    entry = library.entries.get(content.entry or "")
    source = library.sources[entry.source] if entry else None
    if entry and source and source.holds_on(on):  # a repealed rule is never given
        heading = [] if entry.title == title else [bold(entry.title)]
        lines += ["", *heading, entry.answer, cite(source.title, entry.clause, source.since)]
    if content.film:
        lines.append(f"片名：{titled(content.film.title)}")
    own = library.sources.get(content.source or "")
    if own and own.holds_on(on):
        lines.append(cite(own.title, content.clause or "", own.since))
    return lines


def task(task: Task, library: Library, on: date) -> str:
    """One thing to do, with all that hangs on it."""
    lines = [bold(task.item.title)]
    if task.unit:
        lines.append(quiet(task.unit))
    lines += [filled(task.item.text, task.batch), *page(task.item, task.item.title, library, on)]
    if task.done:
        lines += ["", done_line(task)]
    else:
        lines += ["", quiet(until(task.batch))]
        if task.item.quiz:
            lines.append(quiet("题目的对错只有您自己看得到。"))
    return "\n".join(lines)


def mine(tasks: Sequence[Task]) -> str:
    """All that somebody is asked to do these days."""
    if not tasks:
        return NOTHING
    lines = [bold(MINE)]
    for number, each in enumerate(tasks, 1):
        where = f"（{each.unit}）" if each.unit else ""
        lines.append(f"{number}. {each.item.title}{where}")
        lines.append(quiet(f"　{done_line(each) if each.done else until(each.batch)}"))
    return "\n".join(lines)


def done(title: str) -> str:
    return f"✓ 记下了：{title}。这件事不会再提醒您。"


def passed(title: str) -> str:
    return f"✓ 完成了：{title}。这件事不会再提醒您。"


def not_passed(right: int, total: int) -> str:
    return f"{total} 题答对 {right} 题，还差一点。看看上面的说明，什么时候再答都行。"


def done_line(task: Task) -> str:
    how = {"receipt": "已完成", "quiz": "已答题完成", "meeting": "在会上一起完成了"}
    return f"✓ {how[task.done.how]}" if task.done else ""


def until(batch: Batch) -> str:
    return f"不急，{day(batch.last)}前都行。"


def day(on: date) -> str:
    return f"{on.month}月{on.day}日"


def filled(text: str, batch: Batch) -> str:
    return text.replace("{until}", day(batch.last))


def overview(found: Sequence[Progress]) -> str:
    """How far the plans of these days have come, in counts."""
    if not found:
        return NO_PLANS
    lines = [bold("学习进度"), ""]
    for number, each in enumerate(found, 1):
        lines.append(f"{number}. {title_of(each.batch)}")
        lines.append(quiet(f"　{counted(each)}，到 {day(each.batch.last)}"))
    return "\n".join(lines)


def progress(found: Progress, people: Sequence[Person], *, has_branch: bool) -> str:
    """One plan: the count, and who of one's own branch has it still before them."""
    lines = [bold(title_of(found.batch)), f"{counted(found)}，到 {day(found.batch.last)}。"]
    if has_branch and found.batch.plan.per == "person":
        lines += ["", *_left(people)]
    lines += ["", quiet("只记完成没有，不计时长，不排名，也不作考核。")]
    return "\n".join(lines)


def title_of(batch: Batch) -> str:
    return batch.title


def counted(found: Progress) -> str:
    kind = "个支部" if found.batch.plan.per == "unit" else "人"
    return f"{found.of} {kind}，{found.done} {kind}已完成"


def _left(people: Sequence[Person]) -> list[str]:
    if not people:
        return [NOBODY_LEFT]
    names = "、".join(person.name for person in people[:_SHOWN])
    rest = f" 等 {len(people)} 人" if len(people) > _SHOWN else ""
    return [f"本支部还没来得及的（只有您看得到）：{names}{rest}"]
