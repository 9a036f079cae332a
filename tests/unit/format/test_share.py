"""Share links and buttons."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.format.share import CLOSED, TARGETS, Shared, share_buttons, with_links
from bot.models.stories import Article

LINK = "https://example.vn/tin?a=1&b=đ c#x"
TITLE = 'Chip & "AI": 100% + ế'


@pytest.mark.parametrize(
    ("target", "base", "values"),
    [
        ("telegram", "https://t.me/share/url", {"url": LINK, "text": TITLE}),
        ("x", "https://x.com/intent/tweet", {"url": LINK, "text": TITLE}),
        ("facebook", "https://www.facebook.com/sharer/sharer.php", {"u": LINK}),
        ("linkedin", "https://www.linkedin.com/sharing/share-offsite/", {"url": LINK}),
        ("pinterest", "https://www.pinterest.com/pin/create/button/",
         {"url": LINK, "media": "https://i.vn/1.jpg", "description": TITLE}),
        ("reddit", "https://www.reddit.com/submit", {"url": LINK, "title": TITLE}),
        ("whatsapp", "https://wa.me/", {"text": f"{TITLE} {LINK}"}),
        ("threads", "https://www.threads.com/intent/post", {"text": TITLE, "url": LINK}),
        ("bluesky", "https://bsky.app/intent/compose", {"text": f"{TITLE} {LINK}"}),
        ("hackernews", "https://news.ycombinator.com/submitlink", {"u": LINK, "t": TITLE}),
        ("email", "mailto:", {"subject": TITLE, "body": f"{TITLE}\r\n{LINK}"}),
    ],
)  # fmt: skip
def test_share_links_come_back_as_they_went(target: str, base: str, values: dict[str, str]) -> None:
    url = TARGETS[target].address(Shared(link=LINK, title=TITLE, image="https://i.vn/1.jpg"))
    assert url.isascii()
    assert "+" not in url
    assert url.partition("?")[0] == base
    assert parse_qs(urlsplit(url).query, strict_parsing=True) == {k: [v] for k, v in values.items()}


@settings(deadline=None, max_examples=100)
@given(st.text(st.characters(codec=None)), st.text(st.characters(codec=None)))
def test_no_text_breaks_a_share_link(link: str, title: str) -> None:
    for name, target in TARGETS.items():
        if name != "copy":
            assert target.address(Shared(link=link, title=title)).isascii()


def test_a_dead_service_is_answered_with_a_living_one() -> None:
    assert set(CLOSED.values()) <= set(TARGETS)
    assert not set(CLOSED) & set(TARGETS)
    assert CLOSED["zalo"] == "copy"


def buttons(desk: Any, platform: str = "telegram", **changes: Any) -> list[list[str]]:
    fields = {"link": "https://a.vn/1", "comments": "https://a.vn/1#c"}
    fields |= {name: changes.pop(name) for name in ("link", "comments") if name in changes}
    channel = replace(desk.channels[platform], **changes)
    rows = share_buttons(Article(title="t", **fields), channel)
    return [[button.text for button in row] for row in rows]


@pytest.mark.parametrize(
    ("changes", "rows"),
    [
        ({}, [["Telegram", "Facebook", "Chép link", "Bình luận"]]),
        ({"language": "en"}, [["Telegram", "Facebook", "Copy link", "Comments"]]),
        ({"language": "vi-VN", "share": ()}, [["Bình luận"]]),
        ({"comments": None}, [["Telegram", "Facebook", "Chép link"]]),
        (
            {"share": ("x", "telegram", "copy", "reddit")},
            [["X", "Telegram"], ["Chép link", "Reddit", "Bình luận"]],
        ),
        (
            {
                "share_labels": {"telegram": "Gửi bạn bè", "comments": "Bàn luận"},
                "share": ("telegram",),
            },
            [["Gửi bạn bè", "Bàn luận"]],
        ),
        ({"link": None, "comments": None}, []),
        ({"link": None}, [["Bình luận"]]),
        ({"share": ("x", "x", "email"), "comments": None}, [["X"]]),
        ({"share": ("copy",), "link": "https://a.vn/" + "x" * 300, "comments": None}, []),
        ({"share": (), "comments": "http://localhost/c"}, []),
        ({"share": ("reddit",), "link": "https://a.vn/" + "%" * 1_900, "comments": None}, []),
    ],
)
def test_buttons(changes: dict[str, Any], rows: list[list[str]], desk: Any) -> None:
    assert buttons(desk, **changes) == rows


def test_what_a_template_links_to_already_is_no_further_link(desk: Any) -> None:
    article, channel = Article(title="t", link="https://a.vn/1?a=1&b=2"), desk.channels["telegram"]
    channel = replace(channel, share=("telegram", "facebook", "copy"))
    rows = share_buttons(article, channel)
    telegram, facebook, _ = (f'<a href="{escape(one.url or "")}">' for one in rows[0])
    assert with_links("Tin", rows, article, channel) == (
        f"Tin\n\nChia sẻ: {telegram}Telegram</a> · {facebook}Facebook</a>"
    )
    shown = f"Tin {facebook}f</a>"
    assert (
        with_links(shown, rows, article, channel) == f"{shown}\n\nChia sẻ: {telegram}Telegram</a>"
    )
    both = f"{shown} {telegram}t</a>"
    assert with_links(both, rows, article, channel) == both


def test_x_has_no_buttons_and_the_terminal_takes_mail(desk: Any) -> None:
    assert buttons(desk, "x") == []
    assert buttons(desk, "console", share=("email",), comments=None) == [["Email"]]


def test_copy_button_copies_the_link(desk: Any) -> None:
    rows = share_buttons(Article(title="t", link="https://a.vn/1"), desk.channels["telegram"])
    assert [(b.url is None, b.copy_text) for b in rows[0]][2] == (True, "https://a.vn/1")
