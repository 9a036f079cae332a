"""Hears commands at the desk, typed or behind a button, and answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.errors import NewsbotError, PublishError, StoreError
from bot.log import get_logger
from bot.operate.desk.commands import COMMANDS
from bot.operate.desk.replies import SURE, Reply, agreed
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from bot.models.desk import Tap, Words
    from bot.operate.desk.commands import Commands
    from bot.ports import DeskChat
    from bot.wording import Wording

_log = get_logger(__name__)
_TOO_LATE = marked("This button is old, so nothing was done: give the command again.")
_COMMAND = re.compile(r"/(\w+)(?:@(\w+))?(?:\s+(.*))?\Z", re.DOTALL | re.ASCII)


class Commanding:
    """Runs what people ask for; raises PublishError where they cannot be answered."""

    def __init__(
        self,
        chat: DeskChat,
        commands: Commands,
        *,
        words: Wording,
        users: Collection[int],
        now: Callable[[], datetime],
    ) -> None:
        self._chat = chat
        self._commands = commands
        self._words = words
        self._users = tuple(users)
        self._now = now
        self._is_offered = False

    async def offer(self) -> None:
        """Let Telegram offer the commands that exist, once in the life of a process."""
        if not self._is_offered:
            menu = {name: self._words.phrase(what) for name, what in COMMANDS.items()}
            await self._chat.offer(menu, self._users)
            self._is_offered = True

    async def told(self, words: Words) -> None:
        """Run a command that a person typed; anything else is talk among people."""
        found = _COMMAND.match(words.text.strip())
        if found is None or words.is_changed:
            return
        name, bot, rest = found.groups()
        if bot and bot.lower() != (await self._chat.name()).lower():
            return
        reply = await self._reply(f"{name} {rest or ''}", words.by.name, is_sure=False)
        await self._chat.say(words.place.id, reply.markup, reply.rows, answers=words.message)

    async def tapped(self, tap: Tap) -> None:
        """Run the command behind a button; one that was agreed to loses the button first."""
        is_sure = tap.data.startswith(SURE)
        command = agreed(tap.data, self._now()) if is_sure else tap.data[1:]
        try:
            if is_sure:
                await self._chat.set_buttons(str(tap.place.id), tap.message, ())
            await self._chat.answer(tap.id, "" if command else self._words.phrase(_TOO_LATE))
        except PublishError as error:
            # What a person agreed to is done all the same.
            _log.warning("a tap at the desk got no answer", reason=str(error))
        if command is not None:
            reply = await self._reply(command, tap.by.name, is_sure=is_sure)
            await self._chat.say(tap.place.id, reply.markup, reply.rows, answers=tap.message)

    async def _reply(self, line: str, by: str, *, is_sure: bool) -> Reply:
        _log.info("command", said=line.strip(), by=by)
        try:
            return await self._commands.run(line, is_sure=is_sure)
        except StoreError:
            raise
        except NewsbotError as error:
            return Reply(text=self._words.stored(str(error)))
