"""Plots of the desk: drawn from sums by hour, the same in numbers, and bounded."""

from __future__ import annotations

from datetime import UTC, datetime
from time import process_time
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from bot.models.basics import AccountId, Platform
from bot.models.hours import HOUR, Sum, hour_of
from bot.models.settings import Account, Budget
from bot.operate.browser import plots
from bot.operate.browser.drawing import Plot, Series
from bot.operate.browser.plots import RANGES, money_plot, plots_of
from bot.wording import ENGLISH, wording
from tests.unit.operate.browser.kit import NOW, newsroom

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.engine import Store

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '"><script>alert(1)</script>'


def drawn(plot: Plot) -> ET.Element:
    return ET.fromstring(  # noqa: S314 - it is our own
        str(plot.svg()).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ')
    )


@pytest.mark.parametrize("kind", ["bars", "lines"])
@pytest.mark.parametrize("values", [(0, 0), (None, 5), (3.5, 0.001), (10**12, 1)])
def test_every_mark_stands_within_the_drawing(kind, values) -> None:
    plot = Plot(title="t", kind=kind, labels=["a", "b"], series=[Series(name="x", values=values)])
    for mark in drawn(plot):
        for name in ("x", "y", "x1", "y1", "cx", "cy"):
            assert 0 <= float(mark.get(name, 0)) <= 720
        assert float(mark.get("y", 0)) + float(mark.get("height", 0)) <= 200


def test_names_are_text_in_the_drawing_and_the_table() -> None:
    series = [Series(name=HOSTILE, values=[1])]
    plot = Plot(title=HOSTILE, kind="bars", labels=["a"], series=series)
    assert [one.tag for one in drawn(plot).iter() if "script" in one.tag] == []
    assert drawn(plot).get("aria-label") == HOSTILE


def test_the_table_says_what_the_drawing_shows() -> None:
    series = [Series(name="x", values=[1234, None]), Series(name="y", values=[0.5, 2])]
    plot = Plot(title="t", kind="bars", labels=["a", "b"], series=series)
    assert plot.rows == [("a", ["1,234", "0.50"]), ("b", ["–", "2"])]


def test_numbers_are_written_as_the_language_writes_them() -> None:
    series = [Series(name="x", values=[1234, 0.5])]
    plot = Plot(title="t", kind="lines", labels=["a", "b"], series=series, words=wording("vi"))
    assert plot.rows == [("a", ["1.234"]), ("b", ["0,50"])]
    assert [text.text for text in drawn(plot).iter(f"{SVG}text")][:3] == ["0", "1.000", "2.000"]


@pytest.mark.parametrize("most", [1, 2, 3, 90])
def test_a_scale_of_what_is_counted_has_no_halves(most: int) -> None:
    plot = Plot(title="t", kind="bars", labels=["a"], series=[Series(name="x", values=[most])])
    scale = [one.text or "" for one in drawn(plot).iter(f"{SVG}text")][:3]
    assert all(one.isdecimal() for one in scale), scale


def test_the_channels_with_the_most_posts_are_drawn_and_the_rest_is_one() -> None:
    sums = [Sum(slot=0, figure="posts", subject=f"c{one}", value=one) for one in range(1, 9)]
    sums += [Sum(slot=1, figure="delay", subject="60", value=2)]
    found = plots_of(sums, [""] * 24, RANGES["day"], ENGLISH)
    assert [one.name for one in found[0].series] == ["c8", "c7", "c6", "c5", "c4", "others"]
    assert found[0].series[-1].values[0] == 6
    assert found[1].series[0].values[:2] == [None, pytest.approx(52.5 / 60)]


def test_money_is_drawn_to_today_and_its_forecast_to_the_end_of_the_month() -> None:
    account = Account(
        id=AccountId("x"),
        platform=Platform.X,
        api_url="",
        secrets={},
        budget=Budget(per_day=2_000_000, per_month=40_000_000),
    )
    month = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 11, tzinfo=UTC), 30
    plot = money_plot(account, {0: 1_000_000, 9: 4_000_000}, month, ENGLISH)
    spent, guess = plot.series
    assert spent.values[:11] == [1] * 9 + [5, 5]
    assert set(spent.values[11:]) == {None}
    assert (guess.values[10], guess.values[29], plot.limit) == (5, 15.2, 40)
    assert "5,00" in money_plot(account, {0: 5_000_000}, month, wording("vi")).note
    assert plot.note == "5.00 of 40.00 USD spent; going on like this makes 15.20"


@pytest.mark.parametrize(("name", "start"), [("day", 10), ("week", 12), ("month", 0)])
def test_a_range_begins_at_a_slot_of_the_clock(name: str, start: int) -> None:
    found = RANGES[name].start(NOW.replace(minute=30))
    assert (found.hour, found.minute) == (start, 0)
    span = RANGES[name].slots * RANGES[name].hours * HOUR
    assert found + span > NOW.replace(minute=30) >= found + span - RANGES[name].hours * HOUR


async def test_a_month_of_300_channels_is_drawn_fast_and_small(
    store: Store, tmp_path: Path
) -> None:
    with store.database.write() as tx:
        first = hour_of(NOW) - 30 * 24
        rows = ((first + hour, f"channel-{one}", one) for hour in range(720) for one in range(300))
        tx.exec_driver_sql("INSERT INTO hours VALUES (?, 'posts', ?, ?)", list(rows))
    room = newsroom(tmp_path, store)
    began = process_time()
    page = plots.view(await plots.read(room, {"span": "month"}))
    assert process_time() - began < 0.3 * 2  # a busy machine, and the tracing of coverage
    assert len(page.encode()) < 100_000


async def test_the_page_speaks_the_language_of_the_file(store: Store, tmp_path: Path) -> None:
    room = newsroom(
        tmp_path, store, 'language = "vi"\n[[channels]]\nid = "t"\nplatform = "console"\n'
    )
    page = plots.view(await plots.read(room, {"span": "nonsense"}))
    assert wording("vi").phrase("Posts by channel") in page
    assert page.count("<svg") == 5
