"""Commands that look at what the bot did, and the operator's hands on it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from bot.cli.completion import complete_any, complete_channel
from bot.cli.database import act, with_store
from bot.cli.options import MOST, Settings, common_options, pass_settings
from bot.errors import NewsbotError, UsageError

if TYPE_CHECKING:
    from bot.config import Config
    from bot.models.basics import DeliveryId
    from bot.models.views import DeliveryRow, StoryTrace
    from bot.store.engine import Store

_DIGITS = 18  # that 64 bits hold for certain
STATES = ("pending", "sending", "unknown", "held", "failed", "sent", "dropped", "retracted")
"""Those of `bot.models`, which is slow to import: `newsbot --help` does without."""


@click.command()
@click.option("--watch", is_flag=True, help="Look every 2 seconds until Ctrl-C.")
@common_options
@pass_settings
def status(settings: Settings, watch: bool) -> None:
    """Tell whether all is well; show feeds, channels, what waits, and budgets."""
    config = settings.load()
    if not watch:
        _show_status(settings, config)
        return
    from bot.operate.state.status_watch import watch as watch_it

    watch_it(lambda: _show_status(settings, config))


def _show_status(settings: Settings, config: Config) -> None:
    from bot.app import is_running
    from bot.clock import utc_now
    from bot.operate.json_forms import json_text
    from bot.operate.state.status import print_status, status_json

    running = is_running(config, os.environ)
    document = with_store(
        config, lambda store: status_json(config, store, utc_now(), running=running)
    )
    if settings.json:
        click.echo(json_text(document))
    else:
        print_status(document, config)


@click.command()
@click.option("--state", type=click.Choice(STATES))
@click.option("--channel", metavar="ID", shell_complete=complete_channel)
@click.option(
    "--limit", type=click.IntRange(0, MOST), default=50, show_default=True, help="0: all."
)
@common_options
@pass_settings
def deliveries(settings: Settings, state: str | None, channel: str | None, limit: int) -> None:
    """List the outbox, newest first."""
    from bot.models.basics import ChannelId, DeliveryState
    from bot.operate.json_forms import json_text
    from bot.operate.names import known
    from bot.operate.state.deliveries import delivery_json, print_deliveries

    config = settings.load()
    only = ChannelId(known("channel", channel, config.channels)) if channel else None

    async def read(store: Store | None) -> list[DeliveryRow]:
        if store is None:
            return []
        wanted = DeliveryState(state) if state else None
        return list(await store.desk.deliveries(state=wanted, channel=only, limit=limit))

    rows = with_store(config, read)
    if settings.json:
        click.echo(json_text([delivery_json(row) for row in rows]))
    else:
        print_deliveries(rows, config.timezone)


@click.command()
@click.argument("text")
@common_options
@pass_settings
def explain(settings: Settings, text: str) -> None:
    """Tell what became of an item: TEXT is its link, its id or words of its title."""
    from bot.operate.json_forms import json_text
    from bot.operate.state.explain import trace_json, trace_lines

    config = settings.load()

    async def find(store: Store | None) -> list[StoryTrace]:
        return list(await store.desk.find_stories(text, limit=20)) if store else []

    traces = with_store(config, find)
    if settings.json:
        click.echo(json_text([trace_json(trace) for trace in traces]))
    for trace in traces if not settings.json else ():
        for line in trace_lines(trace, config.timezone):
            click.echo(line)
    if not traces:
        raise NewsbotError(f"nothing matches {text!r}: no feed has shown such an item so far")


@click.command()
@click.argument("delivery", metavar="ID")
@common_options
@pass_settings
def retry(settings: Settings, delivery: str) -> None:
    """Send a failed, dropped or unknown delivery again, or a single one that `storm` holds."""
    number = _delivery_id(delivery)
    act(settings.load(), lambda store, now: store.desk.retry(number, now))
    click.echo(f"delivery {delivery} will be sent", err=True)


@click.command()
@click.argument("delivery", metavar="ID")
@common_options
@pass_settings
def drop(settings: Settings, delivery: str) -> None:
    """Give up a delivery: it will not be sent."""
    number = _delivery_id(delivery)
    act(settings.load(), lambda store, now: store.desk.drop(number, now))
    click.echo(f"delivery {delivery} is dropped", err=True)


@click.command()
@click.argument("name", required=False, shell_complete=complete_any)
@click.option("--all", "everything", is_flag=True, help="Every channel.")
@common_options
@pass_settings
def pause(settings: Settings, name: str | None, everything: bool) -> None:
    """Stop polling a feed, or posting to a channel or account, until `resume`.

    What a feed brought before its pause is still posted.
    """
    from bot.operate.posting.pausing import pause as pause_subjects

    config = _config_with(settings, name, everything)
    for line in act(config, lambda store, now: pause_subjects(name, store, config, now)):
        click.echo(line, err=True)


@click.command()
@click.argument("name", required=False, shell_complete=complete_any)
@click.option("--all", "everything", is_flag=True, help="Every channel.")
@common_options
@pass_settings
def resume(settings: Settings, name: str | None, everything: bool) -> None:
    """Go on with what was paused, by `pause` or by the bot itself.

    `--all` leaves feeds and accounts as they are, as it does with `pause`.
    """
    from bot.operate.posting.pausing import resume as resume_subjects

    config = _config_with(settings, name, everything)
    for line in act(config, lambda store, _: resume_subjects(name, store, config)):
        click.echo(line, err=True)


COMMANDS = (status, deliveries, explain, retry, drop, pause, resume)


def _config_with(settings: Settings, name: str | None, everything: bool) -> Config:
    """Return the configuration, which knows the NAME. Raises UsageError where it does not."""
    from bot.operate.names import subjects_of

    if (name is None) == (not everything):
        raise click.UsageError("give a NAME or --all")
    config = settings.load()
    subjects_of(name, config)
    return config


def _delivery_id(text: str) -> DeliveryId:
    from bot.models.basics import DeliveryId

    if not text.isdecimal() or len(text) > _DIGITS:
        raise UsageError(f"{text!r} is no delivery: `newsbot deliveries` lists their ids")
    return DeliveryId(int(text))
