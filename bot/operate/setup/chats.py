"""`newsbot chats`: the chats that a Telegram bot sees, with the ids that `chat` takes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.errors import PublishError
from bot.models.views import Lack
from bot.operate.tables import print_table
from bot.publish.telegram.chats import SeenChat, Updates, chat_and_lack, seen_chats
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bot.models.desk import Place
    from bot.models.settings import Channel
    from bot.publish.telegram.account import TelegramAccount

_AT_ONCE = 8
_MORE = marked(
    "account {name}: Telegram keeps updates for 24 hours and shows the oldest 100; newer chats may "
    "be missing"
)
_NONE = marked(
    "account {name}: no other chat showed itself in the last 24 hours; add the bot to a channel as "
    "administrator, or write to it, and look again"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRow:
    """One chat; `id` is None where Telegram does not know it, `text` is a right the bot lacks."""

    account: str
    id: str | None
    type: str | None
    title: str
    username: str | None
    channels: tuple[str, ...]
    may_post: bool
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChats:
    """The chats of one account; `notes` are for people, `is_well` False where something failed."""

    rows: tuple[ChatRow, ...] = ()
    notes: tuple[str, ...] = ()
    is_well: bool


async def chats_of_account(
    account: TelegramAccount,
    configured: Sequence[Channel],
    as_channel: Callable[[int], Channel],
    *,
    noted: Iterable[Place] = (),
    asks: bool = True,
) -> AccountChats:
    """Read the chats of `configured` channels, and those that updates tell of.

    `noted` are those of updates that a service read; while one does, nobody else `asks` for them.
    That the bot may not post to a configured chat is a failure where that channel is enabled.
    """
    name = as_channel(0).account
    updates = Updates(chats=(), is_cut=False)
    try:
        if asks:
            updates = await seen_chats(account, as_channel(0))
    except PublishError as error:
        note = told("account {name}: {why}", name=name, why=error)
        return AccountChats(notes=(note,), is_well=False)
    seen = {place.id: _seen(place) for place in noted}
    seen |= {chat.id: chat for chat in updates.chats}
    own = await _rows(account, configured, {})
    ids = {row.id for row in own}
    unknown = [as_channel(id_) for id_ in seen if str(id_) not in ids]
    others = await _rows(account, unknown, seen)
    notes = [_MORE] if updates.is_cut else [] if others else [_NONE]
    enabled = {channel.id for channel in configured if channel.enabled}
    return AccountChats(
        rows=(*_merged(own), *(replace(row, channels=()) for row in others)),
        notes=tuple(told(note, name=name) for note in notes),
        is_well=all(row.may_post or enabled.isdisjoint(row.channels) for row in own),
    )


def _seen(place: Place) -> SeenChat:
    return SeenChat(id=place.id, type=place.type, title=place.title, username=place.username)


async def _rows(
    account: TelegramAccount, channels: Iterable[Channel], seen: Mapping[int, SeenChat]
) -> list[ChatRow]:
    """Read the chat of each channel; one that cannot be read is shown as it was `seen`."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def read(channel: Channel) -> ChatRow:
        async with turn:
            try:
                chat, lack = await chat_and_lack(account, channel)
            except PublishError as error:
                known = seen.get(channel.chat) if isinstance(channel.chat, int) else None
                return _row(channel, known, Lack(text=str(error)))
        return _row(channel, chat, lack)

    return await asyncio.gather(*map(read, channels))


def _row(channel: Channel, chat: SeenChat | None, lack: Lack | None) -> ChatRow:
    asked = str(channel.chat)
    is_name = asked.startswith("@")
    return ChatRow(
        account=str(channel.account),
        id=str(chat.id) if chat else None if is_name else asked,
        type=chat.type if chat else None,
        title=chat.title if chat else "",
        username=chat.username if chat else asked[1:] if is_name else None,
        channels=(channel.id,),
        may_post=lack is None or not lack.stops_text,
        text=lack.text if lack else None,
    )


def _merged(rows: Iterable[ChatRow]) -> list[ChatRow]:
    """Return one row for each chat, which several channels may have (topics of a forum)."""
    found: dict[tuple[str | None, str | None], ChatRow] = {}
    for row in rows:
        key = (row.id, None if row.id else row.username)
        before = found.get(key)
        found[key] = replace(row, channels=before.channels + row.channels) if before else row
    return list(found.values())


def print_chats(rows: Iterable[ChatRow]) -> None:
    """Print one table, the configured ones first."""
    print_table(
        ("CHAT", "NAME", "TYPE", "TITLE", "CHANNELS", "THE BOT"),
        [
            (
                row.id or "unknown",
                f"@{row.username}" if row.username else "",
                row.type,
                row.title,
                ", ".join(row.channels),
                row.text or "may post",
            )
            for row in rows
        ],
        notes=("TITLE", "CHANNELS", "THE BOT"),
    )
