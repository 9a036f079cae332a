"""Photos on Telegram: by their address, as bytes, and what is left out when they are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.errors import OutcomeUnknown, PublishError, Rejected
from bot.models.basics import Platform
from bot.models.pictures import FurtherPicture, Picture
from bot.publish.telegram.account import TelegramAccount
from tests.contract.publisher_kit import a_channel, a_post, failure
from tests.standins.faults import answer, drop
from tests.standins.pictures import HTML, drawn
from tests.standins.telegram import CHANNEL, TOKEN, ApiError, TelegramServer, error_body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.publish.telegram.posts import TelegramPosts

ADDRESS = "https://a.vn/hinh.jpg"
JPEG = Picture(data=drawn(), type="image/jpeg", width=640, height=360)
PNG = Picture(data=drawn("PNG"), type="image/png", width=640, height=360)


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


@pytest.fixture
async def publisher(server: TelegramServer) -> AsyncIterator[TelegramPosts]:
    account = TelegramAccount(TOKEN, server.base, read=5)
    yield account.publisher(a_channel(Platform.TELEGRAM, chat=CHANNEL, account="tg"))
    await account.close()


@pytest.mark.parametrize(
    ("picture", "name"), [(JPEG, "attach://picture.jpg"), (PNG, "attach://picture.png")]
)
async def test_a_picture_is_uploaded_under_a_name_of_its_type(
    server, publisher, picture: Picture, name: str
) -> None:
    await publisher.publish(a_post(image=ADDRESS, picture=picture))
    assert server.uploads == {name: picture.data}
    (message,) = server.posts()
    assert message["photo"][0]["file_id"] == name
    assert message["caption"] == "Xin chào 😀"
    (seen,) = server.requests
    assert ADDRESS.encode() not in seen.body
    assert picture.type.encode() in seen.body


async def test_an_upload_needs_no_address(server, publisher) -> None:
    await publisher.publish(a_post(picture=JPEG))
    assert "photo" in server.posts()[0]


OF_THE_ADDRESS = [
    "wrong file identifier/HTTP URL specified",
    "wrong HTTP URL specified",
    "failed to get HTTP URL content",
    "wrong type of the web page content",
    "can't upload file by URL",
    "WEBPAGE_CURL_FAILED",
    "WEBPAGE_MEDIA_EMPTY",
    "MEDIA_EMPTY",
    "file is too big",
    "FILE_PARTS_INVALID",
    "IMAGE_PROCESS_FAILED",
    "PHOTO_INVALID_DIMENSIONS",
]


@pytest.mark.parametrize("text", OF_THE_ADDRESS)
@pytest.mark.parametrize(
    ("picture", "part"), [(None, "image_address"), (JPEG, "image")], ids=["address", "bytes"]
)
async def test_a_refused_photo_names_the_next_step(
    server, publisher, text: str, picture: Picture | None, part: str
) -> None:
    server.faults.next(answer(400, error_body(400, f"Bad Request: {text}")))
    error = await failure(publisher, a_post(image=ADDRESS, picture=picture))
    assert isinstance(error, Rejected)
    assert (error.code, error.part) == ("bad_image", part)


@pytest.mark.parametrize(
    ("pictures", "part"),
    [((None, None), "image_address"), ((None, JPEG), "image_address"),
     ((JPEG, None), "image_address"), ((JPEG, JPEG), "album")],
)  # fmt: skip
async def test_a_refused_album_is_uploaded_as_long_as_an_address_is_in_it(
    server, publisher, pictures: tuple[Picture | None, Picture | None], part: str
) -> None:
    first, second = pictures
    album = (FurtherPicture(url="https://a.vn/2.jpg", picture=second),)
    server.faults.next(answer(400, error_body(400, "Bad Request: WEBPAGE_MEDIA_EMPTY")))
    error = await failure(publisher, a_post(image=ADDRESS, picture=first, album=album))
    assert isinstance(error, Rejected)
    assert error.part == part


@pytest.mark.parametrize("picture", [None, JPEG], ids=["address", "bytes"])
async def test_bytes_do_not_help_a_caption_that_is_too_long(server, publisher, picture) -> None:
    post = a_post("x" * 1025, image=ADDRESS, picture=picture)
    error = await failure(publisher, post)
    assert isinstance(error, Rejected)
    assert error.part == "image"


async def test_a_photo_that_is_too_large_for_a_proxy_is_left_out(server, publisher) -> None:
    server.faults.next(answer(413, "<html>413 Request Entity Too Large</html>"))
    error = await failure(publisher, a_post(image=ADDRESS, picture=JPEG))
    assert isinstance(error, Rejected)
    assert (error.code, error.part) == ("too_large", "image")


@pytest.mark.parametrize(
    "make",
    [
        lambda: HTML,
        lambda: drawn()[:-900],
        lambda: drawn(size=(200, 4100)),
        lambda: drawn(size=(7000, 3100), quality=10),
    ],
)
async def test_telegram_looks_at_what_is_uploaded(server, publisher, make) -> None:
    picture = Picture(data=make(), type="image/jpeg", width=640, height=360)
    error = await failure(publisher, a_post(picture=picture))
    assert isinstance(error, Rejected)
    assert error.part == "image"
    assert server.posts() == []


@pytest.mark.parametrize("picture", [None, JPEG], ids=["address", "bytes"])
@pytest.mark.parametrize(
    ("status", "text"),
    [
        (400, "Bad Request: not enough rights to send photos to the chat"),
        (403, "Forbidden: not enough rights to send photos to the chat"),
        (400, "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN"),
        (400, "Bad Request: CHAT_SEND_MEDIA_FORBIDDEN"),
        (400, "Bad Request: something nobody has seen yet"),
    ],
)
async def test_a_photo_that_is_refused_for_any_reason_is_left_out(
    server, publisher, picture: Picture | None, status: int, text: str
) -> None:
    server.faults.next(answer(status, error_body(status, text)))
    error = await failure(publisher, a_post(image=ADDRESS, picture=picture))
    assert isinstance(error, Rejected)
    assert error.part == "image"
    assert text.partition(": ")[2] in str(error)


@pytest.mark.parametrize(
    "text",
    [
        "Bad Request: not enough rights to send text messages to the chat",
        "Bad Request: CHAT_WRITE_FORBIDDEN",
        "Bad Request: chat not found",
        "Bad Request: CHAT_SEND_PLAIN_FORBIDDEN",
    ],
)
async def test_rights_and_buttons_are_not_about_the_photo(server, publisher, text: str) -> None:
    server.faults.next(answer(400, error_body(400, "Bad Request: BUTTON_URL_INVALID")))
    error = await failure(publisher, a_post(image=ADDRESS, picture=JPEG))
    assert isinstance(error, Rejected)
    assert error.part == "buttons"
    server.chat(CHANNEL).refusal = ApiError(400, text)
    error = await failure(publisher, a_post(image=ADDRESS, picture=JPEG))
    assert isinstance(error, PublishError)
    assert error.code == "no_rights"


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_an_answer_that_proves_nothing_leaves_a_photo_in_doubt(
    server, publisher, status: int
) -> None:
    """Once more without the picture could be a second post."""
    server.faults.next(answer(status, "<html>Bad Gateway</html>", after=True))
    error = await failure(publisher, a_post(image=ADDRESS, picture=JPEG))
    assert isinstance(error, OutcomeUnknown)
    assert len(server.posts()) == 1


async def test_a_lost_connection_leaves_an_upload_in_doubt(server, publisher) -> None:
    server.faults.next(drop(after=True))
    assert isinstance(await failure(publisher, a_post(picture=JPEG)), OutcomeUnknown)
    assert len(server.posts()) == 1
