"""Judges drafts against the knowledge there is: what is missing, wrong, or already known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from knowledge.answers import LETTERS
from knowledge.banks.drafts import BadRow, Draft, Spot, sameness, shortened, wording
from knowledge.banks.limits import wrong
from knowledge.checks import same
from knowledge.library import Library
from knowledge.schema import Item, Source


@dataclass(frozen=True)
class Given:
    """What the person who imports says of all questions that don't say it themselves."""

    source: str = ""
    clause: str = ""
    topic: str = ""
    explanation: str = ""
    difficulty: int = 2
    is_reviewed: bool = False


@dataclass
class Judged:
    """Drafts that are complete, each with its source's id; faults; and what to tell beside."""

    drafts: list[Draft] = field(default_factory=list[Draft])
    faults: list[BadRow] = field(default_factory=list[BadRow])
    skipped: list[BadRow] = field(default_factory=list[BadRow])
    notes: list[str] = field(default_factory=list[str])


def judge(drafts: Sequence[Draft], library: Library, given: Given, file: str) -> Judged:
    """All drafts against the schema's limits, the sources, the knowledge and one another."""
    judging = _Judging(library, given, file)
    for draft in drafts:
        judging.take(draft)
    judging.finish()
    return judging.result


_MISSING = {
    "source": ("来源", "--source 文件的 id"),
    "clause": ("条款", "--clause 第几条"),
    "topic": ("主题", "--topic 主题名"),
    "explanation": ("解析", "--explanation 一句话"),
}
_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,63}")


class _Judging:
    """One pass over the drafts of a file."""

    def __init__(self, library: Library, given: Given, file: str) -> None:
        self.result = Judged()
        self._library = library
        self._given = given
        self._file = file
        self._sources = SourceNames(library)
        self._known = {
            sameness(item.kind, item.question, item.options): item
            for item in library.items.values()
        }
        self._seen: dict[str, Draft] = {}
        self._ids: dict[str, Spot] = {}
        self._without: dict[str, list[Spot]] = {}
        self._without_difficulty = 0
        self._given_source = self._resolved(given.source, Spot()) if given.source else ""

    def take(self, draft: Draft) -> None:
        if draft.difficulty is None:
            self._without_difficulty += 1
            draft = replace(draft, difficulty=self._given.difficulty)
        before = len(self.result.faults)
        source = self._source(draft)
        draft = self._filled(draft, source)
        for part, message in wrong(draft):
            self._say(draft.at(part), message)
        self._check_id(draft)
        is_whole = draft.kind is not None and draft.answer is not None
        is_whole = is_whole and all(getattr(draft, part) for part in _MISSING)
        is_whole = is_whole and source in self._library.sources
        if is_whole and len(self.result.faults) == before and not self._is_known(draft):
            self.result.drafts.append(draft)

    def finish(self) -> None:
        """Says once what many questions lack."""
        for part, spots in self._without.items():
            name, option = _MISSING[part]
            rows = "、".join(str(spot.line) for spot in spots[:8])
            which = f"第 {rows} 行{'等 ' if len(spots) > 8 else ''}" if len(spots) > 1 else "这道题"
            count = f"共 {len(spots)} 题" if len(spots) > 1 else ""
            self._say(spots[0], f"{which}{count}没有{name}。请逐题填上，或用 {option} 统一给出")
        if self._without_difficulty:
            self.result.notes.append(
                f"{self._without_difficulty} 题没有写难度，按 {self._given.difficulty} 计"
            )
        self.result.faults.sort()

    def _say(self, spot: Spot, message: str) -> None:
        self.result.faults.append(BadRow(spot, self._file, message))

    def _source(self, draft: Draft) -> str:
        """The id of the source; what stands in the option is judged once, not for each row."""
        if not draft.source:
            return self._given_source
        return self._resolved(draft.source, draft.at("source"))

    def _resolved(self, written: str, spot: Spot) -> str:
        found = self._sources.find(written)
        if isinstance(found, str):
            self._say(spot, found)
            return written
        if found.repealed is not None:
            instead = f"，现行的是 {found.replaced_by}" if found.replaced_by else ""
            self._say(spot, f"《{found.title}》已于 {found.repealed} 废止{instead}。请改依现行文件")
        return found.id

    def _filled(self, draft: Draft, source: str) -> Draft:
        given = self._given
        draft = replace(
            draft,
            source=source,
            clause=draft.clause or given.clause,
            topic=draft.topic or given.topic,
            explanation=draft.explanation or given.explanation,
        )
        for part in _MISSING:
            if not getattr(draft, part):
                self._without.setdefault(part, []).append(draft.at(part))
        return draft

    def _check_id(self, draft: Draft) -> None:
        if not draft.id:
            return
        if not _ID.fullmatch(draft.id):
            self._say(
                draft.at("id"),
                f"编号“{shortened(draft.id, 30)}”只能用小写英文字母、数字和连字符，"
                "2–64 个；可以留空",
            )
        elif draft.id in self._ids:
            self._say(
                draft.at("id"),
                f"编号 {draft.id} 已用在第 {self._ids[draft.id].line} 行，请改用别的，或留空",
            )
        self._ids.setdefault(draft.id, draft.spot)

    def _is_known(self, draft: Draft) -> bool:
        """Whether the question is passed over; a contradiction or a taken id is a fault instead."""
        assert draft.kind is not None
        key = sameness(draft.kind, draft.question, draft.options)
        if known := self._known.get(key):
            where = f"知识库里的 {known.id}（{self._library.where.get(known.id, '')}）"
            self._skip_or_refuse(draft, where, right_of(known) == right_of(draft))
            return True
        if first := self._seen.get(key):
            where = f"第 {first.spot.line} 行的题"
            self._skip_or_refuse(draft, where, right_of(first) == right_of(draft))
            return True
        self._seen[key] = draft
        if draft.id in self._library.where:
            self._say(
                draft.at("id"),
                f"编号 {draft.id} 已用在 {self._library.where[draft.id]} 的另一题，"
                "请改用别的，或留空",
            )
            return True
        return False

    def _skip_or_refuse(self, draft: Draft, where: str, is_equal: bool) -> None:
        if is_equal:
            note = f"与{where}相同，跳过"
            self.result.skipped.append(BadRow(draft.spot, self._file, note))
        else:
            self._say(
                draft.at("answer"), f"与{where}题目相同而答案不同，请核对哪个对，改正或删去这一题"
            )


def right_of(question: Item | Draft) -> object:
    """What is right, whatever the order of the options or of the accepted texts."""
    answer = question.answer
    if isinstance(answer, bool) or answer is None:
        return answer
    if question.options:
        right = {question.options[LETTERS.index(letter)] for letter in _letters(answer)}
        return frozenset(map(wording, right))
    return frozenset(map(wording, answer))


def _letters(answer: str | tuple[str, ...]) -> list[str]:
    return [letter for letter in answer if letter in LETTERS]


class SourceNames:
    """Finds a source by id, short name or title."""

    def __init__(self, library: Library) -> None:
        self._by_name: dict[str, Source] = {}
        self._asked: dict[str, Source | str] = {}
        for source in library.sources.values():
            for name in (source.id, source.title, *source.short):
                self._by_name.setdefault(same(name), source)

    def find(self, written: str) -> Source | str:
        """The source, or a sentence that names what is probably meant."""
        # Ten thousand rows name the same few.
        if written not in self._asked:
            self._asked[written] = self._by_name.get(same(written)) or self._guess(written)
        return self._asked[written]

    def _guess(self, written: str) -> str:
        near = get_close_matches(same(written), self._by_name, n=1, cutoff=0.5)
        if near:
            source = self._by_name[near[0]]
            meant = f"是不是《{source.title}》（{source.id}）？"
        else:
            meant = "请写 sources.yaml 里的 id、简称或全名，没有的请先登记"
        return f"没有登记过来源“{shortened(written, 40)}”，{meant}"
