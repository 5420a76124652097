"""Files of rules and plans: what is good, and each fault with its place and its cure."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from bot.core.clock import local_day
from bot.services import festivals, firings
from bot.services.calendar import Term
from knowledge.loader import fingerprint, read
from knowledge.reminders_when import FESTIVALS
from tests.knowledge_files import bad, good, marked, only
from tests.reminder_files import PLAN, RULE, write_reminders

SHIPPED = Path(__file__).parent.parent / "knowledge"


def test_the_shipped_rules_and_plans_are_good_and_none_has_ended() -> None:
    library, faults, _ = read(SHIPPED)
    assert library is not None, [str(fault) for fault in faults]
    book = library.rulebook
    assert {"festival-autumn", "monthly-study", "warning-films", "ethics-week"} <= set(book.found)
    assert {"six-ones", "four-ones"} <= {plan.id for plan in book.plans if plan.per == "unit"}
    films = next(plan for plan in book.plans if plan.id == "warning-films")
    assert [item.quiz.count for item in films.items if item.quiz] == [3, 3, 3]
    assert list(book.ended(date(2026, 11, 23))) == []


@pytest.mark.parametrize("year", range(2026, 2031))
def test_promise_4_the_shipped_rules_stay_within_three_messages_in_any_week(year: int) -> None:
    """What falls due on one day is one message; a secretary gets what a teacher gets, too."""
    book = good(SHIPPED).rulebook
    terms = (
        Term(date(year, 3, 1), date(year, 7, 3)),
        Term(date(year, 9, 1), date(year + 1, 1, 22)),
    )
    found = firings.sayings(book, terms, date(year, 1, 1), date(year, 12, 31))
    for roles, most in (({"teacher"}, 26), ({"teacher", "secretary"}, 36)):
        days = {local_day(each.occasion.due_at) for each in found if roles & set(each.to.roles)}
        assert len(days) <= most
        assert max(sum(0 <= (one - other).days < 7 for other in days) for one in days) <= 3


def test_rules_know_the_festivals_that_the_calendar_knows() -> None:
    assert FESTIVALS == festivals.NAMES


def test_a_festival_rule_speaks_a_week_and_two_workdays_before_by_default(tmp_path: Path) -> None:
    rule = good(write_reminders(tmp_path)).rulebook.rules[0]
    assert rule.when.offsets == ((-7,), (-2,))
    assert rule.at == time(12, 0)


def test_a_quiz_takes_the_place_of_the_mere_receipt(tmp_path: Path) -> None:
    plan = good(write_reminders(tmp_path, PLAN)).rulebook.plans[0]
    assert plan.items[0].ways == ("quiz", "meeting")
    without = PLAN.replace("        quiz: {items: [gifts-card-1], count: 1, passes: 1}\n", "")
    plan = good(write_reminders(tmp_path, without)).rulebook.plans[0]
    assert plan.items[0].ways == ("receipt", "meeting")


def test_a_changed_rule_is_noticed(tmp_path: Path) -> None:
    before = fingerprint(write_reminders(tmp_path))
    first = good(tmp_path).rulebook.version
    write_reminders(tmp_path, RULE.replace("快到了", "就要到了"))
    assert fingerprint(tmp_path) != before
    assert good(tmp_path).rulebook.version != first


FESTIVE = "{festival: [中秋, 国庆]}"


def when(new: str) -> str:
    """The rule with another time, and no festival in its text."""
    return rule(FESTIVE, new).replace("{festival}", "节日")


def rule(old: str, new: str) -> str:
    assert old in RULE
    return RULE.replace(old, new)


def plan(old: str, new: str) -> str:
    assert old in PLAN
    return PLAN.replace(old, new)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (rule("[中秋, 国庆]", "[中秋, ⟦重阳]"), "没有“重阳”这个节日，可用的有：元旦、春节"),
        (rule("[teacher]", "[⟦headmaster]"), "roles 应为 teacher（所有人）、secretary"),
        (rule("{roles: [teacher]}", "⟦{}"), "没有写发给谁；发给所有人请写 roles: [teacher]"),
        (
            rule("{roles: [teacher]}", "⟦{roles: [secretary], except: {roles: [teacher]}}"),
            "一个人也不剩",
        ),
        (
            rule("{roles: [teacher]}", "⟦{units: [甲校], except: {units: [甲校]}}"),
            "一个人也不剩",
        ),
        (when("{cron: ⟦0 9 31 2 *}"), "永远不会到"),
        (when("{cron: ⟦0 9 * *}"), "应有五段"),
        (when("{cron: ⟦0 9 * 13 *}"), "月写不通"),
        (
            when("{cron: ⟦'*/5 9 * * *'}"),
            "一天最多提醒一次",
        ),
        (
            when("{cron: ⟦0 3 * * 1}"),
            "03:00 在免打扰时段里",
        ),
        (when("⟦{}"), "应正好写一种时间"),
        (
            when("⟦{nth: 6, day: mon}"),
            "最多有五个同样的星期几",
        ),
        (rule("{festival: [中秋, 国庆]}", "{festival: [中秋], days: [⟦-100]}"), "days 至少是 -90"),
        (rule("{festival: [中秋, 国庆]}", "{festival: [中秋], day: ⟦[-7]}"), "day 应为"),
        (rule("{festival: [中秋, 国庆]}", "{⟦festivals: [中秋]}"), "是不是想写 festival？"),
        (rule("快到了。", "快到了，{name}。").replace('text: "', 'text: ⟦"'), "不认识“{name}”"),
        (rule("source: new-rules", "source: ⟦no-rules"), "source“no-rules”不在 sources.yaml 里"),
        (rule("source: new-rules\n    clause: 第", "clause: ⟦第"), "写了 clause 就要写 source"),
        (RULE + "    entry: ⟦no-entry\n", "没有 id 为“no-entry”的条目"),
        (RULE + "    file: ⟦../sources.yaml\n", "没有文件“../sources.yaml”"),
        (RULE + "    link: ⟦muduo.example\n", "link 应是 http:// 或 https:// 开头的网址"),
        (RULE + "    at: ⟦22:00\n", "22:00 在免打扰时段里"),
        (RULE + "    at: ⟦9点\n", "时刻应写成 09:00"),
        (RULE + "    quiz: {topic: ⟦没有的}\n", "没有“没有的”这个主题"),
        (RULE + "    starts: 2026-05-01\n    ends: ⟦2026-04-01\n", "ends 2026-04-01 早于"),
        (plan("05-31", "02-30").replace("window: {", "window: ⟦{"), "没有 02-30 这一天"),
        (plan("05-31", "02-01").replace("window: {", "window: ⟦{"), "晚于 until“02-01”"),
        (plan("every: year", "every: week").replace("every: ", "every: ⟦"), "every 应为"),
        (plan("gifts-card-1", "⟦gifts-card-9"), "没有 id 为“gifts-card-9”的题"),
        (plan("passes: 1", "passes: 2").replace("quiz: {", "quiz: ⟦{"), "passes 是 2，不能多过"),
        (PLAN.replace("  - id: films", "  - id: ⟦Films"), "id 只能用小写英文"),
    ],
)  # fmt: skip
def test_a_fault_names_its_place_and_the_cure(tmp_path: Path, text: str, message: str) -> None:
    text, line, column = marked(text)
    fault = only(write_reminders(tmp_path, text))
    assert message in fault.message
    assert (fault.path, fault.line, fault.column) == ("reminders/rules.yaml", line, column)


def test_an_id_stands_once_over_rules_and_plans(tmp_path: Path) -> None:
    faults = bad(write_reminders(tmp_path, other=PLAN.replace("id: films", "id: greeting")))
    assert [fault.message[:12] for fault in faults] == ["id“greeting”"]


def test_items_that_open_together_are_told_together(tmp_path: Path) -> None:
    second = PLAN[PLAN.index("      - id: first") :].replace("id: first", "id: second")
    fault = only(write_reminders(tmp_path, PLAN + second))
    assert "请给计划写一段 text" in fault.message


def test_what_has_ended_is_named_with_its_place(tmp_path: Path) -> None:
    once = PLAN.replace("every: year, from: ", "from: 2026-").replace("until: ", "until: 2026-")
    due = when("{due: [2026-06-01]}").replace("greeting", "due")
    write_reminders(tmp_path, RULE + "    ends: 2026-10-31\n", once=once, due=due)
    book = good(tmp_path).rulebook
    ended = [str(fault).partition(": ")[0] for fault in book.ended(date(2026, 11, 23))]
    assert sorted(ended) == [
        "reminders/due.yaml:5:17",
        "reminders/once.yaml:8:17",
        "reminders/rules.yaml:9:11",
    ]
    assert list(book.ended(date(2026, 5, 31))) == []
