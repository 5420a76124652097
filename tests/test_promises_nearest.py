"""Promise 6: absences, their reasons and who is spared reach those responsible, nobody above."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.errors import Refused
from bot.services import agenda, audit, meetings, minutes, records, rolls, wishes
from bot.services.audit import Query
from bot.services.meetings import Call
from tests.district import District
from tests.fakes import MONDAY_NOON

BUREAU, WITH_OWN, WITHOUT = "青澜区教育局", "青澜一中", "青澜二中"
BOSS, HEAD = "闻书澜", "管予安"  # administer the bureau and 青澜一中


def train(district: District, unit: str, by: str) -> int:
    wish = Call("training", (district.unit(unit),), MONDAY_NOON, "师德培训", "报告厅")
    with district.begin() as session:
        at = MONDAY_NOON - timedelta(days=1)
        return meetings.call(session, district.member(by), wish, key=unit + by, at=at)[0].id


def sees(district: District, who: str, meeting: int) -> bool:
    """Whether somebody sees the people of a meeting by any of the ways there are."""
    member = district.member(who)
    with district.database.read() as session:
        listed = [each.meeting.id for each in agenda.standing(session, member, at=MONDAY_NOON)]
        waiting = minutes.waiting(session, member, at=MONDAY_NOON)[0]
        found = [meeting in listed, meeting in {each.meeting_id for each in waiting}]
        for look in (rolls.show, records.of_meeting):
            try:
                look(session, member, meeting)
            except Refused:
                found.append(False)
            else:
                found.append(True)
    assert len(set(found)) == 1, found
    return found[0]


def test_the_bureau_does_not_see_who_was_at_a_schools_training(district: District) -> None:
    meeting = train(district, WITH_OWN, HEAD)
    assert sees(district, HEAD, meeting)
    assert not sees(district, BOSS, meeting)


def test_the_training_of_a_school_is_called_by_its_own_administrator(district: District) -> None:
    with pytest.raises(Refused, match="meeting_not_your_unit"):
        train(district, WITH_OWN, BOSS)


@pytest.mark.parametrize("unit", [BUREAU, WITHOUT])
def test_the_bureau_sees_its_own_trainings_and_those_where_nobody_else_answers(
    district: District, unit: str
) -> None:
    assert sees(district, BOSS, train(district, unit, BOSS))


def test_who_is_spared_is_told_to_those_responsible_and_not_above(district: District) -> None:
    with district.begin() as session:
        until = (MONDAY_NOON + timedelta(days=20)).date()
        for name, by in (("苗若谷", HEAD), ("蔺望舒", "骆知夏")):
            actor = district.member(by)
            wishes.spare(session, actor, district.id_of(name), until, at=MONDAY_NOON)

    def known(who: str) -> tuple[set[str], set[str]]:
        member = district.member(who)
        with district.database.read() as session:
            listed = {each.name for each in wishes.spared(session, member, at=MONDAY_NOON)}
            acts = audit.export(session, member, Query())
            named = {each.subject.partition("（")[0] for each in acts if each.act == "spared"}
            found = audit.export(session, member, Query("苗若谷"))
        assert {each.act for each in found} <= ({"spared"} if "苗若谷" in named else set())
        return listed, named

    assert known(HEAD) == ({"苗若谷"}, {"苗若谷"})
    assert known(BOSS) == ({"蔺望舒"}, {"蔺望舒"}), "青澜二中 has no administrator of its own"
    assert known("骆知夏") == ({"蔺望舒"}, {"蔺望舒"})
