"""未确认: who of one's own people has not confirmed an open notice, asked for at will."""

from __future__ import annotations

from bot.core.chat import Reply
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import unconfirmed
from handlers.texts import unconfirmed as texts

router = Router()


@router.command("unconfirmed", help="谁还没有确认通知", words=("未确认",), audience=Role.SECRETARY)
@router.button("unconfirmed.show", audience=Role.SECRETARY)
def show(turn: Turn) -> Reply:
    found = unconfirmed.of_mine(turn.session, turn.member, at=turn.now)
    return Reply(texts.listed(found), is_private=True)
