"""专送: to one person, saying only when, where and whom to see."""

from __future__ import annotations

from dataclasses import replace

from bot.core.chat import Button, Reply
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import notice_drafts, notices, people
from handlers.notices import go_on
from handlers.texts import notices_confidential as texts

router = Router()


@router.button("notices.person", audience=Role.SECRETARY)
def begin(turn: Turn) -> Reply:
    turn.open("notices.person", since=turn.incoming.event)
    return Reply(texts.WHO)


@router.state("notices.person", audience=Role.SECRETARY)
def take_person(turn: Turn) -> Reply:
    """Somebody whom the sender answers for, by name or number."""
    person = people.one(turn.session, turn.member, turn.argument)
    draft = replace(notice_drafts.new(notices.CONFIDENTIAL), person=person.id)
    notice_drafts.save(turn.session, turn.member.owner, draft, at=turn.now)
    turn.open("notices.when", since=turn.incoming.event)
    return Reply(texts.when_to_come(person))


@router.state("notices.when", audience=Role.SECRETARY)
def take_time(turn: Turn) -> Reply:
    meets_at = notice_drafts.instant(turn.argument, now=turn.now)
    due = notice_drafts.receipt_due(meets_at, now=turn.now)
    _keep(turn, when=meets_at.isoformat(), due=due.isoformat())
    turn.open("notices.place", since=turn.incoming.event)
    return Reply(texts.WHERE)


@router.state("notices.place", audience=Role.SECRETARY)
def take_place(turn: Turn) -> Reply:
    _keep(turn, place=notices.checked_discreet(turn.argument, notices.PLACE_AT_MOST))
    turn.open("notices.whom", since=turn.incoming.event)
    own = Button(texts.ME.format(name=turn.member.name), "notices.me")
    return Reply(texts.WHOM, [own])


@router.button("notices.me", audience=Role.SECRETARY)
def take_oneself(turn: Turn) -> list[Reply] | Reply:
    return _whom(turn, turn.member.name)


@router.state("notices.whom", audience=Role.SECRETARY)
def take_whom(turn: Turn) -> list[Reply] | Reply:
    return _whom(turn, turn.argument)


def _whom(turn: Turn, name: str) -> list[Reply] | Reply:
    return go_on(turn, _keep(turn, whom=notices.checked_discreet(name, notices.WHOM_AT_MOST)))


def _keep(turn: Turn, **said: str) -> notice_drafts.Draft:
    draft = notice_drafts.require(turn.session, turn.member.owner)
    draft = replace(draft, **said)
    return notice_drafts.save(turn.session, turn.member.owner, draft, at=turn.now)
