"""One term of a filter: a word, a phrase or an expression, and the fields in which it is sought."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from bot.format.removal import SECONDS, check_removal, expression
from bot.format.spelling import is_letter, plain_spelling, spelling, word_at
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FIELDS = ("title", "lead", "category", "author", "link", "language")
"""The words before a colon that say where a term is sought; without one: in the first three."""
_ANYWHERE = FIELDS[:3]
_FOLD = "fold"
# What people write for them, also from memory of other programs.
_MEANT = {
    **dict.fromkeys(("titles", "titel", "headline", "header"), "title"),
    **dict.fromkeys(("text", "body", "content", "summary", "description", "intro"), "lead"),
    **dict.fromkeys(("categories", "tag", "tags", "topic", "section", "hashtag"), "category"),
    **dict.fromkeys(("authors", "creator", "by"), "author"),
    **dict.fromkeys(("links", "url", "urls", "domain", "site", "host"), "link"),
    **dict.fromkeys(("lang", "languages", "locale"), "language"),
    **dict.fromkeys(("folded", "plain", "ascii", "accents"), _FOLD),
}
_PREFIX = re.compile(r"([A-Za-z]+):\s*(?=\S)")
# As other languages write an expression with its flags.
_FLAGGED = re.compile(r"/.+/[gimsu]+")
_ADDRESS = re.compile(r"(?i)https?://\S")
_MOST_LETTERS = 200
_MOST_EXPRESSION = 500
MOST_SLOW = 5
"""Texts on which an expression may take too long: a poisonous article must cost only itself."""
_SLASHES = 2


@dataclass(frozen=True)
class Subject:
    """What terms are compared with: the clean texts of an item in each of `FIELDS`."""

    texts: Mapping[str, tuple[str, ...]]

    @cached_property
    def spelled(self) -> Mapping[str, tuple[str, ...]]:
        """The texts in one spelling."""
        return {name: tuple(map(spelling, texts)) for name, texts in self.texts.items()}

    @cached_property
    def plain(self) -> Mapping[str, tuple[str, ...]]:
        """The same without accents."""
        return {name: tuple(map(plain_spelling, texts)) for name, texts in self.spelled.items()}


@dataclass(slots=True)
class Term:
    """One term as the file says it. Raises ValueError, saying why, for one that cannot match.

    `slow`: on how many texts the expression took too long. It is not found in those; after
    `MOST_SLOW` it is not used any more, for each costs a quarter of a second.
    """

    text: str
    slow: int = 0
    _fields: tuple[str, ...] = field(init=False)
    _phrase: str = field(init=False, default="")
    _is_folded: bool = field(init=False, default=False)
    _expression: Any = field(init=False, default=None)

    def __post_init__(self) -> None:
        prefixes, rest = _split(self.text)
        self._fields = tuple(name for name in prefixes if name != _FOLD) or _ANYWHERE
        self._is_folded = _FOLD in prefixes
        if len(rest) > _SLASHES and rest[0] == rest[-1] == "/":
            self._expression = _checked(rest, is_folded=self._is_folded)
            return
        if "link" not in prefixes and _FLAGGED.fullmatch(rest):
            end = rest.rindex("/") + 1
            raise ValueError(
                told(
                    'has letters behind its last slash; write "{rest}": case does not count',
                    rest=rest[:end],
                )
            )
        phrase = spelling(rest)
        self._phrase = plain_spelling(phrase) if self._is_folded else phrase
        _check_phrase(self._phrase, prefixes)

    @property
    def reads_lead(self) -> bool:
        """Tell whether the item's text matters, beside its headline."""
        return "lead" in self._fields

    def matches(self, subject: Subject) -> bool:
        """Tell whether the term is in the subject."""
        if self._expression is not None:
            return self._is_found(self._texts(subject.texts))
        texts = self._texts(subject.plain if self._is_folded else subject.spelled)
        if self._fields == ("language",):
            return any(f"{text}-".startswith(f"{self._phrase}-") for text in texts)
        return any(word_at(text, self._phrase) is not None for text in texts)

    def _texts(self, texts: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
        return (text for name in self._fields for text in texts.get(name, ()))

    def _is_found(self, texts: Iterable[str]) -> bool:
        if self.slow >= MOST_SLOW:
            return False
        try:
            return any(self._expression.search(text, timeout=SECONDS) for text in texts)
        except TimeoutError:
            self.slow += 1
            return False


def _split(text: str) -> tuple[tuple[str, ...], str]:
    """Return the prefixes of a term and what follows them."""
    prefixes: list[str] = []
    rest = text.strip()
    if _ADDRESS.match(rest):
        raise ValueError(marked('is an address, which no headline has; write "link:" before it'))
    while found := _PREFIX.match(rest):
        name = found[1].lower()
        if meant := _MEANT.get(name):
            raise ValueError(
                told('there is no "{found}:" here; write "{meant}:"', found=found[1], meant=meant)
            )
        if name not in {*FIELDS, _FOLD}:
            break
        if name in prefixes or (name != _FOLD and set(prefixes) - {_FOLD}):
            raise ValueError(marked('names two fields; write one term for each, or "/one|other/"'))
        prefixes.append(name)
        rest = rest[found.end() :]
    return tuple(prefixes), rest


def _check_phrase(phrase: str, prefixes: tuple[str, ...]) -> None:
    if len(phrase) > _MOST_LETTERS:
        raise ValueError(
            told(
                "is longer than {most_letters} letters, and would match nothing",
                most_letters=_MOST_LETTERS,
            )
        )
    is_bare = not prefixes and phrase.endswith(":") and phrase[:-1] in {*FIELDS, _FOLD}
    if is_bare or not any(map(is_letter, phrase)):
        raise ValueError(marked("names no word, and would match nothing"))


def _checked(entry: str, *, is_folded: bool) -> Any:
    if len(entry) > _MOST_EXPRESSION:
        raise ValueError(
            told("is longer than {most_expression} signs", most_expression=_MOST_EXPRESSION)
        )
    if is_folded:
        raise ValueError(
            marked('"fold:" is for words; in an expression write "[eéè]" for any of them')
        )
    entry = unicodedata.normalize("NFC", entry)
    try:
        check_removal(entry)
    except ValueError as error:
        raise ValueError(told("is no usable regular expression, {why}", why=error)) from error
    made = expression(entry[1:-1])
    if made.search("", timeout=SECONDS):
        raise ValueError(marked("matches every text, as it matches the empty one"))
    return made


@lru_cache(maxsize=4096)
def term_of(text: str) -> Term:
    """Return the term, made once: an expression that took too long stays switched off."""
    return Term(text)
