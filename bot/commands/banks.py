"""bank: questions from other people's files into the knowledge, and out of it on paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.status import Status

    from bot.settings import Settings
    from knowledge.answers import Kind
    from knowledge.banks.choosing import Chosen, Wish
    from knowledge.banks.importing import Prepared
    from knowledge.library import Library

app = typer.Typer(
    help="题库：从 xlsx、GIFT、Aiken 导入，导出 xlsx、GIFT 或试卷。", no_args_is_help=True
)

_Knowledge = Annotated[
    Path | None, typer.Option("--knowledge", help="知识库文件夹，默认取 MUDUO_KNOWLEDGE")
]
_SHOWN = 200  # of a list that a person would go through


@app.command()
def template(file: Annotated[Path, typer.Argument(help="写到哪个 .xlsx 文件")]) -> None:
    """写出一份空的 xlsx 模板，附填写说明。"""
    from bot.files import bank_xlsx

    _check_ending(file, (".xlsx",))
    _write(file, bank_xlsx.template())
    _say([f"模板已写到 {file}。填好后用 bank import 导入。"])


@app.command("import")
def take_in(  # noqa: PLR0913 - one parameter for each option of the command
    file: Annotated[Path, typer.Argument(help="题库：.xlsx、.gift、.aiken 或 .txt")],
    *,
    to: Annotated[Path, typer.Option("--to", help="写到哪个 .yaml 文件（放在知识库文件夹里）")],
    source: Annotated[str, typer.Option(help="没写来源的题依哪份文件：id、简称或全名")] = "",
    clause: Annotated[str, typer.Option(help="没写条款的题依哪一条")] = "",
    topic: Annotated[str, typer.Option(help="没写主题的题归入哪个主题")] = "",
    explanation: Annotated[str, typer.Option(help="没写解析的题用这一句")] = "",
    difficulty: Annotated[int, typer.Option(min=1, max=3, help="没写难度的题按几计")] = 2,
    reviewed: Annotated[
        bool, typer.Option("--reviewed", help="题目都已对照原文核过，不标待核")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写文件")] = False,
    knowledge: _Knowledge = None,
) -> None:
    """把题库文件变成知识库条目；有一处不对就逐条列出，什么也不写。"""
    from bot.files import banks
    from bot.settings import load
    from knowledge.banks import writing
    from knowledge.banks.importing import Target, prepare
    from knowledge.banks.judging import Given

    _check_ending(to, (".yaml", ".yml"))
    folder = knowledge or load().knowledge
    given = Given(source, clause, topic, explanation, difficulty, is_reviewed=reviewed)
    with _busy("正在读取题库……"):
        drafts, faults, note = banks.read(_content(file), file.name)
    with _busy("正在核对，并和知识库一起试读……"):
        target = Target(folder, _library(folder), to)
        prepared = prepare(drafts, faults, target, given, file.name)
    _say([note] if note else [], "yellow")
    _report(prepared)
    if prepared.texts and not dry_run:
        try:
            writing.write(prepared.texts)
        except OSError as error:
            _fail([f"写不进 {error.filename or to}（{error.strerror}），什么也没有写。"])
    _conclude(prepared, folder, to, is_dry=dry_run)


@app.command()
def export(  # noqa: PLR0913 - one parameter for each option of the command
    file: Annotated[Path, typer.Argument(help="写到哪个文件：.xlsx、.gift 或 .docx（试卷）")],
    *,
    topic: Annotated[list[str] | None, typer.Option(help="只取这个主题，可写几次")] = None,
    source: Annotated[list[str] | None, typer.Option(help="只取依这份文件的，可写几次")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="只取这种题型，可写几次")] = None,
    difficulty: Annotated[
        list[int] | None, typer.Option(min=1, max=3, help="只取这个难度，可写几次")
    ] = None,
    ids: Annotated[list[str] | None, typer.Option("--id", help="题或条目的编号，可写几次")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="随机取多少题")] = None,
    seed: Annotated[int | None, typer.Option(help="随机的种子：同一个数得同一份")] = None,
    pending: Annotated[bool, typer.Option("--pending", help="待核的题也取")] = False,
    title: Annotated[str, typer.Option(help="试卷的标题")] = "练习题",
    knowledge: _Knowledge = None,
) -> None:
    """按条件选题，导出为 xlsx、GIFT 或可打印的 docx 试卷（答案另起一页）。"""
    import secrets

    from bot.settings import load
    from knowledge.banks.choosing import Unmet, Wish

    _check_ending(file, (".xlsx", ".gift", ".docx"))
    if count is not None and seed is None:
        seed = secrets.randbelow(1_000_000)
        _say([f"随机种子 {seed}；加 --seed {seed} 可以再得到同一份。"])
    try:
        wish = Wish(
            topics=topic or (),
            sources=source or (),
            kinds=[_kind(each) for each in kind or ()],
            difficulties=difficulty or (),
            ids=ids or (),
            count=count,
            seed=seed or 0,
            takes_pending=pending,
        )
        with _busy("正在选题并写出……"):
            chosen = _choose(load(), knowledge, wish)
            content = _formed(chosen, file, title)
    except Unmet as unmet:
        _fail([unmet.message])
    _write(file, content)
    _say([f"已把 {len(chosen)} 题写到 {file}。"], "green")


def _kind(text: str) -> Kind:
    from knowledge.answers import NAMES
    from knowledge.banks.choosing import Unmet
    from knowledge.banks.drafts import kind_of

    kind = kind_of(text)
    if kind is None:
        raise Unmet(f"没有题型“{text}”，应为 {'、'.join(NAMES.values())}")
    return kind


def _choose(settings: Settings, folder: Path | None, wish: Wish) -> list[Chosen]:
    from bot.core.clock import SystemClock, local_day
    from knowledge.banks.choosing import choose

    return choose(_library(folder or settings.knowledge), wish, local_day(SystemClock().now()))


def _formed(chosen: list[Chosen], file: Path, title: str) -> bytes:
    from bot.files import bank_docx, bank_xlsx
    from knowledge.banks import gift_writing
    from knowledge.banks.choosing import Unmet

    match file.suffix.lower():
        case ".xlsx":
            return bank_xlsx.export(chosen)
        case ".gift":
            return gift_writing.write(chosen).encode()
        case _:
            if len(chosen) > bank_docx.MOST:
                raise Unmet(
                    f"符合条件的有 {len(chosen)} 题，一份试卷最多 {bank_docx.MOST} 题，"
                    "请用 --count 少取"
                )
            return bank_docx.write(chosen, bank_docx.Paper(title))


def _library(folder: Path) -> Library:
    from knowledge.loader import read

    library, faults, _ = read(folder)
    if library is None:
        _fail([*map(str, faults[:_SHOWN]), f"知识库本身有 {len(faults)} 处要先改正。"])
    return library


def _report(prepared: Prepared) -> None:
    _say(_some(prepared.skipped), "yellow")
    _say([f"{note}。" for note in prepared.notes], "yellow")
    if prepared.faults:
        _fail([*_some(prepared.faults), f"共 {len(prepared.faults)} 处要改正，什么也没有写。"])


def _conclude(prepared: Prepared, folder: Path, to: Path, *, is_dry: bool) -> None:
    items = sum(len(entry.items) for entry in prepared.entries)
    if not items:
        _say([f"没有新题（{len(prepared.skipped)} 题已有），什么也没有写。"])
        return
    skipped = f"，跳过 {len(prepared.skipped)} 题" if prepared.skipped else ""
    counts = f"{items} 题，{len(prepared.entries)} 个条目{skipped}"
    if is_dry:
        _say([f"检查通过：{counts}。没有写文件；去掉 --dry-run 即可导入。"], "green")
        return
    names = "、".join(str(path) for path in prepared.texts)
    _say([f"已写出 {names}：{counts}。"], "green")
    if prepared.entries[0].review:
        _say(["题目都标为待核，不计入测验；对照原文核过后删去 review: pending 一行。"])
    if not to.resolve().is_relative_to(folder.resolve()):
        _say([f"这个文件不在知识库文件夹里；放进 {folder} 后木铎才会用它。"], "yellow")


def _some(lines: Iterable[object]) -> list[str]:
    every = list(map(str, lines))
    rest = [f"……还有 {len(every) - _SHOWN} 处，改完这些再看"] if len(every) > _SHOWN else []
    return every[:_SHOWN] + rest


def _content(file: Path) -> bytes:
    try:
        if file.stat().st_size > 100_000_000:
            _fail([f"{file} 超过 100 MB，没有读取。请拆成几个文件。"])
        return file.read_bytes()
    except OSError as error:
        _fail([f"读不到 {file}（{error.strerror}）。请检查路径和权限。"])


def _write(file: Path, content: bytes) -> None:
    try:
        with file.open("xb") as target:
            target.write(content)
    except FileExistsError:
        _fail([f"{file} 已经有了，不会覆盖；请换一个名字。"])
    except OSError as error:
        _fail([f"写不进 {file}（{error.strerror}）。请检查路径和权限。"])


def _check_ending(file: Path, allowed: tuple[str, ...]) -> None:
    if file.suffix.lower() not in allowed:
        _fail([f"文件名应以 {' 或 '.join(allowed)} 结尾，现为 {file.name}。"])


def _busy(doing: str) -> Status:
    from rich.console import Console

    return Console(stderr=True).status(doing)


def _say(lines: Iterable[str], style: str = "") -> None:
    from rich.console import Console

    # Paths and what people wrote are neither markup nor to be broken at the terminal's width.
    console = Console()
    for line in lines:
        console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def _fail(lines: Iterable[str]) -> NoReturn:
    _say(lines, "red")
    raise typer.Exit(1)
