"""Pictures on X: uploaded and put into words first; their faults cost the picture only."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import OutcomeUnknown, OutOfCredit, Rejected, Throttled, Unauthorized, Unreachable
from bot.models.basics import Platform
from bot.models.pictures import FurtherPicture, Picture
from bot.models.posts import Post
from bot.publish.x.account import XAccount
from bot.publish.x.answers import translated
from bot.publish.x.media import MediaShelf, attach
from tests.contract.publisher_kit import a_channel, a_post, closed_port, everything_said, failure
from tests.standins.faults import Fault, answer, drop, stall, truncate
from tests.standins.pictures import HTML, drawn
from tests.standins.x import SUSPENDED, XServer, problem
from tests.standins.x_media import INVALID_IDS, LIFE
from tests.standins.x_oauth import Keys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import ClientResponse

    from bot.publish.x.posts import XPosts

KEYS = Keys()
CHANNEL = a_channel(Platform.X, account="x")
JPEG = Picture(data=drawn(), type="image/jpeg", width=640, height=360)
POST = a_post("Một tin có hình", platform=Platform.X, picture=JPEG, alt="Con chip “mới” 😀")
UPLOAD, METADATA, TWEET = "/2/media/upload", "/2/media/metadata", "/2/tweets"
POST_PRICE, ALT_PRICE = 15_000, 5_000


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server(clock: Clock) -> AsyncIterator[XServer]:
    async with XServer(clock=clock) as running:
        yield running


@pytest.fixture
def publisher(server: XServer) -> XPosts:
    return publisher_on(server)


def publisher_on(server: XServer, **settings: Any) -> XPosts:
    account = XAccount(**{**asdict(KEYS), "api_url": server.base, **settings})
    return account.publisher(CHANNEL)


def paths(server: XServer) -> list[str]:
    return [seen.path for seen in server.requests]


def refused(status: int, detail: str = "no", kind: str | None = None) -> Fault:
    return answer(status, problem(status, "Forbidden", detail, kind))


@pytest.mark.parametrize(("data", "kind"), [(drawn(), "image/jpeg"), (drawn("PNG"), "image/png")])
async def test_a_picture_goes_up_before_its_post(server, publisher, data, kind: str) -> None:
    picture = Picture(data=data, type=kind, width=640, height=360)
    receipt = await publisher.publish(replace(POST, picture=picture))
    (media,) = server.media.all.values()
    assert (media.data, media.alt) == (data, POST.alt)
    (post,) = server.posts()
    assert (post["raw"], post["media"]) == (POST.text, [media.id])
    assert receipt.remote_id == post["id"]
    assert receipt.picture_lost is None
    assert paths(server) == [UPLOAD, METADATA, TWEET]
    assert server.billed == POST_PRICE + ALT_PRICE


async def test_without_words_nothing_is_put_into_words(server, publisher) -> None:
    await publisher.publish(replace(POST, alt=""))
    assert paths(server) == [UPLOAD, TWEET]
    assert server.billed == POST_PRICE


async def test_the_longest_alternative_text_is_taken(server, publisher) -> None:
    await publisher.publish(replace(POST, alt="ạ" * 1000))
    assert next(iter(server.media.all.values())).alt == "ạ" * 1000


async def test_an_address_alone_uploads_nothing(server, publisher) -> None:
    await publisher.publish(replace(POST, picture=None, image="https://a.vn/1.jpg"))
    assert paths(server) == [TWEET]


@pytest.mark.parametrize("name", list(asdict(KEYS)))
async def test_an_upload_with_wrong_keys_stops_the_account(server, name: str) -> None:
    error = await failure(publisher_on(server, **{name: "wrong-but-long-enough"}), POST)
    assert isinstance(error, Unauthorized)
    assert (error.code, error.scope) == ("bad_keys", "account")
    assert paths(server) == [UPLOAD, TWEET]


FAULTS = [
    refused(400, "One or more parameters to your request was invalid.", "invalid-request"),
    refused(403, "You are not permitted to perform this action."),
    refused(404, "Not Found", "resource-not-found"),
    refused(413),
    refused(429, "Too Many Requests"),
    refused(500),
    answer(404, "<html>nothing here</html>"),
    answer(413, "<html>too large</html>"),
    answer(502, "<html>Bad Gateway</html>"),
    answer(503, "<html>Bad Gateway</html>", after=True),
    answer(200, "<html>hello</html>"),
    answer(302, "", headers={"Location": "https://portal.example/"}),
    drop(),
    drop(after=True),
    truncate(),
]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("step", [UPLOAD, METADATA])
async def test_a_fault_costs_the_picture_and_never_the_post(
    server, publisher, step: str, fault: Fault
) -> None:
    server.faults.at(1 if step == UPLOAD else 2, fault)
    receipt = await publisher.publish(POST)
    (post,) = server.posts()
    is_read = step == METADATA and fault.status == 200 and fault.kind == "answer"
    assert bool(post["media"]) == is_read, "only of a metadata answer nothing is needed"
    assert (receipt.picture_lost is None) == is_read
    assert paths(server)[-2:] == [step, TWEET]
    assert not is_read or receipt.remote_id == post["id"]


@pytest.mark.parametrize(
    "body",
    [None, [], {}, {"data": []}, {"data": {}}, {"data": {"id": None}}, {"data": {"id": "x"}},
     {"errors": [{"message": "no"}]}],
)  # fmt: skip
async def test_an_upload_without_an_id_costs_the_picture(server, publisher, body) -> None:
    server.faults.at(1, answer(200, body))
    receipt = await publisher.publish(POST)
    assert receipt.picture_lost is not None
    assert receipt.picture_lost.code == "bad_answer"
    assert server.posts()[0]["media"] == []
    assert server.billed == POST_PRICE


@pytest.mark.parametrize("step", [1, 2])
async def test_no_answer_in_time_costs_the_picture(server, step: int) -> None:
    server.faults.at(step, stall())
    receipt = await publisher_on(server, total=0.3).publish(POST)
    assert receipt.picture_lost is not None
    assert server.posts()[0]["media"] == []


@pytest.mark.parametrize("data", [HTML, drawn()[:-900], drawn("GIF")])
async def test_a_picture_that_x_does_not_take_is_left_out(server, publisher, data) -> None:
    picture = Picture(data=data, type="image/jpeg", width=640, height=360)
    receipt = await publisher.publish(replace(POST, picture=picture))
    assert receipt.picture_lost is not None
    assert server.posts()[0]["media"] == []


OF_THE_ACCOUNT = [
    (refused(401, "Unauthorized"), Unauthorized, "bad_keys"),
    (refused(403, SUSPENDED, "user-suspended"), Unauthorized, "forbidden"),
    (refused(403, "no", "oauth1-permissions"), Unauthorized, "forbidden"),
    (refused(403, "not in your plan", "client-forbidden"), Unauthorized, "forbidden"),
    (refused(402, "credits depleted", "credits-depleted"), OutOfCredit, "no_credit"),
]


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize(("fault", "kind", "code"), OF_THE_ACCOUNT)
async def test_a_fault_of_the_account_stops_the_post_when_its_text_meets_it(
    server, publisher, step: int, fault: Fault, kind: type, code: str
) -> None:
    server.faults.at(step, fault)
    server.faults.at(step + 1, fault)
    error = await failure(publisher, POST)
    assert isinstance(error, kind)
    assert error.code == code
    assert error.alt_texts == 0
    assert server.posts() == []


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("fault", [fault for fault, *_ in OF_THE_ACCOUNT])
async def test_pictures_that_are_forbidden_alone_do_not_stop_the_text(
    server, publisher, step: int, fault: Fault
) -> None:
    server.faults.at(step, fault)
    receipt = await publisher.publish(POST)
    assert receipt.picture_lost is not None
    assert server.posts()[0]["media"] == []
    assert server.billed == POST_PRICE


async def test_without_connection_nothing_is_sent(server) -> None:
    error = await failure(publisher_on(server, api_url=closed_port()), POST)
    assert isinstance(error, Unreachable)


# --- the post after its picture ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (refused(429, "Too Many Requests"), Throttled),
        (refused(500), OutcomeUnknown),
        (drop(), OutcomeUnknown),
        (refused(401), Unauthorized),
    ],
)
async def test_a_picture_that_is_up_is_used_by_the_next_attempt(
    server, publisher, fault: Fault, kind: type
) -> None:
    server.faults.at(3, fault)
    error = await failure(publisher, POST)
    assert isinstance(error, kind)
    assert error.alt_texts
    await publisher.publish(POST)
    assert paths(server) == [UPLOAD, METADATA, TWEET, TWEET]
    assert server.billed == POST_PRICE + ALT_PRICE
    assert server.posts()[0]["media"] == list(server.media.all)


async def test_a_picture_whose_post_is_out_is_not_used_again(server, publisher) -> None:
    await publisher.publish(POST)
    await publisher.publish(replace(POST, text="hai"))
    first, second = (post["media"] for post in server.posts())
    assert first != second


@pytest.mark.parametrize(
    ("fault", "billed"),
    [(refused(400), False), (refused(429), False), (refused(500), True), (drop(), True)],
)
async def test_only_words_that_may_have_been_set_count_as_paid(
    server, publisher, fault: Fault, billed: bool
) -> None:
    server.faults.at(2, fault)
    server.faults.at(3, refused(429))
    error = await failure(publisher, POST)
    assert isinstance(error, Throttled)
    assert error.alt_texts == billed


async def test_another_picture_or_other_words_are_another_upload(server, publisher) -> None:
    server.faults.at(3, refused(429))
    await failure(publisher, POST)
    await publisher.publish(replace(POST, text="hai", alt="Con chip khác"))
    await publisher.publish(replace(POST, text="ba", picture=replace(JPEG, data=drawn(mode="L"))))
    assert [media.alt for media in server.media.all.values()] == [
        POST.alt, "Con chip khác", POST.alt,
    ]  # fmt: skip


async def test_a_picture_that_is_too_old_goes_up_again(server, clock: Clock) -> None:
    account = XAccount(**asdict(KEYS), api_url=server.base)
    account.media = MediaShelf(account.request, clock)
    publisher = account.publisher(CHANNEL)
    server.faults.at(3, refused(429))
    await failure(publisher, POST)
    clock.now += LIFE - 60
    await publisher.publish(POST)
    assert len(server.media.all) == 2
    assert server.posts()[0]["media"] == [list(server.media.all)[1]]


@pytest.mark.parametrize("status", [400, 403])
async def test_a_post_refused_with_its_picture_is_tried_without(
    server, publisher, status: int
) -> None:
    server.faults.at(3, refused(status, "One or more parameters to your request was invalid."))
    error = await failure(publisher, POST)
    assert isinstance(error, Rejected)
    assert (error.part, error.alt_texts) == ("image", 1)
    server.faults.at(4, refused(status, "One or more parameters to your request was invalid."))
    error = await failure(publisher, replace(POST, picture=None))
    assert isinstance(error, Rejected)
    assert (error.part, error.alt_texts) == (None, 0)


async def test_the_secrets_are_in_no_reason(server, publisher) -> None:
    secrets = tuple(asdict(KEYS).values())
    server.faults.at(1, refused(400, f"echo of {' '.join(secrets)}"))
    receipt = await publisher.publish(POST)
    server.faults.at(3, refused(401, f"echo of {' '.join(secrets)}"))
    server.faults.at(4, refused(401, f"echo of {' '.join(secrets)}"))
    said = everything_said(await failure(publisher, replace(POST, text="hai"))) + repr(receipt)
    assert not [secret for secret in secrets if secret in said]


# --- the stand-in itself -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "media",
    [
        {"media_ids": ["123"]},
        {"media_ids": []},
        {"media_ids": ["1", "2", "3", "4", "5"]},
        {"media_ids": "1"},
        {"ids": ["1"]},
    ],
)
async def test_the_stand_in_takes_only_what_was_uploaded(server, publisher, media) -> None:
    with pytest.raises(Rejected):
        await publisher._account.request("POST", TWEET, json={"text": "x", "media": media})
    assert server.posts() == []


async def test_the_stand_in_forgets_media_after_a_day(server, publisher, clock: Clock) -> None:
    server.faults.at(3, refused(429))
    await failure(publisher, POST)
    (media_id,) = server.media.all
    clock.now += LIFE
    order = {"text": "x", "media": {"media_ids": [media_id]}}
    with pytest.raises(Rejected):
        await publisher._account.request("POST", TWEET, json=order)
    assert INVALID_IDS
    assert server.posts() == []


async def test_no_post_is_made_after_the_machine_stood_still_over_its_picture(server) -> None:
    class Sleeper(XAccount):
        elapsed = staticmethod(iter([0.0, 31.0]).__next__)

    account = Sleeper(**asdict(KEYS), api_url=server.base)
    error = await failure(account.publisher(CHANNEL), POST)
    assert isinstance(error, Unreachable)
    assert (error.code, error.alt_texts) == ("late", 1)
    assert paths(server) == [UPLOAD, METADATA]


# --- several pictures ----------------------------------------------------------------------------

ALBUM = replace(
    POST,
    album=tuple(
        FurtherPicture(url=f"https://a.vn/{n}.jpg", alt=f"Hình {n}", picture=JPEG)
        for n in (2, 3, 4)
    ),
)
ALL_WORDS = [one.alt for one in ALBUM.pictures]


def words_shown(server: XServer) -> list[str]:
    (post,) = server.posts()
    return [server.media.all[one].alt for one in post["media"]]


@pytest.mark.parametrize(
    "fault", [stall(), drop(), refused(400), refused(500), answer(200, "<html>")], ids=str
)
async def test_a_picture_that_hangs_or_is_refused_leaves_the_others(server, fault: Fault) -> None:
    server.faults.at(3, fault)
    receipt = await publisher_on(server, total=0.3).publish(ALBUM)
    assert receipt.picture_lost is not None
    assert words_shown(server) == [ALL_WORDS[0], *ALL_WORDS[2:]]


async def test_after_a_refusal_of_the_account_no_further_picture_is_tried(
    server, publisher
) -> None:
    server.faults.at(3, refused(429, "Too Many Requests"))
    await publisher.publish(ALBUM)
    assert words_shown(server) == ALL_WORDS[:1]
    assert paths(server) == [UPLOAD, METADATA, UPLOAD, TWEET]


async def test_pictures_end_in_time_for_their_post(server, publisher) -> None:
    server.faults.at(3, stall())
    shelf = publisher._account.media
    attachment = await attach(ALBUM, shelf, translated, one_takes=9, all_take=0.5)
    assert len(attachment.ids) == attachment.described == 1
    assert paths(server) == [UPLOAD, METADATA, UPLOAD]
    again = await attach(ALBUM, shelf, translated, one_takes=0.5)
    assert (len(again.ids), again.lost) == (4, None)


async def test_words_of_pictures_before_a_lost_connection_are_paid(server, publisher) -> None:
    account = publisher._account

    async def call(method: str, route: str, **sent: Any) -> ClientResponse:
        if len(server.requests) == 2:
            account._api_url = closed_port()
        return await account.request(method, route, **sent)

    account.media = MediaShelf(call)
    error = await failure(publisher, ALBUM)
    assert isinstance(error, Unreachable)
    assert server.billed == error.alt_texts * ALT_PRICE == ALT_PRICE


async def test_an_answer_is_waited_for_until_its_claim_is_nearly_over(server) -> None:
    class Slow(XAccount):
        elapsed = staticmethod(iter([0.0, 29.0, 54.8]).__next__)

    server.faults.at(3, stall(2))  # whoever waits so long is told that the post is out
    error = await failure(Slow(**asdict(KEYS), api_url=server.base).publisher(CHANNEL), POST)
    assert isinstance(error, OutcomeUnknown)
    assert error.code == "no_answer"


def test_a_post_that_is_shown_hides_the_bytes() -> None:
    assert isinstance(POST, Post)
    assert len(repr(POST)) < 600
