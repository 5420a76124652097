"""What every feature about people says: somebody not found, or not one's own to decide about."""

from __future__ import annotations

REFUSALS = {
    "member_unknown": "在您负责的单位里没有找到“{text}”。请核对姓名，或改用工号。",
    "member_ambiguous": "叫“{text}”的不止一位，请改用工号：{numbers}。",
    "member_gone": "花名册里没有这个人，或者已经离开。",
    "not_your_person": "这个人不在您负责的单位里。",
    "not_your_unit": "这个单位不由您负责。",
    "house_is_demo": "这是内置的演示数据库。请用 MUDUO_DATA 换一个文件夹，再运行 init。",
    "house_not_empty": "这个数据库里已经有人员，不能再初始化。",
    "founder_unreadable": "教育局名称、姓名、工号都要写。工号只用字母、数字、横线，最多 32 位。",
    "unit_gone": "没有这个单位，或者已经撤销。",
}
