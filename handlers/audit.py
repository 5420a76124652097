"""The audit list for administrators: searched by words and days, page by page, exported."""

from __future__ import annotations

from bot.core.chat import Button, File, Reply
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import audit
from handlers.texts import audit as texts
from handlers.texts.roster import XLSX

router = Router()


@router.command("audit", help="操作记录", words=("操作记录",), audience=Role.ADMINISTRATOR)
def show(turn: Turn) -> Reply:
    return _page(turn, turn.argument, 0)


@router.button("audit.page", audience=Role.ADMINISTRATOR)
def turn_page(turn: Turn) -> Reply:
    text, page = turn.arguments
    reply = _page(turn, str(text), int(page))
    return Reply(reply.text, reply.buttons, replaces=True)


@router.button("audit.export", audience=Role.ADMINISTRATOR)
def export(turn: Turn) -> Reply:
    acts = audit.export(turn.session, turn.member, audit.query_of(str(turn.arguments[0])))
    return Reply(texts.NAME, file=File(texts.NAME, texts.table(acts), XLSX))


def _page(turn: Turn, text: str, page: int) -> Reply:
    acts, has_more = audit.search(turn.session, turn.member, audit.query_of(text), page=page)
    turning: list[Button] = []
    if page > 0:
        turning.append(Button(texts.PREVIOUS, "audit.page", text, page - 1))
    if has_more:
        turning.append(Button(texts.NEXT, "audit.page", text, page + 1))
    rows = [turning] if turning else []
    if acts:
        rows.append([Button(texts.EXPORT, "audit.export", text)])
    return Reply(texts.page(acts, text, page), buttons=rows, is_private=True)
