"""The last look at a notice: how it will look, to how many it goes, and what can be changed."""

from __future__ import annotations

from datetime import datetime

from bot.core.chat import Button, Reply
from bot.core.clock import local_day
from bot.core.roles import Role
from bot.routing import Turn
from bot.services import audience, gate, notice_drafts, notices
from bot.services import notice_sending as sending
from bot.services.notice_drafts import Draft
from bot.services.notices import Notice
from handlers import notices_letters
from handlers.texts import notices as texts


def review(turn: Turn, draft: Draft) -> Reply:
    """The last look: to whom, exactly how many, ten of them, how and when."""
    turn.open("notices.review", since=turn.incoming.event)
    meant, day = draft.audience or audience.EVERYBODY, local_day(draft.send_at or turn.now)
    mine = notices.among(turn.session, turn.member.id, at=turn.now)
    people = audience.count(turn.session, meant, on=day, among=mine)
    unbound = audience.unbound(turn.session, meant, on=day, among=mine)
    names = audience.sample(turn.session, meant, on=day, among=mine)
    said = texts.to_whom(meant, audience.names(turn.session, meant))
    text = texts.review(draft, said, (people, unbound), names, _hold(draft, turn.now))
    if draft.kind == notices.URGENT and people > sending.APPROVAL_ABOVE:
        text = f"{text}\n{texts.needs_approval(sending.APPROVAL_ABOVE)}"
    send_it = [Button(texts.send_to(people), "notices.send", draft.id, people)] if people else []
    return Reply(text, [row for row in (send_it, *_edits(turn, draft)) if row])


def _edits(turn: Turn, draft: Draft) -> list[list[Button]]:
    def button(label: str, what: str) -> Button:
        return Button(label, "notices.edit", draft.id, what)

    last = [
        Button(texts.LOOK, "notices.look", draft.id),
        Button(texts.DROP, "notices.drop", draft.id),
    ]
    if draft.person is not None:
        return [[button(texts.EDIT_DUE, "due"), button(texts.EDIT_AT, "at")], last]
    kinds = [notices.PLAIN, notices.RECEIPT, notices.URGENT]
    others = [kind for kind in kinds if kind != draft.kind]
    if not turn.member.may(Role.ADMINISTRATOR):
        others = [kind for kind in others if kind != notices.URGENT]
    rows = [
        [
            button(texts.EDIT_TEXT, "write"),
            button(texts.EDIT_TO, "to"),
            button(texts.EDIT_BUT, "but"),
        ],
        [Button(texts.AS_KIND[kind], "notices.kind", draft.id, kind) for kind in others],
        [button(texts.EDIT_AT, "at")],
    ]
    if draft.kind != notices.PLAIN:
        rows[2] += [button(texts.EDIT_DUE, "due"), button(texts.EDIT_ASKS, "asks")]
    if draft.files:
        rows[2].append(Button(texts.NO_FILES, "notices.clear", draft.id, "files"))
    return [*rows, last]


def sample(turn: Turn, draft: Draft) -> Reply:
    """The notice as it will look."""
    wish = notice_drafts.wish_of(draft)
    notice = Notice(
        0,
        wish.kind,
        wish.text,
        wish.audience,
        turn.member.id,
        turn.member.name,
        wish.member_id,
        turn.now,
        turn.now,
        wish.due_at,
        "",
        wish.files,
        wish.asks,
        wish.said,
    )
    return notices_letters.letter(turn.session, notice, is_sample=True)


def _hold(draft: Draft, now: datetime) -> tuple[str, ...]:
    """Why it would not go at once, and when it does."""
    at = draft.send_at or now
    opening = gate.opening(notices.purpose_of(draft.kind), at=at)
    return (opening.reason or "", texts.when(opening.at)) if opening.at > at else ()


def count(turn: Turn, draft: Draft) -> int:
    mine = notices.among(turn.session, turn.member.id, at=turn.now)
    meant, day = draft.audience or audience.EVERYBODY, local_day(draft.send_at or turn.now)
    return audience.count(turn.session, meant, on=day, among=mine)
