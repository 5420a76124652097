"""Whether two questions ask the same: by their words and by what these mean. For grouping."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from knowledge import canonical

# A wrong merge answers somebody what they did not ask; a missed one costs an administrator a tap.
_ALIKE = 0.7
# 病假工资 and 产假工资 differ by a word on either side: nearly everything else must be the same.
_ALIKE_WITH_OTHER_WORDS = 0.9
_NUMERALS = frozenset("0123456789零一二两三四五六七八九十百")


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

    def fits(self, other: _Form) -> bool:
        """Whether both ask the same."""
        if self._numerals() != other._numerals():
            return False
        everyday = canonical.everyday()
        is_wider = self.tokens - other.tokens - everyday
        is_narrower = other.tokens - self.tokens - everyday
        needed = _ALIKE_WITH_OTHER_WORDS if is_wider and is_narrower else _ALIKE
        return self.likeness(other) >= needed

    def _numerals(self) -> set[str]:
        return set(self.text) & _NUMERALS

    def likeness(self, other: _Form) -> float:
        """0 to 1: half the string, half the shared meaning."""
        both = len(self.tokens) + len(other.tokens)
        shared = 2 * len(self.tokens & other.tokens) / both if both else 0.0
        return (fuzz.ratio(self.text, other.text) / 100 + shared) / 2


# The same few hundred wordings are compared with every question that comes.
@lru_cache(maxsize=2048)
def _form(raw: str) -> _Form:
    text = canonical.canonical(raw)
    return _Form(text, frozenset(canonical.tokens(canonical.meaning(text))))
