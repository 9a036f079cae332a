"""The keys of a channel that its platform cannot do without, and those that make no sense there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.models.basics import Platform
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Mapping

NEEDED: Mapping[Platform, Mapping[str, str]] = {
    Platform.TELEGRAM: {
        "account": marked("the Telegram account that posts to this channel"),
        "chat": marked('the chat to post to, such as "@tincongnghe" or -1001234567890'),
    },
    Platform.X: {"account": marked("the X account that posts")},
    Platform.CONSOLE: {},
}

_NO_BUTTONS = marked("an X post has no buttons")
_OWN_TIMELINE = marked("an X account posts to its own timeline")
_PLAIN_TEXT = marked("it shows plain text")
_ONLY_ON_TELEGRAM = marked(
    "only Telegram has it; leave it out, or move it to a channel on Telegram"
)
_SENT_AGAIN = marked("every post to it is known to arrive")
MISFITS: Mapping[Platform, Mapping[str, str]] = {
    Platform.TELEGRAM: {"link": marked("only X charges for links")},
    Platform.X: {
        "chat": _OWN_TIMELINE,
        "topic": _OWN_TIMELINE,
        "scratch_chat": marked("a post is looked for among those of the account"),
        "share": _NO_BUTTONS,
        "share_labels": _NO_BUTTONS,
        "comments": _NO_BUTTONS,
        "silent": marked("X decides on notifications"),
        "preview": marked("X decides on link previews"),
        "protect_content": marked("posts on X are public"),
        "video": marked("X gets the article's picture instead"),
        "audio": marked("X gets the article's picture instead"),
        "also_at": marked("a post on X cannot be edited when another outlet reports its event"),
        "more": _ONLY_ON_TELEGRAM,
        "layout": _ONLY_ON_TELEGRAM,
    },
    Platform.CONSOLE: {
        "chat": _PLAIN_TEXT,
        "topic": _PLAIN_TEXT,
        "scratch_chat": _SENT_AGAIN,
        "on_unknown": _SENT_AGAIN,
        "silent": _PLAIN_TEXT,
        "preview": _PLAIN_TEXT,
        "protect_content": _PLAIN_TEXT,
        "images": _PLAIN_TEXT,
        "video": _PLAIN_TEXT,
        "audio": _PLAIN_TEXT,
        "edit_window": marked("printed text cannot be edited"),
        "also_at": marked("printed text cannot be edited"),
        "more": _ONLY_ON_TELEGRAM,
        "layout": _ONLY_ON_TELEGRAM,
        "link": marked("only X charges for links"),
    },
}
