"""Clauses as texts on quorum, votes and rhythm cite them: title of the document, place in it."""

from __future__ import annotations

from bot.core.text import titled
from bot.services.quorum import Clause

# As knowledge/sources.yaml has them; a test holds the two equal.
TITLES = {
    "branch-work-2018": "中国共产党支部工作条例（试行）",
    "admission-rules-2014": "中国共产党发展党员工作细则",
    "grassroots-election-2020": "中国共产党基层组织选举工作条例",
    "penalty-procedure-2022": "中国共产党处分违纪党员批准权限和程序规定",
    "principal-system-2022": "关于建立中小学校党组织领导的校长负责制的意见（试行）",
}


def cited(clause: Clause) -> str:
    return f"{titled(TITLES[clause.source])}{clause.text}"
