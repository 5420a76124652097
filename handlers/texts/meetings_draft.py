"""Sentences of calling a meeting: what is asked, what is shown before it goes out."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core import moments
from bot.core.meetings import KINDS, PURPOSES
from bot.core.text import bold, quiet
from bot.services.drafts import Draft
from bot.services.expected import Moves, Seat
from bot.services.people import Somebody
from bot.services.units import Unit
from handlers.texts import meetings as texts

REFUSALS: dict[str, str] = {}

KIND_LABELS = {kind: name for kind, name in KINDS.items() if kind != "other"} | {"other": "其他"}
WHICH_UNIT = "给哪个单位召集？点一下，或者打出名称。"
OTHER_UNIT = "换一个单位"
WHICH_GROUP = "哪个党小组？"
GO_ON, DROP, SEND = "接着写没发的那份", "不发了", "发出"
NO_UNIT = "您现在没有可以召集会议的单位。"
UNIT_UNKNOWN = "没有找到这个单位，请再打一次名称。"
ASK_DAY = "哪一天？点一下，或者直接打，比如“下周三下午3点”。"
ASK_HOUR = "{day}几点？点一下，或者直接打，比如“15:00-16:30”。"
WHICH_HOUR = "是早上还是晚上？"
ASK_PLACE = "在哪里开？点一下，或者直接打。"
NO_PLACE = "地点另行通知"
ASK_TOPIC = "议题是什么？打一句就行，{most} 字以内。"
USE_DEFAULT = "就用“{topic}”"
ASK_PARTNER = "和哪个支部一起开？打出支部名称，一次一个。"
PARTNER_UNKNOWN = "没有找到这个支部，请再打一次名称。"
WHICH_PARTNER = "是和哪个支部一起开？点一下，或者再打一次名称。"
PARTNERS_DONE = "就这些"
ASK_GUEST = "请谁列席？打出姓名，一次一个。花名册里没有的人，也可以只记下姓名和单位。"
GUEST_UNKNOWN = "花名册里没有找到“{text}”。要只记下这个名字吗？"
KEEP_NAME = "记下这个名字"
WHICH_GUEST = "是哪一位？"
TOO_LONG = "有点长了，请写在 {most} 字以内。"
NO_NUMBERS = "这里不要写身份证号、电话这样的号码，请再写一次。"
TOPIC_OR_QUESTION = "这是议题，还是想查规定？"
AS_TOPIC, AS_QUESTION = "是议题", "查规定"
EDIT = {"day": "改时间", "place": "改地点", "topic": "改议题", "guest": "加列席", "lasts": "改时长"}
NAMES, MORE, BACK = "看名单", "更多", "返回"
LESS_GUESTS = "去掉列席"
WISH_DAY, NO_WISH_DAY = "会议当天再提醒一次", "当天不提醒"
WHICH_PURPOSE = "这次会议要表决什么？不同的事项，到会和通过的人数要求不一样。"
WHICH_SUBKIND = "这次共建，在各支部台账里算哪一种？"
WHICH_LENGTH = "大约开多久？"
PURPOSE, SUBKIND, PARTNERS = "有表决事项", "台账里算哪种", "再加支部"
# Typed, these are the buttons that they stand on, not a name or a place.
TYPED_BUTTONS = {BACK, PARTNERS_DONE, LESS_GUESTS, NO_PLACE}
DROPPED = "好，这份没有发出，也没有通知任何人。"
_EXPLAINED = {
    "committee": "支委按花名册里的职务（书记、组织委员等）来算。",
    "party_day": "入党积极分子列席，不计入应到。",
    "lecture": "入党积极分子列席，不计入应到。",
}
_NAMED_AT_MOST = 60


def ask_kind(unit: Unit) -> str:
    return f"给{bold(unit.name)}召集什么会？"


def like(kind: str, draft: Draft) -> str:
    return f"像上次：{KINDS[kind]} {_when(draft)}"


def review(draft: Draft, topic: str, taking: Sequence[Unit], seats: Sequence[Seat]) -> str:
    lines = [
        bold(f"召集{KINDS[draft.kind]}"),
        f"时间：{_when(draft)}，{texts.length(draft.lasts)}",
        f"地点：{draft.place or '另行通知'}",
        f"议题：{topic}",
        f"单位：{texts.units(taking)}",
        f"参加：{counted(seats)}",
    ]
    if draft.purpose != "plain":
        lines.append(f"表决：{PURPOSES[draft.purpose]}")
    if draft.visitors:
        lines.append(f"场外列席：{'、'.join(draft.visitors)}")
    if draft.on_the_day:
        lines.append("会前一天傍晚提醒一次，当天再提醒一次。")
    if draft.is_proposed:
        lines.append(quiet("时间是按惯例提的，不合适就点“改时间”。"))
    return "\n".join([*lines, quiet("还没有发出。点“发出”后，参加的人每人收到一条通知。")])


def counted(seats: Sequence[Seat]) -> str:
    """Who is expected and why, in numbers."""
    expected = [seat for seat in seats if seat.is_expected]
    voting = sum(seat.has_vote for seat in expected)
    parts = [f"应到 {len(expected)} 人"]
    if voting and voting != len(expected):
        without = len(expected) - voting
        parts.append(f"（有表决权 {voting} 人，没有表决权 {without} 人）")
    elif voting:
        parts.append("（都有表决权）")
    guests = len(seats) - len(expected)
    if guests:
        parts.append(f"，列席 {guests} 人")
    return "".join(parts)


def named(draft: Draft, seats: Sequence[Seat], moves: Moves, *, others: int) -> str:
    """For the secretary only: the names, and whoever is an exception; other branches' in number."""
    lines = [bold(f"{_when(draft)} {KINDS[draft.kind]}")]
    groups = (
        ("应到，有表决权", [s for s in seats if s.is_expected and s.has_vote]),
        ("应到，没有表决权", [s for s in seats if s.is_expected and not s.has_vote]),
        ("列席", [s for s in seats if not s.is_expected]),
    )
    for label, some in groups:
        if some:
            lines.append(f"{label}（{len(some)}）：{names(some)}")
    if moves.joining:
        lines.append(f"到那天已转入、今天还不在的：{names(moves.joining)}")
    if moves.leaving:
        lines.append(f"到那天已转出、不算应到的：{names(moves.leaving)}")
    if others:
        lines.append(f"对方支部 {others} 人，名单由他们的书记看。")
    if why := _EXPLAINED.get(draft.subkind or draft.kind):
        lines.append(quiet(why))
    return "\n".join(lines)


def sent(
    meeting_line: str,
    told: int,
    unreached: Sequence[str],
    asked: Sequence[Unit],
    *,
    is_held: bool,
    in_pieces: bool = False,
) -> str:
    lines = [f"{bold('已发出。')}{meeting_line}", f"通知 {told} 人，您自己不另发。"]
    if in_pieces:
        lines.append("人多，正在分批送出，您可以去忙别的；点“看进展”能看到送到哪里了。")
    if is_held:
        lines.append("现在是休息时间，通知在下一个工作时段送到。")
    if unreached:
        shown = "、".join(unreached[:_NAMED_AT_MOST])
        lines.append(f"还没绑定木铎、收不到通知的 {len(unreached)} 人，请另外告诉：{shown}。")
    if asked:
        lines.append(f"已请{texts.units(asked)}的书记确认；对方同意后，他们的人才会收到通知。")
    return "\n".join(lines)


def sent_before(meeting_line: str) -> str:
    return f"这个会议已经发出过了，没有再发：{meeting_line}"


def person(each: Somebody) -> str:
    return "，".join([f"{each.name}（{each.number}）", *each.units])


def names(seats: Sequence[Seat]) -> str:
    shown = "、".join(seat.name for seat in seats[:_NAMED_AT_MOST])
    rest = len(seats) - _NAMED_AT_MOST
    return f"{shown} 等" if rest > 0 else shown


def _when(draft: Draft) -> str:
    assert draft.day is not None
    assert draft.hour is not None
    return f"{moments.day(draft.day)}{texts.hour(draft.hour)}"
