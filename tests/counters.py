"""How X and Telegram read a text, written from their own rules and sharing no code with the bot.

X: twitter-text's configuration v3 (config/v3.json) and its rules for addresses and mentions (js/src/
regexp). TDLib: find_mentions and find_bot_commands of td/telegram/MessageEntity.cpp. Where X's
libraries differ, the dearer reading counts; so an address may be longer than they take it for.
"""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from functools import cache
from pathlib import Path

ADDRESS_WEIGHS, EMOJI_WEIGHS = 23, 2
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_NO_DOMAIN = frozenset("!'#%&()*+,\\-./:;<=>?@[]^_{|}~$") | frozenset(
    "\u202a\u202b\u202c\u202d\u202e\u061c\u200e\u200f\u2066\u2067\u2068\u2069"
)
_ASCII_WORD = re.compile(r"[A-Za-z0-9_]")


@cache
def _library() -> Path:
    """The folder of the library whose lists are read, as data: its code is not run."""
    spec = importlib.util.find_spec("twitter_text")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "regexp"


@cache
def top_level_domains() -> frozenset[str]:
    """The top-level domains of twitter-text's two lists."""
    found: set[str] = set()
    for name in ("valid_gtld.py", "valid_cctld.py"):
        for piece in re.findall(r"'([^'\n]*)'", (_library() / name).read_text(encoding="utf-8")):
            found |= {word for word in piece.split("|") if word and word.isprintable()}
    return frozenset(word.lower() for word in found if not re.search(r"[()?\[]", word))


@cache
def emoji() -> dict[str, tuple[str, ...]]:
    """Sequences of Unicode's emoji-test.txt by their first sign, longest first."""
    by_first: dict[str, list[str]] = {}
    for line in (_library() / "emoji-test.txt").read_text(encoding="utf-8").splitlines():
        points, semicolon, status = line.partition(";")
        if semicolon and points[:1] != "#" and "component" not in status:
            one = "".join(chr(int(point, 16)) for point in points.split())
            if one not in {"©", "®"}:  # letters, unless a variation selector follows
                by_first.setdefault(one[0], []).append(one)
    return {first: tuple(sorted(all_, key=len, reverse=True)) for first, all_ in by_first.items()}


def letters_weigh(text: str) -> int:
    """The weight of `text` without addresses in it."""
    weight = place = 0
    while place < len(text):
        sequences = emoji().get(text[place], ())
        found = next((one for one in sequences if text.startswith(one, place)), None)
        if found is not None:
            weight, place = weight + EMOJI_WEIGHS, place + len(found)
            place += text[place : place + 1] == "\ufe0f"
            continue
        weight += 1 if any(low <= ord(text[place]) <= high for low, high in _LIGHT) else 2
        place += 1
    return weight


def x_weight(text: str, link: str | None = None) -> int:
    """The weight of `text` on X; the post's own `link` weighs 23 where it is an address, every other one at least so much."""
    text = unicodedata.normalize("NFC", text)
    weight = 0
    if link is not None and link in text:
        text, weight = text.replace(link, "", 1), letters_weigh(link)
        weight = ADDRESS_WEIGHS if links_of(link) else weight
    return (
        weight
        + letters_weigh(text)
        + sum(max(0, ADDRESS_WEIGHS - len(address)) for address in links_of(text))
    )


def links_of(text: str) -> list[str]:
    """Pieces of `text` that X may take for the host of an address."""
    return [host for dot in re.finditer(r"\.", text) if (host := _host(text, dot.start()))]


def _host(text: str, dot: int) -> str:
    end = dot + 1
    while end < len(text) and (_is_of_domain(text[end]) or text[end] == "-"):
        end += 1
    top = next((text[dot + 1 : to] for to in range(end, dot, -1) if _is_top(text, dot + 1, to)), "")
    start = dot
    while start and (_is_of_domain(text[start - 1]) or text[start - 1] in "-._"):
        start -= 1
    has_scheme = text[:start].lower().endswith(("http://", "https://"))
    if not top or start == dot or not _is_of_domain(text[dot - 1]):
        return ""
    if has_scheme:
        return text[start : dot + 1 + len(top)]
    # Without a scheme a host is of Latin letters, and stands behind none of "_/@$#".
    latin = dot
    while latin > start and (_is_latin(text[latin - 1]) or text[latin - 1] == "."):
        latin -= 1
    host = text[latin : dot + 1 + len(top)]
    if host.startswith(".") and latin > start:
        return host[1:]  # behind a label of another script
    is_inside = text[latin - 1 : latin] in {"_", "/", "@", "＠", "$", "#", "＃"}
    # No label begins with a hyphen, and behind one there is no address without a scheme either
    # (js/src/regexp, validDomainName and invalidUrlWithoutProtocolPrecedingChars).
    has_hyphen = any(label.startswith("-") for label in host.split("."))
    return "" if is_inside or has_hyphen or host.startswith(".") or ".." in host else host


def _is_top(text: str, start: int, end: int) -> bool:
    word, after = text[start:end].lower(), text[end : end + 1]
    is_ended = not after or not re.match(r"[0-9a-zA-Z@+-]", after)
    return is_ended and (word in top_level_domains() or word.startswith("xn--"))


def _is_of_domain(char: str) -> bool:
    return char not in _NO_DOMAIN and not char.isspace()


def _is_latin(char: str) -> bool:
    return bool(
        re.match("[-a-z0-9À-ÖØ-öø-ÿ\u0100-\u024f\u0300-\u036f\u1e00-\u1eff]", char, re.IGNORECASE)
    )


def mentions_of(text: str) -> list[str]:
    """Mentions by either platform: X's are behind all but ASCII letters and some signs."""
    found = []
    for sign in re.finditer(r"[@＠](?=[A-Za-z0-9_])", text):
        before = text[: sign.start()]
        is_repost = re.search(r"(?:^|[^A-Za-z0-9_+~.-])[rR][tT]:?\Z", before) is not None
        if not before or is_repost or not _ASCII_WORD.match(before[-1]):
            found.append(re.match(r"\w+", text[sign.end() :])[0])  # type: ignore[index]
    return found


def commands_of(text: str) -> list[str]:
    """Commands of bots, as TDLib finds them."""
    found = []
    for slash in re.finditer(r"/([A-Za-z0-9_]{1,64})", text):
        before, after = text[: slash.start()][-1:], text[slash.end() :][:1]
        if not (_is_near(before) or _is_near(after)):
            found.append(slash[1])
    return found


def _is_near(char: str) -> bool:
    return bool(char) and (char in "_/<>" or unicodedata.category(char)[0] in "LN")


def without_addresses(text: str) -> str:
    """`text` with a letter for each address: Telegram reads those before their paths.

    Only those that begin a word: others may belong to what stands before them.
    """
    return "".join(map(_without_address, re.split(r"([ \n])", text)))


def _without_address(word: str) -> str:
    """`word` with a letter for its address, if TDLib takes it for one (match_urls, fix_url)."""
    bare = word.removeprefix("(")
    scheme, slashes, rest = bare.partition("://")
    if not slashes or scheme.lower() not in {"http", "https"}:
        return word
    path = re.search(r"[/?#][^\s()<>\"',;!]*|$", rest)
    assert path is not None
    host, colon, port = rest[: path.start()].partition(":")
    labels = host.split(".")
    is_host = len(labels) > 1 and all(map(_is_label, labels)) and labels[-1].isalpha()
    is_port = not colon or (port.isascii() and port.isdecimal() and 0 < int(port) < 65_536)
    if not (is_host and is_port) or len(labels[-1]) < 2 or host.lower() == "teiegram.org":
        return word
    return f"x{rest[path.end() :]}"


def _is_label(label: str) -> bool:
    is_written = re.fullmatch(r"[A-Za-z0-9-]+", label) is not None
    return is_written and len(label) < 64 and not label.endswith("-")
