"""How people want to be reminded."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy.orm import Mapped, mapped_column

from bot.db.models.base import Base


class WishRow(Base):
    """What an owner (m<member id>) has chosen, and until when those responsible spare them.

    `hour` and `weekday` (0 is Monday) or `only_musts` is the person's own choice; none of them is
    the usual way. `exempt_until` is the first day of reminders again, set by another (or oneself)
    and without a reason; it is forgotten when it is over.
    """

    __tablename__ = "wishes"

    owner: Mapped[str] = mapped_column(primary_key=True)
    hour: Mapped[time | None]
    weekday: Mapped[int | None]
    only_musts: Mapped[bool] = mapped_column(default=False)
    exempt_until: Mapped[date | None]
    changed_at: Mapped[datetime]
