"""`make man`: the manual pages and completions under share/, from the commands and the reference.

man(7) is the language of the pages; a folder of share/ is installed where its name says.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

import bot
from bot.cli import newsbot
from bot.cli.completion import script_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_EXIT = (
    ("0", "done, warnings included, and the service ended by SIGINT or SIGTERM"),
    ("1", "a feed, a delivery or a check failed, nothing matched, or the lock is held"),
    ("2", "wrong usage or configuration, unknown ids included"),
)
_COMPLETIONS = {
    "bash": "bash-completion/completions/newsbot",
    "zsh": "zsh/site-functions/_newsbot",
    "fish": "fish/vendor_completions.d/newsbot.fish",
}
_ROW = re.compile(r"\| `([^`|]+)` \| (.+?) \| (.+?) \| (.+) \|", re.ASCII)
_LINK = re.compile(r"\[([^\]\[]+)\]\(([^()]+)\)")
_MARK = re.compile(r"(`[^`]+`|\*\*[^*]+\*\*)")


def files(reference: str) -> Mapping[str, str]:
    """Return the content of each file under share/, from the text of docs/configuration.md."""
    return {
        "man/man1/newsbot.1": page_of_commands(),
        "man/man5/newsbot.toml.5": page_of_reference(reference),
        **{path: script_for(shell) for shell, path in _COMPLETIONS.items()},
    }


def page_of_commands() -> str:
    """Return newsbot(1), from the help of each command."""
    context = click.Context(newsbot, info_name="newsbot", **newsbot.context_settings)
    common = {name for name, _ in _options(newsbot, context)}
    lines = [
        *_head("NEWSBOT", 1, "newsbot \\- " + _plain(newsbot.get_short_help_str(_WHOLE))),
        *(".SH SYNOPSIS", ".B newsbot", "[OPTIONS] COMMAND [ARGS]"),
        *(".SH DESCRIPTION", *_paragraphs(newsbot.help or "")),
        *(".SH OPTIONS", "Accepted before and after the command.", *_listed(newsbot, context)),
        ".SH COMMANDS",
        *_commands(newsbot, context, common),
        ".SH EXIT STATUS",
        *(line for code, text in _EXIT for line in (".TP", f".B {code}", text)),
        *(".SH SEE ALSO", ".BR newsbot.toml (5)"),
    ]
    return "\n".join(lines) + "\n"


def page_of_reference(reference: str) -> str:
    """Return newsbot.toml(5), from the text of docs/configuration.md."""
    lines = [
        *_head("NEWSBOT.TOML", 5, "newsbot.toml \\- the configuration file of newsbot"),
        ".SH DESCRIPTION",
        *_from_markdown(reference),
        *(".SH SEE ALSO", ".BR newsbot (1)"),
    ]
    return "\n".join(lines) + "\n"


_WHOLE = 1000  # letters: longer than any first sentence


def _head(name: str, section: int, sentence: str) -> Iterator[str]:
    yield '.\\" Written by `make man`.'
    yield f'.TH {name} {section} "" "newsbot {bot.__version__}"'
    yield from (".SH NAME", sentence)


def _commands(group: click.Group, parent: click.Context, common: set[str]) -> Iterator[str]:
    for name, command in group.commands.items():
        context = click.Context(command, info_name=name, parent=parent)
        if isinstance(command, click.Group):
            yield from _commands(command, context, common)
            continue
        usage = " ".join(command.collect_usage_pieces(context))
        yield f'.SS "{_plain(f"{context.command_path} {usage}")}"'
        yield from _paragraphs(command.help or "")
        yield from _listed(command, context, without=common)


def _listed(
    command: click.Command, context: click.Context, *, without: set[str] | None = None
) -> Iterator[str]:
    for name, text in _options(command, context):
        # An argument without a text says no more than the usage above.
        if name not in (without or ()) and (text or name.startswith("-")):
            yield from (".TP", f".B {_plain(name)}", _plain(text) or "\\&")


def _options(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    records = (one.get_help_record(context) for one in command.get_params(context))
    return (one for one in records if one is not None)


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        if number:
            yield ".PP"
        yield _styled(" ".join(paragraph.replace("\b", "").split()))


def _from_markdown(text: str) -> Iterator[str]:
    """Yield man(7) for the Markdown that the reference uses: no more of it is understood."""
    is_code = False
    for line in text.splitlines():
        if line.startswith("```"):
            is_code = not is_code
            yield from (".PP", ".nf") if is_code else (".fi",)
        elif is_code:
            yield _plain(line)
        else:
            yield from _line(line)


def _line(line: str) -> Iterator[str]:
    if row := _ROW.fullmatch(line):
        name, kind, default, meaning = row.groups()
        yield from (".TP", f".BR {_plain(name)} ", _styled(f"{kind}; default {default}"), ".br")
        yield _styled(meaning)
    elif line.startswith("#"):
        level, _, title = line.partition(" ")
        if level != "#":
            quoted = _plain(title).replace('"', "\\(dq")
            yield f'.{"SH" if level == "##" else "SS"} "{quoted}"'
    elif line.lstrip().startswith("- "):
        yield from (".IP \\(bu 2", _styled(line.lstrip()[2:]))
    elif not line.strip():
        yield ".PP"
    elif not line.startswith(("<!--", "|---", "| key |")):
        yield _styled(line.strip())


def _styled(text: str) -> str:
    """Return a line of Markdown with its code and strong words bold, its links as their text."""
    parts = _MARK.split(_LINK.sub(r"\1", text))
    return "".join(
        f"\\fB{_plain(part.strip('`*'))}\\fR" if _MARK.fullmatch(part) else _plain(part, at=number)
        for number, part in enumerate(parts)
    )


def _plain(text: str, *, at: int = 0) -> str:
    """Return text that man(7) takes as it is: no request, no hyphen for a minus."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if at == 0 and escaped.startswith((".", "'")) else escaped


def write(reference: Path, share: Path) -> None:
    """Write each file below `share`."""
    for name, content in files(reference.read_text(encoding="utf-8")).items():
        path = share / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    write(*map(Path, sys.argv[1:]))
