"""What every feature about people says: somebody not found, or not one's own to decide about."""

from __future__ import annotations

REFUSALS = {
    "member_unknown": "在您负责的单位里没有找到“{text}”。请核对姓名，或改用工号。",
    "member_ambiguous": "叫“{text}”的不止一位，请改用工号：{numbers}。",
    "member_gone": "花名册里没有这个人，或者已经离开。",
    "not_your_person": "这个人不在您负责的单位里。",
    "not_your_unit": "这个单位不由您负责。",
    "unit_gone": "没有这个单位，或者已经撤销。",
}
