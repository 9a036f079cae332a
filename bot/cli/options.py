"""Options of every command, before or after its name; configuration, log and output follow them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click

from bot.operate.say import as_a_whole, can_show, say_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping

    from bot.config import Config
    from bot.models.basics import AccountId
    from bot.models.settings import Channel
    from bot.wording import Wording

    Secrets = Mapping[AccountId, Mapping[str, str]]

_Command = TypeVar("_Command", bound="Callable[..., object]")
_Result = TypeVar("_Result")
_P = ParamSpec("_P")

LEVELS = ("debug", "info", "warning", "error")
"""Those of `bot.log`, which is slow to import: `newsbot --help` does without."""


@dataclass(slots=True)
class Settings:
    """The values of the common options; `excerpts`: mistakes are shown with their lines.

    Commands say all in English; only `init` has another `language` for what it tells a person.
    `found` is the document for --json as far as it is known, printed after Ctrl-C; None where there
    is none, or where it was printed already.
    """

    config: Path | None = None
    debug: bool = False
    json: bool = False
    log_level: str | None = None
    excerpts: bool = False
    log_form: tuple[str, bool] | None = None
    found: object = None
    language: str = "en"

    @property
    def words(self) -> Wording:
        """The words of the language."""
        from bot.wording import wording

        return wording(self.language)

    def load(self) -> Config:
        """Find and read the configuration file. Raises ConfigError and UsageError."""
        from bot.config import load_config
        from bot.log import configure_at_first_line

        path = self.path()
        config = load_config(path, environ=surroundings(path))
        configure_at_first_line(partial(self._log_beside, config))
        return config

    def _log_beside(self, config: Config) -> None:
        """Begin the log of a command that needs no secret: it has warnings, unless told more."""
        from bot.app.credentials import start_logging

        is_told = self.debug or self.log_level or os.environ.get("NEWSBOT_LOG_LEVEL")
        start_logging(config, self.level(config) if is_told else "warning", {})

    def path(self) -> Path:
        """Find the configuration file; the installed service's comes last. Raises UsageError."""
        from bot.config import find_config
        from bot.operate.setup.installed import installed_config

        return find_config(self.config, os.environ, Path.cwd(), installed=installed_config)

    def secrets(
        self,
        config: Config,
        channels: Iterable[Channel],
        *,
        also: Iterable[AccountId] = (),
        is_quiet: bool = False,
    ) -> Secrets:
        """Return the secrets of `also` and of the accounts of `channels`; the log hides them.

        A log that `is_quiet` has errors only. Raises ConfigError where a secret is missing.
        """
        from bot.app.credentials import secrets_of, start_logging

        found = secrets_of(config, channels, surroundings(config.path), also=also)
        level = "error" if is_quiet and not self.debug else self.level(config)
        form = start_logging(config, level, found)
        self.log_form = form if self.log_form else None
        return found

    def begin_log(self) -> None:
        """Say that errors are lines of the log, whose form the configuration may change yet."""
        from bot.app.credentials import log_form

        self.log_form = log_form(os.environ)

    def level(self, config: Config) -> str:
        """Return the log level: the option's, the environment's, else the file's."""
        if self.debug:
            return "debug"
        level = (self.log_level or os.environ.get("NEWSBOT_LOG_LEVEL") or config.log.level).lower()
        if level not in LEVELS:
            raise click.UsageError(
                f"unknown log level {level!r} in $NEWSBOT_LOG_LEVEL: use one of {', '.join(LEVELS)}"
            )
        return level


def surroundings(config: Path) -> Mapping[str, str]:
    """Return the environment, with that of the installed service which runs with `config`."""
    from bot.operate.setup.installed import service_environ

    return service_environ(config, os.environ)


MOST = 1_000_000
"""The largest number of rows to ask for: a database counts no further than 64 bits."""


def run_async(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run `work` to its end; asyncio is loaded by the commands that need it."""
    import asyncio

    return asyncio.run(work)


def common_options(command: _Command) -> _Command:
    """Add -c, --json, --log-level and --debug."""
    for option in (
        click.option("--debug", is_flag=True, help="Show tracebacks and every detail.", **_kept()),
        click.option(
            "--log-level",
            type=click.Choice(LEVELS, case_sensitive=False),
            help="The least level to log on standard error "
            "[default: $NEWSBOT_LOG_LEVEL, else the file's, else info].",
            **_kept(),
        ),
        click.option("--json", is_flag=True, help="Print one JSON document.", **_kept()),
        click.option(
            "-c",
            "--config",
            type=click.Path(path_type=Path),
            help="The configuration file [default: $NEWSBOT_CONFIG, ./newsbot.toml, "
            "./config/newsbot.toml, /etc/newsbot/newsbot.toml].",
            **_kept(),
        ),
    ):
        command = option(command)
    return command


def _kept() -> dict[str, Any]:
    return {"expose_value": False, "callback": _keep}


def _keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
    """Remember the option's value; one given after the command wins over one given before."""
    if value and parameter.name:
        setattr(context.ensure_object(Settings), parameter.name, value)


def with_settings(command: Callable[Concatenate[Settings, _P], _Result]) -> Callable[_P, _Result]:
    """Add the common options; the command gets their values as its first argument."""
    return common_options(click.make_pass_decorator(Settings)(command))


def show(settings: Settings, document: object, as_text: Callable[[], None]) -> None:
    """Print `document` as JSON where the operator wants that, else `as_text`."""
    if not settings.json:
        as_text()
        return
    from bot.operate.json_forms import json_text

    text = json_text(document)
    if not can_show(text):
        text = json_text(document, is_ascii=True)
    with as_a_whole():
        settings.found = None
        say_whole(text)


def show_found(settings: Settings) -> None:
    """Print the document of a command that was stopped, with all that it had found."""
    if settings.json and settings.found is not None:
        show(settings, settings.found, lambda: None)


STOPPED: Mapping[str, bool] = {"stopped": True}
"""The document, where that is an object, of a command that was stopped before it knew more."""
