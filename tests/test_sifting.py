"""Promise 4 at the moment of sending: caps, merging, nothing after it was done or is too late."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select, update

from bot.core.chat import Button, File, Message, Reply
from bot.core.clock import SHANGHAI, local
from bot.core.digest import digest, fits
from bot.db.engine import Database
from bot.db.models import AddressRow, DeliveryRow
from bot.services import gate, outbox
from bot.services.gate import Purpose, Wish
from bot.services.outbox import Claimed, End, Letter, Outcome


def on(text: str) -> datetime:
    """An instant of November 2026 in China: 23 is a Monday."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=SHANGHAI).astimezone(UTC)


class Outbox:
    """One person's messages, queued and sent by hand."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.begin() as session:
            row = AddressRow(platform="fake", native_id="g", chat_id="g")
            session.add(row)
            session.flush()
            self.owner = f"a{row.id}"
        self.number = 0

    def add(self, purpose: Purpose, at: str, text: str = "", **more: datetime | str | None) -> str:
        self.number += 1
        key = text or f"{purpose.value}{self.number}"
        reply = Reply(key, buttons=[Button("收到", "a.b", self.number)])
        with self.database.begin() as session:
            outbox.add(session, self.owner, reply, key=key, purpose=purpose, at=on(at), **more)  # type: ignore[arg-type]
        return key

    def claim(self, at: str, process: str = "p1") -> list[Claimed]:
        claimed: list[Claimed] = []
        while True:
            with self.database.begin() as session:
                batch = outbox.claim(session, process=process, at=on(at))
            claimed += batch.claimed
            if not batch.claimed and not batch.is_more:
                return claimed

    def send(self, at: str) -> list[str]:
        """Send what is due; gives the texts, messages as people see them."""
        claimed = self.claim(at)
        with self.database.begin() as session:
            sent = [Outcome(each, End.SENT, native_id=f"n{each.id}") for each in claimed]
            outbox.settle(session, sent, process="p1", at=on(at))
        return [each.whole.text for each in claimed]

    def rows(self) -> Mapping[str, tuple[str, str | None]]:
        with self.database.read() as session:
            query = select(DeliveryRow.key, DeliveryRow.state, DeliveryRow.reason)
            return {row.key: (row.state, row.reason) for row in session.execute(query)}

    def due(self, key: str) -> str:
        with self.database.read() as session:
            due = session.scalars(select(DeliveryRow.due_at).where(DeliveryRow.key == key)).one()
        return f"{local(due):%d %H:%M}"


@pytest.fixture
def box(database: Database) -> Outbox:
    return Outbox(database)


def test_one_reminder_a_day_and_the_next_waits_until_tomorrow(box: Outbox) -> None:
    first = box.add(Purpose.REMINDER, "23 09:00")
    assert box.send("23 09:00") == [first]
    second = box.add(Purpose.NUDGE, "23 15:00")
    assert box.send("23 15:00") == []
    assert box.rows()[second] == ("queued", "cap_day")
    assert box.due(second) == "24 07:30"
    assert box.send("24 07:30") == [second]


def test_three_a_week_are_enough_however_the_week_falls(box: Outbox) -> None:
    for day in ("19", "20", "23"):
        assert len([box.add(Purpose.REMINDER, f"{day} 09:00"), *box.send(f"{day} 09:00")]) == 2
    fourth = box.add(Purpose.DIGEST, "24 09:00")
    assert box.send("24 09:00") == []
    assert box.rows()[fourth] == ("queued", "cap_week")
    assert box.due(fourth) == "26 07:30", "seven days after the first of the three"


def test_the_evening_before_a_meeting_gives_way_to_no_study_letter(box: Outbox) -> None:
    study = box.add(Purpose.REMINDER, "23 12:10")
    assert box.send("23 12:10") == [study]
    eve = box.add(Purpose.EVE, "23 18:30", expires_at=on("23 21:00"))
    assert box.send("23 18:30") == [eve]
    next_one = box.add(Purpose.REMINDER, "23 19:00")
    assert box.send("23 19:00") == []
    assert box.rows()[next_one] == ("queued", "cap_day")


def test_an_invitation_counts_but_is_never_held_back(box: Outbox) -> None:
    for number in range(3):
        key = box.add(Purpose.INVITATION, f"23 08:0{number}")
        assert box.send(f"23 08:0{number}") == [key]
    reminder = box.add(Purpose.REMINDER, "23 12:00")
    assert box.send("23 12:00") == []
    assert box.rows()[reminder] == ("queued", "cap_day")


def test_a_notice_that_was_taken_back_has_disturbed_all_the_same(box: Outbox) -> None:
    key = box.add(Purpose.NOTICE, "23 09:00")
    assert box.send("23 09:00") == [key]
    with box.database.begin() as session:
        recalled = update(DeliveryRow).where(DeliveryRow.key == key)
        session.execute(recalled.values(state="withdrawn", reason="recalled"))
    reminder = box.add(Purpose.REMINDER, "23 15:00")
    assert box.send("23 15:00") == []
    assert box.rows()[reminder] == ("queued", "cap_day")


def test_answers_and_what_was_asked_for_do_not_count(box: Outbox) -> None:
    for purpose in (Purpose.ANSWER, Purpose.AWAITED, Purpose.APPROVAL, Purpose.TROUBLE):
        box.add(purpose, "23 09:00")
    assert len(box.send("23 09:00")) == 4
    reminder = box.add(Purpose.REMINDER, "23 12:00")
    assert box.send("23 12:00") == [reminder]


def test_what_is_due_together_is_one_message_with_each_part_s_buttons(box: Outbox) -> None:
    box.add(Purpose.RECEIPT_NOTICE, "23 09:00", "通知")
    box.add(Purpose.INVITATION, "23 09:00", "会议")
    box.add(Purpose.REMINDER, "23 09:00", "学习")
    box.add(Purpose.NUDGE, "23 09:00", "催一下")
    (claimed,) = box.claim("23 09:00")
    assert claimed.whole.text == "① 通知\n\n② 会议\n\n③ 学习\n\n④ 催一下"
    labels = [key.label for row in claimed.whole.keys for key in row]
    assert labels == ["① 收到", "② 收到", "③ 收到", "④ 收到"]
    with box.database.begin() as session:
        outbox.settle(
            session, [Outcome(claimed, End.SENT, native_id="n")], process="p1", at=on("23 09:00")
        )
    assert set(box.rows().values()) == {("sent", None)}
    later = box.add(Purpose.REMINDER, "23 16:00")
    box.add(Purpose.CHANGE, "23 16:00", "改期")
    assert box.send("23 16:00") == ["改期"], "a second reminder rides on nothing, either"
    assert box.rows()[later] == ("queued", "cap_day")


def test_what_does_not_fit_one_screen_goes_by_itself_or_waits(box: Outbox) -> None:
    box.add(Purpose.NOTICE, "23 09:00", "长" * 400)
    box.add(Purpose.CHANGE, "23 09:00", "变" * 400)
    box.add(Purpose.REMINDER, "23 09:00", "提" * 400)
    assert box.send("23 09:00") == ["长" * 400, "变" * 400]
    assert box.rows()["提" * 400] == ("queued", "cap_day")


def test_urgent_and_confidential_ones_stand_alone(box: Outbox) -> None:
    for purpose in (Purpose.URGENT, Purpose.CONFIDENTIAL, Purpose.NOTICE, Purpose.INVITATION):
        box.add(purpose, "23 09:00", purpose.value)
    assert box.send("23 09:00") == ["urgent", "confidential", "① notice\n\n② invitation"]


def test_a_reminder_waits_for_what_comes_later_today_anyway(box: Outbox) -> None:
    box.add(Purpose.NOTICE, "23 08:00", "通知", due_at=on("23 16:00"))
    reminder = box.add(Purpose.REMINDER, "23 09:00")
    assert box.send("23 09:00") == []
    assert box.rows()[reminder] == ("queued", "joins")
    assert box.send("23 16:00") == [f"① 通知\n\n② {reminder}"]


def test_nothing_is_sent_after_the_person_has_done_it(box: Outbox) -> None:
    box.add(Purpose.REMINDER, "23 07:00", "早", topic="plan:3")
    with box.database.begin() as session:
        outbox.withdraw_topic(session, "plan:3", [box.owner], at=on("23 08:00"))
    # Another process had looked before, and queues only now.
    box.add(Purpose.NUDGE, "23 07:59", "晚", topic="plan:3")
    assert box.send("23 08:01") == []
    assert box.rows() == {"早": ("withdrawn", "done"), "晚": ("withdrawn", "done")}
    box.add(Purpose.REMINDER, "23 09:00", "后来", topic="plan:3")
    assert box.send("23 09:00") == ["后来"]


def test_what_is_useless_by_now_is_withdrawn(box: Outbox) -> None:
    box.add(Purpose.INVITATION, "23 08:00", "会议", expires_at=on("23 09:00"))
    box.add(Purpose.REMINDER, "23 22:00", "今晚", expires_at=on("24 06:00"))
    assert box.send("23 09:00") == []
    assert box.send("24 07:30") == []
    assert set(box.rows().values()) == {("withdrawn", "too_late")}


def test_a_held_back_reminder_that_would_be_too_late_is_withdrawn(box: Outbox) -> None:
    box.add(Purpose.REMINDER, "23 08:00")
    box.send("23 08:00")
    second = box.add(Purpose.REMINDER, "23 09:00", expires_at=on("23 20:00"))
    assert box.send("23 09:00") == []
    assert box.rows()[second] == ("withdrawn", "too_late")


def test_a_letter_that_was_taken_back_stops_at_once(box: Outbox) -> None:
    owners = [f"a{number + 1000}" for number in range(1500)]
    letter = Letter("n:1", Reply("通知"), Purpose.NOTICE, topic="notice:1")
    with box.database.begin() as session:
        letter_id = outbox.post(session, letter, owners, at=on("23 09:00"))
        outbox.withdraw_topic(session, "notice:1", at=on("23 09:01"))
    assert box.claim("23 09:02") == []
    with box.database.read() as session:
        progress = outbox.progress(session, letter_id)
    assert (progress.withdrawn, progress.queued) == (1500, 0)


def test_a_night_s_mass_of_messages_waits_for_the_morning(box: Outbox) -> None:
    owners = [f"a{number + 1000}" for number in range(1100)]
    with box.database.begin() as session:
        letter = Letter("n:1", Reply("通知"), Purpose.NOTICE)
        outbox.post(session, letter, owners, at=on("23 20:59"))
    assert box.claim("23 21:00") == []
    with box.database.read() as session:
        assert set(session.scalars(select(DeliveryRow.due_at))) == {on("24 07:30")}
        assert set(session.scalars(select(DeliveryRow.reason))) == {"quiet"}


def test_a_cancellation_within_twelve_hours_goes_at_night_and_says_so(box: Outbox) -> None:
    soon = box.add(Purpose.CANCELLATION, "23 22:00", expires_at=on("24 09:00"))
    later = box.add(Purpose.CANCELLATION, "23 22:00", expires_at=on("24 16:00"))
    assert box.send("23 22:00") == [soon]
    assert box.rows()[soon] == ("sent", "at_once")
    assert box.due(later) == "24 07:30"


def test_a_cancellation_for_a_day_off_goes_on_it_rather_than_too_late(box: Outbox) -> None:
    key = box.add(Purpose.CANCELLATION, "20 22:00", expires_at=on("21 15:00"))
    assert box.due(key) == "21 07:30"
    assert box.send("21 07:30") == [key]


def test_the_gate_lets_an_urgent_notice_through_at_night(box: Outbox) -> None:
    key = box.add(Purpose.URGENT, "23 23:00")
    assert box.send("23 23:00") == [key]
    assert box.rows()[key] == ("sent", "at_once")
    by_day = box.add(Purpose.URGENT, "24 10:00")
    assert (box.send("24 10:00"), box.rows()[by_day]) == ([by_day], ("sent", None))


def test_merged_parts_in_doubt_are_each_sent_once_more(box: Outbox) -> None:
    box.add(Purpose.RECEIPT_NOTICE, "23 09:00", "通知")
    box.add(Purpose.INVITATION, "23 09:00", "会议")
    box.claim("23 09:00", process="dead")
    with box.database.begin() as session:
        outbox.release(session, mine="p1", living={"p1"}, at=on("23 09:01"))
    assert box.send("23 09:01") == ["① 〔补发〕通知\n\n② 〔补发〕会议"]
    assert box.rows()["通知"] == ("doubt", "process_ended")


WISHES = [
    (Wish(hour=time(17, 30)), Purpose.REMINDER, "23 09:00", "23 17:30"),
    (Wish(hour=time(17, 30)), Purpose.REMINDER, "23 18:00", "24 17:30"),
    (Wish(weekday=4), Purpose.DIGEST, "23 09:00", "27 07:30"),
    (Wish(weekday=5), Purpose.DIGEST, "23 09:00", "30 07:30"),  # Saturday: the next working day
    (Wish(hour=time(5, 0)), Purpose.REMINDER, "23 06:00", "23 07:30"),
    (Wish(hour=time(17, 30), weekday=4), Purpose.INVITATION, "23 09:00", "23 09:00"),
]


@pytest.mark.parametrize(("wish", "purpose", "queued", "goes"), WISHES)
def test_a_person_s_hour_or_weekday_is_kept_for_reminders(
    wish: Wish, purpose: Purpose, queued: str, goes: str
) -> None:
    assert gate.opens_at(purpose, at=on(queued), wish=wish) == on(goes)


def test_exempt_people_and_those_who_want_only_musts_get_no_reminders() -> None:
    exempt, hardly = Wish(exempt_until=date(2026, 11, 24)), Wish(only_musts=True)
    assert exempt.drops(Purpose.REMINDER, at=on("23 23:59")) == "exempt"
    assert exempt.drops(Purpose.REMINDER, at=on("24 00:00")) is None
    assert hardly.drops(Purpose.NUDGE, at=on("23 09:00")) == "wish"
    assert hardly.drops(Purpose.RECEIPT_NOTICE, at=on("23 09:00")) is None


def test_files_and_protected_messages_are_never_merged() -> None:
    plain = Message("一")
    assert fits([plain, Message("二")])
    assert not fits([plain, Message("二", file_id=3)])
    assert not fits([plain, Message("二", file=File("a", b"x"))])
    assert not fits([plain, Message("二", is_protected=True)])
    assert not fits([Message("一")] * 10)


def test_one_message_alone_is_left_as_it_is() -> None:
    assert digest([Message("一", about="notes:1")]) == Message("一", about="notes:1")
    both = digest([Message("一", about="notes:1"), Message("二", about="notes:1")])
    assert (both.text, both.about) == ("① 一\n\n② 二", "notes:1")


def test_what_waits_for_a_person_is_counted_from_seven_days_on_end() -> None:
    days = [date(2026, 11, 17), date(2026, 11, 19), date(2026, 11, 20)]
    at = on("23 09:00")
    room = gate.room(days, at=at)
    assert (room.at - at < timedelta(days=2), room.reason) == (True, "cap_week")
    assert gate.room(days[1:], at=at) == gate.Opening(at)
