"""Minutes that two people write at once."""

from __future__ import annotations

from bot.services import minutes
from tests.district import District
from tests.fakes import House
from tests.held import SECRETARY, hold
from tests.test_minutes_chat import TODAY, row


async def test_what_another_wrote_after_the_preview_is_not_written_over_unseen(
    district: District, house: House
) -> None:
    record = hold(district, "party_day", TODAY)
    secretary = district.seat(house, SECRETARY)
    await secretary.say("会议记录")
    await secretary.say("讨论：谈体会。")
    with district.begin() as session:
        minutes.fill(session, None, record, {"discussed": "别人写的。"}, at=TODAY)
    again = await secretary.tap("保存")
    assert row(district, record).discussed == "别人写的。"
    assert not any(each == "保存" for each in again.labels)
