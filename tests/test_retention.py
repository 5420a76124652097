"""What has ended loses its words after the days that are promised; what is open keeps them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from stat import S_IMODE

from sqlalchemy import select

from bot.core.chat import Reply
from bot.db.engine import Database
from bot.db.models import (
    AddressRow,
    DataRequestRow,
    DeliveryRow,
    FeedbackRow,
    JoinRequestRow,
    QuestionGroupRow,
    QuestionRow,
)
from bot.opening import prepare_folder
from bot.services import feedback, outbox, questions, retention
from bot.services.gate import Purpose
from bot.services.questions import Settlement
from tests.district import District
from tests.fakes import MONDAY_NOON

SECRET = "家里的事怎么请假"
LATER = MONDAY_NOON + timedelta(days=31)


def expire(database: Database, at: datetime) -> None:
    more = True
    while more:
        with database.begin() as session:
            more = retention.expire(session, keep_days=30, at=at)


def test_what_was_sent_loses_its_text_and_is_never_sent_again(database: Database) -> None:
    def add(key: str) -> bool:
        with database.begin() as session:
            purpose = Purpose.ANSWER
            return outbox.add(session, "a1", Reply(SECRET), key=key, purpose=purpose, at=LATER)

    with database.begin() as session:
        for state in ("sent", "failed", "doubt", "withdrawn", "queued", "sending"):
            session.add(
                DeliveryRow(
                    key=state,
                    owner="a1",
                    lane=2,
                    purpose="answer",
                    message={"text": SECRET},
                    state=state,
                    due_at=MONDAY_NOON,
                    made_at=MONDAY_NOON,
                )
            )
    expire(database, MONDAY_NOON + timedelta(days=29))
    assert len(_texts(database)) == 6
    expire(database, LATER)
    assert set(_texts(database)) == {"queued", "sending"}
    assert not add("sent")


def test_answered_questions_and_reports_lose_their_words_and_open_ones_stay(
    database: Database,
) -> None:
    district = District(database)
    actor, asker = district.member("陆见微"), district.id_of("覃云岫")
    with district.begin() as session:
        questions.pass_on(session, f"m{asker}", SECRET, at=MONDAY_NOON)
        group = session.scalars(select(QuestionGroupRow.id)).one()
        done = Settlement.typed("去找年级组长")
        questions.settle(session, actor, group, done, Reply, at=MONDAY_NOON)
        questions.pass_on(session, f"m{asker}", "公积金怎么提取", at=MONDAY_NOON)
        feedback.report(session, asker, "gone", "a.yaml:1", SECRET, at=MONDAY_NOON)
        feedback.close(session, actor, "gone", "kept", lambda: Reply("看过了"), at=MONDAY_NOON)
        feedback.report(session, asker, "open", "a.yaml:2", "答案不对", at=MONDAY_NOON)
    expire(database, LATER)
    with database.read() as session:
        assert session.scalars(select(QuestionRow.text)).all() == ["公积金怎么提取"]
        groups = select(QuestionGroupRow.status, QuestionGroupRow.text, QuestionGroupRow.answer)
        said = [tuple(row) for row in session.execute(groups.order_by(QuestionGroupRow.id))]
        assert said == [("answered", "", None), ("open", "公积金怎么提取", None)]
        reports = select(FeedbackRow.text).order_by(FeedbackRow.id)
        assert session.scalars(reports).all() == ["", "答案不对"]


def test_forgetting_a_person_leaves_their_words_in_no_queue(database: Database) -> None:
    district = District(database)
    actor = district.member("陆见微")
    first, second = (f"m{district.id_of(name)}" for name in ("覃云岫", "苗若谷"))
    with district.begin() as session:
        questions.pass_on(session, first, "公积金怎么提取", at=MONDAY_NOON)
        questions.pass_on(session, second, "公积金怎样提取", at=MONDAY_NOON)
        questions.pass_on(session, first, "停车证在哪里办", at=MONDAY_NOON)
        questions.pass_on(session, first, SECRET, at=MONDAY_NOON)
        settled = session.scalars(
            select(QuestionGroupRow.id).where(QuestionGroupRow.text == SECRET)
        ).one()
        questions.settle(session, actor, settled, Settlement.typed("好"), Reply, at=MONDAY_NOON)
    with district.begin() as session:
        questions.forget(session, first)
    with database.read() as session:
        groups = select(QuestionGroupRow.text, QuestionGroupRow.status)
        assert {tuple(row) for row in session.execute(groups)} == {
            ("公积金怎样提取", "open"),
            ("", "answered"),
        }
        assert [each.text for each in questions.waiting(session)] == ["公积金怎样提取"]
        assert questions.count(session) == 1


def test_decided_requests_lose_names_and_words(database: Database) -> None:
    district = District(database)
    member = district.id_of("覃云岫")
    with district.begin() as session:
        for status in ("done", "open"):
            asked = DataRequestRow(member_id=member, kind="correct", text=SECRET, status=status)
            asked.made_at = MONDAY_NOON
            asked.decided_at = MONDAY_NOON if status == "done" else None
            asked.outcome = "已改" if status == "done" else ""
            session.add(asked)
        guest = AddressRow(platform="fake", native_id="g1")
        session.add(guest)
        session.flush()
        for status in ("approved", "open"):
            session.add(
                JoinRequestRow(
                    address_id=guest.id,
                    name="覃云岫",
                    school="青澜一中",
                    status=status,
                    made_at=MONDAY_NOON,
                )
            )
    expire(database, LATER)
    with database.read() as session:
        asked_for = select(DataRequestRow.text, DataRequestRow.outcome)
        assert {tuple(row) for row in session.execute(asked_for)} == {("", ""), (SECRET, "")}
        names = select(JoinRequestRow.status, JoinRequestRow.name)
        assert {tuple(row) for row in session.execute(names)} == {
            ("approved", ""),
            ("open", "覃云岫"),
        }


def test_the_data_folder_and_what_sqlite_keeps_in_it_are_for_their_owner_alone(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    prepare_folder(folder)
    database = Database(f"sqlite:///{folder / 'muduo.db'}")
    with database.begin() as session:
        session.connection().exec_driver_sql("CREATE TABLE notes (text TEXT)")
        modes = {each.name: S_IMODE(each.stat().st_mode) for each in folder.iterdir()}
    database.close()
    assert S_IMODE(folder.stat().st_mode) == 0o700
    assert modes["muduo.db"] == 0o600
    assert set(modes.values()) == {0o600}


def _texts(database: Database) -> list[str]:
    """The keys of the deliveries that still hold their message."""
    with database.read() as session:
        return list(
            session.scalars(select(DeliveryRow.key).where(DeliveryRow.message.is_not(None)))
        )
