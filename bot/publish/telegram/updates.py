"""Updates of the Bot API -> records. Whatever a chat sends is hostile until it is read here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

from bot.format.text import clean
from bot.models.desk import Entity, Person, Place, Tap, Update, Words
from bot.publish.telegram.reactions import read_reactions

if TYPE_CHECKING:
    from collections.abc import Iterator

WANTED = (
    "message",
    "edited_message",
    "callback_query",
    "channel_post",
    "my_chat_member",
    "message_reaction_count",
)
"""The kinds that the service asks for; Telegram remembers them (Bot API, getUpdates)."""
_LONGEST_NAME = 60
_MOST_ENTITIES = 200


def read_update(raw: Any) -> Update | None:
    """Return the update, None where it is none."""
    if not isinstance(raw, dict) or not _is_number(raw.get("update_id")):
        return None
    places = {place.id: place for place in _places(raw)}
    return Update(
        id=raw["update_id"],
        event=_event(raw),
        reactions=read_reactions(raw.get("message_reaction_count")),
        places=tuple(places.values()),
    )


def _event(raw: dict[str, Any]) -> Tap | Words | None:
    if (tap := _table(raw, "callback_query")) is not None:
        return _tap(tap)
    for key in ("message", "edited_message"):
        if (message := _table(raw, key)) is not None:
            return _words(message, is_changed=key == "edited_message")
    return None


def _tap(raw: dict[str, Any]) -> Tap | None:
    message = _table(raw, "message") or {}
    by, place = _person(raw.get("from")), _place(message.get("chat"))
    data, id_, number = raw.get("data"), raw.get("id"), message.get("message_id")
    if by is None or place is None or not _is_number(number):
        return None
    if not isinstance(data, str) or not isinstance(id_, str):
        return None
    return Tap(id=id_, by=by, place=place, message=number, data=data)


def _words(raw: dict[str, Any], *, is_changed: bool) -> Words | None:
    by, place, number = _person(raw.get("from")), _place(raw.get("chat")), raw.get("message_id")
    key = "caption" if isinstance(raw.get("caption"), str) else "text"
    text = raw.get(key)
    if by is None or place is None or not _is_number(number) or not isinstance(text, str):
        return None
    if "forward_origin" in raw:
        return None  # words of somebody else, which only this person passed on
    marks = raw.get("entities" if key == "text" else "caption_entities")
    answered = _table(raw, "reply_to_message") or {}
    return Words(
        by=by,
        place=place,
        message=number,
        text=text,
        entities=tuple(_entities(marks)),
        answers=answered["message_id"] if _is_number(answered.get("message_id")) else None,
        about=next(_datas(answered), None),
        is_changed=is_changed,
    )


def _entities(raw: Any) -> Iterator[Entity]:
    for one in raw[:_MOST_ENTITIES] if isinstance(raw, list) else ():
        if not isinstance(one, dict) or not isinstance(one.get("type"), str):
            continue
        if _is_number(one.get("offset")) and _is_number(one.get("length")):
            url = one.get("url")
            yield Entity(
                type=one["type"],
                offset=one["offset"],
                length=one["length"],
                url=url if isinstance(url, str) else None,
            )


def _datas(message: dict[str, Any]) -> Iterator[str]:
    """Yield what the buttons of a message tell the bot."""
    rows = (_table(message, "reply_markup") or {}).get("inline_keyboard")
    for row in rows if isinstance(rows, list) else ():
        for button in row if isinstance(row, list) else ():
            if isinstance(button, dict) and isinstance(button.get("callback_data"), str):
                yield button["callback_data"]


def _places(raw: dict[str, Any]) -> Iterator[Place]:
    """Yield where something happened, and where a message came from (Bot API, Update)."""
    events = [event for event in raw.values() if isinstance(event, dict)]
    events += [
        event[key]
        for event in events
        for key in ("message", "forward_origin")
        if isinstance(event.get(key), dict)
    ]
    for event in events:
        for key in ("chat", "sender_chat"):
            if (place := _place(event.get(key))) is not None:
                yield place


def _place(raw: Any) -> Place | None:
    if not isinstance(raw, dict) or not _is_number(raw.get("id")):
        return None
    kind, name = raw.get("type"), raw.get("username")
    title = raw.get("title") or _full_name(raw)
    return Place(
        id=raw["id"],
        type=kind if isinstance(kind, str) else "",
        title=_line(title),
        username=_line(name) if isinstance(name, str) else None,
    )


def _person(raw: Any) -> Person | None:
    if not isinstance(raw, dict) or not _is_number(raw.get("id")) or raw.get("is_bot"):
        return None
    name = raw.get("username")
    shown = _line(_full_name(raw))
    return Person(id=raw["id"], name=f"{shown} (@{_line(name)})" if name else shown)


def _full_name(raw: dict[str, Any]) -> str:
    names = (raw.get("first_name"), raw.get("last_name"))
    return " ".join(name for name in names if isinstance(name, str))


def _line(raw: Any) -> str:
    return " ".join(clean(raw).split())[:_LONGEST_NAME] if isinstance(raw, str) else ""


def _table(raw: dict[str, Any], key: str) -> dict[str, Any] | None:
    found = raw.get(key)
    return found if isinstance(found, dict) else None


def _is_number(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53
