"""Wiring: the only place that names concrete adapters. Heavy libraries load where they are used."""

from bot.app.adapters import page_fetcher
from bot.app.credentials import alert_account, secrets_of, start_logging
from bot.app.enabled import alert_chat, enabled_channels, enabled_feeds, telegram_accounts
from bot.app.looking import online_findings, previews, read_feeds, read_pages, telegram_chats
from bot.app.rereading import read_article
from bot.app.running import observed, wired_route, wired_runner
from bot.app.stores import copied_store, existing_store, is_running, owned_store, store_for_test

__all__ = [
    "alert_account",
    "alert_chat",
    "copied_store",
    "enabled_channels",
    "enabled_feeds",
    "existing_store",
    "is_running",
    "observed",
    "online_findings",
    "owned_store",
    "page_fetcher",
    "previews",
    "read_article",
    "read_feeds",
    "read_pages",
    "secrets_of",
    "start_logging",
    "store_for_test",
    "telegram_accounts",
    "telegram_chats",
    "wired_route",
    "wired_runner",
]
