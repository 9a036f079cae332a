"""Secrets are read by their names; no message repeats one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.collect.addresses import secret_parts
from bot.config.mistakes import Mistake, is_one_line, show_name
from bot.config.schema.addresses import absolute_database, has_password, parse_database_url
from bot.errors import ConfigError
from bot.models.settings import SecretRef
from bot.pipes import read_text
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.config.records import Config
    from bot.models.settings import Account, Feed

_SYSTEMD = "CREDENTIALS_DIRECTORY"
CREDENTIAL_FOLDERS = "NEWSBOT_CREDENTIALS"
"""Names folders, separated by colons, that hold the credentials where systemd hands none over."""
_OTHERS = 0o077
_EVERYBODY = 0o004
SHORTEST_SECRET = 6
SHORTEST_TOKEN = 16
# They name the forms that the program reads (RFC 9110 section 12.5, RFC 9111 section 5.2).
_HARMLESS_HEADERS = frozenset(
    {"accept", "accept-encoding", "accept-language", "cache-control", "pragma"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretCheck:
    """Mistakes and warnings about an account's secrets, one line each."""

    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def resolve_secrets(
    account: Account, *, base_dir: Path, environ: Mapping[str, str]
) -> dict[str, str]:
    """Return the account's secrets by key. Raises ConfigError, which names all that are missing."""
    found: dict[str, str] = {}
    problems: list[str] = []
    for key, ref in account.secrets.items():
        try:
            found[key] = _resolve(ref, base_dir, environ)
        except Mistake as mistake:
            problems.append(_at_place(ref, f"accounts.{account.id}.{key}: {mistake}"))
    if problems:
        raise ConfigError(problems)
    return found


def check_secrets(account: Account, *, base_dir: Path, environ: Mapping[str, str]) -> SecretCheck:
    """Look for the account's secrets without returning them.

    Warnings: a file that others can read, and a credential that only systemd can hand over
    (outside of a service there is none, which is no mistake of the file).
    """
    problems: list[str] = []
    warnings: list[str] = []
    for key, ref in account.secrets.items():
        where = f"accounts.{account.id}.{key}"
        try:
            _resolve(ref, base_dir, environ)
        except Mistake as mistake:
            is_expected = ref.kind == "credential" and _SYSTEMD not in environ
            line = _at_place(ref, f"{where}: {mistake}")
            (warnings if is_expected else problems).append(line)
        warnings.extend(_at_place(ref, f"{where}: {text}") for text in _open_files(ref, base_dir))
    return SecretCheck(problems=tuple(problems), warnings=tuple(warnings))


def feed_secrets(feed: Feed) -> tuple[str, ...]:
    """Return the secrets that stand in the feed's address and headers.

    A shorter one than 6 letters is none: nothing would be left to read where "1" is hidden.
    """
    headers = (text for name, text in feed.headers.items() if name.lower() not in _HARMLESS_HEADERS)
    found = (*headers, *secret_parts(feed.url))
    return tuple(text for text in found if len(text) >= SHORTEST_SECRET)


def check_readers(config: Config) -> list[str]:
    """Warn where every user of the machine can read a file that holds a password.

    That is the configuration, with a login or key in a feed's address or headers or in that of
    the database, and the file to which the address of the database was moved.
    """
    place = config.database
    if isinstance(place, SecretRef):
        found = [f"database: {text}" for text in _open_files(place, config.base_dir)]
        held: list[str] = []
    else:
        found = []
        held = [marked("the password of the database")] if has_password(place) else []
    if isinstance(config.proxy, str) and "@" in config.proxy:
        held.append(marked("the login of the proxy"))
    feeds = [id_ for id_, feed in config.feeds.items() if feed_secrets(feed)]
    if feeds:
        more = told(" and {count} more", count=len(feeds) - 1) if feeds[1:] else ""
        held.append(told("the login or key of feed {name}", name=show_name(feeds[0])) + more)
    if held and _is_open(config.path, _EVERYBODY):
        text = told(
            "can be read by every user of this machine and holds {why}", why=", ".join(held)
        )
        remedy = marked("run chmod o-r on it; `newsbot service install` lets the service read it")
        found.append(f"{config.path} {text}; {remedy}")
    return found


def database_url(config: Config, environ: Mapping[str, str]) -> str:
    """Return the address of the database, its SQLite path absolute. Raises ConfigError."""
    if not isinstance(config.database, SecretRef):
        return config.database
    try:
        url = parse_database_url(_resolve(config.database, config.base_dir, environ))
    except Mistake as mistake:
        raise ConfigError([_at_place(config.database, f"database: {mistake}")]) from None
    return absolute_database(url, config.base_dir)


def web_token(config: Config, environ: Mapping[str, str]) -> str | None:
    """Return what browsers sign in with, None where nothing is named. Raises ConfigError."""
    ref = config.web.token if config.web else None
    if ref is None:
        return None
    try:
        return _long_enough(_resolve(ref, config.base_dir, environ))
    except Mistake as mistake:
        raise ConfigError([_at_place(ref, f"web.token: {mistake}")]) from None


def check_web_token(config: Config, environ: Mapping[str, str]) -> SecretCheck:
    """Look for what browsers sign in with, as `check_secrets` does for an account's secrets."""
    ref = config.web.token if config.web else None
    if ref is None:
        return SecretCheck(problems=(), warnings=())
    warnings = [_at_place(ref, f"web.token: {text}") for text in _open_files(ref, config.base_dir)]
    problems: list[str] = []
    try:
        web_token(config, environ)
    except ConfigError as error:
        is_expected = ref.kind == "credential" and _SYSTEMD not in environ
        (warnings if is_expected else problems).extend(error.problems)
    return SecretCheck(problems=tuple(problems), warnings=tuple(warnings))


def _long_enough(token: str) -> str:
    if len(token) < SHORTEST_TOKEN:
        raise Mistake(
            told(
                "must have at least {shortest_token} characters, so that nobody "
                "guesses it; `openssl rand -hex 16` makes one",
                shortest_token=SHORTEST_TOKEN,
            )
        )
    return token


def secret_of(ref: SecretRef, base_dir: Path, environ: Mapping[str, str]) -> str:
    """Return one secret that belongs to no account. Raises Mistake, which does not repeat it."""
    return _resolve(ref, base_dir, environ)


def _at_place(ref: SecretRef, text: str) -> str:
    return ref.place.problem(text) if ref.place else text


def _resolve(ref: SecretRef, base_dir: Path, environ: Mapping[str, str]) -> str:
    name = show_name(ref.name)
    match ref.kind:
        case "env":
            return _checked(
                _variable(ref.name, environ), told("the environment variable {name}", name=name)
            )
        case "file":
            shown = str(base_dir / name)
            return _checked(_content(base_dir / ref.name, shown, marked("create it")), shown)
    return _checked(_credential(ref.name, environ), told("the credential {name}", name=name))


def _credential(name: str, environ: Mapping[str, str]) -> str:
    """Return what systemd hands over, else what lies where systemd would take it from."""
    shown = show_name(name)
    if folder := environ.get(_SYSTEMD):
        path, remedy = Path(folder) / name, marked("add LoadCredential= to the unit")
        return _content(path, f"{folder}/{shown}", remedy)
    folders = [Path(part) for part in environ.get(CREDENTIAL_FOLDERS, "").split(":") if part]
    if not folders:
        raise Mistake(
            told(
                "the credential {shown} is handed over by systemd only (${systemd} "
                "is not set); start the service, or name an env or file",
                shown=shown,
                systemd=_SYSTEMD,
            )
        )
    holder = next((folder for folder in folders if _is_there(folder / name)), folders[0])
    remedy = marked("write it there (install -m 600 /dev/stdin FILE, paste, Enter, Ctrl-D)")
    return _content(holder / name, f"{holder}/{shown}", remedy)


def _is_there(path: Path) -> bool:
    """Tell whether there is a file, or something that this user may not see."""
    try:
        return path.exists()
    except OSError:
        return True


def _variable(name: str, environ: Mapping[str, str]) -> str:
    if name not in environ:
        shown = show_name(name)
        raise Mistake(
            told(
                "the environment variable {shown} is not set; set it before the start", shown=shown
            )
        )
    return environ[name]


def _content(path: Path, shown: str, remedy: str) -> str:
    try:
        return read_text(path)
    except FileNotFoundError:
        raise Mistake(told("{shown}: no such file; {why}", shown=shown, why=remedy)) from None
    except PermissionError as error:
        raise Mistake(
            told("{shown} cannot be read: {why}; try it with sudo", shown=shown, why=error.strerror)
        ) from None
    except OSError as error:
        raise Mistake(
            told("{shown} cannot be read: {why}", shown=shown, why=error.strerror)
        ) from None
    except UnicodeDecodeError:
        # Its text would quote the bytes; so it is not chained either.
        raise Mistake(told("{shown} is not UTF-8 text", shown=shown)) from None


def _checked(secret: str, place: str) -> str:
    secret = secret.strip()
    if not secret:
        raise Mistake(told("{why} is empty; put the secret there", why=place))
    if not is_one_line(secret):
        raise Mistake(
            told("{why} holds more than one line; leave the secret alone there", why=place)
        )
    return secret


def _open_files(ref: SecretRef, base_dir: Path) -> Iterator[str]:
    if ref.kind != "file":
        return
    if _is_open(base_dir / ref.name, _OTHERS):
        yield f"{base_dir / show_name(ref.name)} can be read by other users; run chmod 600 on it"


def _is_open(path: Path, rights: int) -> bool:
    try:
        return bool(path.stat().st_mode & rights)
    except OSError:
        return False
