"""Albums, films and recordings of the stand-in for Telegram (Bot API, sendMediaGroup and others)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.standins.telegram_checks import (
    CAPTION,
    ApiError,
    bad_request,
    check_photo,
    formatted,
    reply_markup,
)
from tests.standins.telegram_uploads import wrong_upload

if TYPE_CHECKING:
    from tests.standins.telegram import TelegramServer
    from tests.standins.telegram_chats import Message

_LEAST, _MOST = 2, 10
_TOGETHER = ({"photo", "video"}, {"audio"}, {"document"})


def send_album(server: TelegramServer, params: dict[str, str]) -> list[Message]:
    """Make one message of each item, or none."""
    items = json.loads(params.get("media", "[]"))
    if not _LEAST <= len(items) <= _MOST:
        raise bad_request("there must be 2 to 10 messages in the group")
    if not any({item["type"] for item in items} <= kinds for kinds in _TOGETHER):
        raise bad_request("message type can't be mixed with the others in an album")
    if "reply_markup" in params:
        raise bad_request("an album has no keyboard")
    chat = server.writable(params, messages=len(items))
    if chat.lacks("can_send_photos"):
        raise bad_request("not enough rights to send photos to the chat")
    contents = [_item(server, nth, item) for nth, item in enumerate(items, start=1)]
    group, extras = f"{chat.id}{chat.last_id}", server.extras(params)
    return [chat.add({**one, **extras, "media_group_id": group}) for one in contents]


def _item(server: TelegramServer, nth: int, item: dict[str, Any]) -> Message:
    text, entities = formatted(item.get("caption", ""), item.get("parse_mode"), CAPTION)
    try:
        photo = checked_photo(server, item["media"])
    except ApiError as error:
        said = error.description.partition(": ")[2]
        raise bad_request(
            f'failed to send message #{nth} with the error message "{said}"'
        ) from None
    return {"photo": [photo], "caption": text or None, "caption_entities": entities or None}


def checked_photo(server: TelegramServer, photo: str) -> dict[str, Any]:
    """Return the photo that a request names. Raises ApiError."""
    check_photo(photo)
    is_upload = photo.startswith("attach://")
    wrong = wrong_upload(server.uploads[photo]) if is_upload else None
    if refusal := wrong or server.photo_check(photo):
        raise bad_request(refusal)
    return {"file_id": photo, "file_unique_id": photo, "width": 800, "height": 450}


def send_clip(server: TelegramServer, params: dict[str, str], kind: str) -> Message:
    """Make a message with a film or a recording, which is named by its address."""
    chat = server.writable(params)
    text, entities = formatted(params.get("caption", ""), params.get("parse_mode"), CAPTION)
    address = params.get(kind, "")
    check_photo(address)
    if chat.lacks(f"can_send_{kind}s"):
        what = "videos" if kind == "video" else "music"
        raise bad_request(f"not enough rights to send {what} to the chat")
    if refusal := server.photo_check(address):
        raise bad_request(refusal)
    file = {
        "file_id": address,
        "file_unique_id": address,
        "duration": int(params.get("duration", 0)),
    }
    if "title" in params:
        file["title"] = params["title"]
    if kind == "video":
        file |= {"width": 1280, "height": 720}
    if "cover" in params:
        file["cover"] = [checked_photo(server, params["cover"])]
    return chat.add(
        {
            kind: file,
            "caption": text or None,
            "caption_entities": entities or None,
            **server.extras(params),
            "reply_markup": reply_markup(params.get("reply_markup")),
        }
    )
