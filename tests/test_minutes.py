"""Minutes: split as they say themselves, kept as said, confirmed once; whose they are."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.errors import Refused
from bot.db.models import MeetingRow
from bot.services import ledger, minutes, months, records
from bot.services.members import Member
from tests.district import District
from tests.fakes import MONDAY_NOON
from tests.held import FIRST, OTHER, SECOND, SECRETARY, hold
from tests.minutes_written import FIELDS, LAST_MONTH, confirmed, refusal, trail


@pytest.fixture
def secretary(district: District) -> Member:
    return district.member(SECRETARY)


def test_a_text_is_split_by_its_own_labels_and_nothing_is_added() -> None:
    text = (
        "主持人：陆见微　记录人：简疏桐\n一、传达：上级通知精神\n第二行\n"
        "讨论发言：\n苗若谷：赞成\n决定：按通知办。"
    )
    assert minutes.split(text) == {
        "host": "陆见微",
        "recorder": "简疏桐",
        "reported": "上级通知精神\n第二行",
        "discussed": "苗若谷：赞成",
        "decided": "按通知办。",
    }


def test_a_text_typed_in_one_line_is_split_too() -> None:
    """In a chat the key for a new line sends, so people write it all in one."""
    head, rest = (
        "主持人：卓映雪 记录人：姬明远 讨论：学习条例，",
        "大家谈了体会。决定：自查。 总结：完成",
    )
    assert minutes.split(head + rest) == {
        "host": "卓映雪",
        "recorder": "姬明远",
        "discussed": "学习条例，大家谈了体会。",
        "decided": "自查。",
        "summary": "完成",
    }
    assert minutes.split("主持人：卓映雪，记录人：姬明远，讨论：先讨论，后表决") == {
        "host": "卓映雪",
        "recorder": "姬明远",
        "discussed": "先讨论，后表决",
    }


def test_what_looks_like_a_label_inside_somebodys_sentence_stays_there() -> None:
    said = "大家说，先听意见再 决定：不急"
    assert minutes.split(said) == {"discussed": said}
    assert minutes.split("讨论：他问，决定：怎么写") == {"discussed": "他问，决定：怎么写"}


def test_a_text_without_labels_stays_whole() -> None:
    text = "大家谈了体会。\n决定下月再议，记录在案。"
    assert minutes.split(text) == {"discussed": text}


def test_a_form_with_cells_is_read_like_labels() -> None:
    text = "会议时间\t10月23日\t地点\t一楼\n主持人\t陆见微\t记录人\t简疏桐\n讨论\t各抒己见"
    expected = {"host": "陆见微", "recorder": "简疏桐", "discussed": "各抒己见"}
    assert minutes.split(text) == expected


def test_what_the_record_counts_itself_is_not_copied() -> None:
    text = "时间：2026年10月23日 地点：一楼\n应到人数：6\n实到：5\n主持：陆见微\n发言：各抒己见"
    assert minutes.split(text) == {"host": "陆见微", "discussed": "各抒己见"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"discussed": "  "}, "minutes_empty"),
        ({"host": "陆" * 41}, "minutes_too_long"),
        ({"decided": "议" * 20_001}, "minutes_too_long"),
        ({"discussed": "联系电话 13912345678"}, "minutes_personal"),
        ({"other": "没有这一栏"}, "minutes_empty"),
    ],
)
def test_what_cannot_be_kept_is_refused(fields: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as refused:
        minutes.checked(fields)
    assert refused.value.code == code


def test_more_text_goes_behind_what_is_there_and_a_name_in_its_place(
    district: District, secretary: Member
) -> None:
    record_id = hold(district, "party_day", LAST_MONTH)
    with district.begin() as session:
        record = minutes.fill(session, secretary, record_id, FIELDS, at=MONDAY_NOON)
        more = minutes.appended(record, {"host": "苗若谷", "discussed": "又谈了分工。"})
        record = minutes.fill(session, secretary, record_id, more, at=MONDAY_NOON)
    assert record.host == "苗若谷"
    assert record.discussed == "交流了学习体会。\n又谈了分工。"
    assert trail(district) == []  # not confirmed yet


def test_a_record_is_confirmed_once_with_names_and_everybody_marked(
    district: District, secretary: Member
) -> None:
    record_id = hold(district, "party_day", LAST_MONTH, marks={"苗若谷": ("none", "")})

    def confirm(session: Session) -> object:
        return minutes.confirm(session, secretary, record_id, at=MONDAY_NOON)

    refused = refusal(district, confirm)
    assert (refused.code, refused.details) == ("minutes_unmarked", {"count": 1})
    record_id = hold(district, "lecture", LAST_MONTH)
    assert refusal(district, confirm).code == "minutes_nameless"
    with district.begin() as session:
        minutes.fill(session, secretary, record_id, FIELDS, at=MONDAY_NOON)
        record, is_new = minutes.confirm(session, secretary, record_id, at=MONDAY_NOON)
        assert is_new
        assert record.confirmed_at == MONDAY_NOON
        assert not minutes.confirm(session, secretary, record_id, at=MONDAY_NOON)[1]


def test_eight_confirmations_at_once_confirm_once(district: District, secretary: Member) -> None:
    record_id = hold(district, "party_day", LAST_MONTH)
    with district.begin() as session:
        minutes.fill(session, secretary, record_id, FIELDS, at=MONDAY_NOON)

    def tap(_: int) -> bool:
        with district.begin() as session:
            return minutes.confirm(session, secretary, record_id, at=MONDAY_NOON)[1]

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(tap, range(8))) == [False] * 7 + [True]


def test_a_meeting_that_is_not_over_has_no_finished_record(
    district: District, secretary: Member
) -> None:
    record_id = hold(district, "party_day", LAST_MONTH)
    with district.begin() as session:
        session.scalars(select(MeetingRow)).one().state = "open"
        minutes.fill(session, secretary, record_id, FIELDS, at=MONDAY_NOON)
        row = session.scalars(select(MeetingRow)).one()
        row.ended_at = None
    start = LAST_MONTH + timedelta(days=2)
    refused = refusal(
        district, lambda session: minutes.confirm(session, secretary, record_id, at=start)
    )
    assert refused.code == "minutes_not_over"


def test_gaps_are_said_and_do_not_stop_anybody(district: District, secretary: Member) -> None:
    marks = {"苗若谷": ("absent", ""), "覃云岫": ("leave", "business")}
    record_id = hold(district, "party_day", LAST_MONTH, marks=marks)
    with district.begin() as session:
        names = {"host": "陆见微", "recorder": "简疏桐"}
        record = minutes.fill(session, secretary, record_id, names, at=MONDAY_NOON)
        found = minutes.gaps(session, record)
        assert (found.names, found.unmarked, found.unexplained, found.is_empty) == ((), 0, 1, True)
        assert minutes.confirm(session, secretary, record_id, at=MONDAY_NOON)[1]


def test_only_unconfirmed_records_of_meetings_that_were_held_wait(
    district: District, secretary: Member
) -> None:
    done = confirmed(district, secretary, hold(district, "party_day", LAST_MONTH))
    open_one = hold(district, "lecture", LAST_MONTH + timedelta(days=1))
    hold(district, "lecture", LAST_MONTH, SECOND)
    with district.database.read() as session:
        found, total = minutes.waiting(session, secretary, at=MONDAY_NOON)
    assert ([record.id for record in found], total) == ([open_one], 1)
    assert done != open_one


def test_a_secretary_of_another_branch_is_refused(district: District, secretary: Member) -> None:
    record_id = hold(district, "party_day", LAST_MONTH)
    other, branch = district.member(OTHER), district.unit(FIRST)
    attempts: list[tuple[Callable[[Session], object], str]] = [
        (lambda s: records.get(s, other, record_id), "record_gone"),
        (lambda s: minutes.fill(s, other, record_id, FIELDS, at=MONDAY_NOON), "record_gone"),
        (lambda s: minutes.confirm(s, other, record_id, at=MONDAY_NOON), "record_gone"),
        (lambda s: ledger.entries(s, other, ledger.Choice(branch, 2026)), "ledger_not_yours"),
        (lambda s: months.close(s, other, branch, "2026-10", at=MONDAY_NOON), "ledger_not_yours"),
    ]
    assert [refusal(district, act).code for act, _ in attempts] == [code for _, code in attempts]
    with district.database.read() as session:
        assert ledger.page(session, other, ledger.Choice(branch, 2026)) == ([], 0)
        assert minutes.waiting(session, other, at=MONDAY_NOON) == ([], 0)
        assert records.get(session, secretary, record_id).unit == FIRST


def test_an_administrator_of_the_bureau_does_not_read_the_records_of_branches(
    district: District,
) -> None:
    record_id = hold(district, "party_day", LAST_MONTH)
    boss = district.member("闻书澜")
    assert refusal(district, lambda session: records.get(session, boss, record_id)).code == (
        "record_gone"
    )


def test_a_joint_session_has_a_record_in_each_ledger(district: District, secretary: Member) -> None:
    record_id = hold(district, "party_day", LAST_MONTH, with_units=(SECOND,))
    with district.database.read() as session:
        mine = records.get(session, secretary, record_id)
        theirs, total = ledger.page(
            session, district.member(OTHER), ledger.Choice(district.unit(SECOND), 2026)
        )
    assert (mine.kind, mine.is_joint, mine.partners) == ("party_day", True, (SECOND,))
    assert (total, theirs[0].unit, theirs[0].partners) == (1, SECOND, (FIRST,))
    assert (mine.tally.expected, theirs[0].tally.expected) == (5, 3)
