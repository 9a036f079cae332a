"""Pages speak the language of the file: the fixed words, what was kept, and what is refused."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest

from bot.models.basics import ChannelId, FeedId, Reason
from bot.operate.browser.index import PAGES
from bot.operate.browser.newsroom import Fetching
from bot.operate.feeds.discovery import Found
from bot.operate.feeds.looks import Offer
from bot.wording import told
from tests.contract.store_kit import NOW, attempt, lane, sent, story, tell
from tests.unit.operate.browser.kit import newsroom, visiting
from tests.unit.operate.preview.kit import Tags
from tests.unit.told_kit import english_in

if TYPE_CHECKING:
    from pathlib import Path

    from bot.operate.browser.newsroom import Newsroom
    from bot.store.engine import Store

TEXT = """
language = "vi"
[accounts.tg]
platform = "telegram"
token = { env = "T" }
[[channels]]
id = "t"
account = "tg"
chat = "@tintuc"
quiet_hours = "15:00-18:00"
exclude = ["game"]
[[channels]]
id = "u"
platform = "console"
digest = { at = ["19:00"] }
[[feeds]]
id = "f"
url = "https://f.example/rss"
[[feeds]]
id = "g"
url = "https://g.example/rss"
"""


def faults_in(page: str) -> list[str]:
    """Return the mistakes that a page shows, without the line of the template below."""
    found = re.findall(r'<p class="fault"[^>]*>(.*?)</p>', page, flags=re.DOTALL)
    return [html.unescape(one).splitlines()[0] for one in found]


@pytest.fixture
async def room(tmp_path: Path, store: Store) -> Newsroom:
    """Return a newsroom in which something of each kind happened."""
    made = newsroom(tmp_path, store, TEXT)
    made.environ, made.follows_within = {"T": "1:a"}, 0.01
    names = ("tin một", "tin hai", "tin ba")
    await tell(store, *(story(name, owed=("t", "u")) for name in names), at=NOW)
    await attempt(store, sent(), lane("t"), at=NOW)
    rows = await store.desk.deliveries()
    waiting = [row for row in rows if row.state.value == "pending"]
    await store.desk.drop(waiting[0].id, NOW)
    await store.desk.pause("feed", FeedId("g"), _paused("lý do"), NOW)
    await store.desk.pause("channel", ChannelId("u"), _paused("lý do"), NOW)

    async def discover(_: object, text: str) -> Found:
        if "none" in text:
            why = told("{host} refuses connections", host="none.example")
            return Found(reason=Reason(code="refused", text=why))
        return Found(offers=(Offer(url=text, title="Báo", items=3, headlines=("tin",)),))

    made.fetching = Fetching(discover=discover, previews=_nothing)
    return made


def _paused(why: str) -> Reason:
    return Reason(code="x", text=told("the budget of account {account} is spent", account=why))


async def _nothing(_: object, feeds: list[object], __: int) -> list[list[object]]:
    return [[] for _ in feeds]


async def asked(browser: Any, path: str) -> str:
    text: str = await (await browser.get(path)).text()
    return text


async def test_no_page_of_a_vietnamese_desk_speaks_english(room: Newsroom) -> None:
    queries = (
        "story=1",
        "story=2",
        "q=khong-co",
        "channel=t",
        "channel=none",
        "channel=t&edit=template",
    )
    paths = [f"/{page.name}" for page in PAGES]
    paths += [f"/explain?{queries[0]}", f"/explain?{queries[1]}", f"/explain?{queries[2]}"]
    paths += [f"/preview?{query}" for query in queries[3:]]
    paths += ["/preview?channel=t&edit=channel", "/preview?channel=t&feed=none"]
    async with visiting(room, PAGES) as browser:
        found = {path: english_in(await asked(browser, path)) for path in paths}
    assert {path: lines for path, lines in found.items() if lines} == {}


async def test_what_is_done_and_refused_is_said_in_vietnamese(room: Newsroom) -> None:
    deeds: list[tuple[str, dict[str, str]]] = [
        *((f"/{name}", {"name": one}) for name in ("pause", "resume") for one in ("t", "f", "nix")),
        *((f"/posts/{name}", {"id": one}) for name in ("drop", "retry") for one in "123456"),
        *((f"/posts/{name}", {"id": "x"}) for name in ("drop", "retry", "retract")),
        ("/posts/retract", {"id": "1", "channel": "t"}),
        *((f"/plan/{name}", {"id": one}) for name in ("first", "post") for one in "123456"),
        *((f"/plan/{name}", {"id": "2", "version": "x"}) for name in ("approve", "edit")),
        *(("/feeds/find", {"url": url}) for url in ("", "x.xml", "https://none.example")),
        ("/feeds/find", {"url": "https://h.example/rss", "channels": "nix"}),
        ("/feeds/add", {"url": "https://f.example/rss"}),
        ("/feeds/remove", {"name": "nix", "sure": "yes"}),
        ("/feeds/remove", {"name": "f"}),
        ("/preview", {"do": "save", "channel": "t"}),
        ("/preview", {"do": "save", "channel": "t", "edit": "template", "text": "x"}),
    ]
    async with visiting(room, PAGES) as browser:
        found = {}
        for path, form in deeds:
            text = await (await browser.post(path, data=form)).text()
            said = Tags(text).of_class("fault") or Tags(text).of_class("done")
            assert said, (path, form)
            found[path, str(form)] = english_in(text)
    assert {deed: lines for deed, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "text",
    [
        "{{ title }}\n{{ leed }}",
        "{{ title | uper }}",
        "{{ title }}{{ published }}",
        "{% if link %}{{ title }}{% endif %}",
        "",
        "<script>{{ title }}</script>",
        "<b>{{ title }}",
        "{% include '/etc/passwd' %}{{ title }}",
        "{% for a in range(9999999) %}x{% endfor %}",
        "{{ hashtags }}{{ title }}",
        "{{ title.upper }}",
    ],
)
async def test_a_mistake_of_a_template_is_said_in_vietnamese(room: Newsroom, text: str) -> None:
    async with visiting(room, PAGES) as browser:
        form = {"channel": "t", "edit": "template", "text": text}
        page = await (await browser.post("/preview", data=form)).text()
    said = faults_in(page)
    assert said
    assert english_in("\n".join(said)) == []


@pytest.mark.parametrize(
    "term", ["/(/", "/a*/", "https://a.example", "title: link: x", "…", "x" * 999, "fold:/a/"]
)
async def test_a_mistake_of_a_filter_is_said_in_vietnamese(room: Newsroom, term: str) -> None:
    async with visiting(room, PAGES) as browser:
        form = {"channel": "t", "edit": "channel", "include": "", "exclude": term}
        page = await (await browser.post("/preview", data=form)).text()
    said = faults_in(page)
    assert said
    assert english_in("\n".join(said)) == []


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("<p>Chưa có tin nào</p>", []),
        ("<p>nguồn f: the server answered</p>", ["nguồn f: the server answered"]),
        ('<p title="shown on a tap of it">a</p>', ["shown on a tap of it"]),
        ("<p>hãy gõ `newsbot feeds release the`</p>", []),
        ("<code>write this</code>", []),
    ],
)
def test_english_is_told_from_names_and_commands(page: str, found: list[str]) -> None:
    assert english_in(page) == found
