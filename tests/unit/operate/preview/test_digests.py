"""Previews of channels that tell a feed's news in a digest."""

from datetime import time, timedelta

from bot.models.settings import Digest
from bot.models.times import Times
from bot.operate.preview.page import Page, render_page
from bot.operate.preview.preview_json import preview_json
from tests.shipped import DIGEST_HTML
from tests.unit.operate.preview.kit import NOW, Tags, channel, item, previews

DAILY = Digest(at=Times(of_days=((time(19),),) * 7), template=DIGEST_HTML, newest=2)
IN_DIGESTS = channel("telegram", chat="@tin", digest=DAILY)


def test_each_item_is_a_line_and_the_digest_of_all_comes_last() -> None:
    news = [item(name, published=NOW - timedelta(hours=n)) for n, name in enumerate("ABC")]
    *lines, whole = previews(*news, channels=(IN_DIGESTS,))
    assert [one.item and one.item.title for one in lines] == ["A", "B", "C"]
    posted = [one for one in lines if one.decision == "post"]
    assert all(
        one.reason and one.reason.text.startswith("goes into the digest of") for one in posted
    )
    assert all(one.post and one.post.text.count("•") == 1 for one in lines)
    assert whole.item is None
    assert whole.decision == "post"
    assert whole.post is not None
    assert whole.post.text.count("•") == min(len(posted), 2)
    assert preview_json(whole)["item"] is None
    page = Tags(render_page([*lines, whole], Page(now=NOW)))
    assert page.faults == []
    assert page.text("h2").endswith("https://example.vn/rss")


def test_a_template_without_room_is_an_error() -> None:
    long = Digest(
        at=DAILY.at, template=type(DIGEST_HTML)(name="long", source="x" * 5000 + "{{ title }}")
    )
    found = previews(item("A"), channels=(channel("telegram", digest=long),))
    assert [one.decision for one in found] == ["error", "error"]
    assert all(one.reason and "leaves no room" in one.reason.text for one in found)
