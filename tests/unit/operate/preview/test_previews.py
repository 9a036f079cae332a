import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.models.basics import FeedId, Platform, Reason
from bot.models.feeds import Image, Page, ParsedFeed
from bot.models.posts import Post
from bot.models.settings import Feed
from bot.operate.json_forms import json_text
from bot.operate.preview.markup import Node, nodes_of, text_of, web_link
from bot.operate.preview.preview_json import preview_json
from bot.operate.preview.previews import wanted_pages
from tests.unit.operate.preview.kit import CHANNELS, HOSTILE, NOW, channel, item, previews


def post(text: str, platform: str = "telegram") -> Post:
    return Post(channel=CHANNELS[0].id, platform=Platform(platform), text=text, length=len(text))


def drawn(nodes: list[Node]) -> list[object]:
    return [
        node.text if node.kind == "text" else (node.kind, node.href, *drawn(node.children))
        for node in nodes
    ]


def test_decisions_of_a_first_run() -> None:
    older = NOW - timedelta(hours=1)
    old = item("Cũ", published=older, link="https://example.org/old")
    found = previews(item("Mới"), item("Mới", published=older), old)
    shown = [
        (one.item.title, one.decision, one.reason and one.reason.code)
        for one in found
        if one.item and one.channel.id == "to-x"
    ]
    assert shown[0] == ("Mới", "post", None)
    assert sorted(shown[1:], key=str) == [
        ("Cũ", "skip", "first_run"),
        ("Mới", "skip", "same_story"),
    ]
    assert all(one.post for one in found)


@pytest.mark.parametrize(
    ("ahead", "decision", "told"),
    [
        (timedelta(hours=3), "post", "posted then"),
        (timedelta(days=3), "post", "posted at once"),
        (timedelta(0), "post", None),
    ],
)
def test_a_date_to_come_is_told(ahead: timedelta, decision: str, told: str | None) -> None:
    shown = previews(item(published=NOW + ahead))[0]
    assert shown.decision == decision
    assert (shown.reason and shown.reason.text.rpartition(", ")[2]) == told


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Thẻ &lt;b&gt; và &lt;br&gt;", "Thẻ <b> và <br>"),
        ("Tin <i>nóng</i> trong ngày", "Tin nóng trong ngày"),
        ("R&D; và <video>", "R&D; và <video>"),
    ],
)
def test_a_title_in_json_reads_as_in_the_post(title: str, shown: str) -> None:
    assert preview_json(previews(item(title))[0])["item"]["title"] == shown


def test_limit_counts_items_and_none_is_cut_off_by_zero() -> None:
    items = [item(f"Tin số {number}", id=str(number)) for number in range(7)]
    assert len(previews(*items, limit=2)) == 2 * len(CHANNELS)
    assert len(previews(*items)) == 7 * len(CHANNELS)


def test_lines_that_repeat_are_left_out_as_in_what_is_sent() -> None:
    label = "Mời bạn xem bản tin trên ứng dụng của tòa soạn nhé, miễn phí cho mọi người."
    items = [
        item(
            f"Tin {n}",
            id=f"{n}",
            summary=f"<p>{label}</p><p>Chuyện {n} đã xảy ra hôm nay ở Huế, theo lời người dân.</p>",
        )
        for n in "abc"
    ]
    posts = [one.post for one in previews(*items) if one.post]
    assert len(posts) == 3 * len(CHANNELS)
    assert all("đã xảy ra hôm nay" in post.text and "ứng dụng" not in post.text for post in posts)


def test_pages_are_wanted_and_used_as_the_service_does() -> None:
    poor, rich = (
        item("Nghèo", id="1", link="https://e.vn/1?utm_source=x"),
        item(
            "Giàu",
            id="2",
            link="https://e.vn/2",
            summary="Câu này kể đủ chuyện đã xảy ra, ở đâu, khi nào và vì sao. Câu thứ hai kể thêm ai đã"
            " làm việc đó, với bao nhiêu tiền của ai, và những người khác nói gì về họ sau đó.",
            images=(Image(url="https://e.vn/2.jpg", source="media"),),
        ),
    )
    read = ParsedFeed(title="Báo", items=(poor, rich))
    feed = Feed(id=FeedId("f"), url="https://e.vn/rss")
    assert wanted_pages(feed, read, NOW, limit=0) == ["https://e.vn/1"]
    assert wanted_pages(replace(feed, fetch_page="never"), read, NOW, limit=0) == []
    assert wanted_pages(feed, Reason(code="x", text="gone"), NOW, limit=0) == []
    many = ParsedFeed(items=tuple(item(f"{n}", link=f"https://e.vn/{n}") for n in range(30)))
    assert len(wanted_pages(feed, many, NOW, limit=0)) == 20
    assert len(wanted_pages(feed, many, NOW, limit=5)) == 5
    said = "Trang kể rằng chuyện đã xảy ra vào sáng nay, trước mắt hàng trăm người."
    image = Image(url="https://e.vn/1.jpg", source="page")
    page = Page(description=said, image=image, headings=("Nghèo",))
    found = previews(poor, rich, pages={"https://e.vn/1": page})
    shown = {one.item.id: one.post for one in found if one.item and one.channel.id == "to-telegram"}
    assert (said in shown["1"].text, shown["1"].image) == (True, "https://e.vn/1.jpg")
    assert said not in shown["2"].text


def test_a_feed_that_failed_is_one_error_for_each_channel() -> None:
    reason = Reason(code="http_404", text="the server answered 404")
    found = previews(read=reason)
    assert [one.decision for one in found] == ["error"] * 3
    element = preview_json(found[0])
    assert (element["item"], element["text"], element["limit"]) == (None, "", None)
    assert element["reason"] == {"code": "http_404", "text": "the server answered 404"}


def test_a_template_that_fails_on_an_item_is_an_error_with_the_item() -> None:
    broken = channel("console", source="{{ 10 // (title | length - 4) }} {{ title }}")
    found = previews(item("Dài hơn bốn", id="1"), item("Bốn!", id="2"), channels=(broken,))
    posts = {one.item.title: one for one in found if one.item}
    assert posts["Dài hơn bốn"].post is not None
    bad = posts["Bốn!"]
    assert (bad.post, bad.decision, bad.reason and bad.reason.code) == (None, "error", "template")


def test_json_has_the_documented_fields() -> None:
    for one in previews(item("Tin", images=())):
        element = json.loads(json_text(preview_json(one)))
        assert set(element) == {
            "feed", "channel", "platform", "item", "text", "length", "limit", "buttons", "image",
            "images", "clip",
            "decision", "reason", "price", "no_picture", "no_clip", "from_page",
        }  # fmt: skip
        assert set(element["item"]) == {"id", "link", "title", "published"}
    buttons = preview_json(previews(item())[0])["buttons"]
    assert [set(button) for row in buttons for button in row] == [
        {"text", "url"},
        {"text", "copy_text"},
    ]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("a &lt;b&gt; &amp; c", ["a <b> & c"]),
        ("<blockquote expandable>x</blockquote>", [("folded", None, "x")]),
        ("<blockquote>x</blockquote>", [("quote", None, "x")]),
        ("<b>x <i>y</i></b>", [("bold", None, "x ", ("italic", None, "y"))]),
        ('<a href="https://e.vn/?a=1&amp;b=2">x</a>', [("link", "https://e.vn/?a=1&b=2", "x")]),
        ('<a href="javascript:alert(1)">x</a>', [("link", None, "x")]),
        ('<a href="tg://user?id=1">x</a>', [("link", None, "x")]),
        ("<script>alert(1)</script>x", ["alert(1)", "x"]),
        ('<img src=x onerror="alert(1)">x', ["x"]),
        ("<ins>u</ins><del>s</del>", [("underline", None, "u"), ("strike", None, "s")]),
        ("<span class='tg-spoiler'>x</span>", [("spoiler", None, "x")]),
        ("tin #CôngNghệ.", ["tin ", ("tag", None, "#CôngNghệ"), "."]),
        ("xem https://e.vn/a b", ["xem ", ("link", "https://e.vn/a", "https://e.vn/a"), " b"]),
        ("<code>#no https://e.vn</code>", [("code", None, "#no https://e.vn")]),
        ("<b>open", [("bold", None, "open")]),
        ("</b>closed", ["closed"]),
    ],
)
def test_telegram_text_is_rebuilt_from_its_entities(markup: str, expected: list[object]) -> None:
    assert drawn(nodes_of(post(markup))) == expected


def test_deep_nesting_ends_in_plain_text() -> None:
    nodes = nodes_of(post("<b>" * 5000 + "x" + "</b>" * 5000))
    assert text_of(nodes) == "x"
    depth = 0
    while nodes and nodes[0].children:
        nodes, depth = nodes[0].children, depth + 1
    assert depth <= 20


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a https://e.vn/tin", ["a ", ("link", "https://e.vn/tin", "e.vn/tin")]),
        ("see node.io now", ["see ", ("link", "https://node.io", "node.io"), " now"]),
        ("see node.\u2060io", ["see node.\u2060io"]),
        ("#AI @ai", [("tag", None, "#AI"), " ", ("tag", None, "@ai")]),
        (
            "https://example.org/" + "a" * 40,
            [("link", "https://example.org/" + "a" * 40, "example.org/" + "a" * 19 + "…")],
        ),
    ],
)
def test_x_text_shows_links_as_x_does(text: str, expected: list[object]) -> None:
    assert drawn(nodes_of(post(text, "x"))) == expected


def test_dotted_text_on_x_costs_nothing() -> None:
    text = "a." * 5000
    assert text_of(nodes_of(post(text, "x"))) == text


@pytest.mark.parametrize("title", HOSTILE)
def test_only_web_addresses_become_links(title: str) -> None:
    assert web_link(title) is None
    assert web_link(f"javascript:{title}") is None
    assert web_link("data:text/html,x") is None
    assert web_link("http://[broken") is None
    assert web_link("https://example.vn/") == "https://example.vn/"
