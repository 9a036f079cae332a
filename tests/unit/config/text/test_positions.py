"""Lines and columns of keys, proven against tomllib."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config.text.positions import scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.config.text.positions import Path as KeyPath

EXAMPLE = Path(__file__).parents[4] / "config" / "newsbot.toml"


def flattened(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    entries: Any = ()
    if isinstance(value, dict):
        entries = value.items()
    elif isinstance(value, list):
        entries = enumerate(value)
    for key, below in entries:
        yield (*path, key)
        yield from flattened(below, (*path, key))


TRICKY = {
    "empty": "",
    "no line break at the end": "a = 1",
    "windows lines": "a = 1\r\n[b]\r\nc = '''\r\nx = 1\r\n'''\r\nd = 2\r\n",
    "long string": "a = '" + "x" * 100_000 + "'\nb = \"" + 'y\\"' * 30_000 + '"\nc = 1',
    **dict(
        document.split("\n", 1)
        for document in (Path(__file__).parent / "tricky.txt")
        .read_text(encoding="utf-8")
        .split("\n=== ")[1:]
    ),
}


@pytest.mark.parametrize("text", TRICKY.values(), ids=TRICKY.keys())
def test_paths_are_those_of_tomllib(text: str) -> None:
    assert set(scan(text).positions) == set(flattened(tomllib.loads(text)))


def test_paths_of_the_example() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert set(scan(text).positions) == set(flattened(tomllib.loads(text)))


DOCUMENT = """\
# a comment
language = "vi"
  contact.web = '''
key = 1
'''

[collect]
every = "15m" # not here: every = "1m"

[accounts.tg]
token = { env = "A", "file" = "b" }

[[feeds]]
id = "a"
channels = [
    "x",  # first
    "y",
]
[[feeds]]
[feeds.headers]
  Accept = 1979-05-27 07:32:00
[[channels]]
"""


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        (("language",), 2, 1),
        (("contact",), 3, 3),
        (("contact", "web"), 3, 11),
        (("collect",), 7, 1),
        (("collect", "every"), 8, 1),
        (("accounts",), 10, 1),
        (("accounts", "tg"), 10, 1),
        (("accounts", "tg", "token"), 11, 1),
        (("accounts", "tg", "token", "env"), 11, 11),
        (("accounts", "tg", "token", "file"), 11, 22),
        (("feeds",), 13, 1),
        (("feeds", 0), 13, 1),
        (("feeds", 0, "id"), 14, 1),
        (("feeds", 0, "channels"), 15, 1),
        (("feeds", 0, "channels", 0), 16, 5),
        (("feeds", 0, "channels", 1), 17, 5),
        (("feeds", 1), 19, 1),
        (("feeds", 1, "headers"), 20, 1),
        (("feeds", 1, "headers", "Accept"), 21, 3),
        (("channels", 0), 22, 1),
    ],
)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_position(path: KeyPath, line: int, column: int, line_break: str) -> None:
    positions = scan(DOCUMENT.replace("\n", line_break)).positions
    assert positions[path] == (line, column)


def test_a_header_is_preferred_to_a_mention() -> None:
    assert scan("[a.b]\n[a]\n").positions[("a",)] == (2, 1)


# Documents written from random data in random styles.


def basic(text: str) -> str:
    escaped = "".join(c if c.isalnum() and c.isascii() else f"\\U{ord(c):08x}" for c in text)
    return f'"{escaped}"'


def shown(name: str) -> str:
    is_bare = bool(name) and all(c in "abc-_1" for c in name)
    return name if is_bare else basic(name)


BARE = st.text("abc-_1", min_size=1, max_size=3)
QUOTED = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=4)
NAMES = st.one_of(BARE, QUOTED)
SCALARS = st.one_of(
    st.integers(-(2**63), 2**63 - 1).map(str),
    st.sampled_from(["true", "inf", "1e3", "1979-05-27 07:32:00", "07:32:00", "'''\n]\n'''", "''"]),
    QUOTED.map(basic),
    QUOTED.map(lambda text: f'"""\n{basic(text)[1:-1]}"""'),
)
BREAKS = st.sampled_from(["", " ", "\n", " # a = 1\n", "\t"])


@st.composite
def arrays(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    parts = [draw(BREAKS) + value + draw(BREAKS) for value in draw(st.lists(values, max_size=3))]
    return f"[{','.join(parts)}{',' if parts and draw(st.booleans()) else ''}{draw(BREAKS)}]"


@st.composite
def inline_tables(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    names = draw(st.lists(NAMES.map(shown), max_size=3))
    return "{" + ", ".join(f"{name} = {draw(values)}" for name in names) + "}"


INLINE = st.recursive(SCALARS, lambda values: arrays(values) | inline_tables(values), max_leaves=6)
DOTTED = st.lists(NAMES.map(shown), min_size=1, max_size=3).map(".".join)
LINES = st.one_of(
    st.builds("{} = {}".format, DOTTED, INLINE),
    st.builds("  {}\t=  {} # x = 1".format, DOTTED, INLINE),
    st.builds("[{}]".format, DOTTED),
    st.builds("[[ {} ]] # [y]".format, DOTTED),
    st.sampled_from(["", "# [z]"]),
)


def as_valid(lines: list[str]) -> str:
    """Leave out each line that would make the document wrong, such as a key twice."""
    text = ""
    for line in lines:
        try:
            tomllib.loads(longer := f"{text}{line}\n")
        except tomllib.TOMLDecodeError:
            continue
        text = longer
    return text


@settings(deadline=None, max_examples=400)
@given(st.lists(LINES, max_size=12).map(as_valid))
def test_paths_of_generated_documents(text: str) -> None:
    positions = scan(text).positions
    assert set(positions) == set(flattened(tomllib.loads(text)))
    lines = text.split("\n")
    for line, column in positions.values():
        assert lines[line - 1][column - 1 : column].strip()


def test_invalid_document_is_refused_rather_than_misread() -> None:
    with pytest.raises(ValueError, match="line 2, column 3"):
        scan("a = 1\n  = 2")
