"""The one catalogue of the bot's own words, in the languages that it speaks.

A text stands in English where it is used, as `words.phrase("Posted {at}", at=clock)`; a text of a
table stands as `marked("Posted {at}")` there and is said later. A template says
`{{ phrase("Posted {at}", at=clock) }}`. What is stored, such as reasons, and what is raised, such
as mistakes, is English for programs, and made by `told("Posted {at}", at=clock)`: who shows it to
people gives it to `Wording.stored`, which finds the form again. The other languages stand in
`bot/data/locale/LANGUAGE/LC_MESSAGES/newsbot.po`, with the compiled `.mo` beside it, which is what
runs (GNU gettext): `make words` gathers new texts into the one and compiles it into the other. The
comments of the shipped example stand there, too: `newsbot init --full` writes them.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, Final

from bot.forms import BEFORE, TOLD, forms_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, timedelta

    from bot.forms import Form

CATALOGUES = files("bot.data") / "locale"


def marked(text: str) -> str:
    """Return `text` itself, and let the catalogue have it: it is said elsewhere."""
    return text


def told(form: str, /, **values: object) -> str:
    """Return a text in English, as it is kept and logged; `Wording.stored` says it to people.

    A value that is such a text itself has a name of `TOLD`, such as "why".
    """
    return form.format(**values)


def told_count(one: str, several: str, count: int, /) -> str:
    """Return one of two texts by `count`, as `told` does."""
    return told(one if count == 1 else several, count=count)


HIDDEN: Final = marked("a value that looks like a secret and is not shown")
HIDDEN_NAME: Final = marked("(not shown: it looks like the secret itself)")
"""These take the place of a value of the file, wherever a text has one."""
FEW_FILES: Final = marked(
    "too many files are open here: raise LimitNOFILE= of the unit, or `ulimit -n`"
)


@cache
def wording(language: str) -> Wording:
    """Return the words of a language tag such as "vi" or "vi-VN"; English where there are none."""
    compiled = CATALOGUES / language.lower().partition("-")[0] / "LC_MESSAGES" / "newsbot.mo"
    if not compiled.is_file():
        return ENGLISH
    with compiled.open("rb") as file:
        translations = GNUTranslations(file)
    return Wording(translations, forms_of(compiled.read_bytes()))


_OF_THE_SYSTEM = (
    marked("Disk quota exceeded"),
    marked("File exists"),
    marked("File name too long"),
    marked("Input/output error"),
    marked("Is a directory"),
    marked("Network is unreachable"),
    marked("No route to host"),
    marked("No space left on device"),
    marked("No such file or directory"),
    marked("Not a directory"),
    marked("Operation not permitted"),
    marked("Permission denied"),
    marked("Read-only file system"),
)
"""Errors of the system (errno(3)), as texts of newsbot's have them within."""

_SPANS = (
    (86_400, marked("{count} d")),
    (3_600, marked("{count} h")),
    (60, marked("{count} min")),
    (1, marked("{count} s")),
)


# A text of others may hold any number of marks.
_DEEPEST: Final = 6
"""Texts within texts."""
_MOST_PARTS: Final = 12
_FURTHEST: Final = 6
"""Parts that are taken together at most."""
_MARKS: Final = re.compile("[;:,] ")
_LONGEST: Final = 4000  # characters of a text that is looked through


class Wording:
    """One language. Values are put into a text's `{names}` after it was translated."""

    def __init__(self, translations: NullTranslations, forms: Sequence[Form] = ()) -> None:
        self._translations = translations
        self._forms = forms

    def phrase(self, text: str, /, **values: object) -> str:
        """Return a text."""
        return self._translated(text).format(**values)

    def _translated(self, text: str) -> str:
        # To nothing a catalogue answers with its own header.
        return self._translations.gettext(text) if text else text

    def stored(self, text: str) -> str:
        """Return what was kept in English, as reasons and mistakes are.

        Words of others in it, such as titles, addresses and answers of platforms, stay.
        """
        if not self._forms:
            return text
        said = "\n".join(_said(self, line, _DEEPEST) for line in text.split("\n"))
        either, both = (
            self.phrase_as("between names", "or"),
            self.phrase_as("between names", "and"),
        )
        said = said.replace('" or "', f'" {either} "').replace('" and "', f'" {both} "')
        for one in (HIDDEN, HIDDEN_NAME):
            said = said.replace(one, self.phrase(one))
        return said

    def retold(self, text: str, depth: int) -> str:
        """Return one line of `stored`, in which `depth` texts may stand within each other.

        What is known as a whole is said so; else part by part: a key, a file or the words of
        others stand before what newsbot says of them.
        """
        if not depth or not text or len(text) > _LONGEST:
            return text
        said = ""
        for _ in range(_MOST_PARTS):
            whole = self._known(text, depth)
            if whole is not None:
                return said + whole
            cuts = [cut.span() for cut in islice(_MARKS.finditer(text), _FURTHEST)]
            if not cuts:
                break
            start, end = cuts[0]
            part = text[:start]
            for begin, over in reversed(cuts):
                known = self._known(text[:begin], depth) if " " in text[:begin] else None
                if known is not None:
                    part, start, end = known, begin, over
                    break
            said += part + text[start:end]
            text = text[end:]
        return said + text

    def _known(self, text: str, depth: int) -> str | None:
        """Return what is a text of the catalogue, or was made by one of its forms."""
        whole = self._translated(text)
        if whole != text or not text:
            return whole
        unsure = None
        for form in self._forms:
            values = form.values(text)
            if values is None:
                continue
            if not any(_MARKS.search(values[name]) for name in values.keys() - TOLD):
                return self._filled(form, values, depth)
            # A part of the sentence seems to be a value, unless no other form has the text.
            unsure = unsure or (form, values)
        return unsure and self._filled(*unsure, depth)

    def _filled(self, form: Form, values: dict[str, str], depth: int) -> str:
        said = {
            name: _said(self, value, depth - 1) if name in TOLD else value
            for name, value in values.items()
        }
        one, *several = form.key
        if several:
            count = said.get("count", "").replace(",", "")
            number = int(count) if count.isdecimal() else 0
            return self._translations.ngettext(one, several[0], number).format(**said)
        text = self._translations.gettext(one).format(**said)
        return said[BEFORE] + text if form.is_ending else text

    def phrase_as(self, context: str, text: str, /, **values: object) -> str:
        """Return a text that means something else elsewhere."""
        return self._translations.pgettext(context, text).format(**values)

    def phrase_count(self, one: str, several: str, count: int, /, **values: object) -> str:
        """Return one of two texts by `count`, which both may show."""
        text = self._translations.ngettext(one, several, count)
        return text.format(count=self.number(count), **values)

    def number(self, number: int) -> str:
        """Return a number with a sign between its thousands."""
        return f"{number:,}".replace(",", self.phrase_as("between thousands", ","))

    def decimal(self, number: float) -> str:
        """Return a number with two digits after the sign that the language has there."""
        whole, _, digits = f"{number:.2f}".partition(".")
        return whole + self.phrase_as("before decimals", ".") + digits

    def day(self, day: date) -> str:
        """Return a day without its year."""
        return self.phrase("{day.day} {day:%b}", day=day)

    def span(self, span: timedelta) -> str:
        """Return a span of time in one unit, the largest of which there are two."""
        seconds = span.total_seconds()
        size, form = next((one for one in _SPANS if seconds >= 2 * one[0]), _SPANS[-1])
        return self.phrase(form, count=round(seconds / size))


@lru_cache(maxsize=1024)
def _said(words: Wording, text: str, depth: int) -> str:
    """Return what `retold` does: a page shows the same reasons over and over."""
    return words.retold(text, depth)


ENGLISH = Wording(NullTranslations())
"""The command line speaks English, whatever the file's language; only `init` asks for one."""
