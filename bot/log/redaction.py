"""The last gate: hides every known secret, in every spelling, in all that leaves the process."""

from __future__ import annotations

import html
import json
import logging
import re
from base64 import b64encode, urlsafe_b64encode
from dataclasses import fields, is_dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

_T = TypeVar("_T")
_HIDDEN = "[secret]"
_SHORTEST_CODE = 8  # letters of base64: shorter pieces stand in any text


class Veil:
    """Hides `secrets` in texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._known = [secret for secret in dict.fromkeys(secrets) if secret]
        forms = {form for secret in self._known for form in spellings(secret)}
        # The longest first: a form may be a part of another one.
        self._forms = sorted(forms, key=len, reverse=True)

    @cached_property
    def _coded(self) -> re.Pattern[str] | None:
        # Compiling takes 5 ms for a feed's secrets, and few texts hold a percent sign.
        return _any_percent_coding(self._known)

    def hide(self, text: str) -> str:
        """Return `text` without any secret."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, _HIDDEN)
        if "%" in text and self._coded is not None:
            text = self._coded.sub(_HIDDEN, text)
        return text

    def hide_in(self, record: _T) -> _T:
        """Return `record` with no secret in any of its texts, records and tuples."""
        hidden: _T = self._hide_in(record)
        return hidden

    def _hide_in(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.hide(value)
        if type(value) is tuple:
            return tuple(map(self._hide_in, value))
        if is_dataclass(value) and not isinstance(value, type):
            parts = {one.name: getattr(value, one.name) for one in fields(value) if one.init}
            return replace(value, **{name: self._hide_in(part) for name, part in parts.items()})
        return value


def hide(secrets: Iterable[str]) -> None:
    """Hide `secrets`, beside earlier ones, from now on in all logs and all that passes `redact`."""
    known = tuple(dict.fromkeys((*_Gate.secrets, *secrets)))
    if known != _Gate.secrets:
        _Gate.secrets, _Gate.veil = known, Veil(known)


def redact(text: str) -> str:
    """Return `text` without the secrets that this process knows."""
    return _Gate.veil.hide(text)


class Redactor(logging.Formatter):
    """Replaces every secret in a finished line, from any writer; by default the process's."""

    def __init__(self, inner: logging.Formatter, secrets: Iterable[str] | None = None) -> None:
        super().__init__()
        self._inner = inner
        self._veil = None if secrets is None else Veil(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Format by the inner formatter, then hide."""
        line = self._inner.format(record)
        return self._veil.hide(line) if self._veil else redact(line)


def spellings(secret: str) -> set[str]:
    """Return the forms in which a secret may turn up in an address, a header or a message."""
    raw = secret.encode("utf-8", "surrogatepass")
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    return {
        secret,
        *(quoted for safe in ("", "/", ":") for quoted in _both_cases(quote(raw, safe=safe))),
        *_both_cases(quote_plus(raw)),
        repr(secret)[1:-1],
        repr(raw)[2:-1],
        html.escape(secret),
        *escaped,
        *_in_base64(raw),
    }


def _both_cases(quoted: str) -> tuple[str, str]:
    return quoted, re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), quoted)


def _in_base64(raw: bytes) -> set[str]:
    """Return how `raw` looks inside a longer text in base64, at each of its three alignments.

    At the edges a letter also holds bits of the neighbours: those letters are left out.
    """
    found = set()
    for before in range(3):
        letters = (before + len(raw)) * 8 // 6
        start = -(-before * 8 // 6)
        for encode in (b64encode, urlsafe_b64encode):
            code = encode(b"\0" * before + raw).decode()[start:letters]
            if len(code) >= _SHORTEST_CODE:
                found.add(code)
    return found


def _any_percent_coding(secrets: list[str]) -> re.Pattern[str] | None:
    """Return a pattern for secrets of which any letters are percent-encoded, even repeatedly."""
    patterns = ["".join(map(_letter, secret)) for secret in sorted(secrets, key=len, reverse=True)]
    return re.compile("|".join(patterns)) if patterns else None


def _letter(letter: str) -> str:
    coded = "".join(f"%(?:25)*(?i:{byte:02x})" for byte in letter.encode("utf-8", "surrogatepass"))
    return f"(?:{re.escape(letter)}|{coded})"


class _Gate:
    """The veil of this process."""

    secrets: tuple[str, ...] = ()
    veil = Veil(())
