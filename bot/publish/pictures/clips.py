"""The first bytes of a film or recording -> whether Telegram takes it by its address.

Telegram fetches files of 20 MB at most; films must be MP4, recordings MP3 or M4A (Bot API,
"Sending files", sendVideo and sendAudio).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.models.basics import Reason
from bot.models.reasons import ReasonCode
from bot.wording import marked, told

if TYPE_CHECKING:
    from bot.models.pictures import ClipKind, FetchedStart

MOST_BYTES: Final = 20_000_000
_MP4: Final = slice(4, 8)
# A frame of MPEG audio begins with eleven bits that are set (ISO 11172-3).
_SYNC: Final = 0xE0


def why_unfit(found: FetchedStart, kind: ClipKind) -> Reason | None:
    """Return why no post can play what begins so, None where one can."""
    if found.size is None:
        return Reason(code="no_size", text=marked("its server does not say how large it is"))
    if found.size > MOST_BYTES:
        text = told(
            "Telegram fetches {most_bytes} bytes at most, and it has {size}",
            most_bytes=MOST_BYTES,
            size=found.size,
        )
        return Reason(code=ReasonCode.TOO_LARGE, text=text)
    is_mp4 = found.data[_MP4] == b"ftyp"
    if is_mp4 or (kind == "audio" and _is_mp3(found.data)):
        return None
    return Reason(
        code="format",
        text=marked("it is no MP4") if kind == "video" else marked("it is no MP3 or M4A"),
    )


def _is_mp3(data: bytes) -> bool:
    if data.startswith(b"ID3"):
        return True
    return data[:1] == b"\xff" and data[1:2] >= bytes([_SYNC])
