"""A meeting as a calendar file, which phones and mail programs take in (RFC 5545)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

MEDIA_TYPE = "text/calendar"


@dataclass(frozen=True)
class Entry:
    """What stands in the calendar. The same `uid` with a higher `version` moves the old entry."""

    uid: str
    version: int
    title: str
    place: str
    note: str
    starts_at: datetime
    lasts: int  # minutes
    stamped_at: datetime
    is_cancelled: bool = False


def calendar(entry: Entry) -> bytes:
    """The file. Instants are UTC, so that no time zone has to be described."""
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.version)
    event.add("dtstamp", entry.stamped_at.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.starts_at.astimezone(UTC) + timedelta(minutes=entry.lasts))
    event.add("summary", entry.title)
    if entry.place:
        event.add("location", entry.place)
    if entry.note:
        event.add("description", entry.note)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    whole = Calendar()
    whole.add("prodid", "-//muduo-bot//ZH")
    whole.add("version", "2.0")
    whole.add("method", "CANCEL" if entry.is_cancelled else "PUBLISH")
    whole.add_component(event)
    return whole.to_ical()
