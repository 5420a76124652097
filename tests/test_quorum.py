"""The rules of shared/facts/party.md, section 十八, at their edges; and counting who came."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bot.core.errors import Refused
from bot.db.engine import Database
from bot.db.models import AttendanceRow, MeetingRow
from bot.services import quorum, tally
from bot.services.quorum import Answer, Check, Count
from bot.services.tally import Tally
from tests.district import District
from tests.fakes import MONDAY_NOON

MET, NOT_MET, UNSETTLED = Answer.MET, Answer.NOT_MET, Answer.UNSETTLED
SOURCES = Path(__file__).parent.parent / "knowledge" / "sources.yaml"


def begin(kind: str, purpose: str, have: int, of: int) -> Check:
    """A meeting where voters and members are the same people."""
    there = Tally(expected=of, present=have, entitled=of, voting=have)
    return quorum.to_begin(kind, purpose, there)


@pytest.mark.parametrize(
    ("kind", "purpose", "have", "of", "answer", "needed"),
    [
        ("congress", "plain", 10, 20, MET, 10),  # exactly half is 半数以上
        ("congress", "plain", 9, 20, NOT_MET, 10),
        ("congress", "plain", 10, 21, NOT_MET, 11),
        ("congress", "plain", 11, 21, MET, 11),
        ("congress", "admission", 10, 20, NOT_MET, 11),  # exactly half isn't 超过半数
        ("congress", "admission", 11, 20, MET, 11),
        ("congress", "admission", 10, 19, MET, 10),
        ("congress", "conversion", 10, 20, NOT_MET, 11),
        ("congress", "discipline", 10, 20, NOT_MET, 11),
        ("congress", "discipline", 11, 20, MET, 11),
        ("congress", "election", 16, 20, MET, 16),  # exactly 80 %
        ("congress", "election", 15, 20, NOT_MET, 16),
        ("congress", "election", 17, 21, MET, 17),
        ("congress", "election", 16, 21, NOT_MET, 17),
        ("committee", "plain", 3, 5, MET, 3),
        ("committee", "plain", 2, 5, NOT_MET, 3),
        ("committee", "plain", 2, 4, MET, 2),
        ("committee", "appointment", 4, 6, MET, 4),  # exactly two thirds
        ("committee", "appointment", 3, 6, NOT_MET, 4),
        ("committee", "appointment", 5, 7, MET, 5),
        ("committee", "appointment", 4, 7, NOT_MET, 5),
        ("congress", "plain", 1, 1, MET, 1),
        ("congress", "plain", 0, 1, NOT_MET, 1),
    ],
)
def test_a_meeting_may_begin_with_enough_there(
    kind: str, purpose: str, have: int, of: int, answer: Answer, needed: int
) -> None:
    found = begin(kind, purpose, have, of)
    assert (found.answer, found.needed) == (answer, needed)


@pytest.mark.parametrize("kind", ["congress", "committee"])
@pytest.mark.parametrize("purpose", quorum.PURPOSES)
def test_the_fewest_named_is_the_smallest_number_that_does(kind: str, purpose: str) -> None:
    for of in range(1, 60):
        enough = [have for have in range(of + 1) if begin(kind, purpose, have, of).answer is MET]
        needed = begin(kind, purpose, 0, of).needed
        # One person alone is never more than half of nobody, but of one they are.
        assert needed == min(enough)


def test_exactly_four_fifths_is_enough_and_says_that_the_old_rule_differs() -> None:
    assert begin("congress", "election", 16, 20).caveat == "exactly_four_fifths"
    assert begin("congress", "election", 17, 20).caveat == ""
    assert begin("congress", "election", 17, 21).caveat == ""  # 80 % can't be exact here


def test_a_congress_is_measured_by_voters_and_a_committee_by_members() -> None:
    mixed = Tally(expected=12, present=6, entitled=10, voting=4)
    assert quorum.to_begin("congress", "plain", mixed).answer is NOT_MET
    assert quorum.to_begin("committee", "plain", mixed).answer is MET


@pytest.mark.parametrize("kind", ["group", "lecture", "party_day", "life", "appraisal", "training"])
def test_meetings_without_a_clause_have_no_number(kind: str) -> None:
    assert begin(kind, "plain", 1, 20).answer is Answer.NO_RULE


def test_with_nobody_expected_nothing_is_claimed() -> None:
    found = begin("congress", "plain", 0, 0)
    assert (found.answer, found.caveat) == (Answer.NO_RULE, "nobody_expected")


@pytest.mark.parametrize(
    ("purpose", "in_favour", "written", "answer"),
    [
        ("plain", 11, 0, MET),
        ("plain", 10, 0, NOT_MET),  # of 20 entitled, though 12 are there
        ("plain", 10, 1, UNSETTLED),  # nothing says that written opinions count here
        ("plain", 12, 8, MET),
        ("admission", 10, 1, MET),  # FZ31: they do here
        ("admission", 10, 0, NOT_MET),
        ("admission", 9, 1, NOT_MET),
        ("conversion", 8, 3, MET),
        ("discipline", 11, 0, MET),
        ("discipline", 10, 0, NOT_MET),
    ],
)
def test_a_vote_passes_by_those_entitled(
    purpose: str, in_favour: int, written: int, answer: Answer
) -> None:
    count = Count(20, 12, in_favour, 12 - in_favour, 0, written)
    assert quorum.passing(purpose, count).answer is answer


@pytest.mark.parametrize(
    ("in_favour", "answer", "caveat"),
    [
        (11, MET, ""),  # more than half of both bases
        (10, UNSETTLED, "elected_base"),  # of those present only
        (9, UNSETTLED, "elected_base"),
        (8, NOT_MET, ""),  # exactly half of those present (XJ14)
        (7, NOT_MET, ""),
    ],
)
def test_an_election_between_the_two_bases_is_left_to_people(
    in_favour: int, answer: Answer, caveat: str
) -> None:
    found = quorum.passing("election", Count(20, 16, in_favour, 16 - in_favour, 0))
    assert (found.answer, found.caveat) == (answer, caveat)


def test_committees_decide_by_their_own_rules() -> None:
    found = quorum.passing("committee", Count(5, 4, 3, 1, 0))
    assert (found.answer, found.caveat) == (Answer.NO_RULE, "own_rules")


@pytest.mark.parametrize(
    ("count", "code"),
    [
        (Count(20, 21, 0, 0, 0), "vote_too_present"),
        (Count(20, 12, 8, 4, 1), "vote_too_many"),
        (Count(20, 12, 8, 4, 0, 9), "vote_written_too_many"),
        (Count(20, 12, -1, 4, 0), "vote_negative"),
        (Count(0, 0, 0, 0, 0), "vote_negative"),
    ],
)
def test_a_vote_that_cannot_be_is_refused(count: Count, code: str) -> None:
    with pytest.raises(Refused) as refused:
        quorum.check("plain", count)
    assert refused.value.code == code


def test_a_vote_that_adds_up_is_accepted_with_ballots_missing() -> None:
    quorum.check("plain", Count(20, 12, 8, 3, 0, 8))  # one ballot was not given back
    with pytest.raises(Refused, match="vote_purpose"):
        quorum.check("applause", Count(20, 12, 8, 3, 0))


def test_candidates_are_a_fifth_more_than_seats_rounded_up() -> None:
    assert [quorum.candidates_needed(seats) for seats in (1, 3, 5, 6, 7, 10)] == [2, 4, 6, 8, 9, 12]


def test_excellent_are_a_third_at_most_rounded_down() -> None:
    assert [quorum.excellent_at_most(people) for people in (2, 3, 20, 21)] == [0, 1, 6, 7]


def test_every_clause_is_of_a_document_that_the_knowledge_has() -> None:
    known = {each["id"] for each in yaml.safe_load(SOURCES.read_text("utf-8"))["sources"]}
    rules = [each for each in vars(quorum).values() if isinstance(each, quorum.Rule)]
    assert len(rules) >= 7
    assert {rule.clause.source for rule in rules} <= known


def _congress() -> MeetingRow:
    return MeetingRow(
        key="k",
        kind="congress",
        topic="季度大会",
        starts_at=MONDAY_NOON + timedelta(days=1),
        lasts=60,
        code="482193",
        secret="s",
        called_at=MONDAY_NOON,
    )


def test_counts_come_from_the_attendance_alone(database: Database) -> None:
    district = District(database)
    branch, other = district.unit("青澜一中第一党支部"), district.unit("青澜一中第二党支部")
    people = ["陆见微", "简疏桐", "苗若谷", "覃云岫", "戚南乔", "尹松龄", "封子矜", "顾砚舟"]
    # expected, vote, status, leave_state, unit
    marks = [
        (True, True, "present", "none", branch),
        (True, True, "late", "none", branch),
        (True, True, "none", "approved", branch),  # nobody has marked her yet
        (True, True, "absent", "asked", branch),
        (True, False, "present", "approved", branch),  # came in spite of her leave, no vote
        (True, True, "none", "asked", other),
        (False, False, "present", "none", branch),  # 列席
        (False, False, "none", "none", branch),  # invited to listen, did not come
    ]
    with district.begin() as session:
        meeting = _congress()
        session.add(meeting)
        session.flush()
        for name, (expected, vote, status, leave, unit) in zip(people, marks, strict=True):
            session.add(
                AttendanceRow(
                    meeting_id=meeting.id,
                    member_id=district.id_of(name),
                    unit_id=unit,
                    is_expected=expected,
                    has_vote=vote,
                    status=status,
                    leave_state=leave,
                )
            )
        session.flush()
        found = tally.count(session, meeting.id, branch)
        assert found == Tally(5, 3, 1, 1, 1, 1, entitled=4, voting=2)
        assert found.unmarked == 0
        assert tally.count(session, meeting.id).expected == 6
        assert tally.counts(session, [meeting.id])[meeting.id, branch] == found
        assert tally.count(session, meeting.id + 1) == Tally()
