"""From when to when an item of a plan is to be done: once, each year, each month or each term."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from knowledge.schema import Line, Model


class Window(Model):
    """Two ends, both included, in the form that `every` asks for.

    Without `every` two dates (2026-03-01); each year two days of it (03-01); each month two days
    (1, and 31 for its last); each term two numbers of days after its first day (0, 13).
    """

    every: Literal["year", "month", "term"] | None = None
    first: Line = Field(alias="from")
    last: Line = Field(alias="until")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        # In a leap year, so that 02-29 can be written.
        ends = self.numbers if self.every in ("month", "term") else self.dates(2024)
        if ends != tuple(sorted(ends)):
            raise ValueError(f"window 的 from“{self.first}”晚于 until“{self.last}”")
        return self

    @property
    def numbers(self) -> tuple[int, int]:
        """The ends of a monthly window (1 to 31), or of one that counts from a term's start."""
        low, high, form = (1, 31, "1 到 31") if self.every == "month" else (0, 200, "0 到 200")
        ends = [int(text) if text.isdecimal() else -1 for text in (self.first, self.last)]
        if not all(low <= end <= high for end in ends):
            raise ValueError(
                f"每{_EACH[self.every or '']}的 window 里，from 和 until 应为 {form} 的数"
            )
        return ends[0], ends[1]

    def dates(self, year: int) -> tuple[date, date]:
        """The ends of a window of fixed dates, or of a yearly one in that year."""
        return self._date(self.first, year), self._date(self.last, year)

    def _date(self, text: str, year: int) -> date:
        form = r"\d{2}-\d{2}" if self.every == "year" else r"\d{4}-\d{2}-\d{2}"
        shown = "03-01" if self.every == "year" else "2026-03-01"
        written = f"{year}-{text}" if self.every == "year" else text
        if not re.fullmatch(form, text):
            raise ValueError(f"window 里的日期应写成 {shown} 这样的形式，现为“{text}”")
        try:
            return date.fromisoformat(written)
        except ValueError:
            if self.every == "year" and text == "02-29":
                return date(year, 2, 28)
            raise ValueError(f"没有 {text} 这一天") from None


_EACH = {"month": "月", "term": "学期", "": ""}
