"""A hub as WebSub describes it (https://www.w3.org/TR/websub/, sections 5 to 7).

It answers a request for a subscription with 202 and verifies it afterwards, or before the answer
where it `verifies_first`. `reach` is (public address, address here): where callbacks are answered,
as by the web server in front of the service.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from tests.standins.serving import Standin

MOST_SECRET = 200  # bytes (section 5.1)
PUBLIC = "https://bot.example.org"


@dataclass(frozen=True)
class Held:
    """A subscription that the hub verified."""

    secret: str | None
    expires: float


class HubServer(Standin):
    """`verified` and `failed` are the verifications (mode, topic, callback), in their order."""

    def __init__(self, *, lease: int = 864_000) -> None:
        super().__init__()
        self.lease = lease
        self.verifies = True
        self.verifies_first = False
        self.reach = (PUBLIC, "")
        self.forms: list[dict[str, str]] = []
        self.held: dict[tuple[str, str], Held] = {}
        self.verified: list[tuple[str, str, str]] = []
        self.failed: list[tuple[str, str, str]] = []
        self._verifying: set[asyncio.Task[bool]] = set()

    def posts(self) -> list[dict[str, Any]]:
        return [{"topic": topic, "callback": callback} for topic, callback in self.held]

    async def act(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append(form)
        if why := _fault(request, form):
            return web.Response(status=400, text=why)
        if self.verifies_first:
            await self.verify(form)
        elif self.verifies:
            task = asyncio.create_task(self.verify(form))
            self._verifying.add(task)
            task.add_done_callback(self._verifying.discard)
        return web.Response(status=202)

    async def verify(self, form: dict[str, str]) -> bool:
        """Verify the intent of the subscriber (section 5.3)."""
        mode, topic, callback = (form[f"hub.{name}"] for name in ("mode", "topic", "callback"))
        challenge = secrets.token_urlsafe(16)
        asked = {"hub.mode": mode, "hub.topic": topic, "hub.challenge": challenge}
        if mode == "subscribe":
            asked["hub.lease_seconds"] = str(self.lease)
        status, body = await self._get(callback, asked)
        is_meant = status // 100 == 2 and body == challenge
        (self.verified if is_meant else self.failed).append((mode, topic, callback))
        if is_meant and mode == "subscribe":
            held = Held(form.get("hub.secret"), time.monotonic() + self.lease)
            self.held[topic, callback] = held
        elif is_meant:
            self.held.pop((topic, callback), None)
        self.on_turn()
        return is_meant

    async def deny(self, topic: str, callback: str, reason: str) -> int:
        """Tell the subscriber that it is not, or no longer, subscribed (section 5.2)."""
        self.held.pop((topic, callback), None)
        asked = {"hub.mode": "denied", "hub.topic": topic, "hub.reason": reason}
        return (await self._get(callback, asked))[0]

    async def push(
        self, topic: str, body: bytes, *, method: str = "sha256", signature: str | None = None
    ) -> list[int]:
        """Distribute `body` to who subscribed to `topic` (section 7); return their answers."""
        answers = []
        for (one, callback), held in list(self.held.items()):
            if one != topic or held.expires <= time.monotonic():
                continue
            links = f'<{self.base}>; rel="hub", <{topic}>; rel="self"'
            headers = {"Content-Type": "application/rss+xml", "Link": links}
            if held.secret is not None:
                right = hmac.new(held.secret.encode(), body, method).hexdigest()
                headers["X-Hub-Signature"] = signature or f"{method}={right}"
            async with (
                aiohttp.ClientSession() as session,
                session.post(self._here(callback), data=body, headers=headers) as answer,
            ):
                answers.append(answer.status)
            if answers[-1] == 410:
                del self.held[one, callback]
        return answers

    async def _get(self, callback: str, asked: dict[str, str]) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.get(self._here(callback), params=asked) as answer,
        ):
            return answer.status, await answer.text()

    def _here(self, callback: str) -> str:
        return callback.replace(*self.reach, 1)


def _fault(request: web.Request, form: dict[str, str]) -> str:
    """Return what is wrong with a request (section 5.1), "" if nothing is."""
    if request.content_type != "application/x-www-form-urlencoded":
        return "the form is not in its form"
    if form.get("hub.mode") not in {"subscribe", "unsubscribe"}:
        return "hub.mode is neither subscribe nor unsubscribe"
    if not form.get("hub.topic") or not form.get("hub.callback", "").startswith("http"):
        return "no topic or no callback"
    if len(form.get("hub.secret", "").encode()) >= MOST_SECRET:
        return "the secret is too long"
    return ""
