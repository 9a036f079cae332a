"""`newsbot init`: a directory to start from."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bot.atomic import replacing
from bot.errors import NewsbotError
from bot.operate.setup.example import DATA, EXAMPLE, example
from bot.wording import ENGLISH, marked, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bot.wording import Wording

_SHIPPED = (EXAMPLE, "newsbot.schema.json", "templates", "sample")


def write_project(directory: Path, words: Wording = ENGLISH) -> Iterator[tuple[Path, bool]]:
    """Copy the shipped files into `directory`, the example in the language of `words`.

    Yields each file and whether it was written.

    An existing file or link is kept as it is. Raises NewsbotError if the directory cannot be
    written, or if a folder in it is a link: somebody else may have planted that.
    """
    for source in _shipped_files():
        name = source.relative_to(DATA)
        target = directory / name
        try:
            folders = [directory / one for one in name.parents[:-1]]
            yield target, _copy_new(source, target, folders, words)
        except OSError as error:
            raise _not_written(target, error) from error


def require_writable(directory: Path) -> None:
    """Look, before questions are asked, whether files can be made in `directory`, or it itself.

    Raises NewsbotError.
    """
    folder = directory
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    if os.path.lexists(folder) and not folder.is_dir():
        text = told("{folder} is not a folder", folder=folder)
        raise NewsbotError(
            told("cannot write into {directory}: {why}", directory=directory, why=text)
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        why = marked("this user may not write there: choose another folder, or use sudo")
        raise NewsbotError(
            told("cannot write into {directory}: {why}", directory=directory, why=why)
        )


def write_settings(
    target: Path, text: str, token: str | None, token_name: str, *, owner: int | None = None
) -> None:
    """Write the configuration, and before it the token, which its owner alone may read.

    That is `owner` where a service of another user is to read it. Raises NewsbotError where a file
    is there already, or cannot be written.
    """
    folder, secret = target.parent, target.parent / token_name
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        if token is not None:
            _write_token(secret, token)
            if owner is not None:
                os.chown(secret, owner, -1)
        with replacing(target) as file:
            file.write(text.encode())
    except OSError as error:
        # A write to a full disk names no file.
        raise _not_written(error.filename or target, error) from error


def _not_written(target: object, error: OSError) -> NewsbotError:
    return NewsbotError(told("cannot write {target}: {why}", target=target, why=error.strerror))


def _write_token(path: Path, token: str) -> None:
    """Write a token; one that a former try left here may be the same."""
    content = f"{token}\n".encode()
    if not os.path.lexists(path):
        with replacing(path, mode=0o600) as file:
            file.write(content)
    elif path.is_symlink() or path.read_bytes() != content:
        raise NewsbotError(
            told("{path} is there already, with another token: move it away first", path=path)
        )


def _shipped_files() -> Iterator[Path]:
    for name in _SHIPPED:
        path = DATA / name
        yield from (
            sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        )


def _copy_new(source: Path, target: Path, folders: Iterable[Path], words: Wording) -> bool:
    if target.exists() or target.is_symlink():
        return False
    for folder in folders:
        if folder.is_symlink():
            raise NewsbotError(
                told("{folder} is a link, and init writes through none; remove it", folder=folder)
            )
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with replacing(target) as file:
        is_example = source.name == EXAMPLE
        file.write(example(words).encode() if is_example else source.read_bytes())
    return True
