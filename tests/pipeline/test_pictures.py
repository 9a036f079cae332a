"""A picture goes down one step at each refusal, and costs no more than there is money for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import Rejected, Throttled
from bot.format.templates import compile_template
from bot.models.basics import FeedId, Platform, Reason
from bot.models.feeds import Item, Poll, Validators
from bot.models.outbox import Failed, Sent
from bot.models.pictures import Fetchable, OutOfReach, Picture, Unfit, Uploadable, Verdict
from bot.models.posts import Post, Receipt
from bot.models.settings import Account, Budget, Feed, Prices, TemplateText
from bot.models.stories import Article, Story
from bot.pipeline.prices import billed, price_of, spent_all_the_same
from tests.pipeline.kit import CHANNEL, NOW, X_ACCOUNT, Delivering, FakePictures

if TYPE_CHECKING:
    from bot.store.engine import Store

IMAGE = "https://a.vn/1.jpg"
PICTURE = Picture(data=b"picture", type="image/jpeg", width=640, height=360)
WHY = Reason(code="why", text="for a reason")
FETCHABLE, UPLOADABLE = Fetchable(picture=PICTURE), Uploadable(picture=PICTURE, reason=WHY)
UNFIT, OUT_OF_REACH = Unfit(reason=WHY), OutOfReach(reason=WHY)
LONG = tuple(f"Đoạn {number}: {'chữ ' * 90}." for number in range(9))
X_CHANNEL = replace(CHANNEL, platform=Platform.X, account=X_ACCOUNT.id, link="never")


async def a_lane(
    store: Store, verdict: Verdict | None, *, x: Account | None = None, **article: object
) -> Delivering:
    """Return a lane that owes one story with a picture."""
    lane = Delivering(store, X_CHANNEL if x else CHANNEL, x)
    lane.route = replace(lane.route, pictures=FakePictures(verdict) if verdict else None)
    told = Article(title="Một tin", link="https://example.org/1", image=IMAGE, published=NOW)
    story = Story(
        items=(Item(id="1", title="Một tin"),),
        keys=(),
        owed=(lane.route.channel.id,),
        article=replace(told, **article),  # type: ignore[arg-type]
    )
    poll = Poll(feed=FeedId("vn"), at=NOW, next_poll=NOW, validators=Validators())
    await store.feeds.finish_poll(poll, (), lambda _: [story])
    return lane


def refused(part: str) -> Rejected:
    return Rejected(f"bad_{part}", "refused", part=part)  # type: ignore[arg-type]


def way(post: Post) -> str:
    """Return how a post carries its picture."""
    if post.picture is not None:
        assert post.image == IMAGE, "the address stays known"
        return "bytes"
    return "address" if post.image else "none"


async def ways_until_sent(lane: Delivering, *refusals: Rejected) -> list[str]:
    """Return how each attempt sent the picture, while the platform refuses one after the other."""
    ways: list[str] = []
    waiting = list(refusals)

    async def publish(post: Post) -> object:
        ways.append(way(post))
        if waiting:
            raise waiting.pop(0)
        return await type(lane.platform).publish(lane.platform, post)

    lane.route = replace(lane.route, publisher=Telling(publish))
    while await lane.wait():
        outcome = await lane.step()
        if isinstance(outcome, Sent | Failed):
            return [*ways, type(outcome).__name__]
    raise AssertionError(ways)


class Telling:
    """A publisher made of a function."""

    def __init__(self, publish: object) -> None:
        self.publish = publish

    async def close(self) -> None:
        """Nothing is open."""


ADDRESS, IMAGE_PART = refused("image_address"), refused("image")


@pytest.mark.parametrize(
    ("verdict", "refusals", "ways"),
    [
        (FETCHABLE, [], ["address"]),
        (FETCHABLE, [ADDRESS], ["address", "bytes"]),
        (FETCHABLE, [ADDRESS, IMAGE_PART], ["address", "bytes", "none"]),
        (FETCHABLE, [IMAGE_PART], ["address", "none"]),
        (UPLOADABLE, [], ["bytes"]),
        (UPLOADABLE, [IMAGE_PART], ["bytes", "none"]),
        (UNFIT, [], ["none"]),
        (OUT_OF_REACH, [], ["address"]),
        (OUT_OF_REACH, [ADDRESS], ["address", "none"]),
        (None, [], ["address"]),
        (None, [ADDRESS], ["address", "none"]),
    ],
)
async def test_each_refusal_is_one_step_down(
    store: Store, verdict: Verdict | None, refusals: list[Rejected], ways: list[str]
) -> None:
    lane = await a_lane(store, verdict)
    assert await ways_until_sent(lane, *refusals) == [*ways, "Sent"]


async def test_a_platform_that_refuses_everything_ends_the_chain(store: Store) -> None:
    lane = await a_lane(store, FETCHABLE)
    ways = await ways_until_sent(lane, ADDRESS, IMAGE_PART, refused("buttons"), IMAGE_PART)
    assert ways == ["address", "bytes", "none", "none", "Failed"]


async def test_a_picture_that_became_unfit_is_left_out_at_the_next_try(store: Store) -> None:
    lane = await a_lane(store, FETCHABLE)
    pictures = lane.route.pictures
    assert isinstance(pictures, FakePictures)
    lane.platform.errors = [Throttled("flood", "wait")]
    await lane.step()
    pictures.found = UNFIT
    assert await ways_until_sent(lane) == ["none", "Sent"]


@pytest.mark.parametrize(
    ("verdict", "limit"), [(FETCHABLE, 1024), (UPLOADABLE, 1024), (UNFIT, 4096)]
)
async def test_a_post_that_shows_no_picture_has_room_for_more_text(
    store: Store, verdict: Verdict, limit: int
) -> None:
    lane = await a_lane(store, verdict, paragraphs=("Đoạn mở đầu của một tin khá dài.",) * 20)
    # More fixed text than a caption may have beside a lead.
    source = "{{ title }}\n{{ lead }}\n" + "x" * 900
    template = compile_template(TemplateText(name="t", source=source), Platform.TELEGRAM)
    lane.route = replace(lane.route, template=template)
    assert isinstance(await lane.step(), Sent)
    (post,) = lane.platform.posts
    assert post.limit == limit
    assert (post.length <= 1024) == (limit == 1024)


async def test_a_feeds_private_hosts_are_its_pictures_as_well(store: Store) -> None:
    lane = await a_lane(store, FETCHABLE)
    feed = Feed(id=FeedId("vn"), url="https://a.vn/rss", allow_hosts=("10.0.0.1",))
    await lane.step(feed=feed)
    assert isinstance(lane.route.pictures, FakePictures)
    assert lane.route.pictures.asked == [(IMAGE, ("10.0.0.1",))]


async def test_a_cheaper_post_keeps_the_private_hosts_of_its_feed(store: Store) -> None:
    account = replace(X_ACCOUNT, budget=Budget(per_day=199_000, per_month=10_000_000))
    lane = await a_lane(store, FETCHABLE, x=account)
    lane.route = replace(lane.route, channel=replace(lane.route.channel, link="budget"))
    feed = Feed(id=FeedId("vn"), url="https://a.vn/rss", allow_hosts=("10.0.0.1",))
    assert isinstance(await lane.step(feed=feed), Sent)
    assert not lane.platform.posts[0].has_link
    assert isinstance(lane.route.pictures, FakePictures)
    assert lane.route.pictures.asked[-1] == (IMAGE, ("10.0.0.1",))


@pytest.mark.parametrize("channel", [{"image": "never"}, {"platform": Platform.CONSOLE}])
async def test_a_channel_that_shows_no_picture_examines_none(store: Store, channel: dict) -> None:
    lane = await a_lane(store, UNFIT)
    lane.route = replace(lane.route, channel=replace(lane.route.channel, **channel))
    await lane.step()
    assert isinstance(lane.route.pictures, FakePictures)
    assert lane.route.pictures.asked == []


# --- X -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [(FETCHABLE, "bytes"), (UPLOADABLE, "bytes"), (UNFIT, "none"), (OUT_OF_REACH, "none")],
)
async def test_x_gets_bytes_or_nothing(store: Store, verdict: Verdict, expected: str) -> None:
    lane = await a_lane(store, verdict, x=X_ACCOUNT)
    assert isinstance(await lane.step(), Sent)
    (post,) = lane.platform.posts
    assert way(post) == expected
    spent = 20_000 if expected == "bytes" else 15_000
    assert (await store.desk.spent(X_ACCOUNT.id, NOW, NOW))[0] == spent


async def test_x_shows_the_card_of_a_link_instead_of_a_picture(store: Store) -> None:
    lane = await a_lane(store, FETCHABLE, x=X_ACCOUNT)
    lane.route = replace(lane.route, channel=replace(lane.route.channel, link="always"))
    assert isinstance(await lane.step(), Sent)
    assert way(lane.platform.posts[0]) == "none"
    assert isinstance(lane.route.pictures, FakePictures)
    assert lane.route.pictures.asked == []
    assert (await store.desk.spent(X_ACCOUNT.id, NOW, NOW))[0] == 200_000


async def test_without_a_source_x_gets_no_picture(store: Store) -> None:
    lane = await a_lane(store, None, x=X_ACCOUNT)
    assert isinstance(await lane.step(), Sent)
    assert way(lane.platform.posts[0]) == "none"


@pytest.mark.parametrize(
    ("left", "expected", "spent"),
    [(20_000, "bytes", 20_000), (19_999, "none", 15_000), (15_000, "none", 15_000)],
)
async def test_a_picture_that_is_too_dear_costs_only_itself(
    store: Store, left: int, expected: str, spent: int
) -> None:
    account = replace(X_ACCOUNT, budget=Budget(per_day=left, per_month=10_000_000))
    lane = await a_lane(store, FETCHABLE, x=account)
    assert isinstance(await lane.step(), Sent)
    (post,) = lane.platform.posts
    assert way(post) == expected
    assert post.text.startswith("Một tin")
    assert (await store.desk.spent(account.id, NOW, NOW))[0] == spent


async def test_not_even_the_post_alone_goes_beyond_the_budget(store: Store) -> None:
    account = replace(X_ACCOUNT, budget=Budget(per_day=14_999, per_month=10_000_000))
    lane = await a_lane(store, FETCHABLE, x=account)
    await lane.step()
    assert lane.platform.posts == []
    assert await lane.states() == ["held"]


def test_a_picture_is_paid_for_by_its_words() -> None:
    prices = Prices(post=10, post_with_link=200, alt_text=3)
    post = Post(channel=CHANNEL.id, platform=Platform.X, text="x", length=1)
    assert price_of(post, prices) == 10
    assert price_of(replace(post, picture=PICTURE, alt="Tin"), prices) == 13
    assert price_of(replace(post, picture=PICTURE), prices) == 10
    assert price_of(replace(post, image=IMAGE, alt="Tin"), prices) == 10
    assert price_of(replace(post, has_link=True, alt="Tin"), prices) == 200


@pytest.mark.parametrize("described", [0, 1, 3])
def test_the_words_of_each_picture_are_paid_for_although_the_post_is_not_out(
    described: int,
) -> None:
    error = Throttled("rate", "slowly")
    error.alt_texts = described
    assert spent_all_the_same(error, X_ACCOUNT) == 5_000 * described
    assert spent_all_the_same(error, None) == 0


@pytest.mark.parametrize("described", [0, 1, 3])
def test_a_post_that_is_out_costs_the_words_that_were_set(described: int) -> None:
    post = Post(channel=CHANNEL.id, platform=Platform.X, text="x", length=1, picture=PICTURE)
    receipt = Receipt(remote_id="1", alt_texts=described)
    assert billed(post, receipt, X_ACCOUNT) == 15_000 + 5_000 * described
    assert billed(post, receipt, None) is None


async def test_a_picture_that_was_lost_on_the_way_is_not_paid_for(store: Store) -> None:
    lane = await a_lane(store, FETCHABLE, x=X_ACCOUNT)

    async def publish(post: Post) -> Receipt:
        assert post.picture is not None
        assert (await store.desk.spent(X_ACCOUNT.id, NOW, NOW))[0] == 20_000
        return Receipt(remote_id="1", picture_lost=WHY)

    lane.route = replace(lane.route, publisher=Telling(publish))
    assert isinstance(await lane.step(), Sent)
    assert (await store.desk.spent(X_ACCOUNT.id, NOW, NOW))[0] == 15_000


async def test_words_of_a_post_that_did_not_get_out_stay_paid(store: Store) -> None:
    lane = await a_lane(store, FETCHABLE, x=X_ACCOUNT)
    throttled = Throttled("rate", "slowly", wait=timedelta(minutes=1))
    throttled.alt_texts = 1
    lane.platform.errors = [throttled]
    await lane.step()
    assert (await store.desk.spent(X_ACCOUNT.id, NOW, NOW))[0] == 5_000
    await lane.wait()
    await lane.step()
    assert (await store.desk.spent(X_ACCOUNT.id, NOW, NOW))[0] == 25_000
