"""Writing a notice: the words and files, to whom, how, a last look, and the tap that sends it."""

from __future__ import annotations

from dataclasses import replace

from bot.core.chat import Button, Reply
from bot.core.clock import local_day
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import access, audience, audience_words, gate, notice_drafts, notices, units
from bot.services import notice_sending as sending
from bot.services.notice_drafts import Draft
from handlers import notices_after, notices_letters
from handlers.notices_review import count, review, sample
from handlers.texts import notices as texts

router = Router()
_SCHOOLS_OFFERED = 6
_WITH_THE_TAP = 200  # people to whom it is queued in the same turn


@router.button("notices.menu", audience=Role.SECRETARY)
@router.command(
    "notice", help="发通知，看谁确认了", words=("通知", "发通知"), audience=Role.SECRETARY
)
def begin(turn: Turn) -> list[Reply] | Reply:
    if turn.argument and not turn.is_tap:
        draft = replace(notice_drafts.new(), text=notices.checked_text(turn.argument))
        return go_on(turn, _save(turn, draft))
    rows = [
        [Button(texts.NEW, "notices.new"), Button(texts.CONFIDENTIAL, "notices.person")],
        [Button(texts.CASE, "notices.cases"), Button(texts.SENT_ONES, "notices.list")],
        [Button(texts.UNCONFIRMED, "unconfirmed.show")],
    ]
    if notice_drafts.load(turn.session, turn.member.owner):
        rows.insert(0, [Button(texts.GO_ON, "notices.go_on")])
    return Reply(texts.MENU, rows, replaces=turn.is_tap)


@router.button("notices.new", audience=Role.SECRETARY)
def write(turn: Turn) -> Reply:
    _save(turn, notice_drafts.new())
    turn.open("notices.write", since=turn.incoming.event)
    return Reply(texts.WRITE)


@router.button("notices.go_on", audience=Role.SECRETARY)
def take_up(turn: Turn) -> list[Reply] | Reply:
    return go_on(turn, notice_drafts.require(turn.session, turn.member.owner))


def go_on(turn: Turn, draft: Draft) -> list[Reply] | Reply:
    """The first thing that is missing, or all of it to look at."""
    if draft.person is None and not draft.text:
        turn.open("notices.write", since=turn.incoming.event)
        return Reply(texts.WRITE)
    if draft.audience is None:
        turn.open("notices.to", since=turn.incoming.event)
        return Reply(texts.TO_WHOM, _audiences(turn))
    return [sample(turn, draft), review(turn, draft)]


def _comes(turn: Turn) -> bool:
    """Text, or a file while one is likely to be meant for the notice."""
    if turn.file is None:
        return bool(turn.argument)
    return notice_drafts.is_attaching(turn.session, turn.member.owner, at=turn.now)


@router.state("notices.write", audience=Role.SECRETARY, accepts=_comes)
def take_words(turn: Turn) -> list[Reply] | Reply:
    draft = notice_drafts.require(turn.session, turn.member.owner)
    if turn.argument:
        draft = _save(turn, replace(draft, text=notices.checked_text(turn.argument)))
    return _take_file(turn, draft) if turn.file else go_on(turn, draft)


def _is_file(turn: Turn) -> bool:
    return turn.file is not None and _comes(turn)


@router.state("notices.review", audience=Role.SECRETARY, accepts=_is_file)
def take_late_file(turn: Turn) -> Reply:
    return _take_file(turn, notice_drafts.require(turn.session, turn.member.owner))


def _take_file(turn: Turn, draft: Draft) -> Reply:
    assert turn.file is not None
    owner = turn.member.owner
    draft = notice_drafts.with_file(turn.session, owner, draft, turn.file, at=turn.now)
    _save(turn, draft)
    has_text = bool(draft.text)
    button = [Button(texts.ENOUGH_FILES, "notices.go_on")] if has_text else []
    return Reply(texts.got_file(len(draft.files), has_text=has_text), button)


@router.state("notices.to", audience=Role.SECRETARY, accepts=_comes)
def take_audience(turn: Turn) -> list[Reply] | Reply:
    draft = notice_drafts.require(turn.session, turn.member.owner)
    return _take_file(turn, draft) if turn.file else _meant(turn, draft, turn.argument)


@router.button("notices.pick", audience=Role.SECRETARY)
def pick_audience(turn: Turn) -> list[Reply] | Reply:
    draft = notice_drafts.require(turn.session, turn.member.owner)
    return _meant(turn, draft, str(turn.arguments[0]))


def _meant(turn: Turn, draft: Draft, text: str) -> list[Reply] | Reply:
    meant = audience_words.read(turn.session, text, by=turn.member, on=local_day(turn.now))
    return go_on(turn, _save(turn, replace(draft, to=audience.as_json(meant))))


@router.state("notices.but", audience=Role.SECRETARY)
def take_exception(turn: Turn) -> Reply:
    """Added to those who are left out already."""
    draft = notice_drafts.require(turn.session, turn.member.owner)
    on = local_day(turn.now)
    out = audience_words.read(turn.session, turn.argument, by=turn.member, on=on)
    meant = draft.audience or audience.EVERYBODY
    but = replace(meant.but, also=(*meant.but.also, out)) if meant.but else out
    whole = replace(meant, but=but)
    return review(turn, _save(turn, replace(draft, to=audience.as_json(whole))))


@router.state("notices.due", audience=Role.SECRETARY)
def take_due(turn: Turn) -> Reply:
    due = notice_drafts.instant(turn.argument, now=turn.now)
    draft = notice_drafts.require(turn.session, turn.member.owner)
    return review(turn, _save(turn, replace(draft, due=due.isoformat())))


@router.state("notices.at", audience=Role.SECRETARY)
def take_time(turn: Turn) -> Reply:
    at = notice_drafts.instant(turn.argument, now=turn.now, default=gate.QUIET_UNTIL)
    draft = notice_drafts.require(turn.session, turn.member.owner)
    return review(turn, _save(turn, replace(draft, at=at.isoformat())))


@router.state("notices.asks", audience=Role.SECRETARY)
def take_question(turn: Turn) -> Reply:
    asks = notices.checked_word(turn.argument, notices.ASKS_AT_MOST)
    draft = notice_drafts.require(turn.session, turn.member.owner)
    return review(turn, _save(turn, replace(draft, asks=asks)))


@router.button("notices.edit", audience=Role.SECRETARY)
def edit(turn: Turn) -> Reply:
    """What is to be typed anew. The message with the last look stays where it is."""
    draft = notice_drafts.require(turn.session, turn.member.owner, str(turn.arguments[0]))
    what = str(turn.arguments[1])
    turn.open(f"notices.{what}", since=turn.incoming.event)
    if what == "to":
        return Reply(texts.TO_WHOM, _audiences(turn))
    asked = {
        "write": texts.WRITE_ANEW,
        "but": texts.BUT_WHOM,
        "due": texts.ASK_DUE,
        "at": texts.ASK_AT,
        "asks": texts.ASK_ASKS.format(limit=notices.ASKS_AT_MOST),
    }[what]
    clear = {"due": texts.NO_DUE, "at": texts.AT_ONCE, "asks": texts.NO_ASKS}
    now = {"due": draft.due, "at": draft.at, "asks": draft.asks}.get(what)
    buttons = [Button(clear[what], "notices.clear", draft.id, what)] if now else []
    return Reply(asked, buttons)


@router.button("notices.clear", audience=Role.SECRETARY)
def clear(turn: Turn) -> Reply:
    draft = notice_drafts.require(turn.session, turn.member.owner, str(turn.arguments[0]))
    emptied = {
        "due": replace(draft, due=None),
        "at": replace(draft, at=None),
        "asks": replace(draft, asks=""),
        "files": replace(draft, files=()),
    }[str(turn.arguments[1])]
    return replace(review(turn, _save(turn, emptied)), replaces=True)


@router.button("notices.kind", audience=Role.SECRETARY)
def change_kind(turn: Turn) -> Reply:
    draft_id, kind = turn.arguments
    draft = notice_drafts.require(turn.session, turn.member.owner, str(draft_id))
    if kind == notices.URGENT and not turn.member.may(Role.ADMINISTRATOR):
        kind = draft.kind
    draft = _save(turn, replace(draft, kind=str(kind)))
    return replace(review(turn, draft), replaces=True)


@router.button("notices.look", audience=Role.SECRETARY)
def look(turn: Turn) -> list[Reply]:
    draft = notice_drafts.require(turn.session, turn.member.owner, str(turn.arguments[0]))
    return [sample(turn, draft), review(turn, draft)]


@router.button("notices.sample", audience=Role.SECRETARY)
def tap_sample(turn: Turn) -> Reply:
    return Reply(texts.SAMPLE, toast=texts.SAMPLE)


@router.button("notices.drop", audience=Role.SECRETARY)
def drop(turn: Turn) -> Reply:
    notice_drafts.require(turn.session, turn.member.owner, str(turn.arguments[0]))
    notice_drafts.drop(turn.session, turn.member.owner, at=turn.now)
    turn.close()
    return Reply(texts.DROPPED, replaces=True)


@router.button("notices.send", audience=Role.SECRETARY)
def send(turn: Turn) -> Reply:
    """Goes to exactly as many as were shown; a second tap shows how the first goes on."""
    draft_id, shown = str(turn.arguments[0]), int(turn.arguments[1])
    known = notices.sent_as(turn.session, draft_id)
    if known is not None:
        return notices_after.watched(turn, known)
    draft = notice_drafts.require(turn.session, turn.member.owner, draft_id)
    people = count(turn, draft)
    if people not in (0, shown):
        again = review(turn, draft)
        return replace(again, text=f"{texts.CHANGED_MEANWHILE}\n{again.text}", replaces=True)
    wish = notice_drafts.wish_of(draft)
    sent = sending.send(turn.session, turn.member, wish, key=draft.id, at=turn.now)
    notice_drafts.drop(turn.session, turn.member.owner, at=turn.now)
    turn.close()
    notices_letters.ask_for_approval(turn.session, sent, people, at=turn.now)
    if people <= _WITH_THE_TAP and sent.notice.send_at <= turn.now:
        notices_letters.advance_one(turn.session, sent.notice.id, at=turn.now)
    return notices_after.watched(turn, notices.show(turn.session, sent.notice.id))


def _audiences(turn: Turn) -> list[list[Button]]:
    scope = access.scope(turn.session, turn.member)
    schools = [
        unit.name
        for unit in units.every(turn.session, tree=units.ADMIN, kinds=(units.SCHOOL,))
        if unit.id in scope
    ][:_SCHOOLS_OFFERED]
    names = [texts.EVERYONE, texts.PARTY, texts.SECRETARIES, texts.ADMINISTRATORS, *schools]
    buttons = [Button(name, "notices.pick", name) for name in names]
    return [buttons[at : at + 2] for at in range(0, len(buttons), 2)]


def _save(turn: Turn, draft: Draft) -> Draft:
    return notice_drafts.save(turn.session, turn.member.owner, draft, at=turn.now)
