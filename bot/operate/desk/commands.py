"""The commands at the desk: each is that of the command line, with its wording and effects."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from bot.errors import NewsbotError, UsageError
from bot.models.basics import ChannelId, DeliveryState, FeedId, StoryId
from bot.operate.desk.asking import LISTED, Asking, deeds
from bot.operate.desk.looking import delivery_line, explained, preview_lines, queue, status_lines
from bot.operate.desk.replies import Reply, pairs
from bot.operate.feeds.releasing import release
from bot.operate.names import known
from bot.operate.posting import by_id, pausing
from bot.operate.posting.item_post import Wanted, find_one, send_item
from bot.operate.posting.quote import most_for_deleting, most_for_post
from bot.operate.posting.retract import Eraser, retraction_line
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from bot.config import Config
    from bot.models.settings import Feed
    from bot.models.stories import Article
    from bot.models.views import DeliveryRow, StoryTrace
    from bot.operate.preview.previews import Preview
    from bot.pipeline.route import Route
    from bot.store.engine import Store
    from bot.wording import Wording

    Command = Callable[[str, bool], Awaitable[Reply]]

_S = DeliveryState

COMMANDS = {
    "status": marked("whether all is well"),
    "queue": marked("what waits"),
    "pause": marked("pause a channel, feed or account"),
    "resume": marked("end a pause"),
    "explain": marked("why an item was posted or not"),
    "retry": marked("send a delivery again"),
    "drop": marked("give a delivery up"),
    "advance": marked("move a delivery to the front of its queue"),
    "retract": marked("delete what was posted"),
    "post": marked("post an item to a channel now"),
    "preview": marked("how the newest item of a feed looks"),
    "release": marked("release a feed that brought too much at once"),
    "help": marked("the commands"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetching:
    """What commands fetch: a feed's previews, and an article of which only the title was kept."""

    previews: Callable[[Feed], Awaitable[list[Preview]]]
    article: Callable[[StoryTrace], Awaitable[Article]]


class Commands:
    """Runs a command; all methods raise NewsbotError, whose text is the answer."""

    def __init__(
        self,
        config: Config,
        store: Store,
        *,
        routes: Mapping[ChannelId, Route],
        words: Wording,
        fetching: Fetching,
        now: Callable[[], datetime],
        began: datetime | None = None,
    ) -> None:
        self._config = config
        self._store = store
        self._routes = routes
        self._words = words
        self._asking = Asking(words, now)
        self._fetching = fetching
        self._now = now
        self._began = began
        self._commands: dict[str, Command] = {
            "status": self._status,
            "queue": self._queue,
            "pause": self._pause,
            "resume": self._resume,
            "explain": self._explain,
            "retry": self._retry,
            "drop": self._drop,
            "advance": self._advance,
            "retract": self._retract,
            "post": self._post,
            "preview": self._preview,
            "release": self._release,
            "help": self._help,
            "start": self._help,
        }

    async def run(self, line: str, *, is_sure: bool = False) -> Reply:
        """Run a command such as "pause tin"; `is_sure`: the person agreed to what it does."""
        name, _, rest = line.strip().partition(" ")
        command = self._commands.get(name.lower())
        if command is None:
            near = get_close_matches(name.lower(), COMMANDS, n=1)
            hint = told("; did you mean /{near}?", near=near[0]) if near else ""
            unknown = told("there is no command /{name}", name=name)
            raise UsageError(unknown + hint + marked("; /help lists them"))
        return await command(" ".join(rest.split()), is_sure)

    async def _help(self, _rest: str, _is_sure: bool) -> Reply:
        lines = (f"/{name}: {self._words.phrase(what)}" for name, what in COMMANDS.items())
        return Reply(text="\n".join(lines))

    async def _status(self, _rest: str, _is_sure: bool) -> Reply:
        lines = await status_lines(self._config, self._store, self._now(), self._began, self._words)
        return Reply(text="\n".join(lines))

    async def _queue(self, _rest: str, _is_sure: bool) -> Reply:
        rows = await queue(self._store)
        if not rows:
            return Reply(text=self._words.phrase("nothing waits"))
        words, left = self._words, len(rows) - LISTED
        more = "\n" + words.phrase("and {count} more", count=left) if left > 0 else ""
        text = "\n".join(delivery_line(row, self._config.timezone, words) for row in rows[:LISTED])
        return Reply(text=text + more, rows=self._asking.listed("explain #", rows))

    async def _pause(self, rest: str, _is_sure: bool) -> Reply:
        if not rest:
            return self._asking.which(marked("pause which?"), "pause", self._names())
        store, config, now = self._store, self._config, self._now()
        return Reply(text="\n".join(await pausing.pause(rest, store, config, now, self._words)))

    async def _resume(self, rest: str, _is_sure: bool) -> Reply:
        if not rest:
            paused = (await self._store.alerts.condition(list(self._config.feeds))).pauses
            names = [f"{one.scope}:{one.id}" for one in paused]
            question = marked("resume which?") if names else marked("nothing is paused")
            return self._asking.which(question, "resume", names)
        store, config = self._store, self._config
        return Reply(text="\n".join(await pausing.resume(rest, store, config, self._words)))

    def _names(self) -> list[str]:
        config = self._config
        return [
            *(f"channel:{one}" for one in config.channels),
            *(f"feed:{one}" for one in config.feeds),
        ]

    async def _explain(self, rest: str, _is_sure: bool) -> Reply:
        if not rest:
            rows = await self._store.desk.deliveries(limit=LISTED)
            text = self._words.phrase(
                "explain which? Or /explain with a link or words of the title"
            )
            return Reply(text=text, rows=self._asking.listed("explain #", rows))
        if rest.startswith("#"):
            row = await self._row(rest[1:])
            traces = await self._store.desk.traces([row.story])
            return Reply(text=self._explained(traces), rows=deeds(row))
        traces = await self._store.desk.find_stories(rest, limit=3)
        if not traces:
            raise NewsbotError(
                told(
                    "nothing matches {rest}: no feed has shown such an item so far", rest=repr(rest)
                )
            )
        return Reply(text=self._explained(traces))

    def _explained(self, traces: Sequence[StoryTrace]) -> str:
        return explained(traces, self._config.timezone, self._words)

    async def _retry(self, rest: str, is_sure: bool) -> Reply:
        if not rest:
            return self._asking.which_of("retry", await self._in(_S.UNKNOWN, _S.FAILED))
        row = await self._row(rest)
        route = self._routes.get(row.channel)
        article = await self._store.desk.article(row.story)
        cost = most_for_post(article, route) if article and route else 0
        if not is_sure and (cost or row.state is _S.UNKNOWN):
            deed = self._words.phrase(
                "sending delivery {row} ({state}: {title}) again",
                row=row.id,
                state=self._words.phrase(row.state),
                title=row.title,
            )
            return self._asking.is_meant(deed, f"retry {row.id}", cost)
        return Reply(text=await by_id.retry(row.id, self._store, self._now(), self._words))

    async def _drop(self, rest: str, is_sure: bool) -> Reply:
        if not rest:
            return self._asking.which_of(
                "drop", await self._in(_S.PENDING, _S.HELD, _S.UNKNOWN, _S.FAILED)
            )
        row = await self._row(rest)
        if not is_sure:
            words = self._words
            deed = words.phrase("giving up delivery {row} ({title})", row=row.id, title=row.title)
            return self._asking.is_meant(deed, f"drop {row.id}")
        store, config = self._store, self._config
        return Reply(text=await by_id.drop(row.id, store, config, self._now(), self._words))

    async def _advance(self, rest: str, _: bool) -> Reply:
        if not rest:
            return self._asking.which_of("advance", await self._in(_S.PENDING, _S.HELD))
        number = (await self._row(rest)).id
        store, config = self._store, self._config
        return Reply(text=await by_id.advance(number, store, config, self._now(), self._words))

    async def _retract(self, rest: str, is_sure: bool) -> Reply:
        name, _, id_ = rest.partition(" ")
        if not name:
            return self._asking.which(marked("retract where?"), "retract", self._routes)
        route = self._route(name)
        posts = await self._store.desk.sent_posts(route.channel.id, 100)
        if not id_:
            if not posts:
                raise NewsbotError(told("no post stands in channel {name}", name=name))
            listed = ((one.title, f"/retract {name} {one.id}") for one in posts[:LISTED])
            return Reply(text=self._words.phrase("delete which?"), rows=pairs(listed))
        number = by_id.delivery_id(id_)
        post = next((one for one in posts if one.id == number), None)
        if post is None:
            raise NewsbotError(
                told(
                    "delivery {number} is none of the posts that stand in {name}",
                    number=number,
                    name=name,
                )
            )
        if not is_sure:
            cost = most_for_deleting(1, route)
            words, title = self._words, repr(post.title)
            deed = words.phrase("deleting {title} in {name}", title=title, name=name)
            return self._asking.is_meant(deed, f"retract {name} {number}", cost)
        done = await Eraser(route, self._store, self._now).erase(post)
        return Reply(text=self._words.stored(retraction_line(done)))

    async def _post(self, rest: str, is_sure: bool) -> Reply:
        name, _, text = rest.partition(" ")
        if not text:
            raise UsageError(marked("give a channel and an item: /post CHANNEL words of the title"))
        route = self._route(name)
        trace = await self._trace(text)
        article = await self._store.desk.article(trace.id) or await self._fetching.article(trace)
        cost = most_for_post(article, route)
        if cost and not is_sure:
            words, title = self._words, repr(article.title)
            deed = words.phrase("a post of {title} to {name}", title=title, name=name)
            return self._asking.is_meant(deed, f"post {name} ={trace.id}", cost)
        feed = self._config.feeds.get(trace.feed)
        wanted = Wanted(story=trace.id, article=article, feed=feed)
        said = await send_item(wanted, route, self._store, self._now)
        return Reply(text=self._words.stored(said))

    async def _trace(self, text: str) -> StoryTrace:
        if not text.startswith("="):
            return await find_one(self._store, text)
        found = await self._store.desk.traces([StoryId(by_id.delivery_id(text[1:]))])
        if not found:
            raise NewsbotError(marked("newsbot does not know that item any more"))
        return found[0]

    async def _preview(self, rest: str, _is_sure: bool) -> Reply:
        if not rest:
            return self._asking.which(marked("preview which?"), "preview", self._config.feeds)
        feed = self._config.feeds[FeedId(known("feed", rest, self._config.feeds))]
        previews = await self._fetching.previews(feed)
        return Reply(text="\n\n".join(preview_lines(previews, self._words)))

    async def _release(self, rest: str, is_sure: bool) -> Reply:
        name, _, how = rest.partition(" ")
        if not name:
            held = (await self._store.alerts.condition([])).storms
            question = marked("release which?") if held else marked("no feed is held back")
            return self._asking.which(question, "release", held)
        if not is_sure:
            return self._asking.how_to_release(name)
        done = await release(name, self._store, self._config, self._now(), drop=how == "drop")
        return Reply(text=self._words.stored(done))

    async def _in(self, *states: DeliveryState) -> list[DeliveryRow]:
        return [row for row in await queue(self._store) if row.state in states]

    async def _row(self, text: str) -> DeliveryRow:
        number = by_id.delivery_id(text)
        row = await self._store.desk.delivery(number)
        if row is None:
            raise UsageError(
                told("there is no delivery {number}: /queue lists what waits", number=number)
            )
        return row

    def _route(self, name: str) -> Route:
        return self._routes[ChannelId(known("channel", name, self._routes))]
