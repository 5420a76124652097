"""Sentences of 收到."""

from __future__ import annotations

from bot.core.text import quiet, quoted
from bot.services.notices import Notice
from bot.services.receipts import Receipt
from handlers.texts.notices import when
from handlers.texts.notices_letters import excerpt, meets

REFUSALS = {
    "notice_withdrawn": "这条通知已经撤回，不用确认了。",
    "notice_taken_back": "这条通知已经撤回，附件也一起收回了。",
    "receipt_none": "您还没有确认这条通知。",
    "receipt_too_late": "过了 {minutes} 分钟，撤不回来了。点错了没关系，直接告诉发通知的人就行。",
    "receipt_answer_too_long": "请写一句话，{limit} 字以内。",
    "receipt_holds_number": "这里不要写电话、身份证号这样的号码，没有存下。请再写一次。",
}
UNDO = "点错了，撤销"
UNDONE = "已撤销，这条算还没有确认。"
WHICH = "您有几条通知等着确认，是哪一条？"
THIS_ONE = "您是要确认下面这条通知吗？是的话，点一下就行。"
CONFIRMED, CONFIRM = "已确认", "确认"
FILES_GONE = "附件已经过了保存的时间。需要的话，请联系发通知的人。"
NO_FILES = "这条通知没有附件。"


def confirmed(receipt: Receipt) -> str:
    name = quoted(excerpt(receipt.notice))
    if receipt.is_repeat:
        return f"{when(receipt.at)}已经确认过了：{name}"
    return f"好，已确认：{name}"


def ask(notice: Notice) -> str:
    return f"还请您答一句：{notice.asks}\n{quiet('您的回答只有发通知的人看得到。')}"


def answered(notice: Notice) -> str:
    return f"记下了，谢谢。{quoted(excerpt(notice))}已确认。"


def choice(number: int, notice: Notice) -> str:
    """Two confidential ones are told apart by their hours."""
    when_to_come = f"，{meets(notice)}" if notice.is_confidential and notice.said else ""
    return f"{number}. {excerpt(notice)}{when_to_come}"
