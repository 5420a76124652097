"""/tag: words by which administrators find people again."""

from __future__ import annotations

import re

from bot.core.chat import Reply
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import people, tags
from handlers.texts import tags as texts

router = Router()


@router.command(
    "tag", help="给人加标签，发通知时好找", words=("标签",), audience=Role.ADMINISTRATOR
)
def tag(turn: Turn) -> Reply:
    words = [word for word in re.split(r"[\s、，,;；]+", turn.argument) if word]
    removes = bool(words) and words[0] in texts.REMOVE_WORDS
    name, who = (words[1:2], words[2:]) if removes else (words[:1], words[1:])
    if not name:
        found = tags.every(turn.session, turn.member)
        return Reply(texts.listing(found) if found else texts.NONE)
    if not who:
        return Reply(texts.holders(name[0], tags.holders(turn.session, turn.member, name[0])))
    ids = [people.one(turn.session, turn.member, each).id for each in who]
    if removes:
        return Reply(texts.removed(name[0], tags.take(turn.session, turn.member, name[0], ids)))
    return Reply(texts.added(name[0], tags.put(turn.session, turn.member, name[0], ids)))
