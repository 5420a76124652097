"""Sentences of writing a notice: what is asked, what is shown before it goes out."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.moments import when
from bot.core.text import bold, quiet
from bot.services.audience import EVERYBODY, Audience, Names
from bot.services.notice_drafts import Draft

REFUSALS = {
    "notice_empty": "通知里还没有文字，所以没有发出。请把内容打给我，一两句话也行。",
    "notice_too_long": "有 {count} 个字，超过了 {limit} 字，没有存下。请缩短，或改成附件再发。",
    "notice_holds_identity": "里面像是有身份证号或学籍号，没有存下。请去掉号码再发给我。",
    "notice_word_too_long": "请写一句话，{limit} 字以内。",
    "notice_tells_matter": "这里只写地点或找谁，不写是什么事。具体事项当面说。",
    "notice_to_nobody": "这样一个人也没有，没有发出。请换一个发送范围。",
    "notice_send_past": "发送时间已经过了，没有发出。请改一个时间，或选“现在发”。",
    "notice_send_too_far": "最多提前 {days} 天定时，请改一个近一些的时间。",
    "notice_due_past": "截止时间早于发出的时间，没有发出。请改一下截止时间。",
    "notice_due_unreached": (
        "休息时间不发，对方{opens_at}才会收到，所以没有发出。请把时间定在那以后。"
    ),
    "notice_not_your_person": "这位不在您负责的单位里，没有发出。",
    "notice_nobody_approves": (
        "超过 {limit} 人的紧急通知要另一位管理员同意，现在教育局只有您一位管理员，没有发出。"
    ),
    "notice_files_enough": "最多 {limit} 份附件，这一份没有加上。",
    "notice_file_empty": "这份文件是空的，没有加上。",
    "notice_draft_gone": "这份草稿已经发出，或者已经放下了。发“通知”可以重新开始。",
    "date_two_hours": "是早上{hour}点还是晚上{hour}点？请再写一次，比如“早上{hour}点”。",
    "audience_but_last": (
        "请先写发给谁，最后写除了谁，几个之间用顿号，比如“全体党员、李小禾，除了青山小学、书记”。"
    ),
    "audience_empty": "没看出要发给谁。可以写“全体党员”“青山小学的教师”，或者打姓名。",
    "audience_unknown": "没认出“{text}”。可以写单位、“全体党员”“书记”，或者打姓名、工号。",
    "audience_unknown_near": "没认出“{text}”。是这些里的一个吗：{near}？请再打一次。",
    "audience_not_yours": "“{text}”不在您负责的范围里，您不能发给他们。",
    "audience_several": "“{text}”不止一个：{names}。请打全称。",
    "audience_ambiguous": "叫“{text}”的不止一位，请改用工号：{numbers}。",
}
NEW, GO_ON, CONFIDENTIAL, CASE, SENT_ONES = "写通知", "接着写", "专送一人", "典型案例", "发过的"
UNCONFIRMED = "谁还没确认"
MENU = "\n".join(
    [
        bold("通知"),
        "写好后先给您看发给谁、有多少人、是什么样子，您点了才发。",
        quiet("专送：只发给一个人，只说什么时候、在哪里、找谁。"),
    ]
)
WRITE = "\n".join(
    [
        "把通知内容打给我，或者直接粘贴。",
        quiet("图片、文件也可以发来，最多九份。打“取消”可以离开，写了的会留着。"),
    ]
)
WRITE_ANEW = "请把新的内容整段发给我，会换掉原来的。"
TO_WHOM = "\n".join(
    [
        "发给谁？点一下，或者打字。",
        quiet("例如“全体党员，除了青山小学”，或者“青山小学的教师、李小禾”。"),
    ]
)
BUT_WHOM = "除了谁？打单位、姓名，或者“书记”这样的一类人。"
ASK_DUE = "什么时候以前确认？例如“周五下午5点”“11-30”。"
ASK_AT = "什么时候发？例如“明天上午8点”。"
ASK_ASKS = "请对方顺带答一句什么？例如“参加几人？”，{limit} 字以内。"
EVERYONE, PARTY, SECRETARIES, ADMINISTRATORS = "全体", "全体党员", "书记", "管理员"
ENOUGH_FILES = "就这些"
KINDS = {"plain": "普通", "receipt": "需确认", "urgent": "紧急", "confidential": "专送"}
AS_KIND = {"plain": "改成普通", "receipt": "要对方确认", "urgent": "改成紧急"}
EDIT_TEXT, EDIT_TO, EDIT_BUT, EDIT_DUE = "改内容", "改发给谁", "除了谁", "截止时间"
EDIT_AT, AT_ONCE, EDIT_ASKS, NO_ASKS = "定时发", "现在发", "附一个问题", "不附问题"
NO_FILES, LOOK, DROP, NO_DUE = "去掉附件", "看看样子", "不发了", "不设截止"
DROPPED = "好，这份没有发出，也没有通知任何人。"
CHANGED_MEANWHILE = "人数刚才有变动，请再看一眼："
SAMPLE = "这是预览，还没有发出。"
NOTHING_TO_LOOK_AT = "还没有内容。"
_STATUS = {"full": "正式党员", "probationary": "预备党员", "activist": "积极分子", "none": "群众"}
_ROLES = {"teacher": "全体", "secretary": "书记", "administrator": "管理员"}
_HOLDS = {"quiet": "现在是休息时间", "day_off": "现在是休息日"}


def send_to(people: int) -> str:
    return f"发给这 {people} 人"


def got_file(count: int, *, has_text: bool) -> str:
    more = "还可以再发，够了就点“就这些”。" if has_text else "请再打一段文字，说明是什么事。"
    return f"收到，附件共 {count} 份。{more}"


def to_whom(audience: Audience, names: Names) -> str:
    """全体党员、青山小学，除了李小禾."""
    said = "、".join(_part(each, names) for each in (audience, *audience.also))
    return said + (f"，除了{to_whom(audience.but, names)}" if audience.but else "")


def _part(part: Audience, names: Names) -> str:
    if part.kinds == EVERYBODY.kinds and part.roles == EVERYBODY.roles:
        return _with_people("全体", part, names)
    places = "、".join(names.units.get(each, "已撤销的单位") for each in part.units)
    kinds = [
        *(_STATUS[each] for each in part.party_status),
        *(_ROLES[each] for each in part.roles if each != "teacher"),
        *(f"职务含“{each}”的人" for each in part.duties),
        *(f"“{each}”" for each in part.tags),
    ]
    if part.party_status == ("full", "probationary"):
        kinds = ["全体党员" if not places else "党员", *kinds[2:]]
    joint = "的" if places and kinds else ""
    return _with_people(f"{places}{joint}{'、'.join(kinds)}", part, names)


def _with_people(said: str, part: Audience, names: Names) -> str:
    people = [names.people.get(each, "已离开的人") for each in part.people]
    if not said and not people:
        return "全体"
    return "、".join([*([said] if said else []), *people])


def review(
    draft: Draft, said: str, counts: tuple[int, int], sample: Sequence[str], hold: tuple[str, ...]
) -> str:
    """All that matters before it goes out. `counts`: people, and those without a chat."""
    people, unbound = counts
    lines = [
        bold("发出前看一眼"),
        f"发给：{said}",
        f"一共 {bold(f'{people} 人')}{_unbound(unbound)}",
    ]
    if sample:
        more = " 等" if people > len(sample) else ""
        lines.append(f"其中有：{'、'.join(sample)}{more}")
    lines.append(f"类型：{KINDS[draft.kind]}{_due(draft)}")
    if draft.asks:
        lines.append(f"附带一问：{draft.asks}")
    if draft.files:
        lines.append(f"附件：{len(draft.files)} 份")
    lines.append(f"发出：{_sending(draft, hold)}")
    return "\n".join(lines)


def needs_approval(limit: int) -> str:
    return quiet(f"紧急通知超过 {limit} 人，要另一位管理员同意后才发出。")


def _unbound(count: int) -> str:
    return f"（{count} 人还没有绑定，暂时收不到）" if count else ""


def _due(draft: Draft) -> str:
    if draft.kind == "plain":
        return ""
    return f"，{when(draft.due_at)}前" if draft.due_at else "，不设截止"


def _sending(draft: Draft, hold: tuple[str, ...]) -> str:
    chosen = when(draft.send_at) if draft.send_at else "现在"
    if not hold:
        return chosen
    why, opens = hold
    if draft.send_at is not None:
        return f"{opens}（您选的{chosen}是休息时间，过后再送）"
    return f"{opens}（{_HOLDS.get(why, '要等一等')}，过后再送）"
