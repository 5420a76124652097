"""init, roster, role, invite and audit from the command line."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from bot.commands import app
from bot.core.clock import local_day
from bot.core.roles import Role
from bot.db.engine import Database
from bot.db.models import AddressRow, AuditRow, JobRow, MemberRow, RoleRow, UnitRow
from bot.services import facts, invitations, members, roster
from tests.district import District
from tests.fakes import MONDAY_NOON
from tests.roster_files import NEW, csv, xlsx

TODAY = local_day(MONDAY_NOON)


@pytest.fixture(autouse=True)
def set_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str, still: None) -> None:
    monkeypatch.setenv("MUDUO_DATABASE_URL", database_url)
    monkeypatch.setenv("MUDUO_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def count(database: Database) -> int:
    with database.read() as session:
        return session.scalars(select(func.count()).select_from(MemberRow)).one()


def found(*more: str) -> Result:
    return run("init", "--bureau", "青湖区教育局", "--name", "管一一", "--number", "0001", *more)


# init


def test_init_makes_a_real_database_with_one_administrator_and_a_code(database: Database) -> None:
    said = found()
    assert said.exit_code == 0
    with database.read() as session:
        assert session.scalars(select(UnitRow.name)).all() == ["青湖区教育局"]
        member = members.look_up(session, 1, on=TODAY)
        assert member is not None
        assert member.may(Role.ADMINISTRATOR)
        assert facts.get(session, facts.DEMO) == "0"
    code = said.output.partition("邀请码：")[2][:8]
    assert invitations.code_in(code) == code


def test_init_refuses_a_database_that_has_people(database: Database) -> None:
    found()
    again = found()
    assert again.exit_code == 1
    assert "不能再初始化" in again.output


def test_init_refuses_the_demo(district: District) -> None:
    said = found()
    assert said.exit_code == 1
    assert "演示数据库" in said.output


# roster


def test_the_template_is_written_and_imports_as_nothing(database: Database) -> None:
    assert run("roster", "template", "t.xlsx").exit_code == 0
    said = run("roster", "import", "t.xlsx", "--yes")
    assert said.exit_code == 0
    assert "没有读到人员" in said.output
    assert count(database) == 0


def test_import_shows_what_changes_and_does_it(district: District) -> None:
    Path("new.xlsx").write_bytes(xlsx([NEW]))
    dry = run("roster", "import", "new.xlsx", "--dry-run")
    assert dry.exit_code == 0
    assert "新增 1" in dry.output
    assert "没有写入" in dry.output
    assert count(district.database) == 60
    done = run("roster", "import", "new.xlsx", "--yes")
    assert done.exit_code == 0
    assert "花名册已导入" in done.output
    assert "加 --leavers 才会标记为离开" in done.output
    assert count(district.database) == 61
    again = run("roster", "import", "new.xlsx", "--yes")
    assert "没有要写入的" in again.output


def test_import_of_bad_rows_lists_every_one_and_writes_nothing(district: District) -> None:
    rows = [(f"40{n:02}", "", "青蓝二中") for n in range(30)]
    Path("bad.xlsx").write_bytes(xlsx([NEW, *rows]))
    said = run("roster", "import", "bad.xlsx", "--yes")
    assert said.exit_code == 1
    assert said.output.count("必填，这里是空的") == 30
    assert said.output.count("是“青澜二中”吗") == 30
    assert count(district.database) == 60


def test_import_of_an_identity_number_is_refused(district: District) -> None:
    Path("id.csv").write_bytes(csv([(*NEW[:6], "110101199003074258", "")]))
    said = run("roster", "import", "id.csv", "--yes")
    assert said.exit_code == 1
    assert "像是身份证号或学籍号" in said.output
    assert "110101199003074258" not in said.output


def test_import_of_a_file_that_is_not_there_says_so() -> None:
    said = run("roster", "import", "nowhere.xlsx", "--yes")
    assert said.exit_code == 1
    assert "nowhere.xlsx" in said.output


def test_leavers_are_marked_only_when_asked_for(district: District) -> None:
    run("roster", "export", "all.xlsx")
    rows = [list(row) for row in load_workbook("all.xlsx")["人员"].values][1:]
    Path("less.xlsx").write_bytes(xlsx([row for row in rows if row[1] != "苗若谷"]))
    run("roster", "import", "less.xlsx", "--yes")
    assert district.member("苗若谷").name == "苗若谷"
    said = run("roster", "import", "less.xlsx", "--leavers", "--yes")
    assert "已标记离开 1 位" in said.output
    with district.database.read() as session:
        assert members.look_up(session, district.id_of("苗若谷"), on=TODAY) is None


def test_leavers_never_take_the_last_administrators_away(district: District) -> None:
    Path("new.xlsx").write_bytes(xlsx([NEW]))
    said = run("roster", "import", "new.xlsx", "--leavers", "--yes")
    assert said.exit_code == 1
    assert "教育局没有管理员" in said.output
    assert count(district.database) == 60


def test_an_import_that_was_cut_off_is_finished_first(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [(f"5{n:05}", "宣以恒", "青澜二中", "", "", "群众", "", "") for n in range(700)]
    Path("many.csv").write_bytes(csv(rows))
    with monkeypatch.context() as cut:
        calls = iter(range(2))
        whole = roster.resume

        def once(*arguments: object, **more: object) -> object:
            next(calls)
            return whole(*arguments, **more)  # type: ignore[arg-type]

        cut.setattr(roster, "resume", once)
        assert run("roster", "import", "many.csv", "--yes").exit_code != 0
    assert 60 < count(district.database) < 760
    assert run("roster", "import", "many.csv", "--yes").exit_code == 0
    assert count(district.database) == 760
    with district.database.read() as session:
        assert session.scalars(select(JobRow.state)).all() == ["done"]


def test_a_running_bot_is_not_starved_by_an_import(district: District) -> None:
    rows = [(f"5{n:05}", "宣以恒", "青澜二中", "", "", "群众", "", "") for n in range(1500)]
    Path("many.csv").write_bytes(csv(rows))
    writes = 0
    is_over = threading.Event()

    def tap() -> None:
        nonlocal writes
        while not is_over.is_set():
            with district.begin() as session:
                facts.put(session, "taps", str(writes))
            writes += 1
            is_over.wait(0.005)

    tapping = threading.Thread(target=tap)
    tapping.start()
    said = run("roster", "import", "many.csv", "--yes")
    is_over.set()
    tapping.join()
    assert said.exit_code == 0
    assert writes > 5
    assert count(district.database) == 1560


# role, invite, audit


def test_a_role_is_granted_for_days_and_seen_at_once(district: District) -> None:
    last = (TODAY + timedelta(days=9)).isoformat()
    said = run("role", "grant", "封子矜", "书记", "青澜一中第二党支部", "--to", last, "--deputy")
    assert said.exit_code == 0
    assert "代理书记" in said.output
    with district.database.read() as session:
        member = members.look_up(session, district.id_of("封子矜"), on=TODAY)
        assert member is not None
        assert member.may(Role.SECRETARY)
        row = session.scalars(select(RoleRow).where(RoleRow.is_deputy)).one()
        assert row.to_on == TODAY + timedelta(days=10)
    assert run("role", "revoke", "封子矜", "secretary", "青澜一中第二党支部").exit_code == 0
    with district.database.read() as session:
        member = members.look_up(session, district.id_of("封子矜"), on=TODAY)
        assert member is not None
        assert not member.may(Role.SECRETARY)
        assert session.scalars(select(AuditRow.act)).all() == ["role.grant", "role.revoke"]


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        (("封子矜", "校长", "青澜一中"), "不认识"),
        (("封子矜", "书记", "青蓝一中第二党支部"), "青澜一中第二党支部"),
        (("卜世仁", "书记", "青澜一中第二党支部"), "没有找到"),
        (("林见禾", "书记", "青澜实验小学党支部"), "不止一位"),
        (("封子矜", "administrator", "青澜一中第二党支部"), "不能设这个职责"),
    ],
)
def test_a_role_that_makes_no_sense_is_refused_with_a_sentence(
    district: District, named: tuple[str, str, str], sentence: str
) -> None:
    said = run("role", "grant", *named)
    assert said.exit_code == 1
    assert sentence in said.output


def test_invite_prints_codes_that_work(district: District) -> None:
    said = run("invite", "封子矜", "1013")
    assert said.exit_code == 0
    codes = [word for word in said.output.split() if invitations.code_in(word) == word]
    assert len(codes) == 2
    with district.begin() as session:
        address = AddressRow(platform="fake", native_id="g", name="", wrong_codes=0)
        session.add(address)
        session.flush()
        guest = members.Member(None, address.id, "")
        at = MONDAY_NOON
        redeemed = invitations.redeem(session, guest, codes[1], at=at)
    assert redeemed.member_id == district.id_of("苗若谷")


def test_a_second_invite_says_that_the_former_code_is_void(district: District) -> None:
    assert district.id_of("封子矜")
    assert "已作废" not in run("invite", "封子矜").output
    assert "封子矜之前的邀请码已作废，只有新码有效。" in run("invite", "封子矜").output


def test_invite_of_an_unknown_person_makes_no_code_at_all(district: District) -> None:
    said = run("invite", "封子矜", "卜世仁")
    assert said.exit_code == 1
    with district.database.read() as session:
        assert session.scalars(select(AuditRow.id)).all() == []


def test_audit_is_listed_and_written_to_a_file(district: District) -> None:
    run("invite", "封子矜")
    run("invite", "苗若谷")
    said = run("audit", "苗若谷")
    assert said.output.count("生成邀请码") == 1
    assert run("audit", "--export", "a.xlsx").exit_code == 0
    assert len(list(load_workbook("a.xlsx")["操作记录"].values)) == 3
    assert "没有找到" in run("audit", "--to", f"{MONDAY_NOON.year - 1}-01-01").output


def test_a_file_that_cannot_be_written_is_named(district: District) -> None:
    said = run("roster", "export", "nowhere/x.xlsx")
    assert said.exit_code == 1
    assert "nowhere/x.xlsx" in said.output
