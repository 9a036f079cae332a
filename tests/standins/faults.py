"""What a stand-in does instead of answering well, and when.

server.faults.next(drop(), times=2)           the next two requests
server.faults.at(5, stall(None))              the fifth request from the start
server.faults.next(answer(502, after=True))   the post is made, the answer is an error
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["drop", "stall", "answer", "truncate"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`after`: the request is acted upon first, so that only the answer is lost.

    "drop" closes the connection; "stall" waits `seconds` (None: until the server ends) and then
    goes on as if nothing was; "answer" says something else; "truncate" ends in mid-answer. A
    request whose body does not hold what the fault is `about` is answered well, and uses it up.
    """

    kind: Kind
    after: bool = False
    seconds: float | None = None
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    about: bytes = b""


def drop(*, after: bool = False) -> Fault:
    return Fault(kind="drop", after=after)


def stall(seconds: float | None = None, *, after: bool = False) -> Fault:
    return Fault(kind="stall", after=after, seconds=seconds)


def truncate() -> Fault:
    return Fault(kind="truncate", after=True)


def answer(
    status: int,
    body: object = "",
    *,
    headers: dict[str, str] | None = None,
    after: bool = False,
    about: bytes = b"",
) -> Fault:
    """Answer with `body`: text is sent as HTML, anything else as JSON."""
    is_text = isinstance(body, str)
    kind = "text/html; charset=utf-8" if is_text else "application/json"
    return Fault(
        kind="answer",
        after=after,
        status=status,
        body=(body if isinstance(body, str) else json.dumps(body)).encode(),
        headers={"Content-Type": kind, **(headers or {})},
        about=about,
    )


class Faults:
    """The faults to come; requests to the administration do not count."""

    def __init__(self) -> None:
        self._at: dict[int, Fault] = {}
        self._next: deque[Fault] = deque()
        self._count = 0

    def next(self, fault: Fault, *, times: int = 1) -> None:
        self._next.extend([fault] * times)

    def clear(self) -> None:
        """Forget the faults to come."""
        self._at.clear()
        self._next.clear()

    def at(self, number: int, fault: Fault) -> None:
        """Plan a fault for a request, counted from 1."""
        self._at[number] = fault

    def take(self) -> Fault | None:
        """Return the fault of the request that has just come in."""
        self._count += 1
        planned = self._at.pop(self._count, None)
        return planned or (self._next.popleft() if self._next else None)

    def plan(self, order: dict[str, Any]) -> None:
        """Do what a request to `/_admin/faults` asks, in the words of `Fault`, `times` and `at`."""
        wishes = dict(order)
        kind, times, at = wishes.pop("kind"), wishes.pop("times", 1), wishes.pop("at", None)
        fault = answer(**wishes) if kind == "answer" else Fault(kind=kind, **wishes)
        if at is None:
            self.next(fault, times=times)
        else:
            self.at(at, fault)
