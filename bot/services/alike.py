"""Whether two questions ask the same: by their words and by what these mean. For grouping."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from knowledge import canonical

# A wrong merge answers somebody what they did not ask; a missed one costs an administrator a tap.
_ALIKE = 0.7
_NUMERALS = frozenset("0123456789零一二两三四五六七八九十百")
# One group of synonyms when searching; another answer each.
_KINDS = re.compile("[病事婚产丧公年]假|探亲假|育儿假|护理假|陪产假|哺乳假")
# What says nothing here, and what says the same.
_FOLDED = (
    (re.compile("目前|现在|(?:我们|咱们)?学校的?(?=食堂|宿舍|操场|图书馆|停车场|机房|保安)"), ""),
    (re.compile("(?:每|一)(?:个)?(?=[天月年周])"), "每"),
    (re.compile("(?:是)?多少(?:钱|块钱|块|元)?"), "多少"),
)


def nearest(text: str, known: Iterable[tuple[int, str]]) -> int | None:
    """The id of the wording that asks the same and is most like the text; None when none does."""
    asked = _form(text)
    forms = ((number, _form(wording)) for number, wording in known)
    scored = [(asked.likeness(form), number) for number, form in forms if asked.fits(form)]
    return max(scored)[1] if scored else None


@dataclass(frozen=True)
class _Form:
    """A wording as likeness sees it: its string, and the tokens of what it means."""

    text: str
    tokens: frozenset[str]
    # The tokens that carry what is asked.
    content: frozenset[str]

    def fits(self, other: _Form) -> bool:
        """Whether both ask the same."""
        if self._numerals() != other._numerals() or self._kinds() != other._kinds():
            return False
        # 病假工资 and 产假工资: each has a word that the other lacks.
        if self.content - other.tokens and other.content - self.tokens:
            return False
        return self.likeness(other) >= _ALIKE

    def _numerals(self) -> set[str]:
        return set(self.text) & _NUMERALS

    def _kinds(self) -> set[str]:
        return set(_KINDS.findall(self.text))

    def likeness(self, other: _Form) -> float:
        """0 to 1: half the string, half the shared meaning."""
        both = len(self.tokens) + len(other.tokens)
        shared = 2 * len(self.tokens & other.tokens) / both if both else 0.0
        return (fuzz.ratio(self.text, other.text) / 100 + shared) / 2


# The same few hundred wordings are compared with every question that comes.
@lru_cache(maxsize=2048)
def _form(raw: str) -> _Form:
    whole = canonical.canonical(raw)
    text = whole
    for pattern, fold in _FOLDED:
        text = pattern.sub(fold, text)
    text = text or whole
    tokens = frozenset(canonical.tokens(canonical.meaning(text)))
    everyday = canonical.everyday()
    # 事 sounds like 是, and says something nevertheless.
    rare = {canonical.meaning(char) for char in text if char not in everyday}
    return _Form(text, tokens, (tokens - everyday) | (tokens & rare))
