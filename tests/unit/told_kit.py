"""Texts that a person may read, and whether the catalogue can know them."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BOT = Path(__file__).parents[2] / "bot"
SAID = frozenset(
    {"told", "told_count", "marked", "phrase", "phrase_as", "phrase_count", "stored", "counted"}
)
# What keeps a text, beside the errors: all of these show it to people sooner or later.
KEPT = frozenset({"Reason", "failed", "_failed", "_unfit", "_left", "warn", "problem", "not_this"})
_SENTENCE = re.compile(r"[A-Za-z']*[a-z']{2,}[ ,;:]+[a-z']{2,}")
# Words without which English says little, and which Vietnamese has not.
_ENGLISH = re.compile(
    r"\b(the|is|are|was|were|not|and|of|with|this|that|it|its|be|been|by|from|which|has|have|had"
    r"|for|must|write|posted|sent|feed|channel|delivery|newest|after|before|waits)\b"
)
_NAMES = re.compile(r"`[^`]*`|“[^”]*”|[\w./:-]*[./:][\w./-]+|/\w+|id=\S+")
_ROOTS = frozenset({"NewsbotError", "Mistake", "PollError", "ProxyFailedError", "SecurityError"})


class Module:
    """A module, with what its names are set to and its functions return."""

    def __init__(self, source: str, errors: Iterable[str]) -> None:
        self._tree = ast.parse(source)
        self._sinks = KEPT | frozenset(errors)
        self._values: dict[str, list[ast.expr]] = defaultdict(list)
        self._returned: dict[str, list[ast.expr]] = defaultdict(list)
        for node in ast.walk(self._tree):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self._values[name].append(value)
                case (
                    ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                    | ast.AugAssign(target=ast.Name(id=name), value=value)
                ):
                    self._values[name].append(value)
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    found = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
                    self._returned[name] += [one for one in found if one is not None]

    def bare(self) -> Iterator[str]:
        """Yield the texts that are kept or raised, and that no catalogue knows."""
        for call in (one for one in ast.walk(self._tree) if isinstance(one, ast.Call)):
            if _name(call.func) in self._sinks:
                for argument in (*call.args, *(one.value for one in call.keywords)):
                    yield from self._bare_in(argument, frozenset())

    def _bare_in(self, node: ast.expr, seen: frozenset[str]) -> Iterator[str]:
        text = _text(node)
        if text is not None:
            yield from [text] if _SENTENCE.search(text) and "\n" not in text else []
            return
        for one, name in self._parts(node):
            if not name or name not in seen:
                yield from self._bare_in(one, seen | {name})

    def _parts(self, node: ast.expr) -> Iterator[tuple[ast.expr, str]]:
        """Yield what the text may come from, each with the name that led there."""
        match node:
            case ast.Call(func=func, args=arguments, keywords=values):
                name = _name(func)
                if name in SAID:
                    yield from ((one.value, "") for one in values)
                else:
                    found = [*self._returned[name], *(arguments if name != "str" else ())]
                    yield from ((one, name) for one in found)
            case ast.Name(id=name):
                yield from ((one, name) for one in self._values[name])
            case ast.Subscript(value=value):
                yield value, ""
            case ast.Dict(values=values):
                yield from ((one, "") for one in values)
            case ast.BinOp() | ast.IfExp() | ast.BoolOp() | ast.List() | ast.Tuple():
                parts = ast.iter_child_nodes(node)
                yield from ((one, "") for one in parts if isinstance(one, ast.expr))


def errors_in(sources: Iterable[str]) -> frozenset[str]:
    """Return the classes of errors whose message a person may read."""
    bases = {
        node.name: {_name(one) for one in node.bases}
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef)
    }
    found = set(_ROOTS)
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return frozenset(found)


def _text(node: ast.expr) -> str | None:
    """Return the text that is written there; None where it comes from elsewhere."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(
                str(one.value) if isinstance(one, ast.Constant) else "{}" for one in parts
            )
    return None


def _name(node: ast.expr) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))


def english_in(page: str) -> list[str]:
    """Return the lines of a page that say something in English, without names and commands."""
    body = re.sub(r"<(script|style|textarea|code)\b.*?</\1>", " ", page, flags=re.DOTALL)
    shown = re.findall(
        r'\b(?:aria-label|title|placeholder|data-(?:away|silent|refused))="([^"]*)"', body
    )
    lines = [*re.sub(r"<[^>]*>", "\n", body).splitlines(), *shown]
    return [line for line in lines if _ENGLISH.search(_NAMES.sub(" ", line).lower())]
