"""Rows out of an xlsx file that anyone may have sent, and xlsx files that are safe to open.

Reading refuses what would eat the memory or lose a cell unseen (zip bombs, merged cells, rows
beyond a limit). Writing never lets a text become a formula.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, time
from io import BytesIO
from typing import IO, Any

LAST_ROW = 1_048_576  # of any xlsx; a larger number in a file is a forgery
_MOST_PARTS = 2_000
_CHUNK = 1 << 20
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]{0,200}?\bref="([A-Z0-9:$]{1,30})"')
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"
_ACTIVE = ("=", "+", "-", "@", "\t", "\r")  # how what a program would calculate begins
_FORMATS = {datetime: "yyyy-mm-dd hh:mm", date: "yyyy-mm-dd", time: "hh:mm"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # can't stand in XML


class Unusable(Exception):  # noqa: N818 - not an error of the program but a finding about a file
    """The file as a whole can't be used; `message` says why and what would be right, in Chinese."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Formula(str):
    """What a cell calculates, or the error that stands in it: no value of its own."""

    __slots__ = ()


@dataclass(frozen=True)
class Limits:
    """What a file may have: megabytes as sent and unpacked, rows not blank, columns read."""

    megabytes: int = 20
    unpacked: int = 400
    rows: int = 200_000
    columns: int = 64


Row = tuple[object, ...]  # str, int, float, bool, date, datetime, time, Formula or None


def open_rows(
    content: bytes, *, sheet: str | None = None, limits: Limits | None = None
) -> Iterator[tuple[int, Row]]:
    """Number (as people see it) and values of each row that isn't blank, in order.

    `sheet` is taken if there is one of this name, else the first visible one. Numbers shown as
    per cent arrive as texts such as 50%. Cells beyond the limit of columns aren't read. Raises
    Unusable, for what can only be seen on the way also while the rows are being taken.
    """
    limits = limits or Limits()
    check_package(content, limits)
    try:
        yield from _rows(content, sheet, limits)
    except Unusable:
        raise
    except Exception as error:  # openpyxl fails in any way on a broken file: KeyError, zlib.error …
        raise broken(error) from error


def check_package(content: bytes, limits: Limits) -> None:
    """Raises Unusable for what is no xlsx file, or unpacks to more than the limits allow."""
    if len(content) > limits.megabytes * 1_000_000:
        raise Unusable(
            f"文件有 {len(content) / 1e6:.0f} MB，最多 {limits.megabytes} MB。请拆成几个文件"
        )
    if content.startswith(_OLD_OR_LOCKED):
        raise Unusable("这是旧版 .xls，或设了打开密码。请另存为不带密码的 .xlsx 再试")
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Unusable("这不是 .xlsx 表格。请用表格软件另存为 .xlsx 再试") from error
    if any(part.flag_bits & 1 for part in parts):
        raise Unusable("文件设了密码。请去掉密码再试")
    # The module never unpacks more of a part than it declares here.
    if len(parts) > _MOST_PARTS or sum(p.file_size for p in parts) > limits.unpacked * 1_000_000:
        raise Unusable(
            f"文件解开后会超过 {limits.unpacked} MB，没有读取。请只留下有内容的行，另存后再试"
        )


def broken(error: Exception) -> Unusable:
    """For a package or a part that can't be read to its end."""
    return Unusable(
        f"文件已损坏，读不出来（{type(error).__name__}）。请用表格软件打开后另存为 .xlsx 再试"
    )


def forged_row() -> Unusable:
    """For a row number that no xlsx can have."""
    return Unusable(f"行号超过了 {LAST_ROW}，文件有误。请另存为 .xlsx 再试")


def too_many_rows(limits: Limits) -> Unusable:
    """For more rows than the limits allow."""
    return Unusable(f"表里超过 {limits.rows} 行，没有读取。请拆成几个文件")


def merged(area: str) -> Unusable:
    """For merged cells, of which only the first holds what all of them show."""
    return Unusable(f"有合并的单元格（{area}）。请取消合并，每格都填上内容，再试一次")


def _rows(content: bytes, name: str | None, limits: Limits) -> Iterator[tuple[int, Row]]:
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(content), read_only=True, keep_links=False)
    try:
        sheet: Any = _sheet(book, name)
        _refuse_merged(content, str(vars(sheet)["_worksheet_path"]))
        sheet.reset_dimensions()  # what a file says about its own size is often wrong
        taken, blank = 0, None
        for number, cells in enumerate(sheet.iter_rows(max_col=limits.columns), 1):
            if number > LAST_ROW:
                raise forged_row()
            if cells is blank:  # the same object for each of the rows that aren't in the file
                continue
            values = tuple(_value(cell) for cell in cells)
            if all(value is None for value in values):
                blank = cells
                continue
            taken += 1
            if taken > limits.rows:
                raise too_many_rows(limits)
            yield number, values
    finally:
        book.close()


def _sheet(book: Any, name: str | None) -> object:
    if name in book.sheetnames:
        return book[name]
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not visible:
        raise Unusable("文件里没有工作表。请按模板填写再试")
    return visible[0]


def _refuse_merged(content: bytes, path: str) -> None:
    # openpyxl's streaming reader says nothing of merged cells; of each only the first has a value.
    with zipfile.ZipFile(BytesIO(content)) as package, package.open(path) as part:
        area = _find(part, _MERGED)
    if area is not None:
        raise merged(area.decode())


def _find(part: IO[bytes], wanted: re.Pattern[bytes]) -> bytes | None:
    before = b""
    while chunk := part.read(_CHUNK):
        if found := wanted.search(before + chunk):
            return found[1]
        before = chunk[-300:]
    return None


def _value(cell: Any) -> object:
    value: object = cell.value
    if value is None:
        return None
    if isinstance(value, str):
        if cell.data_type in ("f", "e"):
            return Formula(value)
        return value if value.strip() else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        # A person who types 50% means these three characters, not one half.
        return f"{value * 100:.10g}%" if "%" in (cell.number_format or "") else value
    # Array formulas and data tables come as objects of their own.
    return value if type(value).__module__ in ("builtins", "datetime") else Formula(value)


@dataclass(frozen=True)
class Sheet:
    """One sheet to write. The first row is the headings; `choices` are offered below a heading.

    One that `is_printed` has filters and comes out on A4 across, its headings on every page.
    """

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[object]] = ()
    widths: Sequence[int] = ()  # in characters; the last counts for all that follow
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    is_printed: bool = False


def write(sheets: Sequence[Sheet]) -> bytes:
    """An xlsx file. Texts stay texts: neither formula nor number nor date is made of them."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for sheet in sheets:
        _write_sheet(book, sheet)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _write_sheet(book: Any, sheet: Sheet) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    page = book.create_sheet(sheet.title)
    page.freeze_panes = "A2"
    last = f"{get_column_letter(len(sheet.headings))}{len(sheet.rows) + 1}"
    page.calculate_dimension = lambda: f"A1:{last}"  # without it readers parse everything twice
    widths = [*sheet.widths] or [16]
    for index, _ in enumerate(sheet.headings):
        column = page.column_dimensions[get_column_letter(index + 1)]
        column.width = widths[min(index, len(widths) - 1)]
        column.number_format = "@"  # what is typed into an empty cell stays as typed
    _offer(page, sheet)
    if sheet.is_printed:
        _lay_out(page, last)
    heads = _Cells(page, font=Font(bold=True), fill=PatternFill("solid", fgColor="E8EEF4"))
    page.append([heads.of(heading) for heading in sheet.headings])
    cells = _Cells(page, alignment=Alignment(wrap_text=True, vertical="top"))
    for row in sheet.rows:
        page.append([cells.of(value) for value in row])


def _lay_out(page: Any, last: str) -> None:
    page.auto_filter.ref = f"A1:{last}"
    page.print_title_rows = "1:1"
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", 9  # A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0  # as many pages as it takes
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.oddFooter.center.text = "&A　第 &P 页，共 &N 页"


def _offer(page: Any, sheet: Sheet) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for heading, choices in sheet.choices.items():
        letter = get_column_letter(list(sheet.headings).index(heading) + 1)
        offered = DataValidation(
            type="list",
            formula1=f'"{",".join(choices)}"',
            allow_blank=True,
            showErrorMessage=True,
            errorTitle=heading,
            error=f"请从 {'、'.join(choices)} 中选一个",
        )
        offered.add(f"{letter}2:{letter}{LAST_ROW}")
        page.data_validations.append(offered)


class _Cells:
    """Cells of one look. A copy of a finished cell costs a tenth of giving each one its style."""

    def __init__(self, page: Any, **look: Any) -> None:
        self._plain, self._text, self._quoted = (_styled(page, look) for _ in range(3))
        self._text.number_format = self._quoted.number_format = "@"
        self._timed: dict[type, Any] = {kind: _styled(page, look) for kind in _FORMATS}
        for kind, cell in self._timed.items():
            cell.number_format = _FORMATS[kind]
        self._quoted.quotePrefix = True  # stays a text when somebody edits it later

    def of(self, value: object) -> Any:
        """A cell with that value, None for nothing."""
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            cell = copy(self._timed.get(type(value), self._plain))
            cell.value = value
            return cell
        cell = copy(self._quoted if value.startswith(_ACTIVE) else self._text)
        cell.value = _CONTROL.sub("", value)
        cell.data_type = "s"  # “=1+1” and “#REF!” too
        return cell


def _styled(page: Any, look: dict[str, Any]) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(page, None)
    for name, value in look.items():
        setattr(cell, name, value)
    return cell
