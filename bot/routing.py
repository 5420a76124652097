"""Turn, Route and Router: which handler answers which command, button or text, and for whom."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy.orm import Session

from bot.core.chat import Chat, Incoming, Reply, State
from bot.core.roles import Role
from bot.services.files import StoredFile
from bot.services.members import Member
from knowledge.live import Knowledge

# How long a question such as 确定解除吗 counts.
SURE_FOR = timedelta(minutes=10)


@dataclass
class Turn:
    """One Incoming with everything needed to answer it.

    `argument` is what stands behind a command or what was typed; `arguments` are a button's.
    `state` is the open conversation in this chat, if any; `open` and `close` change it, and the
    change is stored with the turn. While `is_reading` nothing can be written at all.
    """

    session: Session
    member: Member
    now: datetime
    incoming: Incoming
    knowledge: Knowledge
    argument: str = ""
    arguments: tuple[Any, ...] = ()
    state: State | None = None
    file: StoredFile | None = None
    commands: Callable[[Role], Sequence[Route]] = field(default=lambda _: ())
    is_reading: bool = False
    is_text_forgotten: bool = False

    @property
    def chat(self) -> Chat:
        return self.incoming.chat

    @property
    def chance(self) -> random.Random:
        """Chance that repeats with the event: the same turn draws the same questions."""
        return random.Random(f"{self.incoming.platform}:{self.incoming.event}")  # noqa: S311

    @property
    def is_tap(self) -> bool:
        return self.incoming.tap is not None

    def forget_text(self) -> None:
        """Keep nothing of what was written, once it has been understood."""
        self.is_text_forgotten = True

    def open(self, name: str, *, lasting: bool = False, **data: Any) -> None:
        """Wait for the next thing in this chat under `feature.step`, with plain JSON data.

        A lasting one stays open while the person does other things, and comes back when a
        passing one that was opened above it closes.
        """
        if lasting:
            self.state = State(name, {**data, "lasting": True})
            return
        if below := self._below():
            data["below"] = below
        self.state = State(name, data)

    def close(self) -> None:
        """Wait no longer; a lasting conversation below comes back."""
        below = self.state.data.get("below") if self.state else None
        self.state = State(*below) if below else None

    def is_open(self, name: str, **data: Any) -> bool:
        """Whether that conversation is open since a moment ago, with that data.

        What destroys asks first, and counts only while its question stands.
        """
        state = self.state
        if state is None or state.name != name or state.updated_at is None:
            return False
        is_fresh = self.now - state.updated_at <= SURE_FOR
        return is_fresh and all(state.data.get(key) == value for key, value in data.items())

    def _below(self) -> list[Any] | None:
        if self.state is None:
            return None
        if self.state.data.get("lasting"):
            return [self.state.name, self.state.data]
        return self.state.data.get("below")


Answered = Reply | Sequence[Reply]
Handler = Callable[[Turn], Answered]
Accepts = Callable[[Turn], bool]
Way = Literal["command", "button", "urgent", "state", "shape", "quoted", "link", "fallback"]


@dataclass(frozen=True)
class Route:
    """One handler, how it is reached, and for whom.

    `is_read_only` handlers also answer when nothing can be written. `in_groups` ones may answer
    where others read along; all others ask the person to write privately.
    """

    way: Way
    name: str
    handler: Handler
    audience: Role
    help: str = ""
    words: tuple[str, ...] = ()
    is_read_only: bool = False
    in_groups: bool = False
    accepts: Accepts = field(default=lambda turn: turn.incoming.text is not None)


class Router:
    """A feature's routes, or all of them together. Refuses two routes of one name."""

    def __init__(self) -> None:
        self.routes: dict[tuple[Way, str], Route] = {}
        self._words: dict[str, Route] = {}
        self._shapes: list[Route] = []
        self._urgent: list[Route] = []

    def command(
        self,
        name: str,
        *,
        help: str,  # noqa: A002 - what the platforms call it
        words: tuple[str, ...] = (),
        audience: Role = Role.TEACHER,
        is_read_only: bool = False,
        in_groups: bool = False,
    ) -> Callable[[Handler], Handler]:
        """`/name`, or one of `words` alone or with an argument behind a space."""

        def add(handler: Handler) -> Handler:
            self._add(
                Route("command", name, handler, audience, help, words, is_read_only, in_groups)
            )
            return handler

        return add

    def button(
        self, action: str, *, audience: Role = Role.TEACHER, in_groups: bool = False
    ) -> Callable[[Handler], Handler]:
        """A button whose action is `feature.verb`."""
        return self._adder("button", action, audience, in_groups=in_groups)

    def state(
        self, name: str, *, audience: Role = Role.TEACHER, accepts: Accepts | None = None
    ) -> Callable[[Handler], Handler]:
        """What comes while the conversation `feature.step` is open and `accepts` says yes."""
        return self._adder("state", name, audience, accepts=accepts)

    def shape(
        self, name: str, *, accepts: Accepts, audience: Role = Role.GUEST
    ) -> Callable[[Handler], Handler]:
        """A text that by its form alone can only be meant for this feature (an invitation code)."""
        return self._adder("shape", name, audience, accepts=accepts)

    def urgent(self, name: str, *, accepts: Accepts) -> Callable[[Handler], Handler]:
        """A text that must be answered at once, whatever else is open for a person without a role.

        It changes nothing that is open.
        """
        return self._adder(
            "urgent", name, Role.GUEST, in_groups=True, is_read_only=True, accepts=accepts
        )

    def quoted(
        self, feature: str, *, audience: Role = Role.TEACHER
    ) -> Callable[[Handler], Handler]:
        """An answer that quotes a message about `feature:id`; the id is the argument."""
        return self._adder("quoted", feature, audience)

    def link(self, prefix: str, *, audience: Role = Role.GUEST) -> Callable[[Handler], Handler]:
        """A deep link whose payload begins with `prefix-`; the rest is the argument."""
        return self._adder("link", prefix, audience)

    def fallback(self, way: str = "text") -> Callable[[Handler], Handler]:
        """What nobody else answers: `text`, `file`, `place`, `link` (a payload of no feature)."""
        return self._adder("fallback", way, Role.GUEST, in_groups=True, is_read_only=True)

    def include(self, other: Router) -> None:
        """Take over the routes of a feature."""
        for route in other.routes.values():
            self._add(route)

    def find(self, way: Way, name: str) -> Route | None:
        return self.routes.get((way, name))

    def spoken(self, text: str) -> tuple[Route, str] | None:
        """The command that a text is, with its argument, or None.

        `/name argument`, `/name@bot argument`, a word of a command alone, or a word and an
        argument with a space between. Full-width forms count.
        """
        head, _, argument = text.replace("／", "/", 1).replace("\u3000", " ").partition(" ")
        if head.startswith("/"):
            name = head[1:].partition("@")[0].lower()
            route = self.find("command", name) or self._words.get(name)
        else:
            route = self._words.get(head.lower())
        return (route, argument.strip()) if route else None

    def shaped(self, turn: Turn) -> Route | None:
        """The route whose form the text has, or None."""
        found = (route for route in self._shapes if route.accepts(turn))
        return next(found, None)

    def pressing(self, turn: Turn) -> Route | None:
        """The route that has to answer before all others, or None."""
        return next((route for route in self._urgent if route.accepts(turn)), None)

    def commands(self, audience: Role) -> list[Route]:
        """The commands that an audience may use, in order of their making."""
        ranks = list(Role)
        reach = ranks.index(audience)
        return [
            route
            for (way, _), route in self.routes.items()
            if way == "command" and ranks.index(route.audience) <= reach
        ]

    def _adder(
        self,
        way: Way,
        name: str,
        audience: Role,
        *,
        in_groups: bool = False,
        is_read_only: bool = False,
        accepts: Accepts | None = None,
    ) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            route = Route(
                way, name, handler, audience, in_groups=in_groups, is_read_only=is_read_only
            )
            if accepts:
                object.__setattr__(route, "accepts", accepts)
            self._add(route)
            return handler

        return add

    def _add(self, route: Route) -> None:
        if (route.way, route.name) in self.routes:
            raise ValueError(f"two routes for {route.way} {route.name}")
        self.routes[route.way, route.name] = route
        if route.way == "shape":
            self._shapes.append(route)
        if route.way == "urgent":
            self._urgent.append(route)
        for word in route.words:
            if word in self._words:
                raise ValueError(f"two commands for the word {word}")
            self._words[word] = route
