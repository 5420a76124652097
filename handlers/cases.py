"""典型案例通报: a notice out of a case of the knowledge, which never names anybody."""

from __future__ import annotations

from dataclasses import replace

from bot.core.chat import Button, Reply
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import notice_drafts
from handlers import paging
from handlers.notices import go_on
from handlers.texts import cases as texts

router = Router()


@router.button("notices.cases", audience=Role.SECRETARY)
def show_cases(turn: Turn) -> Reply:
    offset = int(turn.arguments[0]) if turn.arguments else 0
    cases = list(turn.knowledge.library.cases.values())
    if not cases:
        return Reply(texts.NONE, [Button(texts.BACK, "notices.menu")], replaces=True)
    shown = cases[offset : offset + paging.SIZE]
    numbers = paging.numbers("notices.case", (case.id for case in shown), offset)
    rows = paging.rows(numbers, "notices.cases", offset, len(cases), back="notices.menu")
    return Reply(texts.listing(shown, offset), rows, replaces=True)


@router.button("notices.case", audience=Role.SECRETARY)
def take_case(turn: Turn) -> list[Reply] | Reply:
    """The case as the text of a new notice, which can still be changed before it goes out."""
    case = turn.knowledge.library.cases.get(str(turn.arguments[0]))
    if case is None:
        return Reply(texts.GONE, replaces=True)
    sources = turn.knowledge.library.sources
    titles = sources[case.source].title, sources[case.follows_source].title
    draft = replace(notice_drafts.new(), text=texts.notice(case, titles))
    notice_drafts.save(turn.session, turn.member.owner, draft, at=turn.now)
    return go_on(turn, draft)
