"""Messages for a file that is not TOML: tomllib's words, the place and the probable remedy."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.config.mistakes import printable, show_key
from bot.config.text.excerpt import excerpt
from bot.config.text.masking import hidden_of_text
from bot.config.text.positions import Scan
from bot.errors import Place
from bot.wording import marked, told

if TYPE_CHECKING:
    from bot.errors import Problem

_MESSAGE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_NEEDS_QUOTES = {"Invalid value", "Expected newline or end of document after a statement"}
_ESCAPES = ("Unescaped '\\'", "Invalid hex value", "Invalid escape", "Escaped character")
_DECLARED = re.compile(r"Cannot declare \((.*?),?\) twice")
_REPEATED = re.compile(r"Cannot (?:overwrite|mutate|redefine)|Duplicate inline table key '(.*)'")
_BARE_WORD = re.compile(r"[^\s,\]}#=]+")
_KEY = re.compile(r"\s*+([^=#\[\s](?:[^=#\[]*[^=#\[\s])?)\s*=")
_CURLY_QUOTES = "“”„‘’‚«»"


_UNCLOSED = marked("; the bracket that opens in line {line} is not closed")


def syntax_problem(message: str, text: str, file: str) -> Problem:
    """Turn tomllib's message about `text` into a line with its place."""
    text = text.replace("\r\n", "\n")
    lines = text.rstrip("\n").split("\n")
    match = _MESSAGE.fullmatch(message)
    what, line, column = match.groups() if match else (message, None, None)
    number = min(int(line), len(lines)) if line else len(lines)
    shown = lines[number - 1]
    start = int(column) - 1 if column else len(shown)
    start, end = _marked(what, shown, start)
    place = Place(
        file=file,
        line=number,
        column=start + 1,
        excerpt=excerpt(shown, number, start=start, end=end, hidden=hidden_of_text(shown)),
    )
    where = "" if column else marked(" (end of file)")
    hint = _hint(what, shown[:start], shown[start:]) + _open_bracket(text, number)
    return place.problem(told("not valid TOML: {why}", why=_plain(what)) + where + hint)


def _marked(what: str, line: str, start: int) -> tuple[int, int]:
    """Return the piece to mark: tomllib points behind a repeated key or table."""
    if repeated := _REPEATED.match(what):
        name = repeated[1]
        if name and (found := line.rfind(name, 0, start)) >= 0:
            return found, found + len(name)
        if key := _KEY.match(line):
            return key.span(1)
    if _DECLARED.match(what):
        return len(line) - len(line.lstrip()), len(line.rstrip())
    word = _BARE_WORD.match(line, start)
    return start, word.end() if word else start + 1


def _plain(what: str) -> str:
    if declared := _DECLARED.match(what):
        name = ".".join(show_key(part.strip(" '\"")) for part in declared[1].split(","))
        return told("[{name}] stands in the file already", name=name)
    if _REPEATED.match(what):
        return marked("this key stands in the table already")
    if what == "Illegal character '\\n'":
        return marked("the string does not end")
    return what[:1].lower() + printable(what[1:])


def _hint(what: str, before: str, rest: str) -> str:
    word = match[0] if (match := _BARE_WORD.match(rest)) else ""
    if what == "Illegal character '\\n'":
        return marked("; a closing quote is missing")
    if what.startswith(_ESCAPES):
        return marked("; write a backslash as \\\\, or the text in single quotes")
    if word[:1] in _CURLY_QUOTES and word:
        return marked('; write straight quotes: "')
    if word.lower() in {"true", "false"}:
        return marked("; write true or false in small letters")
    if what in _NEEDS_QUOTES and before.rstrip()[-1:] in {'"', "'"}:
        return marked("; each key stands on a line of its own")
    return marked("; text needs quotes") if what in _NEEDS_QUOTES and word else ""


def _open_bracket(text: str, number: int) -> str:
    """Name the line of a bracket before the line `number` that is probably not closed."""
    found = Scan(text)
    with suppress(ValueError, RecursionError):
        found.document()
    lines = {found.position(offset).line for offset in found.unclosed} - {number}
    return told(_UNCLOSED, line=min(lines)) if lines else ""
