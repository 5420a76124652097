"""Sentences for when somebody's life may be in danger: steps first, rules after."""

from __future__ import annotations

from bot.core.text import bold, quiet

REFUSALS: dict[str, str] = {}

LONGEST_ASKED = 500
LOOK_UP = "按原话查规定"
ABOUT_OTHERS = "说的是学生或别人"
STEPS = "\n".join(
    [
        bold("先保证人的安全，现在就做："),
        "1. 不要让他一个人待着，请人陪着，收走身边的危险物品。",
        "2. 马上联系家长、学校心理老师和值班领导，不要一个人扛。",
        "3. 有生命危险，立即打 120；人在高处、拿着利器或找不到人，打 110。",
        quiet("陪着时先听他说，不责备，也不答应替他保密。人安全了，再看规定。"),
    ]
)
FOR_ONESELF = "\n".join(
    [
        bold("谢谢您说出来，您不用一个人扛着。"),
        "现在请先找一位信得过的人陪着您，打个电话、发一句话都行。",
        "有危险，请马上打 120 或 110；也可以打当地的心理援助热线。",
        quiet("我只会查规定，代替不了身边的人。请现在就联系一个人。"),
    ]
)
