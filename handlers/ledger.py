"""The ledger in chat: pages by branch, year and kind; files of it; closing and opening months."""

from __future__ import annotations

from bot.core.chat import Button, File, Reply
from bot.core.clock import local_day
from bot.core.meetings import KINDS
from bot.core.roles import Role
from bot.files import minutes_docx
from bot.routing import Router, Turn
from bot.services import cadence, corrections, ledger, months, records
from bot.services.ledger import Choice
from bot.services.units import Unit
from handlers import paging
from handlers.texts import ledger as texts
from handlers.texts import ledger_export, minutes_export
from handlers.texts import minutes as minutes_texts
from handlers.texts import paging as paging_texts

router = Router()


@router.command("ledger", help="台账：查看、导出、关账", words=("台账",), audience=Role.SECRETARY)
def begin(turn: Turn) -> Reply:
    homes = ledger.homes(turn.session, turn.member)
    if not homes:
        return Reply(texts.NO_HOME)
    said = turn.argument.removesuffix("年")
    year = int(said) if said.isdecimal() and len(said) == 4 else local_day(turn.now).year
    return _page(turn, Choice(homes[0].id, year), 0)


@router.button("ledger.show", audience=Role.SECRETARY)
def show(turn: Turn) -> Reply:
    """One's own ledger, or that of the unit named."""
    if not turn.arguments:
        homes = ledger.homes(turn.session, turn.member)
        if not homes:
            return Reply(texts.NO_HOME)
        return _page(turn, Choice(homes[0].id, local_day(turn.now).year), 0)
    return _page(turn, Choice(int(turn.arguments[0]), local_day(turn.now).year), 0)


@router.button("ledger.page", audience=Role.SECRETARY)
def turn_page(turn: Turn) -> Reply:
    choice = _choice(turn)
    return _page(turn, choice, int(turn.arguments[3]))


def _page(turn: Turn, choice: Choice, offset: int) -> Reply:
    unit = ledger.require(turn.session, turn.member, choice.unit_id)
    found, total = ledger.page(turn.session, turn.member, choice, offset=offset, limit=paging.SIZE)
    numbers = paging.numbers("minutes.open", (each.id for each in found), offset)
    rows = [row for row in (numbers, _turning(choice, offset, total)) if row]
    text = texts.page(unit, choice, found, total, offset=offset, at=turn.now)
    return Reply(text, [*rows, *_tools(turn, choice)], replaces=turn.is_tap, is_private=True)


def _turning(choice: Choice, offset: int, total: int) -> list[Button]:
    here = (choice.unit_id, choice.year, choice.kind)
    found: list[Button] = []
    if offset > 0:
        back = max(0, offset - paging.SIZE)
        found.append(Button(paging_texts.PREVIOUS, "ledger.page", *here, back))
    if offset + paging.SIZE < total:
        found.append(Button(paging_texts.NEXT, "ledger.page", *here, offset + paging.SIZE))
    return found


def _tools(turn: Turn, choice: Choice) -> list[list[Button]]:
    here = (choice.unit_id, choice.year, choice.kind)
    today = local_day(turn.now)
    years = ledger.years(turn.session, turn.member, choice.unit_id, on=today)
    others = [
        Button(texts.year_label(year), "ledger.page", choice.unit_id, year, choice.kind, 0)
        for year in years
        if year != choice.year
    ][:3]
    files = [
        Button(texts.EXPORT, "ledger.export", *here),
        Button(texts.PAPERS, "ledger.papers", *here),
        Button(texts.MONTHS, "ledger.months", choice.unit_id, choice.year),
    ]
    narrowing = [Button(texts.KIND, "ledger.kinds", choice.unit_id, choice.year)]
    if len(ledger.homes(turn.session, turn.member)) > 1:
        narrowing.append(Button(texts.OTHER, "ledger.units", 0))
    narrowing.append(Button(texts.WRITE, "minutes.list"))
    return [row for row in (files, narrowing, others) if row]


@router.button("ledger.kinds", audience=Role.SECRETARY)
def choose_kind(turn: Turn) -> Reply:
    unit_id, year = int(turn.arguments[0]), int(turn.arguments[1])
    offered = [("", texts.ALL_KINDS), *((kind, name) for kind, name in KINDS.items())]
    buttons = [
        Button(name, "ledger.page", unit_id, year, kind, 0)
        for kind, name in offered
        if kind != "joint"  # counts as what it is in each ledger
    ]
    rows = [buttons[at : at + 2] for at in range(0, len(buttons), 2)]
    return Reply(texts.WHICH_KIND, rows, replaces=True)


@router.button("ledger.units", audience=Role.SECRETARY)
def choose_unit(turn: Turn) -> Reply:
    offset = int(turn.arguments[0])
    homes = ledger.homes(turn.session, turn.member)
    page = homes[offset : offset + paging.SIZE]
    buttons = [Button(unit.name, "ledger.show", unit.id) for unit in page]
    turning = paging.rows([], "ledger.units", offset, len(homes), back="ledger.show")
    return Reply(texts.WHICH_UNIT, [*buttons, *turning], replaces=True)


# Files


@router.button("ledger.export", audience=Role.SECRETARY)
def give_workbook(turn: Turn) -> Reply:
    choice = _choice(turn)
    unit = ledger.require(turn.session, turn.member, choice.unit_id)
    entries = ledger.entries(turn.session, turn.member, choice)
    if not entries:
        return Reply(texts.NOTHING_TO_EXPORT)
    ids = [entry.record.id for entry in entries]
    content = ledger_export.write(
        entries,
        corrections.of(turn.session, ids),
        months.locks(turn.session, choice.unit_id, choice.year),
        _rhythm(turn, unit, choice),
    )
    file = File(texts.file_name(unit, choice, "xlsx"), content, texts.XLSX)
    return Reply(texts.exported(len(entries)), file=file, is_private=True)


def _rhythm(turn: Turn, unit: Unit, choice: Choice) -> cadence.Overview | None:
    """The rhythm belongs to a branch and to its whole year."""
    if unit.kind != "branch" or choice.kind:
        return None
    today = local_day(turn.now)
    return cadence.overview(turn.session, turn.member, unit.id, on=today, year=choice.year)


@router.button("ledger.papers", audience=Role.SECRETARY)
def give_papers(turn: Turn) -> Reply:
    choice = _choice(turn)
    unit = ledger.require(turn.session, turn.member, choice.unit_id)
    entries = ledger.entries(turn.session, turn.member, choice)
    if not entries:
        return Reply(texts.NOTHING_TO_EXPORT)
    chosen = entries[: minutes_docx.MOST]
    name = texts.file_name(unit, choice, "docx")
    content = minutes_docx.write(_papers(turn, chosen), name.removesuffix(".docx"))
    told = texts.papers(len(chosen), len(entries))
    return Reply(told, file=File(name, content, texts.DOCX), is_private=True)


@router.button("ledger.paper", audience=Role.SECRETARY)
def give_paper(turn: Turn) -> Reply:
    record = records.get(turn.session, turn.member, int(turn.arguments[0]))
    entries = ledger.complete(turn.session, [record])
    name = minutes_texts.paper_name(record)
    content = minutes_docx.write(_papers(turn, entries), name.removesuffix(".docx"))
    file = File(name, content, texts.DOCX)
    return Reply(texts.papers(1, 1), file=file, is_private=True)


def _papers(turn: Turn, entries: list[ledger.Entry]) -> list[minutes_docx.Paper]:
    trail = corrections.of(turn.session, [entry.record.id for entry in entries])
    return [
        minutes_export.paper(entry, [each for each in trail if each.record_id == entry.record.id])
        for entry in entries
    ]


# Months


@router.button("ledger.months", audience=Role.SECRETARY)
def show_months(turn: Turn) -> Reply:
    return _months(turn, int(turn.arguments[0]), int(turn.arguments[1]), replaces=True)


def _months(turn: Turn, unit_id: int, year: int, *, replaces: bool) -> Reply:
    unit = ledger.require(turn.session, turn.member, unit_id)
    locks = months.locks(turn.session, unit_id, year)
    closable = months.closable(turn.session, turn.member, unit_id, at=turn.now)
    buttons = [
        Button(f"{texts.CLOSE} {month}", "ledger.close", unit_id, month) for month in closable[:6]
    ]
    buttons += [
        Button(f"{texts.REOPEN} {lock.month}", "ledger.reopen", unit_id, lock.month)
        for lock in locks
        if lock.unlocked_at is None
    ]
    rows = [buttons[at : at + 2] for at in range(0, len(buttons), 2)]
    back = [Button(texts.BACK, "ledger.show", unit_id)]
    text = texts.month_page(unit, year, locks, closable)
    return Reply(text, [*rows, back], replaces=replaces)


@router.button("ledger.close", audience=Role.SECRETARY)
def close_month(turn: Turn) -> list[Reply]:
    unit_id, month = int(turn.arguments[0]), str(turn.arguments[1])
    months.close(turn.session, turn.member, unit_id, month, at=turn.now)
    page = _months(turn, unit_id, int(month[:4]), replaces=True)
    return [page, Reply(texts.closed(month))]


@router.button("ledger.reopen", audience=Role.SECRETARY)
def ask_why(turn: Turn) -> Reply:
    unit_id, month = int(turn.arguments[0]), str(turn.arguments[1])
    ledger.require(turn.session, turn.member, unit_id)
    turn.open("ledger.reason", unit=unit_id, month=month)
    return Reply(texts.ASK_REASON)


@router.state("ledger.reason", audience=Role.SECRETARY, accepts=lambda turn: bool(turn.argument))
def reopen_month(turn: Turn) -> list[Reply]:
    assert turn.state is not None
    unit_id, month = int(turn.state.data["unit"]), str(turn.state.data["month"])
    months.reopen(turn.session, turn.member, unit_id, month, reason=turn.argument, at=turn.now)
    turn.close()
    told = Reply(texts.reopened(month))
    return [told, _months(turn, unit_id, int(month[:4]), replaces=False)]


def _choice(turn: Turn) -> Choice:
    return Choice(int(turn.arguments[0]), int(turn.arguments[1]), str(turn.arguments[2]))
