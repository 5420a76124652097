"""Counting what was taken out of the chats again."""

from __future__ import annotations

from sqlalchemy import select

from bot.core.chat import Reply
from bot.db.engine import Database
from bot.db.models import AddressRow, DeliveryRow
from bot.services import outbox, recalls
from bot.services.gate import Purpose
from bot.services.outbox import End, Letter, Outcome, Progress
from bot.services.recalls import Recall
from tests.fakes import MONDAY_NOON


def test_of_one_sent_once_more_the_first_copy_stays_in_doubt(database: Database) -> None:
    with database.begin() as session:
        row = AddressRow(platform="fake", native_id="g", chat_id="g")
        session.add(row)
        session.flush()
        owner = f"a{row.id}"
        letter = Letter("x", Reply("一条"), Purpose.RECEIPT_NOTICE)
        letter_id = outbox.post(session, letter, [owner], at=MONDAY_NOON)
    for end in (End.DOUBT, End.SENT):
        with database.begin() as session:
            claimed = outbox.claim(session, process="p1", at=MONDAY_NOON).claimed
            outcomes = [Outcome(each, end, "cut off", native_id="n1") for each in claimed]
            outbox.settle(session, outcomes, process="p1", at=MONDAY_NOON)
    with database.begin() as session:
        sent = session.scalars(select(DeliveryRow.id).where(DeliveryRow.state == "sent")).one()
        assert outbox.progress(session, letter_id) == Progress(1, 0, 1, 0, 0, 0)
        recalls.settle(session, [Recall(1, sent, letter_id, owner, None)], [True])
        assert outbox.progress(session, letter_id) == Progress(1, 0, 0, 0, 1, 0)
