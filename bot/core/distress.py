"""Words of somebody worn out or wronged: no question, and no sigh either.

What may be a life in danger is read before this (smalltalk.crisis).
"""

from __future__ import annotations

import re
from typing import Literal

Distress = Literal["worn", "wronged"]

_LONGEST = 60
_CHIEFS = "(?:校长|园长|书记|领导|主任|组长|学校|单位|他们|有人|同事)"
_WORN = re.compile(
    "|".join(
        (
            "(?:撑|扛|熬|顶|忍|坚持)不(?:下去|住)|受不了|吃不消",
            "崩溃|心累|心力交瘁|身心俱疲|精疲力[竭尽]|(?:喘|透)不过气|要疯了",
            "压力(?:真的?|实在|也|有点)?(?:太|好|很|特别|非常|这么|那么)?大(?!小|家|的)",
            "(?:天天|整晚|整夜|晚上|夜里|总是?|老是?|一直|又|都|也|还是|得)(?:睡不着|失眠)|^我?睡不着",
            "(?:不想|干不动|没法)(?:再)?(?:干|教|上班|当老师|当班主任)(?:下去)?(?:了|啦)|干不动了",
            "(?:好|太|很)绝望|想大?哭|(?:心里|我|好|太|真的?)难受|(?:太|好)难了",
            "(?:真|太|好)的?(?:累|疲惫)[了啊]*$",
        )
    )
)
_WRONGED = re.compile(
    f"{_CHIEFS}[^学孩]{{0,6}}(?:针对|欺负|刁难|为难|排挤|孤立|冤枉|整)我"
    f"|{_CHIEFS}[^学孩]{{0,4}}给我穿小鞋|我[^学孩]{{0,6}}被(?:{_CHIEFS})?(?:针对|欺负|刁难|排挤|孤立|冤枉|穿小鞋)"
    f"|^被{_CHIEFS}(?:针对|欺负|刁难|排挤|孤立|冤枉|穿小鞋)"
    "|(?:太|好|很|真|真的|特别|受了?|觉得|满肚子)委屈|委屈(?:死|得|啊|了)"
    "|(?:对我|太|真|处理)不公平?(?:了|啊)*$"
)
# It is of somebody else, or it asks what a rule says: search answers that.
_OTHERS = re.compile("学生|孩子|娃|家长|班里|班上|幼儿|他妈|同学")
_RULES = re.compile(
    "吗|么|呢|能不能|可不可以|是不是|算不算|规定|法|条例|申诉|投诉|举报|处分|违规|辞职|请假|调动|合同"
    "|啥|几天|多久|多少|哪|谁|告|依据|权利|工伤"
)
_WHAT_NOW = re.compile("(?:我|可|该|能|又|到底)*(?:怎么|咋)办(?:啊|呀|呢|才好|好)*$")


def distress(words: str) -> Distress | None:
    """Whether a text without punctuation tells of exhaustion or of being wronged, no more."""
    words = _WHAT_NOW.sub("", words)
    if len(words) > _LONGEST or _OTHERS.search(words) or _RULES.search(words):
        return None
    if _WRONGED.search(words):
        return "wronged"
    return "worn" if _WORN.search(words) else None
