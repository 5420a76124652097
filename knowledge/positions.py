"""YAML to plain values that remember where they stood, out of libyaml's events.

Reading events instead of composing a tree is twice as fast, and it lets anchors, aliases and deep
nesting be refused before anything is built or expanded: the C composer itself recurses until the
process dies. Scalars stay the text that was written, save true, false and null: the models know
which of them are dates and numbers, and `no`, `012` or `1:30` keep their face.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

import yaml

_DEEPEST = 12
_PLAIN: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}


class Place(NamedTuple):
    """Line and column, counted from 1 as editors do."""

    line: int
    column: int


START = Place(1, 1)


class Misread(Exception):  # noqa: N818 - not an error of the program but a finding about a file
    """The file can't be read on from this place."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place
        self.message = message


class Block(dict[str, object]):
    """A mapping with the places of its keys and values."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.keys_at: dict[str, Place] = {}
        self.values_at: dict[str, Place] = {}


class Listing(list[object]):
    """A sequence with the places of its parts."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.parts_at: list[Place] = []


def place_of(value: object, path: Sequence[int | str], *, key: bool = False) -> Place:
    """Where the value at that path stands, or its key; if it is absent, the nearest around it."""
    place = value.place if isinstance(value, Block | Listing) else START
    for step in path:
        if isinstance(value, Block) and step in value:
            places = value.keys_at if key and step == path[-1] else value.values_at
            place, value = places[str(step)], value[str(step)]
        elif isinstance(value, Listing) and isinstance(step, int) and step < len(value):
            place, value = value.parts_at[step], value[step]
        else:
            break
    return place


def parse(text: str) -> tuple[object, list[Misread]]:
    """The one document of a text, and keys written twice. Raises Misread for all else."""
    bad = _UNWANTED.search(text)
    if bad:
        raise Misread(_place_at(text, bad.start()), _unwanted(bad[0]))
    loader = yaml.CSafeLoader(text)
    reader = _Reader(cast("Callable[[], yaml.Event]", loader.get_event))
    try:
        return reader.document(), reader.doubled
    except yaml.MarkedYAMLError as error:
        raise Misread(_place(error.problem_mark), _in_chinese(error)) from error
    except yaml.reader.ReaderError as error:
        before = text.encode()[: error.position].decode(errors="ignore")
        raise Misread(_place_at(text, len(before)), _unwanted(text[len(before)])) from error


class _Reader:
    """Builds values from events, recursing no deeper than a knowledge file can need."""

    def __init__(self, next_event: Callable[[], yaml.Event]) -> None:
        self._next = next_event
        self.doubled: list[Misread] = []

    def document(self) -> object:
        self._next()  # the start of the stream
        if isinstance(self._next(), yaml.StreamEndEvent):
            raise Misread(START, "文件是空的；不用的文件请删去")
        value = self._value(self._next(), 0)
        self._next()  # the end of the document
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise Misread(
                _place(after.start_mark), "一个文件只能有一份内容，请删去“---”或拆成两个文件"
            )
        return value

    def _value(self, event: yaml.Event, depth: int) -> object:
        _refuse_indirection(event)
        if isinstance(event, yaml.ScalarEvent):
            is_plain = event.implicit[0] and event.value in _PLAIN
            return _PLAIN[event.value] if is_plain else event.value
        if depth == _DEEPEST:
            raise Misread(
                _place(event.start_mark), f"嵌套太深（最多 {_DEEPEST} 层），请检查括号和缩进"
            )
        if isinstance(event, yaml.MappingStartEvent):
            return self._block(event, depth + 1)
        return self._listing(event, depth + 1)

    def _block(self, start: yaml.Event, depth: int) -> Block:
        block = Block(_place(start.start_mark))
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            _refuse_indirection(event)
            at = _place(event.start_mark)
            if not isinstance(event, yaml.ScalarEvent):
                raise Misread(at, "键应为一个词，例如 title；值里有括号或花括号时请加引号")
            key = event.value
            value_event = self._next()
            value = self._value(value_event, depth)
            if key in block:
                first = block.keys_at[key].line
                self.doubled.append(
                    Misread(at, f"键“{key}”写了两次（先在第 {first} 行），只留一个")
                )
                continue
            block[key] = value
            block.keys_at[key], block.values_at[key] = at, _place(value_event.start_mark)
        return block

    def _listing(self, start: yaml.Event, depth: int) -> Listing:
        listing = Listing(_place(start.start_mark))
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            listing.parts_at.append(_place(event.start_mark))
            listing.append(self._value(event, depth))
        return listing


def _refuse_indirection(event: yaml.Event) -> None:
    # Anchors are the one way by which a small file grows to gigabytes, tags the one to foreign
    # types; knowledge needs neither.
    if isinstance(event, yaml.AliasEvent):
        raise Misread(_place(event.start_mark), f"不能用引用“*{event.anchor}”，请把内容写出来")
    anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
    if anchor:
        raise Misread(_place(event.start_mark), f"不能用锚点“&{anchor}”，请删去并把内容写出来")
    if tag:
        raise Misread(_place(event.start_mark), f"不能用标签“{tag}”，请删去感叹号开头的词")


def _place(mark: yaml.Mark | None) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark else START


def _place_at(text: str, index: int) -> Place:
    return Place(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


# libyaml would stumble over a tab only at the start of a line, and name a byte, not a line, for
# the control characters; and it counts as line breaks some that no editor does.
_UNWANTED = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029]")


def _unwanted(character: str) -> str:
    if character == "\t":
        return "有制表符（Tab），请改用空格"
    return f"有不可见的字符 U+{ord(character):04X}，请删去"


_CURES = {
    "mapping values are not allowed": "这里的冒号读不懂：文字里有“: ”时给整段加引号；否则检查缩进",
    "could not find expected ':'": "缺少冒号：应为“键: 值”，英文冒号后留一个空格；或检查缩进",
    "cannot start any token": "不能以 @、`、% 这样的符号开头，请给整段文字加引号",
    "unexpected end of stream": "引号没有合上，请补上另一半引号",
    "did not find expected ',' or": "括号没有合上，或列表各项之间缺少英文逗号",
    "block sequence entries are not allowed": "列表的“- ”应另起一行",
    "did not find expected key": "缩进没有对齐，或引号后还有文字；同一层的键应从同一列开始",
    "did not find expected '-' indicator": "缩进没有对齐：同一列表的各项都应以“- ”开头",
    "did not find expected <document start>": "这里多出了内容，请检查缩进，或把它并入上面的键",
    "alphabetic or numeric character": "不能以 & 或 * 开头，请给整段文字加引号",
    "unknown escape character": "双引号里的反斜杠读不懂，请改用单引号",
    "invalid Unicode": "反斜杠后的字符编码无效，请改为直接写出这个字",
    "unknown directive": "不能以 % 开头的行，请删去",
}


def _in_chinese(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or str(error)
    cure = next((cure for words, cure in _CURES.items() if words in problem), None)
    opened = f"（从第 {error.context_mark.line + 1} 行起）" if error.context_mark else ""
    return (
        f"{cure}{opened}" if cure else f"YAML 读不下去，请检查缩进、引号和括号{opened}：{problem}"
    )
