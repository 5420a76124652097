"""What a question comes to: an answer with its source, a choice, or that it is not known.

Pure: reads knowledge, writes nothing, so that it works on a full disk. A document that does not
hold on the day is never the answer; asked for by its name it is shown as what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Literal

from bot.core.distress import Distress, distress
from bot.core.smalltalk import Talk, small_talk
from bot.core.wording import reads_as_question
from knowledge import canonical, wording
from knowledge.citing import Reference
from knowledge.library import Library
from knowledge.live import Knowledge
from knowledge.schema import Entry, Source
from knowledge.search import Hit, Verdict, judge

# A pasted page is no question, and search would see only its two ends.
LONGEST = 500
SHOWN = 3
_FOUND = 10
_LONGEST_WORD = 6
_AS_TYPED = 0.98
_NEAR = 0.8
_PEOPLE = ("校长", "园长", "书记", "局长", "领导", "同事", "家长", "退休", "实习", "临聘", "代课")
_AROUND_A_TOPIC = re.compile(r"^(?:关于|有关)|(?:方面|问题|的|相关|规定|政策|要求|文件|情况)+$")
# What people say to any bot is no question to this one, though some entry has words of it.
_SAID_TO_ANY_BOT = frozenset(canonical.plain(text) for text in wording.SMALL_TALK.split())
# What people want to know of a topic first; other aspects follow in the order of the files.
_ASPECTS = ("能不能", "怎么处理", "管哪些人", "怎么认定", "期限", "谁来定", "要求")


@dataclass(frozen=True)
class Answered:
    """One entry is the answer; its source holds on the day."""

    entry: Entry
    source: Source

    @property
    def is_pending(self) -> bool:
        """Whether what is said, or the place in the document, still waits to be checked.

        A document whose day or number waits is named without them, so nothing doubtful is said.
        """
        return self.entry.review is not None


@dataclass(frozen=True)
class Choice:
    """Several entries may be meant, likeliest first; the person picks.

    why: close (alike to the question), topic (a bare word), cited (`source` was named).
    """

    entries: tuple[Entry, ...]
    why: Literal["close", "topic", "cited"] = "close"
    source: Source | None = None
    clause: str | None = None


@dataclass(frozen=True)
class Repealed:
    """A document that was named and does not hold on the day; `replaced_by` does, if it is known.

    `is_future` when it is not in force yet.
    """

    source: Source
    replaced_by: Source | None
    is_future: bool = False


@dataclass(frozen=True)
class NotHeld:
    """A document that is known by name, without anything on the clause that was asked for."""

    source: Source
    clause: str | None


@dataclass(frozen=True)
class Unknown:
    """Nothing is good enough."""


@dataclass(frozen=True)
class Small:
    """Courtesy, or what weighs on somebody: no question."""

    talk: Talk | Distress


@dataclass(frozen=True)
class Unreadable:
    """No question could be read: nothing but signs, or a whole page."""

    why: Literal["empty", "long"]


Outcome = Answered | Choice | Repealed | NotHeld | Unknown | Small | Unreadable


@dataclass(frozen=True)
class Judged:
    """An outcome with what search found for it, for the command line and benchmarks."""

    outcome: Outcome
    hits: tuple[Hit, ...]

    @property
    def verdict(self) -> Verdict:
        if isinstance(self.outcome, Answered):
            return "answer"
        return "choose" if isinstance(self.outcome, Choice) else "unknown"


def answer(knowledge: Knowledge, text: str, on: date) -> Outcome:
    """What a typed text comes to on that day."""
    return hits(knowledge, text, on).outcome


def hits(knowledge: Knowledge, text: str, on: date) -> Judged:
    """What a typed text comes to on that day, and the hits for it, best first, at most ten."""
    words = canonical.plain(text)
    if not words:
        return Judged(Unreadable("empty"), ())
    if len(text) > LONGEST:
        return Judged(Unreadable("long"), ())
    talk = small_talk(words)
    if talk:
        return Judged(Small(talk), ())
    cited = knowledge.citations.find(text)
    if cited:
        return _cited(knowledge.library, cited, on)
    found = _holding(knowledge.library, knowledge.index.find(text, 2 * _FOUND), on)
    return Judged(_found(knowledge, words, found, on), tuple(found[:_FOUND]))


def read(knowledge: Knowledge, entry_id: str, on: date) -> Answered | Repealed | None:
    """The entry as an answer on that day; None when the knowledge no longer holds it."""
    entry = knowledge.library.entries.get(entry_id)
    if entry is None:
        return None
    source = knowledge.library.sources[entry.source]
    if source.holds_on(on):
        return Answered(entry, source)
    return _repealed(knowledge.library, source, on)


def neighbours(knowledge: Knowledge, entry: Entry, on: date, limit: int = 2) -> list[Entry]:
    """Entries of the same topic that are like it and tell something else, other aspects first."""
    found = _holding(knowledge.library, knowledge.index.find(entry.title, 2 * _FOUND), on)
    like = [knowledge.library.entries[hit.id] for hit in found]
    others = [each for each in like if each.topic == entry.topic and each.id != entry.id]
    return _by_aspect(others, {entry.aspect})[:limit]


def can_practise(knowledge: Knowledge, topic: str, on: date) -> bool:
    """Whether the topic has items that count on that day."""
    return any(
        not item.review
        for entry in knowledge.library.entries.values()
        if entry.topic == topic and not entry.review and _holds(knowledge, entry, on)
        for item in entry.items
    )


def _cited(library: Library, cited: Reference, on: date) -> Judged:
    """A typed document or clause goes straight to what rests on it."""
    source = cited.source
    if not source.holds_on(on):
        return Judged(_repealed(library, source, on), ())
    entries = tuple(library.entries[each] for each in cited.entries)
    found = tuple(Hit(entry.id, 1.0, entry.title) for entry in entries[:_FOUND])
    if not entries:
        return Judged(NotHeld(source, cited.clause), ())
    if len(entries) == 1 and cited.clause:
        return Judged(Answered(entries[0], source), found)
    return Judged(Choice(entries, "cited", source, cited.clause), found)


def _repealed(library: Library, source: Source, on: date) -> Repealed:
    """With the document that holds in its place, through any that were replaced in their turn."""
    seen = {source.id}
    following: Source | None = source
    while following and not following.holds_on(on):
        following = library.sources.get(following.replaced_by or "")
        if following and following.id in seen:
            following = None
        seen.add(following.id if following else "")
    return Repealed(source, following, is_future=source.in_force > on)


def _found(knowledge: Knowledge, words: str, found: Sequence[Hit], on: date) -> Outcome:
    is_as_typed = bool(found) and found[0].score >= _AS_TYPED
    told = distress(words)
    if told and not is_as_typed:
        return Small(told)
    if _is_bare(words):
        chosen = _of_topic(knowledge, words, found, on)
        if chosen and not is_as_typed:
            return Choice(chosen, "topic")
    verdict = judge(found, knowledge.thresholds)
    if words in _SAID_TO_ANY_BOT and not is_as_typed:
        verdict = "unknown"
    if verdict == "unknown":
        return Unknown()
    first = knowledge.library.entries[found[0].id]
    if verdict == "answer" and not _is_about_others(words, first):
        return Answered(first, knowledge.library.sources[first.source])
    return offered(knowledge, found)


def offered(knowledge: Knowledge, found: Sequence[Hit]) -> Choice:
    """The first three; but what is far behind the first is no choice but noise."""
    near = [hit for hit in found[:SHOWN] if hit.score >= _NEAR * found[0].score]
    return Choice(tuple(knowledge.library.entries[hit.id] for hit in near))


def _is_about_others(words: str, entry: Entry) -> bool:
    """Whether the question names people of whom the entry says nothing.

    校长请吃饭 is all but 家长请吃饭 to search, and the answer another one.
    """
    told = "".join((entry.title, *entry.ask, entry.answer))
    return any(who in words and who not in told for who in _PEOPLE)


def _is_bare(words: str) -> bool:
    """Whether it is a word rather than a question, such as 有偿补课."""
    word = _AROUND_A_TOPIC.sub("", words)
    return 2 <= len(word) <= _LONGEST_WORD and not reads_as_question(words)


def _of_topic(
    knowledge: Knowledge, words: str, found: Sequence[Hit], on: date
) -> tuple[Entry, ...]:
    """What the knowledge tells of a bare word, each aspect once before any comes again.

    The word names a topic; if it names none, it stands in titles.
    """
    word = _AROUND_A_TOPIC.sub("", words)
    held = [each for each in knowledge.library.entries.values() if _holds(knowledge, each, on)]
    named = {topic for topic in {each.topic for each in held} if word in canonical.plain(topic)}
    inside = [each for each in held if each.topic in named]
    # A topic such as 党费与学习 holds more than what was asked for.
    telling = [each for each in inside or held if _mentions(each, word)]
    inside = telling if len(telling) > 1 else inside
    if len(inside) < 2:
        return ()
    place = {hit.id: at for at, hit in enumerate(found)}
    inside.sort(key=lambda entry: place.get(entry.id, len(place)))
    return tuple(_by_aspect(inside, set()))


def _mentions(entry: Entry, word: str) -> bool:
    return word in entry.title or any(word in asked for asked in entry.ask)


def _by_aspect(entries: Iterable[Entry], seen: set[str | None]) -> list[Entry]:
    """Entries in rounds: one of each aspect, the aspects that people ask for first."""
    rounds: dict[str | None, int] = dict.fromkeys(seen, 1)
    placed: list[tuple[int, int, int, Entry]] = []
    for at, entry in enumerate(entries):
        turn = rounds.get(entry.aspect, 0)
        rounds[entry.aspect] = turn + 1
        rank = _ASPECTS.index(entry.aspect) if entry.aspect in _ASPECTS else len(_ASPECTS)
        placed.append((turn, rank, at, entry))
    return [entry for *_, entry in sorted(placed, key=lambda each: each[:3])]


def _holding(library: Library, found: Iterable[Hit], on: date) -> list[Hit]:
    """The hits whose source holds on the day, best first."""
    known = (hit for hit in found if hit.id in library.entries)
    kept = (hit for hit in known if library.sources[library.entries[hit.id].source].holds_on(on))
    return list(islice(kept, _FOUND))


def _holds(knowledge: Knowledge, entry: Entry, on: date) -> bool:
    return knowledge.library.sources[entry.source].holds_on(on)
