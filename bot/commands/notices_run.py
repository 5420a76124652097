"""notice send, status, withdraw: the same as in chat, for scripts."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from rich.progress import Progress as Bar

from bot.commands.speaking import house, now, say, show
from bot.core.chat import File
from bot.core.clock import local_day
from bot.core.errors import Refused
from bot.db.engine import Database
from bot.services import (
    audience,
    audience_words,
    files,
    notice_drafts,
    notice_progress,
    notice_sending,
    notices,
)
from bot.services.notice_progress import Progress
from bot.services.notice_sending import Wish
from handlers import notices_letters
from handlers.texts import notices as writing_texts
from handlers.texts import notices_after as texts

# Between two pieces, so that a bot that runs on the same database gets its turn.
_BREATH = 0.01
_NAMED = {"普通": "plain", "需确认": "receipt", "紧急": "urgent"}


@dataclass(frozen=True)
class Order:
    """What was asked for on the command line."""

    to: str
    text_file: Path
    kind: str
    due: str | None
    at: str | None
    files: tuple[Path, ...]
    is_sure: bool
    key: str | None


def send(order: Order) -> None:
    """Show to whom and to how many it goes, and queue it."""
    text = _read(order.text_file).decode("utf-8-sig", errors="replace")
    contents = [(path.name, _read(path)) for path in order.files]
    with house() as (database, at):
        wish, people = _wish(database, order, text, at)
        if people and not order.is_sure and not typer.confirm(f"确定发给这 {people} 人吗"):
            say("没有发出。")
            raise typer.Exit(1)
        with database.begin() as session:
            kept = tuple(
                files.keep(session, "console", File(name, content), at=at)
                for name, content in contents
            )
            wish = replace(wish, files=kept)
            key = order.key or f"console:{secrets.token_urlsafe(9)}"
            sent = notice_sending.send(session, None, wish, key=key, at=at)
        if not sent.is_new:
            say(f"这一份已经发过，编号 {sent.notice.id}，没有再发。")
            return
        with database.begin() as session:
            notices_letters.ask_for_approval(session, sent, people, at=at)
        _queue(database, sent.notice.id, people)
        _report(database, sent.notice.id)


def status(notice_id: int | None) -> None:
    """One notice, or the newest twenty."""
    with house() as (database, _):
        if notice_id is not None:
            _report(database, notice_id)
            return
        with database.read() as session:
            newest = notice_progress.newest(session, limit=20)
            rows = [
                (found.notice.id, texts.line(found.notice), found.sent, found.total)
                for found in newest
            ]
    show(("编号", "通知", "已送达", "共"), rows)


def withdraw(notice_id: int) -> None:
    """Withdraw it; a bot that runs on the same database takes it out of the chats."""
    with house() as (database, at):
        with database.begin() as session:
            notice = notice_sending.withdraw(session, None, notice_id, at=at)
        is_out = notice.state == "recalling"
        say("已停发，正在运行的木铎会把发出的删掉。" if is_out else "已撤回，还没有发出。")


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        say(f"文件 {path} 读不了（{error.strerror}）。")
        raise typer.Exit(1) from error
    if len(content) > files.LIMIT:
        say(f"文件 {path} 超过 20 MB，发不出去。")
        raise typer.Exit(1)
    return content


def _wish(database: Database, order: Order, text: str, at: datetime) -> tuple[Wish, int]:
    kind = _NAMED.get(order.kind, order.kind)
    if kind not in _NAMED.values():
        say(f"不认识“{order.kind}”，可用的有：普通、需确认、紧急。")
        raise typer.Exit(1)
    if order.due and kind == notices.PLAIN:
        say("有截止时间的通知要对方确认，请加 --kind 需确认。")
        raise typer.Exit(1)
    text = notices.checked_text(text)
    due = notice_drafts.instant(order.due, now=at) if order.due else None
    send_at = notice_drafts.instant(order.at, now=at) if order.at else None
    with database.read() as session:
        day = local_day(send_at or at)
        meant = audience_words.read(session, order.to, by=None, on=day)
        people = audience.count(session, meant, on=day)
        unbound = audience.unbound(session, meant, on=day)
        sample = audience.sample(session, meant, on=day)
        said = writing_texts.to_whom(meant, audience.names(session, meant))
    say(f"发给：{said}，共 {people} 人（{unbound} 人还没有绑定）。例如：{'、'.join(sample)}")
    if order.files and len(order.files) > notices.FILES_AT_MOST:
        raise Refused("notice_files_enough", limit=notices.FILES_AT_MOST)
    return Wish(kind, text, meant, due_at=due, send_at=send_at), people


def _queue(database: Database, notice_id: int, people: int) -> None:
    with Bar(transient=True) as bar:
        task = bar.add_task("排队", total=people)
        while _step(database, notice_id):
            with database.read() as session:
                bar.update(task, completed=notices.show(session, notice_id).total)


def _step(database: Database, notice_id: int) -> bool:
    at = now(database)
    with database.begin() as session:
        went_on: Any = notices_letters.advance_one(session, notice_id, at=at)
    if database.is_sqlite:
        threading.Event().wait(_BREATH)
    return bool(went_on)


def _report(database: Database, notice_id: int) -> None:
    with database.read() as session:
        notice = notices.show(session, notice_id)
        found: Progress = notice_progress.progress(session, notice, with_reasons=True)
    say(f"编号 {notice.id}")
    say(texts.progress(found))
