"""The shape of the reminder files: rules that speak by the calendar, and plans of study.

A rule says what goes out, to whom and when. A plan has items with a window; an item is done by a
receipt, a short quiz or a meeting, whichever comes first. Days are those in China.
"""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from knowledge.reminders_when import Offset, TimeOfDay, When
from knowledge.reminders_windows import Window
from knowledge.schema import Day, Line, Model, Paragraph, Slug

# The names that may stand in a text in braces, and what fills them.
BLANKS = ("festival", "until")
Link = Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=500)]
Role = Literal["teacher", "secretary", "administrator"]
Standing = Literal["full", "probationary", "activist", "none"]
Way = Literal["receipt", "quiz", "meeting"]


class People(Model):
    """Some people: those whom every one of the given kinds admits, and `people` in any case."""

    units: tuple[Line, ...] = Field(default=(), description="names of units, all below included")
    roles: tuple[Role, ...] = Field(default=(), description="teacher is everybody")
    party: tuple[Standing, ...] = ()
    duties: tuple[Line, ...] = Field(default=(), description="words in a person's duties")
    tags: tuple[Line, ...] = ()
    people: tuple[Line, ...] = Field(default=(), description="numbers of the roster")

    @property
    def names_nobody(self) -> bool:
        return not any((self.units, self.roles, self.party, self.duties, self.tags, self.people))


class To(People):
    """To whom it goes, and who is left out."""

    but: People | None = Field(default=None, alias="except")

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.names_nobody:
            raise ValueError("to 里没有写发给谁；发给所有人请写 roles: [teacher]")
        if self.but and self._are_all_left_out(self.but):
            raise ValueError("这样写一个人也不剩：except 排除了 to 里的所有人")
        return self

    def _are_all_left_out(self, but: People) -> bool:
        if self.people and not set(self.people) <= set(but.people):
            return False
        said = {name: value for name, value in but if value}
        if said.get("roles") and "teacher" in but.roles:
            said.pop("roles")
        return all(
            set(getattr(self, name)) <= set(value) and getattr(self, name)
            for name, value in said.items()
        )


class Film(Model):
    """A film to watch; `link` only where it may be watched by anybody."""

    title: Line
    link: Link | None = None


class Quiz(Model):
    """A few questions of a topic, or chosen ones. `passes` right ones are enough."""

    topic: Line | None = None
    items: tuple[Slug, ...] = ()
    count: Annotated[int, Field(ge=1, le=10)] = 3
    passes: Annotated[int, Field(ge=1, le=10)] = 2

    @model_validator(mode="after")
    def _from_somewhere(self) -> Self:
        if bool(self.topic) == bool(self.items):
            raise ValueError("quiz 里写 topic（主题）或 items（题目 id），二选一")
        if self.items and len(self.items) < self.count:
            raise ValueError(f"items 只有 {len(self.items)} 道，不够 count 的 {self.count} 道")
        if self.passes > self.count:
            raise ValueError(f"passes 是 {self.passes}，不能多过 count 的 {self.count} 道")
        return self


class Content(Model):
    """What is said and what hangs on it. A text may hold {festival} and {until}."""

    text: Paragraph
    entry: Slug | None = Field(default=None, description="an entry of the knowledge to read")
    film: Film | None = None
    quiz: Quiz | None = None
    link: Link | None = None
    file: Line | None = Field(default=None, description="a file that lies beside this one")
    source: Slug | None = Field(default=None, description="the document that the text rests on")
    clause: Line | None = None

    @field_validator("text")
    @classmethod
    def _known_blanks(cls, value: str) -> str:
        for name in re.findall(r"{([^{}]*)}", value):
            if name not in BLANKS:
                raise ValueError(f"text 里不认识“{{{name}}}”，可用的有：{{festival}}、{{until}}")
        return value

    @field_validator("clause")
    @classmethod
    def _of_something(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and "source" in info.data and info.data["source"] is None:
            raise ValueError("写了 clause 就要写 source：哪份文件的条款")
        return value


class Timed(Model):
    """From which day to which a rule or plan is in use, and at what time of day it speaks."""

    at: TimeOfDay = time(12, 0)
    starts: Day | None = None
    ends: Day | None = None

    @field_validator("ends")
    @classmethod
    def _after_the_start(cls, value: date | None, info: ValidationInfo) -> date | None:
        starts = info.data.get("starts")
        if value and starts and value < starts:
            raise ValueError(f"ends {value} 早于 starts {starts}")
        return value


class Rule(Content, Timed):
    """One thing that is said now and then."""

    id: Slug
    title: Line
    to: To
    when: When
    useful_for: Annotated[int, Field(ge=1, le=60)] = Field(
        default=3, description="days after which it is no longer worth sending"
    )

    @model_validator(mode="after")
    def _festival_is_known(self) -> Self:
        if "{festival}" in self.text and not self.when.festival:
            raise ValueError("text 里的 {festival} 只用于按节日的提醒（when: {festival: …}）")
        return self


class PlanItem(Content):
    """One thing to do within a window; by default any way counts that the item has."""

    id: Slug
    title: Line
    window: Window
    done_by: tuple[Way, ...] = ("receipt", "quiz", "meeting")

    @model_validator(mode="after")
    def _can_be_done(self) -> Self:
        if not self.done_by:
            raise ValueError("done_by 至少写一种：receipt、quiz 或 meeting")
        if self.done_by == ("quiz",) and self.quiz is None:
            raise ValueError("done_by 只有 quiz，就要写 quiz")
        return self

    @property
    def ways(self) -> tuple[Way, ...]:
        """How it can be done: a quiz that is asked takes the place of the mere receipt."""
        if self.quiz and "quiz" in self.done_by:
            return tuple(way for way in self.done_by if way != "receipt")
        return tuple(way for way in self.done_by if way != "quiz")


class Plan(Timed):
    """Items that are to be done, each within its window.

    per: whether each person does them, or each unit that one answers for (`to` are then its
    secretaries). `opening` tells of an item when its window opens; `remind` are offsets from the
    last day of the window for those who have not done it. `text` serves where several items open
    together.
    """

    id: Slug
    title: Line
    to: To
    text: Paragraph | None = None
    per: Literal["person", "unit"] = "person"
    opening: bool = True
    remind: tuple[Offset, ...] = (-7, -1)
    items: tuple[PlanItem, ...]

    @field_validator("items")
    @classmethod
    def _has_some(cls, value: tuple[PlanItem, ...]) -> tuple[PlanItem, ...]:
        # A minimal length would also be missed where the only item has a fault of its own.
        if not value:
            raise ValueError("items 是空的，至少写一项")
        return value

    @model_validator(mode="after")
    def _is_told_together(self) -> Self:
        windows = [item.window for item in self.items]
        if len(set(windows)) < len(windows) and self.text is None:
            raise ValueError("有几项同时开始，请给计划写一段 text 一起说")
        return self


class ReminderFile(Model):
    """The content of a file in reminders/."""

    rules: tuple[Rule, ...] = ()
    plans: tuple[Plan, ...] = ()
