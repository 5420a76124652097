"""The meeting screen: its signed link, the code that its QR holds, and what it may show."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.errors import Refused
from bot.db.models import MeetingRow, RecordRow, UnitRow
from bot.services import facts, quorum, tally
from bot.services.quorum import Check
from bot.services.tally import Tally

PATH = "/meeting"
LINK = "checkin"  # the prefix of the deep link
SLOT = 20  # seconds that one QR stands
OPENS_BEFORE = timedelta(minutes=30)
_STAYS_OPEN = timedelta(hours=1)
_TAKES_AFTER_END = timedelta(hours=2)
_KEY = "screen_key"


@dataclass(frozen=True)
class Screen:
    """What stands on the screen of a meeting: counts and never names."""

    meeting_id: int
    kind: str
    topic: str
    place: str
    units: tuple[str, ...]
    starts_at: datetime
    lasts: int
    state: str
    code: str
    secret: str
    tally: Tally
    check: Check

    def is_taking(self, at: datetime) -> bool:
        """Whether people can check in now."""
        return is_taking(self.state, self.starts_at, self.lasts, at=at)

    def payload(self, at: datetime) -> str:
        """What the QR of this moment holds: at most 64 of [A-Za-z0-9_-]."""
        slot = _slot(at)
        return f"{LINK}-{self.meeting_id}-{slot:x}-{_seal(self.secret, self.meeting_id, slot)}"


def is_taking(state: str, starts_at: datetime, lasts: int, *, at: datetime) -> bool:
    """Whether a meeting of `lasts` minutes takes check-ins: from half an hour before it on."""
    begins = starts_at - OPENS_BEFORE
    return state in ("planned", "open") and begins <= at <= last_moment(starts_at, lasts)


def last_moment(starts_at: datetime, lasts: int) -> datetime:
    """Until when a meeting that nobody has closed takes check-ins."""
    return starts_at + timedelta(minutes=lasts) + _TAKES_AFTER_END


def link(session: Session, meeting_id: int) -> str:
    """The path of a meeting's screen; whoever has it may look, nobody can make another."""
    key = facts.get_or_put(session, _KEY, secrets.token_urlsafe(32))
    return f"{PATH}/{_signer(key).dumps(meeting_id)}"


def opened(session: Session, token: str, *, at: datetime) -> Screen:
    """The screen that a link opens. Raises Refused: screen_unknown, screen_over."""
    key = facts.get(session, _KEY)  # without one no link was ever made
    try:
        meeting_id = int(_signer(key).loads(token)) if key else 0
    except (BadSignature, ValueError, TypeError):
        raise Refused("screen_unknown") from None
    row = session.get(MeetingRow, meeting_id)
    if row is None:
        raise Refused("screen_unknown")
    ended_at = row.ended_at or last_moment(row.starts_at, row.lasts)
    if row.state == "cancelled" or at > ended_at + _STAYS_OPEN:
        raise Refused("screen_over", topic=row.topic)
    return _screen(session, row)


def scanned(session: Session, argument: str, *, at: datetime) -> int:
    """The meeting whose QR was scanned a moment ago; `argument` is what follows the prefix.

    A QR counts while it stands and until the next one is gone, so a photo that is passed on does
    not. Raises Refused: scan_unknown, scan_stale.
    """
    meeting, _, rest = argument.partition("-")
    slot_text, _, seal = rest.partition("-")
    row = session.get(MeetingRow, int(meeting)) if _is_id(meeting) else None
    try:
        slot = int(slot_text, 16)
    except ValueError:
        raise Refused("scan_unknown") from None
    if row is None or not hmac.compare_digest(
        seal.encode(), _seal(row.secret, row.id, slot).encode()
    ):
        raise Refused("scan_unknown")
    if not 0 <= _slot(at) - slot <= 1:
        raise Refused("scan_stale", topic=row.topic)
    return row.id


def _screen(session: Session, row: MeetingRow) -> Screen:
    names = session.scalars(
        select(UnitRow.name)
        .join(RecordRow, RecordRow.unit_id == UnitRow.id)
        .where(RecordRow.meeting_id == row.id, RecordRow.agreed_at.is_not(None))
        .order_by(RecordRow.id)
    )
    counted = tally.count(session, row.id)
    return Screen(
        row.id,
        row.kind,
        row.topic,
        row.place,
        tuple(names),
        row.starts_at,
        row.lasts,
        row.state,
        row.code,
        row.secret,
        counted,
        quorum.to_begin(row.subkind or row.kind, row.purpose, counted),
    )


def _signer(key: str) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt="meeting screen")


def _seal(secret: str, meeting_id: int, slot: int) -> str:
    digest = hmac.new(secret.encode(), f"{meeting_id}:{slot}".encode(), hashlib.sha256)
    return digest.hexdigest()[:16]


def _slot(at: datetime) -> int:
    return int(at.timestamp()) // SLOT


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
