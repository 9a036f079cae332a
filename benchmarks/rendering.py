"""What a post costs: CPU per post on articles already cleaned, beside bare Jinja2 on the same text.

The articles are the golden posts' (tests/unit/format/posts); each is rendered several times and
counts with its fastest, since other programs on the machine make a rendering only slower.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

from benchmarks.posts.kept_items import read_article
from bot.format.choosing import lead_of
from bot.format.hashtags import hashtag_of, hashtags
from bot.format.limits import _asked, is_address
from bot.format.render import render_post
from bot.format.templates import compile_template
from bot.models.basics import ChannelId, Platform
from bot.models.settings import Channel, TemplateText

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.models.stories import Article

ROOT = Path(__file__).parents[1]
TEMPLATES = {Platform.TELEGRAM: "telegram.html.j2", Platform.X: "x.txt.j2"}
LIMIT = 0.3  # milliseconds of CPU per post, at the median
REPEATED = 15
# What these remember of a post would make the second rendering cheaper than the first.
REMEMBERING = (_asked, is_address, hashtag_of)


def articles() -> list[Article]:
    return [read_article(path) for path in sorted(ROOT.glob("tests/unit/format/posts/*.json"))]


def milliseconds(work: Callable[[Article], object], article: Article) -> float:
    """Return the CPU time of the fastest of several runs."""
    times = []
    for _ in range(REPEATED):
        for memory in REMEMBERING:
            memory.cache_clear()
        start = time.process_time_ns()
        work(article)
        times.append(time.process_time_ns() - start)
    return min(times) / 1e6


def measure(platform: Platform, pool: list[Article]) -> bool:
    name = TEMPLATES[platform]
    text = TemplateText(
        name=name, source=(ROOT / "config" / "templates" / name).read_text(encoding="utf-8")
    )
    channel = Channel(
        id=ChannelId("k"),
        platform=platform,
        template=text,
        share=("telegram", "facebook", "copy"),
        hashtags_max=3 if platform is Platform.TELEGRAM else 2,
    )
    template = compile_template(text, platform)
    bare = jinja2.Environment(autoescape=platform is Platform.TELEGRAM).from_string(text.source)

    def by_jinja(article: Article) -> str:
        return bare.render(
            title=article.title,
            lead=lead_of(article).text,
            link=article.link,
            source=article.source,
            hashtags=hashtags(article, channel),
        )

    ours = sorted(milliseconds(lambda it: render_post(it, channel, template), it) for it in pool)
    base = statistics.median(milliseconds(by_jinja, it) for it in pool)
    median = statistics.median(ours)
    p90 = ours[len(ours) * 9 // 10]
    print(
        f"{platform:9} {len(ours)} posts: median {median:.3f} ms, p90 {p90:.3f} ms, limit {LIMIT}"
    )
    print(f"{'':9} bare Jinja2 {base:.3f} ms, ratio {median / base:.1f}")
    return median <= LIMIT


def main() -> bool:
    pool = articles()
    kept = [measure(platform, pool) for platform in TEMPLATES]
    return all(kept)


if __name__ == "__main__":
    main()
