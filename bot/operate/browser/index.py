"""The pages, in the order of the navigation."""

from __future__ import annotations

from typing import Final

from bot.operate.browser import explain, feeds, now, plan, plots, posts
from bot.operate.browser.preview.page import PAGE as PREVIEW

PAGES: Final = (now.PAGE, plan.PAGE, feeds.PAGE, PREVIEW, plots.PAGE, posts.PAGE, explain.PAGE)
