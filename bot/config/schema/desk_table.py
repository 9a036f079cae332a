"""[desk] as a pydantic model, and the words for the keys of approval."""

from __future__ import annotations

from bot.config.schema.keys import Table, key, required
from bot.config.schema.kinds import Chat, Id, User, Weekly
from bot.wording import marked

APPROVE = "whether a person at the [desk](#desk) decides about each post before it is sent"
WITHIN = (
    "how long a post waits for that, from when the desk last showed it, which it does after Later "
    "and with a new text, too; without it as long as `max_age` allows"
)
THEN = "what happens to a post about which nobody decided within `approve_within`"


class DeskTable(Table):
    """[desk]: the chat in which people approve posts and give commands."""

    account: Id = required(marked("the Telegram account whose bot is in the chat"), stand_in="")
    chat: Chat = required(marked("the chat in which posts are approved, best a group"), stand_in=0)
    users: list[User] = required(
        marked(
            "the numbers of the people who may decide and give commands, there and in a private "
            "chat with the bot: `newsbot chats` shows who wrote to it"
        ),
        stand_in=[],
    )
    summary: Weekly = key(
        "mon 08:00",
        "when the chat gets the summary of the week before: day and local time; "
        "after an outage up to a day later",
    )
