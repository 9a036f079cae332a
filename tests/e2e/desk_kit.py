"""A channel whose posts are approved at a desk, over the stand-in, with a clock as a value."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from bot.app.enabled import chat_of
from bot.errors import NewsbotError
from bot.models.basics import AccountId, FeedId
from bot.models.settings import Approval
from bot.operate.desk.commanding import Commanding
from bot.operate.desk.commands import Commands, Fetching
from bot.operate.desk.deciding import Deciding
from bot.operate.desk.reading import Reading
from bot.operate.desk.service import DeskService
from bot.operate.desk.showing import Showing
from bot.publish.gate import Gate
from bot.publish.telegram.account import TelegramAccount
from bot.publish.telegram.desk import TelegramDesk
from bot.wording import ENGLISH as EN
from bot.wording import wording
from tests.e2e.fault_kit import Line, telegram_line
from tests.standins.telegram import TOKEN, TelegramServer
from tests.standins.telegram_updates import AN

if TYPE_CHECKING:
    from bot.config import Config
    from bot.models.settings import Feed
    from bot.operate.summary.sending import Summary
    from bot.store.engine import Store
    from tests.standins.telegram_chats import Chat, Message

DESK = -100555
BINH = {"id": 8, "is_bot": False, "first_name": "Bình"}
STRANGER = {"id": 99, "is_bot": False, "first_name": "Ai đó"}
TG = AccountId("tg")


async def nothing(_: Any) -> Any:
    raise NewsbotError("không lấy gì ở đây")


def no_config() -> Config:
    """Return a configuration with nothing in it that the desk needs."""
    return cast(
        "Config", SimpleNamespace(feeds={}, channels={}, accounts={}, timezone=ZoneInfo("UTC"))
    )


class Desk:
    """The desk beside a line: the program's own, and the people in its chat."""

    def __init__(
        self,
        server: TelegramServer,
        line: Line,
        *,
        store: Any = None,
        wrap: Any = lambda chat: chat,
        feeds: dict[FeedId, Feed] | None = None,
        config: Config | None = None,
        chat: int = DESK,
    ) -> None:
        self.server = server
        self.line = line
        self.client = TelegramAccount(TOKEN, server.base, read=2, total=3, gap=0)
        self.number = chat
        channel = chat_of("[desk]", TG, chat)
        port = wrap(TelegramDesk(channel, self.client, gate=Gate(0)))
        store = store or line.store
        routes = {line.route.channel.id: line.route}
        words = EN if config is None else wording(config.language)
        alike = {"routes": routes, "words": words, "timezone": ZoneInfo("UTC")}
        now = lambda: line.now  # noqa: E731
        deciding = Deciding(port, store, **alike, now=now)
        users = (AN["id"], BINH["id"])
        self.commands = Commands(
            config or no_config(),
            store,
            routes=routes,
            words=words,
            fetching=Fetching(previews=nothing, article=nothing),
            now=now,
        )
        commanding = Commanding(port, self.commands, words=words, users=users, now=now)
        reading = Reading(
            port, store, TG, users=users, deciding=deciding, commanding=commanding, now=now
        )
        showing = Showing(port, store, feeds=feeds or {}, **alike, now=now)
        self.service = DeskService(
            reading,
            showing,
            book=line.store.alerts,
            name=str(DESK),
            now=now,
            summary=self.summary(port),
        )

    def summary(self, chat: Any) -> Summary | None:
        """Return what sends the summary of the week; nothing does here."""
        return None

    @property
    def chat(self) -> Chat:
        return self.server.chat(self.number)

    async def round(self) -> None:
        """Let the bot ask for approval, hear the people, post what is due, and show it."""
        await self.line.round(self.line.deliverer)
        await self.service.read(0)
        await self.line.pass_time(timedelta(minutes=5))
        await self.service.show()
        await self.service.show()

    def cards(self) -> list[Message]:
        """Return the messages of the bot at the desk, oldest first."""
        return [one for one in self.chat.messages.values() if "from" not in one]

    def labels(self, message: Message) -> list[str]:
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        return [button["text"] for row in rows for button in row]

    def tap(self, label: str, *, message: Message | None = None, by: dict[str, Any] = AN) -> None:
        """Let a person tap the button with this label, of the newest message by default."""
        shown = message or self.cards()[-1]
        rows = shown["reply_markup"]["inline_keyboard"]
        (data,) = [
            button["callback_data"]
            for row in rows
            for button in row
            if button["text"] == label and "callback_data" in button
        ]
        self.server.updates.tap(self.chat, shown["message_id"], data, by=by)

    def told(self) -> list[str]:
        """Return what people were told when they tapped."""
        return [text for _, text in self.server.answers]


def desk_line(store: Store, server: TelegramServer, **keys: Any) -> Line:
    """Return a line whose channel wants approval."""
    server.add_chat(DESK, type_="supergroup")
    return telegram_line(store, server, **{"approval": Approval(), **keys})


def asking(desk: Desk) -> SimpleNamespace:
    """Return the newest card, as people see it."""
    card = desk.cards()[-1]
    return SimpleNamespace(text=card.get("text", card.get("caption")), labels=desk.labels(card))
