"""A district with rules and plans of a test's own, and the steps by which reminders go out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path

from sqlalchemy import select

from bot.core.clock import SHANGHAI
from bot.core.text import plain
from bot.db.engine import Database
from bot.db.models import DeliveryRow, FiringRow, LetterRow
from bot.services import reminders
from bot.services.firings import Firing
from handlers.reminders import compose
from knowledge.library import Library
from tests.district import District
from tests.knowledge_files import good
from tests.reminder_files import write_reminders


def at(day: str, clock: str = "12:01") -> datetime:
    """An instant in China."""
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), tzinfo=SHANGHAI)


class Remindable:
    """What tests of reminders ask of the demo district."""

    def __init__(self, database: Database, folder: Path, text: str) -> None:
        self.database = database
        self.folder = folder
        self.district = District(database, at("2026-11-23"))
        self.library: Library = good(write_reminders(folder, text))

    def change(self, text: str) -> None:
        """The files are written anew and read again."""
        self.library = good(write_reminders(self.folder, text))

    def run(self, now: datetime) -> int:
        """All steps that are due at that time; says how many there were."""
        steps = 0
        more = True
        while more:
            with self.database.begin() as session:
                more = reminders.step(session, self.library, compose, at=now)
            steps += 1
        return steps

    def letters(self) -> list[tuple[str, int]]:
        """The first line of each letter and to how many it went, in order."""
        with self.database.read() as session:
            rows = session.scalars(select(LetterRow).order_by(LetterRow.id))
            return [(plain(str(row.message["text"])).split("\n")[0], row.total) for row in rows]  # type: ignore[index]

    def texts(self) -> list[str]:
        with self.database.read() as session:
            rows = session.scalars(select(LetterRow).order_by(LetterRow.id))
            return [plain(str((row.message or {})["text"])) for row in rows]

    def queued(self) -> list[str]:
        """To whom something is queued."""
        return self.owners("queued")

    def owners(self, state: str) -> list[str]:
        with self.database.read() as session:
            query = select(DeliveryRow.owner).where(DeliveryRow.state == state)
            return list(session.scalars(query.order_by(DeliveryRow.id)))

    def send_one(self, now: datetime) -> str:
        """Somebody gets what is queued for them; says who."""
        with self.database.begin() as session:
            row = session.scalars(select(DeliveryRow).order_by(DeliveryRow.id)).first()
            assert row is not None
            row.state, row.sent_at = "sent", now
            return row.owner

    def newest(self) -> list[str]:
        """To whom the newest letter goes."""
        with self.database.read() as session:
            last = session.scalars(select(LetterRow.id).order_by(LetterRow.id.desc())).first()
            return list(
                session.scalars(select(DeliveryRow.owner).where(DeliveryRow.letter_id == last))
            )

    def firings(self) -> list[tuple[str, str, str]]:
        """Rule, occasion and state of each firing, in order."""
        with self.database.read() as session:
            rows = session.scalars(select(FiringRow).order_by(FiringRow.id))
            return [(row.rule, row.occasion, row.state) for row in rows]


def times(found: Sequence[Firing]) -> list[str]:
    return [f"{each.due_at.astimezone(SHANGHAI):%m-%d %H:%M}" for each in found]
