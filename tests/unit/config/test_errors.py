"""Wrong configurations and the exact words for them; the table is in mistakes/."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import load_config
from bot.config.schema.desk_table import DeskTable
from bot.config.schema.tables import (
    AlertsTable,
    ChannelTable,
    CollectTable,
    DedupeTable,
    FeedTable,
    FileTable,
    TelegramTable,
    XTable,
)
from bot.errors import ConfigError, Problem
from bot.wording import wording
from tests.unit.told_kit import english_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.config import Config

SAMPLES = Path(__file__).parent / "mistakes"
BLOCK = re.compile(r"^# <([\w-]+)>\n((?:[^#].*\n)+)", re.MULTILINE)
BLOCKS = dict(BLOCK.findall((SAMPLES / "blocks.toml").read_text(encoding="utf-8")))


def read_cases() -> Iterator[Any]:
    for sample in sorted(SAMPLES.glob("*.txt")):
        for case in sample.read_text(encoding="utf-8").split("\n=== ")[1:]:
            name, _, rest = case.partition("\n")
            text, _, messages = rest.partition("\n---\n")
            text += "\n"
            for block, content in BLOCKS.items():
                text = text.replace(f"<{block}>\n", content)
            lines = [line for line in messages.split("\n") if line]
            yield pytest.param(text, lines, id=f"{sample.stem}-{name}")


CASES = tuple(read_cases())
LINE = re.compile(r"\d+:\d+: ")
# Keys and values of the file.
QUOTED = re.compile(r'^\S+ \S+: |"[^"]*"')
PLACE = re.compile(r".*?newsbot\.toml:(\d+):(\d+): ")


def problems_of(load: Callable[[str], Config], text: str) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return [problem for problem in caught.value.problems if isinstance(problem, Problem)]


@pytest.mark.parametrize(("text", "messages"), CASES)
def test_message(
    text: str, messages: list[str], load: Callable[[str], Config], folder: Path
) -> None:
    problems = problems_of(load, text)
    file = f"{folder / 'newsbot.toml'}:"
    assert all(problem.startswith(file) for problem in problems)
    shown = []
    for problem in problems:
        shown.append(problem.removeprefix(file).replace(str(folder), "DIR"))
        shown += problem.excerpt.split("\n")
    assert shown == messages


def test_each_mistake_is_said_in_vietnamese() -> None:
    words = wording("vi")
    lines = {line for case in CASES for line in case.values[1] if LINE.match(line)}
    assert len(lines) > 200
    # What is wrong with TOML is in the words of Python's parser.
    said = [words.stored(line) for line in sorted(lines) if ": not valid TOML: " not in line]
    assert [line for line in said if english_in(QUOTED.sub(" ", line))] == []


@pytest.mark.parametrize(("text", "messages"), CASES)
def test_the_mark_is_where_the_line_says(
    text: str, messages: list[str], load: Callable[[str], Config]
) -> None:
    for problem in problems_of(load, text):
        match = PLACE.match(problem)
        assert match, problem
        line, mark = problem.excerpt.split("\n")
        number, column = int(match[1]), int(match[2])
        assert line.startswith(f"{number:>5} | ")
        assert mark.index("^") - len("      | ") == column - 1
        at = text.split("\n")[number - 1][column - 1 :]
        assert at
        assert len(mark.strip(" |")) <= len(at.rstrip())


def test_table_is_complete() -> None:
    assert len(CASES) >= 60
    assert set(BLOCKS) == {"console", "telegram", "x-account", "x-channel", "feed"}


SYNTAX = (SAMPLES.parent / "syntax.txt").read_text(encoding="utf-8").split("\n=== ")[1:]


@pytest.mark.parametrize("case", SYNTAX, ids=[case.partition("\n")[0] for case in SYNTAX])
def test_syntax(case: str, load: Callable[[str], Config], folder: Path) -> None:
    text, _, wanted = case.partition("\n")[2].partition("\n---\n")
    (problem,) = problems_of(load, text)
    shown = f"{problem}\n{problem.excerpt}".removeprefix(f"{folder / 'newsbot.toml'}:")
    assert shown == wanted.rstrip("\n")
    assert not any(secret in shown for secret in SECRETS)


@pytest.mark.parametrize(
    "text",
    [
        "language = " + "1" * 5000,
        "[collect]\nfirst_run = 0x" + "f" * 5000,
        "language = " + "[" * 5000 + "]" * 5000,
        'language = "' + "x" * 100_000 + '"',
        'language = "a\\nb\\u2028\\u001b[31m"',
        '"lan\\nguage" = 1',
    ],
    ids=["digits", "hex", "deep", "long", "controls", "key"],
)
def test_extremes_are_one_short_line(text: str, load: Callable[[str], Config]) -> None:
    with pytest.raises(ConfigError) as caught:
        load(text)
    (problem,) = caught.value.problems
    assert problem.isprintable()
    assert len(problem) < 500
    for line in problem.excerpt.split("\n") if isinstance(problem, Problem) else ():
        assert line.isprintable()
        assert len(line) < 120


def test_not_utf8(folder: Path) -> None:
    path = folder / "newsbot.toml"
    path.write_bytes('language = "vi"\n# Tiếng Việt\n'.encode("utf-16"))
    with pytest.raises(ConfigError, match=r"newsbot\.toml:1:1: not UTF-8 text; save the file as"):
        load_config(path, environ={})
    path.write_bytes(b'language = "vi"\n# Ti\xe9ng\n')
    with pytest.raises(ConfigError, match=r"newsbot\.toml:2:5: not UTF-8 text"):
        load_config(path, environ={})


def test_unreadable(folder: Path) -> None:
    with pytest.raises(ConfigError, match="is a directory, expected a TOML file"):
        load_config(folder, environ={})
    with pytest.raises(ConfigError, match="no such file; write one with `newsbot init`"):
        load_config(folder / "none.toml", environ={})
    with pytest.raises(ConfigError, match="cannot be read: "):
        load_config(folder / "templates" / "x.txt.j2" / "newsbot.toml", environ={})


def test_byte_order_mark_is_no_mistake(folder: Path) -> None:
    path = folder / "newsbot.toml"
    path.write_bytes(b'\xef\xbb\xbflanguage = "en"\r\n')
    assert load_config(path, environ={}).language == "en"


SECRETS = ["fake-secret", "FAKE-token", "fake-password"]


@pytest.mark.parametrize(("text", "messages"), CASES)
def test_no_secret_is_repeated(
    text: str, messages: list[str], load: Callable[[str], Config]
) -> None:
    problems = "\n".join(f"{told}\n{told.excerpt}" for told in problems_of(load, text))
    assert not any(secret in problems for secret in SECRETS)


def test_the_table_has_secrets_to_repeat() -> None:
    texts = "\n".join(case.values[0] for case in CASES)
    assert all(secret in texts for secret in SECRETS)


# Whatever stands in a key: mistakes in plain words, never a crash, never pydantic's own words.


def problems_or_none(load: Callable[[str], Config], text: str) -> tuple[str, ...]:
    try:
        load(text)
    except ConfigError as error:
        return error.problems
    return ()


HEADERS = {
    FileTable: "",
    CollectTable: "[collect]\n",
    DedupeTable: "[dedupe]\n",
    AlertsTable: "[alerts]\n",
    DeskTable: "[desk]\n",
    TelegramTable: '[accounts.a]\nplatform = "telegram"\n',
    XTable: '[accounts.a]\nplatform = "x"\n',
    ChannelTable: "[[channels]]\n",
    FeedTable: "[[feeds]]\n",
}
KEYS = [(model, key) for model in HEADERS for key in model.model_fields if key != "platform"]
VALUES = [
    "0",
    "-1",
    "1.5",
    "nan",
    "inf",
    "true",
    "1979-05-27",
    "07:32:00",
    "[]",
    "{}",
    "[[1]]",
    "[1]",
    '["x"]',
    "{a=1}",
    '[{a="b"}]',
    "{env=1}",
    '{newest="x",rest=5}',
    "{per_day=[],per_month={}}",
    '""',
    '"x"',
    '"\\t"',
    '"off"',
    '"é\\u0000\\n"',
    '"/"',
    '".."',
    '"0s"',
    '"https://"',
    '"http://[x/"',
    '"http://h:99999/"',
    '"file:///"',
    '"999999999d"',
]
FOREIGN = re.compile(r"Input should|pydantic|Value error|\bNone\b|str\b|dict\b|<class|type=")


@pytest.mark.parametrize("value", VALUES)
def test_words_for_any_value(value: str, load: Callable[[str], Config]) -> None:
    for model, key in KEYS:
        text = f"{HEADERS[model]}{key} = {value}"
        problems = problems_or_none(load, text)
        assert not [line for line in problems if FOREIGN.search(line)], text
        assert all(line.isprintable() for line in problems), text


WORDS = st.sampled_from(["feeds", "channels", "accounts", "collect", "id", "url", "every", "tg"])
SCALARS = st.one_of(st.integers(), st.booleans(), st.text(max_size=5).map(repr), WORDS.map(repr))


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.one_of(
            st.builds("[{}]".format, WORDS),
            st.builds("[[{}]]".format, WORDS),
            st.builds("[{}.{}]".format, WORDS, WORDS),
            st.builds("{} = {}".format, WORDS, SCALARS),
            st.builds("{} = [{}]".format, WORDS, SCALARS),
            st.builds("{}.{} = {}".format, WORDS, WORDS, SCALARS),
        ),
        max_size=8,
    )
)
def test_any_document_loads_or_is_explained(
    load: Callable[[str], Config], lines: list[str]
) -> None:
    text = "\n".join(lines)
    problems = problems_or_none(load, text)
    assert not [line for line in problems if FOREIGN.search(line)]
