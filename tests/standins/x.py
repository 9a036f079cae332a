"""A stand-in for X's API v2: verified signatures, weighted lengths, duplicates, rates and money.

    async with XServer() as server:
        account = XAccount(**asdict(server.keys), api_url=server.base)
        ...
        server.posts()[0]["text"], server.billed, server.media.all

`server.credit = 0` makes it ask for payment (402).
"""

from __future__ import annotations

import argparse
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.format.twitter import extract_urls_with_indices, parse_tweet
from tests.standins.serving import Standin, serve_for_ever
from tests.standins.x_media import MediaError, MediaStore
from tests.standins.x_oauth import Keys, SignatureChecker

if TYPE_CHECKING:
    from collections.abc import Callable

USER_ID = "1700000000000000000"
_PRICE, _PRICE_WITH_LINK, _PRICE_READ = 15_000, 200_000, 1_000  # micro-dollars
_PRICE_DELETE = 10_000
_WINDOW, _DAY = 15 * 60, 24 * 60 * 60  # seconds
_FIRST_ID = 1_990_000_000_000_000_000
_LENGTH = 280
# OpenAPI document 2.167, TweetCreateRequest; anything else is refused.
_FIELDS = frozenset(
    [
        "card_uri",
        "community_id",
        "direct_message_deep_link",
        "edit_options",
        "for_super_followers_only",
        "geo",
        "made_with_ai",
        "media",
        "nullcast",
        "paid_partnership",
        "poll",
        "quote_tweet_id",
        "reply",
        "reply_settings",
        "share_with_followers",
        "text",
    ]
)
_PROBLEMS = "https://api.twitter.com/2/problems"

NOT_PERMITTED = "You are not permitted to perform this action."
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
SUSPENDED = "The user used for authentication is suspended"


def problem(status: int, title: str, detail: str, kind: str | None = None) -> dict[str, Any]:
    """Return the body of a refusal; `kind` is the last part of its type."""
    type_ = f"{_PROBLEMS}/{kind}" if kind else "about:blank"
    return {"title": title, "detail": detail, "type": type_, "status": status}


@dataclass(kw_only=True)
class Limits:
    """Posts in 15 minutes and in 24 hours, and since when they are counted."""

    window: int = 100
    day: int | None = None
    times: list[float] = field(default_factory=list)


class XServer(Standin):
    """Knows one account."""

    def __init__(
        self,
        *,
        port: int = 0,
        keys: Keys | None = None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(port=port)
        self.keys = keys or Keys()
        self.billed = 0
        self.credit: int | None = None
        self.forbidden = ""
        """A word that no post may hold."""
        self._limits = limits or Limits()
        self._clock = clock
        self._oauth = SignatureChecker(self.keys)
        self._posts: list[dict[str, Any]] = []
        self._made = 0
        self.media = MediaStore(clock, self._charge)

    def posts(self) -> list[dict[str, Any]]:
        return list(self._posts)

    async def act(self, request: web.Request) -> web.Response:
        if not self._oauth.accepts(request):
            if request.headers.get("Authorization", "").startswith("Bearer "):
                detail = "Authenticating with OAuth 2.0 Application-Only is forbidden."
                return _refuse(
                    403, "Unsupported Authentication", detail, "unsupported-authentication"
                )
            return _refuse(401, "Unauthorized", "Unauthorized")
        if request.path == "/2/tweets" and request.method == "POST":
            return await self._create(request)
        if request.path in {"/2/media/upload", "/2/media/metadata"} and request.method == "POST":
            return await self._media(request)
        if request.path == "/2/users/me":
            user = {"id": USER_ID, "name": "Tin công nghệ", "username": "tincongnghe"}
            return web.json_response({"data": user})
        if request.path == f"/2/users/{USER_ID}/tweets":
            return self._timeline(request)
        if request.path.startswith("/2/tweets/") and request.method == "DELETE":
            return self._delete(request.path.rpartition("/")[2])
        return _refuse(404, "Not Found Error", "Not Found", "resource-not-found")

    async def _media(self, request: web.Request) -> web.Response:
        if lack := self._out_of_credit():
            return lack
        try:
            if request.path.endswith("upload"):
                return await self.media.upload(request)
            return await self.media.describe(request)
        except MediaError as error:
            return web.json_response(_invalid(str(error)), status=400)

    async def _create(self, request: web.Request) -> web.Response:
        order = await request.json()
        if wrong := _wrong_shape(order):
            return web.json_response(wrong, status=400)
        try:
            media = self.media.of_post(order.get("media"))
        except MediaError as error:
            return web.json_response(_invalid(str(error)), status=400)
        text = order["text"]
        refusal = self._over_limits() or self._refusal_of_text(text)
        if refusal is None:
            self._limits.times.append(self._clock())
            post = self._add(text, media)
            seen = {name: post[name] for name in ("id", "text", "edit_history_tweet_ids")}
            refusal = web.json_response({"data": seen}, status=201)
        refusal.headers.update(self._rate_headers())
        return refusal

    def _delete(self, number: str) -> web.Response:
        found = next((post for post in self._posts if post["id"] == number), None)
        if found is None:
            detail = f"Could not find tweet with id: [{number}]."
            return _refuse(404, "Not Found Error", detail, "resource-not-found")
        self._posts.remove(found)
        self._charge(_PRICE_DELETE)
        return web.json_response({"data": {"deleted": True}})

    def _over_limits(self) -> web.Response | None:
        headers = self._rate_headers()
        if any(headers[name] == "0" for name in headers if name.endswith("-remaining")):
            return _refuse(429, "Too Many Requests", "Too Many Requests")
        return self._out_of_credit()

    def _out_of_credit(self) -> web.Response | None:
        if self.credit is not None and self.credit <= 0:
            lack = "does not have any credits to fulfill this request."
            detail = f"Your enrolled account [{USER_ID}] {lack}"
            return _refuse(402, "CreditsDepleted", detail, "credits")
        return None

    def _refusal_of_text(self, text: str) -> web.Response | None:
        if self.forbidden and self.forbidden in text:
            return _refuse(403, "Forbidden", NOT_PERMITTED)
        if parse_tweet(text).weightedLength > _LENGTH:
            return _refuse(403, "Forbidden", NOT_PERMITTED)
        if any(post["raw"] == text for post in self._posts):
            return _refuse(403, "Forbidden", DUPLICATE)
        return None

    def _add(self, text: str, media: list[str]) -> dict[str, Any]:
        number = str(_FIRST_ID + self._made)
        self._made += 1
        shortened, urls = _shortened(text, number)
        self._charge(_PRICE_WITH_LINK if urls else _PRICE)
        post = {
            "id": number,
            "text": shortened,
            "raw": text,
            "edit_history_tweet_ids": [number],
            "created_at": datetime.fromtimestamp(self._clock(), UTC).isoformat(
                timespec="milliseconds"
            ),
            "entities": {"urls": urls} if urls else {},
            "media": media,
        }
        self._posts.append(post)
        return post

    def write(self, text: str) -> None:
        """Let the account's owner post by hand."""
        self._add(text, [])

    def _charge(self, price: int) -> None:
        self.billed += price
        if self.credit is not None:
            self.credit -= price

    def _rate_headers(self) -> dict[str, str]:
        now = self._clock()
        headers = {}
        for name, span, most in (
            ("x-rate-limit", _WINDOW, self._limits.window),
            ("x-user-limit-24hour", _DAY, self._limits.day),
        ):
            if most is None:
                continue
            recent = [at for at in self._limits.times if at > now - span]
            headers[f"{name}-limit"] = str(most)
            headers[f"{name}-remaining"] = str(max(0, most - len(recent)))
            headers[f"{name}-reset"] = str(int(min(recent, default=now) + span) + 1)
        return headers

    def _timeline(self, request: web.Request) -> web.Response:
        query = request.query
        count = int(query.get("max_results", 10))
        if not 5 <= count <= 100:
            text = f"The `max_results` query parameter value [{count}] is not between 5 and 100"
            return web.json_response(_invalid(text), status=400)
        since, start = int(query.get("since_id", 0)), _moment(query.get("start_time"))
        end = _moment(query.get("end_time")) if "end_time" in query else None
        found = [
            post
            for post in reversed(self._posts)
            if int(post["id"]) > since
            and _moment(post["created_at"]) >= start
            and (end is None or _moment(post["created_at"]) <= end)
        ]
        more, found = (
            {"next_token": "7140dibdnow9c7btw4"} if len(found) > count else {},
            found[:count],
        )
        self._charge(_PRICE_READ * len(found))
        wanted = {"id", "text", "edit_history_tweet_ids", *query.get("tweet.fields", "").split(",")}
        data = [{name: value for name, value in post.items() if name in wanted} for post in found]
        meta: dict[str, Any] = {"result_count": len(data)}
        if data:
            meta |= {"newest_id": data[0]["id"], "oldest_id": data[-1]["id"], **more}
        return web.json_response({"data": data, "meta": meta} if data else {"meta": meta})


def _wrong_shape(order: object) -> dict[str, Any] | None:
    if not isinstance(order, dict):
        return _invalid("Request body is not an object")
    unknown = sorted(order.keys() - _FIELDS)
    if unknown:
        return _invalid(f"$.{unknown[0]}: is not defined in the schema")
    if not isinstance(order.get("text"), str) or not order["text"].strip():
        return _invalid("$.text: must be a non-empty string")
    return None


def _invalid(message: str) -> dict[str, Any]:
    detail = "One or more parameters to your request was invalid."
    return {
        "errors": [{"message": message}],
        **problem(400, "Invalid Request", detail, "invalid-request"),
    }


def _refuse(status: int, title: str, detail: str, kind: str | None = None) -> web.Response:
    return web.json_response(problem(status, title, detail, kind), status=status)


def _shortened(text: str, number: str) -> tuple[str, list[dict[str, Any]]]:
    """Put a t.co address in the place of each address, as X does."""
    urls, parts, at = [], [], 0
    for index, found in enumerate(extract_urls_with_indices(text)):
        start, end = found["indices"]
        short = f"https://t.co/{number[-8:]}{index:02d}"
        expanded = found["url"] if "://" in found["url"] else f"http://{found['url']}"
        display = re.sub(r"\Ahttps?://(www\.)?", "", expanded)
        urls.append({"url": short, "expanded_url": expanded, "display_url": display})
        parts += [text[at:start], short]
        at = end
    return "".join([*parts, text[at:]]), urls


def _moment(text: str | None) -> datetime:
    return datetime.fromisoformat(text) if text else datetime.min.replace(tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description="Stand in for X's API on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--credit", type=int, help="micro-dollars; without it there is no end")
    options = parser.parse_args()
    server = XServer(port=options.port)
    server.credit = options.credit
    serve_for_ever(server)


if __name__ == "__main__":
    main()
