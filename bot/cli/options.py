"""Options that every command takes, before or after its name, and what follows from them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from bot.config import Config

_Command = TypeVar("_Command", bound="Callable[..., object]")
_Result = TypeVar("_Result")

LEVELS = ("debug", "info", "warning", "error")
"""Those of `bot.log`, which is slow to import: `newsbot --help` does without."""


@dataclass(slots=True)
class Settings:
    """What the common options say; `excerpts`: whether mistakes are told with their lines."""

    config: Path | None = None
    debug: bool = False
    json: bool = False
    log_level: str | None = None
    excerpts: bool = False

    def load(self) -> Config:
        """Find and read the configuration file. Raises ConfigError and UsageError."""
        from bot.config import find_config, load_config

        path = find_config(self.config, os.environ, Path.cwd())
        return load_config(path, environ=os.environ)

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


MOST = 1_000_000
"""What a number of rows may be: a database counts no further than 64 bits."""


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
            help="What to log on standard error "
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


pass_settings = click.make_pass_decorator(Settings)
