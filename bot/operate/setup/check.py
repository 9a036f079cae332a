"""`newsbot check`: all that can be checked without sending anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.config import check_secrets
from bot.config.credentials import check_web_token
from bot.config.proxies import proxies_of
from bot.errors import ConfigError, TemplateError
from bot.format.render import render_post
from bot.format.templates import compile_digest, compile_template
from bot.models.basics import FeedId
from bot.models.stories import Article, Headline
from bot.operate.setup.chat_numbers import same_chats

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bot.config import Config
    from bot.models.settings import Channel

# Long, accented, and with every character that markup cares about.
_TRIAL = Article(
    title='Thử "bản tin" <công nghệ> & chữ Việt có dấu',
    paragraphs=("Câu đầu của bản tin thử. " * 12,),
    link="https://example.org/tin?a=1&b=2",
    source="newsbot",
    categories=("Công nghệ",),
    hashtags=("CôngNghệ",),
    image="https://example.org/anh.jpg",
    comments="https://example.org/tin#comments",
)


def check_templates(channels: Iterable[Channel]) -> None:
    """Compile each channel's template and render a trial post. Raises ConfigError with all."""
    problems = []
    for channel in channels:
        try:
            render_post(_TRIAL, channel, compile_template(channel.template, channel.platform))
            _try_digests(channel)
        except TemplateError as error:
            problems.append(f"{error} (template of channel {channel.id})")
    if problems:
        raise ConfigError(list(dict.fromkeys(problems)))


def _try_digests(channel: Channel) -> None:
    """Render a trial of each digest of the channel. Raises TemplateError."""
    every = [(FeedId("(trial)"), channel.digest), *channel.digests.items()]
    for feed, digest in every:
        if digest is not None:
            told = Headline(title=_TRIAL.title, link=_TRIAL.link, feed=feed)
            trial = Article(title=_TRIAL.title, headlines=(told,) * digest.newest)
            render_post(trial, channel, compile_digest(digest.template, channel.platform))


def check_chats(channels: Iterable[Channel], numbers: Mapping[str, int]) -> list[str]:
    """Return a warning for each channel whose chat another one calls by its name or number.

    `numbers` are those that posts told so far, by name in lower case.
    """
    named = ((_number_of(channel, numbers), channel) for channel in channels)
    return [f"channel {channel.id}: {text}" for channel, text in same_chats(named)]


def _number_of(channel: Channel, numbers: Mapping[str, int]) -> int | None:
    chat = channel.chat
    return numbers.get(chat.lower()) if isinstance(chat, str) else chat


def check_accounts(config: Config, environ: Mapping[str, str]) -> list[str]:
    """Look for the proxies and the secrets in use: return warnings, raise ConfigError."""
    proxies_of(config, environ)
    used = {c.account: None for c in config.channels.values() if c.enabled and c.account}
    used |= {one.account: None for one in (config.alerts, config.desk) if one is not None}
    found = [
        check_secrets(config.accounts[id_], base_dir=config.base_dir, environ=environ)
        for id_ in used
    ]
    found.append(check_web_token(config, environ))
    problems = [problem for check in found for problem in check.problems]
    if problems:
        raise ConfigError(problems)
    return [warning for check in found for warning in check.warnings]


def check_terms(idle: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield a warning for each term of a filter that was in no item for a month."""
    for place, term in idle:
        yield f'{place}: "{term}" was in no item for a month; is it spelled as the feeds spell it?'
