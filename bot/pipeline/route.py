"""The way to one channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import TemplateError
from bot.format.templates import compile_digest
from bot.wording import marked

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from bot.format.templates import Template
    from bot.models.settings import Account, Channel
    from bot.models.stories import Article
    from bot.ports import Deleter, Editor, Finder, PictureSource, Publisher


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """All that delivering to one channel needs.

    `finder`, `editor` and `deleter` are None where the platform has no such thing. Without
    `pictures` none is examined beforehand.
    """

    channel: Channel
    account: Account | None
    template: Template
    publisher: Publisher
    timezone: ZoneInfo
    finder: Finder | None = None
    editor: Editor | None = None
    deleter: Deleter | None = None
    pictures: PictureSource | None = None

    def template_for(self, article: Article) -> Template:
        """Return the template for a story, or for a digest. Raises TemplateError."""
        if not article.headlines:
            return self.template
        channel = self.channel
        digest = channel.digest_of(article.headlines[0].feed)
        text = digest.template if digest else channel.digest_template
        if text is None:
            raise TemplateError(str(channel.id), marked("this channel has no template for digests"))
        return compile_digest(text, channel.platform)

    def is_silent(self, wall: datetime) -> bool:
        """Tell whether a post at `wall` o'clock should arrive without a sound."""
        silent = self.channel.silent
        if isinstance(silent, bool):
            return silent
        return silent.contains(wall.astimezone(self.timezone))
