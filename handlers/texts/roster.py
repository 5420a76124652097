"""Sentences of the roster: what a file would change, what is wrong with it, how it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.chat import File
from bot.core.text import bold, quiet
from bot.files import workbook
from bot.files.roster_sheet import Fault
from bot.files.roster_xlsx import KINDS, NATURES, STATUSES
from bot.services.roster import Job
from bot.services.roster_plan import Plan

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REFUSALS = {
    "roster_unusable": "{reason}。",
    "roster_not_text": "这份 CSV 读不出来。请用 UTF-8 或 GBK 编码另存一次，或改用 .xlsx 模板。",
    "roster_wrong_sheet": "没有找到“人员”表，文件里有：{sheets}。请把人员所在的表改名为“人员”。",
    "roster_no_headings": "“{sheet}”表的前几行里没有找到表头。请用 /roster 里的模板，表头不要改。",
    "roster_column_twice": "“{sheet}”表里“{column}”这一列出现了两次，请删掉一列。",
    "roster_column_missing": "“{sheet}”表缺少这几列：{columns}。",
    "roster_too_many_rows": "超过了 {limit} 行，没有读取。请拆成几个文件。",
    "roster_has_identity": (
        "“{sheet}”表第 {row} 行第 {column} 列像是身份证号或学籍号。"
        "木铎不收这类号码，文件已退回，没有保存。请删掉这个号码再发；整列都是的话，删掉这一列。"
    ),
    "roster_gone": "这次导入已经结束或被新的文件取代。请重新发送文件。",
    "roster_busy": "另一份花名册正在导入，请等它完成再确认。",
    "roster_changed_since": "预览之后花名册又有变动。请重新发送文件，再看一次预览。",
    "roster_leaves_nobody": "这样会让教育局没有管理员。请先在文件里补上至少一位管理员。",
    "roster_takes_you": (
        "文件里没有您自己，标记离开会收走您自己的权限，所以没有执行。请核对文件是不是少了人。"
    ),
    "roster_takes_too_many": (
        "文件里没有的有 {count} 位，占现有 {present} 位的两成以上，多半是文件不全，不能标记离开。"
        "请核对文件；确实要这样做，请在服务器上运行 roster import 文件 --leavers --yes。"
    ),
}
FAULTS = {
    "required": "必填，这里是空的",
    "too_long": "太长了，请缩短",
    "formula": "是公式或错误值，请改成直接填写的内容",
    "number_is_phone": "像是手机号，不能当工号",
    "number_wrong": "“{value}”不能作工号，只能用字母、数字、横线，最多 32 位",
    "number_twice": "和第 {row} 行的工号重复",
    "number_elsewhere": "这个工号属于您负责范围以外的单位，请联系教育局管理员",
    "status_unknown": "“{value}”不认识，请填正式党员、预备党员、积极分子或非党员",
    "vote_unknown": "“{value}”不认识，请填是或否",
    "vote_wrong": "只有正式党员有表决权",
    "unit_unknown": "没有“{value}”这个单位",
    "unit_not_yours": "“{value}”不由您负责",
    "group_without_branch": "填了党小组，但没有填党支部",
    "units_not_yours": "单位由教育局管理员增改，请去掉“单位”表里的变动",
    "unit_twice": "和第 {row} 行是同一个单位",
    "kind_unknown": "“{value}”不认识，请填局、学校、党委、总支、支部或党小组",
    "nature_unknown": "“{value}”不认识，请填公办或民办",
    "nature_wrong": "只有学校填性质",
    "parent_wrong": "“{value}”不能作它的上级",
    "parent_circle": "上级绕了一圈又回到自己",
    "bureau_twice": "只能有一个局",
    "covers_wrong": "只有党组织填覆盖学校",
}
_CHANGES = {"added": "新增", "changed": "更改", "moved": "调动", "returned": "恢复"}
_COUNTED = (
    ("added", "新增"),
    ("changed", "更改"),
    ("moved", "调动"),
    ("returned", "恢复"),
    ("unchanged", "不变"),
    ("units_added", "新增单位"),
    ("units_changed", "更改单位"),
)
_LISTED = 8
_ROLES_LISTED = 15
_ROLES = {"secretary": "书记", "administrator": "管理员"}
Lost = tuple[str, str, str, str]  # number, name, role, unit

HELP = "\n".join(
    [
        bold("花名册"),
        "把填好的 .xlsx 或 .csv 文件直接发给我，我先列出新增、变动和问题，您确认后才写入。",
        quiet("请不要包含身份证号和学籍号；手机号不会保存。"),
    ]
)
TEMPLATE = "下载模板"
TEMPLATE_WORD = "花名册模板"
EXPORT = "导出花名册"
START = "确认导入"
START_WITH_LEAVERS = "导入，并标记离开的人"
MARK = "确认导入并标记"
CANCEL = "取消"
NO_LONGER_ASKED = "这份预览已经取消或过了时间，什么都没有变。要导入的话，请重新发送文件。"
PROGRESS = "看看进度"
CANCELLED = "这次导入已取消，什么也没有改。"
TEMPLATE_NOTE = "模板在这里。填好后直接发给我。"
TEMPLATE_NAME = "花名册模板.xlsx"
EXPORT_NAME = "花名册.xlsx"


def reason(fault: Fault) -> str:
    """What is wrong, with the nearest name where there is one."""
    said = FAULTS[fault.code].format(**fault.details)
    near = fault.details.get("near")
    return f"{said}，是“{near}”吗" if near else said


def fault_line(fault: Fault) -> str:
    return f"{fault.sheet}表第 {fault.row} 行“{fault.column}”：{reason(fault)}"


def preview(name: str, plan: Plan) -> str:
    """What importing would change, or every reason why it can't be done."""
    if plan.faults:
        return _faulty(name, plan)
    lines = [bold(f"《{name}》的预览"), "，".join(_counted(plan.counts)) + "。"]
    made = [str(step[2]) for step in plan.steps if step[0] == "unit"]
    if made:
        lines.append(
            f"新增或更改的单位：{'、'.join(made[:_LISTED])}{' 等' * (len(made) > _LISTED)}。"
        )
    lines += _missing(plan)
    if plan.held_before:
        lines += [
            "恢复的人离开前的职责不会自动回来，需要的话请重新授予：",
            *_listed_roles(plan.held_before),
        ]
    if plan.is_empty:
        lines = [f"《{name}》和现有的花名册一致，没有要改的。"]
        if not plan.counts.get("unchanged"):
            lines = [f"《{name}》里没有读到人员。带“示例”的那一行不会导入。"]
    return "\n".join([*lines, *_remarks(plan)])


def _faulty(name: str, plan: Plan) -> str:
    rows = len({(fault.sheet, fault.row) for fault in plan.faults})
    shown = [f"· {fault_line(fault)}" for fault in plan.faults[:_LISTED]]
    rest = len(plan.faults) - _LISTED
    if rest > 0:
        shown.append(f"还有 {rest} 处，见附件里的完整清单。")
    head = bold(f"《{name}》有 {rows} 行要改，改好再发。现在什么也没有写入。")
    return "\n".join([head, *shown, *_remarks(plan)])


def _missing(plan: Plan) -> list[str]:
    if not plan.missing:
        return []
    names = "、".join(f"{name}（{number}）" for _, number, name in plan.missing[:_LISTED])
    more = " 等" if len(plan.missing) > _LISTED else ""
    lines = [f"文件里没有这 {len(plan.missing)} 位：{names}{more}。不标记的话，他们保持原样。"]
    if plan.lost:
        lines.append(f"其中{holders(plan.lost)}。")
    if plan.refusal:
        code = {"nobody": "leaves_nobody", "you": "takes_you", "many": "takes_too_many"}
        said = REFUSALS[f"roster_{code[plan.refusal]}"]
        lines.append(said.format(count=len(plan.missing), present=plan.present))
    return lines


def holders(lost: Sequence[Lost]) -> str:
    """How many of them hold which role: 书记 10 人、管理员 2 人."""
    people = {role: len({each[0] for each in lost if each[2] == role}) for _, _, role, _ in lost}
    return "、".join(f"{_ROLES.get(role, role)} {people[role]} 人" for role in sorted(people)[::-1])


def _listed_roles(lost: Sequence[Lost]) -> list[str]:
    shown = [
        f"· {name}（{number}）：{unit}{_ROLES.get(role, role)}"
        for number, name, role, unit in lost[:_ROLES_LISTED]
    ]
    rest = len(lost) - _ROLES_LISTED
    return [*shown, f"还有 {rest} 项，见操作记录。"] if rest > 0 else shown


def ask_about_leavers(job: Job) -> str:
    """The second question: how many would leave, and what they hold."""
    told = f"，其中{holders(job.lost)}" if job.lost else ""
    lines = [bold(f"{job.counts.get('missing', 0)} 人将标记为离开{told}。")]
    if job.lost:
        lines += ["他们的职责今天就结束，以后恢复人员时不会自动回来：", *_listed_roles(job.lost)]
    return "\n".join([*lines, "确定吗？"])


def _remarks(plan: Plan) -> list[str]:
    found: list[str] = []
    if plan.unknown:
        found.append(f"这几列不认识，没有读：{'、'.join(plan.unknown[:10])}。")
    if plan.dropped or plan.counts.get("phones"):
        found.append("文件里的手机号、电话没有保存。")
    return [quiet(line) for line in found]


def _counted(counts: Mapping[str, int]) -> list[str]:
    return [f"{word} {counts[name]}" for name, word in _COUNTED if counts.get(name)] or ["没有变动"]


def report(name: str, plan: Plan) -> File | None:
    """All faults, or all changes and who is missing, as a file; None when there is nothing."""
    if plan.faults:
        rows = [[each.sheet, each.row, each.column, reason(each)] for each in plan.faults]
        sheets = [workbook.Sheet("问题", ["表", "行", "列", "原因"], rows, (10, 8, 14, 60))]
    else:
        sheets = _change_sheets(plan)
    if not sheets:
        return None
    kind = "问题清单" if plan.faults else "变动清单"
    return File(f"{name.rpartition('.')[0] or name}-{kind}.xlsx", workbook.write(sheets), XLSX)


def _change_sheets(plan: Plan) -> list[workbook.Sheet]:
    sheets: list[workbook.Sheet] = []
    if plan.changes:
        changes = [
            [_CHANGES[what], number, name, said] for what, number, name, said in plan.changes
        ]
        headings = ["类型", "工号", "姓名", "内容"]
        sheets.append(workbook.Sheet("变动", headings, changes, (10, 14, 14, 60)))
    if plan.missing:
        missing = [[number, name] for _, number, name in plan.missing]
        sheets.append(workbook.Sheet("文件里没有的人", ["工号", "姓名"], missing, (14, 14)))
    return sheets


def started(job: Job) -> str:
    return f"开始导入，共 {job.total} 步，完成后告诉您。中途断开也会接着做完。"


def under_way(job: Job) -> str:
    return f"正在导入：{job.position}/{job.total}。"


def done(job: Job) -> str:
    lines = [bold("花名册已导入。"), "，".join(_counted(job.counts)) + "。"]
    if job.with_leavers:
        lines.append(f"已标记离开 {job.counts.get('missing', 0)} 位，他们的历史记录保留。")
        if job.lost:
            lines += ["随之结束的职责：", *_listed_roles(job.lost)]
    return "\n".join(lines)


def exported(people: int) -> str:
    return f"您负责范围内的花名册，共 {people} 位。改好后可以直接发回来导入。"


def person_row(row: list[str]) -> list[str]:
    """Codes into words, for the export."""
    *head, status, duties, vote = row
    return [*head, STATUSES[status], duties, "是" if vote else "否"]


def unit_row(row: list[str]) -> list[str]:
    name, kind, parent, nature, covers = row
    return [name, KINDS[kind], parent, NATURES.get(nature, ""), covers]
