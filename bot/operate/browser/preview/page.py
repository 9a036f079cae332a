"""Preview: the newest items as posts, as they are and as an edit would make them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from bot.errors import NewsbotError, TooCostly
from bot.operate.browser.html import render
from bot.operate.browser.pages import Page
from bot.operate.browser.preview.edits import Choice, Edit, TemplateEdit, TermsEdit, edit_of
from bot.operate.browser.preview.items import MOST, articles_for, leading_to
from bot.operate.browser.preview.saving import save
from bot.operate.preview.previews import Preview
from bot.operate.preview.trial import Outcome, Told, Trial, Tried, try_out
from bot.pipeline.screening import subject_of
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from markupsafe import Markup

    from bot.config import Config
    from bot.models.basics import FeedId
    from bot.models.stories import Article
    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.browser.pages import Fields

_LISTED: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How cards are drawn: no picture is loaded from elsewhere."""

    now: datetime
    images: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An article as its post, or a digest; of one that `is_bare` only headline and link are known.

    `sought` are the texts in which terms are sought, by the words that stand before a term.
    """

    preview: Preview
    is_bare: bool = False
    sought: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The posts, and what is edited; `fault` says why there is neither.

    `is_saved`: the posts are as the file has it, for there are `mistakes` in what is typed.
    """

    language: str
    look: Look
    fields: Fields
    channels: Sequence[str]
    fault: str = ""
    choice: Choice | None = None
    edit: Edit | None = None
    mistakes: Sequence[str] = ()
    is_saved: bool = False
    items: Sequence[Item] = ()
    feeds: Sequence[str] = ()

    @property
    def mark(self) -> str:
        """Return what the page was opened with, which a failed attempt to save does not change."""
        return self.fields.get("mark") or (self.edit.mark if self.edit else "")

    def query(self, **other: str) -> str:
        """Return the query that chooses the same, but for what is given."""
        feed = self.choice and self.choice.feed
        said = {
            "channel": self.choice.channel.id if self.choice else "",
            "feed": feed.id if feed else "",
        }
        return urlencode({key: text for key, text in {**said, **other}.items() if text})

    @property
    def is_template(self) -> bool:
        """Tell whether a template is edited."""
        return isinstance(self.edit, TemplateEdit)


async def read(newsroom: Newsroom, fields: Fields) -> Shown:
    """Try the newest articles of a `channel`, or of a `feed` in it, with what is typed."""
    config = newsroom.config
    shown = Shown(
        language=config.language,
        look=Look(now=newsroom.now()),
        fields=fields,
        channels=list(config.channels)[:_LISTED],
    )
    try:
        choice = Choice.of(config, fields)
        edit = await asyncio.to_thread(edit_of, config, choice, fields)
    except NewsbotError as error:
        return replace(shown, fault=str(error))
    told = await articles_for(newsroom, choice.channel, choice.feed)
    told = [one for one in told if choice.tells(one.feed)]
    outcome = await _outcome(newsroom, choice, edit, told)
    mistakes = outcome.mistakes
    if mistakes and edit is not None:
        outcome = await _outcome(newsroom, choice, None, told)
    return replace(
        shown,
        choice=choice,
        edit=edit,
        mistakes=mistakes,
        is_saved=bool(mistakes),
        items=_items(config, choice, told, outcome),
        feeds=[one.id for one in leading_to(choice.channel, config)][:_LISTED],
    )


async def _outcome(
    newsroom: Newsroom, choice: Choice, edit: Edit | None, told: Sequence[Told]
) -> Outcome:
    channel, template = choice.channel, choice.template
    if isinstance(edit, TemplateEdit):
        channel, template = edit.applied(channel), edit.template
    trial = Trial(
        channel=channel,
        template=template,
        told=tuple(told),
        filters={
            feed: newsroom.config.feeds[feed].filters.get(channel.id, ())
            for feed in {one.feed for one in told}
        },
        typed=edit.terms if isinstance(edit, TermsEdit) else None,
        lines=choice.lines,
    )
    try:
        return await newsroom.offload(partial(try_out, trial))
    except TooCostly as error:
        words = newsroom.words
        said = words.phrase("{why}: make it shorter", why=words.stored(str(error)))
        return Outcome(mistakes=(said,))


def _items(config: Config, choice: Choice, told: Sequence[Told], outcome: Outcome) -> list[Item]:
    def drawn(feed: FeedId, article: Article, tried: Tried) -> Preview:
        return Preview(
            feed=config.feeds[feed],
            channel=choice.channel,
            decision=tried.decision,
            reason=tried.reason,
            article=article,
            post=tried.post,
        )

    items = [
        Item(
            preview=drawn(one.feed, one.article, tried),
            is_bare=one.is_bare,
            sought=subject_of(one.article).texts,
        )
        for one, tried in zip(told, outcome.tried, strict=False)
    ]
    digest = outcome.digest
    if digest is None or digest.article is None:
        return items
    return [Item(preview=drawn(told[0].feed, digest.article, digest)), *items]


def view(shown: Shown) -> Markup:
    """Return what stands in <main>."""
    return render("preview", shown.language, shown=shown, page=shown.look, most=MOST)


PAGE = Page(
    name="preview",
    title=marked("Preview"),
    read=read,
    view=view,
    actions={"save": save},
    takes_forms=True,
)
