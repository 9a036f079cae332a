"""The document of `status --json` as tables for people: first whether all is well."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.moments import local_time, with_local_times
from bot.operate.say import say
from bot.operate.spans import span
from bot.operate.state.health import delay_text, print_headline
from bot.operate.state.hubs import print_hubs
from bot.operate.state.nodes import print_nodes
from bot.operate.state.status import COUNTS
from bot.operate.summary.best import print_best
from bot.operate.tables import print_table

if TYPE_CHECKING:
    from bot.config import Config

_MONEY = ("spent_day", "left_day", "spent_month", "left_month", "forecast_month")


def print_status(status: dict[str, Any], config: Config) -> None:
    """Print the document of `status_json` for people: first whether all is well."""
    print_headline(status, config.timezone)
    _print_feeds(status["feeds"], config)
    say()
    _print_channels(status["channels"], config)
    print_hubs(status, config.timezone)
    _print_plans(status["channels"], config)
    print_nodes(status, config.timezone)
    if status["budgets"]:
        _print_budgets(status["budgets"])
    if status["last_errors"]:
        _print_errors(status["last_errors"], config)
    if status["filtered"]:
        say()
        rows = [(one["items"], one["channel"], one["why"]) for one in status["filtered"]]
        print_table(("KEPT OUT IN A DAY", "OF", "BY A FILTER"), rows, notes=("BY A FILTER",))
    print_best(status["best_rated"])
    if status["merges"]["merged"]:
        merged, undone = status["merges"].values()
        say()
        say(f"merged with other outlets' posts in 30 days: {merged}, undone by `retry`: {undone}")


def _print_feeds(feeds: list[dict[str, Any]], config: Config) -> None:
    print_table(
        ("FEED", "STATE", "POLLED", "LAST SUCCESS", "LAST NEW", "ERRORS", "REASON"),
        [
            (
                feed["id"],
                feed["state"],
                _polled(feed["polling"]["every"]),
                _when(feed["last_success"], config),
                _when(feed["last_new"], config),
                feed["errors"],
                _why(feed["reason"], config),
            )
            for feed in feeds
        ],
        notes=("REASON",),
    )


def _print_channels(channels: list[dict[str, Any]], config: Config) -> None:
    print_table(
        (
            "CHANNEL",
            "PLATFORM",
            "STATE",
            *(name.upper().replace("_", " ") for name in COUNTS),
            "DELAY",
            "95 %",
            "REASON",
        ),
        [
            (
                channel["id"],
                channel["platform"],
                channel["state"],
                *(channel[name] for name in COUNTS),
                *delay_text(channel["delay"]),
                _why(channel["reason"], config),
            )
            for channel in channels
        ],
        notes=("REASON",),
    )


def _print_plans(channels: list[dict[str, Any]], config: Config) -> None:
    """Say when channels with fixed times post next."""
    rows = [
        (channel["id"], plan["what"], _when(plan["at"], config), channel["pending"])
        for channel in channels
        for plan in channel["next"]
        if channel["state"] != "disabled"
    ]
    if rows:
        say()
        print_table(("NEXT TIME OF", "WHAT", "AT", "PENDING"), rows)


def _print_errors(errors: list[dict[str, Any]], config: Config) -> None:
    say()
    print_table(
        ("LAST ERRORS", "WHEN", "REASON"),
        [
            (
                f"{error['scope']} {error['subject']}",
                _when(error["at"], config),
                _why(error["reason"], config),
            )
            for error in errors
        ],
        notes=("REASON",),
    )


def _print_budgets(budgets: list[dict[str, Any]]) -> None:
    say()
    print_table(
        ("ACCOUNT", "SPENT TODAY", "LEFT TODAY", "SPENT MONTH", "LEFT MONTH", "FORECAST MONTH"),
        [(budget["account"], *(f"{budget[name]} USD" for name in _MONEY)) for budget in budgets],
    )


def _polled(seconds: int | None) -> str:
    return "" if seconds is None else span(seconds)


def _why(reason: dict[str, str] | None, config: Config) -> str:
    return with_local_times(reason["text"], config.timezone) if reason else ""


def _when(moment: str | None, config: Config) -> str:
    return local_time(datetime.fromisoformat(moment), config.timezone) if moment else "never"
