"""Somebody's life may be in danger: what to do now, before anything else that is open."""

from __future__ import annotations

from bot.core.chat import Button, Reply
from bot.core.roles import Role
from bot.core.smalltalk import crisis
from bot.routing import Router, Turn
from handlers.texts import crisis as texts

router = Router()
# What the rules say of it, as far as the knowledge holds it.
ENTRIES = ("delinquency-mental", "reporting-to-whom", "minors-bully-steps")


def _tells_of_crisis(turn: Turn) -> bool:
    return crisis("".join((turn.incoming.text or "").split())) is not None


@router.urgent("crisis.told", accepts=_tells_of_crisis)
def help_at_once(turn: Turn) -> Reply:
    whose = crisis("".join(turn.argument.split()))
    if whose == "self":
        return Reply(texts.FOR_ONESELF, [Button(texts.ABOUT_OTHERS, "crisis.others")])
    return _steps(turn, turn.argument)


@router.button("crisis.others", audience=Role.GUEST, in_groups=True)
def about_others(turn: Turn) -> Reply:
    """It was said of a pupil or somebody else."""
    return _steps(turn, "")


def _steps(turn: Turn, text: str) -> Reply:
    held = turn.knowledge.library.entries
    buttons = [Button(held[i].title, "asking.show", i, "beside") for i in ENTRIES if i in held]
    if text and len(text) <= texts.LONGEST_ASKED:
        buttons.append(Button(texts.LOOK_UP, "asking.ask", text))
    return Reply(texts.STEPS, buttons)
