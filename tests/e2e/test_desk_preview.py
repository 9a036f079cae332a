"""The preview of the desk in headless Chromium, before a running bot: an edit is seen, and saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.chromium import browser
from tests.e2e.test_desk_browser import BODY, MAIN, looks, one_title
from tests.e2e.world import world
from tests.unit.operate.preview.kit import HOSTILE
from tests.unit.operate.state.test_metrics import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.chromium import Browser

pytestmark = pytest.mark.browser

POSTS = "document.getElementById('shown').innerText"
TYPE = """((id, text) => { const area = document.getElementById(id); area.value = text;
    area.dispatchEvent(new Event("input", {bubbles: true})); area.focus(); })"""


def typed(chromium: Browser, place: str, text: str) -> None:
    chromium.run(f"{TYPE}({place!r}, {text!r})")


def test_an_edit_is_seen_while_it_is_typed_and_saved_by_keyboard_alone(tmp_path: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    with world(tmp_path) as one, browser(tmp_path / "profile") as chromium:
        titles = [text for text in HOSTILE if "\x00" not in text and "{{" not in text]
        feed = one.feed(
            "tin", *map(one_title, titles), "Tin về game", "Tin về chip", every_min="1s"
        )
        one.write(
            f'[web]\nlisten = "127.0.0.1:{port}"\n'
            '[[channels]]\nid = "tg"\naccount = "tg"\nchat = "@tincongnghe"\nmin_gap = "0s"\n'
            'image = "never"\nmax_per_hour = 60\nexclude = [\n  "game",  # trò chơi\n]\n'
            f"{feed}channels = ['tg']\n"
        )
        own = tmp_path / "templates" / "telegram.html.j2"
        with one.service():
            one.wait_for(lambda: any("chip" in post["text"] for post in one.telegram.posts()))
            chromium.show_at(1280, "light")
            chromium.open(f"{address}preview?edit=template")
            assert "Tin về chip" in chromium.run(POSTS)
            # what was filtered has its whole text from a fetch
            assert "tin tin số 5" in chromium.run(POSTS)
            assert "exclude" in chromium.run(POSTS)
            looks(chromium, "template")
            typed(chromium, "text", "<b>MỚI {{ title }}</b>\n{{ source }}")
            chromium.wait(lambda: "MỚI Tin về chip" in chromium.run(POSTS))
            typed(chromium, "text", "<b>MỚI {{ titel }}</b>")
            chromium.wait(lambda: 'có phải ý bạn là "title"?' in chromium.run(MAIN))
            assert "MỚI Tin về chip" in chromium.run(POSTS)
            looks(chromium, "mistake")
            typed(chromium, "text", "<b>MỚI {{ title }}</b>")
            chromium.wait(lambda: chromium.run("document.querySelectorAll('.fault').length") == 0)
            assert not own.exists()
            chromium.press("Tab")
            assert chromium.run("document.activeElement.id") == "save"
            chromium.press("Enter")
            chromium.wait(lambda: "đã lưu " in chromium.run(BODY))
            assert own.read_text(encoding="utf-8") == "<b>MỚI {{ title }}</b>"
            one.add("tin", "Tin nóng")
            one.wait_for(lambda: any("MỚI Tin nóng" in p["text"] for p in one.telegram.posts()))
            chromium.open(f"{address}preview?channel=tg&feed=tin&edit=channel")
            assert "exclude" in chromium.run(POSTS)
            looks(chromium, "filter")
            typed(chromium, "exclude", "game\nchip")
            chromium.wait(lambda: 'tin có "chip"' in chromium.run(POSTS))
            chromium.press("Tab")
            chromium.press("Enter")
            chromium.wait(lambda: "đã lưu bộ lọc" in chromium.run(BODY))
            written = one.config.read_text(encoding="utf-8")
            assert '  "game",  # trò chơi\n  "chip",\n]' in written
            assert chromium.troubles == []
            assert all(asked.startswith(address) for asked in chromium.asked)
