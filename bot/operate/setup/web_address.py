"""`newsbot web`: where the desk is, and how a browser of another machine comes there."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from bot.config.mistakes import show_name
from bot.config.schema.addresses import is_loopback
from bot.errors import NewsbotError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.config import Config, Web
    from bot.models.alerts import Presence

_ANY = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - it is read, not listened on
_KINDS = {"env": "the environment variable", "file": "the file", "credential": "the credential"}


def web_json(config: Config, presence: Presence) -> dict[str, Any]:
    """Return the documented JSON document. Raises NewsbotError where there is no desk."""
    web = config.web
    if web is None:
        raise NewsbotError(
            f'there is no desk in the browser: write [web] with listen = "127.0.0.1:8080" into '
            f"{config.path}, and restart newsbot"
        )
    if not web.has_desk:
        raise NewsbotError(
            "there is no desk in the browser: the internet may reach it by web.public_url, so add "
            'token = { env = "NEWSBOT_WEB_TOKEN" } to [web] in '
            f"{config.path}, and restart newsbot"
        )
    here = _address(web)
    return {
        "url": here,
        "public_url": web.public_url and f"{web.public_url}/",
        "ssh": _tunnel(web),
        "running": presence.running,
        "token": None if web.token is None else f"{_KINDS[web.token.kind]} {web.token.name}",
    }


def web_lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield the same for people."""
    yield f"the desk is at {found['url']}"
    if found["public_url"]:
        yield f"and on the internet at {found['public_url']}"
    if found["ssh"]:
        yield f"from another machine: {found['ssh']}, then open {found['url']} there"
    if found["token"]:
        yield f"sign in with what {show_name(found['token'])} holds"
    if found["running"] is False:
        yield "newsbot does not run, so nothing answers there yet: start it (`newsbot run`)"


def _address(web: Web) -> str:
    host = f"[{web.host}]" if ":" in web.host else web.host
    return f"http://{_ANY.get(web.host, host)}:{web.port}/"


def _tunnel(web: Web) -> str | None:
    """Return the command that leads there from another machine, None where none is needed."""
    if not is_loopback(web.host):
        return None
    return f"ssh -L {web.port}:{web.address} {socket.gethostname()}"
