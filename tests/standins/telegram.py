"""A stand-in for Telegram's Bot API: channels in memory, the server's own checks and error texts.

    async with TelegramServer() as server:
        account = TelegramAccount(TOKEN, server.base)
        ...
        server.posts("@tincongnghe")[0]["text"]

`server.chat("@x").refusal = ApiError(403, "Forbidden: ...")` shuts one chat; over HTTP: POST
/_admin/chats with id, username and refusal {status, description, parameters}.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.standins.multipart import read_form
from tests.standins.serving import Standin, serve_for_ever
from tests.standins.telegram_chats import Chat, Message
from tests.standins.telegram_checks import (
    CAPTION,
    MESSAGE,
    ApiError,
    bad_request,
    formatted,
    reply_markup,
)
from tests.standins.telegram_media import checked_photo, send_album, send_clip
from tests.standins.telegram_rich import rich_blocks
from tests.standins.telegram_updates import Updates

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "123456789:TEST-token_of_a_bot_that_does_not_exist"
CHANNEL, CHANNEL_ID = "@tincongnghe", -1001000000001
_PATH = re.compile(r"/bot(?P<token>[^/]*)/(?P<method>\w+)\Z")
BOT = {"id": 123456789, "is_bot": True, "first_name": "Tin", "username": "tin_bot"}
_SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
_DELETABLE = 48 * 60 * 60  # seconds
Params = dict[str, str]


def error_body(
    status: int, description: str, parameters: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the body of a refusal."""
    body = {"ok": False, "error_code": status, "description": description}
    return {**body, "parameters": parameters} if parameters else body


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Messages that one chat takes in a minute, and the bot in a second; None is no limit."""

    chat_minute: int | None = None
    bot_second: int | None = None


class TelegramServer(Standin):
    """Knows one bot and the chats it may post to."""

    def __init__(
        self,
        *,
        port: int = 0,
        token: str = TOKEN,
        limits: Limits = Limits(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(port=port)
        self.token = token
        self.updates = Updates()
        self.photo_check: Callable[[str], str | None] = lambda _: None
        self.knows_rich = True
        """False for a server older than Bot API 10.1."""
        self.uploads: dict[str, bytes] = {}
        self.answers: list[tuple[str, str]] = []
        """What the bot told people who tapped: the tap's id, and the words."""
        self.commands: dict[str, list[str]] = {}
        """What Telegram offers, by the scope as it was stated."""
        self.refused_edits: dict[int, str] = {}
        """Why the buttons of some messages cannot be changed."""
        self._limits = limits
        self._clock = clock
        self._chats: list[Chat] = [Chat(CHANNEL_ID, CHANNEL.removeprefix("@"))]

    def add_chat(self, id_: int, username: str | None = None, type_: str = "channel") -> Chat:
        """Let the bot into a chat, or return the one that has this id."""
        known = next((chat for chat in self._chats if chat.id == id_), None)
        if known is None:
            known = Chat(id_, username, type_)
            self._chats.append(known)
        return known

    def chat(self, name: str | int) -> Chat:
        """Return the chat that has this @name or number. Raises ApiError."""
        wanted = str(name)
        for chat in self._chats:
            named = chat.username and f"@{chat.username}".lower() == wanted.lower()
            if named or str(chat.id) == wanted:
                return chat
        raise bad_request("chat not found")

    def posts(self, name: str | int | None = None) -> list[Message]:
        """Return the messages of the bot, in all chats or in one."""
        chats = self._chats if name is None else [self.chat(name)]
        shown = [message for chat in chats for message in chat.messages.values()]
        return [message for message in shown if "by_others" not in message]

    async def administrate(self, request: web.Request) -> web.Response:
        if request.path != "/_admin/chats" or request.method != "POST":
            return await super().administrate(request)
        order = await request.json()
        chat = self.add_chat(order["id"], order.get("username"))
        refusal = order.get("refusal")
        chat.refusal = ApiError(**refusal) if refusal else None
        return web.json_response({"ok": True})

    async def act(self, request: web.Request) -> web.Response:
        try:
            method = self._method(request.path)
            params = await self._params(request)
            if request.path.lower().endswith("/getupdates"):
                await self.updates.arrive(params)
            result = method(self, params)
        except ApiError as error:
            headers = {}
            if error.parameters and "retry_after" in error.parameters:
                headers["Retry-After"] = str(error.parameters["retry_after"])
            body = error_body(error.status, error.description, error.parameters)
            return web.json_response(body, status=error.status, headers=headers)
        return web.json_response({"ok": True, "result": result})

    async def _params(self, request: web.Request) -> Params:
        """Read parameters from query, form, multipart or JSON; structures stay JSON in a string.

        A file becomes the address of an upload, and is kept.
        """
        params = dict(request.query)
        if request.content_type == "application/json":
            given = await request.json()
            return params | {
                key: value if isinstance(value, str) else json.dumps(value)
                for key, value in given.items()
            }
        if request.content_type != "multipart/form-data":
            return params | {key: str(value) for key, value in (await request.post()).items()}
        form = read_form(await request.read(), request.headers["Content-Type"])
        for key, field in form.items():
            if field.filename is None:
                params[key] = field.value.decode()
            else:
                # Pictures of an album are named by their field: their files may be called alike.
                name = key if key.startswith("attached") else field.filename
                params[key] = f"attach://{name}"
                self.uploads[params[key]] = field.value
        return params

    def _method(self, path: str) -> Callable[[TelegramServer, Params], Any]:
        found = _PATH.match(path)
        if found is None or not re.fullmatch(r"\d+:[\w-]+", found["token"]):
            raise ApiError(404, "Not Found")
        if found["token"] != self.token:
            raise ApiError(401, "Unauthorized")
        method = _METHODS.get(found["method"].lower())
        if method is None:
            raise ApiError(404, "Not Found: method not found")
        return method

    def writable(self, params: Params, *, messages: int = 1) -> Chat:
        """Return the chat to post so many messages to. Raises ApiError."""
        chat = self.chat(params.get("chat_id", ""))
        if chat.refusal is not None:
            raise chat.refusal
        for _ in range(messages):
            self._check_pace(chat)
        return chat

    def extras(self, params: Params) -> dict[str, Any]:
        """Return what a request says of any kind of message. Raises ApiError."""
        return _extras(params)

    def _check_pace(self, chat: Chat) -> None:
        now = self._clock()
        whole = [at for known in self._chats for at in known.sent_at]
        for times, span, most in (
            (chat.sent_at, 60, self._limits.chat_minute),
            (whole, 1, self._limits.bot_second),
        ):
            recent = sorted(at for at in times if at > now - span)
            if most is not None and len(recent) >= most:
                wait = max(1, round(recent[-most] + span - now))
                raise ApiError(429, f"Too Many Requests: retry after {wait}", {"retry_after": wait})
        chat.sent_at.append(now)

    def send_message(self, params: Params) -> Message:
        chat = self.writable(params)
        text, entities = formatted(params.get("text", ""), params.get("parse_mode"), MESSAGE)
        if not text:
            raise bad_request("message text is empty")
        return chat.add({"text": text, "entities": entities or None, **_extras(params)})

    def send_photo(self, params: Params) -> Message:
        chat = self.writable(params)
        caption, entities = formatted(params.get("caption", ""), params.get("parse_mode"), CAPTION)
        extras = _extras(params)
        if chat.lacks("can_send_photos"):
            raise bad_request("not enough rights to send photos to the chat")
        size = checked_photo(self, params.get("photo", ""))
        return chat.add(
            {
                "photo": [size],
                "caption": caption or None,
                "caption_entities": entities or None,
                **extras,
            }
        )

    def send_rich_message(self, params: Params) -> Message:
        chat = self.writable(params)
        if not self.knows_rich:
            raise ApiError(404, "Not Found: method not found")
        return chat.add({"rich_message": self._rich(params, chat), **_extras(params)})

    def _rich(self, params: Params, chat: Chat) -> dict[str, Any]:
        given = json.loads(params["rich_message"])
        if set(given) - {"html", "is_rtl"} or not given.get("html"):
            raise bad_request("can't parse InputRichMessage")
        blocks, pictures = rich_blocks(given["html"])
        if pictures and chat.lacks("can_send_photos"):
            raise bad_request("not enough rights to send photos to the chat")
        for refusal in filter(None, map(self.photo_check, pictures)):
            raise bad_request(refusal)
        rtl = {"is_rtl": True} if given.get("is_rtl") else {}
        return {"blocks": blocks, **rtl}

    def edit_text(self, params: Params) -> Message:
        return self.edit(params, "rich_message" if "rich_message" in params else "text", MESSAGE)

    def edit(self, params: Params, key: str, limit: int) -> Message:
        chat = self.chat(params.get("chat_id", ""))
        message = chat.messages.get(int(params.get("message_id", 0)))
        if message is None:
            raise bad_request("message to edit not found")
        if chat.has_moved:
            raise bad_request("can't access the chat")
        if "forward_origin" in message:
            raise bad_request("message can't be edited")
        if "media_group_id" in message and "reply_markup" in params:
            raise bad_request("an album has no keyboard")
        if key not in message:
            raise bad_request(f"there is no {key} in the message to edit")
        new = {"reply_markup": _extras(params)["reply_markup"]}
        if key == "rich_message":
            new[key] = self._rich(params, chat)
        else:
            new[key], entities = formatted(params.get(key, ""), params.get("parse_mode"), limit)
            new["entities" if key == "text" else "caption_entities"] = entities or None
        if all(message.get(name) == value for name, value in new.items()):
            raise bad_request(_SAME)
        message.update(new, edit_date=int(time.time()))
        chat.messages[message["message_id"]] = {k: v for k, v in message.items() if v is not None}
        return chat.messages[message["message_id"]]

    def edit_buttons(self, params: Params) -> Message:
        chat, number = self.chat(params.get("chat_id", "")), int(params["message_id"])
        message = chat.messages.get(number)
        if chat.has_moved:
            raise bad_request("can't access the chat")
        if chat.refusal is not None:
            raise chat.refusal
        if message is None:
            raise bad_request("message to edit not found")
        if number in self.refused_edits:
            raise bad_request(self.refused_edits[number])
        markup = reply_markup(params.get("reply_markup"))
        if message.get("reply_markup") == markup:
            raise bad_request(_SAME)
        message["reply_markup"] = markup
        if markup is None:
            del message["reply_markup"]
        return message

    def answer_tap(self, params: Params) -> bool:
        if len(params.get("text", "")) > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        self.answers.append((params["callback_query_id"], params.get("text", "")))
        return True

    def set_commands(self, params: Params) -> bool:
        listed = json.loads(params["commands"])
        self.commands[params.get("scope", "")] = [one["command"] for one in listed]
        return True

    def delete(self, params: Params) -> bool:
        chat = self.chat(params.get("chat_id", ""))
        if chat.refusal is not None and chat.has_moved:
            raise chat.refusal
        number = int(params.get("message_id", 0))
        message = chat.messages.get(number)
        if message is None:
            raise bad_request("message to delete not found")
        if time.time() - message["date"] > _DELETABLE and not chat.bot_may_delete:
            raise bad_request("message can't be deleted")
        del chat.messages[number]
        return True

    def forward(self, params: Params) -> Message:
        source = self.chat(params.get("from_chat_id", ""))
        original = source.messages.get(int(params.get("message_id", 0)))
        if original is None:
            raise bad_request("message to forward not found")
        if source.is_protected or "pinned_message" in original:
            raise bad_request("message can't be forwarded")
        origin = {
            "type": "channel",
            "chat": source.public(),
            "message_id": original["message_id"],
            "date": original["date"],
        }
        kept = (
            *("text", "entities", "rich_message", "photo", "video", "audio"),
            *("caption", "caption_entities"),
        )
        content = {key: original.get(key) for key in kept}
        return self.writable(params).add({**content, "forward_origin": origin})

    def get_chat_member(self, params: Params) -> dict[str, Any]:
        chat = self.chat(params.get("chat_id", ""))
        if params.get("user_id") != str(BOT["id"]):
            raise bad_request("PARTICIPANT_ID_INVALID")
        return {"user": BOT, **chat.bot_member()}

    def get_chat(self, params: Params) -> dict[str, Any]:
        chat = self.chat(params.get("chat_id", ""))
        gifts = dict.fromkeys(
            (
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ),
            True,
        )
        full = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}
        protected = {"has_protected_content": True} if chat.is_protected else {}
        return {**chat.public(), **full, **protected, **chat.permissions()}


_METHODS: dict[str, Callable[[TelegramServer, Params], Any]] = {
    "getme": lambda _server, _params: BOT,
    "getupdates": lambda server, params: server.updates.get(params),
    "getchat": TelegramServer.get_chat,
    "getchatmember": TelegramServer.get_chat_member,
    "sendmessage": TelegramServer.send_message,
    "sendphoto": TelegramServer.send_photo,
    "sendrichmessage": TelegramServer.send_rich_message,
    "sendmediagroup": send_album,
    "sendvideo": lambda server, params: send_clip(server, params, "video"),
    "sendaudio": lambda server, params: send_clip(server, params, "audio"),
    "editmessagetext": TelegramServer.edit_text,
    "editmessagecaption": lambda server, params: server.edit(params, "caption", CAPTION),
    "editmessagereplymarkup": TelegramServer.edit_buttons,
    "answercallbackquery": TelegramServer.answer_tap,
    "sendchataction": lambda server, params: server.writable(params) is not None,
    "setmycommands": TelegramServer.set_commands,
    "deletemessage": TelegramServer.delete,
    "forwardmessage": TelegramServer.forward,
}


def _thread(params: Params) -> int | None:
    """Return the topic; the general one cannot be named (tdlib/telegram-bot-api, issue 798)."""
    thread = int(params.get("message_thread_id") or 0)
    if thread == 1:
        raise bad_request("message thread not found")
    return thread or None


def _extras(params: Params) -> dict[str, Any]:
    preview = params.get("link_preview_options")
    silent = params.get("disable_notification", "").lower() == "true"
    return {
        "reply_markup": reply_markup(params.get("reply_markup")),
        "link_preview_options": json.loads(preview) if preview else None,
        "message_thread_id": _thread(params),
        "has_protected_content": params.get("protect_content", "").lower() == "true" or None,
        "is_silent": True if silent else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Stand in for Telegram's Bot API on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument(
        "--chat",
        action="append",
        default=[],
        metavar="NAME=ID",
        help=f"another channel beside {CHANNEL}; may be repeated",
    )
    options = parser.parse_args()
    server = TelegramServer(port=options.port, token=options.token)
    for chat in options.chat:
        name, _, number = chat.rpartition("=")
        server.add_chat(int(number), name.removeprefix("@") or None)
    serve_for_ever(server)


if __name__ == "__main__":
    main()
