import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.models.basics import Reason
from bot.operate.json_forms import dollars, json_text, plain


@pytest.mark.parametrize(
    ("micro", "text"),
    [
        (None, None),
        (0, "0.00"),
        (15_000, "0.015"),
        (200_000, "0.20"),
        (40_000_000, "40.00"),
        (1, "0.000001"),
    ],
)
def test_money_is_a_decimal_string(micro: int | None, text: str | None) -> None:
    assert dollars(micro) == text


def test_times_are_utc_with_z() -> None:
    hanoi = timezone(timedelta(hours=7))
    assert plain(datetime(2026, 5, 22, 8, 15, tzinfo=hanoi)) == "2026-05-22T01:15:00Z"
    assert plain(datetime(2026, 5, 22, 1, 15, 0, 999, tzinfo=UTC)) == "2026-05-22T01:15:00Z"


def test_one_document_with_the_letters_of_the_language() -> None:
    text = json_text([{"reason": Reason(code="x", text="cũ \ud800"), "ids": (1, None)}])
    assert "cũ" in text
    assert json.loads(text.encode()) == [
        {"reason": {"code": "x", "text": "cũ ?"}, "ids": [1, None]}
    ]
