"""What reached the chats, matched with the deliveries that it carried."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, select
from sqlalchemy.orm import Session

from bot.core.text import plain
from bot.db.models import Base, LetterRow
from bot.services.gate import Purpose
from tests.simulation.hostile import Said
from tests.simulation.world import World

_A_WEEK = timedelta(days=7)
Delivery = Row[Any]


@dataclass(frozen=True)
class Violation:
    """A promise that did not hold: which, what of, and when."""

    promise: str
    detail: str
    at: datetime | None = None


@dataclass
class Carried:
    """One unasked message that reached a chat, with the deliveries that it carried."""

    said: Said
    rows: list[Delivery]

    @property
    def purposes(self) -> set[Purpose]:
        return {Purpose(row.purpose) for row in self.rows}


def table_of(model: type[Base]) -> Table:
    table: Any = model.__table__
    return table


def carry(
    world: World, session: Session, rows: Sequence[Delivery], carried: list[Carried]
) -> Iterator[Violation]:
    """Match what reached the chats with the rows: each key once, or in doubt and said so."""
    texts = _texts(session, rows)
    homes = {f"m{each.id}": each.sender for each in world.town.people}
    said = {
        each.native: each
        for street in world.streets.values()
        for each in street.said
        if each.event is None and not each.is_edit
    }
    for native, some in _by_message(rows).items():
        message = said.pop(native, None)
        if message is None:
            yield Violation("counts add up", f"{some[0].key} is sent, but nobody got it")
            continue
        carried.append(Carried(message, some))
        yield from _arrived(message, some, texts, homes)
    doubts = _in_doubt(rows, homes)
    for message in said.values():
        groups = doubts[message.chat]
        found = next((some for some in groups if _is_in(some, texts, message)), None)
        if found is None:
            near = [
                f"{row.key} {row.state}"
                for row in rows
                if homes.get(row.owner) == message.chat
                and row.state != "sent"
                and abs(row.due_at - message.at) < _A_WEEK
            ]
            detail = f"{message.native} to {message.chat}: {message.text[:60]!r}; {near}"
            yield Violation("nothing happens twice", f"no key for {detail}", message.at)
        else:
            groups.remove(found)
            carried.append(Carried(message, found))


def _by_message(rows: Sequence[Delivery]) -> dict[str, list[Delivery]]:
    found: dict[str, list[Delivery]] = defaultdict(list)
    for row in rows:
        # One that was taken out of the chat again had reached it.
        if row.state == "sent" or (row.state == "withdrawn" and row.native_id):
            found[row.native_id or ""].append(row)
    return found


def _in_doubt(rows: Sequence[Delivery], homes: dict[str, str]) -> dict[str, list[list[Delivery]]]:
    """By chat, what may have reached it: rows that would have gone in one message together."""
    groups: dict[int, list[Delivery]] = defaultdict(list)
    for row in rows:
        if row.state == "doubt":
            groups[row.merged_into or row.id].append(row)
    found: dict[str, list[list[Delivery]]] = defaultdict(list)
    for some in groups.values():
        found[homes.get(some[0].owner, "")].append(some)
    return found


def _arrived(
    message: Said, some: Sequence[Delivery], texts: dict[int, str], homes: dict[str, str]
) -> Iterator[Violation]:
    for row in some:
        if message.chat != homes.get(row.owner):
            yield Violation("nobody sees what is not theirs", f"{row.key}", message.at)
    if not _is_in(some, texts, message):
        yield Violation("counts add up", f"{some[0].key} is not in its message", message.at)


def _is_in(some: Sequence[Delivery], texts: dict[int, str], message: Said) -> bool:
    return all(plain(texts[row.id]) in message.text for row in some)


def _texts(session: Session, rows: Sequence[Delivery]) -> dict[int, str]:
    letters = {
        row.id: str((row.message or {}).get("text", ""))
        for row in session.execute(select(table_of(LetterRow)))
    }
    return {
        row.id: str(row.message.get("text", "")) if row.message else letters.get(row.letter_id, "")
        for row in rows
    }
