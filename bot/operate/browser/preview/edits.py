"""What is edited in the preview: a channel's template, or the filter of a channel or a feed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.config.mistakes import Mistake
from bot.config.sections.template_files import SHIPPED, TemplateFiles
from bot.errors import NewsbotError, UsageError
from bot.models.basics import ChannelId, FeedId
from bot.models.settings import TemplateText
from bot.operate.names import known
from bot.operate.preview.trial import Terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.config import Config
    from bot.models.settings import Channel, Feed
    from bot.operate.browser.pages import Fields

TEMPLATE: Final = "template"
SECTIONS: Final = {"channel": "channels", "feed": "feeds"}
"""The filters that are edited, and where they stand in the file."""
_KEYS: Final = ("include", "exclude")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The channel whose posts are shown, those of `feed` alone if there is one; and what is edited.

    `edit` is "template", "channel" or "feed" (their filters), or empty.
    """

    channel: Channel
    feed: Feed | None
    edit: str

    @property
    def digest_name(self) -> str:
        """Return the name of the template that the channel's digests are made with, if any."""
        digest = self.channel.digest
        return Path(digest.template.name).name if digest else ""

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
            raise UsageError("there is no channel in the file: add one first")
        edit = fields.get("edit", "")
        is_known = edit in {TEMPLATE, "channel"} or (edit == "feed" and chosen is not None)
        return cls(
            channel=config.channels[ChannelId(names[0])], feed=chosen, edit=edit if is_known else ""
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateEdit:
    """The template of a channel: `text` as it is typed, `saved` as it is on the disk.

    `path` is where it is saved, `name` its name there; a shipped one `is_shipped`, and is not there
    yet. `users` are all channels that have it.
    """

    path: Path
    name: str
    saved: TemplateText
    text: str
    is_shipped: bool
    users: Sequence[ChannelId]

    @classmethod
    def of(cls, config: Config, channel: Channel, text: str | None) -> TemplateEdit:
        """Return the template of `channel`, with the `text` that is typed if it is.

        Raises NewsbotError where its file cannot be read.
        """
        own = config.base_dir / "templates"
        used = Path(channel.template.name)
        name = used.relative_to(own if used.is_relative_to(own) else SHIPPED)
        try:
            saved = TemplateFiles(config.base_dir).read(str(name))
        except Mistake as mistake:
            raise NewsbotError(f"channel {channel.id}: {mistake}") from mistake
        return cls(
            path=own / name,
            name=str(name),
            saved=saved,
            text=saved.source if text is None else text.replace("\r\n", "\n"),
            is_shipped=saved.name != str(own / name),
            users=[one.id for one in config.channels.values() if one.template.name == str(used)],
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
        every = (config.channels[name] for name in self.users)
        return [replace(one, template=self.template) for one in every]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsEdit:
    """The filter of the feed or channel `id`: `terms` as they are typed, `saved` as in the file."""

    section: str
    id: str
    saved: Terms
    terms: Terms

    @classmethod
    def of(cls, owner: Channel | Feed, section: str, fields: Fields) -> TermsEdit:
        """Return the filter of `owner`, with what `fields` hold if anything is typed."""
        place = f"{section}.{owner.id}"
        saved = Terms(
            place=place, include="\n".join(owner.include), exclude="\n".join(owner.exclude)
        )
        typed = {key: fields[key].replace("\r\n", "\n") for key in _KEYS if key in fields}
        return cls(section=section, id=owner.id, saved=saved, terms=replace(saved, **typed))

    @property
    def mark(self) -> str:
        """Return by what a change of the file is noticed."""
        return _mark(self.saved.lists())


Edit = TemplateEdit | TermsEdit


def edit_of(config: Config, choice: Choice, fields: Fields) -> Edit | None:
    """Return what is edited, None where posts are only shown. Raises NewsbotError."""
    if choice.edit == TEMPLATE:
        return TemplateEdit.of(config, choice.channel, fields.get("text"))
    owner = choice.feed if choice.edit == "feed" else choice.channel
    if choice.edit not in SECTIONS or owner is None:
        return None
    return TermsEdit.of(owner, SECTIONS[choice.edit], fields)


def _mark(content: object) -> str:
    return sha256(json.dumps(content).encode("utf-8", "replace")).hexdigest()[:24]
