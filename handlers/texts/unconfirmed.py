"""Sentences of who has not confirmed a notice, for those who answer for the people."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.text import bold, quiet, quoted
from bot.services.notices import Notice
from bot.services.unconfirmed import Names
from handlers.texts.notices import when
from handlers.texts.notices_letters import excerpt

REFUSALS: dict[str, str] = {}

SEE = "看未确认"
NOBODY = "您负责的人里，现在没有要确认而没确认的。"
_NOTE = "只有您看得到自己负责的人。方便时问一声就行，不用转发。"
_NAMED = 40


def told(notice: Notice, found: Names) -> str:
    """For one who answers for them, when the sender asks for it or it is due."""
    count = len(found.open) + len(found.unreached)
    return "\n".join(
        [
            f"通知{quoted(excerpt(notice))}，您负责的人里有 {count} 位还没有确认：",
            *_lines(found),
            quiet(_NOTE),
        ]
    )


def listed(found: Sequence[tuple[Notice, Names]]) -> str:
    """All open notices with one's own people who have not confirmed them."""
    if not found:
        return NOBODY
    lines = [bold("还没有确认的")]
    for number, (notice, names) in enumerate(found, 1):
        due = f"，{when(notice.due_at)}前" if notice.due_at else ""
        lines += [f"{number}. {quoted(excerpt(notice))}{due}", *_lines(names)]
    return "\n".join([*lines, quiet(_NOTE)])


def _lines(found: Names) -> list[str]:
    lines = [_named(found.open)] if found.open else []
    if found.unreached:
        lines.append(f"没送到、要另外告诉的：{_named(found.unreached)}")
    return lines


def _named(names: Sequence[str]) -> str:
    more = f" 等 {len(names)} 位" if len(names) > _NAMED else ""
    return "、".join(names[:_NAMED]) + more
