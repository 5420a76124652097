"""Kinds of meetings and what came of a person, as chat, files and screen name them."""

from __future__ import annotations

KINDS = {
    "congress": "支部党员大会",
    "committee": "支委会",
    "group": "党小组会",
    "lecture": "党课",
    "party_day": "主题党日",
    "life": "组织生活会",
    "appraisal": "民主评议党员",
    "training": "培训",
    "joint": "结对共建",
    "other": "其他会议",
}
PURPOSES = {
    "plain": "一般议题",
    "admission": "接收预备党员",
    "conversion": "预备党员转正",
    "discipline": "党纪处分",
    "election": "换届选举",
    "appointment": "干部任免等重要事项",
}
VOTES = {**PURPOSES, "committee": "支委会议题"}
STATUSES = {
    "present": "到会",
    "late": "迟到",
    "leave": "请假",
    "absent": "缺席",
    "guest": "列席",
    "none": "未记",
}
REASONS = {  # of leave and absence; health is never asked for
    "duty": "公出",
    "class": "课务",
    "private": "事假",
    "family": "家事",
    "other": "其他",
}
