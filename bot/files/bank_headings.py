"""The columns of a bank of questions as a table: names, what goes in, other names people use."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from knowledge.answers import LETTERS

SHEET = "题目"


@dataclass(frozen=True)
class Column:
    """One column; `part` is the name in a Draft."""

    name: str
    part: str
    width: int
    meant: str
    example: str = ""
    others: tuple[str, ...] = ()
    is_needed: bool = False


def _option(letter: str) -> Column:
    meant = "选择题和情景题填，至少两个，依次填，中间不空" if letter == "A" else ""
    return Column(
        f"选项{letter}", f"options.{letter}", 22, meant, others=(letter, f"选项 {letter}")
    )


COLUMNS = (
    Column(
        "题型", "kind", 10, "单选题、多选题、判断题、填空题、情景题", "单选题", ("类型",),
        is_needed=True,
    ),
    Column("难度", "difficulty", 8, "1 易、2 中、3 难；空着按导入时给的计", "2", ("难易度",)),
    Column(
        "题目", "question", 44, "题干。填空题用 ____ 表示空", "家长送的购物卡怎么处理？",
        ("题干", "试题", "问题"), is_needed=True,
    ),
    *map(_option, LETTERS),
    Column(
        "答案", "answer", 12,
        "选择题写字母，多选写 AC；判断题写 对 或 错；填空题把可接受的写法都列出，用；隔开",
        "B", ("正确答案", "标准答案", "参考答案"), is_needed=True,
    ),
    Column(
        "解析", "explanation", 44, "为什么这样答，人们常错在哪里", "规定第一条不许收受礼品。",
        ("解释", "答案解析", "试题解析"),
    ),
    Column(
        "来源", "source", 24, "所依文件：sources.yaml 里的 id、简称或全名",
        "新时代中小学教师职业行为十项准则", ("文件", "依据", "出处"),
    ),
    Column("条款", "clause", 16, "第几条第几款", "第九项", ("条文",)),
    Column("主题", "topic", 14, "练习时选的主题", "礼品礼金", ("专题", "分类")),
    Column(
        "条目标题", "title", 24, "标题相同（来源和主题也相同）的题归入同一个条目；可以空着",
        "购物卡能不能收", ("条目", "标题"),
    ),
    Column(
        "问法", "asks", 36, "人们会怎么问这件事，几句用；隔开；可以空着",
        "家长硬塞的购物卡退不回去咋办；能收卡吗",
    ),
    Column("编号", "id", 20, "小写英文、数字和连字符；可以空着，会自动取", "", ("题号", "id")),
    Column(
        "数值", "numbers", 16, "填空题另可按数值判分：数和单位，几个用；隔开；可以空着",
        "24 个月；2 年",
    ),
)  # fmt: skip


class Unheaded(Exception):  # noqa: N818 - not an error of the program but a finding about a file
    """The first row isn't the headings; `said` has column and sentence of each fault."""

    def __init__(self, said: list[tuple[int, str]]) -> None:
        super().__init__(said)
        self.said = said


def headings_of(values: Sequence[object]) -> Mapping[int, Column]:
    """Which column stands where, from 1. Raises Unheaded with all that is wrong."""
    found: dict[int, Column] = {}
    said: list[tuple[int, str]] = []
    first: dict[str, int] = {}
    for index, value in enumerate(values, 1):
        if value is None:
            continue
        column = _BY_NAME.get(_folded(str(value)))
        if column is None:
            said.append((index, _unknown(str(value).strip())))
        elif column.part in first:
            said.append((index, f"“{column.name}”一列出现了两次，请删去一列或改名"))
        else:
            found[index] = column
            first[column.part] = index
    missing = [each.name for each in COLUMNS if each.is_needed and each.part not in first]
    if missing:
        said.insert(
            0, (0, f"第一行应为表头，缺少：{'、'.join(missing)}。可先用 bank template 得到模板")
        )
    if said:
        raise Unheaded(said)
    return found


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).lower().split()).strip("*:")


_BY_NAME = {_folded(name): column for column in COLUMNS for name in (column.name, *column.others)}


def _unknown(text: str) -> str:
    if text.startswith("选项"):
        return f"“{text[:20]}”：选项最多 {len(LETTERS)} 个（选项A 到 选项{LETTERS[-1]}）"
    near = get_close_matches(text, [column.name for column in COLUMNS], n=1, cutoff=0.5)
    meant = f"是不是“{near[0]}”？" if near else "请删去这一列，或改成模板里的列名"
    return f"不认识的列“{text[:20]}”，{meant}"
