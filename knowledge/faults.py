"""What is wrong in a knowledge file: where it stands, and a Chinese sentence that says the cure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from knowledge.reminders_schema import Film, People, Plan, PlanItem, Quiz, To, When, Window
from knowledge.schema import Item, Model, Number

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


@dataclass(frozen=True, order=True)
class Fault:
    """One thing to mend; `path` is relative to the knowledge folder, line and column from 1."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        """The form that editors and terminals turn into a link."""
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


_MEANT = {
    "id": "小写英文、数字和连字符组成的唯一编号，例如 gifts-card",
    "title": "一句话的标题",
    "topic": "所属主题，例如 有偿补课",
    "source": "sources.yaml 里文件的 id",
    "clause": "第几条第几款，例如 第四条第九项",
    "ask": "人们会怎么问，至少一句",
    "answer": "答案",
    "kind": "single、multiple、truth、fill 或 scenario",
    "difficulty": "1、2 或 3",
    "question": "题干",
    "explanation": "为什么这样答",
    "issuer": "制定机关",
    "in_force": "施行日期，例如 2018-11-08",
    "value": "数值，例如 24",
    "unit": "单位，例如 个月",
    "to": "发给谁，例如 {roles: [teacher]}",
    "when": "什么时候发，例如 {festival: [中秋, 国庆]}",
    "text": "要说的话",
    "items": "要做的各项，至少一项",
    "window": "从哪天到哪天，例如 {every: year, from: 03-01, until: 05-31}",
    "from": "期限的第一天",
    "until": "期限的最后一天",
    "roles": "teacher（所有人）、secretary 或 administrator",
    "party": "full、probationary、activist 或 none",
    "day": "workday，或 mon、tue、wed、thu、fri、sat、sun",
    "every": "year、month 或 term；只做一次的不写",
    "done_by": "receipt、quiz 或 meeting",
}
_INSIDE: dict[str, type[Model]] = {
    "items": Item,
    "numbers": Number,
    "to": To,
    "except": People,
    "when": When,
    "window": Window,
    "film": Film,
    "quiz": Quiz,
}


def sentence(error: ErrorDetails, root: type[Model]) -> str:
    """Says one pydantic error in Chinese; `root` is the model that was checked."""
    key = _last_name(error["loc"])
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return f"缺少 {key}：{_MEANT.get(key, '必填')}"
        case "extra_forbidden":
            return unknown_key(key, _fields(root, error["loc"]))
        case "value_error":
            return str(context["error"])
        case kind if kind in _LIMITS:
            return _limit(key, kind, context)
        case "string_pattern_mismatch":
            return f"{key} {_PATTERNS.get(key, _PATTERNS['id'])}，现为{_given(error)}"
        case "literal_error":
            return f"{key} 应为 {_choices(key, context)}，现为{_given(error)}"
        case kind:
            words = _WRONG_TYPE.get(kind, f"写得不对：{error['msg']}")
            return f"{key} {words}" if key else f"这一项{words}"


_PATTERNS = {
    "id": "只能用小写英文字母、数字和连字符，2–64 个字符",
    "link": "应是 http:// 或 https:// 开头的网址",
}
_LIMITS = {
    "string_too_short",
    "string_too_long",
    "too_short",
    "too_long",
    "greater_than_equal",
    "less_than_equal",
}
_WRONG_TYPE = {
    "string_type": "应为文字；如果写的是 true、null 之类，请加引号；如果空着，请填上或删去这一行",
    "tuple_type": "应为列表，例如 [甲, 乙]，或每行以“- ”开头",
    "model_type": "应为若干“键: 值”，缩进对齐",
    "model_attributes_type": "应为若干“键: 值”，缩进对齐",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "int_type": "应为整数，例如 3",
    "int_parsing": "应为整数，例如 3",
    "int_from_float": "应为整数，例如 3",
    "float_type": "应为数字，例如 24",
    "float_parsing": "应为数字，例如 24",
    "finite_number": "应为普通数字，例如 24",
    "date_type": "应为日期，例如 2018-11-08",
    "date_parsing": "不是有效的日期，应如 2018-11-08",
    "date_from_datetime_parsing": "不是有效的日期，应如 2018-11-08",
}


def unknown_key(key: str, known: Sequence[str]) -> str:
    """Names the key that is probably meant, or else all that there are."""
    key = _shortened(key)
    near = get_close_matches(key, known, n=1)
    return f"不认识的键“{key}”，" + (
        f"是不是想写 {near[0]}？" if near else f"这里可用的键有：{'、'.join(known)}"
    )


def _given(error: ErrorDetails) -> str:
    return f"“{_shortened(str(error['input']))}”"


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _last_name(path: Sequence[int | str]) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _fields(root: type[Model], path: Sequence[int | str]) -> list[str]:
    inside = [_INSIDE[part] for part in path[:-1] if isinstance(part, str) and part in _INSIDE]
    model = inside[-1] if inside else root
    if root is Plan and model is Item:
        model = PlanItem
    return [field.alias or name for name, field in model.model_fields.items()]


def _limit(key: str, kind: str, context: dict[str, Any]) -> str:
    match kind:
        case "greater_than_equal":
            return f"{key} 至少是 {context['ge']}"
        case "less_than_equal":
            return f"{key} 最多是 {context['le']}"
        case "string_too_short":
            return f"{key} 是空的，请填上"
        case "string_too_long":
            return f"{key} 太长，最多 {context['max_length']} 个字"
        case "too_short":
            return f"{key} 至少要有 {context['min_length']} 项，现有 {context['actual_length']} 项"
        case _:
            return f"{key} 最多 {context['max_length']} 项，现有 {context['actual_length']} 项"


def _choices(key: str, context: dict[str, Any]) -> str:
    return _MEANT.get(key) or str(context["expected"]).replace(" or ", " 或 ")
