"""Every failure at the most verbose level, and every byte written searched for every secret."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode, urlsafe_b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest

from tests.e2e.world import ROOT, SECRETS, World
from tests.standins.faults import answer, drop, truncate
from tests.standins.feeds import Reply, redirect, trouble
from tests.standins.telegram import error_body
from tests.standins.x import problem

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD, KEY, HEADER = "pass-Wörd/of+feed", "0a1b2c3d4e5f6a7b8c9d", "Bearer-s3cret/of+a=header?"
HIDDEN = (*SECRETS.values(), PASSWORD, KEY, HEADER)


def spellings(secret: str) -> Iterator[bytes]:
    """Yield the forms to look for; written apart from the program's own list."""
    raw = secret.encode()
    yield raw
    yield repr(secret)[1:-1].encode()
    for coded in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        yield coded.encode()
        yield coded.encode().replace(b"%2F", b"%2f").replace(b"%2B", b"%2b")
    yield quote(quote(secret, safe=""), safe="").encode()
    for code in in_base64(raw):
        yield code[4:-4]  # without the letters that also hold bits of the neighbours


def in_base64(raw: bytes) -> Iterator[bytes]:
    for before in (b"", b"a", b"ab"):
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(before + raw + b":more")


def leaks(written: bytes) -> list[bytes]:
    places = {written.find(form) for secret in HIDDEN for form in spellings(secret)} - {-1}
    return [written[max(at - 200, 0) : at + 100] for at in sorted(places)]


def echo() -> str:
    """Return an error page that repeats everything it must not."""
    forms = [form.decode() for secret in HIDDEN for form in list(spellings(secret))[:-6]]
    forms += [form.decode() for secret in HIDDEN for form in in_base64(secret.encode())]
    return "<html><title>error</title>" + " ".join(forms) + "</html>"


# Several, since what is in doubt slows its channel down.
CHATS = {f"tin{number}": -1002 - number for number in range(4)}
TELEGRAM = "".join(
    f'[[channels]]\nid = "{name}"\naccount = "tg"\nchat = {chat}\nmax_per_hour = 1200\n'
    for name, chat in CHATS.items()
)
CHANNELS = f"""{TELEGRAM}
[[channels]]
id = "xtin"
account = "x"
max_per_hour = 400
[[channels]]
id = "broken"
platform = "console"
template = "broken.txt.j2"
"""


def feeds(bot: World) -> str:
    login = f"reader:{quote(PASSWORD, safe='')}"
    base = bot.web.base.replace("http://", f"http://{login}@")
    bot.web.serve("/echo", Reply(echo().encode(), status=500, content_type="text/html"))
    bot.web.serve("/html", Reply(echo().encode(), content_type="text/html"))
    bot.web.serve("/away", redirect(f"{base}/away?token={KEY}&x=1"))
    bot.web.serve("/far", redirect(f"gopher://{login}@h/?token={KEY}"))
    bot.web.serve("/reset", trouble("reset_midway"))
    bot.web.serve("/nonsense", trouble("bad_http"))
    bot.web.serve("/xml", Reply(f"<rss>{echo()}&nope;".encode()))
    good = [f"vn{number}.rss" for number in range(6)]
    paths = ("echo", "html", "away", "far", "reset", "nonsense", "xml", "missing", *good)
    closed = base.rpartition(":")[0] + ":9"
    addresses = [
        *(f"{base}/{path}" for path in paths),
        f"{closed}/closed",
        f"http://{login}@nowhere.invalid/",
    ]
    everywhere = json.dumps([*CHATS, "xtin", "broken"])
    return "".join(
        f'[[feeds]]\nid = "f{number}"\nurl = "{address}?token={KEY}"\nfirst_run = 9\n'
        f'headers = {{ Authorization = "{HEADER}" }}\nchannels = {everywhere}\n'
        for number, address in enumerate(addresses)
    )


BREAK = f"""
import asyncio, logging, sys, threading, warnings
import click
from bot.cli import main, newsbot
from bot.cli.options import with_settings
import gc
SECRETS = {HIDDEN!r}

@newsbot.command()
@with_settings
def explode(settings):
    config = settings.load()
    settings.secrets(config, config.channels.values())
    whole = " ".join(SECRETS)
    logging.getLogger("httpx").warning("POST /bot%s/x", whole)
    warnings.warn(whole)
    thread = threading.Thread(target=lambda: 1 / 0 if not whole else int(whole))
    thread.start(); thread.join()
    async def forgotten():
        raise ValueError(whole)
    async def run():
        task = asyncio.create_task(forgotten())
        await asyncio.sleep(0)
        del task
        gc.collect()
    asyncio.run(run())
    class Broken:
        def __del__(self):
            raise ValueError(whole)
    Broken()
    token = whole
    raise RuntimeError(token)

main(sys.argv[1:])
"""


@pytest.mark.long
def test_no_byte_written_holds_a_secret(bot: World) -> None:
    (bot.home / "templates").mkdir()
    (bot.home / "templates" / "broken.txt.j2").write_text(
        "{% if 'số' in title %}{{ 1 // 0 }}{% endif %}tin", encoding="utf-8"
    )
    for number in range(10):  # a feed each: what is in doubt holds up the next of its own feed
        bot.feed(f"vn{number}", f"Một tin số {number} của hôm nay")
    bot.write(CHANNELS + feeds(bot))
    html = [answer(502, echo()), answer(200, echo()), drop(), truncate()]
    refusals = [answer(status, error_body(status, echo())) for status in (400, 429, 403, 401)]
    answers = [answer(s, problem(s, echo(), echo())) for s in (400, 429, 403, 402, 401)]
    written = b""
    for chat in CHATS.values():
        bot.telegram.add_chat(chat)
    for fault in [*html, *refusals]:
        bot.telegram.faults.next(fault)
    for fault in [*html, *answers]:
        bot.x.faults.next(fault)
    for form in ("text", "json", "text"):
        environ = {"NEWSBOT_LOG_FORMAT": form}
        written += output(bot.run("--debug", "once", "--wait", "4s", **environ))
        written += exploded(bot, form)
        for name in ("tg", "x", "--all"):
            bot.run("resume", name)
    written += exploded(bot, "text", "--log-level", "info")
    for command in (("status",), ("deliveries",), ("explain", "tin"), ("check", "--online")):
        written += output(bot.run(*command, "--json"))
    for path in bot.home.glob("newsbot.db*"):
        written += path.read_bytes()
    assert len(bot.telegram.requests) > 8, "the failures were provoked"
    assert len(bot.x.requests) > 8
    assert b"[secret]" in written
    assert leaks(written) == []


ECHOING = (
    ("preview",),
    ("preview", "--json"),
    ("preview", "--html", "page.html"),
    ("check", "--online"),
    ("check", "--online", "--json"),
)


@pytest.mark.parametrize("command", ECHOING, ids=" ".join)
def test_a_server_that_repeats_the_keys_of_its_feed_does_not_get_them_shown(
    bot: World, command: tuple[str, ...]
) -> None:
    told = f"Tin {KEY} {HEADER} {quote(PASSWORD)} {PASSWORD} {quote(HEADER, safe='')}"
    item = f"<title>{told}</title><link>https://e.vn/?k={KEY}</link><description>{told}"
    rss = f"<rss><channel><title>{told}</title><item>{item}</description></item></channel></rss>"
    bot.web.serve("/rss", Reply(rss.encode()))
    bot.web.serve("/page", Reply(f"<html><title>{told}</title></html>".encode()))
    base = bot.web.base.replace("http://", f"http://reader:{quote(PASSWORD, safe='')}@")
    bot.write(
        '[[channels]]\nid = "terminal"\nplatform = "console"\n'
        + "".join(
            f'[[feeds]]\nid = "{name}"\nurl = "{base}/{name}?token={KEY}"\n'
            f'fetch_page = "never"\nheaders = {{ X-Key = "{HEADER}", Accept = "text/xml" }}\n'
            for name in ("rss", "page")
        )
    )
    done = bot.run(*command)
    page = bot.home / "page.html"
    written = output(done) + (page.read_bytes() if page.exists() else b"")
    assert leaks(written) == []
    assert b"rss" in written


def output(done: subprocess.CompletedProcess[str]) -> bytes:
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout.encode() + done.stderr.encode()


def exploded(bot: World, form: str, *arguments: str) -> bytes:
    """Return what a bug writes that carries all secrets in its exceptions."""
    arguments = arguments or ("--debug",)
    done = subprocess.run(
        [sys.executable, "-c", BREAK, *arguments, "explode"],
        cwd=bot.home,
        env={**os.environ, "PYTHONPATH": str(ROOT), **SECRETS, "NEWSBOT_LOG_FORMAT": form},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "RuntimeError" in done.stderr
    for told in ("ValueError", "thread", "UserWarning", "never retrieved", "could not be raised"):
        assert told in done.stderr, told
    return output(done)
