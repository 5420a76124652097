"""The questions that were passed on: an administrator answers a group once, for all who asked."""

from __future__ import annotations

from datetime import date

from bot.core.chat import Button, File, Reply
from bot.core.clock import local_day
from bot.core.roles import Role
from bot.routing import Router, Turn
from bot.services import answering, questions
from bot.services.answering import Answered
from bot.services.questions import Group, Letter, Settlement
from handlers import paging
from handlers.texts import asking as asking_texts
from handlers.texts import questions as texts
from knowledge import drafts

router = Router()


@router.button("questions.list", audience=Role.ADMINISTRATOR)
def show_groups(turn: Turn) -> Reply:
    offset = int(turn.arguments[0]) if turn.arguments else 0
    found = questions.waiting(turn.session, offset=offset, limit=paging.SIZE)
    total = questions.count(turn.session)
    numbers = paging.numbers("questions.open", (group.id for group in found), offset)
    rows = paging.rows(numbers, "questions.list", offset, total)
    return Reply(texts.listing(found, total, offset), rows, replaces=True)


@router.button("questions.open", audience=Role.ADMINISTRATOR)
def show_group(turn: Turn) -> Reply:
    group = questions.group(turn.session, int(turn.arguments[0]))
    rows = [
        [
            Button(texts.TYPE, "questions.type", group.id),
            Button(texts.PICK, "questions.pick", group.id),
        ],
        [
            Button(texts.DECLINE, "questions.decline", group.id),
            Button(texts.WORDING, "questions.yaml", group.id),
        ],
        [Button(texts.BACK, "questions.list")],
    ]
    text = texts.page(group, local_day(group.first_at))
    return Reply(text, rows, replaces=True, about=f"questions:{group.id}")


@router.button("questions.type", audience=Role.ADMINISTRATOR)
def begin_typing(turn: Turn) -> Reply:
    group = questions.group(turn.session, int(turn.arguments[0]))
    turn.open("questions.answer", group=group.id, how="typed")
    return Reply(texts.ask_answer(group), [_back(group)], replaces=True)


@router.button("questions.decline", audience=Role.ADMINISTRATOR)
def begin_declining(turn: Turn) -> Reply:
    group = questions.group(turn.session, int(turn.arguments[0]))
    turn.open("questions.answer", group=group.id, how="declined")
    send = Button(texts.SEND, "questions.send", group.id, "declined", texts.DECLINED)
    return Reply(texts.ask_reason(group), [[send, _back(group)]], replaces=True)


def _has_text(turn: Turn) -> bool:
    return bool(turn.argument)


@router.state("questions.answer", audience=Role.ADMINISTRATOR, accepts=_has_text)
def take_words(turn: Turn) -> Reply:
    """What was typed is shown first as it will arrive; typing again replaces it."""
    assert turn.state is not None
    data = turn.state.data
    return _preview(turn, int(data["group"]), str(data["how"]), turn.argument)


@router.quoted("questions", audience=Role.ADMINISTRATOR)
def answer_by_quoting(turn: Turn) -> Reply:
    return _preview(turn, int(turn.arguments[0]), "typed", turn.argument)


@router.button("questions.pick", audience=Role.ADMINISTRATOR)
def begin_picking(turn: Turn) -> Reply:
    group = questions.group(turn.session, int(turn.arguments[0]))
    turn.open("questions.search", group=group.id)
    return _candidates(turn, group, group.text)


@router.state("questions.search", audience=Role.ADMINISTRATOR, accepts=_has_text)
def search(turn: Turn) -> Reply:
    assert turn.state is not None
    group = questions.group(turn.session, int(turn.state.data["group"]))
    return _candidates(turn, group, turn.argument)


@router.button("questions.use", audience=Role.ADMINISTRATOR)
def use_entry(turn: Turn) -> Reply:
    group_id, entry_id = turn.arguments
    return _preview(turn, int(group_id), "entry", str(entry_id))


@router.button("questions.send", audience=Role.ADMINISTRATOR)
def send(turn: Turn) -> Reply:
    group_id, how, words = turn.arguments
    letter = _letter(turn, str(how), str(words))
    if letter is None:
        return Reply(texts.ENTRY_GONE, replaces=True)
    settlement = {
        "typed": Settlement.typed,
        "declined": Settlement.declined,
        "entry": Settlement.entry,
    }[str(how)](str(words))
    reach = questions.settle(
        turn.session, turn.member, int(group_id), settlement, letter, at=turn.now
    )
    buttons = [
        Button(texts.WORDING, "questions.yaml", int(group_id)),
        Button(texts.BACK, "questions.list"),
    ]
    return Reply(texts.settled(reach), [buttons], replaces=True)


@router.button("questions.yaml", audience=Role.ADMINISTRATOR)
def take_over_wording(turn: Turn) -> Reply:
    """The wordings as YAML: for the entry that answered, or as a new entry to complete."""
    group = questions.group(turn.session, int(turn.arguments[0]))
    library = turn.knowledge.library
    entry = library.entries.get(group.entry_id or "")
    if entry:
        content = drafts.more_phrasings(entry, library.where[entry.id], group.wordings)
    else:
        content = drafts.new_entry(
            f"asked-{group.id}", group.wordings, group.answer, _topic(turn, group)
        )
    file = File(f"question-{group.id}.yaml", content.encode(), "application/yaml")
    return Reply(texts.YAML_READY, file=file)


def _candidates(turn: Turn, group: Group, text: str) -> Reply:
    """Entries that could answer the group, for a person to judge: more than `ask` would offer."""
    found = answering.hits(turn.knowledge, text, _today(turn)).hits[: paging.SIZE]
    buttons = [
        Button(asking_texts.numbered(at, hit.title), "questions.use", group.id, hit.id, key=str(at))
        for at, hit in enumerate(found, 1)
    ]
    say = texts.found(group) if found else texts.NOTHING_FOUND
    return Reply(say, [*buttons, _back(group)], replaces=turn.is_tap)


def _preview(turn: Turn, group_id: int, how: str, words: str) -> Reply:
    group = questions.group(turn.session, group_id)
    letter = _letter(turn, how, words)
    if letter is None:
        return Reply(texts.ENTRY_GONE, [_back(group)], replaces=turn.is_tap)
    send_it = Button(texts.SEND, "questions.send", group.id, how, words)
    text = texts.preview(group, letter(group.text).text)
    return Reply(text, [[send_it, _back(group)]], replaces=turn.is_tap)


def _letter(turn: Turn, how: str, words: str) -> Letter | None:
    """What each who asked receives; None when the entry is no longer an answer."""
    if how == "typed":
        return lambda asked: Reply(texts.letter(asked, words))
    if how == "declined":
        return lambda asked: Reply(texts.letter_of_decline(asked, words))
    found = answering.read(turn.knowledge, words, _today(turn))
    if not isinstance(found, Answered):
        return None
    answer = asking_texts.answer(found)
    return lambda asked: Reply(texts.letter_of_entry(asked, answer))


def _topic(turn: Turn, group: Group) -> str:
    """The topic of what is most like it, as a proposal."""
    hits = answering.hits(turn.knowledge, group.text, _today(turn)).hits
    return turn.knowledge.library.entries[hits[0].id].topic if hits else texts.NO_TOPIC


def _back(group: Group) -> Button:
    return Button(texts.BACK, "questions.open", group.id)


def _today(turn: Turn) -> date:
    return local_day(turn.now)
