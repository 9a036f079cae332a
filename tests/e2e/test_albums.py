"""Albums, films and recordings on Telegram: sent, refused, lost, corrected, deleted; and on X."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bot.models.basics import Reason
from bot.models.outbox import Edited
from bot.models.pictures import Clip, FurtherPicture, OutOfReach, Unfit, Uploadable, Verdict
from bot.models.settings import Budget
from bot.operate.posting.retract import Eraser
from tests.e2e.fault_kit import IMAGE, PICTURE, SCRATCH, Line, telegram_line, x_line
from tests.mortal import Killed, Life, Mortal
from tests.pipeline.kit import FakePictures, tell
from tests.standins.faults import answer, drop
from tests.standins.telegram import CHANNEL, TelegramServer, error_body
from tests.standins.telegram_checks import ApiError
from tests.standins.telegram_media import send_album
from tests.standins.x import XServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.store.engine import Store

HOUR = timedelta(hours=1)
WHY = Reason(code="why", text="for a reason")
TITLE = "Một tin có ba hình"
SECOND, THIRD = "https://example.org/2.jpg", "https://example.org/3.jpg"
GALLERY = (FurtherPicture(url=SECOND, alt="Chiếc máy"), FurtherPicture(url=THIRD))
FILM = Clip(url="https://example.org/phim.mp4", kind="video", seconds=61)
RECORDING = Clip(url="https://example.org/tap.mp3", kind="audio", seconds=600)


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        running.add_chat(SCRATCH)
        yield running


@pytest.fixture
async def line_of(server: TelegramServer, store: Store) -> AsyncIterator[Callable[..., Line]]:
    made: list[Line] = []

    def make(**keys: Any) -> Line:
        made.append(telegram_line(store, server, **{"images": 4, **keys}))
        return made[-1]

    yield make
    for line in made:
        await line.client.close()


def shapes(server: TelegramServer) -> list[str]:
    """Return what each message is, and how its file came."""
    found = []
    for message in server.posts(CHANNEL):
        kind = next(kind for kind in ("photo", "video", "audio", "text") if kind in message)
        file = message["photo"][0] if kind == "photo" else message[kind]
        way = "bytes" if kind == "photo" and "attach" in file["file_id"] else ""
        found.append(f"{kind} {way}".strip())
    return found


def refused(text: str) -> Any:
    return answer(400, error_body(400, f"Bad Request: {text}"))


async def test_the_text_stands_under_the_first_picture_of_an_album(server, line_of) -> None:
    line = line_of()
    await line.owe(TITLE, image=IMAGE, pictures=GALLERY)
    await line.pass_time(HOUR)
    first, *further = server.posts(CHANNEL)
    assert [one["photo"][0]["file_id"] for one in (first, *further)] == [IMAGE, SECOND, THIRD]
    assert TITLE in first["caption"]
    assert not any("caption" in one or "reply_markup" in one for one in further)
    assert await line.states() == ["sent"]


async def test_the_buttons_of_an_album_are_links_in_its_text(server, line_of) -> None:
    line = line_of(share=("telegram", "copy", "whatsapp"), share_labels={"whatsapp": "<WA>"})
    comments = "https://example.org/1?a=1&b=2#comments"
    await line.owe(TITLE, image=IMAGE, pictures=GALLERY, comments=comments)
    await line.pass_time(HOUR)
    first, *_ = server.posts(CHANNEL)
    assert first["caption"].endswith("\n\nChia sẻ: Telegram · <WA>\nBình luận")
    urls = [one["url"] for one in first["caption_entities"] if one["type"] == "text_link"]
    assert [url.partition("?")[0] for url in urls[-3:]] == [
        "https://t.me/share/url",
        "https://wa.me/",
        "https://example.org/1",
    ]
    assert urls[-1] == comments


async def test_an_album_without_markup_has_no_names_of_links_that_lead_nowhere(
    server, line_of
) -> None:
    line = line_of(share=("telegram",))
    await line.owe(TITLE, image=IMAGE, pictures=GALLERY)
    server.faults.next(refused("can't parse entities"))
    await line.pass_time(HOUR)
    first, *further = server.posts(CHANNEL)
    assert (len(further), "Chia sẻ" in first["caption"]) == (2, False)


async def test_without_the_key_one_picture_goes_with_its_buttons(server, line_of) -> None:
    line = line_of(images=1)
    await line.owe(TITLE, image=IMAGE, pictures=GALLERY)
    await line.pass_time(HOUR)
    (only,) = server.posts(CHANNEL)
    assert only["reply_markup"]["inline_keyboard"]


async def test_an_album_counts_as_its_messages_for_the_rate(server, line_of) -> None:
    line = line_of()
    await line.owe(TITLE, "Tin sau", image=IMAGE, pictures=GALLERY)
    began = line.now
    await line.pass_time(HOUR)
    assert len(server.posts(CHANNEL)) == 6
    assert line.now - began >= 3 * timedelta(seconds=3.05)


ADDRESS = 'failed to send message #2 with the error message "WEBPAGE_MEDIA_EMPTY"'


@pytest.mark.parametrize(
    ("faults", "shown"),
    [
        ([ADDRESS], ["photo bytes"] * 3),
        ([ADDRESS, "IMAGE_PROCESS_FAILED"], ["photo bytes"]),
        ([ADDRESS, "IMAGE_PROCESS_FAILED", "IMAGE_PROCESS_FAILED"], ["text"]),
        (["something that nobody knows"], ["photo"]),
        (["message caption is too long"], ["text"]),
        (["not enough rights to send photos to the chat"], ["text"]),
    ],
)
async def test_a_refused_album_goes_down_step_by_step(server, line_of, faults, shown) -> None:
    line = line_of()
    await line.owe(TITLE, image=IMAGE, pictures=GALLERY)
    for text in faults:
        server.faults.next(refused(text))
    await line.pass_time(HOUR)
    assert shapes(server) == shown
    assert await line.states() == ["sent"]


@pytest.mark.parametrize("is_out", [False, True])
async def test_a_lost_answer_to_an_album_is_settled(server, line_of, is_out: bool) -> None:
    line = line_of(scratch_chat=SCRATCH)
    await line.owe("Tin đầu", image=IMAGE, pictures=GALLERY)
    await line.pass_time(HOUR)
    await line.owe(TITLE, image=IMAGE, pictures=GALLERY)
    server.faults.next(drop(after=is_out))
    await line.pass_time(HOUR)
    await line.owe("Tin sau", image=IMAGE, pictures=GALLERY)
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"] * 3
    captions = [one["caption"] for one in server.posts(CHANNEL) if "caption" in one]
    assert sum(TITLE in caption for caption in captions) == 1
    assert len(server.posts(CHANNEL)) == 9
    eraser = Eraser(line.route, line.store, lambda: line.now)
    for post in await line.store.desk.sent_posts(line.route.channel.id, 3):
        assert len(post.further_ids) == 2
        assert (await eraser.erase(post)).reason is None
    assert server.posts() == [], "an album is deleted as a whole, and the search leaves no copy"


@pytest.mark.parametrize("ends_at", range(9))
async def test_an_album_whose_deletion_was_killed_is_deleted_by_the_next(
    server, line_of, ends_at: int
) -> None:
    line = line_of()
    await line.owe("Tin khác", image=IMAGE)
    await line.owe(TITLE, image=IMAGE, pictures=GALLERY)
    await line.pass_time(HOUR)
    life, channel = Life(ends_at), line.route.channel.id
    mortal_route = replace(line.route, deleter=Mortal(line.route.deleter, life))
    mortal_store: Any = SimpleNamespace(desk=Mortal(line.store.desk, life))
    (album,) = await line.store.desk.sent_posts(channel, 1)
    with suppress(Killed):
        await Eraser(mortal_route, mortal_store, lambda: line.now).erase(album)
    assert life.steps == ends_at, "each step of a deletion is the last one once"
    for post in await line.store.desk.sent_posts(channel, 1):
        if post.id == album.id:
            done = await Eraser(line.route, line.store, lambda: line.now).erase(post)
            assert done.reason is None
    (left,) = server.posts(CHANNEL)
    assert "Tin khác" in left["caption"]
    assert await line.states() == ["sent", "retracted"]


async def test_a_correction_edits_the_first_caption_of_an_album(server, line_of) -> None:
    line = line_of(edit_window=HOUR)
    told = {"image": IMAGE, "pictures": GALLERY}
    await tell(line, "Tin sai", **told)
    await line.pass_time(HOUR)
    await tell(line, "Tin đúng", **told)
    assert isinstance(await line.correct(), Edited)
    first, *further = server.posts(CHANNEL)
    assert "Tin đúng" in first["caption"]
    assert first["caption"].endswith("Chia sẻ: Telegram")
    assert not any("caption" in one for one in further)


@pytest.mark.parametrize(
    ("clip", "keys", "faults", "shown"),
    [
        (FILM, {"video": "auto"}, [], ["video"]),
        (FILM, {}, [], ["photo"]),
        (RECORDING, {"audio": "auto"}, [], ["audio"]),
        (RECORDING, {"audio": "auto", "image": "never"}, [], ["audio"]),
        (RECORDING, {"video": "auto"}, [], ["photo"]),
        (FILM, {"video": "auto"}, ["failed to get HTTP URL content"], ["photo"]),
        (FILM, {"video": "auto"}, ["not enough rights to send videos to the chat"], ["photo"]),
        (RECORDING, {"audio": "auto"}, ["not enough rights to send music to the chat"], ["photo"]),
        (FILM, {"video": "auto"}, ["wrong type of the web page content", ADDRESS], ["photo bytes"]),
    ],
)
async def test_a_film_or_a_recording_instead_of_the_picture(
    server, line_of, clip: Clip, keys: dict[str, str], faults: list[str], shown: list[str]
) -> None:
    line = line_of(**keys)
    await line.owe(TITLE, image=IMAGE, clip=clip)
    for text in faults:
        server.faults.next(refused(text))
    await line.pass_time(HOUR)
    assert shapes(server) == shown
    (only,) = server.posts(CHANNEL)
    assert TITLE in only["caption"]
    assert only["reply_markup"]["inline_keyboard"]
    if shown == ["audio"]:
        assert only["audio"]["title"] == TITLE
    if shown == ["video"]:
        assert (only["video"]["cover"][0]["file_id"], only["video"]["duration"]) == (IMAGE, 61)


@pytest.mark.parametrize(
    ("verdict", "cover"),
    [
        (Uploadable(picture=PICTURE, reason=WHY), "attach://attached"),
        (Unfit(reason=WHY), None),
        (OutOfReach(reason=WHY), IMAGE),
    ],
)
async def test_the_poster_of_a_film_is_checked_as_a_picture(
    server, line_of, verdict: Verdict, cover: str | None
) -> None:
    line = line_of(video="auto")
    line.start(line.store, replace(line.route, pictures=FakePictures(verdict)))
    await line.owe(TITLE, image=IMAGE, clip=FILM)
    await line.pass_time(HOUR)
    (only,) = server.posts(CHANNEL)
    shown = only["video"].get("cover")
    assert (shown and shown[0]["file_id"][: len(cover or "")]) == cover
    assert await line.states() == ["sent"]


WAIT = answer(429, error_body(429, "Too Many Requests: retry after 35", {"retry_after": 35}))


@pytest.mark.parametrize(
    "told",
    [{"image": IMAGE, "pictures": GALLERY}, {"image": IMAGE, "clip": FILM}, {"clip": RECORDING}],
    ids=["album", "film", "recording"],
)
@pytest.mark.parametrize(
    "fault", [WAIT, refused("chat not found"), answer(502, "<html>"), drop()], ids=str
)
async def test_other_faults_leave_what_is_sent_whole(server, line_of, told, fault) -> None:
    line = line_of(video="auto", audio="auto", on_unknown="resend")
    await line.owe(TITLE, **told)
    server.faults.next(fault)
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"]
    kinds = {"photo"} if "pictures" in told else {told["clip"].kind}
    assert set(shapes(server)) == kinds
    assert len(server.posts(CHANNEL)) == (3 if "pictures" in told else 1)


@pytest.mark.parametrize("image", ["auto", "never"])
async def test_a_correction_edits_the_caption_of_a_recording(server, line_of, image: str) -> None:
    line = line_of(audio="auto", image=image, edit_window=HOUR)
    await tell(line, "Tin sai", clip=RECORDING)
    await line.pass_time(HOUR)
    await tell(line, "Tin đúng", clip=RECORDING)
    assert isinstance(await line.correct(), Edited)
    assert "Tin đúng" in server.posts(CHANNEL)[0]["caption"]


@pytest.mark.parametrize("count", [1, 11])
async def test_the_stand_in_takes_albums_of_two_to_ten(server, count: int) -> None:
    items = (
        "["
        + ",".join('{"type": "photo", "media": "https://a.vn/1.jpg"}' for _ in range(count))
        + "]"
    )
    with pytest.raises(ApiError, match="2 to 10"):
        send_album(server, {"chat_id": CHANNEL, "media": items})


async def test_x_shows_up_to_four_pictures_each_with_its_own_words(store: Store) -> None:
    async with XServer() as server:
        line = x_line(store, server, images=4, link="never")
        await line.owe(TITLE, image=IMAGE, pictures=GALLERY)
        await line.pass_time(HOUR)
        await line.client.close()
        (post,) = server.posts()
        words = [server.media.all[one].alt for one in post["media"]]
        assert words == [TITLE, "Chiếc máy", f"{TITLE} (3/3)"]
        account = line.route.channel.account
        spent, _ = await store.desk.spent(account, line.now - HOUR * 24, line.now - HOUR * 24)
        assert spent == 15_000 + 3 * 5_000 == server.billed


async def test_a_budget_without_room_for_an_album_has_room_for_one_picture(store: Store) -> None:
    async with XServer() as server:
        line = x_line(store, server, images=4, link="never")
        budget = Budget(per_day=20_000, per_month=20_000)
        account = replace(line.route.account, budget=budget)
        line.start(store, replace(line.route, account=account))
        await line.owe(TITLE, image=IMAGE, pictures=GALLERY)
        await line.pass_time(HOUR)
        await line.client.close()
        (post,) = server.posts()
        assert len(post["media"]) == 1
        assert server.billed == 20_000
