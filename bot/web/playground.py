"""The playground's page and its JSON API: who there is, what they do, what they have read."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from aiohttp import web
from sqlalchemy.orm import Session

from bot.core.chat import Chat, FileRef, Incoming, Message, Shown
from bot.core.clock import local_day
from bot.core.roles import Role
from bot.db.trouble import Trouble, trouble_of
from bot.services import facts, files, playground, transcripts
from bot.services.playground import Person
from bot.web import pages
from bot.web.faults import Wrong, answer
from bot.web.guard import check_local, read_json
from bot.web.lines import as_message, as_reply
from bot.web.parts import IS_LOCAL, PARTS, Parts
from bot.web.wish import LIMIT, Wish, parse

PREFIX = "/playground"
_PATIENCE = 30
_ROLES = {
    Role.ADMINISTRATOR: "管理员",
    Role.SECRETARY: "书记",
    Role.TEACHER: "教师",
    Role.GUEST: "访客",
}
_STRANGER_NAMES: dict[str, str] = dict(zip(playground.STRANGERS, ("访客一", "访客二"), strict=True))
_INLINE = ("image/png", "image/jpeg", "image/gif", "image/webp")
_REAL = "这个数据库存的是真实人员，演示页只为演示数据开放，所以没有打开。"
_NONE = "没有这个页面。"


def routes() -> list[web.RouteDef]:
    return [
        web.get(PREFIX, show_page),
        web.get(f"{PREFIX}/api/people", list_people),
        web.post(f"{PREFIX}/api/incoming", take_incoming),
        web.get(f"{PREFIX}/api/messages", list_messages),
        web.get(f"{PREFIX}/api/files/{{id:\\d{{1,18}}}}", give_file),
    ]


async def check_access(request: web.Request) -> None:
    """Raise Wrong unless this is a demo, listening on loopback and asked from loopback."""
    parts = request.app[PARTS]
    if not request.app[IS_LOCAL]:
        raise Wrong(404, _NONE)
    check_local(request)
    if await parts.read(facts.is_demo):
        return
    raise Wrong(403, _REAL) if parts.settings.playground else Wrong(404, _NONE)


async def show_page(request: web.Request) -> web.StreamResponse:
    try:
        await check_access(request)
    except Wrong as wrong:
        return pages.plain(wrong.sentence, status=wrong.status)
    return pages.page("playground.html")


async def list_people(request: web.Request) -> web.Response:
    """`[{"id", "name", "roles", "unit", "branch"}…]`, roles as words, widest first."""
    await check_access(request)
    parts = request.app[PARTS]
    now = parts.now()
    await parts.write(lambda session: playground.move_in(session, at=now))
    people = await parts.read(lambda session: playground.people(session, on=local_day(now)))
    return answer([_person(each) for each in people])


async def list_messages(request: web.Request) -> web.Response:
    """`?as=ID&after=N`: the lines new or changed since version N, all of them without it."""
    await check_access(request)
    parts = request.app[PARTS]
    person = request.query.get("as", "")
    await check_person(parts, person)
    after = version_of(request.query.get("after", "0"))
    lines = await parts.read(lambda session: transcripts.after(session, [person], after))
    lines.sort(key=lambda line: line.id)
    newest = max((line.version for line in lines), default=after)
    return answer({"messages": [as_reply(line) for line in lines], "version": newest})


async def take_incoming(request: web.Request) -> web.Response:
    """Do what the body says and answer with all that the bot replied."""
    await check_access(request)
    parts = request.app[PARTS]
    wish = parse(await read_json(request, LIMIT))
    await check_person(parts, wish.person)
    incoming = await _incoming(parts, wish)
    is_answered = True
    try:
        async with asyncio.timeout(_PATIENCE):
            await parts.answer(incoming)
    except TimeoutError:
        is_answered = False
    except Exception as error:  # only the database's troubles are put into words here
        if trouble_of(error) is None:
            raise
        raise Wrong(503, "数据库暂时连不上，这条还没有收下。请稍后重发。") from error
    said = await _said(parts, incoming)
    return answer(
        {"event": wish.event, "replies": said, "pending": not is_answered},
        status=200 if is_answered else 202,
    )


async def give_file(request: web.Request) -> web.Response:
    """A file by its id: pictures inline, everything else as a download."""
    await check_access(request)
    file_id = int(request.match_info["id"])
    file = await request.app[PARTS].read(lambda session: files.fetch(session, file_id))
    if file is None:
        raise Wrong(404, "没有这个文件，可能已经过期删除。")
    is_picture = file.media_type in _INLINE
    way = "inline" if is_picture else "attachment"
    return web.Response(
        body=file.content,
        content_type=file.media_type if is_picture else "application/octet-stream",
        headers={
            "Content-Disposition": f"{way}; filename*=UTF-8''{quote(file.name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        },
    )


async def check_person(parts: Parts, person: str) -> None:
    """Raise Wrong 404 unless one can be this person."""

    def is_there(session: Session) -> bool:
        return playground.exists(session, person)

    if await parts.read(is_there):
        return
    now = parts.now()
    await parts.write(lambda session: playground.move_in(session, at=now))
    if not await parts.read(is_there):
        raise Wrong(404, f"没有编号为 {person[:40]} 的人。人员名单见 {PREFIX}/api/people。")


def version_of(text: str) -> int:
    """A version from a query or header. Raises Wrong."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Wrong(422, "after 应为不小于 0 的整数。")
    return int(text)


async def _incoming(parts: Parts, wish: Wish) -> Incoming:
    """The Incoming, with the person's own line kept beside it."""
    chat = Chat("web", wish.person)
    incoming = Incoming(
        platform="web",
        # Two people may count their events alike.
        event=f"{wish.person}:{wish.event}",
        chat=chat,
        sender=wish.person,
        sender_name=_STRANGER_NAMES.get(wish.person, ""),
        text=wish.text,
        tap=wish.tap,
        ack=wish.tap,
        place=wish.place,
        open=wish.open,
    )
    now = parts.now()

    def keep(session: Session) -> Incoming:
        if wish.tap is not None:
            line = transcripts.line_with(session, chat.id, wish.tap)
            return replace(incoming, tapped=Shown(chat, str(line))) if line else incoming
        if transcripts.has_event(session, chat.id, incoming.event):
            return incoming
        said = Message(_words(wish))
        whole = incoming
        if file := wish.file:
            file_id = files.keep(session, f"web:{chat.id}", file, at=now)
            said = replace(said, file_id=file_id)
            ref = FileRef(str(file_id), file.name, file.media_type, len(file.content))
            whole = replace(incoming, file=ref)
        transcripts.say(session, chat.id, said, event=incoming.event, at=now)
        return whole

    try:
        kept = await parts.write(keep)
    except Exception as error:  # a full disk alone has a way around it
        if trouble_of(error) is not Trouble.FULL:
            raise
        if wish.file is not None:
            raise Wrong(507, "存储空间满了，文件收不下。请稍后再试。") from error
        return incoming
    parts.chats.ring(chat.id)
    return kept


def _words(wish: Wish) -> str:
    """The person's own line, as it stands in the chat."""
    if wish.place:
        return f"位置：{wish.place.latitude:.5f}，{wish.place.longitude:.5f}"
    if wish.open:
        return f"打开链接：{wish.open}"
    return wish.text or ""


async def _said(parts: Parts, incoming: Incoming) -> list[dict[str, Any]]:
    lines = await parts.read(
        lambda session: transcripts.said_for(session, incoming.chat.id, incoming.event)
    )
    unkept = parts.chats.unkept(incoming.event)
    return [
        *(as_reply(line) for line in lines),
        *({"id": 0, **as_message(each), "replaces": None, "file": None} for each in unkept),
    ]


def _person(person: Person) -> dict[str, Any]:
    stranger = _STRANGER_NAMES.get(person.id)
    name = f"{stranger}（{person.name}）" if stranger and person.name else stranger or person.name
    return {
        "id": person.id,
        "name": name,
        "roles": [_ROLES[role] for role in person.roles],
        "unit": person.school or person.branch,
        "branch": person.branch,
    }
