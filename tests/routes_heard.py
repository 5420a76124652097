"""Routes that note what they heard, for tests of the dispatcher."""

from __future__ import annotations

from bot.app import App
from bot.core.chat import Button, Reply
from bot.core.errors import Refused
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import facts
from tests.fakes import Person


def hear(app: App) -> list[str]:
    """What the routes that it adds are asked from now on, in order."""
    heard: list[str] = []

    @app.router.command("echo", help="", audience=Role.GUEST, in_groups=True)
    def echo(turn: Turn) -> Reply:
        heard.append(f"{turn.incoming.sender}:{turn.argument}")
        return Reply(f"回声 {turn.argument}")

    @app.router.command("broken", help="", audience=Role.GUEST)
    def break_down(turn: Turn) -> Reply:
        heard.append("broken")
        facts.put(turn.session, "left behind", "1")
        raise RuntimeError("a fault in a handler")

    @app.router.command("refused", help="", audience=Role.GUEST)
    def refuse(turn: Turn) -> Reply:
        facts.put(turn.session, "left behind", "1")
        turn.open("notes.text")
        raise Refused("members_only")

    @app.router.command("secret", help="", audience=Role.GUEST, in_groups=True)
    def tell_privately(turn: Turn) -> Reply:
        return Reply("只给本人看", is_private=True)

    _add_choice(app.router, heard)
    _add_notes(app.router)
    return heard


def _add_choice(router: Router, heard: list[str]) -> None:
    @router.command("choose", help="", audience=Role.GUEST, in_groups=True)
    def choose(turn: Turn) -> Reply:
        rows = [Button("甲方案", "test.pick", "甲", key="A"), Button("乙方案", "test.pick", "乙")]
        return Reply("选哪个？", buttons=rows)

    @router.button("test.pick", audience=Role.GUEST, in_groups=True)
    def pick(turn: Turn) -> Reply:
        heard.append(f"{turn.incoming.sender} picks {turn.arguments[0]}")
        return Reply(f"选了{turn.arguments[0]}", replaces=True)


def _add_notes(router: Router) -> None:
    @router.command("note", help="", audience=Role.GUEST, in_groups=True)
    def begin_note(turn: Turn) -> Reply:
        turn.open("notes.text", places=[])
        return Reply("请写内容", about="notes:7")

    @router.state("notes.text", audience=Role.GUEST)
    def take_note(turn: Turn) -> Reply:
        assert turn.state is not None
        turn.state.data["places"].append(turn.argument)
        return Reply("记下：" + "、".join(turn.state.data["places"]))

    @router.quoted("notes", audience=Role.GUEST)
    def answer_note(turn: Turn) -> Reply:
        return Reply(f"回复第 {turn.arguments[0]} 条：{turn.argument}")


def texts(person: Person) -> list[str]:
    return [standing.text for standing in person.screen]
