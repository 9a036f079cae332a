"""Commands that show the bot's state and its outbox, and that change them by hand."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from bot.cli.completion import complete_any, complete_channel
from bot.cli.database import act, with_store
from bot.cli.options import MOST, STOPPED, Settings, run_async, show, surroundings, with_settings
from bot.errors import NewsbotError, StoreError
from bot.operate.say import say
from bot.visible import visible_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.config import Config
    from bot.models.views import DeliveryRow, StoryTrace
    from bot.store.engine import Store

_STAGE = 10  # cells: the name of a stage before what is said of it
STATES = ("pending", "sending", "unknown", "held", "failed", "sent", "dropped", "retracted")
"""Those of `bot.models`, which is slow to import: `newsbot --help` does without."""


@click.command()
@click.option("--watch", is_flag=True, help="Look every 2 seconds until Ctrl-C.")
@with_settings
def status(settings: Settings, watch: bool) -> None:
    """Tell whether all is well; show feeds, channels, queues and budgets.

    The exit code is 1 where it is not.
    """
    settings.found = STOPPED
    config = settings.load()
    if watch:
        from bot.operate.state.status_watch import watch as watch_it

        watch_it(lambda: _show_status(settings, config, _at_once), crop=not settings.json)
        return
    from bot.operate.state.status_watch import show_verdict_last

    is_well, fault = _show_status(
        settings, config, _at_once if settings.json else show_verdict_last
    )
    if fault is not None:
        raise fault
    if not is_well:
        raise click.exceptions.Exit(1)


def _at_once(draw: Callable[[], object]) -> None:
    draw()


def _show_status(
    settings: Settings, config: Config, draw: Callable[[Callable[[], object]], object]
) -> tuple[bool, StoreError | None]:
    """Print it; return whether all is well, and why the database cannot be read if it cannot."""
    from bot.app.stores import presence, refuse_lost
    from bot.clock import utc_now
    from bot.operate.state.status import status_json
    from bot.operate.state.status_tables import print_status

    environ = surroundings(config.path)
    tell = partial(status_json, config, presence=presence(config, environ))

    async def of_database(store: Store | None) -> dict[str, Any]:
        if store is None:
            refuse_lost(config, environ)
            return await tell(None, utc_now())
        clock = await store.clock(utc_now)
        return await tell(store, clock())

    fault: StoreError | None = None
    try:
        document = with_store(config, of_database)
    except StoreError as error:
        # Monitoring reads a document, not the line of an error: a full disk can keep it unread.
        document, fault = run_async(tell(None, utc_now(), fault=error)), error
    draw(lambda: show(settings, document, lambda: print_status(document, config)))
    return document["well"], fault


@click.command()
@click.option("--state", type=click.Choice(STATES))
@click.option("--channel", metavar="ID", shell_complete=complete_channel)
@click.option(
    "--limit", type=click.IntRange(0, MOST), default=50, show_default=True, help="0: all."
)
@with_settings
def deliveries(settings: Settings, state: str | None, channel: str | None, limit: int) -> None:
    """List the outbox, newest first."""
    from bot.app.stores import refuse_lost
    from bot.clock import utc_now
    from bot.models.basics import ChannelId, DeliveryState
    from bot.operate.names import known
    from bot.operate.state.deliveries import delivery_json, print_deliveries
    from bot.operate.state.plans import plan_for

    settings.found = []
    config = settings.load()
    only = ChannelId(known("channel", channel, config.channels)) if channel else None
    wanted = DeliveryState(state) if state else None

    async def read(store: Store | None) -> list[DeliveryRow]:
        if store is None:
            refuse_lost(config, surroundings(config.path))
            return []
        return list(await store.desk.deliveries(state=wanted, channel=only, limit=limit))

    rows, now = with_store(config, read), utc_now()
    show(
        settings,
        [delivery_json(row, plan_for(row, config, now)) for row in rows],
        lambda: print_deliveries(rows, config, now),
    )


@click.command()
@click.argument("text", nargs=-1, required=True)
@with_settings
def explain(settings: Settings, text: tuple[str, ...]) -> None:
    """Explain the fate of an item: TEXT is its link, its id or words of its title."""
    from bot.app.stores import refuse_lost
    from bot.clock import utc_now
    from bot.operate.state.explain import trace_json, trace_lines
    from bot.operate.state.plans import plan_for

    settings.found = []
    config, words = settings.load(), " ".join(text)

    async def find(store: Store | None) -> list[StoryTrace]:
        if store is None:
            refuse_lost(config, surroundings(config.path))
            return []
        return list(await store.desk.find_stories(words, limit=20))

    def as_text() -> None:
        for trace in traces:
            for line in trace_lines(trace, config.timezone, plan_of):
                say(visible_line(line), hang=_STAGE)

    traces = with_store(config, find)
    plan_of = partial(plan_for, config=config, now=utc_now())
    show(settings, [trace_json(trace, plan_of) for trace in traces], as_text)
    if not traces:
        raise NewsbotError(f"nothing matches {words!r}: no feed has shown such an item so far")


_delivery = click.argument("delivery", metavar="ID")


@click.command()
@_delivery
@with_settings
def retry(settings: Settings, delivery: str) -> None:
    """Send a failed, dropped or unknown delivery again, or a single one that `storm` holds."""
    from bot.operate.posting import by_id

    number = by_id.delivery_id(delivery)
    say(act(settings.load(), lambda store, now: by_id.retry(number, store, now)), err=True)


@click.command()
@_delivery
@with_settings
def drop(settings: Settings, delivery: str) -> None:
    """Give up a delivery: it will not be sent."""
    from bot.operate.posting import by_id

    number, config = by_id.delivery_id(delivery), settings.load()
    say(act(config, lambda store, now: by_id.drop(number, store, config, now)), err=True)


@click.command()
@_delivery
@with_settings
def advance(settings: Settings, delivery: str) -> None:
    """Move a delivery that waits to the front of its queue.

    Only stories of high priority go before it. Hours, pace, budget and approval stay as they are.
    """
    from bot.operate.posting import by_id

    number, config = by_id.delivery_id(delivery), settings.load()
    say(act(config, lambda store, now: by_id.advance(number, store, config, now)), err=True)


def _with_name(command: Callable[..., None]) -> Callable[..., None]:
    """Add NAME and --all."""
    name = click.argument("name", required=False, shell_complete=complete_any)
    everything = click.option("--all", "everything", is_flag=True, help="Every channel.")
    return name(everything(command))


@click.command()
@_with_name
@with_settings
def pause(settings: Settings, name: str | None, everything: bool) -> None:
    """Stop polling a feed, or posting to a channel or account, until `resume`.

    Stories that a feed brought before its pause are still posted.
    """
    from bot.operate.posting import pausing

    config = _config_with(settings, name, everything)
    for line in act(config, lambda store, now: pausing.pause(name, store, config, now)):
        say(line, err=True)


@click.command()
@_with_name
@with_settings
def resume(settings: Settings, name: str | None, everything: bool) -> None:
    """End a pause by `pause` or by the bot itself.

    `--all` leaves feeds and accounts as they are, as it does with `pause`.
    """
    from bot.operate.posting import pausing

    config = _config_with(settings, name, everything)
    for line in act(config, lambda store, _: pausing.resume(name, store, config)):
        say(line, err=True)


COMMANDS = (status, deliveries, explain, retry, drop, advance, pause, resume)


def _config_with(settings: Settings, name: str | None, everything: bool) -> Config:
    """Return the configuration, which knows the NAME. Raises UsageError where it does not."""
    from bot.operate.names import subjects_of

    if (name is None) == (not everything):
        raise click.UsageError("give a NAME or --all")
    config = settings.load()
    subjects_of(name, config)
    return config
