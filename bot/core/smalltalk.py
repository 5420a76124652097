"""Courtesy that is no question: greetings, thanks, sighs."""

from __future__ import annotations

import re
from typing import Literal

Talk = Literal[
    "greeting", "presence", "thanks", "fine", "farewell", "who", "weary", "praise", "cross", "human"
]

_YOU = "(?:你|您|木铎)"
_ENDINGS = "(?:啊|呀|哈|啦|了|吧|哦|哟|嘛|呢)*"
_KINDS: dict[Talk, tuple[str, ...]] = {
    "greeting": (
        "(?:木铎)?(?:你|您|大家)?好",
        "(?:哈喽|嗨|hello|hi)",
        "(?:早上|上午|中午|下午|晚上)好|早安?",
    ),
    "presence": (f"{_YOU}?在(?:吗|么|不在|不)?", "有人(?:在)?(?:吗|么)?", "喂+"),
    "thanks": (
        "(?:好的?|嗯+|行|可以)?(?:非常|太|十分)?(?:谢谢|感谢|多谢|谢)(?:你|您|木铎|老师|大家)*",
        "(?:太|真)?辛苦(?:你|您)?",
    ),
    "fine": (
        "好的?",
        "嗯+|哦+|行|可以|知道|明白|收到|ok|没事|懂|清楚",
    ),
    "farewell": ("再见|拜拜|晚安|bye|回头见|先这样",),
    "who": (
        f"{_YOU}(?:是谁|是什么|是干什么的|是机器人吗|是真人吗|叫什么(?:名字)?)",
        f"{_YOU}(?:会|能)(?:干|做)?(?:什么|啥)",
    ),
    "weary": (
        "(?:哈|呵)+",
        "(?:我|今天)*(?:好|太|真)?(?:累|烦|困|无聊)(?:死)?|唉+",
        "(?:我|今天)*(?:真的?|快|要|都|好)*(?:累|烦|气|困)死我?(?:了|啦)?",
    ),
    "praise": (f"{_YOU}?真(?:棒|好|厉害|聪明)",),
    "cross": (
        f"{_YOU}?(?:真|好|太|就是个?|是个?)?(?:笨|傻|蠢|垃圾|废物|没用|差劲|白痴|智障|弱智)(?:死|的东西|机器人)?",
        "(?:滚|滚开|闭嘴|去你的|放屁|他妈的|妈的|傻[逼叉]|sb|烂|真烂)",
        "什么(?:破|烂|鬼|垃圾)(?:玩意|东西|机器人)?儿?|(?:说|答)的?(?:是)?(?:什么|啥)(?:玩意|东西|鬼|呀)儿?",
        f"{_YOU}?(?:到底)?会不会(?:啊|答)?|(?:答非所问|胡说八道|瞎说|不好用|没用|根本不懂)",
    ),
    "human": (
        "(?:我要|我想|请|帮我|给我|麻烦)*(?:转|找|要|接|换)?(?:个|一下)?(?:人工|真人|客服|人工客服|人工服务)",
        "(?:我要|我想|请|帮我)*(?:转|找|联系)(?:一下|个)?(?:人|管理员|人工)",
    ),
}
_PATTERNS: dict[Talk, re.Pattern[str]] = {
    talk: re.compile(f"(?:{'|'.join(forms)}){_ENDINGS}") for talk, forms in _KINDS.items()
}


def small_talk(words: str) -> Talk | None:
    """What kind of courtesy a text without punctuation is, and nothing besides; None for others."""
    for talk, form in _PATTERNS.items():
        if form.fullmatch(words):
            return talk
    return None


Crisis = Literal["self", "other"]

# Each with what only looks like it: 不想活动, 想死你了, 跳楼价, 年轻生命, 独自伤心.
_ENDING_LIFE = "|".join(
    (
        "不想活(?![动跃泼络])",
        "活不下去|活着(?:真|好|太)?没(?:有)?意思",
        "(?<!不)想死(?![记磕板守角循你您])(?!我[了啦])",
        "(?:要|想|去|说)死了算了|去死的?(?:念头|想法)",
        "自杀(?!式)|(?<![独亲])自伤(?![心感])|(?<!各)自残",
        "(?<![年减])轻生(?![活产理动命成育])",
        "割(?:手)?腕(?!表)|跳楼(?![价机大清甩])",
        "结束(?:自己的?|我的?)?生命|寻短见|寻死|写了?遗书",
    )
)
_CRISIS = re.compile(_ENDING_LIFE)
# 我不想活了, 我有时真的想死; not 我班学生, 我发现有人.
_OF_ONESELF = re.compile(f"我[^学孩娃他她人生家同朋班爱]{{0,6}}(?:{_ENDING_LIFE})")
_OTHERS = re.compile(
    "学生|孩|娃|同学|同事|老师|朋友|家长|班|他|她|有人|女生|男生|小[朋学]|妈|爸|爱人"
)


def crisis(words: str) -> Crisis | None:
    """Whether somebody's life may be in danger, and whose: the writer's own or another's.

    Whom it is about is a guess; a bare 割腕 is taken for one's own.
    """
    if not _CRISIS.search(words):
        return None
    if _OF_ONESELF.search(words) or not _OTHERS.search(words):
        return "self"
    return "other"
