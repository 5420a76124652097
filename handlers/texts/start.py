"""Sentences of the beginning, of help, and of whatever concerns every feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.roles import Role
from bot.core.text import bold

REFUSALS = {
    "members_only": "这项功能要先绑定身份才能用。发送“开始”看看怎么绑定；直接打字提问不用绑定。",
    "not_your_role": "这项功能由书记或管理员使用。如果您应当有这个权限，请联系管理员。",
    "administrators_only": "这项功能只由管理员使用。需要的话，请找教育局或学校的管理员。",
    "only_private": "这件事涉及个人，请点我的头像私聊我。",
    "sent_privately": "内容已发到您和木铎的私聊里。",
    "button_unknown": "这个按钮已经失效。发送“开始”就能重来。",
    "button_expired": "这个按钮已经过期。发送“开始”就能重来。",
    "button_not_yours": "这个按钮是给别人的，点了没有作用。",
    "slow_down": "您发得有点快，我一条一条来，不会漏。",
    "please_wait": "数据库暂时连不上，您发的已经收到，恢复后马上回答。",
    "set_aside": "抱歉，这条没处理成功，已经记下来由管理员查看。请稍后再试，或换个说法。",
    "cannot_write": "存储空间暂时满了，现在记不下内容。查规定照常可用，其他的请稍后再试。",
    "buttons_away": "按钮暂时用不了，把您想问的那一行打给我就行。",
    "file_too_large": "文件超过 20 MB，我收不下。请压缩或拆分后再发。",
    "file_unreachable": "文件没取到，可能是网络中断。请再发一次。",
}

GUEST = "\n".join(
    [
        bold("您好，我是木铎。"),
        "规定怎么说，直接打字问我就行，回答都注明出处。",
        "",
        "做练习、收通知要先绑定身份：",
        "· 有邀请码：直接发给我（8 位）",
        "· 没有邀请码：点“申请加入”，由您支部的书记或学校的管理员确认",
    ]
)
ASK = "想查什么规定，直接打字问我，比如“家长请吃饭能去吗”。"
NOTHING_OPEN = "现在没有进行中的事。"
CANCELLED = "好，这件事先放下。"
FILE_UNEXPECTED = "文件收到了，但现在没有需要文件的事，我不会用它。"
PLACE_UNEXPECTED = "我不需要位置，这条没有保存。"
LINK_UNKNOWN = "这个链接我不认识，可能已经失效。发送“开始”就能重来。"


def welcome(name: str) -> str:
    return f"{bold(f'{name}老师，您好。')}\n{ASK}"


Line = tuple[str, str, Sequence[str]]
_HEADINGS = {
    Role.ADMINISTRATOR: "管理员",
    Role.SECRETARY: "书记和管理员",
    Role.TEACHER: "每个人",
}


def help_page(parts: Mapping[Role, Sequence[Line]]) -> str:
    """The commands by audience: (name, what it does, words that may be typed instead)."""
    lines = [ASK, "下面的词直接打给我就行。"]
    is_divided = sum(1 for commands in parts.values() if commands) > 1
    for role, commands in parts.items():
        if commands:
            lines += ["", bold(_HEADINGS[role])] if is_divided else [""]
            lines += [_line(*command) for command in commands]
    return "\n".join(lines)


def _line(name: str, does: str, words: Sequence[str]) -> str:
    typed = words[0] if words else f"/{name}"
    does = does.removeprefix(f"{typed}：")  # said twice, beside the word that is typed
    return f"{typed}　{does}" if does != typed else typed
