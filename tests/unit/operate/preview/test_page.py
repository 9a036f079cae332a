import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from bot.collect.parse import parse_feed
from bot.errors import UsageError
from bot.models.basics import Reason
from bot.models.feeds import FetchedFeed, Image, ParsedFeed
from bot.operate.preview.html_file import check_target, write_page
from bot.operate.preview.page import Page, content_policy, render_page
from bot.operate.preview.terminal import preview_text
from tests.unit.operate.preview.kit import HOSTILE, NOW, Tags, channel, inline, item, previews

FEEDS = Path(__file__).parents[5] / "shared" / "corpus" / "feeds"
PHOTO = Image(url="https://example.vn/anh.jpg?a=1&b=2", source="media")


def page(*items, channels=None, **settings: object) -> str:
    found = previews(*items, **({"channels": channels} if channels else {}))
    return render_page(found, Page(now=NOW, **settings))


def directives(policy: str) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in policy.split(";"))


def hashed(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize("settings", [{}, {"images": True}, {"version": "1"}])
def test_the_policy_allows_this_page_s_own_style_and_script_only(settings) -> None:
    html = page(item("Tin"), **settings)
    (meta,) = Tags(html).named("meta", **{"http-equiv": "Content-Security-Policy"})
    rules = directives(str(meta["content"]))
    assert rules["style-src"] == hashed(inline(html, "style"))
    assert rules["script-src"] == hashed(inline(html, "script"))
    for rule in ("default-src", "base-uri", "form-action", "trusted-types"):
        assert rules[rule] == "'none'"
    own = "'self'" if "version" in settings else "'none'"
    assert rules["connect-src"] == own
    assert rules["img-src"] == ("https: http:" if "images" in settings else own)
    assert meta["content"] == content_policy(Page(now=NOW, **settings))


def test_the_policy_comes_before_anything_that_could_run_or_load() -> None:
    html = page(item("Tin"))
    first = min(html.index(tag) for tag in ("<style", "<script", "<title", "<body"))
    assert html.index("Content-Security-Policy") < first


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("images", [False, True])
def test_nothing_of_a_feed_becomes_markup(text: str, images: bool) -> None:
    hostile = item(
        text, id=text, link=f"javascript:{text}", summary=text, content=text,
        categories=(text,), comments=text,
        images=(Image(url=f"https://e.vn/{text}", source="media"),),
    )  # fmt: skip
    plain = item("Tin", id="1", link="javascript:x", summary="Tin", content="Tin",
                 categories=("Tin",), images=(Image(url="https://e.vn/a", source="media"),))  # fmt: skip
    read, expected = (Tags(page(one, images=images)) for one in (hostile, plain))
    assert read.faults == []
    assert read.open == []
    allowed = {name for name, _ in expected.tags} | {"p", "h4", "dt", "dd", "b", "small", "em"}
    assert {name for name, _ in read.tags} <= allowed | {"img", "svg", "path", "circle", "div"}
    assert len(read.named("script")) == len(read.named("style")) == 1
    for _, attributes in read.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("href", "src"):
            assert re.match(r"https?://|#posts$", attributes.get(name) or "https://")
    assert "49" not in read.text("pre")


def test_pages_hold_no_control_characters_and_can_be_written() -> None:
    html = page(*(item(text, id=str(n), summary=text) for n, text in enumerate(HOSTILE)))
    html.encode()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", html)


def test_the_feed_s_password_is_not_shown() -> None:
    html = render_page(previews(read=Reason(code="x", text="gone")), Page(now=NOW))
    assert "secret" not in html
    assert "https://example.vn/rss" in Tags(html).text("h2")


def test_links_open_elsewhere_and_tell_nothing() -> None:
    links = [one for one in Tags(page(item("Tin", images=(PHOTO,)))).named("a") if "rel" in one]
    assert len(links) >= 4
    assert {(one["rel"], one["target"]) for one in links} == {("noreferrer noopener", "_blank")}


def test_a_telegram_post_looks_like_one() -> None:
    read = Tags(page(item("Tin <b>", images=(PHOTO,), comments="https://e.vn/c"),
                     channels=(channel("telegram", chat="@tin"),)))  # fmt: skip
    assert read.of_class("telegram")
    assert read.of_class("chat")
    assert "@tin" in read.text()
    assert "Tin" in read.text("b")
    assert read.of_class("photo")
    assert not read.of_class("linkbox")
    assert len(read.of_class("buttons")) == 1
    assert "Telegram" in read.text("li")
    assert re.search(r"\d+/1024 characters", read.text())


@pytest.mark.parametrize(
    ("size", "before", "thumb"),
    [("large", False, False), ("small", False, True), ("above", True, False)],
)
def test_the_link_preview_stands_where_it_is_configured(
    size: str, before: bool, thumb: bool
) -> None:
    shown = channel("telegram", chat="@tin", image="never", preview=size)
    html = page(item("Tin", images=(PHOTO,)), channels=(shown,))
    assert (html.index('class="linkbox') < html.index('class="text"')) == before
    assert bool(Tags(html).of_class("thumb")) == thumb
    assert "example.vn" in Tags(html).text("strong")


def test_no_link_preview_where_it_is_turned_off() -> None:
    off = channel("telegram", image="never", preview="off")
    assert "linkbox" not in page(item("Tin"), channels=(off,)).partition("<body>")[2]


def test_an_x_post_has_a_card_and_a_weight_meter() -> None:
    read = Tags(page(item("Tin", images=(PHOTO,)), channels=(channel("x"),)))
    assert read.of_class("linkcard")
    assert "From example.vn" in read.text("div")
    (level,) = read.of_class("level")
    used, limit = re.findall(r"(\d+)/(280) weighted", read.text())[0]
    share = float(str(level["stroke-dasharray"]).split()[0])
    assert share == pytest.approx(100 * int(used) / int(limit), abs=0.1)
    without = Tags(page(item("Tin"), channels=(channel("x", link="never"),)))
    assert not without.of_class("linkcard")
    assert "no link" in without.text()


def test_a_terminal_post_is_shown_letter_by_letter() -> None:
    (one,) = found = previews(item("Tin <i>nghiêng</i>"), channels=(channel("console"),))
    assert one.post is not None
    assert one.post.text in Tags(render_page(found, Page(now=NOW))).text("pre")


def test_pictures_are_loaded_only_where_that_was_asked_for() -> None:
    assert not Tags(page(item("Tin", images=(PHOTO,)))).named("img")
    assert PHOTO.url in Tags(page(item("Tin", images=(PHOTO,)))).text()
    shown = Tags(page(item("Tin", images=(PHOTO,)), images=True)).named("img")
    assert {one["src"] for one in shown} == {PHOTO.url}
    assert all(one["alt"] and one["referrerpolicy"] == "no-referrer" for one in shown)


def test_the_summary_counts_and_every_decision_shows_its_reason() -> None:
    found = previews(item("Một"), item("Hai", id="2")) + previews(
        read=Reason(code="x", text="the server answered 404")
    )
    read = Tags(render_page(found, Page(now=NOW)))
    counts = [sum(one.decision == name for one in found) for name in ("post", "skip", "error")]
    assert counts == [3, 3, 3]
    for text in ("3 post", "3 skip", "3 errors"):
        assert text in read.text("span")
    shown = read.of_class("shown")
    assert [one["data-decision"] for one in shown] == [one.decision for one in found]
    for one in found:
        assert one.reason is None or one.reason.text in read.text("p")


def test_raw_texts_are_bounded_and_say_so() -> None:
    html = page(item("Tin", content="x" * 100_000))
    assert len(html) < 60_000
    assert "… 94000 more characters" in html


def test_the_page_is_accessible_in_structure() -> None:
    read = Tags(page(item("Tin", images=(PHOTO,)), version="1"))
    for landmark in ("main", "header", "h1", "aside", "form"):
        assert read.named(landmark)
    ids = [found["id"] for _, found in read.tags if "id" in found]
    assert len(ids) == len(set(ids))
    for _, found in read.tags:
        assert found.get("aria-labelledby") in (None, *ids)
    assert all(one.get("tabindex") == "0" for one in read.of_class("shown"))
    assert read.named("html", lang="en")
    labelled = read.text("label")
    for word in ("Feed", "Channel", "Decision", "Theme"):
        assert word in labelled


def test_cards_keep_their_names_when_the_page_is_made_again() -> None:
    def names(*items) -> list[object]:
        return [one["id"] for one in Tags(page(*items)).of_class("shown")]

    first = names(item("Tin", id="1"))
    later = names(item("Tin khác", id="2"), item("Tin sửa", id="1"))
    assert set(first) < set(later)
    assert len(set(names(item("a", id="1"), item("b", id="1")))) == 6


def test_problems_stand_above_the_posts_and_mark_them_stale() -> None:
    html = page(item("Tin"), version="1", problems=('newsbot.toml:3: "<b>" is wrong',))
    read = Tags(html)
    assert read.named("div", role="alert")
    assert 'newsbot.toml:3: "<b>" is wrong' in read.text("li")
    assert read.of_class("stale")
    assert "stale" not in page(item("Tin"), version="1").partition("<body>")[2].partition("<script>")[0]  # fmt: skip


@pytest.mark.parametrize("name", ["bbcurdu.com__01.rss", "ifanr.com__01.rss", "heise.de__01.atom"])
@pytest.mark.corpus
def test_every_post_of_real_feeds_appears(name: str) -> None:
    path = FEEDS / name
    if not path.is_file():
        pytest.skip("the corpus of real feeds is not beside this checkout (../shared/corpus)")
    parsed = parse_feed(FetchedFeed(url="https://example.org/", body=path.read_bytes()))
    assert isinstance(parsed, ParsedFeed)
    found = previews(read=replace(parsed, items=parsed.items[:20]))
    read = Tags(render_page(found, Page(now=NOW)))
    assert read.faults == []
    assert len(read.of_class("shown")) == len(found) > 0
    shown = " ".join(read.text().split())
    for one in found:
        assert one.post is not None
        assert one.item is not None
        assert one.item.id in shown
        assert one.article is not None
        assert " ".join(one.article.title.split()) in shown


def test_a_file_is_replaced_whole_and_links_are_followed(tmp_path: Path) -> None:
    real = tmp_path / "real.html"
    real.write_text("<!DOCTYPE html>old")
    link = tmp_path / "page.html"
    link.symlink_to(real)
    check_target(link)
    write_page(link, "mới \ud800")
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == "mới ?"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "real.html"]


def test_a_page_and_an_empty_file_are_replaced(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    for html in ("", page(item("Tin"))):
        write_page(target, html)
        check_target(target)


@pytest.mark.parametrize("text", ['language = "vi"', "<!doctype", "SQLite format 3"])
def test_what_is_no_page_is_not_written_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "newsbot.toml").write_text(text)
    with pytest.raises(UsageError, match=r"newsbot\.toml exists and is no page; name another"):
        check_target(tmp_path / "newsbot.toml")


@pytest.mark.parametrize("place", [".", "none/page.html", "/dev/null"])
def test_places_where_no_page_can_stand_are_refused(tmp_path: Path, place: str) -> None:
    with pytest.raises(UsageError, match="--html"):
        check_target(tmp_path / place)


def test_a_page_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        write_page(target, "x")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


RICH = """<h3><a href="https://example.vn/1">Tin</a></h3>
<img src="https://example.vn/1.jpg"/>
<p>Câu đầu.</p>
<details><summary>Đọc bài tại đây</summary>
<ul>
<li>Một mục</li>
</ul>
</details>"""


def test_a_rich_message_shows_its_article_as_telegram_does() -> None:
    (one,) = previews(item("Tin"), channels=(channel("telegram", layout="rich"),))
    assert one.post is not None
    shown = replace(one, post=replace(one.post, text=RICH, image="https://example.vn/1.jpg"))
    page = render_page([shown], Page(now=NOW, images=True))
    assert page.count('src="https://example.vn/1.jpg"') == 1
    assert "<summary>Đọc bài tại đây</summary>" in page
    assert "• Một mục" in page
    assert "linkbox" not in page.partition("</style>")[2]
    lines = [line.strip("│ ") for line in preview_text(shown).splitlines()]
    assert [line for line in lines if line][1:5] == [
        "Tin", "Câu đầu.", "Đọc bài tại đây", "Một mục",
    ]  # fmt: skip


def test_no_empty_line_follows_what_stands_on_lines_of_its_own() -> None:
    (one,) = previews(item("Tin"), channels=(channel("telegram"),))
    assert one.post is not None
    text = "Đầu.\n<blockquote expandable>Tiếp.</blockquote>\n\n<i>Báo</i>\n<pre>x</pre>\ncuối"
    shown = replace(one, post=replace(one.post, text=text))
    page = render_page([shown], Page(now=NOW))
    assert "Tiếp.</q>\n<i>Báo</i>\n<code" in page
    assert "x</code>cuối" in page
    rich = render_page([replace(one, post=replace(one.post, text=RICH))], Page(now=NOW))
    assert "Đọc bài tại đây</summary><span" in rich
