"""The catalogue of the bot's own words: whole in each language, and true to the English."""

from __future__ import annotations

import ast
import io
import string
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.config.schema.values import OWN_LANGUAGES
from bot.operate.setup.example import DATA, texts
from bot.wording import CATALOGUES, ENGLISH, wording
from tests.unit.told_kit import BOT, Module, errors_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from babel.messages.catalog import Message

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "bot" / "data" / "pages"
LANGUAGES = [one for one in OWN_LANGUAGES if one != "en"]
KEYWORDS = {"phrase": None, "phrase_as": ((1, "c"), 2), "phrase_count": (1, 2), "marked": None}


def file(language: str, end: str) -> io.BytesIO:
    return io.BytesIO((CATALOGUES / language / "LC_MESSAGES" / f"newsbot.{end}").read_bytes())


def messages(catalogue: Iterable[Message]) -> dict[object, object]:
    return {(one.context, plain(one.id)): plain(one.string) for one in catalogue if one.id}


def plain(text: str | Iterable[str]) -> str | tuple[str, ...]:
    return text if isinstance(text, str) else tuple(text)


def in_the_program() -> Iterator[object]:
    for path in (ROOT / "bot").rglob("*.py"):
        text = path.read_text()
        if "bot.wording" in text or "words.phrase" in text or path.name == "wording.py":
            yield from in_module(ast.parse(text))
    for path in PAGES.rglob("*.j2"):
        with path.open("rb") as template:
            for _, text, _, context in extract("jinja2", template, keywords=KEYWORDS):
                yield (context, text)
    with (DATA / "newsbot.toml").open("rb") as example:
        yield from ((None, text) for _, _, text, _ in texts(example))


def in_module(tree: ast.Module) -> Iterator[object]:
    """Yield the texts of calls, those within f-strings too, which Babel sees only since 3.12."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        texts = [one.value for one in call.args[:2] if isinstance(one, ast.Constant)]
        match name, texts:
            case (("phrase" | "marked" | "told"), [text]):
                yield (None, text)
            case "phrase_as", [context, text]:
                yield (context, text)
            case (("phrase_count" | "told_count"), [one, several]):
                yield (None, (one, several))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_program_is_translated_and_no_other(language: str) -> None:
    catalogue = messages(read_po(file(language, "po")))
    assert catalogue.keys() == set(in_the_program()), "`make words` gathers them"
    assert [key for key, text in catalogue.items() if not all(forms(text))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_runs_is_what_was_translated(language: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, read_po(file(language, "po")))
    assert file(language, "mo").getvalue() == compiled.getvalue(), "`make words` compiles it"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_shows_the_values_of_its_original(language: str) -> None:
    for (_, original), text in messages(read_po(file(language, "po"))).items():
        for form in forms(text):
            assert set(values(form)) == set(values(forms(original)[-1])), form


def forms(text: object) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def values(text: str) -> Iterator[str]:
    for _, name, _, _ in string.Formatter().parse(text):
        if name is not None:
            yield name.partition(".")[0]


def test_a_language_without_a_catalogue_is_english() -> None:
    assert wording("pt-BR").phrase("Also at") == "Also at"
    assert wording("vi-VN").phrase("Also at") == "Cũng trên"


def test_values_are_no_forms() -> None:
    assert ENGLISH.phrase("Failed: {why}", why="{0} {x}") == "Failed: {0} {x}"


def test_numbers_days_and_spans_are_said_as_the_language_does() -> None:
    vi = wording("vi")
    assert [ENGLISH.number(1234), vi.number(1234)] == ["1,234", "1.234"]
    assert [ENGLISH.day(date(2026, 11, 3)), vi.day(date(2026, 11, 3))] == ["3 Nov", "3/11"]
    assert [ENGLISH.span(timedelta(hours=3)), vi.span(timedelta(hours=3))] == ["3 h", "3 giờ"]
    count = ("{count} post", "{count} posts")
    assert [ENGLISH.phrase_count(*count, each) for each in (1, 2)] == ["1 post", "2 posts"]
    assert [vi.phrase_count(*count, each) for each in (1, 2)] == ["1 bài", "2 bài"]


# Texts of commands that only a terminal shows; the desk and alerts say none of them.
OF_TERMINALS = (
    "cli",
    "operate/feeds/opml.py",
    "operate/preview/html_file.py",
    "operate/preview/server.py",
    "operate/setup/check.py",
    "operate/setup/installer.py",
    "operate/setup/online.py",
    "operate/setup/removal.py",
    "operate/setup/steps.py",
    "operate/setup/upgrade.py",
    "operate/setup/web_address.py",
    "operate/state/transfer.py",
    "operate/state/upkeep.py",
    "store/transfer",
)


def test_no_text_that_is_kept_or_raised_is_unknown_to_the_catalogue() -> None:
    files = [one for one in BOT.rglob("*.py") if "migrations" not in one.parts]
    sources = {str(one.relative_to(BOT)): one.read_text("utf-8") for one in files}
    errors = errors_in(sources.values())
    found = {
        name: list(Module(source, errors).bare())
        for name, source in sources.items()
        if not name.startswith(OF_TERMINALS)
    }
    assert {name: texts for name, texts in found.items() if texts} == {}, "say them with `told`"


@pytest.mark.parametrize(
    ("source", "bare"),
    [
        ('raise NewsbotError("it did not work")', ["it did not work"]),
        ('raise NewsbotError(f"{name} did not work")', ["{} did not work"]),
        ('text = "it did not work"\nReason(code="a", text=text)', ["it did not work"]),
        ('text += " at all times"\nReason(code="a", text=text)', [" at all times"]),
        ('WHY = {1: "it is gone"}\nReason(code="a", text=WHY[1])', ["it is gone"]),
        ('def why():\n return "it is gone"\nReason(code="a", text=why())', ["it is gone"]),
        ('Reason(code="a", text="it is" if x else "it was so")', ["it is", "it was so"]),
        ('def why():\n return why()\nReason(code="a", text=why())', []),
        ('Reason(code="a", text=told("it is {gone}", gone=x))', []),
        ('raise NewsbotError(marked("it did not work"))', []),
        ("raise NewsbotError(str(error))", []),
        ('raise NewsbotError(f"{place}: {error}")', []),
        ('log.info("it did not work")', []),
    ],
)
def test_a_text_is_traced_to_where_it_is_written(source: str, bare: list[str]) -> None:
    assert list(Module(source, {"NewsbotError"}).bare()) == bare
