"""Proof of posts in small files beside the database, for as long as that cannot be written.

BASE-XXXX.proofs holds the proof of one process, and appears and changes as a whole. A process that
was killed leaves its own behind: the next one stores what stands there.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.atomic import replacing
from bot.log import get_logger
from bot.models.basics import ChannelId, DeliveryId
from bot.models.outbox import Sent
from bot.models.posts import Receipt

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bot.models.outbox import Outcome

_ENDING = ".proofs"
_POSTS_MOST = 1000
_BYTES_MOST = 1_000_000
_NUMBER_MOST = 2**53
_TEXT_MOST = 500
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten:
    """The outcome of an attempt that the database does not know yet; `at` is when it was known.

    The number of a delivery may be another one's in a copy of the database that was put back:
    `channel` and `created_at` tell that.
    """

    delivery: DeliveryId
    channel: ChannelId
    created_at: datetime
    attempts: int
    outcome: Outcome
    at: datetime


class Stamp(NamedTuple):
    """Which file it was that was read."""

    inode: int
    written: int


class Journal:
    """The file of this process, whose name is `owner`, and those that others left behind."""

    def __init__(self, base: Path, owner: str) -> None:
        self._base = base
        self._own = base.with_name(f"{base.name}-{owner}{_ENDING}")
        self._seen: int | None = None

    def write(self, unwritten: Iterable[Unwritten]) -> str | None:
        """Let the own file hold the proof in `unwritten`, and only that.

        Returns why it cannot be written, None where it was.
        """
        posts = [_post(one, one.outcome) for one in unwritten if isinstance(one.outcome, Sent)]
        try:
            if not posts:
                self._own.unlink(missing_ok=True)
                return None
            with replacing(self._own, mode=0o600) as file:
                file.write(json.dumps({"posts": posts[-_POSTS_MOST:]}).encode())
        except OSError as error:
            return error.strerror or type(error).__name__
        return None

    def left_behind(self) -> dict[Path, tuple[Stamp, list[Unwritten]]]:
        """Return the proof in the other files; nothing if no file changed since the last call."""
        folder = self._base.parent
        try:
            changed = folder.stat().st_mtime_ns
            if changed == self._seen:
                return {}
            files = list(folder.glob(f"{self._base.name}-*{_ENDING}"))
        except OSError:
            return {}
        self._seen = changed
        return {file: found for file in files if file != self._own and (found := _read(file))}


def remove(file: Path, stamp: Stamp) -> None:
    """Delete the file, unless another one stands there now."""
    with suppress(OSError):
        if _stamp(file) == stamp:
            file.unlink()


def _read(file: Path) -> tuple[Stamp, list[Unwritten]] | None:
    try:
        stamp = _stamp(file)
        with file.open("rb") as opened:
            posts = json.loads(opened.read(_BYTES_MOST))["posts"]
        return stamp, [_unwritten(post) for post in posts[:_POSTS_MOST]]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError) as error:
        text = "proof of posts cannot be read: look whether these posts are out"
        _log.error(text, file=str(file), reason=type(error).__name__)
        return None


def _stamp(file: Path) -> Stamp:
    found = file.stat()
    return Stamp(found.st_ino, found.st_mtime_ns)


def _post(one: Unwritten, sent: Sent) -> dict[str, Any]:
    receipt = sent.receipt
    return {
        "delivery": one.delivery,
        "channel": one.channel,
        "created_at": one.created_at.isoformat(),
        "attempts": one.attempts,
        "at": one.at.isoformat(),
        "remote_id": receipt.remote_id,
        "url": receipt.url,
        "rest_until": receipt.rest_until.isoformat() if receipt.rest_until else None,
        "cost": sent.cost,
        "further_ids": list(receipt.further_ids),
    }


def _unwritten(post: dict[str, Any]) -> Unwritten:
    rest, url, cost = post["rest_until"], post["url"], post["cost"]
    receipt = Receipt(
        remote_id=_text(post["remote_id"]),
        url=None if url is None else _text(url),
        rest_until=_moment(rest) if rest else None,
        # Files of versions before albums do not name them.
        further_ids=tuple(map(_text, post.get("further_ids", ()))),
    )
    return Unwritten(
        delivery=DeliveryId(_number(post["delivery"])),
        channel=ChannelId(_text(post["channel"])),
        created_at=_moment(post["created_at"]),
        attempts=_number(post["attempts"]),
        outcome=Sent(receipt=receipt, cost=None if cost is None else _number(cost)),
        at=_moment(post["at"]),
    )


# A value that no column takes would end each transaction, for ever.
def _number(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value < _NUMBER_MOST:
        raise ValueError("no number of ours")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable() or len(value) > _TEXT_MOST:
        raise ValueError("no text of ours")
    return value


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no time zone in {text!r}")
    return moment.astimezone(UTC)
