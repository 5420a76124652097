"""The shape of the knowledge files: sources, entries and quiz items, as pydantic models.

The same models check a file, give the JSON Schema for editors, and are what the program works
with afterwards. All are frozen. Positions (file, line, column) are the loader's business. What
stands in `answer`, by kind of item, is judged in answers.py.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from knowledge import answers
from knowledge.answers import LETTERS, Answer, Kind, Letter

__all__ = [
    "LETTERS",
    "Entry",
    "EntryFile",
    "Item",
    "Kind",
    "Letter",
    "Number",
    "Source",
    "SourceFile",
]


def _day(value: object) -> object:
    """Keeps pydantic from reading a bare number such as 20181108 as seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("日期应写成 2018-11-08 这样的形式")
    return value


def _whole(value: object) -> object:
    """The loader hands over digits as they were written, so that 007 or 1.50 stay what they are."""
    if isinstance(value, bool):
        raise ValueError("difficulty 应为 1、2 或 3")
    return int(value) if isinstance(value, str) and value in {"1", "2", "3"} else value


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,63}$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
Day = Annotated[date, BeforeValidator(_day)]
Difficulty = Annotated[Literal[1, 2, 3], BeforeValidator(_whole)]
Review = Literal["pending"]


class Model(BaseModel):
    """Base of all knowledge models: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Model):
    """A document that rules rest on. Stands once, in `sources.yaml`; entries name its id."""

    id: Slug
    title: Line
    short: tuple[Line, ...] = Field(default=(), description="names that people type for it")
    issuer: Line
    number: Line | None = Field(default=None, description="such as 教师〔2018〕16号")
    adopted: Day | None = None
    in_force: Day = Field(description="施行: the day from which it holds")
    known_to: Literal["day", "month", "year", "nothing"] = Field(
        default="day", description="how much of in_force is checked; the rest is never shown"
    )
    repealed: Day | None = Field(default=None, description="the first day on which it doesn't hold")
    replaced_by: Slug | None = None
    note: Line | None = None
    review: Review | None = None

    @field_validator("repealed")
    @classmethod
    def _ends_after_it_began(cls, value: date | None, info: ValidationInfo) -> date | None:
        begun = info.data.get("in_force")
        if value and begun and value <= begun:
            raise ValueError(f"废止日 {value} 应晚于施行日 {begun}")
        return value

    @property
    def since(self) -> str:
        """From when it holds, as far as that is checked: 2018-11-08 起施行, 2014年7月起施行.

        The day of a document that waits for review is not told, only the month.
        """
        day = self.in_force
        known_to = "month" if self.review and self.known_to == "day" else self.known_to
        return {
            "day": f"{day} 起施行",
            "month": f"{day.year}年{day.month}月起施行",
            "year": f"{day.year}年起施行",
            "nothing": "施行日期待核",
        }[known_to]

    def holds_on(self, day: date) -> bool:
        """Whether the document is in force on that day."""
        return self.in_force <= day and (self.repealed is None or day < self.repealed)


class Number(Model):
    """A numeric answer to a fill-in question: judged by value and unit, however written."""

    value: float = Field(allow_inf_nan=False)
    unit: Line = Field(description="such as 个月, 日, 人, %")


class Item(Model):
    """One quiz question that rests on its entry's clause.

    `answer` by kind: single one letter; multiple two or more letters; truth a boolean; fill the
    accepted texts; scenario one or more letters (the case stands in `question`).
    """

    model_config = ConfigDict(json_schema_extra={"allOf": answers.BY_KIND})

    id: Slug
    kind: Kind
    difficulty: Difficulty
    question: Paragraph
    options: tuple[Line, ...] = Field(
        default=(), max_length=len(LETTERS), validate_default=True, description="not in truth, fill"
    )
    answer: Answer
    numbers: tuple[Number, ...] = Field(
        default=(), description="fill: also right when the typed number and unit equal one of these"
    )
    explanation: Paragraph
    clause: Line | None = Field(default=None, description="when narrower than the entry's")
    review: Review | None = None

    @field_validator("options")
    @classmethod
    def _options_fit(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if "kind" in info.data:
            answers.check_options(info.data["kind"], value)
        return value

    @field_validator("answer")
    @classmethod
    def _answer_fits(cls, value: Answer, info: ValidationInfo) -> Answer:
        if "kind" in info.data and "options" in info.data:
            answers.check(info.data["kind"], info.data["options"], value)
        return value

    @field_validator("numbers")
    @classmethod
    def _numbers_fit(cls, value: tuple[Number, ...], info: ValidationInfo) -> tuple[Number, ...]:
        if value and info.data.get("kind", "fill") != "fill":
            raise ValueError("numbers 只用于填空题（kind: fill），请删去")
        return value

    @property
    def letters(self) -> frozenset[str]:
        """The right letters of a choice question, or an empty set."""
        if not self.options or isinstance(self.answer, bool):
            return frozenset()
        return frozenset(self.answer)

    @property
    def takes_several(self) -> bool:
        """Whether more than one letter is to be chosen."""
        return self.kind == "multiple" or (self.kind == "scenario" and len(self.letters) > 1)

    @property
    def accepted(self) -> tuple[str, ...]:
        """The texts that a fill-in question accepts, the first one being shown."""
        return self.answer if self.kind == "fill" and isinstance(self.answer, tuple) else ()


class Entry(Model):
    """One thing people ask: phrasings, the answer, its clause, and the items that rest on it."""

    id: Slug
    title: Line
    topic: Line = Field(description="what a person picks to practise, such as 有偿补课")
    aspect: Line | None = Field(
        default=None, description="what of the topic it tells: 能不能, 怎么处理, 管哪些人, 期限 …"
    )
    source: Slug
    clause: Line = Field(description="such as 第四条第九项")
    ask: tuple[Line, ...] = Field(min_length=1, description="phrasings as people type them")
    answer: Paragraph = Field(description="two or three plain sentences")
    caution: bool = Field(default=False, description="adds 这是规定原则，不是对具体个案的认定")
    review: Review | None = None
    items: tuple[Item, ...] = ()


class SourceFile(Model):
    """The content of sources.yaml."""

    sources: tuple[Source, ...]


class EntryFile(Model):
    """The content of every other knowledge file."""

    entries: tuple[Entry, ...]
