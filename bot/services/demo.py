"""The built-in demo district: bureau, five schools, eight branches, sixty people, all invented."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core.clock import local_day
from bot.core.roles import Role
from bot.db.models import CoverRow, MemberRow, MembershipRow, RoleRow, UnitRow
from bot.services import facts

# name, kind, parent, nature, covered schools
_UNITS = (
    ("青澜区教育局", "bureau", None, None, ()),
    ("青澜一中", "school", "青澜区教育局", "public", ()),
    ("青澜二中", "school", "青澜区教育局", "public", ()),
    ("青澜实验小学", "school", "青澜区教育局", "public", ()),
    ("青澜知行学校", "school", "青澜区教育局", "private", ()),
    ("青澜望舒幼儿园", "school", "青澜区教育局", "private", ()),
    ("青澜区教育局党委", "committee", None, None, ()),
    ("青澜区教育局机关党支部", "branch", "青澜区教育局党委", None, ("青澜区教育局",)),
    ("青澜一中党总支", "general_branch", "青澜区教育局党委", None, ("青澜一中",)),
    ("青澜一中第一党支部", "branch", "青澜一中党总支", None, ("青澜一中",)),
    ("青澜一中第一党支部第一党小组", "group", "青澜一中第一党支部", None, ()),
    ("青澜一中第一党支部第二党小组", "group", "青澜一中第一党支部", None, ()),
    ("青澜一中第二党支部", "branch", "青澜一中党总支", None, ("青澜一中",)),
    ("青澜二中初中部党支部", "branch", "青澜区教育局党委", None, ("青澜二中",)),
    ("青澜二中高中部党支部", "branch", "青澜区教育局党委", None, ("青澜二中",)),
    ("青澜实验小学党支部", "branch", "青澜区教育局党委", None, ("青澜实验小学",)),
    (
        "青澜民办学校联合党支部",
        "branch",
        "青澜区教育局党委",
        None,
        ("青澜知行学校", "青澜望舒幼儿园"),
    ),
    ("青澜区教育系统离退休党支部", "branch", "青澜区教育局党委", None, ()),
)
_BUREAU, _FIRST, _SECOND, _PRIMARY, _PRIVATE, _KINDERGARTEN = (each[0] for each in _UNITS[:6])
_STATUS = {"党": "full", "预": "probationary", "积": "activist", "群": "none"}

# school, Party unit, then names with duties and standing: 党 full, 预 probationary, 积 activist
_PEOPLE = (
    (
        _BUREAU,
        "青澜区教育局机关党支部",
        "党",
        "顾砚舟 局机关党支部书记,闻书澜 人事科科长,柏听松,厉星河",
    ),
    (_BUREAU, "青澜区教育局党委", "党", "裴望川 教育局党委书记"),
    (_BUREAU, None, "群", "岑知微 信息中心主任"),
    (_BUREAU, "青澜区教育系统离退休党支部", "党", "祝怀远 离退休党支部书记,冉秋实,卞青芜"),
    (_FIRST, "青澜一中党总支", "党", "沈屹川 校长、党总支书记"),
    (_FIRST, "青澜一中第一党支部", "党", "陆见微 第一党支部书记"),
    (_FIRST, "青澜一中第一党支部第一党小组", "党", "简疏桐 党小组组长,苗若谷"),
    (_FIRST, "青澜一中第一党支部第二党小组", "党", "覃云岫 党小组组长"),
    (_FIRST, "青澜一中第一党支部第二党小组", "预", "戚南乔"),
    (_FIRST, "青澜一中第二党支部", "党", "尹松龄 第二党支部书记,封子矜,郁怀瑾"),
    (_FIRST, "青澜一中第二党支部", "积", "单若溪"),
    (_FIRST, None, "群", "管予安 办公室主任,纪晚舟,童照野,鲁清越,娄念真"),
    (_SECOND, "青澜二中初中部党支部", "党", "骆知夏 初中部党支部书记,蔺望舒,糜远山 副校长"),
    (_SECOND, "青澜二中初中部党支部", "预", "阮听雨"),
    (_SECOND, "青澜二中高中部党支部", "党", "宗景行 高中部党支部书记,池砚秋,臧书怀"),
    (_SECOND, "青澜二中高中部党支部", "积", "符朝颜"),
    (_SECOND, None, "群", "桑以宁,丛嘉木,翟照晚,虞思齐,闵亦舒"),
    (_PRIMARY, "青澜实验小学党支部", "党", "卓映雪 校长、党支部书记,姬明远,商若兰,晏清和"),
    (_PRIMARY, "青澜实验小学党支部", "预", "项乐山"),
    (_PRIMARY, "青澜实验小学党支部", "积", "屈小满"),
    (_PRIMARY, None, "群", "林见禾 三年级组长,林见禾,荆语桐,乐知秋,诸葛嘉禾,蒲念慈"),
    (_PRIVATE, "青澜民办学校联合党支部", "党", "沐长庚 联合党支部书记,佟雁回"),
    (_PRIVATE, None, "群", "车予怀 校长,伏安澜,艾若水,柯晨曦"),
    (_KINDERGARTEN, "青澜民办学校联合党支部", "党", "席未央 园长"),
    (_KINDERGARTEN, "青澜民办学校联合党支部", "预", "甄小禾"),
    (_KINDERGARTEN, None, "群", "璩思远,逄一诺,庾欣然"),
)
_ADMINISTRATORS = (("闻书澜", _BUREAU), ("岑知微", _BUREAU), ("管予安", _FIRST))
_SECRETARIES = (
    ("裴望川", "青澜区教育局党委"),
    ("顾砚舟", "青澜区教育局机关党支部"),
    ("沈屹川", "青澜一中党总支"),
    ("陆见微", "青澜一中第一党支部"),
    ("尹松龄", "青澜一中第二党支部"),
    ("骆知夏", "青澜二中初中部党支部"),
    ("宗景行", "青澜二中高中部党支部"),
    ("卓映雪", "青澜实验小学党支部"),
    ("沐长庚", "青澜民办学校联合党支部"),
    ("祝怀远", "青澜区教育系统离退休党支部"),
)


def seed(session: Session, at: datetime) -> None:
    """Fill an empty database with the demo district and mark it as such."""
    since = local_day(at) - timedelta(days=365)
    unit_ids = _seed_units(session)
    member_ids = _seed_people(session, unit_ids, since)
    for role, held in (
        (Role.ADMINISTRATOR, _ADMINISTRATORS),
        (Role.SECRETARY, _SECRETARIES),
    ):
        for name, unit in held:
            session.add(
                RoleRow(
                    member_id=member_ids[name],
                    role=role.value,
                    unit_id=unit_ids[unit],
                    from_on=since,
                )
            )
    facts.put(session, facts.DEMO, "1")
    session.flush()


def _seed_units(session: Session) -> dict[str, int]:
    rows: dict[str, UnitRow] = {}
    for name, kind, parent, nature, _ in _UNITS:
        if parent and rows[parent] in session.new:
            session.flush()  # one statement for a whole level of the tree
        rows[name] = UnitRow(
            tree="admin" if kind in ("bureau", "school") else "party",
            kind=kind,
            name=name,
            parent_id=rows[parent].id if parent else None,
            nature=nature,
        )
        session.add(rows[name])
    session.flush()
    ids = {name: row.id for name, row in rows.items()}
    for name, *_, covered in _UNITS:
        session.add_all(CoverRow(branch_id=ids[name], school_id=ids[each]) for each in covered)
    return ids


def _seed_people(session: Session, unit_ids: dict[str, int], since: date) -> dict[str, int]:
    people = [
        (school, party_unit, standing, *person.partition(" ")[::2])
        for school, party_unit, standing, line in _PEOPLE
        for person in line.split(",")
    ]
    rows = [
        MemberRow(
            number=str(number),
            name=name,
            party_status=_STATUS[standing],
            duties=duties,
            has_vote=standing == "党",
        )
        for number, (_, _, standing, name, duties) in enumerate(people, 1001)
    ]
    session.add_all(rows)
    session.flush()
    for row, (school, party_unit, *_) in zip(rows, people, strict=True):
        session.add_all(
            MembershipRow(member_id=row.id, tree=tree, unit_id=unit_ids[unit], from_on=since)
            for tree, unit in (("admin", school), ("party", party_unit))
            if unit
        )
    return {row.name: row.id for row in rows}


def seed_if_new(session: Session, at: datetime) -> bool:
    """Seed a database in which nobody has decided yet whether it is a demo. True when it did.

    `init` decides for a real one; whoever has imported people has decided as well.
    """
    if facts.get(session, facts.DEMO) is not None:
        return False
    if session.execute(select(MemberRow.id).limit(1)).first():
        facts.put(session, facts.DEMO, "0")
        return False
    seed(session, at)
    return True
