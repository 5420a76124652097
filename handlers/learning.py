"""What was asked without an answer: an administrator adds it to an entry, or lets it be."""

from __future__ import annotations

from datetime import date

from bot.core.chat import Button, Reply
from bot.core.clock import local_day
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import additions, answering, learning
from bot.services.additions import Addition
from bot.services.answering import SHOWN, Answered
from bot.services.learning import Proposal
from handlers import paging
from handlers.texts import learning as texts

router = Router()


@router.button("learning.list", audience=Role.ADMINISTRATOR)
def show_proposals(turn: Turn) -> Reply:
    offset = int(turn.arguments[0]) if turn.arguments else 0
    found = learning.waiting(turn.session, offset=offset, limit=paging.SIZE)
    total = learning.count(turn.session)
    numbers = paging.numbers("learning.open", (each.id for each in found), offset)
    rows = paging.rows(numbers, "learning.list", offset, total)
    rows[-1].append(Button(texts.ADDED, "learning.added"))
    return Reply(texts.listing(found, total, offset), rows, replaces=True)


@router.button("learning.open", audience=Role.ADMINISTRATOR)
def show_proposal(turn: Turn) -> Reply:
    return _page(turn, learning.proposal(turn.session, int(turn.arguments[0])))


@router.button("learning.reword", audience=Role.ADMINISTRATOR)
def begin_rewording(turn: Turn) -> Reply:
    group_id, text = turn.arguments
    proposal = learning.proposal(turn.session, int(group_id))
    turn.open("learning.words", group=proposal.id)
    return Reply(texts.ask_words(str(text)), [_back(proposal)], replaces=True)


def _has_text(turn: Turn) -> bool:
    return bool(turn.argument)


@router.state("learning.words", audience=Role.ADMINISTRATOR, accepts=_has_text)
def reword(turn: Turn) -> Reply:
    """What was typed is shown as what would be added; nothing is added yet."""
    assert turn.state is not None
    proposal = learning.proposal(turn.session, int(turn.state.data["group"]))
    text = additions.checked("ask", turn.argument)
    turn.close()
    return _page(turn, proposal, text)


@router.button("learning.search", audience=Role.ADMINISTRATOR)
def begin_search(turn: Turn) -> Reply:
    group_id, text = turn.arguments
    proposal = learning.proposal(turn.session, int(group_id))
    turn.open("learning.search", group=proposal.id, text=str(text))
    return Reply(texts.ask_search(str(text)), [_back(proposal)], replaces=True)


def _is_no_number(turn: Turn) -> bool:
    """A number is a button of what was found."""
    return bool(turn.argument) and not turn.argument.isdecimal()


@router.state("learning.search", audience=Role.ADMINISTRATOR, accepts=_is_no_number)
def search(turn: Turn) -> Reply:
    assert turn.state is not None
    proposal = learning.proposal(turn.session, int(turn.state.data["group"]))
    text = str(turn.state.data["text"])
    entries = _near(turn, turn.argument, paging.SIZE)
    say = texts.found(text) if entries else texts.NOTHING_FOUND
    return Reply(say, [*_choices(proposal, text, entries), _back(proposal)])


@router.button("learning.add", audience=Role.ADMINISTRATOR)
def add(turn: Turn) -> Reply:
    """The one tap by which something is learnt."""
    group_id, entry_id, text = turn.arguments
    library = turn.knowledge.library
    wish = (str(entry_id), str(text))
    made = learning.add_phrasing(
        turn.session, turn.member, library, int(group_id), wish, at=turn.now
    )
    return Reply(texts.added(library.entries[wish[0]].title), [_after(made)], replaces=True)


@router.button("learning.dismiss", audience=Role.ADMINISTRATOR)
def dismiss(turn: Turn) -> Reply:
    learning.dismiss(turn.session, turn.member, int(turn.arguments[0]), at=turn.now)
    return Reply(texts.DISMISSED, [Button(texts.BACK, "learning.list")], replaces=True)


@router.button("learning.undo", audience=Role.ADMINISTRATOR)
def undo(turn: Turn) -> Reply:
    learning.undo(turn.session, turn.member, int(turn.arguments[0]), at=turn.now)
    return Reply(texts.UNDONE, [Button(texts.BACK, "learning.list")], replaces=True)


@router.command(
    "learnt", help="聊天里补充的问法和条目", words=("补充过的",), audience=Role.ADMINISTRATOR
)
@router.button("learning.added", audience=Role.ADMINISTRATOR)
def show_additions(turn: Turn) -> Reply:
    offset = int(turn.arguments[0]) if turn.arguments else 0
    found = additions.listed(turn.session, offset=offset, limit=paging.SIZE)
    total = additions.count(turn.session)
    numbers = paging.numbers("learning.addition", (each.id for each in found), offset)
    rows = paging.rows(numbers, "learning.added", offset, total, back="learning.list")
    shown = [(each, _title(turn, each)) for each in found]
    return Reply(texts.additions(shown, total, offset), rows, replaces=turn.is_tap)


@router.button("learning.addition", audience=Role.ADMINISTRATOR)
def show_addition(turn: Turn) -> Reply:
    found = additions.get(turn.session, int(turn.arguments[0]))
    buttons = [
        Button(texts.UNDO, "learning.undo", found.id),
        Button(texts.BACK, "learning.added"),
    ]
    text = texts.addition(found, _title(turn, found), local_day(found.made_at))
    return Reply(text, [buttons], replaces=True)


def _page(turn: Turn, proposal: Proposal, text: str = "") -> Reply:
    """A proposal with the entries that the wording could ask for, the nearest first."""
    text = text or proposal.text
    rows = [
        *([button] for button in _choices(proposal, text, _near(turn, text, SHOWN))),
        [
            Button(texts.SEARCH, "learning.search", proposal.id, text),
            Button(texts.WRITE, "writing.begin", proposal.id),
        ],
        [
            Button(texts.REWORD, "learning.reword", proposal.id, text),
            Button(texts.DISMISS, "learning.dismiss", proposal.id),
        ],
        [Button(texts.BACK, "learning.list")],
    ]
    outcome = answering.answer(turn.knowledge, text, _today(turn))
    answered = outcome.entry.title if isinstance(outcome, Answered) else None
    said = texts.page(proposal, text, local_day(proposal.first_at), answered)
    return Reply(said, rows, replaces=turn.is_tap)


def _near(turn: Turn, text: str, limit: int) -> list[tuple[str, str]]:
    """Id and title of the entries most like the text, however far, for a person to judge."""
    return [(hit.id, hit.title) for hit in answering.hits(turn.knowledge, text, _today(turn)).hits][
        :limit
    ]


def _choices(proposal: Proposal, text: str, entries: list[tuple[str, str]]) -> list[Button]:
    return [
        Button(
            texts.add_to(number, title), "learning.add", proposal.id, entry, text, key=str(number)
        )
        for number, (entry, title) in enumerate(entries, 1)
    ]


def _after(addition_id: int) -> list[Button]:
    return [
        Button(texts.UNDO, "learning.undo", addition_id),
        Button(texts.BACK, "learning.list"),
    ]


def _title(turn: Turn, addition: Addition) -> str:
    entry = turn.knowledge.library.entries.get(addition.entry_id)
    return entry.title if entry else addition.entry_id


def _back(proposal: Proposal) -> Button:
    return Button(texts.BACK, "learning.open", proposal.id)


def _today(turn: Turn) -> date:
    return local_day(turn.now)
