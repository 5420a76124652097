"""The gate at its edges: quiet from 21:00 to 07:30 and on days off, in China's time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core.clock import SHANGHAI
from bot.services import gate
from bot.services.gate import Purpose


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("queued", "goes"),
    [
        ("11-23 20:59:59", "11-23 20:59:59"),
        ("11-23 21:00", "11-24 07:30"),
        ("11-23 23:59", "11-24 07:30"),
        ("11-24 00:00", "11-24 07:30"),
        ("11-24 07:29:59", "11-24 07:30"),
        ("11-24 07:30", "11-24 07:30"),
        ("11-20 21:00", "11-23 07:30"),  # Friday evening: over the weekend
        ("11-21 12:00", "11-23 07:30"),  # Saturday noon
        ("09-30 20:59", "09-30 20:59"),
        ("09-30 21:00", "10-08 07:30"),  # over 国庆
        ("10-03 10:00", "10-08 07:30"),
        ("09-19 10:00", "09-20 07:30"),  # the Sunday after is a working one (调休)
        ("09-20 10:00", "09-20 10:00"),
        ("10-10 10:00", "10-10 10:00"),  # a working Saturday
        ("12-31 21:00", "01-01 07:30"),
    ],
)
@pytest.mark.parametrize("purpose", [Purpose.ANSWER, Purpose.APPROVAL, Purpose.TROUBLE])
def test_what_nobody_asked_for_waits_for_the_morning_of_a_working_day(
    queued: str, goes: str, purpose: Purpose
) -> None:
    wanted = at(goes)
    if wanted < at(queued):
        wanted = wanted.replace(year=2027)
    assert gate.opens_at(purpose, at=at(queued).astimezone(UTC)) == wanted


@pytest.mark.parametrize("moment", ["11-23 03:00", "10-01 23:00"])
def test_what_somebody_has_just_asked_for_goes_at_once(moment: str) -> None:
    assert gate.opens_at(Purpose.AWAITED, at=at(moment)) == at(moment)
    assert gate.opens_at(Purpose.ANSWER, at=at(moment)) > at(moment)


def test_the_instant_keeps_its_time_zone() -> None:
    assert gate.opens_at(Purpose.ANSWER, at=at("11-23 22:00").astimezone(UTC)).tzinfo is UTC


def test_what_matters_to_somebody_is_worth_repeating_when_in_doubt() -> None:
    repeated = {purpose for purpose in Purpose if purpose.is_worth_repeating}
    assert repeated.isdisjoint({Purpose.TROUBLE, Purpose.NOTICE, Purpose.REMINDER, Purpose.NUDGE})
    assert repeated >= {Purpose.AWAITED, Purpose.ANSWER, Purpose.RECEIPT_NOTICE, Purpose.CHANGE}
