"""The step that mends a refusal, by the words of the Bot API."""

from __future__ import annotations

from bot.wording import marked, told

_CHANNELS = 10**12
_ANY = marked("check chat, topic and the bot's rights")
# Descriptions in lower case (tdlib/telegram-bot-api, Client.cpp); the first that fits counts.
_STEPS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("chat not found", "peer_id_invalid", "chat_id is empty"), "{chat}"),
    (("username_not_occupied", "username_invalid"), "{chat}"),
    (
        ("was kicked", "is not a member", "channel_private", "channel_invalid"),
        marked("add the bot to it, to a channel as an administrator that may post messages"),
    ),
    (
        ("need administrator rights", "chat_admin_required", "administrator rights in the channel"),
        marked("make the bot an administrator that may post messages"),
    ),
    (("blocked by the user",), marked("unblock the bot there")),
    (("can't initiate conversation",), marked("open a chat with the bot and press Start")),
    (
        ("user is deactivated", "was deleted", "was deactivated"),
        marked("it is gone: name another chat"),
    ),
    (
        ("thread not found", "topic_deleted"),
        marked("the topic is gone: set topic to one that is there"),
    ),
    (("topic_closed",), marked("open the topic again, or let the bot manage topics")),
    (
        ("not enough rights", "have no rights", "no write access", "chat_write_forbidden"),
        marked("let the bot send messages there: make it an administrator, or allow members to"),
    ),
    (("chat_restricted", "chat_send_"), marked("let the bot send that kind of message there")),
)


def step_for(said: str, chat: str | int | None) -> str:
    """Return what the operator should do about `said`, the Bot API's refusal of posts to `chat`."""
    folded = said.lower()
    for words, step in _STEPS:
        if any(word in folded for word in words):
            return step.format(chat=_another_chat(chat))
    return _ANY


def full_number(chat: str | int | None) -> int | None:
    """Return the number of a channel or supergroup of which `chat` lacks the "-100" in front.

    Telegram's applications and links show it without: the Bot API's number is 10^12 less (Telegram,
    "Bot API dialog IDs"). None where `chat` is a name or has it; a person or a small group may have
    the number as it stands.
    """
    if not isinstance(chat, int) or not chat or abs(chat) >= _CHANNELS:
        return None
    return -(_CHANNELS + abs(chat))


def _another_chat(chat: str | int | None) -> str:
    seen = marked("`newsbot chats` lists those that the bot sees")
    number = full_number(chat)
    if number is not None:
        return told(
            "if it is a channel or supergroup, write {number}; {why}", number=number, why=seen
        )
    if isinstance(chat, str):
        return told("check the name, and that the chat is public; {why}", why=seen)
    return told("add the bot to it, and check the number; {why}", why=seen)
