"""Every error that X is known for, injected: what becomes of the post, who is told, what it cost.

The bodies are those of public test fixtures and of X's documents ("Response codes").
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.models.pictures import FurtherPicture
from tests.away import LateOutbox
from tests.e2e.fault_kit import IMAGE, Line, x_line
from tests.pipeline.kit import NOW, tell
from tests.standins.faults import Fault, answer, drop, stall, truncate
from tests.standins.x import DUPLICATE, NOT_PERMITTED, SUSPENDED, Limits, XServer, problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.store.engine import Store

TITLE = "Một tin công nghệ"
HOUR = timedelta(hours=1)
LINKED, PLAIN, READ, WORDS = 200_000, 15_000, 1_000, 5_000
HTML = "<html><body>Service Unavailable</body></html>"


class Times:
    """The clock of X, which follows the line's."""

    def __init__(self) -> None:
        self.line: Line | None = None

    def __call__(self) -> float:
        return (self.line.now if self.line else NOW).timestamp()


@pytest.fixture
async def times() -> Times:
    return Times()


@pytest.fixture
async def server(times: Times) -> AsyncIterator[XServer]:
    async with XServer(clock=times) as running:
        yield running


@pytest.fixture
def line_of(server: XServer, store: Store, times: Times) -> Callable[..., Line]:
    def make(**keys: Any) -> Line:
        times.line = x_line(store, server, **keys)
        return times.line

    return make


def refused(status: int, detail: str, kind: str | None = None, title: str = "Forbidden") -> Fault:
    return answer(status, problem(status, title, detail, kind))


def v1(status: int, code: int) -> Fault:
    return answer(status, {"errors": [{"code": code, "message": "as of API v1.1"}]})


def tries(server: XServer) -> int:
    return sum(seen.path == "/2/tweets" for seen in server.requests)


async def spent(line: Line) -> int:
    start = NOW - timedelta(days=1)
    account = line.route.channel.account
    assert account is not None
    return (await line.store.desk.spent(account, start, start))[0]


# --- certainly not sent: tried again

LATER = NOW + timedelta(minutes=20)
MUCH_LATER = NOW + timedelta(hours=9)


def window(name: str, left: str, end: datetime) -> dict[str, str]:
    return {f"{name}-remaining": left, f"{name}-reset": str(int(end.timestamp()))}


RATES: list[tuple[dict[str, str], datetime]] = [
    (window("x-rate-limit", "0", LATER), LATER),
    (
        window("x-rate-limit", "0", LATER) | window("x-user-limit-24hour", "0", MUCH_LATER),
        MUCH_LATER,
    ),
    (window("x-rate-limit", "0", LATER) | window("x-app-limit-24hour", "5", MUCH_LATER), LATER),
    ({}, NOW + timedelta(minutes=15)),
    (window("x-rate-limit", "0", NOW - HOUR), NOW + timedelta(minutes=15)),
    ({"x-rate-limit-reset": "soon"}, NOW + timedelta(minutes=15)),
    (window("x-rate-limit", "0", NOW + timedelta(days=9999)), NOW + timedelta(hours=25)),
]


@pytest.mark.parametrize("body", [problem(429, "Too Many Requests", "Too Many Requests"), HTML])
@pytest.mark.parametrize(("headers", "until"), RATES)
async def test_429_waits_for_the_latest_exhausted_window(
    server, line_of, headers, until, body
) -> None:
    line = line_of()
    await line.owe(TITLE)
    server.faults.next(answer(429, body, headers=headers))
    await line.pass_time(timedelta(hours=26))
    assert await line.states() == ["sent"]
    assert line.now == until
    assert (tries(server), await spent(line)) == (2, LINKED)


async def test_429_in_the_words_of_the_old_api(server, line_of) -> None:
    line = line_of()
    await line.owe(TITLE)
    server.faults.next(v1(429, 88))
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"]


async def test_429_without_an_end_is_no_loop(server, line_of) -> None:
    line = line_of()
    await line.owe(TITLE)
    server.faults.next(answer(429, HTML), times=99)
    await line.pass_time(timedelta(hours=2))
    assert await line.states() == ["pending"]
    assert tries(server) <= 9
    assert await spent(line) == 0


# --- a person must act: held, told once, probed, resumed by itself

ACCOUNT_ERRORS = [
    refused(401, "Unauthorized", title="Unauthorized"),
    refused(403, SUSPENDED, "user-suspended"),
    refused(403, "no", "client-forbidden"),
    refused(403, "Authenticating with OAuth 2.0 is forbidden", "unsupported-authentication"),
    refused(402, "Your enrolled account [1] does not have any credits", "credits"),
    refused(402, "credits depleted", "credits-depleted", title="Payment Required"),
    refused(404, "Not Found", title="Not Found Error"),
    answer(404, HTML),
    v1(403, 63),
    v1(403, 64),
    v1(403, 326),
]


@pytest.mark.parametrize("fault", ACCOUNT_ERRORS, ids=str)
async def test_a_refusal_that_a_person_must_mend_holds_and_probes(
    server, line_of, fault: Fault
) -> None:
    line = line_of()
    await line.owe(TITLE, "Tin thứ hai", "Tin thứ ba")
    server.faults.next(fault, times=99)
    await line.pass_time(timedelta(hours=5))
    assert await line.states() == ["held"] * 3
    assert await line.trouble() == {"account paused"}
    # The first attempt, probes after 5, 15 and 60 minutes, then hourly: nobody is hammered.
    assert (tries(server), await spent(line)) == (7, 0)
    server.faults.clear()
    await line.pass_time(HOUR + timedelta(minutes=1))
    assert await line.states() == ["sent"] * 3
    assert await line.trouble() == set()
    assert await spent(line) == server.billed == 3 * LINKED


# --- permanent for this post

POST_ERRORS = [
    refused(403, NOT_PERMITTED),
    answer(400, problem(400, "Invalid Request", "One or more parameters", "invalid-request")),
    answer(422, problem(422, "Unprocessable", "no")),
    v1(403, 186),
]


@pytest.mark.parametrize("fault", POST_ERRORS, ids=str)
async def test_a_refused_post_fails_alone(server, line_of, fault: Fault) -> None:
    line = line_of()
    await line.owe(TITLE, "Tin thứ hai")
    server.faults.next(fault)
    await line.pass_time(HOUR)
    assert await line.states() == ["failed", "sent"]
    assert await line.trouble() == {"failed"}
    assert (tries(server), await spent(line)) == (2, LINKED)


async def test_a_vague_403_for_hours_loses_nothing(server, line_of) -> None:
    """It is said of replies, permissions, long texts and of faults of X itself."""
    line = line_of()
    await line.owe(*(f"Tin {n}" for n in range(5)))
    server.faults.next(refused(403, NOT_PERMITTED), times=4)
    await line.pass_time(HOUR)
    assert await line.states() == ["held"] * 5
    assert await line.trouble() == {"account paused"}
    await line.pass_time(timedelta(hours=8))
    assert await line.states() == ["sent"] * 5
    assert sorted(post["raw"].split("\n")[0] for post in server.posts()) == [
        f"Tin {n}" for n in range(5)
    ]
    assert await spent(line) == server.billed


async def test_two_posts_that_are_never_permitted_do_not_stop_the_rest_for_ever(
    server, line_of
) -> None:
    line = line_of()
    await line.owe("Tin hỏng một", "Tin hỏng hai", "Tin tốt")
    server.forbidden = "hỏng"
    await line.pass_time(timedelta(hours=20))
    assert await line.states() == ["failed", "failed", "sent"]
    assert await line.trouble() == {"failed"}


# --- may have been sent

LOST = [
    drop(),
    stall(None),
    answer(500, problem(500, "Internal Server Error", "Oops")),
    answer(502, HTML),
    answer(503, HTML),
    answer(504, HTML),
    answer(201, HTML),
    answer(201, {"data": {}}),
    answer(201, [1]),
]
LOST_AFTER = [
    drop(after=True),
    truncate(),
    stall(None, after=True),
    answer(500, problem(500, "Internal Server Error", "Oops"), after=True),
    answer(502, HTML, after=True),
    answer(503, HTML, after=True),
    answer(504, HTML, after=True),
    answer(201, HTML, after=True),
    answer(201, {"data": {"text": "no id"}}, after=True),
]


@pytest.mark.parametrize("fault", [*LOST, *LOST_AFTER], ids=str)
async def test_a_lost_answer_is_settled_by_the_accounts_own_posts(server, line_of, fault) -> None:
    line = line_of()
    await line.owe(TITLE, "Tin thứ hai")
    server.faults.next(fault)
    await line.pass_time(HOUR)
    assert await line.states() == ["sent", "sent"]
    assert [post["raw"].split("\n")[0] for post in server.posts()] == [TITLE, "Tin thứ hai"]
    assert [row.remote_id for row in await line.rows()] == [one["id"] for one in server.posts()]
    assert await line.trouble() == set()
    assert await spent(line) == server.billed


async def test_a_post_that_shows_up_late_is_not_sent_twice(server, line_of) -> None:
    line = line_of()
    await line.owe(TITLE)
    server.faults.next(drop(after=True))
    server.faults.next(answer(200, {"meta": {"result_count": 0}}))
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"]
    assert len(server.posts()) == 1


async def test_a_read_that_fails_is_made_again(server, line_of) -> None:
    line = line_of()
    await line.owe(TITLE)
    server.faults.next(drop(after=True))
    server.faults.next(answer(503, HTML), times=2)
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"]
    assert len(server.posts()) == 1


@pytest.mark.parametrize("refusal", [refused(403, DUPLICATE), v1(403, 187)], ids=["v2", "v1.1"])
async def test_a_duplicate_of_our_own_lost_post_is_proof(server, line_of, refusal) -> None:
    """X did not show the post at first; the second attempt was refused."""
    line = line_of()
    await line.owe(TITLE)
    server.faults.next(drop(after=True))
    server.faults.next(answer(200, {"meta": {"result_count": 0}}), times=2)
    server.faults.next(refusal)
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"]
    assert len(server.posts()) == 1
    assert (await line.rows())[0].remote_id == server.posts()[0]["id"]
    assert await spent(line) == server.billed


async def test_a_users_own_duplicate_is_the_post_and_costs_only_the_read(server, line_of) -> None:
    line = line_of()
    await line.owe(TITLE)
    line.now -= timedelta(hours=3)
    server.write(f"{TITLE}\nhttps://example.org/0")
    line.now += timedelta(hours=3)
    server.billed = 0
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"]
    assert len(server.posts()) == 1
    assert await spent(line) == server.billed == READ


async def test_a_duplicate_that_nobody_finds_fails_and_is_told(server, line_of) -> None:
    line = line_of(on_unknown="resend")
    await line.owe(TITLE)
    server.faults.next(refused(403, DUPLICATE))
    await line.pass_time(HOUR)
    assert await line.states() == ["failed"]
    assert await line.trouble() == {"failed"}
    assert (tries(server), await spent(line)) == (1, 0)


async def test_proof_that_comes_while_the_database_is_locked_is_no_doubt(
    server, line_of, store
) -> None:
    store.outbox = LateOutbox(store.database)
    line = line_of()
    await line.owe(TITLE, "Tin thứ hai")
    await line.pass_time(HOUR)
    assert await line.states() == ["sent", "sent"]
    assert await line.trouble() == set()
    assert len(server.posts()) == 2
    assert await spent(line) == server.billed == 2 * LINKED


# --- pictures cost only themselves

MEDIA = [
    refused(400, "media type unrecognized", "invalid-request"),
    refused(403, NOT_PERMITTED),
    answer(413, HTML),
    answer(429, problem(429, "Too Many Requests", "Too Many")),
    answer(503, HTML),
    answer(200, HTML),
    drop(),
]


@pytest.mark.parametrize("fault", MEDIA, ids=str)
async def test_a_picture_that_cannot_be_uploaded_costs_only_itself(server, line_of, fault) -> None:
    line = line_of(link="never")
    await line.owe(TITLE, image=IMAGE)
    server.faults.next(fault)
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"]
    (post,) = server.posts()
    assert post["media"] == []
    assert await spent(line) == server.billed == PLAIN


ALBUM = {"image": IMAGE, "pictures": (FurtherPicture(url="https://example.org/2.jpg", alt="Hai"),)}
INVALID = refused(400, "One or more parameters to your request was invalid.", "invalid-request")


@pytest.mark.parametrize("fault", MEDIA, ids=str)
async def test_a_picture_of_an_album_that_cannot_be_uploaded_leaves_those_before_it(
    server, line_of, fault
) -> None:
    line = line_of(link="never", images=4)
    await line.owe(TITLE, **ALBUM)
    server.faults.at(3, fault)  # after the first one's upload and words
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"]
    (post,) = server.posts()
    assert [server.media.all[one].alt for one in post["media"]] == [TITLE]
    assert await spent(line) == server.billed == PLAIN + WORDS


@pytest.mark.parametrize(("refusals", "pictures"), [(1, 1), (2, 0)])
async def test_a_refused_album_goes_down_to_one_picture_and_to_none(
    server, line_of, refusals: int, pictures: int
) -> None:
    line = line_of(link="never", images=4)
    await line.owe(TITLE, **ALBUM)
    # Two uploads with their words and the post; then one upload, its words, and the post.
    for number in (5, 8)[:refusals]:
        server.faults.at(number, INVALID)
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"]
    (post,) = server.posts()
    assert len(post["media"]) == pictures
    assert await spent(line) == server.billed


@pytest.mark.parametrize("fault", [drop(), drop(after=True)], ids=["lost", "arrived"])
async def test_a_lost_answer_to_an_album_is_settled_too(server, line_of, fault) -> None:
    line = line_of(link="never", images=4)
    await line.owe(TITLE, **ALBUM)
    server.faults.at(5, fault)
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"]
    (post,) = server.posts()
    assert len(post["media"]) == 2
    assert await spent(line) == server.billed


async def test_without_a_link_the_picture_goes_along_with_its_words(server, line_of) -> None:
    line = line_of(link="never")
    await line.owe(TITLE, image=IMAGE)
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"]
    assert await spent(line) == server.billed == PLAIN + WORDS


async def test_a_lost_answer_to_a_post_with_a_picture_is_settled_too(server, line_of) -> None:
    line = line_of(link="never")
    await line.owe(TITLE, image=IMAGE)
    server.faults.at(3, drop(after=True))  # after the upload and its words
    await line.pass_time(HOUR)
    assert await line.states() == ["sent"]
    assert len(server.posts()) == 1
    assert await spent(line) == server.billed


async def test_a_window_that_the_last_post_exhausted_is_waited_for(store, times) -> None:
    async with XServer(clock=times, limits=Limits(window=2)) as server:
        line = times.line = x_line(store, server)
        await line.owe(*(f"Tin {n}" for n in range(5)))
        await line.pass_time(HOUR)
    assert await line.states() == ["sent"] * 5
    assert tries(server) == 5, "nothing was sent only to be refused"
    made = [datetime.fromisoformat(post["created_at"]).astimezone(UTC) for post in server.posts()]
    assert made[2] - made[0] >= timedelta(minutes=15)


async def test_a_lost_answer_behind_twenty_posts_by_hand_is_still_found(server, line_of) -> None:
    line = line_of()
    await tell(line, "Tin một")
    server.faults.next(answer(502, HTML, after=True))
    server.faults.next(answer(503, HTML), times=3)
    await line.pass_time(timedelta(seconds=60))
    for number in range(20):
        server.write(f"bằng tay {number}")
    await tell(line, "Tin một (đã sửa)")
    await line.pass_time(timedelta(hours=1))
    assert await line.states() == ["sent"]
    assert len([post for post in server.posts() if "Tin một" in post["raw"]]) == 1


async def test_looks_that_cannot_see_the_post_are_paid_all_the_same(server, line_of) -> None:
    line = line_of()
    await line.owe(TITLE)
    for number in range(150):
        server.write(f"bằng tay {number}")
    by_hand = server.billed
    server.faults.next(answer(502, HTML))
    await line.pass_time(HOUR)
    assert await line.states() == ["unknown"]
    (row,) = await line.rows()
    assert row.reason is not None
    assert "more than 100 posts" in row.reason.text
    assert server.billed - by_hand == 140_000  # two short looks and a long one
    # The attempt itself may be out, so that it counts, too.
    assert await spent(line) == 140_000 + LINKED
