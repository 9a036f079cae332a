"""A refusal comes with the step that mends it."""

import pytest

from bot.publish.telegram.steps import full_number, step_for


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ("Forbidden: bot was kicked from the channel chat", "add the bot to it, to a channel as"),
        ("Forbidden: bot is not a member of the channel chat", "add the bot to it, to a channel"),
        ("Bad Request: CHANNEL_PRIVATE", "add the bot to it"),
        ("Bad Request: need administrator rights in the channel chat", "make the bot an admin"),
        ("Bad Request: CHAT_ADMIN_REQUIRED", "make the bot an administrator that may post"),
        ("Forbidden: bot was blocked by the user", "unblock the bot there"),
        (
            "Forbidden: bot can't initiate conversation with a user",
            "open a chat with the bot and press Start",
        ),
        ("Forbidden: the group chat was deleted", "it is gone: name another chat"),
        ("Bad Request: message thread not found", "the topic is gone: set topic"),
        ("Bad Request: TOPIC_CLOSED", "open the topic again"),
        ("Bad Request: not enough rights to send text messages to the chat", "let the bot send"),
        ("Bad Request: CHAT_WRITE_FORBIDDEN", "let the bot send messages there"),
        ("Bad Request: CHAT_SEND_PLAIN_FORBIDDEN", "let the bot send that kind of message there"),
        ("Bad Request: something new", "check chat, topic and the bot's rights"),
    ],
)
def test_each_refusal_names_its_step(said: str, step: str) -> None:
    assert step_for(said, "@tincongnghe").startswith(step)


@pytest.mark.parametrize(
    ("chat", "step"),
    [
        (1234567890, "if it is a channel or supergroup, write -1001234567890; `newsbot chats`"),
        (-1234567890, "if it is a channel or supergroup, write -1001234567890; `newsbot chats`"),
        (-1001234567890, "add the bot to it, and check the number; `newsbot chats` lists"),
        ("@tincongnghe", "check the name, and that the chat is public; `newsbot chats` lists"),
    ],
)
def test_a_chat_that_is_not_found_is_named_rightly(chat: str | int, step: str) -> None:
    assert step_for("Bad Request: chat not found", chat).startswith(step)


def test_a_number_is_completed_only_where_it_lacks_its_beginning() -> None:
    assert full_number(1234567890) == full_number(-1234567890) == -1001234567890
    assert full_number(-1000000777) == -1001000000777
    assert full_number(-1001234567890) is None
    assert full_number("@tincongnghe") is None
    assert full_number(None) is None
