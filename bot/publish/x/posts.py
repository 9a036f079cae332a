"""Posts on X: made, with their picture, and deleted by the operator.

A fault of a picture's upload costs the picture alone, unless there was no connection.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

from bot.errors import PublishError, Rejected
from bot.models.posts import Receipt
from bot.publish.deadline import Deadline
from bot.publish.x.answers import translated
from bot.publish.x.media import Attachment, attach
from bot.wording import marked

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.models.posts import Post
    from bot.publish.x.account import XAccount


class XPosts:
    """The posts of one account. Implements `ports.Publisher` and `ports.Deleter`."""

    def __init__(self, account: XAccount) -> None:
        self._account = account

    async def publish(self, post: Post) -> Receipt:
        """Create the post, with its picture where that can be uploaded."""
        deadline = Deadline(self._account.elapsed)
        attachment = await attach(post, self._account.media, translated)
        try:
            deadline.check()
            remote_id = await self._create(post, attachment, deadline)
        except PublishError as error:
            error.alt_texts = attachment.described
            raise
        return Receipt(
            remote_id=remote_id,
            url=address_of(remote_id),
            rest_until=self._account.rest_until,
            alt_texts=attachment.described,
            picture_lost=attachment.lost,
        )

    async def delete(self, remote_id: str, chat: str | None) -> None:  # noqa: ARG002 - the port's signature
        """Delete the post; one that is gone already is a success."""
        with translated():
            route = f"/2/tweets/{int(remote_id)}"
            response = await self._account.request("DELETE", route, missing_ok=True)
            is_gone = response.status >= HTTPStatus.BAD_REQUEST
            if not (is_gone or (await response.json())["data"]["deleted"]):
                raise Rejected("not_deleted", marked("X says that it did not delete the post"))

    async def close(self) -> None:
        """Leave the connections to the account."""

    async def _create(self, post: Post, attachment: Attachment, deadline: Deadline) -> str:
        media_ids = attachment.ids or None
        try:
            with translated():
                async with asyncio.timeout(deadline.left()):
                    response = await self._account.create_tweet(
                        text=post.text, media_ids=media_ids, user_auth=True
                    )
                remote_id = str(int(response.data["id"]))
        except Rejected as error:
            self._account.media.forget(post)
            # X does not name the fault: a try without the pictures shows it.
            part = _part_of(media_ids or ())
            raise Rejected(error.code, str(error), part=part, suspect=error.suspect) from None
        self._account.media.forget(post)
        return remote_id


def _part_of(media_ids: Collection[str]) -> Literal["album", "image"] | None:
    """Return the part to leave out of a refused post: all pictures but one, then that."""
    if len(media_ids) > 1:
        return "album"
    return "image" if media_ids else None


def address_of(remote_id: str) -> str:
    """Return the address of a post."""
    return f"https://x.com/i/web/status/{remote_id}"
