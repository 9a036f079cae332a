"""Heads of answers that break the rules in ways that curl, urllib and browsers read."""

from __future__ import annotations

import re
from typing import Final

END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
INTERIM: Final = re.compile(rb"HTTP/1\.\d 1(?!01)\d\d\b")
"""Another head follows: early hints, say (RFC 9110 section 15.2)."""
# RFC 9110 section 5.6.2; a space before the colon is wrong, and read.
_FIELD: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,200})[ \t]*:(.*)", re.DOTALL)
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_LENGTH, _ENCODING = b"content-length", b"transfer-encoding"


def mended(head: bytes) -> bytes:
    """Return the head of an answer, without the empty line at its end, as RFC 9112 wants it.

    Lines end with CR LF (section 2.2 lets a reader take a bare LF), folded lines are one (5.2),
    what is no field is left out, as are control characters. Several equal Content-Lengths are one
    (6.3); different ones stay, and the answer is refused. Beside a Transfer-Encoding there is none.
    """
    status, *lines = (line.rstrip(b"\r") for line in head.lstrip(b"\r\n").split(b"\n"))
    fields: list[tuple[bytes, list[bytes]]] = []
    for line in lines:
        if line[:1] in {b" ", b"\t"} and fields:
            fields[-1][1].append(line.strip())
        elif found := _FIELD.fullmatch(line):
            fields.append((found[1], [found[2].strip()]))
    kept = _one_length([(name, _CONTROL.sub(b"", b" ".join(value))) for name, value in fields])
    return b"\r\n".join([status, *(name + b": " + value for name, value in kept)])


def _one_length(fields: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    lengths = {
        one.strip()
        for name, value in fields
        if name.lower() == _LENGTH
        for one in value.split(b",")
    }
    is_encoded = any(name.lower() == _ENCODING for name, _ in fields)
    if len(lengths) > 1 and not is_encoded:
        return fields
    others = [field for field in fields if field[0].lower() != _LENGTH]
    return others if is_encoded else others + [(b"Content-Length", one) for one in lengths]
