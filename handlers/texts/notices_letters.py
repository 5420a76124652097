"""A notice as people get it: itself, its correction, the reminder, the confidential one."""

from __future__ import annotations

from datetime import datetime

from bot.core.text import bold, quiet, quoted
from bot.services.notices import Notice
from handlers.texts.notices import when

REFUSALS: dict[str, str] = {}

RECEIVED, FILES = "收到", "看附件"
_TITLES = {"plain": "通知", "receipt": "通知（请确认）", "urgent": "紧急通知"}
_EXCERPT = 20


def letter(notice: Notice, origin: str) -> str:
    title = _TITLES[notice.kind]
    lines = [bold(f"更正：{title}" if notice.version > 1 else title)]
    if notice.version > 1:
        lines.append(f"改了：{notice.changed}。前一份不用再看，以下面为准。")
    lines += [notice.text, ""]
    if notice.wants_receipt:
        lines.append(_ask(notice))
        lines += ["已经点过的，不用再点。"] if notice.version > 1 else []
    return "\n".join([*lines, quiet(_from(notice, origin))])


def confidential(notice: Notice, origin: str) -> str:
    """Says when, where and whom to see, and nothing of what it is about."""
    lines = [
        bold("专送给您本人"),
        f"请您在{bold(meets(notice))}到{bold(notice.said['place'])}，找{bold(notice.said['whom'])}。",
        _ask(notice),
        quiet("具体的事当面说。这条只发给您，请不要转发。"),
        quiet(_from(notice, origin)),
    ]
    return "\n".join(lines)


def meets(notice: Notice) -> str:
    """When the person of a confidential notice is to come."""
    return when(datetime.fromisoformat(str(notice.said["when"])))


def nudge(notice: Notice, origin: str, *, at: datetime) -> str:
    is_due = notice.due_at is not None and notice.due_at <= at
    due = f"，{when(notice.due_at)}前都可以" if notice.due_at and not is_due else ""
    if notice.is_confidential:
        return f"有一条专送给您的通知还没有点“收到”{due}。内容见前面那条。"
    return "\n".join(
        [
            f"{quoted(excerpt(notice))}这条通知，您看过的话请点一下“收到”{due}。",
            quiet(_from(notice, origin)),
        ]
    )


def gone(notice: Notice) -> str:
    """For those whose message could not be taken out of the chat."""
    if notice.is_confidential:
        return "前面专送给您的那条通知已经撤回，不用再去了。"
    return f"前面的通知{quoted(excerpt(notice))}已经撤回，请不要再按它办。"


def unconfirmed_confidential(name: str) -> str:
    return f"您专送给{name}的通知，到期还没有确认。请用别的办法联系本人。"


def excerpt(notice: Notice) -> str:
    """The beginning of a notice, by which people know it again."""
    if notice.is_confidential:
        return "专送给您本人"
    line = notice.text.strip().splitlines()[0] if notice.text.strip() else ""
    return line if len(line) <= _EXCERPT else f"{line[:_EXCERPT]}…"


def _ask(notice: Notice) -> str:
    until = f"请在{when(notice.due_at)}前" if notice.due_at else "看过请"
    asks = f"，并答一句：{notice.asks}" if notice.asks else ""
    return f"{until}点“收到”{asks}"


def _from(notice: Notice, origin: str) -> str:
    return f"{origin}　{notice.sender}".strip()
