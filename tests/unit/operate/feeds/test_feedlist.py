"""Editing the list of feeds: only what was asked changes, and nothing wrong is written."""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import load_config
from bot.errors import ConfigError, NewsbotError, UsageError
from bot.operate.feeds.configfile import ConfigFile
from bot.operate.feeds.feedlist import add_feed, feed_rows, import_feeds, remove_feed, renaming
from bot.operate.feeds.opml import Outline, read_opml, write_opml

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
# My bot.
[[channels]] # where
id = "terminal"
platform = "console"

# --- Feeds ---

# The first one,
# with two lines.
[[feeds]]
id = "a"   # its id
url = "https://a.example/f.rss"
# max_age = "off"

# The second.
[[feeds]]
id = "b"
url = "https://b.example/f.rss"
[feeds.headers]
Accept = "x"

[collect] # how
every = "1h"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "newsbot.toml"
    made.write_text(TEXT, encoding="utf-8")
    return made


def add(path: Path, url: str, name: str | None = None, *channels: str) -> str:
    return add_feed(ConfigFile(path, {}), url, name=name, channels=channels, cwd=path.parent)


def test_add_stands_behind_the_last_feed(path: Path) -> None:
    assert add(path, "https://rss.c.example/x?a=1", None, "terminal") == "c"
    new = '\n[[feeds]]\nid = "c"\nurl = "https://rss.c.example/x?a=1"\nchannels = ["terminal"]\n'
    assert path.read_text() == TEXT.replace('Accept = "x"\n', f'Accept = "x"\n{new}')
    assert list(load_config(path, environ={}).feeds) == ["a", "b", "c"]


def test_remove_takes_the_table_and_leaves_the_comments(path: Path) -> None:
    remove_feed(ConfigFile(path, {}), "a")
    cut = TEXT.index("[[feeds]]"), TEXT.index("\n# The second.")
    assert path.read_text() == TEXT[: cut[0]] + TEXT[cut[1] :]
    remove_feed(ConfigFile(path, {}), "b")
    left = path.read_text()
    assert "[[feeds]]" not in left
    assert all(words in left for words in ("# My bot.", "# The second.", "# how", "# where"))
    assert load_config(path, environ={}).feeds == {}


@pytest.mark.parametrize(
    "text", ["", "# only this", TEXT, TEXT.rstrip(), TEXT.replace("\n", "\r\n")]
)
def test_an_added_feed_can_be_removed(text: str, path: Path) -> None:
    path.write_bytes(text.encode())
    add(path, "https://new.example/f", "new")
    added = path.read_bytes()
    assert b"\n[[feeds]]" in added
    assert added.count(b"\r\n") in {0, added.count(b"\n")}
    remove_feed(ConfigFile(path, {}), "new")
    assert path.read_bytes().split() == text.encode().split()


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_byte_order_mark_stays(bom: bytes, path: Path) -> None:
    path.write_bytes(bom + TEXT.encode())
    add(path, "https://new.example/f")
    assert path.read_bytes().startswith(bom + b"# My bot.")


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (("https://www.a.example/f.rss/",), UsageError, "feed a has this address already"),
        (("https://x.example/", "a"), UsageError, "there is a feed a already"),
        (("https://x.example/", None, "termnal"), UsageError, "did you mean terminal"),
        (("https://x.example/", "a b"), ConfigError, "must be a name of letters"),
        (("ftp://x.example/",), ConfigError, '"ftp://" is not supported'),
        (("x.example/f.rss",), ConfigError, "a web address begins with https://"),
        (("https://",), ConfigError, "the address has no host"),
    ],
)
def test_refused(arguments: tuple[str, ...], kind: type[Exception], words: str, path: Path) -> None:
    with pytest.raises(kind, match=words):
        add(path, *arguments)
    assert path.read_text() == TEXT
    assert [one.name for one in path.parent.iterdir()] == ["newsbot.toml"]


def test_a_path_is_relative_to_the_file(path: Path) -> None:
    (path.parent / "sub").mkdir()
    (path.parent / "sub" / "news.xml").write_text("<rss/>")
    cwd = path.parent / "sub"
    assert add_feed(ConfigFile(path, {}), "news.xml", name=None, channels=(), cwd=cwd) == "news"
    assert 'url = "sub/news.xml"' in path.read_text()
    with pytest.raises(UsageError, match="feed news has this address already"):
        add_feed(ConfigFile(path, {}), "news.xml", name=None, channels=(), cwd=cwd)


def test_remove_what_is_not_there(path: Path) -> None:
    with pytest.raises(UsageError, match="no feed is called c"):
        remove_feed(ConfigFile(path, {}), "c")


@pytest.mark.parametrize(
    "form", ['feeds = [{ id = "a", url = "https://a.example/" }]', "feeds = []"]
)
def test_a_list_in_brackets_is_not_edited(form: str, path: Path) -> None:
    path.write_text(form)
    with pytest.raises(NewsbotError, match=r":1: feeds is one list in brackets"):
        add(path, "https://b.example/")
    assert path.read_text() == form


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_rename_changes_the_id_alone(ends: str, path: Path) -> None:
    path.write_bytes(TEXT.replace("\n", ends).encode())
    write = renaming(ConfigFile(path, {}), "a", "a.moi")
    assert path.read_bytes() == TEXT.replace("\n", ends).encode(), "not before it is told to"
    assert write is not None
    write()
    wanted = TEXT.replace('id = "a"   # its id', 'id = "a.moi"   # its id')
    assert path.read_bytes() == wanted.replace("\n", ends).encode()


def test_rename_in_a_list_in_brackets(path: Path) -> None:
    first, second = (f"{{ url = 'https://x.example/{name}', id = '{name}' }}" for name in "ab")
    text = f'channels = [{{ id = "t", platform = "console" }}]\nfeeds = [{first}, {second}]\n'
    path.write_text(text, encoding="utf-8")
    write = renaming(ConfigFile(path, {}), "b", "c")
    assert write is not None
    write()
    assert [str(id_) for id_ in load_config(path, environ={}).feeds] == ["a", "c"]


def test_a_feed_that_has_its_new_id_needs_no_renaming(path: Path) -> None:
    assert renaming(ConfigFile(path, {}), "former", "a") is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("a", "b", "a and b must be two ids of one feed"),
        ("a", "a", "a and a must be two ids of one feed"),
        ("former", "aa", "no feed is called aa; did you mean a?"),
        ("a", "../b", "must be a name of letters"),
        ("(by hand)", "a", "must be a name of letters"),
        ("a", "", "must be a name of letters"),
        ("a", "c d", "must be a name of letters"),
        ("a", "c\n", "must be a name of letters"),
    ],
)
def test_ids_that_cannot_be_one_feeds(old: str, new: str, words: str, path: Path) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        renaming(ConfigFile(path, {}), old, new)
    assert path.read_text(encoding="utf-8") == TEXT


def test_scattered_tables_are_not_edited(path: Path) -> None:
    scattered = (
        '[[feeds]]\nid = "a"\nurl = "https://a.example/"\n[[channels]]\nid = "t"\n'
        'platform = "console"\n[feeds.headers]\nAccept = "x"\n'
    )
    path.write_text(scattered)
    with pytest.raises(NewsbotError, match="stand apart from each other"):
        remove_feed(ConfigFile(path, {}), "a")
    assert path.read_text() == scattered


def test_permissions_and_links_stay(path: Path) -> None:
    path.chmod(0o640)
    link = path.parent / "etc" / "newsbot.toml"
    link.parent.mkdir()
    link.symlink_to(path)
    add(link, "https://new.example/f")
    assert link.is_symlink()
    assert "new.example" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [one.name for one in link.parent.iterdir()] == ["newsbot.toml"]


def test_a_change_by_somebody_else_is_not_lost(path: Path) -> None:
    file = ConfigFile(path, {})
    path.write_text(f"{TEXT}# new\n")
    with pytest.raises(NewsbotError, match="was changed by somebody else"):
        remove_feed(file, "a")
    assert path.read_text() == f"{TEXT}# new\n"
    path.unlink()
    with pytest.raises(NewsbotError, match="cannot write"):
        remove_feed(file, "a")


HOSTS = st.from_regex(r"[a-z0-9.-]{0,12}", fullmatch=True)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(given_feeds=st.lists(st.tuples(HOSTS, st.text(max_size=8)), max_size=5))
def test_any_list_is_imported_or_refused_whole(
    given_feeds: list[tuple[str, str]], path: Path
) -> None:
    path.write_text(TEXT)
    outlines = [Outline(f"https://{host}/{page}", page or None) for host, page in given_feeds]
    try:
        done = import_feeds(ConfigFile(path, {}), outlines, channels=[])
    except ConfigError:
        assert path.read_text() == TEXT
        return
    assert len(done.added) + len(done.skipped) == len(outlines)
    found = load_config(path, environ={}).feeds
    assert list(found) == ["a", "b", *(id_ for id_, _ in done.added)]


# --- OPML ----------------------------------------------------------------------------------------

OPML = """<?xml version="1.0"?>
<opml version="1.0"><head><title>x</title></head><body>
<outline text="Tech">
  <outline text="Việt &amp; Nam" type="rss" xmlUrl="https://vn.example/rss" htmlUrl="https://vn.example"/>
  <outline text="Deep"><OUTLINE title="One&#10;two" xmlurl=" https://www.deep.example/feed "/></outline>
</outline>
<outline text="again" xmlUrl="http://vn.example/rss/"/>
<outline text="here" xmlUrl="https://a.example/f.rss"/>
<outline text="second" xmlUrl="https://vn.example/2.rss"/>
<outline text="odd" xmlUrl="javascript:alert(1)"/>
<outline text="wrong" xmlUrl="https://[::1/"/>
<outline text="folder"/>
</body></opml>
"""


def opml(tmp_path: Path, content: str | bytes) -> Path:
    made = tmp_path / "list.opml"
    made.write_bytes(content if isinstance(content, bytes) else content.encode())
    return made


def test_import(path: Path, tmp_path: Path) -> None:
    done = import_feeds(
        ConfigFile(path, {}), read_opml(opml(tmp_path, OPML)), channels=["terminal"]
    )
    assert done.added == [
        ("vn", "https://vn.example/rss"),
        ("deep", "https://www.deep.example/feed"),
        ("vn-2", "https://vn.example/2.rss"),
    ]
    assert [why for _, why in done.skipped] == [
        "feed vn has this address already",
        "feed a has this address already",
        "the address does not begin with https:// or http://",
        "the address is not valid",
    ]
    feeds = load_config(path, environ={}).feeds.values()
    assert [feed.name for feed in feeds] == [None, None, "Việt & Nam", "One two", "second"]
    again = import_feeds(ConfigFile(path, {}), read_opml(tmp_path / "list.opml"), channels=[])
    assert again.added == []


@pytest.mark.parametrize(
    ("before", "name", "shown"),
    [
        (b"", "Tin & Tức", "Tin & Tức"),
        (b"", "Tin &amp; Tức", "Tin & Tức"),
        (b"", "Tin&nbsp;Tức &copy;", "Tin Tức ©"),
        (b"", "Tin\x0b Tức", "Tin Tức"),
        (b"\n", "Tin", "Tin"),
        (b"\xef\xbb\xbf\r\n \n", "Tin", "Tin"),
    ],
    ids=["bare &", "escaped", "HTML's entities", "control sign", "blank line", "mark and lines"],
)
def test_faults_of_other_programs_are_mended(
    before: bytes, name: str, shown: str, tmp_path: Path
) -> None:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="1.0"><body>'
        f'<outline text="{name}" xmlUrl="https://a.example/?a=1&b=2&amp;c=3"/></body></opml>'
    )
    found = read_opml(opml(tmp_path, before + text.encode()))
    assert found == [Outline("https://a.example/?a=1&b=2&c=3", shown)]


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1258", "iso-8859-1"])
def test_other_encodings_are_read(encoding: str, tmp_path: Path) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><opml><body><outline text="café" xmlUrl="https://a.example/"/></body></opml>'
    (found,) = read_opml(opml(tmp_path, text.encode(encoding)))
    assert found.title == "café"


def test_export_and_import_again(path: Path, tmp_path: Path) -> None:
    path.write_text(
        TEXT.replace("https://b.example/f.rss", "https://user:fake-password@b.example/f.rss")
        + '[[feeds]]\nid = "k"\nurl = "https://k.example/f?key=fake-secret"\n'
        + '[[feeds]]\nid = "l"\nurl = "newsbot.toml"\nname = "<&\\""\n'
    )
    config = load_config(path, environ={})
    text, notes = write_opml(config.feeds.values())
    assert "fake-" not in text
    assert notes == [
        "b is written without its password",
        "k is left out: its address holds a key",
        "l is left out: it is a local file",
    ]
    found = read_opml(opml(tmp_path, text))
    assert [one.url for one in found] == ["https://a.example/f.rss", "https://b.example/f.rss"]
    rows = feed_rows(config)
    assert "fake-" not in str(rows)
    assert [row["id"] for row in rows] == ["a", "b", "k", "l"]


LAYERS = "".join(
    f"<!ENTITY {chr(n + 1)} '{f'&{chr(n)};' * 10}'>" for n in range(ord("a"), ord("i"))
)
BOMB = f"<!DOCTYPE opml [<!ENTITY a 'aaaaaaaaaa'>{LAYERS}]>"
ENTITY = "<!DOCTYPE opml [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
OUTLINE = "<opml><body><outline text='{0}' xmlUrl='https://x.example/{0}'/>{0}</body></opml>"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (BOMB + OUTLINE.format("&i;"), "is not XML|declares entities"),
        (ENTITY + "<opml><body>&a;</body></opml>", "declares entities"),
        (ENTITY + OUTLINE.format("&a;"), "is not XML|declares entities"),
        ("<rss/>", "is not OPML: it begins with <rss>"),
        ("", "is not XML"),
        ("https://a.example", "is not XML"),
        ("<opml>" + "<outline>" * 100_000, "is not XML"),
        (b"\x00\xff" * 100, "is not XML"),
        (" " * 10_000_001, "is larger than 10 MB"),
    ],
    ids=["bomb", "file", "file in attribute", "rss", "empty", "text", "deep", "binary", "huge"],
)
def test_hostile_opml(content: str | bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(NewsbotError, match=words) as caught:
        read_opml(opml(tmp_path, content))
    assert "root:" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_opml_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(NewsbotError, match="cannot be read: No such file"):
        read_opml(tmp_path / "none.opml")
