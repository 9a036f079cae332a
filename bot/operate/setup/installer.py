"""`newsbot service install`: everything that a systemd service needs, step by step."""

from __future__ import annotations

import grp
import os
import pwd
import re
import shlex
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import bot
from bot.atomic import replacing
from bot.counted import counted
from bot.errors import NewsbotError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.config import Config
    from bot.models.basics import AccountId
    from bot.models.settings import Account

UNIT = "newsbot.service"
USER = "newsbot"
_CREDENTIALS = "credentials"  # a folder beside the configuration
_UNSEEN = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - named, not used
_SHOWN_LINES = 12
_ON_PATH = Path("/usr/local/bin/newsbot")
"""Where shells and sudo find the command that messages print."""
_PLAIN = re.compile(r"/[\w/.+@-]+", re.ASCII)
STATE = Path("/var/lib/newsbot")  # where the unit lets the service write


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where things go; below `root`, which is "/" unless the steps are only tried out."""

    prefix: Path
    unit_dir: Path
    root: Path | None = None

    def real(self, path: Path) -> Path:
        """Return where `path` lies on this machine."""
        return self.root / path.relative_to("/") if self.root else path

    def named(self, path: Path) -> Path:
        """Return the path, in the service's eyes, of the file at `path` of this machine."""
        path = path.resolve()
        if self.root is not None and path.is_relative_to(self.root):
            return Path("/") / path.relative_to(self.root)
        return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do: a command, or a file or folder with its content (None is a folder).

    `is_done` is true where nothing is left to do.
    """

    text: str
    is_done: bool = False
    command: tuple[str, ...] = ()
    path: Path | None = None
    content: str | None = None
    mode: int = 0o644

    def shown(self) -> str:
        """Return the step for people, with its command or content."""
        mark = "is there" if self.is_done else "to do   "
        if self.is_done or self.content is None:
            how = f"\n            {shlex.join(self.command)}" if not self.is_done else ""
            return f"{mark}  {self.text}{how if self.command else ''}"
        lines = self.content.splitlines()
        if len(lines) > _SHOWN_LINES:
            return f"{mark}  {self.text} ({counted(len(lines), 'line')})"
        return "\n            ".join((f"{mark}  {self.text}", *lines))


def check_root(places: Places) -> None:
    """Raise UsageError unless this process may install a service."""
    if places.root is None and os.geteuid() != 0:
        raise UsageError("installing a service needs root: run it with sudo, or try --root DIR")


def plan(config: Config, used: Mapping[AccountId, Account], places: Places) -> list[Step]:
    """Return every step for a service that runs `config` with the accounts `used`.

    Raises UsageError where the service could not see the configuration or the program.
    """
    path = places.named(config.path)
    _require_visible(path, "the configuration")
    _require_visible(places.prefix, "the program")
    secrets = list(_credentials(used, path.parent / _CREDENTIALS))
    drop_ins = places.unit_dir / f"{UNIT}.d"
    steps = [
        _user(places),
        *_program(places),
        *_command(places),
        *_readable(path, config.path),
        *([_secret_folder(path.parent / _CREDENTIALS, places)] if secrets else []),
        _file(places.unit_dir / UNIT, unit_text(path, places.prefix), places),
        *(_file(drop_ins / f"{id_}.conf", text, places) for id_, text in secrets),
    ]
    is_new = not all(step.is_done for step in steps if step.path)
    return [*steps, *_started(is_new=is_new, missing=bool(missing_secrets(config, used, places)))]


def unit_text(config: Path, prefix: Path) -> str:
    """Return the unit that ships with newsbot, for this configuration and program."""
    command = f"{prefix}/bin/newsbot run -c {config}"
    lines = (Path(bot.__file__).parent / "data" / UNIT).read_text(encoding="utf-8").splitlines()
    text = "\n".join(
        f"ExecStart={command}" if one.startswith("ExecStart=") else one for one in lines
    )
    return text.replace("/etc/newsbot/newsbot.toml", str(config)) + "\n"


def missing_secrets(
    config: Config, used: Mapping[AccountId, Account], places: Places
) -> list[Path]:
    """Return the files of the credentials that the operator has not written yet."""
    folder = places.named(config.path).parent / _CREDENTIALS
    names = dict.fromkeys(name for account in used.values() for name in _named(account))
    return [folder / name for name in names if not places.real(folder / name).exists()]


def notes(config: Config, used: Mapping[AccountId, Account]) -> Iterator[str]:
    """Yield a note for everything that the shell has and a service will not have."""
    database = config.database
    if isinstance(database, str) and database.startswith("sqlite:") and str(STATE) not in database:
        yield (
            f"the service may write in {STATE} only: take `database` out of {config.path.name}, or "
            "allow its folder with ReadWritePaths= (systemctl edit newsbot)"
        )
    for id_, account in used.items():
        kinds = {ref.kind for ref in account.secrets.values()}
        if "env" in kinds:
            yield (
                f"account {id_} takes secrets from the environment, which a service does not have: "
                'name them { credential = "…" } and run this again'
            )
        if "file" in kinds:
            yield f"account {id_} takes secrets from files: user {USER} must be able to read them"


def remarks(config: Config, used: Mapping[AccountId, Account], places: Places) -> Iterator[str]:
    """Yield the steps left to the operator, and how to look after the service."""
    sudo = "sudo " if "SUDO_USER" in os.environ else ""
    missing = missing_secrets(config, used, places)
    for path in missing:
        yield f"write the secret: {sudo}install -m 600 /dev/stdin {path}   (paste, Enter, Ctrl-D)"
    if missing:
        yield f"then: {sudo}systemctl start {UNIT}"
    yield from notes(config, used)
    yield f"its log: {sudo}journalctl -u newsbot -f"
    program = _ON_PATH.name if any(_command(places)) else f"{places.prefix}/bin/newsbot"
    yield f"its queue: {sudo}{program} status -c {places.named(config.path)}"


def apply(step: Step, places: Places) -> None:
    """Do one step. Raises NewsbotError, which names the fault."""
    try:
        if step.path is not None:
            _write(places.real(step.path), step)
        elif places.root is None:
            subprocess.run(step.command, check=True)  # noqa: S603 - the commands are built above
    except subprocess.CalledProcessError as error:
        raise NewsbotError(
            f"{shlex.join(step.command)} ended with code {error.returncode}; "
            "mend the fault that it names and run this again: finished steps are not done twice"
        ) from None
    except OSError as error:
        raise NewsbotError(f"{step.text}: {error.strerror}") from error


def _write(path: Path, step: Step) -> None:
    if step.content is None:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(step.mode)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, mode=step.mode) as file:
        file.write(step.content.encode())


def _require_visible(path: Path, what: str) -> None:
    if not _PLAIN.fullmatch(str(path)):
        raise UsageError(
            f"{what} lies in {str(path)!r}: a unit takes an absolute path of letters, digits and "
            "/ . _ + @ - only"
        )
    hidden = next((place for place in _UNSEEN if path.is_relative_to(place)), None)
    if hidden is not None:
        raise UsageError(
            f"{what} lies in {path}, and a service does not see {hidden}; use another place, such "
            "as /etc/newsbot for the configuration and /opt/newsbot for the program"
        )


def _user(places: Places) -> Step:
    command = ("useradd", "--system", "--no-create-home", "--home-dir", str(STATE),
               "--shell", "/usr/sbin/nologin", USER)  # fmt: skip
    is_there = places.root is None and _has_user()
    return Step(text=f"user {USER}", is_done=is_there, command=command)


def _has_user() -> bool:
    with suppress(KeyError):
        return bool(pwd.getpwnam(USER))
    return False


def _program(places: Places) -> Iterator[Step]:
    prefix = places.prefix
    if places.real(prefix / "bin" / "newsbot").exists():
        yield Step(text=f"program {prefix}/bin/newsbot", is_done=True)
        return
    source = Path(bot.__file__).resolve().parents[1]
    if not (source / "pyproject.toml").exists():
        raise UsageError(
            f"there is no {prefix}/bin/newsbot: install newsbot there first, or name the place "
            "where it is with --prefix"
        )
    pip = (f"{prefix}/bin/pip", "--disable-pip-version-check", "--quiet", "install")
    locked = ("--require-hashes", "-r", f"{source}/requirements.txt")
    own = ("--no-build-isolation", "--no-deps", str(source))
    yield Step(
        text=f"Python for newsbot in {prefix}", command=("python3", "-m", "venv", str(prefix))
    )
    yield Step(text="the libraries, as locked", command=(*pip, *locked))
    yield Step(text=f"newsbot from {source}", command=(*pip, *own))


def _command(places: Places) -> Iterator[Step]:
    """Yield the link by which `newsbot` works in a shell; another program there stays."""
    program, link = places.prefix / "bin" / "newsbot", places.real(_ON_PATH)
    is_ours = link.is_symlink() and link.readlink() == program
    if is_ours or not (link.exists() or link.is_symlink()):
        command = ("ln", "-s", str(program), str(_ON_PATH))
        yield Step(text=f"command {_ON_PATH}", is_done=is_ours, command=command)


def _readable(config: Path, real: Path) -> Iterator[Step]:
    mode = real.stat().st_mode
    if mode & 0o004:
        return
    text = f"user {USER} may read {config}"
    is_ours = _group(real) == USER
    yield Step(text=text, is_done=is_ours, command=("chgrp", USER, str(config)))
    yield Step(
        text=text, is_done=is_ours and bool(mode & 0o040), command=("chmod", "g+r", str(config))
    )


def _group(path: Path) -> str | None:
    with suppress(KeyError):
        return grp.getgrgid(path.stat().st_gid).gr_name
    return None


def _secret_folder(folder: Path, places: Places) -> Step:
    real = places.real(folder)
    is_there = real.is_dir() and not real.stat().st_mode & 0o077
    return Step(text=f"folder {folder}, for root alone", is_done=is_there, path=folder, mode=0o700)


def _credentials(used: Mapping[AccountId, Account], folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each account's drop-in, where it has credentials."""
    for id_, account in used.items():
        if names := _named(account):
            lines = "".join(f"LoadCredential={name}:{folder / name}\n" for name in names)
            yield id_, f"# The secrets of account {id_}; one file each.\n[Service]\n{lines}"


def _named(account: Account) -> list[str]:
    return [ref.name for ref in account.secrets.values() if ref.kind == "credential"]


def _file(path: Path, content: str, places: Places) -> Step:
    real = places.real(path)
    is_same = real.is_file() and real.read_text(encoding="utf-8", errors="replace") == content
    other = ", in the place of another one" if real.exists() and not is_same else ""
    return Step(text=f"file {path}{other}", is_done=is_same, path=path, content=content)


def _started(*, is_new: bool, missing: bool) -> Iterator[Step]:
    tool = shutil.which("systemctl") or "systemctl"
    yield Step(text="systemd reads its units again", command=(tool, "daemon-reload"))
    yield Step(text="the service starts with the machine", command=(tool, "enable", UNIT))
    if not missing:
        verb = "restart" if is_new else "start"
        yield Step(text="the service starts now", command=(tool, verb, UNIT))
