"""Secrets are named in the file and resolved on demand; their values are never repeated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.config import check_secrets, resolve_secrets
from bot.config.credentials import check_readers, check_web_token, web_token
from bot.errors import ConfigError
from bot.models.basics import AccountId, Platform
from bot.models.settings import Account, SecretRef

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.config import Config

FAKE = "12345:FAKE-token"


def account(**secrets: SecretRef) -> Account:
    return Account(
        id=AccountId("tg"),
        platform=Platform.TELEGRAM,
        api_url="https://api.telegram.org",
        secrets=secrets,
    )


def ref(kind: Any, name: str) -> SecretRef:
    return SecretRef(kind=kind, name=name)


def secret_file(path: Path, content: bytes = FAKE.encode(), mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_three_ways(tmp_path: Path) -> None:
    secret_file(tmp_path / "key", b"  from file\n")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    secret_file(credentials / "c", b"from systemd\n")
    found = resolve_secrets(
        account(a=ref("env", "A"), b=ref("file", "key"), c=ref("credential", "c")),
        base_dir=tmp_path,
        environ={"A": "from env", "CREDENTIALS_DIRECTORY": str(credentials)},
    )
    assert found == {"a": "from env", "b": "from file", "c": "from systemd"}


def test_the_mark_that_editors_put_before_a_text_is_no_part_of_a_secret(tmp_path: Path) -> None:
    secret_file(tmp_path / "key", b"\xef\xbb\xbffrom file\r\n")
    found = resolve_secrets(account(a=ref("file", "key")), base_dir=tmp_path, environ={})
    assert found == {"a": "from file"}


def test_absolute_path(tmp_path: Path) -> None:
    path = secret_file(tmp_path / "key")
    found = resolve_secrets(account(a=ref("file", str(path))), base_dir=Path("/none"), environ={})
    assert found == {"a": FAKE}


@pytest.mark.parametrize(
    ("kind", "name", "environ", "message"),
    [
        ("env", "T", {}, "the environment variable T is not set; set it before the start"),
        ("env", "T", {"T": " "}, "the environment variable T is empty; put the secret there"),
        (
            "env",
            "T",
            {"T": f"{FAKE}\n{FAKE}"},
            "the environment variable T holds more than one line; leave the secret alone there",
        ),
        ("file", "none", {}, "HERE/none: no such file; create it"),
        ("file", "empty", {}, "HERE/empty is empty; put the secret there"),
        ("file", "binary", {}, "HERE/binary is not UTF-8 text"),
        ("file", ".", {}, "HERE cannot be read: Is a directory"),
        (
            "credential",
            "c",
            {},
            (
                "the credential c is handed over by systemd only ($CREDENTIALS_DIRECTORY is not "
                "set); start the service, or name an env or file"
            ),
        ),
        (
            "credential",
            "c",
            {"CREDENTIALS_DIRECTORY": "HERE"},
            "HERE/c: no such file; add LoadCredential= to the unit",
        ),
    ],
)
def test_missing(
    kind: str, name: str, environ: dict[str, str], message: str, tmp_path: Path
) -> None:
    secret_file(tmp_path / "empty", b"\n")
    secret_file(tmp_path / "binary", FAKE.encode() + b"\xff")
    here = {key: value.replace("HERE", str(tmp_path)) for key, value in environ.items()}
    with pytest.raises(ConfigError) as caught:
        resolve_secrets(account(token=ref(kind, name)), base_dir=tmp_path, environ=here)
    problem = str(caught.value)
    assert problem == f"accounts.tg.token: {message}".replace("HERE", str(tmp_path))
    assert FAKE not in problem


def test_all_that_are_missing_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve_secrets(
            account(a=ref("env", "A"), b=ref("env", "B"), c=ref("env", "C")),
            base_dir=tmp_path,
            environ={"B": "fake"},
        )
    assert [line.split(":")[0] for line in caught.value.problems] == [
        "accounts.tg.a",
        "accounts.tg.c",
    ]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622])
def test_a_file_that_others_can_read_is_a_warning(mode: int, tmp_path: Path) -> None:
    secret_file(tmp_path / "key", mode=mode)
    found = check_secrets(account(a=ref("file", "key")), base_dir=tmp_path, environ={})
    assert found.problems == ()
    assert found.warnings == (
        f"accounts.tg.a: {tmp_path}/key can be read by other users; run chmod 600 on it",
    )


def test_check_finds_nothing(tmp_path: Path) -> None:
    secret_file(tmp_path / "key")
    found = check_secrets(
        account(a=ref("file", "key"), b=ref("env", "B")), base_dir=tmp_path, environ={"B": FAKE}
    )
    assert (found.problems, found.warnings) == ((), ())


def test_check_outside_of_systemd(tmp_path: Path) -> None:
    of = account(a=ref("credential", "c"), b=ref("env", "B"), d=ref("file", "none"))
    found = check_secrets(of, base_dir=tmp_path, environ={})
    assert [line.split(":")[0] for line in found.warnings] == ["accounts.tg.a"]
    assert [line.split(":")[0] for line in found.problems] == ["accounts.tg.b", "accounts.tg.d"]
    inside = {"CREDENTIALS_DIRECTORY": str(tmp_path), "B": FAKE}
    found = check_secrets(of, base_dir=tmp_path, environ=inside)
    assert [line.split(":")[0] for line in found.problems] == ["accounts.tg.a", "accounts.tg.d"]


FEED = '[[feeds]]\nid = "a"\nurl = "{}"\n'
PASSWORD = "sesame-open"


def readers(
    load: Callable[[str], Config], text: str, mode: int, secret_mode: int = 0o600
) -> list[str]:
    config = load(text)
    secret_file(config.base_dir / "db", mode=secret_mode)
    config.path.chmod(mode)
    return check_readers(config)


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o666])
@pytest.mark.parametrize(
    "text",
    [
        FEED.format(f"https://me:{PASSWORD}@example.org/f"),
        FEED.format(f"https://example.org/f?token={PASSWORD}"),
        FEED.format("https://example.org/f") + f'headers = {{ Authorization = "{PASSWORD}" }}\n',
        f'database = "postgresql://me:{PASSWORD}@host/news"\n',
    ],
)
def test_a_file_with_passwords_that_everybody_reads_is_told(
    load: Callable[[str], Config], text: str, mode: int
) -> None:
    (told,) = readers(load, text, mode)
    assert "newsbot.toml can be read by every user of this machine and holds the " in told
    assert "chmod o-r" in told
    assert PASSWORD not in told


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        (FEED.format(f"https://me:{PASSWORD}@example.org/f"), 0o640),
        (FEED.format(f"https://me:{PASSWORD}@example.org/f"), 0o600),
        (FEED.format("https://example.org/f?id=7"), 0o644),
        (FEED.format("https://e.org/f") + 'headers = { Accept = "application/xml" }\n', 0o644),
        ('database = "postgresql://me@host/news"\n', 0o644),
        ('database = { file = "db" }\n', 0o644),
    ],
)
def test_a_file_without_passwords_or_readers_is_no_trouble(
    load: Callable[[str], Config], text: str, mode: int
) -> None:
    assert readers(load, text, mode) == []


def test_the_file_of_the_address_of_the_database_is_looked_at_too(
    load: Callable[[str], Config],
) -> None:
    (told,) = readers(load, 'database = { file = "db" }\n', 0o644, secret_mode=0o644)
    assert told.startswith("database: ")
    assert told.endswith("db can be read by other users; run chmod 600 on it")


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        ({"T": "a-token-of-16-letters"}, None),
        ({"T": " a-token-of-16-letters\n"}, None),
        ({"T": "short"}, "at least 16 characters"),
        ({}, "is not set"),
    ],
)
def test_the_token_of_the_desk_is_there_and_long(
    load: Callable[[str], Config], environ: dict[str, str], problem: str | None
) -> None:
    config = load('[web]\ntoken = { env = "T" }\n')
    found = check_web_token(config, environ)
    if problem is None:
        assert web_token(config, environ) == "a-token-of-16-letters"
        assert (found.problems, found.warnings) == ((), ())
    else:
        (line,) = found.problems
        assert ":2:9: web.token: " in line
        assert problem in line
        with pytest.raises(ConfigError, match=problem):
            web_token(config, environ)
