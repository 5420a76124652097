"""The bots that quiz_tap measures, each started as a process: muduo, ptb, aiogram, aiogram-bare."""

from __future__ import annotations

import asyncio
import secrets
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import event, insert, select, update  # noqa: E402
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine  # noqa: E402

from bot.db.models import (  # noqa: E402
    AddressRow,
    AnswerRow,
    Base,
    CardRow,
    InboxRow,
    KeyboardRow,
    MemberRow,
    RoleRow,
    SittingRow,
    StateRow,
)
from tests.bench.emulator import TOKEN  # noqa: E402

QUESTION = "家长悄悄塞来一张购物卡，教师应当怎么做？\nA. 先收下\nB. 当场退回\nC. 转送\nD. 请吃饭"
VERDICT = (
    f"{QUESTION}\n\n不对，您答的是：A\n正确答案：B\n第一条不允许接受有价证券，当场退回最稳妥。"
)


def now() -> datetime:
    return datetime.now(UTC)


class Storage:
    """The database work of a turn, in async SQLAlchemy, statement for statement as 木铎 does it."""

    def __init__(self, url: str) -> None:
        self.engine: AsyncEngine = create_async_engine(url)
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _pragmas)
            event.listen(self.engine.sync_engine, "begin", _immediate)

    async def prepare(self, users: int) -> None:
        async with self.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
            members = [
                {
                    "id": n,
                    "number": str(n),
                    "name": f"用户{n}",
                    "party_status": "none",
                    "duties": "",
                    "has_vote": False,
                }
                for n in range(1, users + 1)
            ]
            await connection.execute(insert(MemberRow), members)
            addresses = [
                {
                    "platform": "telegram",
                    "native_id": str(n),
                    "name": "",
                    "chat_id": str(n),
                    "member_id": n,
                    "last_used_at": now(),
                    "wrong_codes": 0,
                }
                for n in range(1, users + 1)
            ]
            await connection.execute(insert(AddressRow), addresses)
            await connection.execute(
                insert(SittingRow),
                [
                    {
                        "id": n,
                        "member_id": n,
                        "mode": "random",
                        "items": ["x"] * 5,
                        "position": 0,
                        "current": {"question": QUESTION, "answer": ["B"]},
                        "chosen": "",
                        "started_at": now(),
                    }
                    for n in range(1, users + 1)
                ],
            )
            await connection.execute(
                insert(KeyboardRow),
                [
                    {
                        "token": f"k{n}",
                        "owner": f"m{n}",
                        "chat": "private",
                        "actions": [["quiz.pick", [n, 0, x], x, x] for x in "ABCD"],
                        "expires_at": now() + timedelta(days=30),
                    }
                    for n in range(1, users + 1)
                ],
            )

    def upserting(self, table: Any) -> Any:
        from sqlalchemy.dialects import postgresql, sqlite

        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    async def store(self, update_id: int, user: int, payload: dict[str, Any]) -> int:
        async with self.engine.begin() as connection:
            statement = self.upserting(InboxRow).values(
                platform="telegram",
                event=str(update_id),
                person=f"telegram:{user}",
                payload=payload,
                received_at=now(),
                attempts=0,
            )
            statement = statement.on_conflict_do_nothing(index_elements=["platform", "event"])
            done = await connection.execute(statement.returning(InboxRow.id))
            return done.scalar_one()

    async def turn(self, inbox: int, user: int, position: int) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(
                select(AddressRow.id, AddressRow.chat_id, MemberRow.id, MemberRow.name)
                .outerjoin(MemberRow, MemberRow.id == AddressRow.member_id)
                .where(AddressRow.platform == "telegram", AddressRow.native_id == str(user))
            )
            await connection.execute(select(RoleRow.role).where(RoleRow.member_id == user))
            await connection.execute(select(StateRow.name).where(StateRow.owner == f"m{user}"))
            await connection.execute(
                select(KeyboardRow.actions).where(KeyboardRow.token == f"k{user}")
            )
            await connection.execute(select(SittingRow.current).where(SittingRow.id == user))
            answer = self.upserting(AnswerRow).values(
                sitting_id=user,
                position=position,
                member_id=user,
                item_id=f"x{position}",
                given="A",
                is_right=False,
                at=now(),
            )
            await connection.execute(
                answer.on_conflict_do_nothing(index_elements=["sitting_id", "position"])
            )
            key = {"member_id": user, "item_id": f"x{position}"}
            await connection.execute(
                select(CardRow.card).where(
                    CardRow.member_id == user, CardRow.item_id == f"x{position}"
                )
            )
            values = {
                "card": {"stability": 1.0, "difficulty": 2.0},
                "due_at": now(),
                "was_right": False,
            }
            card = self.upserting(CardRow).values(**key, **values)
            await connection.execute(
                card.on_conflict_do_update(index_elements=["member_id", "item_id"], set_=values)
            )
            await connection.execute(
                insert(KeyboardRow).values(
                    token=secrets.token_urlsafe(12),
                    owner=f"m{user}",
                    chat="private",
                    actions=[["quiz.next", [user, position], "下一题", None]],
                    expires_at=now() + timedelta(days=30),
                )
            )
            await connection.execute(
                update(InboxRow)
                .where(InboxRow.id == inbox, InboxRow.settled_at.is_(None))
                .values(settled_at=now(), replies=[{"text": VERDICT}])
            )

    async def shown(self, inbox: int) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(
                update(InboxRow).where(InboxRow.id == inbox).values(shown_at=now())
            )


def _pragmas(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _immediate(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def question_rows(make: Any, position: int) -> list[list[Any]]:
    return [[make(letter, f"k:{position}:{letter}") for letter in "ABCD"]]


def run_ptb(api: str, storage: Storage, at_once: int) -> None:
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
    from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes

    def rows(position: int) -> InlineKeyboardMarkup:
        make = lambda label, data: InlineKeyboardButton(label, callback_data=data)  # noqa: E731
        return InlineKeyboardMarkup(question_rows(make, position))

    async def begin(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message
        await update.message.reply_text(QUESTION, reply_markup=rows(0))

    async def tap(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query
        assert query.data
        user = query.from_user.id
        _, position, choice = query.data.split(":")
        inbox = await storage.store(update.update_id, user, update.to_dict())
        await storage.turn(inbox, user, int(position))
        await query.answer()
        if choice == "next":
            await query.edit_message_text(QUESTION, reply_markup=rows(int(position) + 1))
        else:
            onward = InlineKeyboardButton("next", callback_data=f"k:{position}:next")
            await query.edit_message_text(VERDICT, reply_markup=InlineKeyboardMarkup([[onward]]))
        await storage.shown(inbox)

    application = (
        Application.builder()
        .token(TOKEN)
        .base_url(f"{api}/bot")
        .base_file_url(f"{api}/file/bot")
        .concurrent_updates(at_once)
        .build()
    )
    application.add_handler(CommandHandler("quiz", begin))
    application.add_handler(CallbackQueryHandler(tap))
    application.run_polling()


async def run_aiogram(api: str, storage: Storage | None) -> None:
    from aiogram import Bot, Dispatcher
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.filters import Command
    from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(api)))
    dispatcher = Dispatcher()

    def rows(position: int) -> InlineKeyboardMarkup:
        make = lambda label, data: InlineKeyboardButton(text=label, callback_data=data)  # noqa: E731
        return InlineKeyboardMarkup(inline_keyboard=question_rows(make, position))

    async def begin(message: Message) -> None:
        await message.answer(QUESTION, reply_markup=rows(0))

    async def tap(query: CallbackQuery) -> None:
        user = query.from_user.id
        _, position, choice = (query.data or "").split(":")
        inbox = 0
        if storage:
            payload = query.model_dump(mode="json", exclude_none=True)
            inbox = await storage.store(uuid.uuid4().int >> 80, user, payload)
            await storage.turn(inbox, user, int(position))
        await query.answer()
        assert isinstance(query.message, Message)
        if choice == "next":
            await query.message.edit_text(QUESTION, reply_markup=rows(int(position) + 1))
        else:
            onward = InlineKeyboardButton(text="next", callback_data=f"k:{position}:next")
            markup = InlineKeyboardMarkup(inline_keyboard=[[onward]])
            await query.message.edit_text(VERDICT, reply_markup=markup)
        if storage:
            await storage.shown(inbox)

    dispatcher.message.register(begin, Command("quiz"))
    dispatcher.callback_query.register(tap)
    await dispatcher.start_polling(bot, handle_signals=True)


def run_muduo(api: str, folder: Path, users: int, database: str) -> None:
    from bot import logs
    from bot.app import App
    from bot.settings import Settings

    logs.configure("WARNING")
    given: dict[str, Any] = {
        "data": folder,
        "telegram_token": TOKEN,
        "telegram_api_url": api,
        "listen": "127.0.0.1:0",
        "knowledge": ROOT / "tests" / "bench" / "quiz_tap_knowledge",
    }
    settings = Settings(_env_file=None, **given, **({"database_url": database} if database else {}))

    async def serve() -> None:
        app = App(settings)
        await app.start()
        with app.database.begin() as session:
            for n in range(1, users + 1):
                member = MemberRow(number=f"bench{n}", name=f"用户{n}", party_status="none")
                session.add(member)
                session.flush()
                session.add(
                    AddressRow(
                        platform="telegram",
                        native_id=str(n),
                        chat_id=str(n),
                        member_id=member.id,
                        wrong_codes=0,
                    )
                )
        try:
            await app.work()
        finally:
            await app.close()

    asyncio.run(serve())


def main() -> None:
    name, api, folder, users, database = sys.argv[1:6]
    if name == "muduo":
        run_muduo(api, Path(folder), int(users), database)
        return
    url = database.replace("postgresql://", "postgresql+asyncpg://") if database else ""
    storage = Storage(url or f"sqlite+aiosqlite:///{folder}/bench.db")
    if name == "aiogram-bare":
        asyncio.run(run_aiogram(api, None))
        return

    async def aiogram() -> None:
        await storage.prepare(int(users))
        await run_aiogram(api, storage)

    if name == "aiogram":
        asyncio.run(aiogram())
    else:
        asyncio.run(storage.prepare(int(users)))
        asyncio.run(storage.engine.dispose())
        # Sequential is its default; 16 at once was the best of 1, 4, 16, 64 and 256 here.
        run_ptb(api, storage, 16)


if __name__ == "__main__":
    main()
