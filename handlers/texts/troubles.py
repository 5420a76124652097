"""Sentences to the administrators when something of the house failed."""

from __future__ import annotations

REFUSALS = {
    "knowledge_faulty": "知识文件有错，新内容没有启用，仍用上一份。请修改：\n{faults}",
    "knowledge_mended": "知识文件已经改好，新内容已启用。",
    "backup_failed": "昨夜的备份没有做成（{reason}）。请检查磁盘空间和 backups 文件夹的权限。",
    "deliveries_in_doubt": (
        "有 {count} 条消息发出时中断，不能确定是否送达。"
        "答复和审批已标“补发”再发一次，其余没有重发。"
    ),
    "archive_unreadable": "这个文件打不开，或者不是木铎的备份。原来的数据没有动。",
    "archive_missing": "没有这个文件，请检查路径。原来的数据没有动。",
    "archive_damaged": "备份文件已损坏（{what} 对不上），没有恢复，原来的数据没有动。",
    "archive_newer": (
        "备份来自更新版本的木铎（结构 {there}，本机 {here}）。请先升级程序，原来的数据没有动。"
    ),
    "database_in_use": "木铎正在运行。请先停止它再恢复，原来的数据没有动。",
    "days_off_unknown": (
        "{year} 年的放假安排还没有收录，暂按周一至周五为工作日。请升级程序，或稍后再看。"
    ),
}
