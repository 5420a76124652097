"""Sentences of a notice that has been sent: how it goes on, and what can still be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.text import bold, quiet, quoted
from bot.files import workbook
from bot.services.notice_progress import Progress
from bot.services.notices import Notice
from bot.services.receipts import Answer
from handlers.texts import platforms
from handlers.texts.notices import KINDS, when
from handlers.texts.notices_letters import excerpt, meets

REFUSALS = {
    "notice_gone": "没有找到这条通知。",
    "notice_not_yours": "这条通知不是发给您的，也不是您发的，所以您不能处理。",
    "notice_over": "这条通知已经停发或撤回，不用再处理。",
    "notice_still_queueing": "这条通知还在往外发。请过一会儿再更正，这样收到原文的人都能收到更正。",
    "notice_unchanged": "和原来的内容一样，没有发更正。",
    "notice_confidential_fixed": "专送的通知不能更正。请先撤回，再重新发一份。",
    "notice_nudged": "已经提醒过一次了。为了不打扰，不再提醒第二次，可以把名单发给书记。",
    "notice_asks_no_receipt": "这条通知没有要求确认。",
    "notice_not_theirs": "收到这条通知的人现在不归您负责，不能再更正，也看不到回答。还可以撤回。",
    "notice_urgent_not_yours": "紧急通知要由管理员来发。请改成普通或要对方确认的，再发出。",
    "notice_own_approval": "要由另一位管理员来决定，您自己发的不能自己同意。",
    "notice_decided": "这条通知已经有人处理过了。",
}
WAYS = {
    "withdraw": "撤回",
    "stop": "停止发送",
    "correct": "更正",
    "nudge": "提醒未确认的",
    "lists": "名单发给书记",
    "answers": "看回答",
    "reasons": "送不到的原因",
}
BACK = "返回"
SURE = {"withdraw": "确定撤回", "stop": "确定停止", "nudge": "提醒一次", "list": "发给他们"}
DONE = {
    "withdraw": "好，正在撤回。",
    "stop": "好，没发的不再发了。",
    "nudge": "好，会提醒他们一次。休息时间不提醒。",
    "correct": "好，更正正在发出。",
}
SEE = "看进度"
NOT_NOW = "不了"
STAYS = "好，没有改动。"
NO_LONGER_ASKED = "这一步已经过了时间，什么都没有变。要办的话，请再点一次。"
ASK_CORRECTION = "请把改好的内容整段发给我。"
ASK_CHANGED = "改了哪里？写一句，大家会看到，例如“时间改为周四下午”。"
SEND_CORRECTION = "发出更正"
ALL_REACHED = "没有送不到的。"
NONE_SENT = "您还没有发过通知。"
LISTED_TODAY = "今天已经发过名单，没有再发。他们给木铎发“未确认”，随时能看最新的。"
NOBODY_OPEN = "现在没有未确认的人。"
ANSWERS_FILE, ANSWERS_LISTED = "回答.xlsx", 20
APPROVE, DECLINE = "同意发出", "不同意"
NOT_BEGUN = "还没有发给任何人。"
CHANGED_SINCE = "内容刚才改过，请看过新的再决定。"
NONE_TO_APPROVE = "现在没有等您同意的紧急通知。"
ASKED_TO_APPROVE = "已请另一位管理员同意，同意后就发出，在这里能看到。"
_STATES = {
    "approval": "等另一位管理员同意",
    "declined": "另一位管理员没有同意，没有发出",
    "waiting": "等着发出",
    "queueing": "正在发",
    "stopped": "已停止发送",
    "recalling": "正在撤回",
    "withdrawn": "已撤回",
}
_REASONS = {
    "unbound": "还没有绑定",
    "blocked": "停用了木铎",
    "left": "已经离开",
    "unreachable": "地址失效",
    "too_late": "过了时间",
    "doubt": "不能确定是否送到",
}
_ASK = {
    "withdraw": "撤回后，没发的不再发，发出的能删就删，删不掉的会告诉他们已经撤回。确定吗？",
    "stop": "停止后，还没发的不再发，已经发出的留着。确定吗？",
    "nudge": "给 {count} 位收到了还没确认的人提醒一次，只能提醒这一次。确定吗？",
    "list": "每位书记（没有支部的由学校管理员）只会收到自己负责的人的名单。确定吗？",
}


def progress(found: Progress) -> str:
    """The one message that the sender sees, kept up to date."""
    notice = found.notice
    lines = [bold(f"{KINDS[notice.kind]}：{heading(notice)}")]
    state = _state(found)
    if state:
        lines.append(state)
    if notice.state in ("recalling", "withdrawn"):
        lines += _withdrawn(found)
    elif notice.state == "stopped" and not notice.total:
        lines.append(NOT_BEGUN)
    elif notice.state not in ("approval", "declined", "waiting"):
        lines += _counts(found)
    return "\n".join(lines)


def no_longer_shown(notice: Notice) -> str:
    """For a sender who has left the office."""
    title = bold(f"{KINDS[notice.kind]}：{heading(notice)}")
    return f"{title}\n收到这条通知的人现在不归您负责，这里不再更新。"


def _counts(found: Progress) -> list[str]:
    notice = found.notice
    lines = [f"已送达 {found.sent}，共 {found.total} 人" + _waiting(found)]
    if notice.wants_receipt:
        lines.append(f"已确认 {notice.confirmed}{_earlier(found)}，未确认 {found.unconfirmed}")
    if found.failed + found.doubt:
        lines.append(f"送不到 {found.failed + found.doubt}{_why(found.reasons)}")
    if found.withdrawn:
        lines.append(f"没有发 {found.withdrawn}")
    if notice.nudged_at is not None:
        lines.append(f"{when(notice.nudged_at)}提醒过一次未确认的人")
    return lines


def _withdrawn(found: Progress) -> list[str]:
    """How many have it no more, and who else is told: never that it stands as before."""
    notice = found.notice
    if not notice.total:
        return [NOT_BEGUN]
    lines = [f"共 {found.total} 人，已收回 {found.withdrawn}"]
    still = found.sent + found.doubt - found.stayed
    if notice.state == "recalling" and still > 0:
        lines[0] += f"，还剩 {still}"
    if found.stayed:
        lines.append(f"撤不掉 {found.stayed}：平台不让删了，另外告诉他们作废")
    if notice.confirmed:
        lines.append(f"撤回以前 {notice.confirmed} 人确认过，另外告诉他们作废")
    return lines


def heading(notice: Notice) -> str:
    """What the sender knows it by. Of a confidential one: who is to come and when, never why."""
    if not notice.is_confidential:
        return quoted(excerpt(notice))
    return "，".join([notice.person or "一人", *([meets(notice)] if notice.said else [])])


def _state(found: Progress) -> str:
    notice = found.notice
    if notice.state == "waiting":
        return f"定在{when(notice.send_at)}发出"
    if notice.state == "queued":
        due = f"，{when(notice.due_at)}前确认" if notice.due_at else ""
        return f"{'更正' if notice.version > 1 else '发'}于{when(notice.send_at)}{due}"
    return _STATES.get(notice.state, "")


def _waiting(found: Progress) -> str:
    if not found.queued or found.notice.state not in ("queueing", "queued"):
        return ""
    waiting = f"，还有 {found.queued} 人在排队"
    if found.away:
        return f"{waiting}（{platforms.away(found.away)}，连上后自动发）"
    return waiting + ("（平台暂时收不下，会再试）" if found.is_refused else "")


def _earlier(found: Progress) -> str:
    return f"（其中 {found.earlier} 人确认的是更正以前的）" if found.earlier else ""


def _why(reasons: Mapping[str, int] | None) -> str:
    return f"：{reason_list(reasons)}" if reasons else ""


def reason_list(reasons: Mapping[str, int]) -> str:
    said: dict[str, int] = {}
    for code, count in reasons.items():
        word = _REASONS.get(code, "平台没有收下")
        said[word] = said.get(word, 0) + count
    return "，".join(f"{word} {count}" for word, count in said.items())


def ask(what: str, count: int = 0) -> str:
    return _ASK[what].format(count=count)


def approval(notice: Notice, people: int, said: str) -> str:
    return "\n".join(
        [
            bold("请您决定：紧急通知"),
            f"{notice.sender or '命令行'}要发给{said}，共 {people} 人，会不分时间马上送到：",
            "",
            notice.text,
        ]
    )


def decided(notice: Notice) -> str:
    return "已同意，马上发出。" if notice.state != "declined" else "好，没有发出，会告诉对方。"


def told_decision(asked: Notice, notice: Notice, by: str) -> str:
    done = "同意了，已经发出" if notice.state != "declined" else "没有同意，没有发出"
    is_later = notice.state != "declined" and notice.due_at and notice.due_at != asked.due_at
    due = f"原来的截止时间已过，改为{when(notice.due_at)}。" if is_later and notice.due_at else ""
    return f"您的紧急通知{quoted(excerpt(notice))}，{by}{done}。{due}"


def review_correction(text: str, changed: str) -> str:
    return "\n".join(
        [
            bold("更正这样发出"),
            f"改了：{changed}",
            text,
            "",
            quiet("原来收到的人都会收到；已经确认过的，不用再点一次。"),
        ]
    )


def listed(people: int, before: int) -> str:
    """To how many responsible people the lists go now, and who had theirs today already."""
    if not people:
        return LISTED_TODAY if before else NOBODY_OPEN
    rest = f"另外 {before} 位今天已经发过，没有再发。" if before else ""
    return f"已把各自的名单发给 {people} 位负责人。{rest}"


def answers(notice: Notice, found: Sequence[Answer]) -> str:
    """What people answered; of many only how many, beside the table."""
    if not found:
        return "还没有人回答。"
    head = f"{bold(notice.asks)}\n{len(found)} 人回答了"
    if len(found) > ANSWERS_LISTED:
        return f"{head}，都在表里。"
    lines = [f"{each.unit}　{each.name}：{each.text}".lstrip("　") for each in found]
    return "\n".join([head, "", *lines])


def answers_table(notice: Notice, found: Sequence[Answer]) -> bytes:
    rows = [[each.unit, each.number, each.name, each.text] for each in found]
    headings = ["单位", "工号", "姓名", notice.asks]
    return workbook.write([workbook.Sheet("回答", headings, rows, (24, 12, 14, 50))])


def line(notice: Notice) -> str:
    """A line of the list of what was sent."""
    state = _STATES.get(notice.state)
    told = f"（{state}）" if state else ""
    return f"{when(notice.made_at)} {KINDS[notice.kind]} {heading(notice)}{told}"
