"""notice send, status and withdraw from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from bot.commands import app
from bot.db.engine import Database
from bot.db.models import DeliveryRow, NoticeRow
from tests.district import District

TEXT = "明天停电一小时，请保存好文件。"


@pytest.fixture(autouse=True)
def set_up(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    database_url: str,
    database: Database,
    still: None,
) -> None:
    monkeypatch.setenv("MUDUO_DATABASE_URL", database_url)
    monkeypatch.setenv("MUDUO_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    District(database)
    Path("t.txt").write_text(TEXT, encoding="utf-8")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["notice", *arguments])


def send(*more: str) -> Result:
    return run("send", "--to", "全体党员，除了青澜一中", "--text-file", "t.txt", *more)


def rows(database: Database, table: type[DeliveryRow] | type[NoticeRow]) -> int:
    with database.read() as session:
        return session.scalars(select(func.count()).select_from(table)).one()


def test_it_says_to_whom_and_how_many_and_queues_each_once(database: Database) -> None:
    said = send("--yes", "--key", "monday")
    assert said.exit_code == 0, said.output
    assert "发给：全体党员，除了青澜一中，共 24 人（24 人还没有绑定）。" in said.output
    assert "已送达 0，共 24 人，还有 24 人在排队" in said.output
    assert rows(database, DeliveryRow) == 24
    again = send("--yes", "--key", "monday")
    assert "已经发过，编号 1，没有再发" in again.output
    assert (rows(database, DeliveryRow), rows(database, NoticeRow)) == (24, 1)


def test_nothing_goes_out_without_a_yes(database: Database) -> None:
    assert send().exit_code == 1
    assert rows(database, NoticeRow) == 0


def test_a_file_goes_along(database: Database) -> None:
    Path("名单.xlsx").write_bytes(b"x")
    assert send("--yes", "--file", "名单.xlsx").exit_code == 0
    with database.read() as session:
        assert len(session.scalars(select(NoticeRow.files)).one()) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--to", "火星"), "没认出“火星”"),
        (("--text-file", "gone.txt"), "读不了"),
        (("--text-file", "empty.txt"), "还没有文字"),
        (("--text-file", "long.txt"), "超过了 3000 字"),
        (("--kind", "普普"), "不认识“普普”"),
        (("--due", "后天下午5点"), "请加 --kind 需确认"),
        (("--kind", "需确认", "--due", "昨天"), "已经过去了"),
        (("--at", "昨天"), "已经过去了"),
        (("--at", "2099-01-01"), "最多提前 30 天定时"),
        (("--file", "big.bin"), "超过 20 MB"),
    ],
)
def test_what_can_t_be_sent_is_a_sentence_and_nothing_is_sent(
    database: Database, options: tuple[str, ...], said: str
) -> None:
    Path("empty.txt").write_text(" \n", encoding="utf-8")
    Path("long.txt").write_text("字" * 20_000, encoding="utf-8")
    with Path("big.bin").open("wb") as file:
        file.truncate(20_000_001)
    result = send(*options, "--yes")
    assert result.exit_code == 1
    assert said in result.output.replace("\n", "")
    assert rows(database, NoticeRow) == 0


def test_status_and_withdraw(database: Database) -> None:
    send("--yes")
    assert "已送达 0，共 24 人" in run("status", "1").output
    assert TEXT[:8] in run("status").output
    assert "没有找到这条通知" in run("status", "7").output
    assert run("withdraw", "1").exit_code == 0
    again = run("withdraw", "1")
    assert again.exit_code == 1
    assert "已经停发或撤回" in again.output
