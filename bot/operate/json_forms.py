"""The JSON of all commands: records, times and money in one form each."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bot.visible import escaped_json

_MICRO = Decimal(1_000_000)
_CENT = Decimal("0.01")


def json_text(value: object, *, is_ascii: bool = False) -> str:
    """Return `value` (records, lists, mappings, times) as one indented JSON document.

    No character in it drives a terminal; letters outside of ASCII are codes where it `is_ascii`.
    """
    return escaped_json(json.dumps(plain(value), ensure_ascii=is_ascii, indent=2))


def plain(value: object) -> Any:
    """Return `value` as JSON knows it: times as ISO 8601 UTC with Z, records as objects."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    # A lone surrogate cannot be written as UTF-8; no text of ours is worth losing the document.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def dollars(micro: int | None) -> str | None:
    """Return micro-dollars as a decimal string of US dollars: at least cents, no idle zeros."""
    if micro is None:
        return None
    amount = Decimal(micro) / _MICRO
    return (
        str(amount.quantize(_CENT))
        if amount == amount.quantize(_CENT)
        else f"{amount.normalize():f}"
    )
