"""The one catalogue of the bot's own words, in the languages that it speaks.

A text stands in English where it is used, as `words.phrase("Posted {at}", at=clock)`; a text of a
table stands as `marked("Posted {at}")` there and is said later. A template says
`{{ phrase("Posted {at}", at=clock) }}`. The other languages stand in
`bot/data/locale/LANGUAGE/LC_MESSAGES/newsbot.po`, with the compiled `.mo` beside it, which is what
runs (GNU gettext): `make words` gathers new texts into the one and compiles it into the other. The
comments of the shipped example stand there, too: `newsbot init --full` writes them.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, timedelta

CATALOGUES = files("bot.data") / "locale"


def marked(text: str) -> str:
    """Return `text` itself, and let the catalogue have it: it is said elsewhere."""
    return text


@cache
def wording(language: str) -> Wording:
    """Return the words of a language tag such as "vi" or "vi-VN"; English where there are none."""
    compiled = CATALOGUES / language.lower().partition("-")[0] / "LC_MESSAGES" / "newsbot.mo"
    if not compiled.is_file():
        return ENGLISH
    with compiled.open("rb") as file:
        return Wording(GNUTranslations(file))


_SPANS = (
    (86_400, marked("{count} d")),
    (3_600, marked("{count} h")),
    (60, marked("{count} min")),
    (1, marked("{count} s")),
)


class Wording:
    """One language. Values are put into a text's `{names}` after it was translated."""

    def __init__(self, translations: NullTranslations) -> None:
        self._translations = translations

    def phrase(self, text: str, /, **values: object) -> str:
        """Return a text."""
        return self._translations.gettext(text).format(**values)

    def stored(self, text: str) -> str:
        """Return what was kept in English, as reasons are: as it is where no translation is known.

        Those that name terms and keys of the file have none.
        """
        return self._translations.gettext(text) if text else ""

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


ENGLISH = Wording(NullTranslations())
"""The command line speaks English, whatever the file's language; only `init` asks for one."""
