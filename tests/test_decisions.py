"""Resolutions and votes in chat: typed, checked, and held in the meeting that may decide them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.core.errors import Refused
from bot.core.meetings import KINDS, VOTES
from bot.db.models import VoteRow
from bot.services import decisions, meetings, quorum
from bot.services.decisions import Vote
from bot.services.meetings import Call
from bot.services.quorum import Count
from handlers.texts import decisions as texts
from tests.district import District
from tests.fakes import MONDAY_NOON, House, Person
from tests.held import FIRST, SECRETARY, hold

TODAY = MONDAY_NOON - timedelta(hours=3)
LAST_WEEK = TODAY - timedelta(days=7)
OF_THE_BRANCH = ("admission", "conversion", "discipline")


@pytest.fixture
def secretary(house: House, district: District) -> Person:
    return district.seat(house, SECRETARY)


async def test_a_resolution_is_typed_in_a_line_or_step_by_step(
    district: District, secretary: Person
) -> None:
    hold(district, "party_day", TODAY)
    await secretary.say("会议记录")
    await secretary.tap("决议和表决")
    await secretary.tap("加决议")
    said = await secretary.say("结对听课四节；简疏桐；12月15日前")
    assert "责任人 简疏桐，2026-12-15 前完成" in said.text
    await secretary.tap("再加一条")
    await secretary.say("整理学习资料")
    await secretary.tap("不写责任人")
    said = await secretary.tap("不定期限")
    assert said.text == "记下了：整理学习资料。"
    await secretary.tap("返回记录")
    await secretary.tap("决议和表决")
    said = await secretary.tap("1 已完成")
    assert "结对听课四节，责任人 简疏桐，2026-12-15 前完成（已完成）" in said.text
    said = await secretary.tap("删去 2")
    assert "整理学习资料" not in said.text


async def test_a_vote_is_checked_shown_and_kept_once(district: District, secretary: Person) -> None:
    hold(district, "congress", TODAY, marks={"苗若谷": ("absent", "")})
    await secretary.say("会议记录")
    await secretary.tap("决议和表决")
    await secretary.tap("记表决")
    await secretary.tap("预备党员转正")
    said = await secretary.say("戚南乔按期转正")
    assert "应到有表决权 4 人，实到 3 人" in said.text
    assert "票数合计" not in said.text
    assert "多于实到 3 人" in (await secretary.say("4 0 0")).text
    assert "没看懂票数" in (await secretary.say("都同意")).text
    assert "不能是负数" in (await secretary.say("同意 2 反对 -1 弃权 0")).text
    said = await secretary.say("同意 2 反对 1 弃权 0 书面 1")
    assert "超过半数（恰好半数不算），至少 3 人，实到 3 人，达到" in said.text
    assert (
        "至少 3 票，赞成 3 票，达到（《中国共产党发展党员工作细则》第三十三条，2014年起施行）"
        in said.text
    )
    assert "只是计算提示" in said.text
    key = said.key("保存")
    for _ in range(2):
        await secretary.do(tap=key.token, ack="a")
    with district.database.read() as session:
        (vote,) = session.scalars(select(VoteRow))
    assert (vote.entitled, vote.present, vote.in_favour, vote.written) == (4, 3, 2, 1)


async def test_an_appraisal_and_an_election_come_with_their_numbers(
    district: District, secretary: Person
) -> None:
    hold(district, "appraisal", LAST_WEEK)
    said = await secretary.say("会议记录")
    assert "5 人最多 1 人（共产党员网专题的说法" in said.text
    hold(district, "congress", TODAY)
    await secretary.say("会议记录")
    await secretary.tap("1")
    await secretary.tap("决议和表决")
    await secretary.tap("记表决")
    said = await secretary.tap("换届选举")
    assert "应选 3 名至少 4 名，应选 5 名至少 6 名，应选 7 名至少 9 名" in said.text
    await secretary.say("支部委员会选举")
    said = await secretary.say("3 1 0 应到 5 实到 4")
    assert "到会恰好五分之四" in said.text
    await secretary.say("应到 5 实到 5 同意 3 反对 2")
    assert "至少 3 票，赞成 3 票，达到" in secretary.screen[-1].text


# Which meeting decides what


def misplaced() -> Iterator[tuple[str, str]]:
    """Each kind of meeting with each vote that another kind decides."""
    for kind in KINDS:
        for purpose in VOTES:
            if not quorum.belongs(kind, purpose):
                yield kind, purpose


def test_only_a_congress_admits_confirms_and_punishes() -> None:
    for purpose in OF_THE_BRANCH:
        assert [kind for kind in KINDS if quorum.belongs(kind, purpose)] == ["congress"]
    assert [kind for kind in KINDS if quorum.belongs(kind, "election")] == ["congress", "committee"]
    assert all(quorum.belongs(kind, "plain") for kind in KINDS)


@pytest.mark.parametrize("kind", ["party_day", "lecture", "life", "appraisal"])
@pytest.mark.parametrize("purpose", ["admission", "conversion", "discipline", "election"])
def test_a_study_day_keeps_no_vote_that_the_rules_give_to_the_branch(
    district: District, kind: str, purpose: str
) -> None:
    record_id = hold(district, kind, TODAY)
    vote = Vote(0, record_id, "接收戚南乔为预备党员", purpose, Count(4, 4, 4, 0, 0))
    with pytest.raises(Refused, match="vote_elsewhere"), district.begin() as session:
        decisions.keep(session, district.member(SECRETARY), vote, at=MONDAY_NOON)
    with district.database.read() as session:
        assert session.scalar(select(func.count()).select_from(VoteRow)) == 0


async def test_who_looks_for_such_a_vote_there_is_told_which_meeting_decides_it(
    district: District, secretary: Person
) -> None:
    hold(district, "party_day", TODAY)
    await secretary.say("会议记录")
    await secretary.tap("决议和表决")
    votes = await secretary.tap("记表决")
    assert votes.labels[0] == "一般议题", "what may be kept here stands first"
    said = await secretary.tap("接收预备党员")
    assert said.text == (
        "接收预备党员要在支部党员大会上表决（《中国共产党发展党员工作细则》第二十条，"
        "2014年起施行），不放在主题党日上。请发“开会”召集一次支部党员大会，"
        "表决记在那次会的记录里；两个会同一天接着开，也各召集一次。"
    )
    assert said.labels == ["记表决", "返回记录"]
    await secretary.tap("记表决")
    election = await secretary.tap("换届选举")
    assert "在支部党员大会或支委会上表决（《中国共产党基层组织选举工作条例》第四条" in election.text


async def test_a_committee_is_offered_only_what_it_decides(
    district: District, secretary: Person
) -> None:
    hold(district, "committee", TODAY)
    await secretary.say("会议记录")
    await secretary.tap("决议和表决")
    votes = await secretary.tap("记表决")
    assert votes.labels == ["支委会议题", "干部任免等重要事项", "换届选举", "返回记录"]


async def test_whoever_calls_a_meeting_is_told_before_it_goes_out(
    district: District, secretary: Person
) -> None:
    await secretary.say("开会 主题党日")
    await secretary.say("三楼会议室")
    await secretary.tap("更多")
    await secretary.tap("有表决事项")
    said = await secretary.tap("预备党员转正")
    assert "要在支部党员大会上表决" in said.text
    review = await secretary.tap("返回")
    assert "表决：" not in review.text
    await secretary.say("开会")
    await secretary.tap("支部党员大会")
    await secretary.say("下周三下午3点")
    await secretary.say("三楼会议室")
    await secretary.tap("更多")
    await secretary.tap("有表决事项")
    assert "表决：预备党员转正" in (await secretary.tap("预备党员转正")).text


@pytest.mark.parametrize(("kind", "purpose"), [("party_day", "admission"), ("lecture", "election")])
def test_a_meeting_that_may_not_vote_on_it_is_not_called_for_it(
    district: District, kind: str, purpose: str
) -> None:
    at = MONDAY_NOON + timedelta(days=2)
    wish = Call(kind, (district.unit(FIRST),), at, "学习", purpose=purpose)
    with pytest.raises(Refused, match="meeting_purpose_unfit"), district.begin() as session:
        meetings.call(session, district.member(SECRETARY), wish, key="k", at=MONDAY_NOON)


def test_every_misplaced_vote_has_its_sentence() -> None:
    found = list(misplaced())
    assert len(found) > 30
    for kind, purpose in found:
        said = texts.elsewhere(kind, purpose)
        assert said.startswith(VOTES[purpose])
        assert KINDS[kind] in said
