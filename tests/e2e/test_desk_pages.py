"""Every page of the desk before a running bot whose feed is hostile: seen, and by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest

from bot.operate.browser.index import PAGES
from tests.e2e.test_desk_browser import looks
from tests.e2e.world import World, world
from tests.unit.operate.preview.kit import HOSTILE
from tests.unit.operate.state.test_metrics import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.chromium import Browser

pytestmark = pytest.mark.browser

MISCHIEF = (
    *(text for text in HOSTILE if "\x00" not in text),
    "W" * 3_000,
    "\u202eđảo ngược\u2066 " * 20,
    "x" + "\u0301" * 300,
    "javascript:document.title='pwned'//",
)
PATHS = [
    *(page.name for page in PAGES),
    "posts?q=pwned",
    "explain?q=pwned",
    "plots?span=month",
    "preview?edit=template",
    "preview?feed=xau&edit=feed",
]
# What Tab stops at, by what the page holds: open parts of it, in the order of the document.
STOPS = """
[...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
  .filter((one) => one.tabIndex >= 0 && !one.disabled && one.type !== "hidden" && one.checkVisibility())
  .map((one) => { one.dataset.stop ??= String(window.stops = (window.stops ?? 0) + 1); return one.dataset.stop; })
"""
# Where the focus is, and whether it can be seen there.
FOCUS = """
(() => {
  const one = document.activeElement, place = one.getBoundingClientRect(), style = getComputedStyle(one);
  const is_in_sight = place.bottom > 0 && place.top < innerHeight && place.right > 0 && place.left < innerWidth;
  const is_marked = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return [one.dataset.stop ?? "", is_in_sight && is_marked];
})()
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, str]]:
    port = free_port()
    with world(tmp_path_factory.mktemp("desk")) as one:
        (one.home / "feeds" / "xau.rss").write_text(
            hostile_feed(), encoding="utf-8", errors="replace"
        )
        name = MISCHIEF[0].replace('"', '\\"')
        one.write(
            f'[web]\nlisten = "127.0.0.1:{port}"\n'
            '[[channels]]\nid = "tg"\naccount = "tg"\nchat = "@tincongnghe"\nmin_gap = "0s"\nimage = "never"\nmax_per_hour = 3\n'
            '[[channels]]\nid = "terminal"\nplatform = "console"\n'
            f'[[feeds]]\nid = "xau"\nname = "{name}"\nurl = "{one.web.base}/xau.rss"\nfirst_run = 50\n'
            'max_age = "off"\nchannels = ["tg", "terminal"]\nfetch_page = "never"\n'
        )
        with one.service():
            one.wait_for(lambda: len(one.telegram.posts()) == 3)
            yield one, f"http://127.0.0.1:{port}/"


def hostile_feed() -> str:
    """Return a feed that has mischief in each of its fields."""
    items = "".join(hostile_item(number, text) for number, text in enumerate(MISCHIEF))
    title = escape(" ".join(MISCHIEF[:3]))
    return f"<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>{title}</title>{items}</channel></rss>"


def hostile_item(number: int, text: str) -> str:
    said, part = escape(text), quote(text, errors="replace")[:1_500]
    return (
        f"<item><title>{number} {said}</title><link>https://example.org/{number}?{part}</link>"
        f"<guid isPermaLink='false'>{said}</guid><author>{said}</author><dc:creator>{said}</dc:creator>"
        f"<category>{said}</category><category>a{number}</category><comments>{said}</comments>"
        f"<description>{said} {escape(f'<b>{text}</b>')}</description>"
        f"<enclosure url={quoted(text)} type={quoted(text)} length={quoted(text)}/></item>"
    )


def quoted(text: str) -> str:
    return '"' + escape(text, {'"': "&quot;", "\n": " "}) + '"'


@pytest.mark.parametrize("path", PATHS)
def test_nothing_of_a_feed_runs_breaks_the_page_or_asks_for_something(
    desk: tuple[World, str], chromium: Browser, path: str
) -> None:
    _, address = desk
    chromium.open(f"{address}{path}")
    looks(chromium, path)
    assert chromium.run("document.title").endswith("· newsbot")
    assert (
        chromium.run(
            "document.querySelectorAll('main script, main style, main img, main iframe').length"
        )
        == 0
    )
    assert chromium.troubles == []
    assert all(asked.startswith(address) for asked in chromium.asked)


@pytest.mark.parametrize("path", [page.name for page in PAGES])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_every_page_is_gone_through_by_keyboard(
    desk: tuple[World, str], chromium: Browser, path: str, width: int, scheme: str
) -> None:
    chromium.show_at(width, scheme)
    chromium.open(f"{desk[1]}{path}")
    stops = chromium.run(STOPS)
    assert len(stops) > 5
    found = []
    while len(found) < len(stops):
        chromium.press("Tab")
        stop, is_seen = chromium.run(FOCUS)
        assert is_seen, (stop, chromium.run("document.activeElement.outerHTML")[:200])
        found += [stop] if stop else []  # Tab stops at what scrolls, too
    assert found == stops


def test_the_plan_is_changed_by_keyboard_alone(desk: tuple[World, str], chromium: Browser) -> None:
    one, address = desk
    chromium.show_at(1280, "light")
    chromium.open(f"{address}plan")
    rows = "[...document.querySelectorAll('tbody tr th')].map((one) => one.innerText)"
    before = chromium.run(rows)
    assert len(before) > 2
    go_to(chromium, "button", before[-1])
    chromium.press("Enter")
    chromium.wait(lambda: chromium.run(rows)[:1] == before[-1:])
    assert chromium.run("document.getElementById('said').innerText").endswith(
        "khi giờ giấc và nhịp của kênh cho phép"
    )
    assert chromium.run("document.activeElement.id").startswith("first-")
    go_to(chromium, "summary:has(+ form[action$=drop])", before[0])
    chromium.press("Enter")
    chromium.press("Tab")
    chromium.press("Enter")
    chromium.wait(lambda: before[0] not in chromium.run(rows))
    assert len(one.states()["dropped"]) == 1
    assert chromium.troubles == []


def go_to(chromium: Browser, what: str, title: str) -> None:
    """Press Tab until the first `what` of the row called `title` has the focus."""
    is_there = (
        "(() => { const row = document.activeElement.closest('tr');"
        f" return row?.querySelector('th').innerText === {title!r} && document.activeElement.matches({what!r}) }})()"
    )
    for _ in range(200):
        chromium.press("Tab")
        if chromium.run(is_there):
            return
    pytest.fail(f"Tab never comes to {what} of {title!r}")
