"""The pages, in the order of the navigation."""

from __future__ import annotations

from typing import Final

from bot.operate.browser import explain, feeds, now, plan, plots, posts

PAGES: Final = (now.PAGE, plan.PAGE, feeds.PAGE, plots.PAGE, posts.PAGE, explain.PAGE)
