"""Reads multipart/form-data (RFC 7578) from a body that was read before."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser


@dataclass(frozen=True)
class Field:
    """One part of a form; `filename` is None where it is a plain value."""

    value: bytes
    filename: str | None = None


def read_form(body: bytes, content_type: str) -> dict[str, Field]:
    """Return the parts by their names."""
    head = Message()
    head["Content-Type"] = content_type
    mark = b"\r\n--" + str(head.get_param("boundary")).encode()
    fields: dict[str, Field] = {}
    # What stands before the first mark and behind the last one, "--", belongs to no part.
    for part in (b"\r\n" + body).split(mark)[1:-1]:
        lines, _, value = part.partition(b"\r\n\r\n")
        headers = HeaderParser().parsestr(lines.decode().lstrip("\r\n"))
        name = headers.get_param("name", header="Content-Disposition")
        fields[str(name)] = Field(value, headers.get_filename())
    return fields
