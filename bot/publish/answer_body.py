"""The body of a platform's answer: read without trust, quoted in one line without secrets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.log import redact, spellings

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 200


def quote_answer(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` in one printable line of at most 200 characters, with `secrets` hidden."""
    for secret in sorted(_forms(secrets), key=len, reverse=True):
        text = text.replace(secret, "[secret]")
    text = redact(text)
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`, an empty one where there is none."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _forms(secrets: Iterable[str]) -> set[str]:
    return {form for secret in secrets if secret for form in spellings(secret)}
