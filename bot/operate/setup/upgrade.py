"""An upgrade of the installed program: the new one is made beside it, and the way back is kept.

While the service stands still, the two change places by renaming. Where the new one does not come
up, the former program and unit come back; the copy of the database is put back only where the
former program cannot use the database any more, for what it does not know is held, not posted.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import bot
from bot.errors import NewsbotError
from bot.operate.setup.steps import Step, apply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.operate.setup.steps import Places, Run

SYSTEMCTL = shutil.which("systemctl") or "systemctl"
UNIT = "newsbot.service"
_PACKAGES = "lib/python3*/site-packages"
_OF_DEBIAN = Path("/var/lib/dpkg/info/newsbot.list")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Every step to a service; those of `prepare` change nothing that is in use.

    `former` is the version of the program that is replaced, None where none is.
    """

    config: Path
    prepare: tuple[Step, ...] = ()
    steps: tuple[Step, ...]
    former: str | None = None
    has_database: bool = False


def source_of_this() -> Path | None:
    """Return the folder from which this program can be installed, None where it has none."""
    source = Path(bot.__file__).resolve().parents[1]
    return source if (source / "pyproject.toml").exists() else None


def is_debian(places: Places) -> bool:
    """Tell whether the program belongs to the package manager, which alone may change it."""
    return places.real(_OF_DEBIAN).exists()


def is_ours(places: Places) -> bool:
    """Tell whether the prefix holds nothing but the program: an environment, and no package's."""
    return places.real(places.prefix / "pyvenv.cfg").exists() and not is_debian(places)


def former_version(places: Places) -> str | None:
    """Return the version of the program in the prefix, None where this one is no other."""
    prefix = places.real(places.prefix)
    there = next(iter(sorted(prefix.glob(f"{_PACKAGES}/bot"))), None)
    if there is None or source_of_this() is None or not is_ours(places):
        return None
    if Path(sys.prefix).resolve() == prefix.resolve() or _is_same(there, Path(bot.__file__).parent):
        return None
    found = sorted(there.parent.glob("newsbot-*.dist-info"))
    return found[-1].name.removeprefix("newsbot-").removesuffix(".dist-info") if found else "?"


def _is_same(one: Path, other: Path) -> bool:
    return _content(one) == _content(other)


def _content(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths if path.is_file()}


def start_of(prefix: Path) -> str:
    """Return the command of a program in `prefix`.

    Child processes import this file: without its condition each would be another newsbot.
    """
    return f"""#!{prefix}/bin/python
import sys

from bot.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
"""


def next_to(prefix: Path) -> Path:
    """Return where the new program is made."""
    return prefix.with_name(f"{prefix.name}.next")


def before(prefix: Path) -> Path:
    """Return where the former program stays."""
    return prefix.with_name(f"{prefix.name}.before")


def making(prefix: Path, source: Path) -> Iterator[Step]:
    """Yield the steps that install this program from `source` into `prefix`."""
    pip = (f"{prefix}/bin/python", "-m", "pip", "--disable-pip-version-check", "--quiet", "install")
    locked = ("--no-deps", "--require-hashes", "-r", f"{source}/requirements.txt")
    own = ("--no-build-isolation", "--no-deps", str(source))
    python = ("python3", "-m", "venv", "--clear", str(prefix))
    yield Step(text=f"Python for newsbot in {prefix}", command=python)
    yield Step(text="the libraries, as locked", command=(*pip, *locked))
    yield Step(text=f"newsbot from {source}", command=(*pip, *own))


def preparing(places: Places, source: Path, config: Path, former: str) -> Iterator[Step]:
    """Yield the steps that change nothing yet: the new program is made, and reads the file."""
    prefix, new = places.prefix, next_to(places.prefix)
    text = f"newsbot {former} becomes {bot.__version__} (CHANGELOG.md): no older one is kept"
    yield Step(text=text, command=("rm", "-rf", str(before(prefix))))
    yield from making(new, source)
    command = (f"{new}/bin/newsbot", "check", "-c", str(config))
    yield Step(text=f"the new one takes {config}", command=command)
    # pip wrote the path of the folder that it saw, which is another one after the renaming.
    path = new / "bin" / "newsbot"
    yield Step(text=f"program {path}", path=path, content=start_of(prefix), mode=0o755)


def changing(places: Places, config: Path, *, has_database: bool) -> Iterator[Step]:
    """Yield the steps from the moment on at which a fault leads back."""
    prefix, new, old = places.prefix, next_to(places.prefix), before(places.prefix)
    yield Step(text="the service stops", command=(SYSTEMCTL, "stop", UNIT))
    if has_database:
        command = (f"{prefix}/bin/newsbot", "state", "backup", "-c", str(config))
        yield Step(text="a copy of the database", command=command)
    yield Step(text=f"the former program stays in {old}", command=("mv", str(prefix), str(old)))
    yield Step(text="the new one takes its place", command=("mv", str(new), str(prefix)))


def take(plan: Plan, places: Places, run: Run | None) -> None:
    """Take every step of `plan`; where a change fails, go back. Raises NewsbotError."""
    for step in plan.prepare:
        apply(step, places, run)
    try:
        for step in plan.steps:
            if not step.is_done:
                apply(step, places, run)
    except NewsbotError as error:
        if plan.former is None:
            raise
        _go_back(plan, places, run)
        raise NewsbotError(
            f"{error}; newsbot {plan.former} runs again, and the log says why the new one does "
            f"not: journalctl -u {UNIT}"
        ) from error


def _go_back(plan: Plan, places: Places, run: Run | None) -> None:
    """Let the former program run again, with its files. Raises NewsbotError where that fails."""

    def do(*command: str) -> None:
        apply(Step(text=" ".join(command), command=command), places, run)

    prefix, new, old = places.prefix, next_to(places.prefix), before(places.prefix)
    do(SYSTEMCTL, "stop", UNIT)
    was_swapped = places.real(old).exists()
    if was_swapped:
        if places.real(prefix).exists():
            do("rm", "-rf", str(new))
            do("mv", str(prefix), str(new))
        do("mv", str(old), str(prefix))
    for step in plan.steps:
        if former := step.undone():
            apply(former, places)
    do(SYSTEMCTL, "daemon-reload")
    named = (f"{prefix}/bin/newsbot", "state")
    if was_swapped and plan.has_database:
        try:
            do(*named, "check", "-c", str(plan.config))
        except NewsbotError:
            do(*named, "restore", "-c", str(plan.config))
    do(SYSTEMCTL, "start", UNIT)
