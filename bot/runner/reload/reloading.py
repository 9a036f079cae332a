"""Takes a changed configuration into a running service: checked first, and as a whole."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from bot.errors import ConfigError, NewsbotError
from bot.file_watch import FileWatch, mark_of
from bot.log import get_logger
from bot.runner.reload.changes import AT_START, changes, waiting
from bot.runner.reload.cut import cut_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from bot.config import Config
    from bot.file_watch import Mark
    from bot.models.basics import AccountId
    from bot.runner.assembly import Assembly
    from bot.runner.reload.cut import Cut

    Secrets = Mapping[AccountId, Mapping[str, str]]
    Read = Callable[[], tuple[Config, Secrets]]

_log = get_logger(__name__)


class Client(Protocol):
    """An account's connections."""

    async def close(self) -> None:
        """Release them."""
        ...


_Client = TypeVar("_Client", bound=Client)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup(Generic[_Client]):
    """A configuration, and the clients and assembly made of it."""

    config: Config
    secrets: Secrets
    clients: Mapping[AccountId, _Client]
    assembly: Assembly


class Reloader(Generic[_Client]):
    """Makes the next setup out of the last one and a new configuration.

    `connect` makes clients for the accounts whose secrets it is given, `wire` the assembly.
    """

    def __init__(
        self,
        setup: Setup[_Client],
        *,
        connect: Callable[[Config, Secrets], Mapping[AccountId, _Client]],
        wire: Callable[[Config, Mapping[AccountId, _Client]], Assembly],
    ) -> None:
        self.setup = setup
        self._connect = connect
        self._wire = wire

    def files(self) -> Iterator[Path]:
        """Yield the files that the configuration was read from."""
        config = self.setup.config
        yield config.path
        yield config.base_dir / "templates"
        every = (text for channel in config.channels.values() for text in channel.templates)
        yield from {Path(text.name) for text in every}

    def renew(self, read: Config, secrets: Secrets) -> Sequence[Client] | None:
        """Make a new setup, log its changes, and return the clients that it needs no more.

        None where nothing changed. Raises TemplateError, and then the old setup stays.
        """
        old = self.setup
        for line in waiting(old.config, read):
            _log.warning(line)
        config = replace(read, **{name: getattr(old.config, name) for name in AT_START})
        lines = [*changes(old.config, config), *_new_secrets(old.secrets, secrets)]
        if _same(config, old.config) and secrets == old.secrets:
            return None
        clients = self._clients(config, secrets)
        assembly = self._wire(config, clients)
        self.setup = Setup(config=config, secrets=secrets, clients=clients, assembly=assembly)
        for line in lines:
            _log.info(line)
        return [one for id_, one in old.clients.items() if clients.get(id_) is not one]

    def _clients(self, config: Config, secrets: Secrets) -> dict[AccountId, _Client]:
        old = self.setup
        kept = {
            id_: old.clients[id_]
            for id_, values in secrets.items()
            if id_ in old.clients
            and values == old.secrets[id_]
            and config.accounts[id_].api_url == old.config.accounts[id_].api_url
            and config.accounts[id_].platform == old.config.accounts[id_].platform
        }
        fresh = {id_: values for id_, values in secrets.items() if id_ not in kept}
        made = {**kept, **self._connect(config, fresh)}
        return {id_: made[id_] for id_ in secrets if id_ in made}


class Exchange(Protocol):
    """Takes a new assembly in the place of the old one."""

    async def exchange(self, assembly: Assembly) -> frozenset[asyncio.Task[None]]:
        """Go on with `assembly`; return the posts that go on with the old ones.

        Raises StoreError where it goes on with the old one.
        """
        ...

    async def try_paused(self) -> None:
        """Try at once what a platform paused."""
        ...


class Reloading:
    """Reloads on SIGHUP and when the file or a template is saved.

    `report` receives why a file is refused, and None as soon as one is not.
    """

    every: ClassVar = 1.0
    """Seconds between two checks of the files."""

    def __init__(
        self,
        reloader: Reloader[Any],
        runner: Exchange,
        read: Read,
        report: Callable[[str | None], Awaitable[None]],
    ) -> None:
        self._reloader = reloader
        self._read = read
        self._runner = runner
        self._report = report
        self._watch = FileWatch(reloader.files)
        self._asked = asyncio.Event()
        self._closing: set[asyncio.Task[None]] = set()
        self._refused: tuple[Cut, Mark] | None = None
        self._retired: list[Client] | None = None
        """What to close once the runner has the setup, None where it has it."""

    def listen(self, stop: Callable[[], None]) -> None:
        """Reload on SIGHUP from now on; but `stop` where it means that the terminal is gone."""
        had_terminal = _has_terminal()

        def hung_up() -> None:
            if had_terminal and not _has_terminal():
                stop()
            else:
                self._asked.set()

        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hung_up)

    async def is_due(self) -> bool:
        """Wait for a second or until SIGHUP; tell whether there is something to reload.

        So it is, too, while the runner could not take what was read: its database did not answer.
        """
        try:
            async with asyncio.timeout(self.every):
                await self._asked.wait()
        except TimeoutError:
            return await asyncio.to_thread(self._watch.has_changed) or self._retired is not None
        self._asked.clear()
        await asyncio.to_thread(self._watch.accept)
        return True

    async def reload(self) -> None:
        """Take the new configuration, or tell why the old one goes on.

        Raises StoreError where the runner cannot take it, and then takes it the next time.
        """
        try:
            saved = await asyncio.to_thread(mark_of, self._reloader.setup.config.path)
            config, secrets = await asyncio.to_thread(self._read)
            if lost := self._lost_in(config, saved):
                meant = "if that is meant, `newsbot reload --accept` takes it, or save it once more"
                await self._refuse([f"{lost}: {meant}"], told=lost)
                return
            retired = self._reloader.renew(config, secrets)
        except ConfigError as error:
            await self._refuse(error.problems)
            return
        except NewsbotError as error:
            await self._refuse([str(error)])
            return
        self._refused = None
        await self._report(None)
        if retired is not None:
            self._retired = [*(self._retired or ()), *retired]
        if self._retired is None:
            _log.info("configuration read again: nothing changed")
        else:
            await self._exchange(self._retired)
        # Perhaps a right was mended in the chat itself, which no file shows.
        await self._runner.try_paused()

    async def _exchange(self, retired: Sequence[Client]) -> None:
        assembly = self._reloader.setup.assembly
        posts = await self._runner.exchange(assembly)
        self._retired = None
        closing = asyncio.create_task(_close(retired, posts))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        _log.info(
            "configuration reloaded", feeds=len(assembly.feeds), channels=len(assembly.routes)
        )

    def _lost_in(self, config: Config, saved: Mark) -> str | None:
        """Return the great part that is gone from the file, None where that was saved twice.

        A second signal is no second save: whoever writes the file may send one as well.
        """
        cut = cut_of(self._reloader.setup.config, config)
        if cut is None:
            return None
        before, self._refused = self._refused, (cut, saved)
        if before is not None and before[0] == cut and before[1] != saved:
            return None
        return f"{config.path} lost {cut}"

    async def _refuse(self, problems: Sequence[str], *, told: str | None = None) -> None:
        for problem in problems:
            _log.error(problem)
        _log.error("configuration refused: the one before goes on", problems=len(problems))
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        await self._report(told or f"{problems[0]}{more}")


def _same(one: Config, other: Config) -> bool:
    """Tell whether two configurations do the same; notes on the file do nothing."""
    return replace(one, warnings=()) == replace(other, warnings=())


def _new_secrets(old: Secrets, new: Secrets) -> Iterator[str]:
    for id_, values in new.items():
        if id_ in old and old[id_] != values:
            yield f"account {id_}: credentials changed"


def _has_terminal() -> bool:
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    os.close(terminal)
    return True


async def _close(clients: Sequence[Client], posts: frozenset[asyncio.Task[None]]) -> None:
    """Close the clients once the posts that may use them have ended."""
    if posts:
        await asyncio.wait(posts)
    for client in clients:
        await client.close()
