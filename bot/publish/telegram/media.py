"""Photos, albums, films and recordings of posts on Telegram, and the meaning of their refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from telegram import InputMediaPhoto

from bot.errors import Rejected, Unauthorized
from bot.models.reasons import ReasonCode
from bot.publish.telegram.rich import PHOTOS_FORBIDDEN
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Bot, Message

    from bot.models.pictures import Clip, FurtherPicture
    from bot.models.posts import Post

    Part = Literal["image_address", "image", "album", "clip"]

_CLIPS_FORBIDDEN = (
    "not enough rights to send videos",
    "not enough rights to send music",
    "not enough rights to send audios",
    "chat_send_videos_forbidden",
    "chat_send_audios_forbidden",
    "chat_send_media_forbidden",
)


async def send_media(bot: Bot, chat: int | str, post: Post, **alike: Any) -> Sequence[Message]:
    """Send what the post's text is the caption of; return its messages, the captioned one first.

    An album takes no buttons (Bot API, sendMediaGroup).
    """
    if post.clip is not None:
        return [await _send_clip(bot, chat, post, post.clip, **alike)]
    files = [(_file_of(one), _name_of(one)) for one in post.pictures]
    if not post.album:
        ((file, name),) = files
        return [await bot.send_photo(chat, file, filename=name, caption=post.text, **alike)]
    del alike["reply_markup"]
    album = [InputMediaPhoto(file, filename=name) for file, name in files]
    return await bot.send_media_group(chat, album, caption=post.text, **alike)


async def _send_clip(bot: Bot, chat: int | str, post: Post, clip: Clip, **alike: Any) -> Message:
    alike |= {"caption": post.text, "duration": clip.seconds}
    if clip.kind == "audio":
        return await bot.send_audio(chat, clip.url, title=post.alt or None, **alike)
    poster = next((_file_of(one) for one in post.pictures), None)
    return await bot.send_video(chat, clip.url, cover=poster, supports_streaming=True, **alike)


def _file_of(one: FurtherPicture) -> str | bytes:
    """Return the photo to send: bytes to upload, or an address."""
    return one.picture.data if one.picture is not None else one.url


def _name_of(one: FurtherPicture) -> str | None:
    return one.picture.file_name if one.picture is not None else None


def check_addresses(post: Post) -> None:
    """Raise Rejected for an address that is no web address.

    The library would open and upload a file of this machine for a string that is a path.
    """
    if post.clip is not None and not _is_web(post.clip.url):
        raise Rejected("bad_file", marked("the file's address is not http or https"), part="clip")
    if not all(one.picture is not None or _is_web(one.url) for one in post.pictures):
        text = marked("the picture's address is not http or https")
        raise Rejected("bad_image", text, part="album" if post.album else "image")


def _is_web(address: str) -> bool:
    return address.lower().startswith(("http://", "https://"))


def about_media(error: Rejected | Unauthorized, post: Post) -> Rejected | Unauthorized:
    """Return `error` with the next step for a refused photo, album, film or recording.

    The steps are those of `bot.pipeline.pictures`. A picture never stops the text. Where only
    photos are forbidden in the chat, or the answer names no fault that is known here, the post is
    tried once more without it.
    """
    if isinstance(error, Unauthorized):
        forbidden = _CLIPS_FORBIDDEN if post.clip else PHOTOS_FORBIDDEN
        if not any(words in str(error).lower() for words in forbidden):
            return error
        return Rejected("no_photos", str(error), part="clip" if post.clip else "image")
    if (part := _part_of(error, post)) is None:
        return error
    return Rejected(error.code, str(error), part=part, suspect=error.suspect)


def _part_of(error: Rejected, post: Post) -> Part | None:
    """Return the part to leave out; None where the fault is none of the pictures'."""
    if error.part != "image" and error.suspect is None and error.code != ReasonCode.TOO_LARGE:
        return None
    if post.clip is not None:
        return "clip"
    is_alone = not post.album
    by_address = any(one.picture is None for one in post.pictures)
    is_known = error.part == "image" and error.suspect is None
    if is_known and by_address and "caption" not in str(error):
        return "image_address"
    return "image" if is_alone or "caption" in str(error) else "album"
