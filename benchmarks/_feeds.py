"""A process that serves synthetic feeds from memory: `python -m benchmarks._feeds` prints where.

`/SCENARIO/ROUND/NUMBER` is a feed of 20 to 60 items and about 107 KB: "304" has validators, "same"
has none and never changes, "one" has one new item on top in each round, "all" has only new ones.
Of ten feeds five are RSS with full text, two RSS with summaries, two Atom with full text, one Atom
with summaries; half are in Vietnamese. No two feeds share a story.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import random
from functools import lru_cache
from html import escape

from aiohttp import web

VI = (  # noqa: SIM905 - a sentence reads better
    "mạng cáp quang biển vừa được nối lại sau nhiều tuần gián đoạn các nhà trong nước cho biết lưu"
    " lượng quốc tế đã trở về mức bình thường từ sáng nay tại ba miền điện thoại mới ra mắt tháng"
).split()
EN = (  # noqa: SIM905 - as above
    "the new chip doubles battery life while a regulator opens its case against platform makers and"
    " researchers publish findings on open models that run at home without any cloud service today"
).split()
KINDS = ("rss", "rss", "rss", "rss", "rss", "rss-short", "rss-short", "atom", "atom", "atom-short")
ITEMS = int(os.environ.get("ITEMS", "0"))  # of each feed; 0 is 20 to 60


def size_of(number: int) -> int:
    return ITEMS or random.Random(number).randint(20, 60)


def _sentence(rng: random.Random, words: list[str]) -> str:
    return " ".join(rng.choices(words, k=rng.randint(9, 16))).capitalize() + "."


@lru_cache(maxsize=2)
def _paragraphs(lang: str) -> list[str]:
    rng, words = random.Random(lang), VI if lang == "vi" else EN
    return [" ".join(_sentence(rng, words) for _ in range(6)) for _ in range(500)]


def _item(scenario: str, number: int, place: int) -> str:
    kind, lang = KINDS[number % 10], ("vi", "en")[number // 10 % 2]
    rng = random.Random(f"{scenario} {number} {place}")
    words = VI if lang == "vi" else EN
    title = f"{' '.join(rng.choices(words, k=9))} {scenario}-{number}-{place}"
    link = f"https://site{number}.example/{scenario}/{place}-{rng.randrange(10**6)}.html"
    lead = f"{_sentence(rng, words)} {title} {_sentence(rng, words)}"
    text = f"<p>{lead}</p>"
    if not kind.endswith("short"):
        several = rng.choices(_paragraphs(lang), k=5)
        text += "".join(f'<p>{one} <a href="{link}#more">{title}</a></p>' for one in several)
        text += f'<p><img src="https://img.example/{number}/{place}.jpg" alt="x"/></p>'
    day, second = divmod(place * 1800, 86400)
    clock = f"{second // 3600:02}:{second // 60 % 60:02}:{number % 60:02}"
    date = f"2026-01-{day % 28 + 1:02}T{clock}Z"
    if kind.startswith("atom"):
        return (
            f"<entry><title>{escape(title)}</title><id>{link}</id>"
            f'<link rel="alternate" href="{link}"/><updated>{date}</updated>'
            f'<content type="html">{escape(text)}</content></entry>\n'
        )
    tag = "description" if kind.endswith("short") else "content:encoded"
    short = "" if kind.endswith("short") else f"<description>{escape(lead)}</description>"
    return (
        f"<item><title>{escape(title)}</title><link>{link}</link>"
        f'<guid isPermaLink="true">{link}</guid><pubDate>{date}</pubDate>{short}'
        f"<category>{words[place % 9]}</category><{tag}><![CDATA[{text}]]></{tag}></item>\n"
    )


def feed(scenario: str, round_: int, number: int) -> bytes:
    size = size_of(number)
    first = {"one": round_, "all": round_ * 100}.get(scenario, 0)
    items = "".join(_item(scenario, number, place) for place in range(first + size, first, -1))
    home = f"https://site{number}.example/"
    if KINDS[number % 10].startswith("atom"):
        head = f"<title>Site {number}</title><id>{home}</id><link href='{home}'/>"
        return f'<feed xmlns="http://www.w3.org/2005/Atom">{head}\n{items}</feed>'.encode()
    head = f"<title>Site {number}</title><link>{home}</link><description>News</description>"
    space = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return f'<rss version="2.0" {space}><channel>{head}\n{items}</channel></rss>'.encode()


@lru_cache(maxsize=4096)
def _packed(scenario: str, round_: int, number: int) -> bytes:
    return gzip.compress(feed(scenario, round_, number), 1, mtime=0)


class Server:
    """Serves whichever round it was told last."""

    def __init__(self) -> None:
        self.round = 0

    async def set_round(self, request: web.Request) -> web.Response:
        self.round = int(request.match_info["round"])
        return web.Response()

    async def feed(self, request: web.Request) -> web.Response:
        scenario, number = request.match_info["scenario"], int(request.match_info["number"])
        headers = {"Content-Encoding": "gzip"}
        if scenario == "304":
            headers["ETag"] = f'"{number}"'
            headers["Last-Modified"] = "Thu, 01 Jan 2026 00:00:00 GMT"
            if request.headers.get("If-None-Match") == headers["ETag"]:
                return web.Response(status=304, headers=headers)
        round_ = self.round if scenario in {"one", "all"} else 0
        body = _packed(scenario, round_, number)
        return web.Response(body=body, headers=headers, content_type="application/xml")


async def serve() -> None:
    server = Server()
    app = web.Application()
    app.router.add_get("/_round/{round}", server.set_round)
    app.router.add_get("/{scenario}/{run}/{number}", server.feed)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
