"""The built-in demo district."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.roles import Role
from bot.db.engine import Database
from bot.db.models import CoverRow, MemberRow, MembershipRow, RoleRow, UnitRow
from bot.services import demo, facts, units
from tests.fakes import MONDAY_NOON

DAY = local_day(MONDAY_NOON)


def everything(session: Session) -> list[Any]:
    return [
        [tuple(row) for row in session.execute(select(table))]
        for table in (MemberRow.__table__, MembershipRow.__table__, RoleRow.__table__)
    ]


def test_the_demo_district_is_as_large_as_promised(database: Database) -> None:
    with database.begin() as session:
        demo.seed(session, MONDAY_NOON)
    with database.read() as session:
        kinds = Counter(session.scalars(select(UnitRow.kind)))
        natures = Counter(session.scalars(select(UnitRow.nature)))
        people = len(session.scalars(select(MemberRow.id)).all())
        administrators = session.scalars(select(RoleRow).where(RoleRow.role == "administrator"))
        assert kinds["bureau"] == 1
        assert kinds["school"] == 5
        assert kinds["branch"] == 8
        assert natures["private"] == 2
        assert people == 60
        assert len(administrators.all()) == 3
        assert facts.is_demo(session)


def test_the_demo_district_is_the_same_every_time(database: Database) -> None:
    seen: list[list[Any]] = []
    for _ in range(2):
        with database.engine.connect() as connection, Session(connection) as session:
            demo.seed(session, MONDAY_NOON)
            named = [[row[1:3] for row in table] for table in everything(session)[:1]]
            seen.append(named)
            session.rollback()
    assert seen[0] == seen[1]


def test_every_branch_has_a_secretary_and_one_branch_covers_two_schools(
    database: Database,
) -> None:
    with database.begin() as session:
        demo.seed(session, MONDAY_NOON)
        branches = units.every(session, kinds=("branch",))
        without = [
            each.name
            for each in branches
            if not units.holders(session, each.id, Role.SECRETARY, on=DAY)
        ]
        covers = Counter(session.scalars(select(CoverRow.branch_id)))
        groups = units.every(session, kinds=("group",))
        assert without == []
        assert 2 in covers.values()
        assert len(groups) == 2


def test_all_party_standings_occur_and_only_full_members_vote(database: Database) -> None:
    with database.begin() as session:
        demo.seed(session, MONDAY_NOON + timedelta(days=3))
        rows = session.execute(select(MemberRow.party_status, MemberRow.has_vote)).all()
    assert {status for status, _ in rows} == {"full", "probationary", "activist", "none"}
    assert all(vote == (status == "full") for status, vote in rows)
