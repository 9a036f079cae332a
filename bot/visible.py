"""Text of others, fit to be shown: no feed drives a terminal, breaks a line or turns it around."""

from __future__ import annotations

import re

# Escape sequences begin with U+001B or, in eight bits, with one of U+0080 to U+009F (ECMA-48); the
# others end lines, are no characters, or embed, override and isolate directions (UAX 9).
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
_BREAKS = re.compile(r"[\n\r\x0b\x0c\x85\u2028\u2029]\s*")


def visible(text: str) -> str:
    """Return `text` without control characters; line breaks stay, a tab becomes a space."""
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text.replace("\t", " "))


def visible_line(text: str) -> str:
    """Return `text` on one line, without control characters."""
    return visible(_BREAKS.sub(" ", text))


def escaped_json(document: str) -> str:
    r"""Return a JSON `document` with the same content, control characters written as \uXXXX.

    JSON itself asks for that only below U+0020 (RFC 8259, section 7).
    """
    return _UNFIT.sub(_code, document)


def escaped_xml(document: str, *, is_ascii: bool) -> str:
    """Return an XML `document` with the same content, control characters as references.

    Letters outside of ASCII are references, too, where it `is_ascii` (XML 1.0, section 4.1).
    """
    safe = _UNFIT.sub(lambda found: f"&#{ord(found[0])};", document)
    return safe.encode("ascii", "xmlcharrefreplace").decode() if is_ascii else safe


def _code(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
