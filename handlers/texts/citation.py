"""How a source is named: document, clause, and the day from which it holds, in one line."""

from __future__ import annotations

from bot.core.text import quiet, titled


def cite(title: str, clause: str, since: str, note: str = "") -> str:
    """One quiet line with a note: 《…》第…条，2018-11-08 起施行（出处待核对）.

    `since` is what `Source.since` says.
    """
    return quiet(f"{titled(title)}{clause}，{since}{note}")
