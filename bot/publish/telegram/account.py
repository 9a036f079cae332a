"""A bot of Telegram: its connections, its pace, and the errors of its requests."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING

import httpx
from telegram import Bot
from telegram.error import TelegramError

from bot.clock import seconds_since_boot
from bot.errors import OutcomeUnknown
from bot.models.posts import MESSAGE_GAP
from bot.models.reasons import ReasonCode
from bot.publish.answers import UNREADABLE, quote_answer, unreadable
from bot.publish.deadline import Deadline
from bot.publish.gate import Gate
from bot.publish.pace import TELEGRAM_BOT_GAP
from bot.publish.telegram.answers import fault, refusal
from bot.publish.telegram.posts import TelegramPosts
from bot.publish.telegram.request import Refused, StrictRequest
from bot.wording import marked

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable

    from bot.models.proxies import Proxy
    from bot.models.settings import Channel

_CONNECT = 10.0  # seconds
_LATE = 0.005  # seconds; every timer rings late, and that must not add up to a slower bot


class TelegramAccount:
    """One bot: its connections, shared by its channels. Sends nothing until the first post.

    Time-outs are in seconds; `read` is long because Telegram fetches pictures while we wait, and
    `total` ends before the lease of the attempt does. Two requests begin `gap` apart. `scratch`
    makes the gate of a scratch chat, which all searches through it share.
    """

    elapsed = staticmethod(seconds_since_boot)
    """Counts seconds, the machine's sleep included."""

    def __init__(
        self,
        token: str,
        api_url: str,
        *,
        read: float = 30,
        total: float = 50,
        gap: float = TELEGRAM_BOT_GAP.total_seconds(),
        scratch: Callable[[], Gate] = lambda: Gate(MESSAGE_GAP.total_seconds()),
        proxy: Proxy | None = None,
    ) -> None:
        self._token = token
        self._total = total
        self._proxy = proxy
        self._gap = gap
        self._gate = asyncio.Lock()
        self._scratch_gates: defaultdict[str, Gate] = defaultdict(scratch)
        self._free_at = 0.0
        self._request = StrictRequest(
            connection_pool_size=32,
            connect_timeout=min(_CONNECT, total),
            read_timeout=read,
            write_timeout=read,
            media_write_timeout=read,
            pool_timeout=min(_CONNECT, total),
            proxy=_through(proxy),
            # The variables of the environment are read by `proxies_of`, with all their mistakes.
            httpx_kwargs={"trust_env": False, "verify": _authorities()},
        )
        # Without initialize(): that would call getMe, and its error text holds the token.
        # A function, because braces in an address would be taken for a format.
        self.bot = Bot(
            token,
            base_url=lambda secret: f"{api_url}/bot{secret}",
            request=self._request,
            get_updates_request=self._request,
        )

    def publisher(self, channel: Channel) -> TelegramPosts:
        """Return the publisher of a channel on this account."""
        return TelegramPosts(channel, self)

    def scratch_gate(self, chat: int | str) -> Gate:
        """Return the gate of a scratch chat: the platform counts forwarded messages, too."""
        return self._scratch_gates[str(chat)]

    @asynccontextmanager
    async def sending(self, channel: Channel, *, messages: int = 1) -> AsyncIterator[None]:
        """Bound one request for `channel`, and turn the libraries' errors into PublishError.

        It makes so many `messages`. The causes are cut off: they may hold the token.
        """
        deadline = Deadline(self.elapsed)
        await self._turn(messages)
        deadline.check()
        try:
            async with asyncio.timeout(self._total):
                yield
        except Refused as refused:
            said = quote_answer(refused.description or marked("no explanation"), [self._token])
            raise refusal(refused, channel, said) from None
        except TelegramError as error:
            raise fault(error.__cause__, self._proxy) from None
        except TimeoutError:
            raise OutcomeUnknown(
                ReasonCode.NO_ANSWER, marked("Telegram took too long to answer")
            ) from None
        except UNREADABLE as error:
            raise unreadable("Telegram", error) from None

    async def close(self) -> None:
        """Release connections."""
        await self._request.shutdown()

    async def _turn(self, messages: int) -> None:
        """Wait until the bot may send again; after a pause there is no burst of held-up posts."""
        now = asyncio.get_running_loop().time
        async with self._gate:
            await asyncio.sleep(self._free_at - now())
            self._free_at = max(self._free_at, now() - _LATE) + self._gap * messages


@cache
def _authorities() -> ssl.SSLContext:
    """Return whom all bots trust: reading the list takes 16 ms and most of a megabyte each time."""
    return httpx.create_ssl_context(trust_env=False)


def _through(proxy: Proxy | None) -> httpx.Proxy | None:
    if proxy is None:
        return None
    login = (proxy.user, proxy.password) if proxy.user or proxy.password else None
    return httpx.Proxy(proxy.address, auth=login)
