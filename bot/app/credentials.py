"""Secrets: resolved for whom they are needed, and kept out of the logs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from bot.config.credentials import SHORTEST_SECRET, feed_secrets, resolve_secrets
from bot.errors import UsageError
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.app.adapters import Secrets
    from bot.config import Config
    from bot.models.basics import AccountId
    from bot.models.settings import Account, Channel


def secrets_of(
    config: Config,
    channels: Iterable[Channel],
    environ: Mapping[str, str],
    *,
    also: Iterable[AccountId] = (),
) -> dict[AccountId, dict[str, str]]:
    """Resolve the secrets of `also` and the accounts of `channels`. Raises ConfigError."""
    named = (channel.account for channel in channels)
    used = dict.fromkeys(id_ for id_ in (*named, *also) if id_ is not None)
    return {
        id_: resolve_secrets(config.accounts[id_], base_dir=config.base_dir, environ=environ)
        for id_ in used
    }


def operators_accounts(config: Config) -> dict[AccountId, Account]:
    """Return the accounts of the alerts and of the desk, by their ids."""
    named = [one.account for one in (config.alerts, config.desk) if one is not None]
    return {id_: config.accounts[id_] for id_ in named}


def start_logging(config: Config, level: str, secrets: Secrets) -> tuple[str, bool]:
    """Send logs to standard error, with nothing in them that is secret; return their form.

    That is "text" or "json", and whether they go to the journal.
    """
    from bot.log.output import configure

    hidden = [value for values in secrets.values() for value in values.values()]
    long_enough = [value for value in hidden if len(value) >= SHORTEST_SECRET]
    long_enough += [secret for feed in config.feeds.values() for secret in feed_secrets(feed)]
    form, is_journal = log_form(os.environ, config)
    configure(level, long_enough, config.timezone, form=form, is_journal=is_journal)
    return form, is_journal


def log_form(environ: Mapping[str, str], config: Config | None = None) -> tuple[str, bool]:
    """Return the form of the log, "text" or "json", and whether it goes to the journal.

    Raises UsageError for a form in the environment that does not exist.
    """
    from bot.log import FORMATS
    from bot.log.output import form_of

    wanted = environ.get("NEWSBOT_LOG_FORMAT", config.log.format if config else "auto").lower()
    if wanted not in FORMATS:
        text = told(
            "unknown format {wanted} in $NEWSBOT_LOG_FORMAT: use one of {names}",
            wanted=repr(wanted),
            names=", ".join(FORMATS),
        )
        raise UsageError(text)
    return form_of(wanted, sys.stderr, environ)
