"""Wrong configurations and the exact words for them; the table is in mistakes/."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import load_config
from bot.config.schema import (
    AlertsTable,
    ChannelTable,
    CollectTable,
    DedupeTable,
    FeedTable,
    FileTable,
    TelegramTable,
    XTable,
)
from bot.errors import ConfigError

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
            yield pytest.param(text, messages.split("\n"), id=f"{sample.stem}-{name}")


CASES = tuple(read_cases())


def problems_of(load: Callable[[str], Config], text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text)
    return list(caught.value.problems)


@pytest.mark.parametrize(("text", "messages"), CASES)
def test_message(
    text: str, messages: list[str], load: Callable[[str], Config], folder: Path
) -> None:
    problems = problems_of(load, text)
    file = f"{folder / 'newsbot.toml'}:"
    shown = [line.removeprefix(file).replace(str(folder), "DIR") for line in problems]
    assert all(line.startswith(file) for line in problems)
    assert shown == [line for line in messages if line]


def test_table_is_complete() -> None:
    assert len(CASES) >= 60
    assert set(BLOCKS) == {"console", "telegram", "x-account", "x-channel", "feed"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        pytest.param('timezone = "UTC"\nlanguage = "vi', 2, "not valid TOML", id="open string"),
        pytest.param("[collect]\nevery = 15m", 2, "text needs quotes", id="no quotes"),
        pytest.param("[[feeds]]\nurl = https://a.example", 2, "text needs quotes", id="address"),
        pytest.param("[collect]\n[collect]", 2, "not valid TOML", id="table twice"),
        pytest.param('[collect]\nallow_hosts = ["a",\n\n', 2, "end of file", id="open list"),
    ],
)
def test_syntax(text: str, line: int, words: str, load: Callable[[str], Config]) -> None:
    (problem,) = problems_of(load, text)
    assert f"newsbot.toml:{line}: " in problem
    assert words in problem


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
    (problem,) = problems_of(load, text)
    assert problem.isprintable()
    assert len(problem) < 500


def test_not_utf8(folder: Path) -> None:
    path = folder / "newsbot.toml"
    path.write_bytes('language = "vi"\n# Tiếng Việt\n'.encode("utf-16"))
    with pytest.raises(ConfigError, match=r"newsbot\.toml:1: not UTF-8 text; save the file as"):
        load_config(path, environ={})
    path.write_bytes(b'language = "vi"\n# Ti\xe9ng\n')
    with pytest.raises(ConfigError, match=r"newsbot\.toml:2: not UTF-8 text"):
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
    problems = "\n".join(problems_of(load, text))
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
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
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
