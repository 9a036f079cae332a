"""Secrets are named in the file and resolved on demand; their values are never repeated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.config import check_secrets, resolve_secrets
from bot.errors import ConfigError
from bot.models.basics import AccountId, Platform
from bot.models.settings import Account, SecretRef

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
