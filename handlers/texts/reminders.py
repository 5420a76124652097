"""Sentences of reminders: the messages, and what administrators see of those to come."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.clock import local_day
from bot.core.moments import when
from bot.core.text import bold, quiet
from bot.services.firings import Firing, Saying
from bot.services.missed import Missed
from bot.services.plans import Batch
from bot.services.reminders import Held, Prospect
from handlers.texts import plans
from knowledge.library import Library

REFUSALS = {
    "reminder_gone": "这条提醒已经不在规则里了。",
    "reminder_past": "这个时间已经过去了，请往后挑。",
    "reminder_too_far": "不能再往后了，到那天说这件事已经没有用。",
    "reminder_over": "这条已经发出，或者已经过时，不能再改。",
    "reminder_not_yours": "提醒是发给全区的，只有教育局的管理员能改。",
    "reminders_faulty": "提醒规则里有几处发不到人。请改规则文件，或核对花名册：\n{faults}",
    "reminders_termless": "有提醒按学期发，但还没有设学期。请设 MUDUO_TERMS，例如 {example}。",
}

AGAIN = "还没来得及的话，抽空就好；已经一起看过、学过的，不用再管。"
AGAIN_LIST = "清单里还有没做的，有空点开看看；已经做了的，点一下就记上了。"
_NAMED = 5
TITLE = "接下来的提醒"
NOTHING = "接下来 {days} 天没有要发的提醒。"
SKIP, RESTORE, BACK = "跳过这次", "恢复原样", "返回"
EARLIER, LATER, NEXT_WEEK = "提前一天", "推后一天", "推后一周"
TERMLESS = "有提醒按学期发，但还没有设学期（MUDUO_TERMS），所以没有列出。"
_STATES = {
    "posting": "正在发",
    "posted": "已发出",
    "missed": "当时没有运行，错过了",
    "skipped": "已跳过，不发",
    "moved": "已改时间",
}
_REASONS = {
    "quiet": "免打扰时段，顺延",
    "day_off": "那天休息，顺延",
    "wish": "本人选了别的时间",
    "cap_day": "当天已有一条，顺延",
    "cap_week": "一周内已有三条，顺延",
    "joins": "和别的消息合成一条",
    "queued": "排队中",
    "paused": "平台连不上，通了就发",
    "retry": "平台暂时收不下，会再试",
}


def message(saying: Saying, library: Library) -> str:
    """What people get."""
    on = local_day(saying.occasion.due_at)
    subject = saying.subject
    if isinstance(subject, Batch):
        return _of_batch(saying, subject, library)
    hung = plans.page(subject, subject.title, library, on)
    return "\n".join([bold(subject.title), filled(subject.text, saying), *hung])


def filled(text: str, saying: Saying) -> str:
    about = saying.occasion.about
    last = plans.day(about) if about else ""
    return text.replace("{festival}", saying.occasion.name).replace("{until}", last)


def _of_batch(saying: Saying, batch: Batch, library: Library) -> str:
    on = local_day(saying.occasion.due_at)
    head = bold(saying.title)
    is_first = saying.occasion.is_opening
    if len(batch.items) > 1:
        points = [f"· {item.title}" for item in batch.items]
        said = batch.plan.text if is_first else AGAIN_LIST
        return "\n".join([head, said or "", *points, "", quiet(plans.until(batch))])
    item = batch.lead
    text = item.text if is_first else AGAIN
    lines = [head, plans.filled(text, batch), *plans.page(item, item.title, library, on)]
    return "\n".join([*lines, "", quiet(plans.until(batch))])


def listing(
    coming: Sequence[Prospect], held: Sequence[Held], days: int, at: tuple[int, int]
) -> str:
    """A page of what is to come; `at` is (offset, total)."""
    offset, total = at
    parts = (
        [bold(f"{TITLE}（{days} 天，共 {total} 条）"), ""]
        if coming
        else [NOTHING.format(days=days)]
    )
    for number, each in enumerate(coming, offset + 1):
        parts.append(f"{number}. {when(each.firing.due_at)}　{each.firing.saying.title}")
        parts.append(quiet(f"　{fate(each)}"))
    if held:
        parts += ["", bold("已排队，还没发出")]
        parts += [f"· {held_back(each)}" for each in held]
    return "\n".join(parts)


def missed(found: Missed) -> str:
    """One line for the administrators; what is of no use any more is past, and said to be."""
    titles = list(dict.fromkeys(each.saying.title for each in found.firings))
    named = "、".join(titles[:_NAMED]) + (f" 等 {len(titles)} 种" if len(titles) > _NAMED else "")
    late = len(found.useful)
    rest = f"其中 {late} 条现在发还有用。" if late else "现在都已过时，不用补。"
    return f"有 {len(found.firings)} 条提醒到点时木铎没有运行，没有发出：{named}。{rest}"


def send_late(count: int) -> str:
    return f"现在补发 {count} 条"


def sent_late(found: Sequence[Firing]) -> str:
    if not found:
        return "没有要补发的了：已经补发过，或者已经过时。"
    titles = "、".join(each.saying.title for each in found)
    return f"好，这就补发：{titles}。休息时间和每人每天的条数照样算，已经做了的不会收到。"


def held_back(held: Held) -> str:
    why = _REASONS.get(held.reason, "稍后再发")
    return f"{held.title}：{held.people} 人，{why}（最早 {when(held.until)}）"


def fate(found: Prospect) -> str:
    """To how many it goes, and what holds it back."""
    if not found.people:
        return "，".join(["现在没有要发的人", *_why(found)])
    return "，".join([f"{found.people} 人", *_why(found)])


def why(found: Prospect) -> str:
    """What holds it back, if anything does."""
    return "，".join(_why(found))


def _why(found: Prospect) -> list[str]:
    said: list[str] = []
    if found.missed:
        said.append(f"其中 {found.missed} 人还没绑定或送不到")
    state = found.firing.state
    if state:
        said.append(_STATES[state])
    elif found.opening.reason:
        said.append(f"{_REASONS[found.opening.reason]}到 {when(found.opening.at)}")
    return said


def page(found: Prospect, text: str) -> str:
    """One coming reminder with its words."""
    saying = found.firing.saying
    head = [bold(saying.title), f"{when(found.firing.due_at)}　{fate(found)}"]
    if saying.occasion.name:
        head.append(quiet(f"为 {saying.occasion.name}"))
    return "\n".join([*head, "", quiet("内容："), text])
