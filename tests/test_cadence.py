"""The rhythm of a branch: periods, what counts, the picture, counts for the bureau."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import date

import pytest
import yaml
from sqlalchemy import select

from bot.core.errors import Refused
from bot.db.models import MeetingRow, MemberRow
from bot.files import cadence_picture
from bot.files.cadence_picture import Bar, Row
from bot.services import cadence, rhythm, terms
from bot.services.cadence import Overview
from bot.services.rhythm import DUTIES, Line
from handlers.texts import cadence as texts
from handlers.texts import clauses
from knowledge.schema import Source
from tests.district import District
from tests.fakes import MONDAY_NOON, House
from tests.held import FIRST, OTHER, SECOND, SECRETARY, hold
from tests.test_quorum import SOURCES
from tests.year_kept import GROUPS, TODAY, at


def overview(district: District, on: date = TODAY, unit: str = FIRST) -> Overview:
    with district.database.read() as session:
        return cadence.overview(session, None, district.unit(unit), on=on)


def line(found: Overview, kind: str) -> Line:
    return next(each for each in found.lines if each.duty.kind == kind)


def states(found: Overview, kind: str) -> str:
    """One letter a period: d done, p planned, w due, m past without one, - ahead."""
    letters = {"done": "d", "planned": "p", "due": "w", "past": "m", "ahead": "-"}
    return "".join(letters[step.state] for step in line(found, kind).steps)


@pytest.mark.parametrize(
    ("every", "day", "first", "last"),
    [
        ("month", date(2028, 2, 10), date(2028, 2, 1), date(2028, 2, 29)),
        ("quarter", date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 31)),
        ("half", date(2026, 6, 30), date(2026, 1, 1), date(2026, 6, 30)),
        ("year", date(2026, 1, 1), date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_holds_the_day(every: rhythm.Every, day: date, first: date, last: date) -> None:
    assert rhythm.span(every, day) == (first, last)


def test_each_period_is_done_planned_due_past_or_ahead(district: District) -> None:
    hold(district, "congress", at(2, 10))
    hold(district, "congress", at(8, 20))
    hold(district, "party_day", at(1, 9))
    hold(district, "party_day", at(10, 30))
    planned = hold(district, "party_day", at(11, 27))
    with district.begin() as session:
        row = session.scalars(select(MeetingRow).order_by(MeetingRow.id.desc())).first()
        assert row is not None
        row.state, row.ended_at = "planned", None
    assert planned
    found = overview(district)
    assert states(found, "congress") == "dmdw"
    assert states(found, "party_day") == "dmmmmmmmmdp-"
    assert states(found, "life") == "w"
    assert line(found, "party_day").held == 2


def test_a_cancelled_meeting_counts_for_nothing(district: District) -> None:
    hold(district, "party_day", at(11, 6))
    with district.begin() as session:
        session.scalars(select(MeetingRow)).one().state = "cancelled"
    assert states(overview(district), "party_day") == "mmmmmmmmmmw-"


def test_groups_have_met_when_each_of_them_has(district: District) -> None:
    hold(district, "group", at(10, 12), GROUPS[0])
    hold(district, "group", at(11, 12), GROUPS[0])
    hold(district, "group", at(11, 13), GROUPS[1])
    found = overview(district)
    assert states(found, "group") == "mmmmmmmmmmd-"
    october = line(found, "group").steps[9]
    assert (october.held, october.of, october.state) == (1, 2, "past")


def test_a_group_that_meets_twice_does_not_stand_for_the_other(district: District) -> None:
    hold(district, "group", at(11, 5), GROUPS[0])
    hold(district, "group", at(11, 12), GROUPS[0])
    assert states(overview(district), "group")[10] == "w"


def test_a_joint_session_counts_in_each_branch(district: District) -> None:
    hold(district, "party_day", at(11, 6), with_units=(SECOND,))
    for unit in (FIRST, SECOND):
        assert states(overview(district, unit=unit), "party_day")[10] == "d"


def test_only_a_branch_of_seven_or_one_that_meets_has_a_line_for_its_committee(
    district: District,
) -> None:
    kinds = [each.duty.kind for each in overview(district).lines]
    assert kinds == ["congress", "group", "lecture", "party_day", "life", "appraisal"]
    with district.begin() as session:
        for number in range(2):
            row = MemberRow(number=f"x{number}", name=f"某{number}", party_status="full")
            session.add(row)
        session.flush()
    hold(district, "committee", at(11, 3))
    assert "committee" in [each.duty.kind for each in overview(district).lines]
    assert states(overview(district), "committee") == "mmmmmmmmmmd-"


def test_lectures_are_counted_and_not_asked_for_until_the_branch_sets_a_rhythm(
    district: District,
) -> None:
    secretary, branch = district.member(SECRETARY), district.unit(FIRST)
    hold(district, "lecture", at(3, 3))
    hold(district, "lecture", at(4, 1), "青澜一中党总支")  # of the unit above: it teaches all
    found = line(overview(district), "lecture")
    assert (found.held, found.now, found.duty.every) == (2, None, None)
    with district.begin() as session:
        cadence.set_lecture(session, secretary, branch, "half", at=MONDAY_NOON)
    assert states(overview(district), "lecture") == "dw"
    with district.begin() as session:
        cadence.set_lecture(session, secretary, branch, None, at=MONDAY_NOON)
    assert line(overview(district), "lecture").now is None


def test_a_secretary_of_another_branch_is_refused(district: District) -> None:
    other, branch = district.member(OTHER), district.unit(FIRST)
    with pytest.raises(Refused, match="cadence_not_yours"), district.begin() as session:
        cadence.set_lecture(session, other, branch, "month", at=MONDAY_NOON)
    with pytest.raises(Refused, match="cadence_not_yours"), district.begin() as session:
        cadence.overview(session, other, branch, on=TODAY)
    with pytest.raises(Refused, match="term_not_yours"), district.begin() as session:
        terms.enter(session, other, branch, date(2024, 1, 10), at=MONDAY_NOON)


async def test_the_secretary_sees_a_picture_and_the_same_in_words(
    house: House, district: District
) -> None:
    hold(district, "congress", at(10, 20))
    person = district.seat(house, SECRETARY)
    said = await person.say("进度")
    assert "支部党员大会：本季度已开，今年共 1 次" in said.text
    assert "党小组会：本月待开（0/2 个小组）" in said.text
    assert "《中国共产党支部工作条例（试行）》第十一条" in said.text
    assert "以通知为准" in said.text
    picture = said.message.file
    assert picture is not None
    assert picture.is_picture
    assert picture.content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture.content[16:24])
    assert width > 1000
    assert height > 400
    await person.tap("党课频次")
    said = await person.tap("每季度 1 次")
    assert "青澜一中第一党支部的党课：每季度 1 次" in said.text


async def test_the_bureau_sees_counts_and_never_which_branch(
    house: House, district: District
) -> None:
    hold(district, "party_day", at(11, 6))
    boss = district.seat(house, "闻书澜")
    said = await boss.say("进度")
    assert "8 个党支部" in said.text
    assert "主题党日：本月1/8 个支部已开" in said.text
    assert "第一党支部" not in said.text
    assert said.labels == []


async def test_whoever_answers_for_several_branches_can_look_at_one(
    house: House, district: District
) -> None:
    hold(district, "party_day", at(11, 6))
    above = district.seat(house, "沈屹川")
    said = await above.say("三会一课")
    assert "2 个党支部" in said.text
    await above.tap("看一个支部")
    await above.tap(FIRST)
    assert "主题党日：本月已开" in above.screen[-1].text


def test_a_picture_escapes_what_stands_in_it() -> None:
    rows = [Row("<b>&", "每月 1 次", [Bar(1, 1, "done", "1/2")], "今年 1 次")]
    drawn = cadence_picture.svg("甲<script>", "乙&丙", rows, month=11)
    assert "<script>" not in drawn
    assert "甲&lt;script&gt;" in drawn
    assert "&lt;b&gt;&amp;" in drawn


def test_every_state_looks_different() -> None:
    shown: Sequence[cadence_picture.State] = ("done", "planned", "due", "past", "ahead")
    pictures = {
        cadence_picture.draw("甲", "乙", [Row("丙", "", [Bar(3, 3, state)])], month=11)
        for state in shown
    }
    assert len(pictures) == 5


def test_the_table_of_a_former_year_shows_that_year(district: District) -> None:
    with district.database.read() as session:
        found = cadence.overview(
            session, None, district.unit(FIRST), on=date(2027, 2, 1), year=2026
        )
    assert states(found, "party_day") == "m" * 12
    assert line(found, "party_day").now is None
    assert found.missing() == []


def test_titles_and_days_are_those_of_the_knowledge() -> None:
    listed = yaml.safe_load(SOURCES.read_text("utf-8"))["sources"]
    known = {each["id"]: Source.model_validate(each) for each in listed}
    mine = {source: (known[source].title, known[source].since) for source in clauses.SOURCES}
    assert mine == clauses.SOURCES
    assert {duty.clause.source for duty in DUTIES} <= set(mine)


def test_every_rhythm_has_words() -> None:
    assert set(texts.EVERY) == {*rhythm.EVERY, None}
