"""Sentences of resolutions and votes: what was decided, and what the arithmetic says of it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.meetings import KINDS
from bot.core.meetings import VOTES as PURPOSES
from bot.core.text import bold, quiet
from bot.services import quorum
from bot.services.decisions import Resolution, Vote
from bot.services.quorum import Answer, Check, Count
from bot.services.records import Record
from handlers.texts.clauses import cited

REFUSALS = {
    "resolution_empty": "决议的内容还没有写。",
    "resolution_too_long": "一条决议最多 {limit} 字，责任人最多 {name_limit} 字。请写短一点。",
    "resolution_personal": "这里有像证件号、学号或手机号的数字，我不存。请去掉再发一次。",
    "decision_gone": "这一条已经删去了。",
    "vote_subject": "请写清楚表决的是什么，不超过 {limit} 字，也不写证件号和手机号。",
    "vote_purpose": "这个会上没有这种表决，请重新选。",
    "vote_elsewhere": "{vote}的表决不能记在{kind}里。请点“记表决”重新选，看它该记在哪个会。",
    "vote_negative": "应到人数要大于 0，其他数字不能是负数。请核对后重写。",
    "vote_too_present": "实到 {present} 人多于应到 {entitled} 人，请核对。",
    "vote_too_many": "同意、反对、弃权合计 {cast} 票，多于实到 {present} 人。"
    "收回的票多于发出的票，表决无效，请核对。",
    "vote_written_too_many": "书面意见 {written} 份，多于没到会的 {away} 人，请核对。",
    "vote_unread": "没看懂票数。请写成“同意 12 反对 1 弃权 0”，或者三个数字“12 1 0”。",
}

ADD, VOTE, MORE, BACK = "加决议", "记表决", "再加一条", "返回记录"
KEEP, REDO, DROP = "保存", "重写", "删去"
NO_LONGER_OPEN = "这一步已经过去了，没有改动。请打开记录再来一次。"
NOBODY_NAMED, NO_DAY = "不写责任人", "不定期限"
ASK_TEXT = (
    "请写一条决议。可以一行写全：内容；责任人；期限。例如：结对听课四节；简疏桐；12月15日\n"
    "打“取消”可以离开。"
)
ASK_WHO = "谁来负责？请写姓名。"
ASK_DUE = "什么时候完成？例如 12月15日、下周五。"
ASK_PURPOSE = "这次表决的是哪一类事项？"
ASK_SUBJECT = "表决的是什么？例如：接收戚南乔为预备党员。逐人表决的，一人记一项。"
ASK_REASON = "记录已经确认。改动要留原因，请写一句为什么改。打“取消”可以离开。"
NOTHING = "还没有决议和表决。"
ONLY_A_HINT = "以上只是计算提示，是否有效由支部和上级党组织认定。票在会场投，这里只记结果。"

_RULES = {
    "half": "半数以上（含恰好半数）",
    "over_half": "超过半数（恰好半数不算）",
    "four_fifths": "五分之四以上（含恰好五分之四）",
    "two_thirds": "三分之二以上（含恰好三分之二）",
    "passes": "超过应到有表决权人数的半数",
    "elected": "超过半数",
}
_CAVEATS = {
    "exactly_four_fifths": "到会恰好五分之四：现行条例是“不少于”，够；"
    "有的学校制度沿用 1990 年旧条例的“超过”，不够。"
    "请核对本单位的选举办法，必要时请示上级组织部门。",
    "elected_base": "赞成票超过实到的半数，没有超过应到的半数。当选按实到还是按应到，各处说法不一，"
    "请核对条例原文并请示上级组织部门。",
    "written": "算上会前书面意见就超过半数，不算就不到。"
    "一般表决是否计入书面意见，条例没有写明，请请示上级。",
    "own_rules": "没有统一的票数规定，按少数服从多数和本单位议事规则办。",
}


def ask_count(purpose: str, count: Count) -> str:
    """The question for the numbers; those of the attendance are filled in."""
    who = "应到" if purpose in ("committee", "appointment") else "应到有表决权"
    lines = [
        f"按签到，{who} {count.entitled} 人，实到 {count.present} 人。",
        "请写票数：同意 12 反对 1 弃权 0，或只写三个数字。",
        "会前有书面同意的，加“书面 1”；人数不对，加“应到 20 实到 16”。",
    ]
    return "\n".join(lines)


def preview(vote: Vote) -> str:
    return "\n".join([bold("核对一下再保存"), counted(vote), *hints(vote), "", quiet(ONLY_A_HINT)])


def counted(vote: Vote) -> str:
    """A vote in one sentence."""
    count = vote.count
    written = f"，会前书面同意 {count.written}" if count.written else ""
    return (
        f"{vote.subject}（{PURPOSES[vote.purpose]}）：应到 {count.entitled}，实到 {count.present}；"
        f"同意 {count.in_favour}，反对 {count.against}，弃权 {count.abstained}{written}。"
    )


def hints(vote: Vote) -> list[str]:
    """What the rules say of the numbers, one sentence each, with the clause."""
    count, lines = vote.count, list[str]()
    lost = count.present - count.cast
    if lost:
        lines.append(f"实到 {count.present} 人，票数合计 {count.cast}，少 {lost} 票。")
    lines.append(there(quorum.for_vote(vote.purpose, count)))
    lines.append(_passed(quorum.passing(vote.purpose, count)))
    return [f"· {line}" for line in lines if line]


def there(check: Check) -> str:
    """Whether as many were there as the rule wants."""
    if check.rule is None or check.caveat == "nobody_expected":
        return ""
    said = f"到会要求{_RULES[check.rule.name]}，至少 {check.needed} 人，实到 {check.have} 人"
    verdict = "，达到" if check.answer is Answer.MET else f"，差 {check.needed - check.have} 人"
    caveat = _CAVEATS.get(check.caveat, "")
    return f"{said}{verdict}（{cited(check.rule.clause)}）。{caveat}"


def _passed(check: Check) -> str:
    if check.rule is None:
        return _CAVEATS.get(check.caveat, "")
    said = f"通过要求{_RULES[check.rule.name]}，按应到至少 {check.needed} 票，赞成 {check.have} 票"
    if check.answer is Answer.UNSETTLED:
        return f"{said}（{cited(check.rule.clause)}）。{_CAVEATS[check.caveat]}"
    verdict = "达到" if check.answer is Answer.MET else f"差 {check.needed - check.have} 票"
    return f"{said}，{verdict}（{cited(check.rule.clause)}）。"


def ask_subject(purpose: str) -> str:
    """What the vote is about; for an election also how many candidates there must be."""
    if purpose != "election":
        return ASK_SUBJECT
    seats = "，".join(f"应选 {n} 名至少 {quorum.candidates_needed(n)} 名" for n in (3, 5, 7))
    hint = f"候选人要比应选的多 20%：{seats}（{cited(quorum.CANDIDATES)}）。"
    return f"{ASK_SUBJECT}\n{quiet(hint)}"


def elsewhere(kind: str, purpose: str) -> str:
    """Which meeting decides it, by which clause, and what to do."""
    venue = quorum.VENUES[purpose]
    where = "或".join(KINDS[each] for each in venue.kinds)
    return (
        f"{PURPOSES[purpose]}要在{where}上表决（{cited(venue.clause)}），不放在{KINDS[kind]}上。"
        f"请发“开会”召集一次{where}，表决记在那次会的记录里；两个会同一天接着开，也各召集一次。"
    )


def excellent(people: int) -> str:
    """How many may be 优秀 in a 民主评议."""
    most = quorum.excellent_at_most(people)
    source = "共产党员网专题的说法，上级当年通知另有要求的，按通知"
    return f"“优秀”一般不超过党员总数的三分之一：{people} 人最多 {most} 人（{source}）。"


def resolved(each: Resolution) -> str:
    """A resolution in one line."""
    parts = [each.text]
    if each.responsible:
        parts.append(f"责任人 {each.responsible}")
    if each.due_on:
        parts.append(f"{each.due_on} 前完成")
    done = "（已完成）" if each.done_at else ""
    return "，".join(parts) + done


def kept(each: Resolution) -> str:
    return f"记下了：{resolved(each)}。"


def kept_vote(vote: Vote) -> str:
    return f"记下了：{counted(vote)}"


def listing(record: Record, resolutions: Sequence[Resolution], votes: Sequence[Vote]) -> str:
    """All that a meeting decided."""
    if not resolutions and not votes:
        return f"{bold(record.topic)}\n{NOTHING}"
    lines = [bold(f"{record.topic}：决议和表决"), ""]
    lines += [f"{at}. {resolved(each)}" for at, each in enumerate(resolutions, 1)]
    for at, vote in enumerate(votes, 1):
        lines += ["", f"表决 {at}　{counted(vote)}", *hints(vote)]
    if votes:
        lines += ["", quiet(ONLY_A_HINT)]
    return "\n".join(lines)


def finishing(each: Resolution, number: int) -> str:
    return f"{number} 未完成" if each.done_at else f"{number} 已完成"
