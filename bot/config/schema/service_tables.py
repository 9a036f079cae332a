"""The tables of the service itself: alerts, log, figures, hubs."""

from __future__ import annotations

from typing import Literal

from bot.config.schema.keys import Table, key, required
from bot.config.schema.kinds import Chat, Id, Limit, Listen, OpenListen, PublicUrl, Secret
from bot.wording import marked


class AlertsTable(Table):
    """[alerts]: the chat in which the operator hears of trouble."""

    account: Id = required(marked("the Telegram account that sends the alerts"), stand_in="")
    chat: Chat = required(marked("the chat that receives the alerts"), stand_in=0)
    feed_errors: Limit = key(
        5, "failures in a row after which a feed is in trouble, here and in `newsbot status`"
    )


class LogTable(Table):
    """[log]: how much the log says, and in which form."""

    level: Literal["debug", "info", "warning", "error"] = key(
        "info", 'the least level that is logged; polls that bring nothing are logged at `"debug"`'
    )
    format: Literal["auto", "text", "json"] = key(
        "auto", '`"json"` is one object a line; `"auto"` is JSON under systemd, else text'
    )


class MetricsTable(Table):
    """[metrics]: figures for Prometheus, and whether the service lives."""

    listen: Listen = required(
        marked(
            'where to answer, such as `"127.0.0.1:9464"` or `"[::1]:9464"`; only on this machine, '
            "for nobody is asked for a password"
        ),
        stand_in=("127.0.0.1", 9464),
    )


class NodesTable(Table):
    """[nodes]: what this machine does where several share a PostgreSQL."""

    roles: list[Literal["poll", "deliver"]] = key(
        ["poll", "deliver"],
        "whether this machine polls feeds, sends posts, or both; `newsbot run --role poll` says it "
        "for one machine whose file is the same as the others'",
    )
    concurrency: Limit = key(
        64, "how many polls, and how many posts and searches, are under way at a time"
    )


class WebTable(Table):
    """[web]: the desk in the browser, and the address at which hubs push news."""

    listen: OpenListen = key(
        "127.0.0.1:8080",
        "where to answer; beyond this machine (`0.0.0.0`, `[::]` or an address of it) only with a "
        "`token`",
    )
    token: Secret = key(
        None,
        "what a browser signs in with, at least 16 characters; without it the desk is for whoever "
        "works on this machine, and with `public_url` there is none",
        default_is="none",
    )
    public_url: PublicUrl = key(
        None,
        'the address of this service on the internet, such as `"https://bot.example.org"`, maybe '
        "with a path, where a web server with a certificate passes it on; without it nothing is "
        "subscribed to",
        default_is="none",
    )
