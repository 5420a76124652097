"""Text rewritten by tables: many words at once, or character by character."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping


class Words:
    """Words and what to write for them, the longest word first."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words
        tree: _Tree = {}
        for word in words:
            node = tree
            for char in word:
                node = node.setdefault(char, {})
            node[""] = {}
        # As a tree of characters: an alternation of 800 words would try each at every place.
        self._any = re.compile(_pattern(tree))

    def rewrite(self, text: str) -> str:
        """The text with every word replaced, from the left."""
        return self._any.sub(lambda found: self._words[found[0]], text)


_Tree = dict[str, "_Tree"]


def _pattern(tree: _Tree) -> str:
    """A regular expression for the words of the tree; "" marks the end of one."""
    ways = [re.escape(char) + _pattern(node) for char, node in tree.items() if char]
    if not ways:
        return ""
    return f"(?:{'|'.join(ways)}){'?' if '' in tree else ''}"


class Characters(dict[int, str]):
    """A table for str.translate that works each character out when it first meets it."""

    def __init__(self, work_out: Callable[[str], str]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, code: int) -> str:
        self[code] = self._work_out(chr(code))
        return self[code]
