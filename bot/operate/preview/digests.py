"""What a preview shows of a channel that tells a feed's news in a digest."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from bot.errors import TemplateError
from bot.format.render import render_post
from bot.format.templates import compile_digest
from bot.models.basics import Reason
from bot.models.reasons import ReasonCode
from bot.models.stories import Article, Headline
from bot.moments import local_time
from bot.publish.slots import next_time
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.models.basics import ChannelId, FeedId
    from bot.models.settings import Digest
    from bot.operate.preview.previews import Preview


def in_digests(previews: Sequence[Preview], now: datetime) -> list[Preview]:
    """Return the previews with each item as the one line of the digest that would tell it.

    The digest of all that would be posted of this feed comes last, without an item.
    """
    shown: list[Preview] = []
    told: defaultdict[ChannelId, list[Preview]] = defaultdict(list)
    for one in previews:
        digest = one.channel.digest_of(one.feed.id)
        if digest is None or one.article is None:
            shown.append(one)
            continue
        shown.append(_drawn(replace(one, reason=one.reason or _when(one, digest, now)), [one]))
        if one.decision == "post":
            told[one.channel.id].append(one)
    return shown + [_whole(some) for some in told.values()]


def _when(one: Preview, digest: Digest, now: datetime) -> Reason | None:
    if one.decision != "post":
        return None
    zone = cast("ZoneInfo", one.channel.timezone)
    at = local_time(next_time(digest.at, now, zone), zone)
    text = told("goes into the digest of {at}, with all that comes before", at=at)
    return Reason(code=ReasonCode.DIGEST, text=text)


def _whole(told: Sequence[Preview]) -> Preview:
    digest = told[0].channel.digest_of(told[0].feed.id)
    some = told[: digest.newest] if digest else told
    bare = replace(told[0], item=None, article=_article(some), reason=None)
    return _drawn(bare, some)


def _drawn(shown: Preview, told: Sequence[Preview]) -> Preview:
    """Return `shown` with the digest of what is `told` as its post."""
    digest = shown.channel.digest_of(shown.feed.id)
    article = _article(told)
    if digest is None or article is None:
        return shown
    try:
        template = compile_digest(digest.template, shown.channel.platform)
        post = render_post(article, shown.channel, template)
    except TemplateError as error:
        reason = Reason(code=ReasonCode.TEMPLATE, text=str(error))
        return replace(shown, decision="error", reason=reason, post=None)
    return replace(shown, post=post)


def _article(told: Sequence[Preview]) -> Article | None:
    articles = [(one.feed.id, one.article) for one in told if one.article is not None]
    return digest_of(articles) if articles else None


def digest_of(told: Sequence[tuple[FeedId, Article]]) -> Article:
    """Return the digest of articles, each with its feed."""
    headlines = tuple(
        Headline(title=one.title, link=one.link, feed=feed, source=one.source, image=one.image)
        for feed, one in told
    )
    _, first = told[0]
    return Article(title=first.title, headlines=headlines, language=first.language)
