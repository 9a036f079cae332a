"""Whether an item is a story that is known: the decision table of docs/decisions/0020, row by row.

A key (id, link, title, text) is a claim that anybody can make; the rest of the entry says whether
it is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from bot.dedupe.similar import are_texts_alike, are_titles_close

if TYPE_CHECKING:
    from bot.models.basics import Key

# A column repeats its title the next day ("The best deals of the day"), a story does not.
NEAR = timedelta(hours=20)


class Verdict(StrEnum):
    """The result of a comparison."""

    SAME = "same"
    OTHER = "other"
    RESTYLED = "restyled"
    """The same if most of the poll is: the feed has changed how it writes ids and links."""


class Claim(StrEnum):
    """Which of id and link are equal."""

    BOTH = "B"
    """Each of them, or the id where there is no link; one that repeats the other counts once."""
    ONE = "1"
    NONE = "0"


class Title(StrEnum):
    """How two titles compare."""

    SAME = "S"
    SHORT = "s"
    """The same, but too short to name a story, or that of several entries of the poll."""
    CLOSE = "c"
    OTHER = "-"


class Text(StrEnum):
    """How two texts compare; one that says too little, or stands in several entries, is unknown."""

    SAME = "S"
    ALIKE = "a"
    OTHER = "-"
    UNKNOWN = "?"


class Date(StrEnum):
    """How two dates compare."""

    SAME = "S"
    """To the second, and neither a whole day nor the date of several entries of the poll."""
    NEAR = "n"
    FAR = "-"
    UNKNOWN = "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """The looks of an entry. `id` and `link` are hashes, None matches nothing.

    The `_proves` are False where the poll shows the same in several entries.
    """

    id: bytes | None
    link: Key | None
    id_proves: bool = True
    is_link_its_id: bool = False
    title: str = ""
    title_proves: bool = True
    sketch: bytes | None = None
    text_proves: bool = True
    published: datetime | None = None
    date_proves: bool = True


_SAME, _OTHER, _RESTYLED = Verdict.SAME, Verdict.OTHER, Verdict.RESTYLED
# Claim, title, text, date: letters of the enums above, "*" is any. Then whether the old entry must
# (not) still stand in the poll beside the new one. The first row that fits decides.
TABLE: tuple[tuple[str, str, str, str, bool | None, Verdict], ...] = (
    # A column, or a bulletin, on one address.
    ("1", "Ss", "-", "-", None, _OTHER),
    ("B1", "Ss", "*", "*", None, _SAME),
    # The next issue of a series under an id that never changes.
    ("1", "c", "-", "n-?", None, _OTHER),
    ("B1", "c", "*", "*", None, _SAME),
    # A corrected headline. Texts made by one pattern are alike, too, but not at one time.
    ("1", "-", "a", "-", None, _OTHER),
    ("B1", "-", "Sa", "*", None, _SAME),
    # Headline and text rewritten; beside the old entry it is another one.
    ("B1", "-", "-", "S", True, _OTHER),
    ("B1", "-", "*", "S", None, _SAME),
    # A feed of headlines alone: nothing but the headline speaks against them.
    ("B", "-", "?", "?", False, _SAME),
    ("B1", "*", "*", "*", None, _OTHER),
    # Neither id nor link: the publisher moved the article, or they are never the same twice.
    ("0", "S", "*", "Sn?", None, _SAME),
    ("0", "sc", "S", "Sn?", None, _SAME),
    ("0", "Ssc", "S", "-", None, _RESTYLED),
    ("0", "sc", "a", "S", None, _SAME),
    ("0", "s", "a", "n", False, _SAME),
    ("0", "s", "?-", "S", False, _SAME),
    ("0", "s", "?", "?", False, _SAME),
    ("0", "s", "?a", "n-?", False, _RESTYLED),
    ("0", "-", "S", "S", None, _SAME),
    ("0", "-", "S", "*", None, _RESTYLED),
    ("0", "*", "*", "*", None, _OTHER),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One row's left side: how an entry compares with one seen before."""

    claim: Claim
    title: Title
    text: Text
    date: Date

    def verdict(self, *, stands: bool) -> Verdict:
        """Return the table's verdict; `stands`: the old entry is in the poll, too, as it was."""
        return _verdict((self.claim, self.title, self.text, self.date), stands)


@cache
def _verdict(shown: tuple[str, ...], stands: bool) -> Verdict:
    """Return what the table says; there are 240 cases, and many entries may be compared."""
    return next(
        verdict
        for *allowed, standing, verdict in TABLE
        if standing in (None, stands)
        and all(one == "*" or value in one for one, value in zip(allowed, shown, strict=True))
    )


def compare(new: Face, old: Face) -> Comparison:
    """Compare an entry of the poll with one seen before, or with one beside it."""
    return Comparison(
        claim=_claim(new, old), title=_title(new, old), text=_text(new, old), date=_date(new, old)
    )


def is_near(one: datetime | None, other: datetime | None) -> bool:
    """Tell whether two dates may be those of one story; an unknown one may."""
    return one is None or other is None or abs(one - other) <= NEAR


def _claim(new: Face, old: Face) -> Claim:
    by_id = new.id_proves and new.id is not None and new.id == old.id
    by_link = new.link is not None and new.link == old.link
    if by_id and new.link == old.link and not new.is_link_its_id:
        return Claim.BOTH
    return Claim.ONE if by_id or by_link else Claim.NONE


def _title(new: Face, old: Face) -> Title:
    if not new.title or not old.title:
        return Title.OTHER
    if new.title == old.title:
        return Title.SAME if new.title_proves else Title.SHORT
    if are_titles_close(new.title, old.title):
        return Title.CLOSE
    # Above one and the same text a title of two words may be corrected in one of them.
    is_corrected = _text(new, old) is Text.SAME and are_titles_close(new.title, old.title, least=1)
    return Title.CLOSE if is_corrected else Title.OTHER


def _text(new: Face, old: Face) -> Text:
    if new.sketch is None or old.sketch is None or not new.text_proves:
        return Text.UNKNOWN
    if new.sketch == old.sketch:
        return Text.SAME
    return Text.ALIKE if are_texts_alike(new.sketch, old.sketch) else Text.OTHER


def _date(new: Face, old: Face) -> Date:
    if new.published is None or old.published is None:
        return Date.UNKNOWN
    if new.published == old.published and new.date_proves and not _is_whole_day(new.published):
        return Date.SAME
    return Date.NEAR if is_near(new.published, old.published) else Date.FAR


def _is_whole_day(moment: datetime) -> bool:
    return moment.hour == moment.minute == moment.second == 0
