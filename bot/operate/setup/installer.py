"""`newsbot service install`: everything that a systemd service needs, step by step."""

from __future__ import annotations

import grp
import os
import pwd
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import bot
from bot.errors import UsageError
from bot.operate.setup.links import ON_PATH, command, manual
from bot.operate.setup.steps import Step
from bot.operate.setup.upgrade import (
    SYSTEMCTL,
    UNIT,
    Plan,
    changing,
    former_version,
    making,
    preparing,
    source_of_this,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.config import Config
    from bot.models.basics import AccountId
    from bot.models.settings import Account
    from bot.operate.setup.steps import Places

USER = "newsbot"
CREDENTIALS = "credentials"  # a folder beside the configuration
_UNSEEN = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - named, not used
_PLAIN = re.compile(r"/[\w/.+@-]+", re.ASCII)
STATE = Path("/var/lib/newsbot")  # where the unit lets the service write


def check_root(places: Places) -> None:
    """Raise UsageError unless this process may install a service."""
    if places.root is None and os.geteuid() != 0:
        raise UsageError("installing a service needs root: run it with sudo, or try --root DIR")


def plan(config: Config, used: Mapping[AccountId, Account], places: Places) -> Plan:
    """Return every step for a service that runs `config` with the accounts `used`.

    Where another version of the program is installed, the steps replace it.

    Raises UsageError where the service could not see the configuration or the program.
    """
    path = places.named(config.path)
    _require_visible(path, "the configuration")
    _require_visible(places.prefix, "the program")
    secrets = list(_credentials(used, path.parent / CREDENTIALS))
    drop_ins = places.unit_dir / f"{UNIT}.d"
    former, source = former_version(places), source_of_this()
    database = _database(config, places)
    is_upgrade = former is not None and source is not None
    program = changing(places, path, has_database=database) if is_upgrade else _program(places)
    steps = [
        _user(places),
        *program,
        *command(places),
        *manual(places, is_made=is_upgrade),
        *_readable(path, config.path),
        *_owned(path.parent, used, config),
        *([_secret_folder(path.parent / CREDENTIALS, places)] if secrets else []),
        _file(places.unit_dir / UNIT, unit_text(path, places.prefix), places),
        *(_file(drop_ins / f"{id_}.conf", text, places) for id_, text in secrets),
    ]
    is_new = not all(step.is_done for step in steps if step.path)
    missing = bool(missing_secrets(config, used, places))
    return Plan(
        config=path,
        prepare=tuple(preparing(places, source, path, former)) if former and source else (),
        steps=(*steps, *_started(is_new=is_new, missing=missing)),
        former=former if is_upgrade else None,
        has_database=database,
    )


def _database(config: Config, places: Places) -> bool:
    """Tell whether the service has a SQLite database, which can be copied and put back."""
    named = config.database
    if isinstance(named, str) and config.is_database_named:
        return named.startswith("sqlite:")
    return isinstance(named, str) and places.real(STATE / "newsbot.db").exists()


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
    folder = places.named(config.path).parent / CREDENTIALS
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
        if any(ref.kind == "env" for ref in account.secrets.values()):
            yield (
                f"account {id_} takes secrets from the environment, which a service does not have: "
                'name them { credential = "…" } and run this again'
            )
        if not all(_is_beside(file, config) for file in _files(account)):
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
    program = ON_PATH.name if any(command(places)) else f"{places.prefix}/bin/newsbot"
    yield f"its queue: {sudo}{program} status -c {places.named(config.path)}"


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
    is_there = places.root is None and _id_of_user() is not None
    return Step(text=f"user {USER}", is_done=is_there, command=command)


def _id_of_user() -> int | None:
    with suppress(KeyError):
        return pwd.getpwnam(USER).pw_uid
    return None


def _program(places: Places) -> Iterator[Step]:
    prefix = places.prefix
    if places.real(prefix / "bin" / "newsbot").exists():
        yield Step(text=f"program {prefix}/bin/newsbot", is_done=True)
        return
    source = source_of_this()
    if source is None:
        raise UsageError(
            f"there is no {prefix}/bin/newsbot: install newsbot there first, or name the place "
            "where it is with --prefix"
        )
    yield from making(prefix, source)


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


def _owned(folder: Path, used: Mapping[AccountId, Account], config: Config) -> Iterator[Step]:
    """Yield that the service may read secrets beside its file; `check` wants them at 0600."""
    for file in (file for account in used.values() for file in _files(account)):
        if _is_beside(file, config):
            is_ours = (config.path.parent / file).stat().st_uid == _id_of_user()
            yield Step(
                text=f"user {USER} may read {folder / file}",
                is_done=is_ours,
                command=("chown", USER, str(folder / file)),
            )


def _files(account: Account) -> list[str]:
    return [ref.name for ref in account.secrets.values() if ref.kind == "file"]


def _is_beside(file: str, config: Config) -> bool:
    """Tell whether the file of a secret lies beside the configuration, as `init` writes it."""
    return "/" not in file and (config.path.parent / file).is_file()


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
    before = real.read_text(encoding="utf-8", errors="replace") if other else None
    return Step(
        text=f"file {path}{other}", is_done=is_same, path=path, content=content, before=before
    )


def _started(*, is_new: bool, missing: bool) -> Iterator[Step]:
    yield Step(text="systemd reads its units again", command=(SYSTEMCTL, "daemon-reload"))
    yield Step(text="the service starts with the machine", command=(SYSTEMCTL, "enable", UNIT))
    if not missing:
        verb = "restart" if is_new else "start"
        yield Step(text="the service starts now", command=(SYSTEMCTL, verb, UNIT))
