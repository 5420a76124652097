"""The name of a menu's button, typed instead of tapped, long after the menu has gone by."""

from __future__ import annotations

import re

from bot.core.roles import Role
from bot.routing import Answered, Handler, Router, Turn
from handlers import (
    cases,
    learning,
    notices,
    notices_after,
    notices_confidential,
    questions,
    roles,
    roster,
)
from handlers.texts import notices as notice_texts
from handlers.texts import queues as queue_texts
from handlers.texts import roles as roles_texts
from handlers.texts import roster as roster_texts

router = Router()
_NO_WORD = re.compile(r"[\W_]+")
# To others the same words are a question: 典型案例 from a teacher asks for rules.
NAMED: dict[str, tuple[Role, Handler]] = {
    notice_texts.NEW: (Role.SECRETARY, notices.write),
    notice_texts.GO_ON: (Role.SECRETARY, notices.take_up),
    notice_texts.CONFIDENTIAL: (Role.SECRETARY, notices_confidential.begin),
    notice_texts.CASE: (Role.SECRETARY, cases.show_cases),
    notice_texts.SENT_ONES: (Role.SECRETARY, notices_after.show_sent),
    "发过的通知": (Role.SECRETARY, notices_after.show_sent),
    queue_texts.QUESTIONS: (Role.ADMINISTRATOR, questions.show_groups),
    queue_texts.UNANSWERED: (Role.ADMINISTRATOR, learning.show_proposals),
    roster_texts.EXPORT: (Role.ADMINISTRATOR, roster.give_export),
    roles_texts.GRANT: (Role.ADMINISTRATOR, roles.begin),
}


def _meant(turn: Turn) -> Handler | None:
    if turn.chat.is_group:
        return None
    role, handler = NAMED.get(_NO_WORD.sub("", turn.incoming.text or ""), (None, None))
    return handler if role is not None and turn.member.may(role) else None


def _is_named(turn: Turn) -> bool:
    return _meant(turn) is not None


@router.shape("named.button", accepts=_is_named, audience=Role.TEACHER)
def open_named(turn: Turn) -> Answered:
    handler = _meant(turn)
    assert handler is not None  # else the route would not have been taken
    return handler(turn)
