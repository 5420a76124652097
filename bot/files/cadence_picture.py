"""A year of meetings as a small calm picture: a row a kind, a mark a period. SVG made PNG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Literal

State = Literal["done", "planned", "due", "past", "ahead"]
_FAMILY = "Noto Sans SC"
_LEFT, _CELL, _ROW, _TOP, _NOTE, _MARGIN = 150, 44, 46, 92, 118, 24
_BAR = 22
_INK, _SOFT, _LINE, _PAPER = "#2f3e46", "#84929a", "#e3e8ea", "#ffffff"
_DONE, _PLANNED = "#5b8e7d", "#cfe3db"
_LEGEND: tuple[tuple[State, str], ...] = (
    ("done", "已开"),
    ("planned", "已召集"),
    ("due", "本期待开"),
    ("past", "没有记录"),
    ("ahead", "还没到"),
)


@dataclass(frozen=True)
class Bar:
    """A period from month to month (1 to 12, both included), and `note` in it, such as 1/2."""

    first: int
    last: int
    state: State
    note: str = ""


@dataclass(frozen=True)
class Row:
    """A kind of meeting: its name, how often, and its periods; `note` stands at the end."""

    name: str
    every: str
    bars: Sequence[Bar]
    note: str = ""


def draw(title: str, subtitle: str, rows: Sequence[Row], *, month: int) -> bytes:
    """The picture as PNG; the current month is marked."""
    return _png(svg(title, subtitle, rows, month=month))


@lru_cache(maxsize=64)  # a picture costs 60 ms, and is looked at again before it changes
def _png(drawing: str) -> bytes:
    import resvg_py
    from pylopdf_fonts_zh_cn import sans_path

    return resvg_py.svg_to_bytes(
        svg_string=drawing,
        skip_system_fonts=True,
        font_files=[str(sans_path())],
        font_family=_FAMILY,
        sans_serif_family=_FAMILY,
    )


def svg(title: str, subtitle: str, rows: Sequence[Row], *, month: int) -> str:
    """The same as SVG. Texts are escaped: they may hold anything."""
    width = _LEFT + 12 * _CELL + _NOTE + _MARGIN
    height = _TOP + len(rows) * _ROW + 62
    body = [
        f'<rect width="{width}" height="{height}" fill="{_PAPER}"/>',
        _text(_MARGIN, 38, title, 21, _INK),
        _text(_MARGIN, 62, subtitle, 13, _SOFT),
        *_months(month, len(rows)),
        *(part for at, row in enumerate(rows) for part in _row(row, _TOP + at * _ROW)),
        *_legend(height - 22),
    ]
    size = f'width="{width * 3 // 2}" height="{height * 3 // 2}" viewBox="0 0 {width} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(body)}</svg>'


def _months(current: int, rows: int) -> list[str]:
    parts = [
        f'<rect x="{_x(current) + 1}" y="{_TOP - 22}" width="{_CELL - 2}" '
        f'height="{rows * _ROW + 26}" rx="8" fill="#f4f7f6"/>'
    ]
    for month in range(1, 13):
        colour = _INK if month == current else _SOFT
        parts.append(_text(_x(month) + _CELL / 2, _TOP - 6, f"{month}月", 12, colour, "middle"))
    return parts


def _row(row: Row, y: float) -> list[str]:
    middle = y + _ROW / 2
    edge = _LEFT + 12 * _CELL + _NOTE
    parts = [
        f'<line x1="{_MARGIN}" y1="{y}" x2="{edge}" y2="{y}" stroke="{_LINE}"/>',
        _text(_MARGIN, middle - 1, row.name, 15, _INK),
        _text(_MARGIN, middle + 15, row.every, 11, _SOFT),
        _text(_LEFT + 12 * _CELL + 12, middle + 5, row.note, 12, _SOFT),
    ]
    return [*parts, *(part for bar in row.bars for part in _bar(bar, middle))]


def _bar(bar: Bar, middle: float) -> list[str]:
    x = _x(bar.first) + 6
    width = (bar.last - bar.first + 1) * _CELL - 12
    parts = [_shape(x, middle - _BAR / 2, width, bar.state)]
    if bar.note:
        colour = _PAPER if bar.state == "done" else _INK
        parts.append(_text(x + width / 2, middle + 4, bar.note, 11, colour, "middle"))
    return parts


def _shape(x: float, y: float, width: float, state: State) -> str:
    look = {
        "done": f'fill="{_DONE}"',
        "planned": f'fill="{_PLANNED}" stroke="{_DONE}" stroke-width="1.5"',
        "due": f'fill="none" stroke="{_DONE}" stroke-width="1.5" stroke-dasharray="4 3"',
        "past": f'fill="none" stroke="{_SOFT}" stroke-width="1"',
        "ahead": f'fill="{_LINE}"',
    }[state]
    return f'<rect x="{x}" y="{y}" width="{width}" height="{_BAR}" rx="{_BAR / 2}" {look}/>'


def _legend(y: float) -> list[str]:
    parts: list[str] = []
    for at, (state, name) in enumerate(_LEGEND):
        x = _LEFT + at * 106
        parts.append(_shape(x, y - _BAR / 2 - 4, 32, state))
        parts.append(_text(x + 40, y, name, 12, _SOFT))
    return parts


def _x(month: int) -> float:
    return _LEFT + (month - 1) * _CELL


def _text(x: float, y: float, text: str, size: int, colour: str, anchor: str = "start") -> str:
    look = f'font-family="{_FAMILY}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"'
    return f'<text x="{x}" y="{y}" {look}>{escape(text)}</text>'
