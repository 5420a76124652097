"""Sentences of asking what a rule says."""

from __future__ import annotations

from bot.core.text import bold, quiet, quoted, titled
from bot.services.answering import Answered, Choice, NotHeld, Repealed
from handlers.texts.citation import cite
from knowledge.schema import Source

# What is passed on refuses with the words of texts/questions.py.
REFUSALS: dict[str, str] = {}

CAUTION = "这是规定原则，不是对具体个案的认定。"
PENDING = "（出处待核对）"
CHOOSE = "您是想问……？"
NONE_OF_THESE = "都不是"
OTHERS = "换一批"
PRACTISE = "相关的练习"
HAND_OVER = "转给管理员"
REWORD = "换个说法"
TAKE_BACK = "撤回"
HOW_TO_REWORD = "\n".join(
    [
        "换个说法，直接打字就行。这样问更容易找到：",
        "· 说清谁、做了什么，比如“能不能让家长批改作业”",
        "· 或者直接写文件和条号，比如“处理办法第六条”",
    ]
)
PASSED_ON = "\n".join(
    ["已转给管理员，只转了文字，没有带您的名字。", quiet("有了答复我会发给您；改了主意可以撤回。")]
)
ALREADY_PASSED_ON = "这个问题您已经转过，还在等答复，不用再转；改了主意可以撤回。"
TAKEN_BACK = "已撤回，这个问题管理员看不到了。"
TOO_LATE_TO_TAKE_BACK = "这个问题已经有了结果，撤不回来了。"
GONE = "这一条刚刚更新过，请把问题再发一次。"

SMALL = {
    "greeting": "您好，我是木铎。想查什么规定，直接打字问我，比如“家长请吃饭能去吗”。",
    "presence": "在的。想查什么规定，直接打字问我。",
    "thanks": "不客气。有别的要查，随时问我。",
    "fine": "好的。有别的要查，随时问我。",
    "farewell": "再见，您早点休息。",
    "who": "我是木铎，帮您查师德和党建的规定，回答都注明出处。发送“帮助”看看都能做什么。",
    "weary": "您辛苦了，先歇一歇。想查规定的话，什么时候打字都行，不急。",
    "praise": "谢谢您。有别的要查，随时问我。",
    "cross": "抱歉没帮上您。把想问的打成一句话给我；我答不上时，点“转给管理员”，由人来答。",
    "human": "我是程序，没有人工坐席。把问题打给我；我答不上时，点“转给管理员”，有了答复我发给您。",
    "worn": "\n".join(
        [
            bold("您辛苦了，撑到现在很不容易。"),
            "我只会查规定，这份累我帮不上，但您不用一个人扛。",
            "能放的先放一放。家人、信得过的同事、学校的心理老师，都可以说一说；"
            "也可以打当地的心理援助热线。一直睡不好、吃不下，就去医院看看。",
            quiet("您说的这句，我没有转给任何人。"),
        ]
    ),
    "wronged": "\n".join(
        [
            bold("听起来您受委屈了，心里不好受很正常。"),
            "谁对谁错我断不了，但您不用一个人扛，可以和家人、信得过的同事或者学校工会说一说。",
            "时间、经过和凭据先记下来，以后用得上。申诉怎么走，下面可以看，现在不看也没关系。",
            quiet("您说的这句，我没有转给任何人。"),
        ]
    ),
}
UNREADABLE = {
    "empty": "请打几个字，说说想查什么规定。",
    "long": "这段有点长，我怕看漏。请用一两句话说您想问什么。",
}


def unknown(keep_days: int) -> str:
    """What to do next, and what is kept of the question."""
    return "\n".join(
        [
            bold("这个问题我没有可靠的依据，不能乱答。"),
            "可以换个说法再问一次，也可以转给管理员，有了答复我发给您。",
            quiet(
                f"没答上的问题会留 {keep_days} 天，不带您的名字，供管理员补充知识；转的时候也不带。"
            ),
        ]
    )


def going_on(question: str) -> str:
    """How a short question was understood, above what is said to it."""
    return quiet(f"接着上一问，我按{quoted(question)}来找。")


def answer(found: Answered, *, is_administrator: bool = False) -> str:
    """What was asked, the answer, and the source as its last line."""
    entry, source = found.entry, found.source
    lines = [bold(entry.title), entry.answer]
    if entry.caution:
        lines.append(quiet(CAUTION))
    if is_administrator and (found.is_pending or source.review):
        lines.append(quiet(f"待核：{source.note or '这一条的出处还没有核对原文。'}"))
    lines.append(cite_entry(found))
    return "\n".join(lines)


def cite_entry(found: Answered) -> str:
    """Document, clause and date in one line, and whether that still waits to be checked."""
    source = found.source
    note = PENDING if found.is_pending else ""
    return cite(source.title, found.entry.clause, source.since, note)


def choice(found: Choice) -> str:
    """What stands above the buttons of a choice."""
    if found.why == "topic":
        return f"{CHOOSE}\n{quiet('想问得更细，直接打一句话也行。')}"
    if found.source is None:
        return CHOOSE
    named = about(found.source)
    if found.clause:
        return f"{named}\n和{found.clause}有关的有 {len(found.entries)} 条，您想看哪一条？"
    return f"{named}\n我这里收了 {len(found.entries)} 条，您想看哪一条？"


def about(source: Source) -> str:
    """A document in two lines: its title, then who issued it and from when it holds."""
    parts = [source.issuer, source.number or "", source.since]
    return f"{bold(titled(source.title))}\n{quiet('，'.join(filter(None, parts)))}"


def repealed(found: Repealed) -> str:
    """A document that does not hold today, and what does."""
    source = found.source
    if found.is_future:
        return (
            f"{titled(source.title)}要到 {source.in_force.isoformat()} 才施行，现在还不能作依据。"
        )
    lines = [f"{titled(source.title)}已于 {source.repealed} 废止，不能再作依据。"]
    if found.replaced_by:
        now = found.replaced_by
        lines.append(f"现在看的是{titled(now.title)}，{now.since}。")
    return "\n".join(lines)


def not_held(found: NotHeld) -> str:
    """A document that is known, but not the clause that was asked for."""
    if found.clause is None:
        return f"{about(found.source)}\n这份文件的内容我还没有收，不能乱答。"
    return f"{about(found.source)}\n{found.clause}我还没有收，不能乱答。"


def see_current(source: Source) -> str:
    return f"看{titled(source.title)}"


def numbered(number: int, title: str) -> str:
    """The label of a choice, whose number may be typed instead."""
    return f"{number}. {title}"
