"""The shape of the knowledge files: sources, entries and quiz items, as pydantic models.

The same models check a file, give the JSON Schema for editors, and are what the program works
with afterwards. All are frozen. Positions (file, line, column) are the loader's business.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,63}$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
Letter = Literal["A", "B", "C", "D", "E", "F"]
Kind = Literal["single", "multiple", "truth", "fill", "scenario"]
LETTERS: tuple[Letter, ...] = ("A", "B", "C", "D", "E", "F")


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
    adopted: date | None = None
    in_force: date = Field(description="施行: the day from which it holds")
    repealed: date | None = None
    replaced_by: Slug | None = None
    note: Line | None = None
    review: Literal["pending"] | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the document is in force on that day."""
        return self.in_force <= day and (self.repealed is None or day < self.repealed)


class Number(Model):
    """A numeric answer to a fill-in question: judged by value and unit, however written."""

    value: float
    unit: Line = Field(description="such as 个月, 日, 人, %")


class Item(Model):
    """One quiz question that rests on its entry's clause.

    `answer` by kind: single one letter; multiple two or more letters; truth a boolean; fill the
    accepted texts; scenario one or more letters (the case stands in `question`).
    """

    id: Slug
    kind: Kind
    difficulty: Literal[1, 2, 3]
    question: Paragraph
    options: tuple[Line, ...] = Field(default=(), max_length=6)
    answer: Letter | tuple[Letter, ...] | bool | tuple[Line, ...]
    numbers: tuple[Number, ...] = Field(
        default=(), description="fill: also right when the typed number and unit equal one of these"
    )
    explanation: Paragraph
    clause: Line | None = Field(default=None, description="when narrower than the entry's")
    review: Literal["pending"] | None = None

    @model_validator(mode="after")
    def _answer_fits_kind(self) -> Item:
        problem = _misfit(self)
        if problem:
            raise ValueError(problem)
        return self

    @property
    def letters(self) -> frozenset[str]:
        """The right letters of a choice question, or an empty set."""
        if not self.options:
            return frozenset()
        return frozenset([self.answer] if isinstance(self.answer, str) else self.answer)  # type: ignore[arg-type]

    @property
    def takes_several(self) -> bool:
        """Whether more than one letter is to be chosen."""
        return self.kind == "multiple" or (self.kind == "scenario" and len(self.letters) > 1)

    @property
    def accepted(self) -> tuple[str, ...]:
        """The texts that a fill-in question accepts, the first one being shown."""
        return tuple(str(text) for text in self.answer) if isinstance(self.answer, tuple) else ()


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
    caution: bool = Field(
        default=False, description="adds 这是规定原则，不是对具体个案的认定"
    )
    review: Literal["pending"] | None = None
    items: tuple[Item, ...] = ()


class SourceFile(Model):
    """The content of sources.yaml."""

    sources: tuple[Source, ...]


class EntryFile(Model):
    """The content of every other knowledge file."""

    entries: tuple[Entry, ...]


def _misfit(item: Item) -> str | None:
    """Says in Chinese why an item's answer does not fit its kind, or None."""
    if item.kind in ("truth", "fill"):
        return _misfit_without_options(item)
    return _misfit_of_choice(item)


def _misfit_without_options(item: Item) -> str | None:
    if item.options:
        return f"{item.kind} 题不要写 options"
    if item.kind == "truth" and not isinstance(item.answer, bool):
        return "判断题的 answer 应为 true 或 false"
    if item.kind == "fill" and not (isinstance(item.answer, tuple) and item.answer):
        return "填空题的 answer 应为可接受答案的列表，至少一个"
    if item.kind == "truth" and item.numbers:
        return "numbers 只用于填空题"
    return None


def _misfit_of_choice(item: Item) -> str | None:
    given = [item.answer] if isinstance(item.answer, str) else item.answer
    if isinstance(given, bool) or not given:
        return "选择题的 answer 应为选项字母"
    allowed = LETTERS[: len(item.options)]
    wrong = [letter for letter in given if letter not in allowed]
    if wrong:
        return f"answer 中的 {'、'.join(map(str, wrong))} 不在选项里（选项只有 {''.join(allowed)}）"
    if len(set(given)) != len(given):
        return "answer 里有重复的字母"
    if len(set(item.options)) != len(item.options):
        return "options 里有重复的选项"
    return _misfit_of_count(item, len(given))


def _misfit_of_count(item: Item, count: int) -> str | None:
    if len(item.options) < 2:
        return "选择题至少要有两个选项"
    if item.kind == "single" and count != 1:
        return "单选题只能有一个正确答案"
    if item.kind == "multiple" and count < 2:
        return "多选题至少要有两个正确答案"
    if item.numbers:
        return "numbers 只用于填空题"
    return None
