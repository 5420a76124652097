"""A case as a notice: what happened, against what, what follows."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.text import bold, quiet, titled
from knowledge.cases_schema import Case

REFUSALS: dict[str, str] = {}

BACK = "返回"
NONE = "知识库里还没有案例。案例写在 knowledge/cases 文件夹里。"
GONE = "这个案例已经不在知识库里了。"


def listing(cases: Sequence[Case], offset: int) -> str:
    lines = [
        f"{number}. {case.title}（{case.category}）"
        for number, case in enumerate(cases, offset + 1)
    ]
    hint = quiet("点一个，会写成一份通知草稿，发给谁由您定。案例不写人名、校名。")
    return "\n".join([bold("典型案例"), *lines, hint])


def notice(case: Case, titles: tuple[str, str]) -> str:
    """`titles`: of the document that was broken, and of the one by which it is dealt with."""
    against, by = titles
    return "\n".join(
        [
            f"典型案例：{case.title}",
            f"经过：{case.happened}",
            f"违反：{titled(against)}{case.clause}",
            f"后果：{case.follows}（{titled(by)}{case.follows_clause}）",
            f"记住：{case.remember}",
        ]
    )
