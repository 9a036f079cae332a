"""What is edited in the preview: a template of a channel, or a filter on the way to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.config.mistakes import Mistake
from bot.config.sections.template_files import SHIPPED, TemplateFiles
from bot.errors import NewsbotError, UsageError
from bot.format.digest import MOST_LINES
from bot.models.basics import ChannelId, FeedId
from bot.models.settings import FeedRoute, TemplateText
from bot.operate.names import known
from bot.operate.preview.trial import Terms
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.config import Config
    from bot.models.settings import Channel, Digest, Feed
    from bot.operate.browser.pages import Fields

TEMPLATES: Final = ("template", "digest")
_KEYS: Final = ("include", "exclude")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The channel whose posts are shown, those of `feed` alone if there is one; and what is edited.

    `edit` is one of the templates ("template" is that of a post for each story) or of the filters
    ("route" is that of the feed for this channel alone), or empty.
    """

    channel: Channel
    feed: Feed | None
    edit: str

    @property
    def digest(self) -> Digest | None:
        """The digest that tells the feed's stories, or the channel's where no feed is chosen."""
        return self.channel.digest_of(self.feed.id) if self.feed else self.channel.digest

    @property
    def template(self) -> TemplateText:
        """The template with which its posts are made, or the digests where that is edited.

        Without a digest it is that of what waited through an outage.
        """
        if self.edit != "digest":
            return self.channel.template
        waited = self.channel.digest_template or self.channel.template
        return self.digest.template if self.digest else waited

    @property
    def lines(self) -> int:
        """How many headlines a post shows where it is a digest; 0 for a post of each story."""
        if self.edit != "digest":
            return 0
        return self.digest.newest if self.digest else MOST_LINES

    @property
    def is_routed(self) -> bool:
        """Tell whether the feed leads to the channel."""
        return self.feed is None or self.channel.id in self.feed.channels

    @property
    def place(self) -> tuple[str, ...]:
        """Where the filter that is edited stands in the file, by ids; empty where none is."""
        channel = ("channels", self.channel.id)
        feed = ("feeds", self.feed.id) if self.feed else ()
        return {"channel": channel, "feed": feed, "route": (*feed, *channel)}.get(self.edit, ())

    def tells(self, feed: FeedId) -> bool:
        """Tell whether a story of `feed` is among what is shown: a digest tells only its own."""
        return self.edit != "digest" or self.channel.digest_of(feed) == self.digest

    @classmethod
    def of(cls, config: Config, fields: Fields) -> Choice:
        """Return the choice that `fields` name; without a channel the feed's or the file's first.

        Raises UsageError where there is no such channel or feed, or no channel at all.
        """
        channel, feed = fields.get("channel", "").strip(), fields.get("feed", "").strip()
        chosen = config.feeds[FeedId(known("feed", feed, config.feeds))] if feed else None
        usual = [one.id for one in config.channels.values() if one.enabled]
        if chosen is not None:
            usual = [name for name in chosen.channels if name in usual] or usual
        names = (
            [known("channel", channel, config.channels)] if channel else [*usual, *config.channels]
        )
        if not names:
            raise UsageError(marked("there is no channel in the file: add one first"))
        found = cls(channel=config.channels[ChannelId(names[0])], feed=chosen, edit="")
        edit = fields.get("edit", "")
        return replace(found, edit=edit) if edit in found.edits else found

    @property
    def edits(self) -> Sequence[str]:
        """What can be edited of it."""
        of_feed = ("feed",) if self.feed else ()
        of_route = ("route",) if self.feed and self.is_routed else ()
        return (*TEMPLATES, "channel", *of_feed, *of_route)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateEdit:
    """A template of a channel: `text` as it is typed, `saved` as it is on the disk.

    `path` is where it is saved, `name` its name there; a shipped one `is_shipped`, and is not there
    yet. `users` are all channels that have it, by the name `used`.
    """

    path: Path
    name: str
    used: str
    saved: TemplateText
    text: str
    is_shipped: bool
    users: Sequence[ChannelId]

    @classmethod
    def of(cls, config: Config, choice: Choice, text: str | None) -> TemplateEdit:
        """Return the template that is chosen, with the `text` that is typed if it is.

        Raises NewsbotError where its file cannot be read.
        """
        own = config.base_dir / "templates"
        used = Path(choice.template.name)
        name = used.relative_to(own if used.is_relative_to(own) else SHIPPED)
        try:
            saved = TemplateFiles(config.base_dir).read(str(name))
        except Mistake as mistake:
            raise NewsbotError(f"channel {choice.channel.id}: {mistake}") from mistake
        return cls(
            path=own / name,
            name=str(name),
            used=str(used),
            saved=saved,
            text=saved.source if text is None else text.replace("\r\n", "\n"),
            is_shipped=saved.name != str(own / name),
            users=[
                one.id
                for one in config.channels.values()
                if str(used) in {template.name for template in one.templates}
            ],
        )

    @property
    def mark(self) -> str:
        """Return by what a change on the disk is noticed."""
        return _mark([self.saved.name, self.saved.source])

    @property
    def template(self) -> TemplateText:
        """Return the template as it is typed, by the name that it would have."""
        return TemplateText(name=str(self.path), source=self.text)

    def in_use(self, config: Config) -> list[Channel]:
        """Return the channels of `config` that have it, with the text that is typed."""
        return [self.applied(config.channels[name]) for name in self.users]

    def applied(self, channel: Channel) -> Channel:
        """Return the channel with the text that is typed, wherever it has this template."""
        return channel.with_template(self.used, self.template)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsEdit:
    """The filter at `path` of the file: `terms` as they are typed, `saved` as they stand there."""

    path: tuple[str, ...]
    saved: Terms
    terms: Terms

    @classmethod
    def of(cls, config: Config, path: tuple[str, ...], fields: Fields) -> TermsEdit:
        """Return the filter at `path`, with what `fields` hold if anything is typed."""
        include, exclude = terms_at(config, path) or ((), ())
        saved = Terms(place=".".join(path), include="\n".join(include), exclude="\n".join(exclude))
        typed = {key: fields[key].replace("\r\n", "\n") for key in _KEYS if key in fields}
        return cls(path=path, saved=saved, terms=replace(saved, **typed))

    @property
    def mark(self) -> str:
        """Return by what a change of the file is noticed."""
        return _mark(self.saved.lists())


Edit = TemplateEdit | TermsEdit


def edit_of(config: Config, choice: Choice, fields: Fields) -> Edit | None:
    """Return what is edited, None where posts are only shown. Raises NewsbotError."""
    if choice.edit in TEMPLATES:
        return TemplateEdit.of(config, choice, fields.get("text"))
    return TermsEdit.of(config, choice.place, fields) if choice.place else None


def terms_at(config: Config, path: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return what the filter at `path` includes and excludes; None where its owner is gone."""
    section, name, *route = path
    owner = getattr(config, section).get(name)
    if owner is not None and route:
        channel = ChannelId(route[-1])
        usual = FeedRoute(channel=channel) if channel in owner.channels else None
        owner = owner.routes.get(channel, usual)
    return owner and (owner.include, owner.exclude)


def _mark(content: object) -> str:
    return sha256(json.dumps(content).encode("utf-8", "replace")).hexdigest()[:24]
