"""The pages, in the order of the navigation."""

from __future__ import annotations

from typing import Final

from bot.operate.browser import now

PAGES: Final = (now.PAGE,)
