"""Completion by the shell: its script, and the ids of the configuration file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.options import Settings, common_options
from bot.errors import UsageError
from bot.operate.say import say_as_is

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Completer = Callable[[click.Context, click.Parameter, str], list[str]]

_VARIABLE = "_NEWSBOT_COMPLETE"
_INSTALL = {
    "bash": "newsbot completion bash > ~/.local/share/bash-completion/completions/newsbot",
    "zsh": "newsbot completion zsh > a file named _newsbot in a directory of $fpath",
    "fish": "newsbot completion fish > ~/.config/fish/completions/newsbot.fish",
}


@click.command(
    epilog="\b\nInstall it with:\n" + "\n".join(f"  {text}" for text in _INSTALL.values())
)
@click.argument("shell", metavar="SHELL", type=click.Choice(tuple(_INSTALL)))
@common_options
def completion(shell: str) -> None:
    """Print the script with which SHELL completes commands, options and ids."""
    say_as_is(script_for(shell))


def script_for(shell: str) -> str:
    """Return the script of a shell. Raises UsageError for one that click does not know."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"{shell} is not known here")
    names = {"complete_func": "_newsbot_completion", "complete_var": _VARIABLE}
    return kind.source_template % {**names, "prog_name": "newsbot"} + "\n"


def _ids_of(*sections: str) -> Completer:
    return lambda context, _, incomplete: _ids(context, sections, incomplete)


complete_feed = _ids_of("feeds")
complete_channel = _ids_of("channels")
complete_any = _ids_of("feeds", "channels", "accounts")


def _ids(context: click.Context, sections: Iterable[str], incomplete: str) -> list[str]:
    """Return the ids that the file names; one with mistakes names some, a missing one none."""
    import tomllib

    from bot.config.find import find_config

    named = context.find_object(Settings)
    try:
        path = find_config(named.config if named else None, os.environ, Path.cwd())
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (UsageError, OSError, ValueError):
        return []
    found = [name for section in sections for name in _names(data.get(section))]
    return [name for name in dict.fromkeys(found) if name.startswith(incomplete)]


def _names(section: object) -> list[str]:
    if isinstance(section, dict):
        return list(section)
    entries = section if isinstance(section, list) else []
    names = [entry.get("id") for entry in entries if isinstance(entry, dict)]
    return [name for name in names if isinstance(name, str)]


COMMANDS = (completion,)
