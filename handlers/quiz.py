"""Quiz practice: choose, answer by tap or by typing, see why, go on."""

from __future__ import annotations

from bot.core.chat import Button, Reply
from bot.core.wording import reads_as_question
from bot.routing import Router, Turn
from bot.services import marking, plans, quiz
from bot.services.quiz import Question, Summary, Verdict, Way
from handlers.texts import plans as plan_texts
from handlers.texts import quiz as texts

router = Router()


@router.command("quiz", help="练习师德题目", words=("练习", "做题", "刷题"))
def choose(turn: Turn) -> Reply:
    return _menu(turn)


@router.button("quiz.choose")
def choose_again(turn: Turn) -> Reply:
    return _menu(turn)


@router.button("quiz.topics")
def choose_topic(turn: Turn) -> Reply:
    counts = quiz.choices(turn.session, _id(turn), turn.knowledge.library, at=turn.now)
    topics = [name.removeprefix("topic:") for name in counts if name.startswith("topic:")]
    buttons = [Button(topic, "quiz.topic", topic) for topic in topics]
    rows = [buttons[at : at + 2] for at in range(0, len(buttons), 2)]
    return Reply(texts.CHOOSE_TOPIC, [*rows, Button("返回", "quiz.choose")], replaces=True)


@router.button("quiz.topic")
def practise_topic(turn: Turn) -> Reply:
    return start(turn, Way("topic", str(turn.arguments[0]), turn.chance))


@router.button("quiz.start")
def practise(turn: Turn) -> Reply:
    return start(turn, Way(str(turn.arguments[0]), None, turn.chance))


@router.button("quiz.resume")
def go_on(turn: Turn) -> Reply:
    question = quiz.resume(turn.session, _id(turn))
    if question is None:
        return Reply(texts.ENDED, _ways_on(), replaces=True)
    verdict = quiz.given(turn.session, question)
    return _judged(turn, verdict) if verdict else _ask(turn, question)


@router.button("quiz.pick")
def pick(turn: Turn) -> Reply:
    """A letter of a choice question, or 对 and 错."""
    question = _pointed_at(turn)
    if question is None:
        return _stale(turn)
    letter = str(turn.arguments[2])
    if not question.takes_several:
        return _judge(turn, question, letter)
    verdict = quiz.given(turn.session, question)
    if verdict:
        return _judged(turn, verdict)
    return _show(quiz.toggle(turn.session, question, letter))


@router.button("quiz.confirm")
def confirm(turn: Turn) -> Reply:
    question = _pointed_at(turn)
    if question is None:
        return _stale(turn)
    if not question.chosen and not quiz.given(turn.session, question):
        return _show(question, toast=texts.CHOSEN_NONE)
    return _judge(turn, question, question.chosen)


@router.button("quiz.reveal")
def give_up(turn: Turn) -> Reply:
    """不会: a fill-in question is answered with nothing, which shows the answer."""
    question = _pointed_at(turn)
    return _judge(turn, question, "") if question else _stale(turn)


@router.button("quiz.next")
def advance(turn: Turn) -> Reply:
    question = _pointed_at(turn)
    if question is None:
        return _stale(turn)
    following = quiz.proceed(turn.session, question, turn.knowledge.library, at=turn.now)
    return _ask(turn, following) if following else _sum_up(turn, question.sitting)


@router.button("quiz.leave")
def leave(turn: Turn) -> Reply:
    question = quiz.resume(turn.session, _id(turn))
    if question:
        quiz.leave(turn.session, question, at=turn.now)
    turn.close()
    return Reply(texts.LEFT, replaces=True)


@router.button("quiz.typed")
def take_as_answer(turn: Turn) -> Reply:
    """用它作答: a typed text that read as a question was meant as the answer."""
    question = _pointed_at(turn)
    return _judge(turn, question, str(turn.arguments[2])) if question else _stale(turn)


def _could_answer(turn: Turn) -> bool:
    """Whether a typed text may be the answer to the open question."""
    state, text = turn.state, turn.incoming.text
    if state is None or not text:
        return False
    kind = state.data["kind"]
    if marking.gives_up(text):
        return True
    if kind == "truth":
        return marking.truth_of(text) is not None or marking.letters_of(text) is not None
    if kind != "fill":
        return marking.letters_of(text) is not None
    question = quiz.open_question(turn.session, _id(turn), state.data["sitting"])
    return question is not None and quiz.given(turn.session, question) is None


@router.state("quiz.answer", accepts=_could_answer)
def type_answer(turn: Turn) -> Reply:
    """A, AC, 对, 错, or the text of a fill-in question."""
    assert turn.state is not None
    question = quiz.open_question(turn.session, _id(turn), turn.state.data["sitting"])
    if question is None:
        return _stale(turn)
    if question.kind == "fill" and reads_as_question(turn.argument):
        place = (question.sitting, question.position, turn.argument)
        buttons = [
            Button("用它作答", "quiz.typed", *place),
            Button("查规定", "asking.ask", turn.argument),
        ]
        return Reply(texts.ANSWER_OR_ASK, buttons)
    return _judge(turn, question, turn.argument)


def _menu(turn: Turn) -> Reply:
    member, library = _id(turn), turn.knowledge.library
    counts = quiz.choices(turn.session, member, library, at=turn.now)
    buttons = [
        Button("随机五题", "quiz.start", "random"),
        Button("按主题练", "quiz.topics"),
    ]
    if counts["wrong"]:
        buttons.append(Button(f"做错的（{counts['wrong']}）", "quiz.start", "wrong"))
    if counts["due"]:
        buttons.append(Button(f"该复习的（{counts['due']}）", "quiz.start", "due"))
    open_one = quiz.resume(turn.session, member)
    if open_one:
        place = f"接着上次（第 {open_one.position + 1} 题）"
        buttons.insert(0, Button(place, "quiz.resume"))
    return Reply(texts.CHOOSE, buttons, replaces=turn.is_tap)


def start(turn: Turn, way: Way) -> Reply:
    """Begin a round: its first question."""
    library = turn.knowledge.library
    return _ask(turn, quiz.start(turn.session, _id(turn), library, way, at=turn.now))


def _ask(turn: Turn, question: Question) -> Reply:
    """Show a question and wait for its answer, tapped or typed."""
    turn.open("quiz.answer", lasting=True, sitting=question.sitting, kind=question.kind)
    return _show(question)


def _show(question: Question, toast: str | None = None) -> Reply:
    text = texts.question(_place(question), question.current, question.chosen)
    return Reply(
        text,
        _answer_buttons(question),
        replaces=True,
        toast=toast,
        about=f"quiz:{question.sitting}",
    )


def _answer_buttons(question: Question) -> list[list[Button]]:
    where = (question.sitting, question.position)
    if question.kind == "fill":
        return [[Button("不会，看答案", "quiz.reveal", *where)]]
    if question.kind == "truth":
        return [[Button(word, "quiz.pick", *where, word, key=word) for word in ("对", "错")]]
    letters = [chr(ord("A") + index) for index in range(len(question.current["options"]))]
    rows = [
        [
            Button(_marked(letter, question.chosen), "quiz.pick", *where, letter, key=letter)
            for letter in letters
        ]
    ]
    if question.takes_several:
        rows.append([Button("确认", "quiz.confirm", *where)])
    return rows


def _marked(letter: str, chosen: str) -> str:
    return f"✓ {letter}" if letter in chosen else letter


def _judge(turn: Turn, question: Question, text: str) -> Reply:
    member = _id(turn)
    return _judged(turn, quiz.answer(turn.session, member, question, text, at=turn.now))


def _judged(turn: Turn, verdict: Verdict) -> Reply:
    question = verdict.question
    where = (question.sitting, question.position)
    onward = "看小结" if question.is_last else "下一题"
    text = texts.verdict(
        _place(question), question.current, verdict.given, is_right=verdict.is_right
    )
    done = _done(turn, question)
    return Reply(
        f"{text}\n\n{done}" if done else text,
        [
            [
                Button(onward, "quiz.next", *where),
                Button("题目有误", "feedback.begin", question.current["item"]),
            ]
        ],
        replaces=turn.is_tap,
        about=f"quiz:{question.sitting}",
    )


def _done(turn: Turn, question: Question) -> str:
    """What is said when this was the last answer that an item of a plan asked for."""
    if question.plan is None or not question.is_last:
        return ""
    library, key = turn.knowledge.library, question.plan
    right = quiz.summary(turn.session, question.sitting, library).right
    book = library.rulebook
    task = plans.pass_quiz(turn.session, turn.member, book, key, right, at=turn.now)
    return plan_texts.passed(task.item.title) if task else ""


def _sum_up(turn: Turn, sitting: int) -> Reply:
    turn.close()
    total = quiz.summary(turn.session, sitting, turn.knowledge.library)
    if total.plan is not None:
        return _end_plan(turn, total.plan, total)
    buttons = [Button("再来五题", "quiz.start", "random"), Button("先到这里", "quiz.leave")]
    if total.missed:
        buttons.insert(0, Button("再练做错的", "quiz.start", "wrong"))
    for missed in total.missed[:3]:
        buttons.append(Button(f"看：{missed['title']}", "asking.show", missed["id"], "beside"))
    return Reply(texts.summary(total.right, total.total, total.missed), buttons, replaces=True)


def _end_plan(turn: Turn, key: str, total: Summary) -> Reply:
    """The end of a plan's questions: it was done with the last, or they may be tried again."""
    book = turn.knowledge.library.rulebook
    tasks = plans.tasks(turn.session, _id(turn), book, at=turn.now)
    task = next((each for each in tasks if each.key == key), None)
    if task is None or task.done:  # without a task its window has closed meanwhile
        text = plan_texts.passed(task.item.title) if task else plan_texts.REFUSALS["plan_over"]
        return Reply(text, [Button(plan_texts.MINE, "plans.mine")], replaces=True)
    again = Button(plan_texts.MORE, "plans.ask", key)
    readings = [
        Button(f"看：{missed['title']}", "asking.show", missed["id"], "beside")
        for missed in total.missed[:3]
    ]
    return Reply(plan_texts.not_passed(total.right, total.total), [again, *readings], replaces=True)


def _stale(turn: Turn) -> Reply:
    """The button of an old message: say so, and offer to go on where the person is."""
    open_one = quiz.resume(turn.session, _id(turn))
    if open_one is None:
        return Reply(texts.ENDED, _ways_on())
    return Reply(texts.STALE, [Button(f"去第 {open_one.position + 1} 题", "quiz.resume")])


def _ways_on() -> list[Button]:
    return [Button("再来五题", "quiz.start", "random"), Button("选别的", "quiz.choose")]


def _pointed_at(turn: Turn) -> Question | None:
    """The question that the tapped button belongs to, if it is still the open one."""
    sitting, position, *_ = turn.arguments
    question = quiz.open_question(turn.session, _id(turn), int(sitting))
    return question if question and question.position == position else None


def _place(question: Question) -> tuple[int, int]:
    return question.position + 1, question.total


def _id(turn: Turn) -> int:
    assert turn.member.id is not None, "the route is for members"
    return turn.member.id
