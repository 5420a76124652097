"""All rules and plans of reminders together, with where each of them stands."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

from knowledge.checks import Found
from knowledge.faults import Fault
from knowledge.reminders_schema import Plan, Rule, To

Either = Found[Rule] | Found[Plan]


@dataclass(frozen=True)
class Rulebook:
    """The rules and plans of one state of the files, in their order. `folder` holds the files.

    It hashes by its version alone, so that what was worked out from it can be kept.
    """

    rules: tuple[Rule, ...] = field(default=(), hash=False)
    plans: tuple[Plan, ...] = field(default=(), hash=False)
    folder: Path = field(default=Path(), hash=False)
    version: str = ""
    found: Mapping[str, Either] = field(default_factory=dict, hash=False, compare=False)

    @classmethod
    def of(
        cls, rules: Sequence[Found[Rule]], plans: Sequence[Found[Plan]], folder: Path
    ) -> Rulebook:
        """Puts checked parts together. Ids must be unique; the loader has seen to that."""
        both: list[Either] = [*rules, *plans]
        digest = hashlib.sha256()
        for each in both:
            digest.update(each.value.model_dump_json().encode())
        return cls(
            tuple(each.value for each in rules),
            tuple(each.value for each in plans),
            folder,
            digest.hexdigest()[:16],
            MappingProxyType({each.value.id: each for each in both}),
        )

    def fault(self, name: str, message: str, *path: int | str) -> Fault:
        """A fault of the rule or plan of that id, where it stands in the files."""
        return self.found[name].fault(message, *path)

    def audiences(self) -> Iterator[tuple[str, To]]:
        """The id of each rule and plan with the people whom it goes to."""
        for each in (*self.rules, *self.plans):
            yield each.id, each.to

    def ended(self, today: date) -> Iterator[Fault]:
        """What will never go out again, and so should be taken out or renewed."""
        for rule in self.rules:
            if rule.ends and rule.ends < today:
                yield self.fault(rule.id, f"这条提醒已于 {rule.ends} 结束，请续期或删去", "ends")
            elif rule.when.due and max(rule.when.due) < today:
                yield self.fault(rule.id, "due 里的日期都已过去，请改或删去", "when", "due")
        for plan in self.plans:
            if plan.ends and plan.ends < today:
                yield self.fault(plan.id, f"这个计划已于 {plan.ends} 结束，请续期或删去", "ends")
                continue
            for index, item in enumerate(plan.items):
                if item.window.every is None and item.window.dates(today.year)[1] < today:
                    told = f"这一项的期限 {item.window.last} 已经过去，请改或删去"
                    yield self.fault(plan.id, told, "items", index, "window")
