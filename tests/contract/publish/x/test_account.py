"""`ports.Publisher` on X: tweepy against a stand-in that verifies signatures."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import OutcomeUnknown, OutOfCredit, Rejected, Throttled, Unauthorized, Unreachable
from bot.models.basics import Platform
from bot.models.profiles import Profile
from bot.publish.x.account import XAccount
from tests.contract.publisher_kit import a_channel, a_post, closed_port, everything_said, failure
from tests.standins.faults import Fault, answer, drop, stall, truncate
from tests.standins.x import DUPLICATE, NOT_PERMITTED, SUSPENDED, USER_ID, Limits, XServer, problem
from tests.standins.x_oauth import Keys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.models.posts import Post
    from bot.publish.x.posts import XPosts

KEYS = Keys()
SECRETS = tuple(asdict(KEYS).values())


@pytest.fixture
async def server() -> AsyncIterator[XServer]:
    async with XServer() as running:
        yield running


def an_account(server: XServer, **settings: Any) -> XAccount:
    return XAccount(**{**asdict(KEYS), "api_url": server.base, **settings})


def publisher_of(account: XAccount) -> XPosts:
    return account.publisher(a_channel(Platform.X, account="x"))


@pytest.fixture
async def publisher(server: XServer) -> AsyncIterator[XPosts]:
    account = an_account(server)
    yield publisher_of(account)
    await account.close()


def a_tweet(text: str = "Xin chào thế giới") -> Post:
    return a_post(text, platform=Platform.X)


def refused(status: int, detail: str, kind: str | None = None, title: str = "Forbidden") -> Fault:
    return answer(status, problem(status, title, detail, kind))


def old_style(status: int, code: int, message: str = "no") -> Fault:
    return answer(status, {"errors": [{"code": code, "message": message}]})


# --- whose keys they are ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "said"),
    [("", "@tincongnghe"), ("read-write", "@tincongnghe, access read-write"), ("read", None)],
)
@pytest.mark.parametrize("name", ["Tin công nghệ", ""])
async def test_keys_that_may_only_read_are_told_before_the_first_post(
    server, name: str, level: str, said: str | None
) -> None:
    user = {"data": {"id": "1", "username": "tincongnghe", "name": name}}
    server.faults.next(answer(200, user, headers={"x-access-level": level} if level else {}))
    account = an_account(server)
    try:
        if said is None:
            with pytest.raises(Unauthorized, match="may only read; set Read and write"):
                await account.who_am_i()
            return
        about = await account.who_am_i()
    finally:
        await account.close()
    assert about.text == said
    assert about.profile == Profile(name=name or "@tincongnghe", handle="@tincongnghe")


# --- what is posted -----------------------------------------------------------------------------


async def test_a_post_is_made_and_proven(server, publisher) -> None:
    assert server.requests == []
    receipt = await publisher.publish(a_tweet("Công nghệ mới 😀 & “trích dẫn” <b>"))
    (post,) = server.posts()
    assert post["raw"] == "Công nghệ mới 😀 & “trích dẫn” <b>"
    assert receipt.remote_id == post["id"]
    assert receipt.url == f"https://x.com/i/web/status/{post['id']}"


async def test_a_link_costs_more(server, publisher) -> None:
    await publisher.publish(a_tweet("không liên kết"))
    assert server.billed == 15_000
    await publisher.publish(a_tweet("Đọc https://a.vn/tin?id=1"))
    assert server.billed == 215_000
    (url,) = server.posts()[1]["entities"]["urls"]
    assert url["expanded_url"] == "https://a.vn/tin?id=1"


async def test_only_the_text_is_sent_and_the_program_names_itself(server, publisher) -> None:
    await publisher.publish(a_tweet("tin"))
    (seen,) = server.requests
    assert seen.body == b'{"text": "tin"}'
    assert seen.headers["User-Agent"].startswith("newsbot/")


async def test_an_api_below_a_path_is_signed_at_that_path(server) -> None:
    account = an_account(server, api_url=f"{server.base}/proxy")
    error = await failure(publisher_of(account), a_tweet())
    # The signature was accepted: the stand-in knows nothing at this address.
    assert isinstance(error, Unauthorized)
    assert error.code == "wrong_address"


async def test_reads_with_awkward_parameters_are_signed_too(server, publisher) -> None:
    await publisher.publish(a_tweet("một"))
    await publisher.publish(a_tweet("hai https://a.vn/"))
    answered = await an_account(server).get_users_tweets(
        USER_ID,
        user_auth=True,
        start_time="2020-01-01T00:00:00Z",
        max_results=5,
        tweet_fields=["created_at", "entities"],
    )
    assert [tweet.text[:3] for tweet in answered.data] == ["hai", "một"]
    assert answered.data[0].entities["urls"][0]["expanded_url"] == "https://a.vn/"


# --- signatures ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(asdict(KEYS)))
async def test_each_wrong_key_is_refused(server, name: str) -> None:
    account = an_account(server, **{name: "wrong-but-long-enough"})
    error = await failure(publisher_of(account), a_tweet())
    assert isinstance(error, Unauthorized)
    assert (error.code, error.scope) == ("bad_keys", "account")
    assert server.posts() == []


@pytest.mark.parametrize("name", list(asdict(KEYS)))
async def test_keys_with_any_characters_are_signed(name: str) -> None:
    keys = replace(KEYS, **{name: "+/=&% ?ấ~"})
    async with XServer(keys=keys) as server:
        account = XAccount(**asdict(keys), api_url=server.base)
        await publisher_of(account).publish(a_tweet())
        assert len(server.posts()) == 1


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (refused(401, "Unauthorized", title="Unauthorized"), "bad_keys"),
        (answer(401, "<html>who are you?</html>"), "bad_keys"),
        (old_style(401, 89, "Invalid or expired token."), "bad_keys"),
        (refused(403, SUSPENDED, "user-suspended"), "forbidden"),
        (refused(403, SUSPENDED), "forbidden"),
        (refused(403, "Client Forbidden", "client-forbidden"), "forbidden"),
        (refused(403, "Unsupported", "unsupported-authentication"), "forbidden"),
        (refused(403, "not configured with the appropriate", "oauth1-permissions"), "forbidden"),
        (old_style(403, 64, "Your account is suspended"), "forbidden"),
        (old_style(403, 326, "this account is temporarily locked"), "forbidden"),
        (refused(404, "Not Found", "resource-not-found"), "wrong_address"),
        (answer(404, "<html>nothing here</html>"), "wrong_address"),
        (answer(405, {"message": "some other API"}), "wrong_address"),
        (answer(403, "<html>blocked by your company</html>"), "wrong_address"),
        (answer(302, "", headers={"Location": "https://portal.example/"}), "wrong_address"),
        (answer(400, []), "wrong_address"),
    ],
)
async def test_answers_about_the_account_stop_the_account(
    server, publisher, fault: Fault, code: str
) -> None:
    server.faults.next(fault)
    error = await failure(publisher, a_tweet())
    assert isinstance(error, Unauthorized)
    assert (error.code, error.scope) == (code, "account")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [
        refused(402, "Your enrolled account [1] does not have any credits", "credits"),
        refused(402, "credits depleted", "credits-depleted", title="Payment Required"),
        answer(402, ""),
    ],
)
async def test_402_is_out_of_credit(server, publisher, fault: Fault) -> None:
    server.faults.next(fault)
    error = await failure(publisher, a_tweet())
    assert isinstance(error, OutOfCredit)
    assert error.code == "no_credit"


async def test_spent_credit_is_told(server, publisher) -> None:
    server.credit = 15_000
    await publisher.publish(a_tweet("một"))
    assert isinstance(await failure(publisher, a_tweet("hai")), OutOfCredit)
    assert server.billed == 15_000


@pytest.mark.parametrize(
    "fault",
    [
        refused(403, NOT_PERMITTED),
        refused(403, "You have been blocked from replying to this author"),
        old_style(403, 186, "Tweet needs to be a bit shorter."),
        refused(400, "One or more parameters was invalid", "invalid-request", "Invalid Request"),
        answer(400, {"errors": ["only a string"], "title": "Invalid Request"}),
        answer(422, {"errors": None, "detail": ["not", "a", "text"]}),
        refused(409, "Conflict"),
    ],
)
async def test_answers_about_the_post_reject_it(server, publisher, fault: Fault) -> None:
    server.faults.next(fault)
    error = await failure(publisher, a_tweet())
    assert isinstance(error, Rejected)
    assert error.part is None
    assert (error.code, error.suspect) == (
        ("not_permitted", "account") if fault.status == 403 else ("refused", None)
    )


@pytest.mark.parametrize("text", ["ạ" * 141, "x" * 281, " "])
async def test_a_post_that_breaks_the_rules(server, publisher, text: str) -> None:
    assert isinstance(await failure(publisher, a_tweet(text)), Rejected)
    assert server.posts() == []


async def test_a_duplicate_may_be_this_very_post(server, publisher) -> None:
    await publisher.publish(a_tweet("tin"))
    error = await failure(publisher, a_tweet("tin"))
    assert isinstance(error, OutcomeUnknown)
    assert error.code == "duplicate"


@pytest.mark.parametrize("fault", [refused(403, DUPLICATE), old_style(403, 187)])
async def test_duplicates_of_both_shapes(server, publisher, fault: Fault) -> None:
    server.faults.next(fault)
    error = await failure(publisher, a_tweet())
    assert isinstance(error, OutcomeUnknown)
    assert error.code == "duplicate"


# --- throttling ---------------------------------------------------------------------------------

LATER, MUCH_LATER = 1_800_000_000, 1_800_080_000


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def limits(**windows: tuple[str, str]) -> dict[str, str]:
    names = {
        "short": "x-rate-limit",
        "app_day": "x-app-limit-24hour",
        "user_day": "x-user-limit-24hour",
    }
    headers = {}
    for window, (remaining, reset) in windows.items():
        headers |= {f"{names[window]}-remaining": remaining, f"{names[window]}-reset": reset}
    return headers


@pytest.mark.parametrize(
    ("headers", "until"),
    [
        (limits(short=("0", str(LATER))), moment(LATER)),
        (limits(short=("0", str(LATER)), user_day=("5", str(MUCH_LATER))), moment(LATER)),
        (limits(short=("0", str(LATER)), user_day=("0", str(MUCH_LATER))), moment(MUCH_LATER)),
        (limits(short=("99", str(LATER)), app_day=("0", str(MUCH_LATER))), moment(MUCH_LATER)),
        ({"x-rate-limit-reset": str(LATER)}, moment(LATER)),
        (limits(short=("99", str(LATER))), None),
        (limits(short=("0", "soon")), None),
        (limits(short=("0", "9" * 30)), None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("body", [problem(429, "Too Many Requests", "Too Many"), "Rate limit"])
async def test_429_tells_when_to_come_back(server, publisher, headers, until, body) -> None:
    server.faults.next(answer(429, body, headers=headers))
    error = await failure(publisher, a_tweet())
    assert isinstance(error, Throttled)
    assert error.until == until
    assert error.wait == timedelta(minutes=15)


async def test_a_full_window_is_throttled_until_it_ends() -> None:
    now = datetime.now(UTC).timestamp()
    async with XServer(limits=Limits(window=2, day=100), clock=lambda: now) as server:
        publisher = publisher_of(an_account(server))
        await publisher.publish(a_tweet("1"))
        await publisher.publish(a_tweet("2"))
        error = await failure(publisher, a_tweet("3"))
        assert isinstance(error, Throttled)
        assert error.until == moment(int(now + 900) + 1)
        now += 901
        await publisher.publish(a_tweet("3"))


# --- what is known after a fault ----------------------------------------------------------------

UNKNOWN = [
    (drop(), "no_answer", 0),
    (drop(after=True), "no_answer", 1),
    (truncate(), "no_answer", 1),
    (refused(500, "Internal", title="Internal Server Error"), "server_error", 0),
    (answer(502, "<html>Bad Gateway</html>", after=True), "server_error", 1),
    (answer(503, {"errors": [{"code": 130, "message": "Over capacity"}]}), "server_error", 0),
    (answer(504, "", after=True), "server_error", 1),
    (answer(408, "<html>Request Timeout</html>"), "server_error", 0),
    (answer(201, "<html>hello</html>", after=True), "bad_answer", 1),
    (answer(201, {"data": {"text": "x"}}, after=True), "bad_answer", 1),
    (answer(201, {"data": {"id": None}}), "bad_answer", 0),
    (answer(201, {"data": {"id": "not a number"}}), "bad_answer", 0),
    (answer(201, {"data": []}), "bad_answer", 0),
    (answer(201, {}), "bad_answer", 0),
    (answer(201, []), "bad_answer", 0),
    (answer(200, None), "bad_answer", 0),
]


@pytest.mark.parametrize(("fault", "code", "posted"), UNKNOWN)
async def test_a_post_that_may_be_out(server, publisher, fault: Fault, code, posted: int) -> None:
    server.faults.next(fault)
    error = await failure(publisher, a_tweet())
    assert isinstance(error, OutcomeUnknown)
    assert error.code == code
    assert len(server.posts()) == posted
    assert len(server.requests) == 1


@pytest.mark.parametrize("after", [True, False])
async def test_no_answer_in_time_is_unknown(server, after: bool) -> None:
    server.faults.next(stall(after=after))
    error = await failure(publisher_of(an_account(server, total=0.2)), a_tweet())
    assert isinstance(error, OutcomeUnknown)
    assert error.code == "no_answer"
    assert len(server.posts()) == int(after)


@pytest.mark.parametrize("url", [None, "http://no-such-host.invalid"])
async def test_no_connection_is_certainly_not_sent(server, url: str | None) -> None:
    account = an_account(server, api_url=url or closed_port())
    error = await failure(publisher_of(account), a_tweet())
    assert isinstance(error, Unreachable)
    assert error.code == "unreachable"


# --- the secrets --------------------------------------------------------------------------------

ECHO = " ".join(SECRETS)


@pytest.mark.parametrize(
    "fault",
    [
        *(fault for fault, *_ in UNKNOWN),
        refused(401, f"echo of {ECHO}"),
        refused(400, f"echo of {ECHO}", title="Bad Request"),
        refused(500, f"echo of {ECHO}"),
        answer(403, f"<html>{ECHO}</html>"),
    ],
)
async def test_the_secrets_are_in_no_error(server, publisher, fault: Fault) -> None:
    server.faults.next(fault)
    said = everything_said(await failure(publisher, a_tweet()))
    assert not [secret for secret in SECRETS if secret in said]


async def test_the_secrets_are_in_no_repr(server) -> None:
    account = an_account(server)
    said = repr(account) + repr(publisher_of(account))
    assert not [secret for secret in SECRETS if secret in said]
