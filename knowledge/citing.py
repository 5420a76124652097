"""Reads a typed citation: “未保法第十一条”, “惩戒规则 8”, or a document asked for by its name.

A citation goes straight to what rests on that clause, without search. Whether the document still
holds is for the caller to say: a repealed one is found here as well, so that it can be shown as
such with what replaced it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge import canonical
from knowledge.schema import Entry, Source

_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_TENS = {"十": 10, "百": 100}
_NUMBER = rf"[0-9]+|[{''.join(_DIGITS)}{''.join(_TENS)}]+"
# 哪十项 and 十项准则是哪十条 ask for a number of things.
_CLAUSE = re.compile(
    rf"(?<![哪这那共几{''.join(_DIGITS)}{''.join(_TENS)}])第?({_NUMBER})(条|款|项|步|章|部分)"
)
_BARE = re.compile(rf"第?({_NUMBER})")
_RANGE = re.compile(rf"第({_NUMBER})(条|步)(?:至|到)第?({_NUMBER})\2")
_YEAR = re.compile(r"((?:19|20)[0-9]{2})(?:年|版|年版|年的)?")
_OLDER = re.compile(r"^(?:旧|老|原来|原先|以前|过去|之前)(?:版|的)*")
# What may stand around a name without asking anything more of the document.
_FILLER = re.compile(
    r"什么时候|什么意思|是什么|说什么|讲什么|有什么|怎么规定|怎么说|怎么写|怎么讲|说了什么|讲了什么|说的什么|写了什么"
    r"|什么内容|规定了什么|还有效|有没有效|有效|还能用|还算数|废止|作废|失效|被取代|取代|生效|施行|实施|修订|具体|内容|全文|原文|条文"
    r"|根据|按照|依据|依照|按|关于|查一下|看一下|查|看|那个|这个|文件|现行|最新|新版|旧版|老版|版|年"
    r"|里面|里|中|上|的|是|了|吗|呢|么|啥|被|还|新"
)
_PREFIXES = re.compile(r"^(?:中华人民共和国|中国共产党|教育部办公厅|教育部|关于|新时代)+")
_SUFFIX = re.compile(r"[（(][^（）()]*(?:试行|修订|年)[^（）()]*[）)]$")


@dataclass(frozen=True)
class Reference:
    """A document named in a question, with the clause if one was.

    `clause` is written as the rules write it, 第十一条第二款. `entries` are the ids of what rests
    on it: on that clause, the narrowest first, or without one on the document. Empty when the
    knowledge holds nothing for it.
    """

    source: Source
    clause: str | None
    entries: tuple[str, ...]


@dataclass(frozen=True)
class _Place:
    """A clause as numbers by level: 第四条第九项 is ((4, 条), (9, 项))."""

    levels: tuple[tuple[int, str], ...]

    @property
    def text(self) -> str:
        return "".join(f"第{_written(number)}{unit}" for number, unit in self.levels)


class Citations:
    """The names of all sources and the clauses of all entries, ready to be looked up."""

    def __init__(self, sources: Iterable[Source], entries: Iterable[Entry]) -> None:
        """Where two documents share a name, the one in force later has it."""
        ordered = sorted(sources, key=lambda source: source.in_force)
        self._sources = {source.id: source for source in ordered}
        self._named = {name: source for source in ordered for name in _names(source)}
        self._entries: dict[str, list[Entry]] = {}
        for entry in entries:
            self._entries.setdefault(entry.source, []).append(entry)

    def find(self, question: str) -> Reference | None:
        """What the question cites, or None when it asks something that is for search.

        It is a citation when it names a document and a clause, or names a document and nothing
        else. What comes before the name must be set apart: 家庭教育法 doesn't cite 教育法.
        """
        words = canonical.spaced(question).split(" ")
        for start in range(len(words)):
            found = self._read(canonical.without_courtesy("".join(words[start:])))
            if found:
                return found
        return None

    def _read(self, text: str) -> Reference | None:
        named = self._name_in(text)
        if named is None:
            return None
        name, at = named
        before, after = text[:at], text[at + len(name) :]
        source = self._version(self._named[name], before, after)
        if _bare(_OLDER.sub("", before)):
            return None
        place = _place_in(after)
        if place is None and _bare(after):
            return None
        return Reference(source, place.text if place else None, self._resting_on(source, place))

    def _name_in(self, text: str) -> tuple[str, int] | None:
        """The longest name that occurs, and where."""
        found = [name for name in self._named if name in text]
        if not found:
            return None
        name = max(found, key=len)
        return name, text.index(name)

    def _version(self, source: Source, before: str, after: str) -> Source:
        """The version meant by a year or by 旧; the one that bears the name otherwise."""
        family = [other for other in self._sources.values() if self._last(other) == source]
        if _OLDER.match(before):
            older = [other for other in family if other.in_force < source.in_force]
            return older[-1] if older else source
        year = _YEAR.search(before) or _YEAR.match(after)
        if year is None:
            return source
        return next((s for s in family if str(s.in_force.year) == year[1]), source)

    def _last(self, source: Source) -> Source:
        """What the document was replaced by in the end; itself while it holds."""
        seen = {source.id}
        while source.replaced_by in self._sources and source.replaced_by not in seen:
            seen.add(source.replaced_by)
            source = self._sources[source.replaced_by]
        return source

    def _resting_on(self, source: Source, place: _Place | None) -> tuple[str, ...]:
        entries = self._entries.get(source.id, [])
        if place is None:
            return tuple(entry.id for entry in entries)
        fits = [(_fit(entry.clause, place), entry.id) for entry in entries]
        best = sorted((fit for fit in fits if fit[0] > 0), key=lambda fit: -fit[0])
        return tuple(entry for _, entry in best)


def _names(source: Source) -> Iterable[str]:
    """Every way to name a source, as plain text."""
    title = _SUFFIX.sub("", source.title)
    written = (source.title, title, _PREFIXES.sub("", title), *source.short)
    names = {canonical.plain(name) for name in written}
    # What a question begins with is taken for courtesy: 关于 of a title is gone by then.
    names |= {canonical.without_courtesy(name) for name in names}
    return {name for name in names if len(name) > 1}


def _bare(text: str) -> str:
    """What remains of the text around a name when everything that says nothing is gone."""
    return _FILLER.sub("", _YEAR.sub("", text))


def _place_in(after: str) -> _Place | None:
    """The clause in what follows a name; a number alone is an article."""
    levels = [(_number(number), unit) for number, unit in _CLAUSE.findall(after)]
    if levels:
        # 第四条第九项 narrows; 第四条、第九条 names a second one, and the first is taken.
        depth = next((at for at in range(1, len(levels)) if levels[at][1] == levels[0][1]), 3)
        return _Place(tuple(levels[:depth]))
    alone = _BARE.fullmatch(_bare(after))
    return _Place(((_number(alone[1]), "条"),)) if alone else None


def _fit(clause: str, place: _Place) -> int:
    """How closely an entry's clause fits: 3 the very place, 2 within or around it, 1 in a range."""
    text = canonical.plain(clause)
    levels = [(_number(number), unit) for number, unit in _CLAUSE.findall(text)]
    if tuple(levels) == place.levels:
        return 3
    first, *narrower = place.levels
    if first in levels:
        # 第四条第五项 says nothing about 第四条第九项; 第四条 as a whole does.
        other = any(
            level not in levels and level[1] in {unit for _, unit in levels} for level in narrower
        )
        return 0 if other else 2
    return int(any(_covers(found, first) for found in _RANGE.findall(text)))


def _covers(found: Sequence[str], level: tuple[int, str]) -> bool:
    low, unit, high = found
    return unit == level[1] and _number(low) <= level[0] <= _number(high)


def _number(text: str) -> int:
    """十一 → 11, 一百零三 → 103, 8 → 8, 二三 → 23."""
    if text.isdecimal():
        return int(text)
    if not set(text) & set(_TENS):
        return int("".join(str(_DIGITS[char]) for char in text))
    total, digit = 0, 0
    for char in text:
        if char in _TENS:
            total, digit = total + (digit or 1) * _TENS[char], 0
        else:
            digit = _DIGITS[char]
    return total + digit


def _written(number: int) -> str:
    """11 → 十一, 103 → 一百零三. Beyond 999 in digits: no rule here has so many articles."""
    if not 0 < number < 1000:
        return str(number)
    digits = "零一二三四五六七八九"
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{digits[hundreds]}百" if hundreds else ""
    text += f"{digits[tens]}十" if tens else "零" if hundreds and ones else ""
    text += digits[ones] if ones else ""
    return text.removeprefix("一") if 10 <= number < 20 else text
