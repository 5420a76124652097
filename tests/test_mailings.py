"""A meeting for more people than one transaction should queue (promise 5)."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import func, select

from bot.app import App
from bot.db.engine import Database
from bot.db.models import DeliveryRow, LetterRow, MailingRow, MemberRow, MembershipRow
from bot.services import erasure, mailings
from bot.services.letters import AT_ONCE
from tests.district import District
from tests.fakes import MONDAY_NOON, House, Person
from tests.inviting import BRANCH, TEACHER, draft
from tests.patience import PATIENCE

MANY = 2 * AT_ONCE + 100
ROOT = Path(__file__).parent.parent
# A process of its own that queues what is left, a transaction a piece, until it is killed.
QUEUEING = """
import sys
from bot.db.engine import Database
from bot.services import mailings
from tests.fakes import MONDAY_NOON
database = Database(sys.argv[1])
going = True
while going:
    with database.begin() as session:
        going = mailings.advance(session, at=MONDAY_NOON)
        sys.stdout.write("piece\\n")
        sys.stdout.flush()
        if len(sys.argv) > 2:
            sys.stdin.read()  # killed here, before the piece is kept
"""


def crowd(district: District, count: int) -> None:
    """More people in the branch, none of whom has a phone."""
    unit, since = district.unit(BRANCH), date(2020, 1, 1)
    with district.begin() as session:
        rows = [
            MemberRow(number=f"9{n:04}", name=f"党员{n:04}", party_status="full", has_vote=True)
            for n in range(count)
        ]
        session.add_all(rows)
        session.flush()
        session.add_all(
            MembershipRow(member_id=row.id, tree="party", unit_id=unit, from_on=since)
            for row in rows
        )


def invited(database: Database) -> Counter[str]:
    """How many invitations each person has in the queue, or has had."""
    with database.read() as session:
        rows = select(DeliveryRow.owner).where(DeliveryRow.purpose == "invitation")
        return Counter(session.scalars(rows))


async def test_a_great_meeting_is_sent_in_pieces_and_its_secretary_sees_how_far_it_is(
    app: App, secretary: Person, district: District, database: Database
) -> None:
    crowd(district, MANY)
    await draft(secretary)
    sent = await secretary.tap("发出")
    assert "人多，正在分批送出，您可以去忙别的" in sent.text
    assert invited(database).total() == AT_ONCE, "the tap itself does one piece"
    shown = await secretary.tap("看进展")
    assert "通知正在分批送出，还有 603 人没有轮到" in shown.text
    await app.chores.carry_on(mailings.advance)
    assert set(invited(database).values()) == {1}
    assert invited(database).total() == MANY + 3, "everybody but the secretary"
    await secretary.say("会议")
    assert "分批" not in (await secretary.tap("12月4日")).text
    with database.read() as session:
        assert session.scalars(select(func.count()).select_from(MailingRow)).one() == 0
        assert session.scalars(select(LetterRow.total)).one() == MANY + 3


async def test_a_small_meeting_goes_out_with_the_tap(
    secretary: Person, database: Database, district: District
) -> None:
    crowd(district, AT_ONCE - 3)
    await draft(secretary)
    sent = await secretary.tap("发出")
    assert "分批" not in sent.text
    assert invited(database).total() == AT_ONCE


async def test_a_process_killed_in_the_middle_of_a_piece_loses_nobody_and_writes_to_none_twice(
    secretary: Person, district: District, database: Database, database_url: str
) -> None:
    crowd(district, MANY)
    await draft(secretary)
    await secretary.tap("发出")
    command = [sys.executable, "-c", QUEUEING, database_url]
    pipe = subprocess.PIPE
    with subprocess.Popen([*command, "wait"], cwd=ROOT, stdin=pipe, stdout=pipe) as doomed:
        assert doomed.stdout
        assert doomed.stdout.readline() == b"piece\n"
        doomed.kill()
    assert doomed.returncode == -signal.SIGKILL
    assert invited(database).total() == AT_ONCE, "a piece that was cut off is not there at all"
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE)
    assert set(invited(database).values()) == {1}
    assert invited(database).total() == MANY + 3


async def test_what_was_cancelled_on_the_way_reaches_nobody_more(
    app: App, secretary: Person, district: District, house: House, database: Database
) -> None:
    teacher = district.seat(house, TEACHER)
    crowd(district, MANY)
    await draft(secretary)
    await secretary.tap("发出")
    await secretary.tap("取消会议")
    await secretary.tap("确定取消")
    await app.chores.carry_on(mailings.advance)
    await house.deliver()
    assert invited(database).total() == AT_ONCE
    assert teacher.screen == []


async def test_who_had_no_turn_yet_is_invited_to_the_new_time_only(
    app: App, secretary: Person, district: District, database: Database
) -> None:
    crowd(district, MANY)
    await draft(secretary)
    await secretary.tap("发出")
    await secretary.tap("改时间地点")
    await secretary.say("12月11日")
    await secretary.tap("发出变更")
    await app.chores.carry_on(mailings.advance)
    with database.read() as session:
        old, new = session.scalars(select(LetterRow).order_by(LetterRow.id))
    assert (old.total, old.withdrawn_at is not None) == (AT_ONCE, True)
    assert new.total == MANY + 3


async def test_a_letter_that_came_too_late_to_be_of_use_is_not_queued(
    app: App, secretary: Person, district: District, database: Database
) -> None:
    crowd(district, MANY)
    await draft(secretary)
    await secretary.tap("发出")
    with database.begin() as session:
        while mailings.advance(session, at=MONDAY_NOON + timedelta(days=30)):
            pass
    assert invited(database).total() == AT_ONCE


async def test_whoever_is_erased_while_letters_wait_is_not_written_to(
    app: App, secretary: Person, district: District, database: Database
) -> None:
    crowd(district, MANY)
    await draft(secretary)
    await secretary.tap("发出")
    last = district.id_of(f"9{MANY - 1:04}")
    with database.begin() as session:
        erasure.erase(session, session.get_one(MemberRow, last), at=MONDAY_NOON)
    await app.chores.carry_on(mailings.advance)
    assert invited(database)[f"m{last}"] == 0
    assert invited(database).total() == MANY + 2
