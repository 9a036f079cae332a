"""A secret that was pasted to a wrong place is told as a mistake, and never repeated."""

from __future__ import annotations

import random
import string
from typing import TYPE_CHECKING

import pytest

from bot.config import check_secrets
from bot.config.mistakes import quote
from bot.config.secret_shapes import looks_secret
from bot.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.config import Config

TELEGRAM = "7712345678:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
X_KEY = "xvz1evFS4wEEPTGEFPHBog4T8"
X_TOKEN = "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"
X_SECRET = "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE4Tq8"
PASSWORD = "sesame-open"
ADDRESS = f"https://reader:{PASSWORD}@t.me/tincongnghe"
SECRETS = (TELEGRAM, X_KEY, X_TOKEN, X_SECRET, ADDRESS)
WORDS = (
    "tin-cong-nghe-2024-ai",
    "TELEGRAM_TOKEN_2",
    "telegramtoken2024prod",
    "TelegramBotTokenForNews",
    "/etc/newsbot/credentials/telegram_token",
    "/srv/Feeds/TinCongNghe/Khoa_Hoc/2024/ai.xml",
    "templates/telegram2024.html.j2",
    "@tincongnghe24h",
    "https://t.me/tincongnghe",
    "Asia/Ho_Chi_Minh",
    "127.0.0.1:9464",
    "23:00-06:00",
    "mailto:bot@example.org",
    "https://example.org/a/b?id=1234567890",
    "Tin: xin chào @ban",
)
ACCOUNT = '[accounts.tg]\nplatform = "telegram"\ntoken = { env = "T" }\n'
CHANNEL = '[[channels]]\nid = "c"\nplatform = "console"\n'
FEED = '[[feeds]]\nid = "f"\nurl = "https://example.org/f"\n'
PLACES = {
    "platform of an account": '[accounts.tg]\nplatform = "SECRET"\ntoken = { env = "T" }\n',
    "platform of a channel": '[[channels]]\nid = "c"\nplatform = "SECRET"\n',
    "chat": ACCOUNT + '[[channels]]\nid = "c"\naccount = "tg"\nchat = "SECRET"\n',
    "chat of alerts": ACCOUNT + '[alerts]\naccount = "tg"\nchat = "SECRET"\n',
    "account of a channel": ACCOUNT + '[[channels]]\nid = "c"\naccount = "SECRET"\n',
    "name of an account": '[accounts."SECRET"]\nplatform = "telegram"\n',
    "name of an account without a table": 'accounts = { "SECRET" = 1 }\n',
    "account declared twice": '[accounts."SECRET"]\n[accounts."SECRET"]\n',
    "id with a mistake beside it": '[[channels]]\nid = "SECRET"\nplatform = "console"\nsilent = 1\n',
    "two feeds of one id": ('[[feeds]]\nid = "SECRET"\nurl = "https://e.org/f"\n' * 2),
    "unknown key": '"SECRET" = 1\n',
    "unknown key of a table": CHANNEL + '"SECRET" = 1\n',
    "channel of a feed": CHANNEL + FEED + 'channels = ["SECRET"]\n',
    "kind of a secret": '[accounts.tg]\nplatform = "telegram"\ntoken = { "SECRET" = "T" }\n',
    "template": '[[channels]]\nid = "c"\nplatform = "console"\ntemplate = "SECRET"\n',
    "share": '[[channels]]\nid = "c"\nplatform = "console"\nshare = ["SECRET"]\n',
    "language": 'language = "SECRET"\n',
    "timezone": 'timezone = "SECRET"\n',
    "duration": '[collect]\nevery = "SECRET"\n',
    "hours": '[[channels]]\nid = "c"\nplatform = "console"\nquiet_hours = "SECRET"\n',
    "host": '[collect]\nallow_hosts = ["SECRET/path"]\n',
    "name of a header": FEED + 'headers = { "SECRET x" = "y" }\n',
    "level of the log": '[log]\nlevel = "SECRET"\n',
    "where metrics listen": '[metrics]\nlisten = "SECRET"\n',
    "address of the web": '[web]\npublic_url = "http://SECRET"\n',
    "scheme": '[[feeds]]\nid = "f"\nurl = "ftp+SECRET://example.org"\n',
    "comment beside a mistake": 'language = "?" # was SECRET\n',
    "line that is not TOML": "[accounts.SECRET\n",
    "word without quotes": "language = SECRET\n",
}


def told(error: ConfigError) -> str:
    excerpts = [one.excerpt for one in error.problems if isinstance(one, Problem)]
    return "\n".join((str(error), *excerpts))


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("place", PLACES)
def test_no_mistake_repeats_a_secret(
    load: Callable[[str], Config], place: str, secret: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(PLACES[place].replace("SECRET", secret))
    assert secret not in told(caught.value)
    assert PASSWORD not in told(caught.value)


@pytest.mark.parametrize("word", WORDS)
def test_words_of_a_configuration_are_repeated(word: str) -> None:
    assert not looks_secret(word)
    assert quote(word) == f'"{word}"'


@pytest.mark.parametrize(
    ("letters", "length"),
    [
        (string.ascii_letters + string.digits, 25),
        (string.ascii_letters + string.digits, 50),
        (string.ascii_letters + string.digits + "-_", 43),
        ("0123456789abcdef", 32),
    ],
)
def test_nearly_every_random_key_looks_secret(letters: str, length: int) -> None:
    chance = random.Random(7)
    keys = ["".join(chance.choices(letters, k=length)) for _ in range(2000)]
    assert sum(map(looks_secret, keys)) >= 0.99 * len(keys)


@pytest.mark.parametrize("kind", ["env", "file", "credential"])
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_in_place_of_its_name_is_not_repeated(
    load: Callable[[str], Config], kind: str, secret: str
) -> None:
    text = f'[accounts.tg]\nplatform = "telegram"\ntoken = {{ {kind} = "{secret}" }}\n'
    try:
        config = load(text)
    except ConfigError as error:
        shown = told(error)
    else:
        (account,) = config.accounts.values()
        check = check_secrets(account, base_dir=config.base_dir, environ={})
        assert check.problems or check.warnings
        shown = told(ConfigError([*check.problems, *check.warnings]))
    assert secret not in shown
    assert PASSWORD not in shown


@pytest.mark.parametrize("kind", ["env", "credential"])
def test_a_token_in_place_of_its_name_is_a_mistake_of_the_file(
    load: Callable[[str], Config], kind: str
) -> None:
    text = f'[accounts.tg]\nplatform = "telegram"\ntoken = {{ {kind} = "{TELEGRAM}" }}\n'
    with pytest.raises(ConfigError, match="the secret itself stands in this file"):
        load(text)
