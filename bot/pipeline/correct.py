"""Corrected story -> edited post, for as long as the channel's `edit_window`."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Literal

from bot.dedupe.similar import is_told_in
from bot.errors import ChatMoved, PublishError, Rejected, TemplateError, Throttled
from bot.format.render import render_post
from bot.format.rich import is_rich, with_pictures_in
from bot.models.basics import Reason
from bot.models.outbox import Corrected, Correction, Edited, LeftAlone, TryAgain
from bot.models.reasons import ReasonCode
from bot.pipeline.outcomes import check_prompt, reason_of, silence
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.models.posts import Post
    from bot.pipeline.route import Route
    from bot.ports import Editor
    from bot.store_ports import CorrectionStore

_TAG = re.compile(r"<[^<>]*>")
_AGAIN_FIRST = timedelta(minutes=1)
_AGAIN_MOST = timedelta(hours=1)


async def follow_correction(
    correction: Correction, route: Route, *, store: CorrectionStore, now: Callable[[], datetime]
) -> Corrected:
    """Edit the post where that helps, and store the result."""
    claimed_at = correction.delivery.start if store.is_shared else None
    corrected = await _follow(correction, route, now, claimed_at)
    await store.finish_correction(correction, corrected)
    return corrected


async def _follow(
    correction: Correction, route: Route, now: Callable[[], datetime], claimed_at: datetime | None
) -> Corrected:
    try:
        post = _rendered(correction, route)
    except TemplateError as error:
        return _left(ReasonCode.TEMPLATE, str(error))
    if post.text == correction.text:
        return LeftAlone()
    window = route.channel.edit_window
    if window is None or now() - correction.sent_at > window:
        return _left("too_late", marked("corrected after its edit_window: the post stays as it is"))
    if route.editor is None:
        return _left(
            "no_edits", marked("corrected after it was posted, which cannot be edited here")
        )
    if correction.is_left_behind:
        return _left_behind(correction)
    article = correction.delivery.article
    if article.headlines:
        if post.told != len(article.headlines) or post.image != correction.image:
            return _left(
                "no_room", marked("the corrected headlines do not fit: the post stays as it is")
            )
    elif not _is_told(correction):
        return _left("unlike", marked("the new text is of another story: the post stays as it is"))
    return await _edit(correction, post, route.editor, now, claimed_at)


def _is_told(correction: Correction) -> bool:
    """Tell whether the post tells the story that the article is about now."""
    article = correction.delivery.article
    is_told = is_told_in(_plain(correction.text), article.title, article.testimony)
    return is_told or correction.by_owner


def _plain(post: str) -> str:
    """Return a post's text without the platform's markup."""
    return unescape(_TAG.sub("", post))


def _rendered(correction: Correction, route: Route) -> Post:
    """Return the post as it would be now, in the form that was sent.

    A photo stays a photo, a rich message one with the same pictures, and a plain post plain.
    """
    delivery = correction.delivery
    article = replace(delivery.article, image=correction.image)
    layout: Literal["rich", "plain"] = "rich" if is_rich(correction.text) else "plain"
    if layout == "rich":
        article = with_pictures_in(article, correction.text)
    channel = replace(route.channel, layout=layout)
    template = route.template_for(article)
    without = delivery.without | {"album", "clip"}
    without |= {"keyboard"} if correction.is_album else set()
    without |= set() if correction.image else {"image"}
    if correction.image:
        channel = replace(channel, image="auto")
    post = render_post(article, channel, template, without=without)
    return replace(post, chat=correction.chat or post.chat)


async def _edit(
    correction: Correction,
    post: Post,
    editor: Editor,
    now: Callable[[], datetime],
    claimed_at: datetime | None,
) -> Corrected:
    try:
        # After that another machine may show a later version.
        check_prompt(claimed_at, now())
        await editor.edit(correction.remote_id, post)
    except ChatMoved:
        return _left_behind(correction)
    except Rejected as error:
        return _left(error.code, told("the post cannot be edited: {why}", why=error))
    except Throttled as error:
        return silence(error, now())
    except PublishError as error:
        # An edit may be repeated. Posts need not wait for it.
        return TryAgain(due=now() + _wait(correction.tries), reason=reason_of(error))
    return Edited(text=post.text)


def _wait(tries: int) -> timedelta:
    """Return the wait after so many tries: doubling, at most an hour; ten take four hours."""
    doubled: timedelta = _AGAIN_FIRST * 2 ** (tries - 1)
    return min(doubled, _AGAIN_MOST)


def _left_behind(correction: Correction) -> LeftAlone:
    text = told(
        "the post stands in the group {chat}, which became another one with "
        "another id since: there it cannot be edited",
        chat=correction.chat,
    )
    return _left(ReasonCode.CHAT_MOVED, text)


def _left(code: str, text: str) -> LeftAlone:
    return LeftAlone(reason=Reason(code=code, text=text))
