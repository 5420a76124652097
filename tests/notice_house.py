"""A house with the demo district, in which notices are written, sent and confirmed in chat."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import func, select

from bot.app import App
from bot.db.engine import Database
from bot.db.models import NoticeRow, ReceiptRow
from bot.services import notices
from bot.services.notices import Notice
from handlers import notices_letters
from tests.district import District
from tests.fakes import FakeClock, House, Person, Standing


@dataclass
class NoticeHouse:
    """What tests of notices do again and again. `boss` administers the bureau."""

    app: App
    house: House
    district: District
    clock: FakeClock
    people: dict[str, Person] = field(default_factory=dict[str, Person])

    def seat(self, *names: str) -> list[Person]:
        for name in names:
            if name not in self.people:
                self.people[name] = self.district.seat(self.house, name)
        return [self.people[name] for name in names]

    @property
    def boss(self) -> Person:
        return self.seat("闻书澜")[0]

    @property
    def database(self) -> Database:
        return self.district.database

    async def write(self, text: str, to: str, *taps: str, by: Person | None = None) -> Standing:
        """Everything up to the last look; `taps` are buttons on it."""
        person = by or self.boss
        await person.say("通知")
        await person.tap("写通知")
        await person.say(text)
        look = await person.say(to)
        for label in taps:
            look = await person.tap(label)
        return look

    async def send(self, text: str, to: str, *taps: str, by: Person | None = None) -> Standing:
        """Write it, send it and bring it to the people; gives the message with the progress."""
        person = by or self.boss
        await self.write(text, to, *taps, by=person)
        sent = await person.tap("发给这")
        await self.work()
        return sent

    async def work(self) -> None:
        """Do what the house does by itself every few seconds."""
        self.clock.forward(seconds=3)
        await self.app.chores.carry_on(notices_letters.advance)
        await self.house.deliver()
        await self.app.bulletins.recall()
        await self.house.deliver()
        await self.app.bulletins.refresh()

    def notice(self, notice_id: int = 1) -> Notice:
        with self.database.read() as session:
            return notices.show(session, notice_id)


def given(database: Database) -> int:
    """How many receipts there are, which is what the notices have counted."""
    with database.read() as session:
        rows = session.scalar(select(func.count()).select_from(ReceiptRow)) or 0
        counted = session.scalar(select(func.sum(NoticeRow.confirmed))) or 0
    assert rows == counted
    return rows
