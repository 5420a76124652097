"""The shape of the case files: what happened, against which rule, what followed. Never who."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from knowledge.schema import Line, Model, Paragraph, Review, Slug

_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜谢邹章苏潘葛范彭鲁韦马方任袁柳"
    "唐罗薛雷贺倪汤殷郝安常于傅齐康伍余顾孟黄萧尹姚邵汪毛戴宋庞熊纪舒屈项祝董梁杜阮蓝闵季贾路江童"
    "郭梅林钟徐邱高夏蔡田胡凌霍虞万柯卢莫房丁邓洪包左石崔龚程裴陆翁段侯谷刘叶白赖卓乔"
)
# 张某, 张老师 after a mark, a named place with a school, a year: what would lead to a person.
_TRACES = (
    re.compile(f"(?<![某有])[{_SURNAMES}]某"),
    re.compile(f"(?:^|[，。；、“])[{_SURNAMES}][\u4e00-\u9fff]?(?:老师|校长|园长|同志)"),
    re.compile(r"[\u4e00-\u9fff]{2}(?:省|市|县|区)[\u4e00-\u9fff]{0,8}(?:中学|小学|学校|幼儿园)"),
    re.compile(r"(?:19|20)\d\d年"),
)
_Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class Case(Model):
    """A kind of case in our own words, for 典型案例通报 and warning education."""

    id: Slug
    title: _Short
    category: _Short
    happened: Paragraph = Field(description="what was done, without who, where and when")
    source: Slug = Field(description="the document against which it was")
    clause: Line
    follows: Paragraph = Field(description="what follows by the rules")
    follows_source: Slug
    follows_clause: Line
    remember: Line = Field(description="the one thing to take away")
    review: Review | None = None

    @field_validator("title", "happened", "follows", "remember")
    @classmethod
    def _names_nobody(cls, value: str) -> str:
        for trace in _TRACES:
            if found := trace.search(value):
                raise ValueError(f"“{found[0]}”像是人名、校名或年份，案例里不写这些，请改掉")
        return value


class CaseFile(Model):
    """The content of a file in cases/."""

    cases: tuple[Case, ...]
