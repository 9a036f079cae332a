"""Article + channel + template -> post."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.format.also_at import also_at_values
from bot.format.body import read_on
from bot.format.choosing import lead_of
from bot.format.dialects import dialect_for
from bot.format.digest import render_digest
from bot.format.fitting import Draft, Fitter
from bot.format.hashtags import hashtags
from bot.format.illustration import alt_text, with_media
from bot.format.rich import render_rich, wants_rich
from bot.format.share import placed_buttons, with_links
from bot.models.posts import Post

if TYPE_CHECKING:
    from bot.format.templates import Template
    from bot.models.settings import Channel
    from bot.models.stories import Article

MOST_MORE = 900
"""Characters of the article below the lead, in a quotation that opens on a tap."""


def render_post(
    article: Article,
    channel: Channel,
    template: Template,
    *,
    without: frozenset[str] = frozenset(),
    silent: bool = False,
) -> Post:
    """Return the finished post for `channel`, within its platform's limit.

    `template` is the one for such an article: a digest has another than a story.

    `without` names parts to leave out: "rich" (the post is a plain one, whatever the channel's
    layout), "image", "album", "clip", "buttons", "markup", "link"; without the "keyboard" the
    buttons are links in the text, as under an album. `picture` stays empty: whether bytes must be
    sent shows only when the picture is looked at. Raises TemplateError where the template's fixed
    text leaves no room for a title, or the template itself fails.
    """
    if article.headlines:
        return render_digest(article, channel, template, without=without, silent=silent)
    if wants_rich(article, channel, without):
        return render_rich(article, channel, without=without, silent=silent)
    writer = _Writer(article, channel, template, without)
    dialect, text = writer.dialect, writer.write()
    post = Post(
        channel=channel.id,
        platform=channel.platform,
        text=text,
        length=dialect.measure(text),
        limit=dialect.limit,
        buttons=writer.buttons.under,
        alt=dialect.prepare(alt_text(article)),
        link=dialect.link,
        has_link=dialect.sees_link(text),
        silent=silent,
        chat=channel.chat,
    )
    return with_media(post, article, channel, without)


class _Writer:
    """Writes one story, within its platform's limit."""

    def __init__(
        self, article: Article, channel: Channel, template: Template, without: frozenset[str]
    ) -> None:
        self._article = article
        self._channel = channel
        self._template = template
        self._without = without
        self.dialect = dialect_for(article, channel, without)
        self.buttons = placed_buttons(article, channel, without)
        self._fixed = self._fixed_values()

    def write(self) -> str:
        """Return the post's text."""
        chosen = lead_of(self._article)
        fitter = Fitter(
            write=self._written,
            dialect=self.dialect,
            template=self._template.name,
            spare=tuple(map(self.dialect.prepare, chosen.spare)),
        )
        return fitter.fit(self._draft(chosen.text))

    def _draft(self, lead: str) -> Draft:
        prepare = self.dialect.prepare
        return Draft(
            title=prepare(self._article.title),
            lead=prepare(lead),
            hashtags=hashtags(self._article, self._channel),
            more=prepare(self._more(lead)),
        )

    def _more(self, lead: str) -> str:
        # Without markup nothing folds it: a post of its length is none.
        if self._channel.more != "expandable" or "markup" in self._without:
            return ""
        return read_on(self._article.body, lead, MOST_MORE)

    def _written(self, draft: Draft) -> str:
        # Cutting may end a word so that it becomes an address or a command.
        prepare = self.dialect.prepare
        parts = {
            "title": prepare(draft.title),
            "lead": prepare(draft.lead),
            "hashtags": draft.hashtags,
            "more": prepare(draft.more),
        }
        text = self._template.render({**self._fixed, **parts})
        return self.dialect.finish(
            with_links(text, self.buttons.in_text, self._article, self._channel)
        )

    def _fixed_values(self) -> dict[str, object]:
        """Return the values that every writing of the post shares, by `templates.FIELDS`."""
        article, channel, prepare = self._article, self._channel, self.dialect.prepare
        buttons = [button for row in self.buttons.rows for button in row]
        return {
            "link": self.dialect.link,
            "source": prepare(article.source),
            "published": article.published and article.published.astimezone(channel.timezone),
            "image": self.dialect.image,
            "comments": article.comments,
            "language": prepare(article.language),
            "share": [{"text": button.text, "url": button.url} for button in buttons if button.url],
            "channel": channel.id,
            **also_at_values(article, channel, self.dialect),
        }
