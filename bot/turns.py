"""One turn, synchronously: who wrote, which handler, what it answers, all in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from bot.core.chat import Incoming, Message, Reply, State
from bot.core.clock import Clock, local_day
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.core.wording import says_received
from bot.db.engine import hold
from bot.routing import Answered, Route, Router, Turn
from bot.services import addresses, gate, inbox, keyboards, members, outbox, states
from bot.services.files import StoredFile
from bot.services.inbox import Event
from bot.services.members import Member
from knowledge.live import Knowledge

Words = Callable[[Refused], str]
Prepare = Callable[[Incoming, StoredFile], StoredFile]


class AlreadySettled(Exception):  # noqa: N818
    """Another process answered this event first: what this turn wrote must not stay."""


@dataclass(frozen=True)
class Taken:
    """A finished turn: what to show, and which route answered (for logs and metrics)."""

    messages: tuple[Message, ...]
    route: str
    outcome: str = "done"


@dataclass(frozen=True)
class Turns:
    """Takes turns. Everything that a turn needs besides the event and the session.

    `prepare` reads a file that was sent before its turn begins, since a turn must be short.
    """

    router: Router
    words: Words
    clock: Clock
    knowledge: Callable[[], Knowledge]
    prepare: Prepare | None = None

    def take(self, session: Session, event: Event, file: StoredFile | None = None) -> Taken:
        """Answer a stored event. Raises Refused (write nothing, then `refuse`)."""
        turn, scope = self._begin(session, event.incoming, file)
        before = _copy(turn.state)
        route = self._route(turn, scope)
        replies = _listed(route.handler(turn))
        if turn.state == before and route.way in ("command", "button") and not _lasts(before):
            # Whoever turns to something else no longer means the open question.
            turn.close()
        if turn.state != before:
            states.save(session, turn.member.owner, scope, turn.state, at=turn.now)
        return self._settle(turn, event, scope, replies, f"{route.way}:{route.name}")

    def refuse(self, session: Session, event: Event, refused: Refused) -> Taken:
        """Answer a stored event with the words for a refusal."""
        turn, scope = self._begin(session, event.incoming, None)
        # As a message only: a word on the button as well would say the same thing twice.
        reply = Reply(self.words(refused))
        return self._settle(turn, event, scope, [reply], f"refused:{refused.code}")

    def read(self, session: Session, incoming: Incoming) -> Taken:
        """Answer what needs no write, while nothing can be written.

        Raises Refused cannot_write for everything else. Buttons are left out: they are rows; those
        to choose from become lines.
        """
        turn, scope = self._begin(session, incoming, None, is_reading=True)
        route = self._route(turn, scope)
        if not route.is_read_only:
            raise Refused("cannot_write")
        replies = _listed(route.handler(turn))
        messages = tuple(self._without_buttons(reply) for reply in replies)
        return Taken(messages, f"{route.way}:{route.name}")

    def _without_buttons(self, reply: Reply) -> Message:
        choices = [button.label for row in reply.rows for button in row if button.key]
        if not choices:
            return Message(reply.text, toast=reply.toast)
        instead = self.words(Refused("buttons_away"))
        return Message("\n".join([reply.text, *choices, instead]), toast=reply.toast)

    def _begin(
        self,
        session: Session,
        incoming: Incoming,
        file: StoredFile | None,
        *,
        is_reading: bool = False,
    ) -> tuple[Turn, str]:
        now = self.clock.now()
        chat, sender, called = incoming.chat, incoming.sender, incoming.sender_name
        if is_reading:
            member = members.glimpse(session, chat, sender, called=called, on=local_day(now))
        else:
            member = members.recognise(session, chat, sender, called=called, at=now)
            # One person may act on two platforms, or through two processes, at the same time.
            hold(session, member.owner)
        scope = states.scope(chat)
        state = states.load(session, member.owner, scope)
        turn = Turn(session, member, now, incoming, self.knowledge(), state=state, file=file)
        turn.commands, turn.is_reading = self.router.commands, is_reading
        return turn, scope

    def _route(self, turn: Turn, scope: str) -> Route:
        """The route that answers, with the turn's arguments set; checks audience and place."""
        route = self._find(turn, scope)
        if not turn.member.may(route.audience):
            raise _not_for(turn.member, route)
        if turn.chat.is_group and not route.in_groups:
            raise Refused("only_private")
        return route

    def _find(self, turn: Turn, scope: str) -> Route:
        incoming = turn.incoming
        if incoming.tap is not None:
            tap = keyboards.resolve(turn.session, turn.member.owner, incoming.tap, at=turn.now)
            return self._button(turn, tap)
        if incoming.open is not None:
            return self._link(turn, incoming.open)
        text = incoming.text or ""
        turn.argument = text
        return (
            self._pressing(turn)
            or self._spoken(turn, text)
            or self._quoted(turn)
            or self._expected(turn)
            or self._spoken(turn, text, is_unexpected=True)
            or self.router.shaped(turn)
            or self._typed(turn, scope, text)
            or self._fallback(incoming)
        )

    def _button(self, turn: Turn, tap: keyboards.Tap) -> Route:
        route = self.router.find("button", tap.action)
        if route is None:
            raise Refused("button_unknown")
        turn.arguments = tap.arguments
        return route

    def _link(self, turn: Turn, payload: str) -> Route:
        prefix, _, turn.argument = payload.partition("-")
        return self.router.find("link", prefix) or self._required("link")

    def _spoken(self, turn: Turn, text: str, *, is_unexpected: bool = False) -> Route | None:
        """The command that a text is; `is_unexpected`: what is open does not take it."""
        found = self.router.spoken(text)
        if found is None:
            return None
        route, argument = found
        if argument and turn.state and not (is_unexpected or text.startswith(("/", "／"))):
            # A sentence that happens to begin with a command's word, while a text is expected.
            return None
        turn.argument = argument
        return route

    def _quoted(self, turn: Turn) -> Route | None:
        incoming = turn.incoming
        if incoming.quoted is None:
            return None
        about = inbox.about(turn.session, incoming.platform, incoming.chat.id, incoming.quoted)
        feature, _, subject = (about or "").partition(":")
        route = self.router.find("quoted", feature)
        if route is not None:
            turn.arguments = (subject,)
        return route

    def _pressing(self, turn: Turn) -> Route | None:
        """What must be answered at once; but whoever answers for others may be writing of it."""
        route = self.router.find("state", turn.state.name) if turn.state else None
        is_quoting = turn.incoming.quoted is not None and turn.member.may(Role.SECRETARY)
        if _is_writing(route) or is_quoting or turn.argument.startswith(("/", "／")):
            return None
        return self.router.pressing(turn)

    def _expected(self, turn: Turn) -> Route | None:
        """The open conversation, or the lasting one below when the text can only be for that."""
        if turn.state is None:
            return None
        route = self.router.find("state", turn.state.name)
        if says_received(turn.argument) and not _is_writing(route):
            # Courtesy after a notice is no answer to whatever else is open.
            return None
        if route and route.accepts(turn):
            return route
        above = turn.state
        turn.close()
        below = self.router.find("state", turn.state.name) if turn.state else None
        if below and below.accepts(turn):
            return below
        turn.state = above
        return None

    def _typed(self, turn: Turn, scope: str, text: str) -> Route | None:
        if not text:
            return None
        tap = keyboards.typed(turn.session, turn.member.owner, scope, text, at=turn.now)
        return self._button(turn, tap) if tap else None

    def _fallback(self, incoming: Incoming) -> Route:
        is_question = bool(incoming.text) and _is_picture(incoming)
        if incoming.file is not None and not is_question:
            return self._required("file")
        return self._required("place" if incoming.place is not None else "text")

    def _required(self, name: str) -> Route:
        route = self.router.find("fallback", name)
        assert route is not None, f"no fallback for {name}"
        return route

    def _settle(
        self, turn: Turn, event: Event, scope: str, replies: Sequence[Reply], route: str
    ) -> Taken:
        replies = self._send_privately(turn, event, replies)
        owner = turn.member.owner
        messages = tuple(
            keyboards.mint(turn.session, owner, scope, reply, at=turn.now) for reply in replies
        )
        if not inbox.settle(turn.session, event.id, messages, at=turn.now):
            raise AlreadySettled
        if turn.incoming.place is not None:
            inbox.forget(turn.session, event.id, "place")
        if turn.is_text_forgotten:
            inbox.forget(turn.session, event.id, "text")
        return Taken(messages, route)

    def _send_privately(
        self, turn: Turn, event: Event, replies: Sequence[Reply]
    ) -> Sequence[Reply]:
        """In a group, what is private goes to the person's own chat."""
        if not turn.chat.is_group or not any(reply.is_private for reply in replies):
            return replies
        owner = turn.member.owner
        has_chat = addresses.reachable(turn.session, [owner], on=local_day(turn.now))
        for number, reply in enumerate(replies):
            if reply.is_private and has_chat:
                outbox.add(
                    turn.session,
                    owner,
                    replace(reply, replaces=False),
                    key=f"private:{event.id}:{number}",
                    purpose=gate.Purpose.AWAITED,
                    at=turn.now,
                )
        told = Reply(self.words(Refused("sent_privately" if has_chat else "only_private")))
        return [*(reply for reply in replies if not reply.is_private), told]


def _not_for(member: Member, route: Route) -> Refused:
    """For one who may not use it; a secretary is not told that secretaries may."""
    if member.is_guest:
        return Refused("members_only")
    is_secretary = member.may(Role.SECRETARY) and route.audience is Role.ADMINISTRATOR
    return Refused("administrators_only" if is_secretary else "not_your_role")


def _is_writing(route: Route | None) -> bool:
    """Whether somebody who answers for others is in the middle of writing something for them."""
    return route is not None and route.audience not in (Role.GUEST, Role.TEACHER)


def _is_picture(incoming: Incoming) -> bool:
    """Whether a picture came: what is written under it is what the person wants to say."""
    return incoming.file is not None and incoming.file.media_type.startswith("image/")


def _listed(answered: Answered) -> list[Reply]:
    return [answered] if isinstance(answered, Reply) else list(answered)


def _copy(state: State | None) -> State | None:
    return deepcopy(state)


def _lasts(state: State | None) -> bool:
    return state is not None and bool(state.data.get("lasting"))
