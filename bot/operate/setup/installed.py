"""The installed service as its unit tells it: a command in a shell finds the service's own things.

systemd hands the place of the database and the credentials to the service alone (systemd.exec(5),
StateDirectory= and LoadCredential=). A command that did without them would act on no database, or
on a second one.
"""

from __future__ import annotations

import os
import pwd
import shlex
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.config.credentials import CREDENTIAL_FOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_UNIT_FOLDERS = (
    "etc/systemd/system",
    "run/systemd/system",
    "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",
    "lib/systemd/system",
)
_NAMES = "newsbot*.service"
_KEYS = frozenset({"ExecStart", "StateDirectory", "LoadCredential", "Environment", "User"})
_STORES = ("etc/credstore", "run/credstore", "usr/lib/credstore")
_DEFAULT_CONFIG = "/etc/newsbot/newsbot.toml"
_ROOT = Path("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A unit that runs newsbot; its paths are those of this machine.

    `config` is the file that it runs with, `state` the folder of its database where the unit names
    one. `credentials` are the folders in which its credentials lie, `user` is whom it runs as.
    """

    unit: str
    config: Path
    state: Path | None
    credentials: tuple[Path, ...]
    user: str = "root"


def service_of(config: Path) -> Service | None:
    """Return the installed service that runs with the file `config`, None where there is none.

    The unit of a file below another root, such as a mounted image, is looked for below that.
    """
    path = config.absolute()
    for root in path.parents:
        for service in _services(root):
            if service.config == path or service.config.resolve() == path.resolve():
                return service
    return None


def installed_config(root: Path = _ROOT) -> Path | None:
    """Return the configuration of the installed service, None where none is, or several are."""
    found = {service.config for service in _services(root)}
    return found.pop() if len(found) == 1 else None


def user_of_service(config: Path, *, is_root: bool | None = None) -> int | None:
    """Return the user who is to own what root writes for the service of `config` alone.

    None where root may own it: without a service, or for one that runs as root.
    """
    service = service_of(config)
    if service is None or not (os.geteuid() == 0 if is_root is None else is_root):
        return None
    try:
        user = pwd.getpwnam(service.user)
    except KeyError:
        return None
    return user.pw_uid or None


def service_environ(config: Path, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return `environ` with the variables by which the service of `config` finds its things.

    In the service itself, where systemd sets them, nothing changes.
    """
    service = service_of(config)
    if service is None:
        return environ
    found = {CREDENTIAL_FOLDERS: ":".join(map(str, service.credentials))}
    if service.state is not None:
        found["STATE_DIRECTORY"] = str(service.state)
    return found | dict(environ)


def _services(root: Path) -> Iterator[Service]:
    """Yield each unit of newsbot below `root`; of units with one name, systemd takes the first."""
    folders = [root / name for name in _UNIT_FOLDERS]
    seen: set[str] = set()
    for unit in (unit for folder in folders for unit in sorted(folder.glob(_NAMES))):
        if unit.name in seen:
            continue
        seen.add(unit.name)
        drop_ins = sorted(
            (one for folder in folders for one in (folder / f"{unit.name}.d").glob("*.conf")),
            key=lambda one: one.name,
        )
        settings = _settings((unit, *drop_ins))
        if config := _config_of(settings):
            yield Service(
                unit=unit.name,
                config=_below(root, config),
                state=_state_of(settings, root),
                credentials=_folders_of(settings, root, unit.name),
                user=["root", *settings.get("User", ())][-1],
            )


def _settings(files: Iterable[Path]) -> Mapping[str, Sequence[str]]:
    """Return the values of the unit's settings; an empty one takes back those before it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for file in files:
        for line in _text(file).replace("\\\n", " ").splitlines():
            key, sign, value = (part.strip() for part in line.partition("="))
            if sign and key in _KEYS:
                found[key] = [*found[key], value] if value else []
    return found


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _config_of(settings: Mapping[str, Sequence[str]]) -> str | None:
    """Return the file that the unit's command names, None where it does not run newsbot."""
    words = _words(settings.get("ExecStart", ())[-1:])
    if "run" not in words and "once" not in words:
        return None
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in {"-c", "--config"}:
            return following
        if word.startswith("--config="):
            return word.partition("=")[2]
    variables = dict(word.partition("=")[::2] for word in _words(settings.get("Environment", ())))
    return variables.get("NEWSBOT_CONFIG", _DEFAULT_CONFIG)


def _state_of(settings: Mapping[str, Sequence[str]], root: Path) -> Path | None:
    words = _words(settings.get("StateDirectory", ()))
    return root / "var" / "lib" / words[0].partition(":")[0] if words else None


def _folders_of(settings: Mapping[str, Sequence[str]], root: Path, unit: str) -> tuple[Path, ...]:
    """Return the folders from which systemd loads credentials, then the one that it fills.

    The latter holds them only while the service runs, as they were at its start.
    """
    sources = [_source(value) for value in settings.get("LoadCredential", ())]
    named = [_below(root, source).parent for source in sources if source]
    stores = [root / name for name in _STORES]
    return tuple(dict.fromkeys((*named, *stores, root / "run" / "credentials" / unit)))


def _source(credential: str) -> str | None:
    """Return the file of a `NAME:PATH` whose file is called as the credential is."""
    name, _, path = credential.partition(":")
    return path if path.startswith("/") and Path(path).name == name else None


def _words(lines: Iterable[str]) -> list[str]:
    try:
        return [word for line in lines for word in shlex.split(line)]
    except ValueError:
        return []


def _below(root: Path, path: str) -> Path:
    return root / path.lstrip("/")
