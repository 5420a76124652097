"""Tags of people: words that administrators set, to find them again (新教师, 班主任)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Table, delete, func, select
from sqlalchemy.orm import Session

from bot.core.errors import Refused
from bot.core.roles import Role
from bot.db.engine import insert_once
from bot.db.models import MemberRow, MemberTagRow
from bot.services import access
from bot.services.members import Member

LONGEST = 12
_TAGS: Table = MemberTagRow.__table__  # type: ignore[assignment]


def put(session: Session, actor: Member | None, tag: str, member_ids: Iterable[int]) -> int:
    """Tag these people; says how many had not had it. Raises Refused tag_wrong, tag_not_yours."""
    wanted = _mine(session, actor, member_ids)
    rows = [{"member_id": each, "tag": checked(tag)} for each in wanted]
    return insert_once(session, _TAGS, rows, unique=("member_id", "tag"))


def take(session: Session, actor: Member | None, tag: str, member_ids: Iterable[int]) -> int:
    """Take the tag from these people; says how many had it. Raises Refused tag_not_yours."""
    mine = _mine(session, actor, member_ids)
    gone = delete(_TAGS).where(_TAGS.c.tag == tag, _TAGS.c.member_id.in_(mine))
    return len(session.execute(gone.returning(_TAGS.c.member_id)).all())


def every(session: Session, actor: Member | None) -> list[tuple[str, int]]:
    """The tags of the people whom the actor answers for, with how many have each."""
    query = (
        select(MemberTagRow.tag, func.count())
        .join(MemberRow, MemberRow.id == MemberTagRow.member_id)
        .where(MemberRow.left_on.is_(None), access.people(session, actor, MemberRow.id))
        .group_by(MemberTagRow.tag)
        .order_by(MemberTagRow.tag)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def holders(session: Session, actor: Member | None, tag: str) -> list[tuple[int, str, str]]:
    """Whom the actor answers for with that tag: id, name and number."""
    query = (
        select(MemberRow.id, MemberRow.name, MemberRow.number)
        .join(MemberTagRow, MemberTagRow.member_id == MemberRow.id)
        .where(MemberTagRow.tag == tag, MemberRow.left_on.is_(None))
        .where(access.people(session, actor, MemberRow.id))
        .order_by(MemberRow.number)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def checked(tag: str) -> str:
    """The tag as it is kept. Raises Refused tag_wrong."""
    tag = tag.strip().removeprefix("#").strip()
    if not tag or len(tag) > LONGEST or any(each in tag for each in "，,、；; 　#\n"):
        raise Refused("tag_wrong", limit=LONGEST)
    return tag


def forget(session: Session, member_id: int) -> None:
    """Take all tags from somebody whose data are erased."""
    session.execute(delete(_TAGS).where(_TAGS.c.member_id == member_id))


def _mine(session: Session, actor: Member | None, member_ids: Iterable[int]) -> Sequence[int]:
    wanted = set(member_ids)
    mine = access.people(session, actor, MemberRow.id, Role.ADMINISTRATOR)
    found = session.scalars(select(MemberRow.id).where(MemberRow.id.in_(wanted), mine)).all()
    if len(found) < len(wanted):
        raise Refused("tag_not_yours")
    return found
