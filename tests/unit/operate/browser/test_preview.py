"""Preview: posts as an edit makes them, and the edit saved: checked, whole, and over no change."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from aiohttp import ClientSession

from bot.config import Web, load_config
from bot.errors import TooCostly
from bot.models.basics import ChannelId, FeedId, Reason
from bot.models.reasons import ReasonCode
from bot.models.settings import TemplateText
from bot.operate.browser.feeds import PAGE as FEEDS
from bot.operate.browser.frame import Frame
from bot.operate.browser.newsroom import Fetching
from bot.operate.browser.preview.page import PAGE
from bot.operate.feeds.configfile import ConfigFile, Edit
from bot.operate.preview.previews import Preview
from bot.operate.rewriting import NotWritable
from bot.operate.web.application import Server
from tests.contract.store_kit import NOW, article, item, story, tell
from tests.unit.operate.browser.kit import TOKEN, at_once, newsroom, no_feeds, visiting
from tests.unit.operate.preview.kit import HOSTILE, Tags

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bot.config import Config
    from bot.models.settings import Feed
    from bot.operate.browser.newsroom import Newsroom
    from bot.store.engine import Store

TEXT = """
language = "en"
[accounts.tg]
platform = "telegram"
token = { env = "T" }
[[channels]]
id = "t"  # trước
account = "tg"
chat = "@tintuc"
exclude = [
  "game",  # trò chơi
]
[[channels]]
id = "u"
account = "tg"
chat = "@tinkhac"
[[feeds]]
id = "f"
url = "https://f.example/rss"
"""
PLACE = "templates/telegram.html.j2"


@pytest.fixture
async def room(tmp_path: Path, store: Store) -> Newsroom:
    made = newsroom(tmp_path, store, TEXT)
    made.environ = {"T": "1:a"}
    made.follows_within = 0.01
    await tell(store, story("tin game", owed=("t",)), story("tin chip", owed=("t",)), at=NOW)
    return made


async def opened(browser: Any, query: str) -> dict[str, str]:
    """Open the page and return what its form would send."""
    page = Tags(await (await browser.get(f"/preview?{query}")).text())
    assert page.faults == []
    hidden = {str(one["name"]): one["value"] or "" for one in page.named("input", type="hidden")}
    assert hidden["mark"]
    return hidden


async def sent(browser: Any, form: dict[str, str], **typed: str) -> Tags:
    answer = await browser.post("/preview", data=form | typed)
    assert answer.status == 200
    page = Tags(await answer.text())
    assert page.faults == []
    return page


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def faults(page: Tags) -> int:
    return len(page.of_class("fault"))


async def test_posts_change_with_the_template_that_is_typed_and_no_file_does(
    room: Newsroom, tmp_path: Path
) -> None:
    before = (tmp_path / "newsbot.toml").read_bytes()
    async with visiting(room, (PAGE,)) as browser:
        form = await opened(browser, "edit=template")
        with structlog.testing.capture_logs() as logs:
            page = await sent(browser, form, text="<b>Mới: {{ title }}</b>\n")
        assert "Mới: tin chip" in page.text("article")
        assert page.text("textarea") == "\n<b>Mới: {{ title }}</b>\n"
        assert faults(page) == 0
        assert logs == []
        assert not (tmp_path / "templates").exists()
        assert (tmp_path / "newsbot.toml").read_bytes() == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ title }}\n{{ leed }}", PLACE + ':2: unknown field "leed"; did you mean "lead"?'),
        ("{{ title ", PLACE + ":1: "),
        ("{{ title }}{{ published }}", "write {% if published %} before it"),
        ("{% if link %}{{ title }}{% endif %}", "it writes nothing; write {{ title }} outside"),
        ("", "it writes nothing"),
        ("<script>{{ title }}</script>", "script"),
        ("<b>{{ title }}", "<b>"),
        ("{% include '/etc/passwd' %}{{ title }}", '"include" is not available'),
    ],
)
async def test_a_mistake_is_shown_with_its_remedy_and_never_saved(
    room: Newsroom, tmp_path: Path, text: str, said: str
) -> None:
    async with visiting(room, (PAGE,)) as browser:
        form = await opened(browser, "edit=template")
        for do in ("", "save"):
            page = await sent(browser, form, text=text, do=do)
            assert said in page.text("p")
            assert "tin chip" in page.text("article")
            assert page.text("textarea") == f"\n{text}"
            assert "Traceback" not in page.text()
        assert not (tmp_path / PLACE).exists()


async def test_a_shipped_template_becomes_a_copy_and_a_copy_keeps_its_mode_and_line_ends(
    room: Newsroom, tmp_path: Path
) -> None:
    own = tmp_path / PLACE
    async with visiting(room, (PAGE,)) as browser:
        form = await opened(browser, "channel=u&edit=template")
        assert "Channels with this template: t, u" in (await sent(browser, form)).text()
        with structlog.testing.capture_logs() as logs:
            page = await sent(browser, form, text="A\r\n{{ title }}\r\n", do="save")
        assert f"saved {own}" in page.text("p")
        assert own.read_bytes() == b"A\n{{ title }}\n"
        (entry,) = logs
        assert (entry["who"], entry["what"]) == ("this machine", "preview/save")
        assert "text=A {{ title }}" in entry["asked"]
        assert str(own) in entry["came"]
        # As Windows' editor saves it, with a mark that is no part of a post.
        own.write_bytes(b"\xef\xbb\xbfA\r\n{{ title }}\r\n")
        own.chmod(0o640)
        room.follow(load_config(room.config.path, environ={}), {})
        sources = {one.template.source for one in room.config.channels.values()}
        assert "A\n{{ title }}\n" in sources
        form = await opened(browser, "channel=u&edit=template")
        await sent(browser, form, text="B\r\n{{ title }}\r\n", do="save")
        assert own.read_bytes() == b"B\r\n{{ title }}\r\n"
        assert own.stat().st_mode & 0o777 == 0o640
        assert [one.name for one in own.parent.iterdir()] == [own.name]


async def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(
    room: Newsroom, tmp_path: Path
) -> None:
    own, config = tmp_path / PLACE, tmp_path / "newsbot.toml"
    async with visiting(room, (PAGE,)) as browser:
        template = await opened(browser, "edit=template")
        terms = await opened(browser, "channel=t&edit=channel")
        own.parent.mkdir()
        own.write_text("ANOTHER {{ title }}", encoding="utf-8")
        config.write_text(TEXT.replace('"game"', '"phim"'), encoding="utf-8")
        for form, typed in (
            (template, {"text": "MINE {{ title }}"}),
            (terms, {"include": "", "exclude": "game\nMINE"}),
        ):
            for _ in range(2):
                page = await sent(browser, form, **typed, do="save")
                assert "was changed since this page was opened" in page.text("p")
                assert "MINE" in page.text("textarea")
                assert page.named("input", name="mark", value=form["mark"])
        assert own.read_text(encoding="utf-8") == "ANOTHER {{ title }}"
        assert "MINE" not in config.read_text(encoding="utf-8")


async def test_a_filter_is_seen_and_saved_with_comments_kept(
    room: Newsroom, tmp_path: Path
) -> None:
    config = tmp_path / "newsbot.toml"
    async with visiting(room, (PAGE,)) as browser:
        form = await opened(browser, "channel=t&feed=f&edit=channel")
        page = await sent(browser, form, include="", exclude="game\n/ch[iy]p/")
        assert '"/ch[iy]p/" is in it (channels.t.exclude)' in page.text("p")
        assert len(page.of_class("skip")) > 2
        page = await sent(browser, form, include="", exclude="phim")
        assert "is in it" not in page.text("p")
        page = await sent(browser, form, include="", exclude="phim\n\n/(/\nlinks: x")
        assert "channels.t.exclude, line 3: is no usable regular expression" in page.text("p")
        assert 'line 4: there is no "links:" here; write "link:"' in page.text("p")
        typed = {"include": "chip", "exclude": "/\\bgame\\b/\r\ngame\r\n"}
        page = await sent(browser, form, **typed, do="save")
        assert "saved the filter channels.t" in page.text("p")
        wanted = TEXT.replace("# trước\n", '# trước\ninclude = ["chip"]\n').replace(
            "# trò chơi\n", '# trò chơi\n  "/\\\\bgame\\\\b/",\n'
        )
        assert config.read_text(encoding="utf-8") == wanted
        room.follow(load_config(config, environ={}), {})
        form = await opened(browser, "channel=t&feed=f&edit=feed")
        page = await sent(browser, form, include="a", exclude="a", do="save")
        assert f"{config}:19:1: feeds.f: nothing can pass" in page.text("p")
        await sent(browser, form, include="a", exclude="", do="save")
        written = config.read_text(encoding="utf-8")
        assert written == wanted.replace('id = "f"\n', 'id = "f"\ninclude = ["a"]\n')


async def test_the_template_of_digests_is_seen_with_what_passes_and_saved_as_any_other(
    room: Newsroom, tmp_path: Path
) -> None:
    own = tmp_path / "templates" / "digest.html.j2"
    digest = 'chat = "@tintuc"\ndigest = { at = ["19:00"], newest = 2 }'
    room.config.path.write_text(TEXT.replace('chat = "@tintuc"', digest), encoding="utf-8")
    room.follow(load_config(room.config.path, environ={}), {})
    typed = "ĐIỂM:{% for one in headlines %} {{ one.title }};{% endfor %}"
    async with visiting(room, (PAGE,)) as browser:
        form = await opened(browser, "channel=t&edit=digest")
        page = await sent(browser, form, text=typed)
        assert "ĐIỂM: tin chip;" in page.text("article")
        assert "(channels.t.exclude)" in page.text("p")
        page = await sent(browser, form, text=typed + "{{ titel }}", do="save")
        assert f'{own}:1: unknown field "titel"' in page.text("p")
        assert not own.exists()
        page = await sent(browser, form, text=typed, do="save")
        assert f"saved {own}" in page.text("p")
        assert own.read_text(encoding="utf-8") == typed
        room.follow(load_config(room.config.path, environ={}), {})
        shown = Tags(await (await browser.get("/preview?channel=u&edit=digest")).text())
        assert "Channels with this template: t, u" in shown.text("p")
        assert "what waited through an outage" in shown.text("p")
        assert "ĐIỂM: tin chip; tin game;" in shown.text("article")


async def test_the_filter_of_one_route_is_seen_and_saved_in_its_place_in_the_list(
    room: Newsroom,
) -> None:
    path, usual = room.config.path, 'url = "https://f.example/rss"\n'
    path.write_text(TEXT + 'channels = [\n  "u",\n  "t",  # chính\n]\n', encoding="utf-8")
    room.follow(load_config(path, environ={}), {})
    async with visiting(room, (PAGE,)) as browser:
        form = await opened(browser, "channel=t&feed=f&edit=route")
        page = await sent(browser, form, include="", exclude="chip")
        assert '"chip" is in it (feeds.f.channels.t.exclude)' in page.text("p")
        assert '"game" is in it (channels.t.exclude)' in page.text("p")
        page = await sent(browser, form, include="", exclude="chip", do="save")
        assert "saved the filter feeds.f.channels.t" in page.text("p")
        written = '  "u",\n  { id = "t", exclude = ["chip"] },  # chính\n]\n'
        assert path.read_text(encoding="utf-8").endswith(f"{usual}channels = [\n{written}")
        room.follow(load_config(path, environ={}), {})
        form = await opened(browser, "channel=t&feed=f&edit=route")
        await sent(browser, form, include="tin", exclude="", do="save")
        written = '  { id = "t", include = ["tin"], exclude = [] },  # chính\n]\n'
        assert path.read_text(encoding="utf-8").endswith(written)


async def test_a_route_that_the_file_does_not_name_is_told_with_the_line_to_write(
    room: Newsroom,
) -> None:
    async with visiting(room, (PAGE,)) as browser:
        form = await opened(browser, "channel=t&feed=f&edit=route")
        page = await sent(browser, form, include="tin", exclude="", do="save")
        assert 'write channels = ["t", "u"] there first' in page.text("p")
        assert "tin" in page.text("textarea")
        assert room.config.path.read_text(encoding="utf-8") == TEXT
        shown = await (await browser.get("/preview?channel=t&edit=route")).text()
        assert "<textarea" not in shown, "without a feed there is no route"


async def test_a_secret_that_is_missing_is_told_as_check_tells_it(
    room: Newsroom, tmp_path: Path
) -> None:
    room.environ = {}
    async with visiting(room, (PAGE,)) as browser:
        form = await opened(browser, "edit=template")
        page = await sent(browser, form, text="{{ title }}", do="save")
        assert "accounts.tg.token" in page.text("p")
        assert not (tmp_path / PLACE).exists()


async def test_another_template_that_is_wrong_is_told_as_check_tells_it(
    room: Newsroom, tmp_path: Path
) -> None:
    text = TEXT.replace('chat = "@tinkhac"', 'chat = "@tinkhac"\ntemplate = "other.j2"')
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "other.j2").write_text("{{ titel }}", encoding="utf-8")
    room.config.path.write_text(text, encoding="utf-8")
    async with visiting(room, (PAGE,)) as browser:
        for query, typed in (
            ("channel=t&edit=template", {"text": "{{ title }}"}),
            ("channel=t&edit=channel", {"include": "", "exclude": "phim"}),
        ):
            form = await opened(browser, query)
            page = await sent(browser, form, **typed, do="save")
            assert 'other.j2:1: unknown field "titel"' in page.text("p")
            assert "(template of channel u)" in page.text("p")
    assert room.config.path.read_text(encoding="utf-8") == text
    assert not (tmp_path / PLACE).exists()


class ReadOnly(ConfigFile):
    """A file on a system that is mounted read-only, as systemd does for a service."""

    def with_terms(self, *wanted: Any) -> Edit:
        def write() -> None:
            raise NotWritable(f"cannot write {self.path}: Read-only file system")

        return super().with_terms(*wanted)._replace(write=write)


async def test_files_that_cannot_be_written_show_the_lines_to_paste(
    room: Newsroom, tmp_path: Path
) -> None:
    room.file = ReadOnly
    (tmp_path / "templates").write_text("no folder", encoding="utf-8")
    async with visiting(room, (PAGE,)) as browser:
        form = await opened(browser, "edit=template")
        page = await sent(browser, form, text="<b>{{ title }}</b>\n", do="save")
        assert f"cannot write {tmp_path / PLACE}" in page.text("p")
        assert page.text("pre") == "<b>{{ title }}</b>\n"
        form = await opened(browser, "channel=t&edit=channel")
        page = await sent(browser, form, include="AI", exclude="", do="save")
        assert "Read-only file system" in page.text("p")
        assert page.text("pre") == '# channels: id = "t"\ninclude = ["AI"]\nexclude = []'
        assert page.named("a", href="./preview?channel=t&edit=channel")


async def test_a_service_that_has_the_file_is_no_matter_to_tell_but_new_warnings_are(
    room: Newsroom,
) -> None:
    path = room.config.path
    text = TEXT.replace('chat = "@tintuc"', 'chat = "@tintuc"\nmore = "expandable"')
    path.write_text(
        text.replace('"https://f.example/rss"', '"https://f.example/rss"\nenabled = false')
    )
    room.follow(load_config(path, environ={}), {})
    (old,) = room.config.warnings
    async with visiting(room, (PAGE,)) as browser:
        form = await opened(browser, "edit=template")
        saved = TemplateText(name=str(room.config.base_dir / PLACE), source="X {{ title }}")
        every = {name: replace(one, template=saved) for name, one in room.config.channels.items()}
        moved, new = (
            re.sub(r":\d+:", ":99:", old, count=1),
            f"{path}:9:8: channels.t.more: shows nothing",
        )
        assert moved != old
        room.follow(replace(room.config, channels=every, warnings=(moved, new)), {})
        page = await sent(browser, form, text=saved.source, do="save")
        assert "the service goes on with what was there before" not in page.text()
        assert f"Warning: {new}" in page.text("p")
        assert moved not in page.text("p")


async def test_a_template_that_takes_too_long_costs_only_itself(
    room: Newsroom, tmp_path: Path
) -> None:
    ended = asyncio.Event()

    async def slow(work: Callable[[], object]) -> object:
        room.offload = at_once
        await ended.wait()
        raise TooCostly("it took more than 2 seconds of computing")

    async with visiting(room, (PAGE, FEEDS)) as browser:
        template = await opened(browser, "edit=template") | {"text": "MINE {{ title }}"}
        terms = await opened(browser, "channel=t&edit=channel") | {"exclude": "MINE"}
        for form, do in ((template, ""), (template, "save"), (terms, ""), (terms, "save")):
            room.offload = slow
            trying = asyncio.create_task(sent(browser, form, do=do))
            assert "f.example" in await (await browser.get("/feeds")).text()
            assert not trying.done()
            ended.set()
            page = await trying
            assert "it took more than 2 seconds of computing" in page.text("p")
            assert "tin chip" in page.text("article")
            assert "MINE" in page.text("textarea")
            ended.clear()
        assert not (tmp_path / PLACE).exists()
        assert room.config.path.read_text(encoding="utf-8") == TEXT


async def test_what_nobody_waits_for_any_more_is_not_drawn(room: Newsroom) -> None:
    began, ended, drawn = asyncio.Event(), asyncio.Event(), []

    async def slow(work: Callable[[], object]) -> object:
        drawn.append(work)
        began.set()
        await ended.wait()
        return work()

    room.offload = slow
    web = Web(host="127.0.0.1", port=1, public_url=None, token=None)
    # The tests' own server ends what nobody waits for by itself, unlike that of the service.
    server = Server([Frame(room, (PAGE, FEEDS), web, None).site()])
    address = f"http://127.0.0.1:{await server.listen('127.0.0.1', 0)}"
    async with ClientSession(headers={"Origin": address}) as browser:

        async def shown(text: str) -> str:
            form = {"edit": "template", "text": f"{text} {{{{ title }}}}"}
            return await (await browser.post(f"{address}/preview", data=form)).text()

        first = asyncio.create_task(shown("A"))
        await began.wait()
        second = asyncio.create_task(shown("B"))
        await browser.get(f"{address}/feeds")
        second.cancel()
        third = asyncio.create_task(shown("C"))
        await browser.get(f"{address}/feeds")
        ended.set()
        assert "A tin chip" in await first
        assert "C tin chip" in await third
        assert len(drawn) == 2
    await server.close()


async def test_nothing_of_a_feed_or_of_a_form_is_markup(room: Newsroom, store: Store) -> None:
    hostile = [text for text in HOSTILE if "\ud800" not in text]
    told = [
        replace(article(f"h{n}"), title=text, paragraphs=(text,), source=text, author=text)
        for n, text in enumerate(hostile)
    ]
    await tell(store, *(story(one.link, owed=("t",), article=one) for one in told), at=NOW)
    async with visiting(room, (PAGE,)) as browser:
        for query in ("", "edit=template", "feed=f&edit=feed"):
            page = Tags(await (await browser.get(f"/preview?{query}")).text())
            assert page.faults == []
            assert [name for name, _ in page.tags].count("script") == 1
            assert not page.named("img")
            assert HOSTILE[0] in page.text("h3")
            assert ("author:" in page.text("dt")) == (query == "feed=f&edit=feed")
        for text in hostile:
            form = {"channel": text, "feed": text, "edit": text, "text": text, "mark": text}
            assert "no feed is called" in (await sent(browser, form)).text("p")
            form = {"channel": "t", "feed": "f", "edit": "feed", "include": text, "mark": text}
            page = await sent(browser, form, exclude=text, back=text)
            assert [name for name, _ in page.tags].count("script") == 1


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..%2f..", "t/../u", "t\x00"])
async def test_no_name_leads_out_of_the_templates(
    room: Newsroom, tmp_path: Path, name: str
) -> None:
    before = files_in(tmp_path)
    async with visiting(room, (PAGE,)) as browser:
        for field in ("channel", "feed"):
            form = {"edit": "template", "text": "{{ title }}", "do": "save", field: name}
            page = await sent(browser, form)
            assert f"no {field} is called" in page.text("p")
        assert (await browser.post("/preview/save", data=form)).status == 404
    assert files_in(tmp_path) == before


async def test_strangers_and_other_sites_save_nothing(room: Newsroom, tmp_path: Path) -> None:
    form = {"edit": "template", "text": "{{ title }}", "do": "save"}
    async with visiting(room, (PAGE,)) as browser:
        mark = (await opened(browser, "edit=template"))["mark"]
        away = {"Origin": "https://evil.example"}
        answer = await browser.post("/preview", data=form | {"mark": mark}, headers=away)
        assert answer.status == 403
        large = await browser.post("/preview", data=form | {"text": "x" * 70_000})
        assert large.status == 413
    async with visiting(room, (PAGE,), token=TOKEN) as browser:
        answer = await browser.post("/preview", data=form | {"mark": mark})
        assert answer.status == 401
        assert "tin chip" not in await answer.text()
    assert not (tmp_path / PLACE).exists()


class Press:
    """Feeds that are fetched; counts how often."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def previews(
        self, config: Config, feeds: Sequence[Feed], limit: int
    ) -> list[list[Preview]]:
        self.asked.append([one.id for one in feeds])
        shown = config.channels[ChannelId("t")]
        titles = ("mới tải", "lọc")[:limit]
        return [
            [
                Preview(
                    feed=one,
                    channel=shown,
                    decision="post",
                    item=item(title),
                    article=replace(article(title), paragraphs=("Lời dẫn mới tải về.",)),
                )
                for title in titles
            ]
            for one in feeds
        ]


async def test_items_are_those_of_the_database_and_others_are_fetched_once(
    room: Newsroom, store: Store
) -> None:
    press = Press()
    room.fetching = Fetching(discover=no_feeds, previews=press.previews)
    async with visiting(room, (PAGE,)) as browser:
        form = await opened(browser, "channel=t&edit=template")
        for _ in range(3):
            assert "mới tải" not in (await sent(browser, form)).text()
        assert press.asked == []
        why = Reason(code=ReasonCode.FILTERED, text="excluded")
        shown = item("lọc", link="https://example.org/lọc?utm_source=rss")
        gone = story("lọc", items=(shown,), owed=(), passed_over={ChannelId("t"): why})
        await tell(store, gone, at=NOW)
        for _ in range(3):
            assert "Lời dẫn mới tải về." in (await sent(browser, form)).text()
        assert press.asked == [["f"]]


async def test_a_feed_that_was_never_polled_is_fetched_and_one_that_fails_is_told(
    room: Newsroom,
) -> None:
    path = room.config.path
    more = '[[feeds]]\nid = "g"\nurl = "https://g.example/rss"\n'
    path.write_text(TEXT + more, encoding="utf-8")
    room.follow(load_config(path, environ={}), {})
    async with visiting(room, (PAGE,)) as browser:
        text = await (await browser.get("/preview?feed=g")).text()
        assert "none could be fetched" in text
    press = Press()
    room.fetching = Fetching(discover=no_feeds, previews=press.previews)
    room.fetched.put(FeedId("g"), NOW, [])
    room.now = partial(NOW.replace, hour=NOW.hour + 1)
    async with visiting(room, (PAGE,)) as browser:
        assert "mới tải" in await (await browser.get("/preview?feed=g")).text()
