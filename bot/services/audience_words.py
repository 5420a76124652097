"""An audience as somebody types it: 全体党员，除了第一中学. Understood wholly or not at all.

Pieces stand beside each other with 、or ，and add up; 除了 takes away. A piece is everybody, a kind
of people, a unit, a unit's kind of people, a tag, a person, or a word of people's duties.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from bot.core.errors import Refused
from bot.db.models import MemberRow, MemberTagRow
from bot.services import access, units
from bot.services.audience import EVERYBODY, Audience
from bot.services.members import Member
from bot.services.units import Unit

_LONGEST = 200
_LISTED = 5
_EVERYBODY = {
    *("全体", "全体人员", "所有人", "全员", "大家", "全部", "每个人", "全校", "全区"),
    *("教师", "老师", "教职工", "人员", "的人"),
}
_KINDS = {
    "党员": Audience(party_status=("full", "probationary")),
    "正式党员": Audience(party_status=("full",)),
    "预备党员": Audience(party_status=("probationary",)),
    "积极分子": Audience(party_status=("activist",)),
    "入党积极分子": Audience(party_status=("activist",)),
    "非党员": Audience(party_status=("activist", "none")),
    "群众": Audience(party_status=("none",)),
    "书记": Audience(roles=("secretary",)),
    "支部书记": Audience(roles=("secretary",)),
    "党支部书记": Audience(roles=("secretary",)),
    "管理员": Audience(roles=("administrator",)),
}
_ALL = re.compile(r"^(?:全体|所有的?|全部|各位|各)")
_BUT = re.compile(r"[,、;\s]*(?:但是?)?(?:除了|除去|除开|除|不含|不包括|不发给|不发)")
_BUT_END = re.compile(r"(?:以外|之外|外)?(?:的?(?:其他人?|人))?$")
_BUT_FIRST = re.compile(r"^(.+?)(?:(?:以外|之外|外)的?|[,;]|(?=全体|所有))(.+)$")
_BETWEEN = re.compile(r"[,、;\s]+")
_AND = re.compile(r"以及|和|及|与|跟")


def read(session: Session, text: str, *, by: Member | None, on: date) -> Audience:
    """The audience that the text means, of those whom `by` answers for (None: of all).

    Raises Refused: audience_empty, audience_unknown, audience_unknown_near, audience_not_yours,
    audience_several, audience_ambiguous, audience_but_last.
    """
    cleaned = unicodedata.normalize("NFKC", text[:_LONGEST]).strip().rstrip("。.")
    cleaned = re.sub(r"^(?:发给|发送给|给)", "", cleaned)
    said, *buts = _BUT.split(cleaned)
    if not said and len(buts) == 1 and (found := _BUT_FIRST.match(buts[0])):
        said, buts = found[2], [found[1]]
    if any(";" in but.strip("; ") for but in buts):  # a new clause, or one more to leave out?
        raise Refused("audience_but_last")
    reader = _Reader(session, by, on)
    whole = reader.together(said)
    if not buts:
        return whole
    out = [piece for but in buts for piece in reader.pieces(_BUT_END.sub("", but))]
    return replace(whole, but=_union(out))


@dataclass
class _Reader:
    session: Session
    by: Member | None
    on: date
    _mine: list[Unit] | None = None

    def together(self, said: str) -> Audience:
        return _union(self.pieces(said))

    def pieces(self, said: str) -> list[Audience]:
        found: list[Audience] = []
        for piece in filter(None, _BETWEEN.split(said.strip())):
            found += self._pieces_of(piece)
        if not found:
            raise Refused("audience_empty")
        return _distributed(found)

    def _pieces_of(self, piece: str) -> list[Audience]:
        """A piece, or several with 和 between them where the whole means nobody."""
        whole = self._one(piece)
        if whole is not None:
            return [whole]
        unknown = piece
        for found in _AND.finditer(piece):
            first, rest = piece[: found.start()], piece[found.end() :]
            one = self._one(first) if first and rest else None
            if one is not None:
                return [one, *self._pieces_of(rest)]
            unknown = first or piece
        raise self._unknown(unknown)

    def _one(self, piece: str) -> Audience | None:
        ways: tuple[Callable[[str], Audience | None], ...] = (
            _kind,
            self._unit,
            self._kind_in_unit,
            self._tag,
            self._person,
            self._duty,
        )
        return next((found for way in ways if (found := way(piece)) is not None), None)

    def _unit(self, piece: str) -> Audience | None:
        unit = self._exactly(piece) or self._only_one_with(piece)
        return Audience(units=(unit.id,)) if unit else None

    def _exactly(self, name: str) -> Unit | None:
        unit = units.find(self.session, name)
        if unit is not None and unit.id not in access.scope(self.session, self.by):
            raise Refused("audience_not_yours", text=name)
        return unit

    def _only_one_with(self, piece: str) -> Unit | None:
        """The one unit of one's own whose name ends with the text, or else holds it."""
        if len(piece) < 2:
            return None
        found = [unit for unit in self._units() if piece in unit.name]
        endings = [unit for unit in found if unit.name.endswith(piece)]
        found = endings or found
        if len(found) > 1:
            listed = "、".join(unit.name for unit in found[:_LISTED])
            raise Refused("audience_several", text=piece, names=listed)
        return found[0] if found else None

    def _kind_in_unit(self, piece: str) -> Audience | None:
        """青澜一中的党员, 青澜一中全体教师."""
        for at in range(len(piece) - 1, 1, -1):
            kind = _kind(piece[at:])
            if kind is None:
                continue
            name = piece[:at].removesuffix("的")
            unit = self._unit(name) if name else None
            if unit is not None:
                return replace(Audience() if kind == EVERYBODY else kind, units=unit.units)
        return None

    def _tag(self, piece: str) -> Audience | None:
        name = re.sub(r"^(?:#|标签[为是:]?)", "", piece)
        held = exists().where(MemberTagRow.tag == name, MemberTagRow.member_id == MemberRow.id)
        return Audience(tags=(name,)) if self._is_held(held) else None

    def _duty(self, piece: str) -> Audience | None:
        name = re.sub(r"^职务[含为是:]?", "", _ALL.sub("", piece))
        if not name:
            return None
        holds = MemberRow.duties.contains(name, autoescape=True)
        return Audience(duties=(name,)) if self._is_held(holds) else None

    def _person(self, piece: str) -> Audience | None:
        found = self.session.execute(
            select(MemberRow.id, MemberRow.number)
            .where(or_(MemberRow.name == piece, MemberRow.number == piece))
            .where(self._there(), access.people(self.session, self.by, MemberRow.id))
            .order_by(MemberRow.number)
            .limit(_LISTED)
        ).all()
        if len(found) > 1:
            numbers = "、".join(row.number for row in found)
            raise Refused("audience_ambiguous", text=piece, numbers=numbers)
        return Audience(people=(found[0].id,)) if found else None

    def _is_held(self, condition: ColumnElement[bool]) -> bool:
        mine = access.people(self.session, self.by, MemberRow.id)
        query = select(MemberRow.id).where(condition, mine, self._there())
        return self.session.scalars(query.limit(1)).first() is not None

    def _there(self) -> ColumnElement[bool]:
        return or_(MemberRow.left_on.is_(None), MemberRow.left_on > self.on)

    def _units(self) -> list[Unit]:
        if self._mine is None:
            scope = access.scope(self.session, self.by)
            self._mine = [unit for unit in units.every(self.session) if unit.id in scope]
        return self._mine

    def _unknown(self, piece: str) -> Refused:
        near = units.nearest(piece, self._units())
        if not near:
            return Refused("audience_unknown", text=piece)
        listed = "、".join(unit.name for unit in near)
        return Refused("audience_unknown_near", text=piece, near=listed)


def _kind(piece: str) -> Audience | None:
    if piece in _EVERYBODY:
        return EVERYBODY
    word = _ALL.sub("", piece)
    return EVERYBODY if word in _EVERYBODY else _KINDS.get(word)


def _distributed(found: Sequence[Audience]) -> list[Audience]:
    """一中、二中的党员 means those of both."""
    last = found[-1]
    before = list(found[:-1])
    if not before or "units" not in last.kinds or len(last.kinds) == 1:
        return list(found)
    if any(each.kinds != {"units"} for each in before):
        return list(found)
    return [replace(last, units=tuple(unit for each in found for unit in each.units))]


def _union(found: Iterable[Audience]) -> Audience:
    """All of them together; those of one kind become one part."""
    parts: list[Audience] = []
    for each in found:
        kinds = each.kinds or {"people"}
        like = next((part for part in parts if (part.kinds or {"people"}) == kinds), None)
        if like is None or len(kinds) > 1:
            parts.append(each)
            continue
        (name,) = kinds
        merged = tuple(dict.fromkeys((*getattr(like, name), *getattr(each, name))))
        parts[parts.index(like)] = replace(like, **{name: merged})
    first, *others = parts
    return replace(first, also=tuple(others))
