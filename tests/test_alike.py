"""Questions in other words are one question; questions that ask for something else are not."""

from __future__ import annotations

from itertools import permutations

import pytest

from bot.services import alike

MEALS = (
    "学校食堂给老师的伙食补贴一天多少钱",
    "食堂给老师的伙食补贴每天是多少钱",
    "老师在食堂吃饭，伙食补贴一天多少",
)


@pytest.mark.parametrize(("asked", "known"), [*permutations(MEALS, 2)])
def test_the_same_question_in_other_words_is_one(asked: str, known: str) -> None:
    assert alike.nearest(asked, [(1, "食堂几点开门"), (2, known)]) == 2


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ("病假工资怎么发", "产假工资怎么发"),
        ("老师请事假几天要校长批", "老师请病假几天要校长批"),
        ("食堂给老师的伙食补贴一天多少钱", "食堂给学生的伙食补贴一天多少钱"),
        ("交通补贴一天多少钱", "伙食补贴一天多少钱"),
        ("班主任补贴每个月多少钱", "伙食补贴每个月多少钱"),
        ("学校食堂给老师的伙食补贴一天多少钱", "学校食堂给老师的伙食补贴什么时候发"),
        ("教师资格证丢了怎么补办", "教师资格证过期了怎么办"),
        ("学校食堂几点开门", "食堂几点关门"),
        ("学校几点开门", "食堂几点开门"),
        ("请假三天谁批", "请假一天谁批"),
    ],
)
def test_questions_for_different_things_stay_apart(asked: str, known: str) -> None:
    assert alike.nearest(asked, [(1, known)]) is None
    assert alike.nearest(known, [(1, asked)]) is None
