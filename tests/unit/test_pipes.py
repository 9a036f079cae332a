"""A file that is named may be a pipe: one with a writer is read, none is waited for."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from bot.config import load_config, resolve_secrets
from bot.errors import ConfigError
from bot.models.basics import AccountId, Platform
from bot.models.settings import Account, SecretRef
from bot.pipes import read_bytes, read_text

NOBODY = "it is a pipe into which nobody writes"


def pipe(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    return path


def test_a_pipe_with_a_writer_is_read_to_its_end() -> None:
    """As the shell hands it over: `newsbot check -c <(decrypt newsbot.toml)`."""
    ours, theirs = os.pipe()
    os.write(theirs, "Tiếng Việt\r\n".encode())
    os.close(theirs)
    try:
        assert read_bytes(Path(f"/dev/fd/{ours}")) == "Tiếng Việt\r\n".encode()
    finally:
        os.close(ours)


def test_a_pipe_that_is_opened_for_writing_a_moment_later_is_read(tmp_path: Path) -> None:
    """As in `decrypt newsbot.toml > pipe & newsbot check -c pipe`: neither comes before the other."""
    path, content = pipe(tmp_path / "pipe"), b"a = 1\n"
    with ThreadPoolExecutor(1) as reader:
        reading = reader.submit(read_bytes, path)
        while not reading.done():
            with suppress(OSError):  # until the reader has opened it
                descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
                os.write(descriptor, content)
                os.close(descriptor)
                break
    assert reading.result() == content


def test_a_text_is_read_as_python_does(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for content in (b"", b"a\r\nb\rc\n", "Việt".encode()):
        path.write_bytes(content)
        assert read_text(path) == path.read_text(encoding="utf-8")
        assert read_bytes(path) == content
    path.write_bytes(b"\xff")
    with pytest.raises(UnicodeDecodeError):
        read_text(path)


def test_a_configuration_that_became_a_pipe_is_refused(tmp_path: Path) -> None:
    path = pipe(tmp_path / "newsbot.toml")
    with pytest.raises(ConfigError, match=f"newsbot.toml: cannot be read: {NOBODY}"):
        load_config(path, environ={})


def test_a_template_that_became_a_pipe_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "newsbot.toml"
    path.write_text('[[channels]]\nid = "terminal"\nplatform = "console"\n')
    pipe(tmp_path / "templates" / "console.txt.j2")
    with pytest.raises(ConfigError, match=f"console.txt.j2 cannot be read: {NOBODY}"):
        load_config(path, environ={})


def test_a_secret_that_became_a_pipe_is_refused(tmp_path: Path) -> None:
    pipe(tmp_path / "token")
    named = Account(
        id=AccountId("tg"),
        platform=Platform.TELEGRAM,
        api_url="https://api.telegram.org",
        secrets={"token": SecretRef(kind="file", name="token")},
    )
    with pytest.raises(ConfigError, match=f"token cannot be read: {NOBODY}"):
        resolve_secrets(named, base_dir=tmp_path, environ={})
