"""负担: what the house asks of people, in numbers, for administrators."""

from __future__ import annotations

from bot.core.chat import Reply
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import burden
from handlers.texts import burden as texts

router = Router()


@router.command(
    "burden", help="消息和操作的负担有多大", words=("负担",), audience=Role.ADMINISTRATOR
)
def show(turn: Turn) -> Reply:
    return Reply(texts.shown(burden.measure(turn.session, at=turn.now)))
