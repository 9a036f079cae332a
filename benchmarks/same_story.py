"""How often two reports of one event are recognised, and how often two events are taken for one.

Reads `../shared`: composed pairs in four languages, split by story into two halves (the method was
fitted to one, the other is reported); the streams of 255 feeds; and 3,332 labelled headlines.
`python -m benchmarks.same_story words` writes the shipped counts of common words anew.
"""

from __future__ import annotations

import csv
import heapq
import json
import sys
import time
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import feedparser

from bot.dedupe.events.common import PRIOR_REPORTS, Common, counts_of, shipped
from bot.dedupe.events.report import report_of
from bot.dedupe.events.score import compare
from bot.dedupe.events.words import plain_lead, plain_title, words_of
from bot.models.events import Count, Likeness

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.dedupe.events.report import Report

SHARED = Path(__file__).parents[1].parent / "shared"
PAIRS = SHARED / "same_story" / "dev_pairs.csv"
FEEDS = SHARED / "corpus" / "feeds"
MANIFEST = SHARED / "corpus" / "MANIFEST.csv"
HEADLINES = SHARED / "corpus" / "labelled" / "same_story_headlines.csv"
COMMON = Path(__file__).parents[1] / "bot" / "dedupe" / "events" / "lists" / "common.json"
WORDS, WORDS_OF_REPORT, LETTERS = 1500, 30, 3000
TELLING, MOST_STORIES, CANDIDATES, LEAST = 12, 400, 6, 1.5
INDEXED = 0.3
LANGUAGES = ("en", "vi", "de", "ru", "fr", "es", "sv")


class Text(NamedTuple):
    """What one outlet published."""

    outlet: str
    language: str
    title: str
    lead: str
    story: str = ""


def main() -> bool:
    """Print precision and recall; return False where the texts are not there."""
    if not PAIRS.exists():
        print(f"skipped: {PAIRS} is not there")
        return True
    for half in ("tune", "report"):
        _print_pairs(half)
    for language in ("en", "de", "ru", "vi"):
        _print_stream(language, [text for text in streams() if text.language == language])
    _print_stream("headlines", [*headlines()])
    return True


def _print_pairs(half: str) -> None:
    rows = [row for row in pairs() if row["half"] == half]
    found: Counter[tuple[str, bool]] = Counter()
    for row in rows:
        common = taught(row["language"], "report" if half == "tune" else "tune")
        one, other = (
            report_of(row[f"title_{side}"], row[f"lead_{side}"], common.capitals) for side in "ab"
        )
        is_same = compare(one, other, common.weigh).likeness is Likeness.SAME
        found[row["label"], is_same] += 1
        found[row["kind"], is_same] += 1
    right, wrong = found["same", True], found["different", True]
    near = sum(found[kind, True] for kind in ("same-near", "same-reord"))
    of_near = near + sum(found[kind, False] for kind in ("same-near", "same-reord"))
    print(
        f"pairs, {half} half: precision {right / (right + wrong):.3f} ({wrong} wrong), "
        f"recall {right / (right + found['same', False]):.3f}, "
        f"of near and reordered {near} of {of_near}"
    )


@cache
def pairs() -> tuple[dict[str, str], ...]:
    """Return the composed pairs."""
    with PAIRS.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def taught(language: str, half: str) -> Common:
    """Return what the feeds and the texts of the other half teach about a language."""
    texts = [(text.title, text.lead) for text in streams() if text.language == language]
    texts += _texts_of_half(language, half)
    counts: dict[str, Count] = {}
    for title, lead in texts:
        for word, more in counts_of(title, lead).items():
            counts[word] = counts.get(word, Count()) + more
    return Common(counts=counts, reports=len(texts), prior=shipped(language))


def _texts_of_half(language: str, half: str) -> list[tuple[str, str]]:
    texts = {
        (row[f"title_{side}"], row[f"lead_{side}"])
        for row in pairs()
        if (row["language"], row["half"]) == (language, half) and row["id"].startswith("con")
        for side in "ab"
    }
    return sorted(texts)


@cache
def streams() -> tuple[Text, ...]:
    """Return the items of the captured feeds."""
    with MANIFEST.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["file"].startswith("feeds/")]
    found: dict[tuple[str, str], Text] = {}
    for row in rows:
        language = (row["language"] or row["language_guess"])[:2].lower()
        parsed = feedparser.parse((FEEDS.parent / row["file"]).read_bytes(), sanitize_html=False)
        for entry in parsed.entries:
            title, lead = entry.get("title") or "", (entry.get("summary") or "")[:LETTERS]
            found[row["site"], title] = Text(row["site"], language, title, lead)
    return tuple(found.values())


def headlines() -> Iterable[Text]:
    """Yield the labelled headlines."""
    with HEADLINES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Text(row["hostname"], "en", row["title"], "", row["story"])


def _print_stream(name: str, texts: Sequence[Text]) -> None:
    began = time.process_time()
    merged = list(_merged(texts, taught(texts[0].language, "tune")))
    spent = 1000 * (time.process_time() - began) / len(texts)
    count = len(texts) * (len(texts) - 1) // 2
    wrong = [(one, other) for one, other in merged if one.story != other.story]
    labelled = f", {len(wrong)} of different stories" if texts[0].story else ""
    print(
        f"{name}: {len(texts)} items, {count:,} pairs, {len(merged)} merged{labelled}, "
        f"{spent:.2f} ms an item"
    )
    for one, other in wrong if texts[0].story else merged:
        print(f"  {one.outlet}: {one.title}\n  {other.outlet}: {other.title}")


def _merged(texts: Sequence[Text], common: Common) -> Iterable[tuple[Text, Text]]:
    """Yield the pairs of two outlets that are taken for one event, each item after those before."""
    known: list[tuple[Text, Report]] = []
    index: defaultdict[str, list[int]] = defaultdict(list)
    for text in texts:
        report = report_of(text.title, text.lead, common.capitals)
        for place in _candidates(report, index, common):
            other, its = known[place]
            likeness = compare(report, its, common.weigh).likeness
            if other.outlet != text.outlet and likeness is Likeness.SAME:
                yield other, text
        for word in report.words:
            if common.weigh(word) > INDEXED:
                index[word].append(len(known))
        known.append((text, report))


def _candidates(report: Report, index: dict[str, list[int]], common: Common) -> list[int]:
    scores: Counter[int] = Counter()
    for word in heapq.nlargest(TELLING, report.words, key=common.weigh):
        if len(index[word]) <= MOST_STORIES:
            for place in index[word]:
                scores[place] += common.weigh(word)  # type: ignore[assignment]
    return [place for place, score in scores.most_common(CANDIDATES) if score >= LEAST]


def write_words() -> None:
    """Write the counts of the commonest words of each language anew."""
    found = {language: _common_words(language) for language in LANGUAGES}
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    COMMON.write_text(text.replace("},", "},\n") + "\n", encoding="utf-8")


def _common_words(language: str) -> dict[str, float]:
    texts = [(text.title, text.lead) for text in streams() if text.language == language]
    counts = Counter(
        word.folded
        for title, lead in texts
        for word in (*words_of(plain_title(title)), *words_of(plain_lead(lead)))
        if not word.has_digit
    )
    every = counts.total()
    return {
        word: round(PRIOR_REPORTS * (1 - (1 - count / every) ** WORDS_OF_REPORT), 1)
        for word, count in counts.most_common(WORDS)
        if count > 1
    }


if __name__ == "__main__":
    write_words() if sys.argv[1:] == ["words"] else main()
