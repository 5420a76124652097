"""Clauses as texts on quorum, votes and rhythm cite them: document, place in it, since when."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.text import titled
from bot.services.quorum import Clause

# Title and since when, as knowledge/sources.yaml has them: a test holds the two equal. They stand
# here because a chore that reminds somebody has no knowledge at hand.
SOURCES = {
    "branch-work-2018": ("中国共产党支部工作条例（试行）", "2018-10-28 起施行"),
    "admission-rules-2014": ("中国共产党发展党员工作细则", "2014年起施行"),
    "grassroots-election-2020": ("中国共产党基层组织选举工作条例", "2020-07-13 起施行"),
    "penalty-procedure-2022": ("中国共产党处分违纪党员批准权限和程序规定", "2022年9月起施行"),
    "principal-system-2022": (
        "关于建立中小学校党组织领导的校长负责制的意见（试行）",
        "2022-01-16 起施行",
    ),
}


def cited(clause: Clause) -> str:
    """《…》第十一条，2018-10-28 起施行"""
    return cited_all([clause])


def cited_all(clauses: Sequence[Clause]) -> str:
    """Several places of one document: 《…》第十一条、第十三条，2018-10-28 起施行"""
    title, since = SOURCES[clauses[0].source]
    places = "、".join(dict.fromkeys(clause.text for clause in clauses))
    return f"{titled(title)}{places}，{since}"
