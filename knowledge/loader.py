"""Reads a knowledge folder: either one good set, or everything that is wrong, with its place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from knowledge import cases_checks, checks, files, reminders_checks
from knowledge.cases_schema import Case
from knowledge.checks import Found, M
from knowledge.faults import Fault, sentence, unknown_key
from knowledge.files import SOURCES, fingerprint
from knowledge.library import Library
from knowledge.positions import START, Block, Listing, Misread, parse, place_of
from knowledge.reminders_rulebook import Rulebook
from knowledge.reminders_schema import Plan, Rule
from knowledge.schema import Entry, Source

__all__ = ["Fault", "Library", "fingerprint", "read"]


def read(
    folder: Path, *, today: date | None = None
) -> tuple[Library | None, list[Fault], list[Fault]]:
    """The library, or None when there are faults; the faults; and the warnings, both in order.

    Items on a repealed source are faults. Without `today` any `repealed` counts; with it, one that
    is only announced is still good (Library.topics leaves the item out when the day has come).
    """
    if not folder.is_dir():
        return None, [Fault(str(folder), 1, 1, "没有这个文件夹，请检查路径")], []
    reading = _Reading(folder)
    reading.everything()
    # What rules refer to may seem to be missing for another fault's sake.
    faults = sorted({*reading.faults, *reading.across(today)} or {*reading.of_reminders()})
    warnings = sorted([*files.linked_folders(folder), *checks.hints(reading.entries)])
    return (None if faults else reading.library()), faults, warnings


# A file of another kind would otherwise bring a fault for each of its lines.
_ENOUGH = 1000


class _Reading:
    """One pass over a folder: what was good so far, and what was not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.sources: list[Found[Source]] = []
        self.entries: list[Found[Entry]] = []
        self.rules: list[Found[Rule]] = []
        self.plans: list[Found[Plan]] = []
        self.cases: list[Found[Case]] = []
        self.faults: list[Fault] = []
        # Also those that are faulty themselves, so that one fault doesn't raise a hundred others.
        self._named_sources: set[str] = set()
        self._has_all_sources = False

    def everything(self) -> None:
        names = files.names(self._folder, self._note_unreadable)
        if SOURCES not in names:
            self._say(SOURCES, START, "缺少 sources.yaml：所依的文件都登记在这里")
        for name in names:
            if name == SOURCES:
                self._read_sources()
            else:
                self.entries += self._models(name, self._parts(name, "entries") or [], Entry)
        for name in files.reminder_names(self._folder, self._note_unreadable):
            lists = self._lists(name, ("rules", "plans"))
            self.rules += self._models(name, lists.get("rules", []), Rule)
            self.plans += self._models(name, lists.get("plans", []), Plan)
        for name in files.case_names(self._folder, self._note_unreadable):
            self.cases += self._models(name, self._parts(name, "cases") or [], Case)

    def _read_sources(self) -> None:
        parts = self._parts(SOURCES, "sources")
        self._has_all_sources = parts is not None
        for part in parts or []:
            if isinstance(part, Block):
                self._named_sources.add(str(part.get("id")))
        self.sources += self._models(SOURCES, parts or [], Source)

    def _parts(self, name: str, key: str) -> Listing | None:
        """The list under the one top key of a file, or None when the file can't be used."""
        return self._lists(name, (key,)).get(key)

    def _lists(self, name: str, keys: Sequence[str]) -> dict[str, Listing]:
        """The lists under the top keys of a file; none of them when it can't be used."""
        text = files.text_of(self._folder, name)
        if isinstance(text, Fault):
            self.faults.append(text)
            return {}
        try:
            content, doubled = parse(text)
        except Misread as misread:
            self._say(name, misread.place, misread.message)
            return {}
        for misread in doubled:
            self._say(name, misread.place, misread.message)
        return self._lists_under(name, keys, content)

    def _lists_under(self, name: str, keys: Sequence[str], content: object) -> dict[str, Listing]:
        if not isinstance(content, Block):
            wanted = "或".join(f"“{key}:”" for key in keys)
            self._say(name, place_of(content, ()), f"最外层应为{wanted}，下面每项以“- ”开头")
            return {}
        for other in content.keys() - set(keys):
            self._say(name, content.keys_at[other], unknown_key(other, keys))
        found: dict[str, Listing] = {}
        # Where one of several keys may stand, those that are absent are not missed.
        for key in [key for key in keys if key in content] or keys[:1]:
            parts = content.get(key)
            if isinstance(parts, Listing):
                found[key] = parts
            else:
                told = f"“{key}:”下面应为列表，每项以“- ”开头"
                self._say(name, place_of(content, (key,)), told)
        return found

    def _models(self, name: str, parts: Sequence[object], model: type[M]) -> list[Found[M]]:
        good: list[Found[M]] = []
        for index, part in enumerate(parts):
            try:
                good.append(Found(model.model_validate(part), name, cast("Block", part)))
            except ValidationError as error:
                self._say_all(name, place_of(parts, (index,)), part, error, model)
                if len(self.faults) > _ENOUGH:
                    self._say(
                        name, place_of(parts, (index,)), "错误太多，后面的没有再查；请先改前面的"
                    )
                    break
        return good

    def _say_all(
        self,
        name: str,
        start: tuple[int, int],
        part: object,
        error: ValidationError,
        model: type[M],
    ) -> None:
        for detail in error.errors(include_url=False):
            path = detail["loc"]
            is_key = detail["type"] == "extra_forbidden"
            place = place_of(part, path, key=is_key) if isinstance(part, Block) else start
            self._say(name, place, sentence(detail, model))

    def across(self, today: date | None) -> list[Fault]:
        """The faults that show between files."""
        faults = [*checks.of_sources(self.sources), *checks.of_entries(self.entries)]
        faults += cases_checks.of_ids(self.cases)
        if self._has_all_sources:
            sources = {found.value.id: found.value for found in self.sources}
            known = self._named_sources
            faults += checks.of_references(self.entries, sources, known, today)
            faults += cases_checks.of_references(self.cases, sources, known, today)
        return faults

    def of_reminders(self) -> list[Fault]:
        """The faults of rules and plans that show only beside the rest, which is good."""
        folder = self._folder / files.REMINDERS
        return [
            *reminders_checks.of_ids(self.rules, self.plans),
            *reminders_checks.of_references(self.rules, self.plans, self.library(), folder),
        ]

    def library(self) -> Library:
        where: dict[str, str] = {}
        for found in self.entries:
            where[found.value.id] = found.line()
            for index, item in enumerate(found.value.items):
                where[item.id] = found.line("items", index)
        sources = (found.value for found in self.sources)
        entries = (found.value for found in self.entries)
        rulebook = Rulebook.of(self.rules, self.plans, self._folder / files.REMINDERS)
        cases = (found.value for found in self.cases)
        return Library.of(sources, entries, where, rulebook, cases)

    def _note_unreadable(self, error: OSError) -> None:
        place = Path(error.filename).relative_to(self._folder).as_posix()
        self._say(place, START, f"文件夹进不去（{error.strerror}），请检查权限")

    def _say(self, name: str, place: tuple[int, int], message: str) -> None:
        self.faults.append(Fault(name, *place, message))
