"""Months by their names in some thirty languages (`months.json`, from Unicode CLDR)."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

_LETTERS: Final = str.maketrans({"ı": "i", "đ": "d", "ł": "l", "ø": "o"})
# "28 Tháng 11 2026", "28 thg 11, 2026", "Th11 28, 2026"; the words are those from one to twelve.
_VIETNAMESE: Final = re.compile(
    r"\b(?:thang|thg\.?|th) ?(\d{1,2})\b|\bthang (muoi (?:mot|hai)\b|[a-z]+)"
)
_VIETNAMESE_NUMBERS: Final = {
    name: number
    for number, name in enumerate(
        ("mot", "hai", "ba", "tu", "nam", "sau", "bay", "tam", "chin", "muoi", "muoi mot"), 1
    )
} | {"gieng": 1, "muoi hai": 12, "chap": 12}
_VIETNAMESE_WEEKDAY: Final = re.compile(r"^\W*(?:thu|t) ?[2-7]\b")
_WORD: Final = re.compile(r"[^\W\d_]+")
_NUMBER: Final = re.compile(r"\d+")
_DAY_AND_YEAR: Final = 2
_LONGEST_NUMBER: Final = len("2025")
_SHORTEST: Final = 4
"""Letters that a cut name must have."""


def folded(text: str) -> str:
    """Return `text` in small letters without accents, as the names of months are compared."""
    plain = unicodedata.normalize("NFKD", text.lower()).translate(_LETTERS)
    return "".join(char for char in plain if not unicodedata.combining(char))


def named_month(plain: str) -> tuple[int, list[str]] | None:
    """Return the month that a folded date names, and its day and year as they are written.

    None without a month, or where the other numbers are not two.
    """
    vietnamese = _VIETNAMESE.search(plain)
    month = _vietnamese_month(vietnamese[1] or vietnamese[2]) if vietnamese else None
    if vietnamese and month:
        plain = f"{plain[: vietnamese.start()]} {plain[vietnamese.end() :]}"
    else:
        # The last one: "mar" is March, or Tuesday before another month.
        month = next(filter(None, map(_month, reversed(_WORD.findall(plain)))), None)
    numbers = _NUMBER.findall(plain)
    if len(numbers) > _DAY_AND_YEAR:
        numbers = _NUMBER.findall(_VIETNAMESE_WEEKDAY.sub("", plain))
    if not month or len(numbers) != _DAY_AND_YEAR or len(max(numbers, key=len)) > _LONGEST_NUMBER:
        return None
    return month, numbers


def _vietnamese_month(text: str) -> int | None:
    return int(text) if text.isdigit() else _VIETNAMESE_NUMBERS.get(text)


def _month(word: str) -> int | None:
    names = _names()
    if word in names or len(word) < _SHORTEST:
        return names.get(word)
    cut = {month for name, month in names.items() if name.startswith(word)}
    return cut.pop() if len(cut) == 1 else None


@cache
def _names() -> dict[str, int]:
    path = Path(__file__).with_name("months.json")
    months = json.loads(path.read_text(encoding="utf-8"))
    return {name: int(month) for month, names in months.items() for name in names}
