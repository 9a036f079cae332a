"""What `newsbot init` is told, and the file that it writes from that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.config import load_config
from bot.config.mistakes import Mistake
from bot.config.schema.timezones import parse_timezone
from bot.config.schema.values import OWN_LANGUAGES
from bot.operate.feeds.configfile import block
from bot.operate.feeds.feedlist import new_entry
from bot.operate.feeds.toml_text import toml_text
from bot.operate.setup.example import commented, example, without_feeds
from bot.wording import wording

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.config import Config

TOKEN_FILE = "telegram-token"  # noqa: S105 - a name
_ZONES = "zoneinfo/"
API_URL = "https://api.telegram.org"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The answers; without a token posts appear in the terminal only."""

    language: str
    timezone: str
    every: str
    feed: str
    token: str | None = None
    chat: str | int | None = None
    api_url: str = API_URL

    @property
    def channel(self) -> str:
        """Return the id of the channel."""
        if self.chat is None:
            return "terminal"
        return self.chat.removeprefix("@") if isinstance(self.chat, str) else "channel"


def system_language(environ: Mapping[str, str]) -> str:
    """Return the bot's language that fits that of the system, as gettext(3) finds it.

    A person's LANGUAGE, "vi:en", goes before the locale, but for that of programs.
    """
    named = (environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, named), "C")
    is_for_programs = locale.partition(".")[0] in {"C", "POSIX"}
    wanted = [] if is_for_programs else environ.get("LANGUAGE", "").split(":")
    codes = (one.partition("_")[0] for one in (*wanted, locale.partition(".")[0]))
    return next((one for one in codes if one in OWN_LANGUAGES), "en")


def first_language(given: Mapping[str, str], environ: Mapping[str, str]) -> str:
    """Return the language in which `init` begins: the option's, else that of the system."""
    said = given.get("language", "").strip().lower()
    return said if said in OWN_LANGUAGES else system_language(environ)


def system_timezone(environ: Mapping[str, str], link: Path = Path("/etc/localtime")) -> str:
    """Return the name of the system's time zone, "UTC" where it has none (localtime(5))."""
    for name in (environ.get("TZ", "").lstrip(":"), str(link.resolve()).rpartition(_ZONES)[2]):
        try:
            return parse_timezone(name).key
        except Mistake:
            continue
    return "UTC"


def text_of(answers: Answers, target: Path, *, is_full: bool = False) -> str:
    """Return the file with what was answered; `is_full`: with all other keys as comments.

    Raises ConfigError where an answer cannot stand in a file, UsageError for a feed without one.
    """
    head = _full(answers) if is_full else _short(answers)
    config = parsed(head, target)
    entry = new_entry(config, answers.feed, name=None, channels=(), cwd=Path.cwd())
    return "\n".join((head, *block(entry), ""))


def empty_text(timezone: str, api_url: str) -> str:
    """Return a file that names a bot, and neither feeds nor channels."""
    account = '[accounts.tg]\nplatform = "telegram"\ntoken = { file = "telegram-token" }'
    return f"timezone = {toml_text(timezone)}\n{account}\napi_url = {toml_text(api_url)}\n"


def parsed(text: str, target: Path) -> Config:
    """Return the configuration that `text` would be at `target`. Raises ConfigError."""
    return load_config(target, environ={}, content=text.encode())


def _short(answers: Answers) -> str:
    words = wording(answers.language)
    about = words.phrase(
        "Written by `newsbot init`. docs/configuration.md and `man newsbot.toml` explain every "
        "key, `newsbot init --full` writes them all; `newsbot feeds add ADDRESS` adds a feed."
    )
    lines = [
        *commented(about),
        f'language = "{answers.language}"',
        f'timezone = "{answers.timezone}"',
        "",
        "[collect]",
        f'every = "{answers.every}"',
        "",
        *commented(words.phrase("Where the stories of feeds go that name no `channels`.")),
        "[defaults]",
        f'channels = ["{answers.channel}"]',
        "",
        *_account(answers),
        "[[channels]]",
        f'id = "{answers.channel}"',
        *_channel(answers),
        "",
    ]
    return "\n".join(lines)


def _account(answers: Answers) -> list[str]:
    if answers.chat is None:
        return []
    api_url = [f"api_url = {toml_text(answers.api_url)}"] if answers.api_url != API_URL else []
    named = f'token = {{ file = "{TOKEN_FILE}" }}'
    return ["[accounts.tg]", 'platform = "telegram"', named, *api_url, ""]


def _channel(answers: Answers) -> list[str]:
    if answers.chat is None:
        return ['platform = "console"']
    return ['account = "tg"', f"chat = {_chat(answers.chat)}"]


def _chat(chat: str | int) -> str:
    return f'"{chat}"' if isinstance(chat, str) else str(chat)


def _full(answers: Answers) -> str:
    """Return the example up to its feeds, with the answers in their places."""
    head = without_feeds(example(wording(answers.language)))
    changes = {
        r'^language = "vi"': f'language = "{answers.language}"',
        r'^timezone = ".*"': f'timezone = "{answers.timezone}"',
        r'^every = "15m"': f'every = "{answers.every}"',
    }
    if answers.chat is not None:
        changes |= {
            r'^token = \{ env = "TELEGRAM_TOKEN" \}': f'token = {{ file = "{TOKEN_FILE}" }}',
            r'^# api_url = "https://api.telegram.org"': f"api_url = {toml_text(answers.api_url)}",
            r'^channels = \["terminal"\]': f'channels = ["{answers.channel}"]',
            r'^id = "terminal"\n': 'id = "terminal"\nenabled = false\n',
            r'^id = "tin-cong-nghe"': f'id = "{answers.channel}"',
            r'^chat = "@tincongnghe"\nenabled = false': f"chat = {_chat(answers.chat)}",
        }
    for pattern, line in changes.items():
        head = re.sub(pattern, line.replace("\\", r"\\"), head, count=1, flags=re.MULTILINE)
    return head
