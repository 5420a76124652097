"""To whom something goes: by unit, role, standing, duty, tag and person, typed or put together."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.db.models import MemberRow, UnitRow
from bot.services import access, audience, audience_words, tags
from bot.services.audience import EVERYBODY, Audience
from bot.services.members import Member
from tests.district import District
from tests.fakes import MONDAY_NOON

TODAY = local_day(MONDAY_NOON)


def names(district: District, text: str, by: str | None = None) -> set[str]:
    """Who is meant by what somebody types."""
    sender = district.member(by) if by else None
    with district.database.read() as session:
        meant = audience_words.read(session, text, by=sender, on=TODAY)
        among = access.people(session, sender, MemberRow.id)
        found = audience.members(session, meant, on=TODAY, among=among)
        assert audience.count(session, meant, on=TODAY, among=among) == len(found)
        again = audience.from_json(audience.as_json(meant))
        assert again == meant
        return {session.get_one(MemberRow, each).name for each in found}


def refusal(district: District, text: str, by: str | None = None) -> Refused:
    with pytest.raises(Refused) as caught:
        names(district, text, by)
    return caught.value


def test_everybody_is_everybody_who_has_not_left(district: District) -> None:
    with district.begin() as session:
        session.get_one(MemberRow, district.id_of("林见禾")).left_on = TODAY
    everybody = names(district, "全体")
    with district.database.read() as session:
        assert audience.count(session, EVERYBODY, on=TODAY) == len(everybody) + 0
        before = audience.count(session, EVERYBODY, on=TODAY - timedelta(days=1))
    assert before == audience_count(district) + 1
    assert everybody == names(district, "所有人") == names(district, "全体教师")


def audience_count(district: District) -> int:
    with district.database.read() as session:
        return audience.count(session, EVERYBODY, on=TODAY)


def test_a_unit_means_all_below_it(district: District) -> None:
    assert names(district, "青澜一中党总支") >= {"沈屹川", "陆见微", "简疏桐", "尹松龄"}
    assert names(district, "青澜一中第一党支部第一党小组") == {"简疏桐", "苗若谷"}


def test_kinds_of_people_narrow_a_unit_down(district: District) -> None:
    assert names(district, "青澜一中的预备党员") == {"戚南乔"}
    assert names(district, "青澜一中全体教师") == names(district, "青澜一中")
    both = names(district, "青澜一中、青澜二中的预备党员")
    assert both == {"戚南乔", "阮听雨"}


def test_pieces_add_up_and_except_takes_away(district: District) -> None:
    assert names(district, "书记，闻书澜") == names(district, "书记") | {"闻书澜"}
    party = names(district, "全体党员")
    assert "沈屹川" in party
    assert "戚南乔" in party
    without = names(district, "全体党员，除了青澜一中")
    assert without == party - names(district, "青澜一中")
    assert names(district, "除了青澜一中以外的全体党员") == without
    assert names(district, "全体党员（不含）青澜一中".replace("（不含）", "，不含")) == without
    assert names(district, "全体党员，除了青澜一中和卓映雪之外") == without - {"卓映雪"}


def test_a_name_with_a_joining_word_in_it_is_a_name(district: District) -> None:
    assert names(district, "晏清和") == {"晏清和"}
    assert names(district, "晏清和和卓映雪") == {"晏清和", "卓映雪"}


def test_a_duty_or_a_tag_is_enough(district: District) -> None:
    assert names(district, "校长") >= {"沈屹川", "卓映雪", "糜远山"}
    with district.begin() as session:
        ids = [district.id_of(name) for name in ("纪晚舟", "童照野")]
        assert tags.put(session, None, "新教师", ids) == 2
        assert tags.put(session, None, "#新教师", ids[:1]) == 0
    assert names(district, "新教师") == names(district, "#新教师") == {"纪晚舟", "童照野"}
    assert names(district, "标签新教师，除了童照野") == {"纪晚舟"}


def test_nobody_reaches_beyond_the_own_people(district: District) -> None:
    """A secretary's 全体 are those of the branch, whatever is typed."""
    own = names(district, "青澜一中第一党支部")
    assert names(district, "全体", by="陆见微") == own
    assert names(district, "全体党员", by="陆见微") <= own
    assert refusal(district, "青澜二中", by="陆见微").code == "audience_not_yours"
    assert refusal(district, "蔺望舒", by="陆见微").code.startswith("audience_unknown")


def test_more_people_after_those_left_out_are_asked_about_not_left_out(district: District) -> None:
    assert refusal(district, "全体党员，除了青澜一中；青澜二中的教师").code == "audience_but_last"
    assert "柏听松" in names(district, "全体党员，除了青澜一中；")


def test_what_is_not_understood_is_refused_with_the_nearest_names(district: District) -> None:
    refused = refusal(district, "青澜三中")
    assert refused.code == "audience_unknown_near"
    assert "青澜一中" in str(refused.details["near"])
    assert refusal(district, "全体党员，除了火星分部xyz").code.startswith("audience_unknown")
    assert refusal(district, "林见禾").code == "audience_ambiguous"
    assert refusal(district, "第二党").code == "audience_several"
    for text in ("", "，", "除了", "。"):
        assert refusal(district, text).code == "audience_empty"


def test_the_sample_is_ten_who_belong_to_it_and_the_same_each_time(district: District) -> None:
    with district.database.read() as session:
        meant = Audience(party_status=("full",))
        first = audience.sample(session, meant, on=TODAY)
        assert first == audience.sample(session, meant, on=TODAY)
        small = Audience(people=(district.id_of("戚南乔"),))
        assert audience.sample(session, small, on=TODAY) == ["戚南乔"]
    assert len(first) == 10
    assert set(first) <= names(district, "正式党员")


def test_a_big_audience_comes_in_pieces_without_gaps(district: District) -> None:
    pieces: list[int] = []
    with district.database.read() as session:
        while piece := audience.members(
            session, EVERYBODY, on=TODAY, after=pieces[-1] if pieces else 0, limit=7
        ):
            pieces += piece
        assert pieces == audience.members(session, EVERYBODY, on=TODAY)


def test_whoever_has_no_chat_is_counted_as_unreachable(district: District) -> None:
    with district.database.read() as session:
        everybody = audience.count(session, EVERYBODY, on=TODAY)
        assert audience.unbound(session, EVERYBODY, on=TODAY) == everybody


def test_tags_are_set_only_for_the_own_people(district: District) -> None:
    school: Member = district.member("管予安")
    with district.begin() as session:
        with pytest.raises(Refused, match="tag_not_yours"):
            tags.put(session, school, "骨干", [district.id_of("骆知夏")])
        tags.put(session, school, "骨干", [district.id_of("纪晚舟")])
        assert tags.every(session, school) == [("骨干", 1)]
        assert tags.every(session, district.member("骆知夏")) == []
        for wrong in ("", "#", "两 个", "一二三四五六七八九十十一十二"):
            with pytest.raises(Refused, match="tag_wrong"):
                tags.put(session, school, wrong, [district.id_of("纪晚舟")])
        assert tags.take(session, school, "骨干", [district.id_of("纪晚舟")]) == 1


def test_who_works_at_the_bureau_is_known_by_that_without_a_tag(district: District) -> None:
    staff = {
        "顾砚舟",
        "闻书澜",
        "柏听松",
        "厉星河",
        "裴望川",
        "岑知微",
        "祝怀远",
        "冉秋实",
        "卞青芜",
    }
    people = {district.id_of(name) for name in staff}
    with district.database.read() as session:
        meant = Audience(tags=("局机关",))
        assert set(audience.members(session, meant, on=TODAY)) == people


def test_a_school_that_is_alone_is_no_bureau(district: District) -> None:
    with district.begin() as session:
        schools = (UnitRow.tree == "admin", UnitRow.kind == "school")
        session.execute(update(UnitRow).where(*schools).values(parent_id=None))
        assert audience.members(session, Audience(tags=("局机关",)), on=TODAY) == []


def test_the_retired_are_known_by_their_branch_without_a_tag(district: District) -> None:
    people = {district.id_of(name) for name in ("祝怀远", "冉秋实", "卞青芜")}
    with district.database.read() as session:
        meant = Audience(tags=("离退休",))
        assert set(audience.members(session, meant, on=TODAY)) == people
        active = Audience(roles=("teacher",), but=meant)
        assert not people & set(audience.members(session, active, on=TODAY))
