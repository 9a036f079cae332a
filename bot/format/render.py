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
from bot.format.illustration import alt_text, has_keyboard, shown_clip, shown_image, with_album
from bot.format.rich import render_rich, wants_rich
from bot.format.share import share_buttons, with_links
from bot.models.posts import Post

if TYPE_CHECKING:
    from bot.format.dialects import Dialect
    from bot.format.share import Rows
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
    dialect = dialect_for(article, channel, without)
    rows = () if "buttons" in without else share_buttons(article, channel)
    has_buttons = has_keyboard(article, channel, without)
    below = () if has_buttons or "markup" in without else rows
    fixed = _fixed_values(article, channel, dialect, rows)

    def write(draft: Draft) -> str:
        # Cutting may end a word so that it becomes an address or a command.
        title, lead = dialect.prepare(draft.title), dialect.prepare(draft.lead)
        more = dialect.prepare(draft.more)
        parts = {"title": title, "lead": lead, "hashtags": draft.hashtags, "more": more}
        text = with_links(template.render({**fixed, **parts}), below, article, channel)
        return dialect.finish(text)

    chosen = lead_of(article)
    spare = tuple(map(dialect.prepare, chosen.spare))
    fitter = Fitter(write=write, dialect=dialect, template=template.name, spare=spare)
    # Without markup nothing folds it: a post of its length is none.
    more = "" if "markup" in without else _more(article, channel, chosen.text)
    draft = Draft(
        title=dialect.prepare(article.title),
        lead=dialect.prepare(chosen.text),
        hashtags=hashtags(article, channel),
        more=dialect.prepare(more),
    )
    text = fitter.fit(draft)
    has_link = dialect.sees_link(text)
    image = shown_image(article, channel, without, has_link=has_link)
    is_shown = image is not None or shown_clip(article, channel, without) is not None
    post = Post(
        channel=channel.id,
        platform=channel.platform,
        text=text,
        length=dialect.measure(text),
        limit=dialect.limit,
        buttons=rows if has_buttons else (),
        image=image,
        alt=dialect.prepare(alt_text(article)) if is_shown else "",
        link=dialect.link,
        has_link=has_link,
        silent=silent,
        chat=channel.chat,
    )
    return with_album(post, article, channel, without)


def _more(article: Article, channel: Channel, lead: str) -> str:
    return read_on(article.body, lead, MOST_MORE) if channel.more == "expandable" else ""


def _fixed_values(
    article: Article, channel: Channel, dialect: Dialect, rows: Rows
) -> dict[str, object]:
    """Return the values that every writing of the post shares, by `templates.FIELDS`."""
    buttons = [button for row in rows for button in row]
    return {
        "link": dialect.link,
        "source": dialect.prepare(article.source),
        "published": article.published and article.published.astimezone(channel.timezone),
        "image": dialect.image,
        "comments": article.comments,
        "language": dialect.prepare(article.language),
        "share": [{"text": button.text, "url": button.url} for button in buttons if button.url],
        "channel": channel.id,
        **also_at_values(article, channel, dialect),
    }
