"""reminders next and check from the command line, and what the settings say of school terms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.commands import app
from bot.core.errors import SettingsFault
from bot.db.engine import Database
from bot.services import facts
from bot.settings import load
from tests.district import District
from tests.fakes import MONDAY_NOON
from tests.reminder_files import PLAN, RULE, write_reminders

DAILY = """\
rules:
  - id: daily
    title: 每天一句
    to: {roles: [secretary]}
    when: {cron: "0 12 * * *"}
    text: 今天也辛苦了。
"""


@pytest.fixture(autouse=True)
def set_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str, still: None) -> None:
    monkeypatch.setenv("MUDUO_DATABASE_URL", database_url)
    monkeypatch.setenv("MUDUO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MUDUO_KNOWLEDGE", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_what_is_to_come_is_listed_with_when_to_how_many_and_why_it_waits(
    database: Database, tmp_path: Path
) -> None:
    District(database)
    write_reminders(tmp_path, DAILY)
    done = run("reminders", "next", "--days", "14")
    assert done.exit_code == 0
    lines = [line for line in done.output.splitlines() if "每天一句" in line]
    assert len(lines) == 14
    assert all(
        re.search(r"\d+月\d+日（周.）12:00 .* 10 .*还没绑定或送不到", line) for line in lines
    )
    resting = [line for line in lines if "（周六）" in line or "（周日）" in line]
    assert any("那天休息，顺延到" in line for line in resting)


def test_nothing_to_come_is_said(database: Database, tmp_path: Path) -> None:
    District(database)
    write_reminders(tmp_path, DAILY + "    ends: 2020-01-01\n")
    assert "接下来 60 天没有要发的提醒。" in run("reminders", "next").output


def test_rules_by_terms_are_named_while_no_term_is_set(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    District(database)
    with database.begin() as session:
        facts.put(session, facts.DEMO, "0")
    write_reminders(tmp_path, DAILY.replace('{cron: "0 12 * * *"}', "{term: start}"))
    assert "还没有设学期" in run("reminders", "next").output
    year = MONDAY_NOON.year + 1
    monkeypatch.setenv("MUDUO_TERMS", f"{year}-03-02/{year}-07-03")
    listed = run("reminders", "next", "--days", "400").output
    assert "还没有设学期" not in listed
    assert "3月2日" in listed


def test_check_names_what_has_ended_and_what_the_roster_does_not_know(
    database: Database, tmp_path: Path
) -> None:
    District(database)
    ended = RULE.replace("greeting", "ended") + "    ends: 2020-01-01\n"
    unknown = PLAN.replace("{roles: [teacher]}", "{units: [没有的学校]}")
    write_reminders(tmp_path, ended, plans=unknown)
    done = run("check")
    assert done.exit_code == 1
    assert "reminders/rules.yaml:9:11: 这条提醒已于 2020-01-01 结束，请续期或删去" in done.output
    assert "reminders/plans.yaml:4:18: 没有这个单位：“没有的学校”" in done.output


def test_check_is_content_with_good_rules(database: Database, tmp_path: Path) -> None:
    District(database)
    write_reminders(tmp_path, RULE, plans=PLAN)
    done = run("check")
    assert "没有发现问题" in done.output, done.output


@pytest.mark.parametrize(
    "terms", ["2026-09-01", "2026-09-01/2026-08-01", "九月", "2026-9-1/2027-1-2"]
)
def test_terms_in_another_form_are_refused_with_the_form(terms: str) -> None:
    with pytest.raises(SettingsFault, match="应为 起/止，例如 2026-09-01/2027-01-22"):
        load(terms=terms)
