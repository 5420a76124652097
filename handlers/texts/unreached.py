"""Sentences about people whom messages do not reach."""

from __future__ import annotations

from collections.abc import Sequence

REFUSALS: dict[str, str] = {}
_NAMED = 5


def told(names: Sequence[str]) -> str:
    """One line for the person responsible."""
    named = "、".join(names[:_NAMED])
    more = f" 等 {len(names)} 位" if len(names) > _NAMED else ""
    return f"本周有消息没能送到{named}{more}，请当面告诉他们：给木铎发一句话就能恢复。"
