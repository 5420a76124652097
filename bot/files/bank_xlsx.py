"""A bank of questions as xlsx: the template, reading it into drafts, and writing it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.files.bank_headings import COLUMNS, SHEET, Unheaded, headings_of
from bot.files.bank_rows import RowReader, list_text
from bot.files.workbook import Limits, Sheet, open_rows, write
from knowledge.answers import LETTERS, NAMES
from knowledge.banks.choosing import Chosen
from knowledge.banks.drafts import BadRow, Draft, Spot, number_text
from knowledge.schema import Item

_LIMITS = Limits(megabytes=20, unpacked=200, rows=20_000, columns=40)


def template() -> bytes:
    """An empty bank with its headings, and a sheet that explains each of them."""
    return write([_questions([]), _explained()])


def export(chosen: Sequence[Chosen]) -> bytes:
    """The questions in the form of the template."""
    return write([_questions([_row(each) for each in chosen]), _explained()])


def read(content: bytes, file: str) -> tuple[list[Draft], list[BadRow]]:
    """All questions of a bank, in order, and every cell that is wrong. Raises Unusable."""
    rows = open_rows(content, sheet=SHEET, limits=_LIMITS)
    first = next(rows, None)
    if first is None:
        return [], [BadRow(Spot(), file, "表是空的，请用 bank template 得到模板后填写")]
    number, values = first
    try:
        headings = headings_of(values)
    except Unheaded as unheaded:
        said = unheaded.said
        return [], [BadRow(Spot(number, column, "表头"), file, each) for column, each in said]
    reader = RowReader(headings, file)
    drafts = [reader.draft(number, values) for number, values in rows]
    if not drafts:
        reader.say(Spot(number + 1), "表头下面没有题，请填写后再试")
    return drafts, reader.faults


def _questions(rows: Sequence[Sequence[object]]) -> Sheet:
    names, widths = [each.name for each in COLUMNS], [each.width for each in COLUMNS]
    choices = {"题型": tuple(NAMES.values()), "难度": ("1", "2", "3")}
    return Sheet(SHEET, names, rows, widths, choices)


def _explained() -> Sheet:
    rows = [(each.name, each.meant, each.example) for each in COLUMNS if each.meant]
    return Sheet("填写说明", ("列", "怎么填", "例"), rows, (14, 70, 40))


def _row(each: Chosen) -> list[object]:
    item, entry = each.item, each.entry
    options = [*item.options, *[""] * (len(LETTERS) - len(item.options))]
    return [
        NAMES[item.kind],
        item.difficulty,
        item.question,
        *options,
        _answer(item),
        item.explanation,
        each.source.id,
        each.clause,
        entry.topic,
        entry.title,
        list_text(entry.ask),
        item.id,
        list_text(tuple(number_text(number.value, number.unit) for number in item.numbers)),
    ]


def _answer(item: Item) -> str:
    if item.kind == "truth":
        return "对" if item.answer else "错"
    return list_text(item.accepted) if item.kind == "fill" else "".join(sorted(item.letters))
