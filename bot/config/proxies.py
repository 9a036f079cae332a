"""Proxies: the key `proxy` of the file, else the variables that curl and most programs know."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final

from bot.config.credentials import secret_of
from bot.config.mistakes import Mistake
from bot.config.schema.proxies import OFF, parse_proxy
from bot.errors import ConfigError
from bot.models.proxies import NO_PROXIES, Exemption, Proxies
from bot.models.settings import SecretRef
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.config.records import Config
    from bot.models.proxies import Proxy

_PORTS: Final = 65_535


def proxies_of(config: Config, environ: Mapping[str, str]) -> Proxies:
    """Return the proxies of the file, else of the environment. Raises ConfigError.

    A variable in small letters wins over one in capitals, as in curl. $NO_PROXY exempts from the
    file's proxy as well.
    """
    problems: list[str] = []
    found: dict[str, Proxy] = {}
    if config.proxy == OFF:
        return NO_PROXIES
    if config.proxy is not None:
        found = _of_file(config, config.proxy, environ, problems)
    else:
        found = _of_environment(environ, problems)
    name, text = _variable("no_proxy", environ)
    exempt = [] if text.strip() == "*" else _exemptions(name, text, problems)
    if problems:
        raise ConfigError(problems)
    if not found:
        return NO_PROXIES
    return Proxies(by_scheme=found, exempt=tuple(exempt), exempts_all=text.strip() == "*")


def _of_file(
    config: Config, given: str | SecretRef, environ: Mapping[str, str], problems: list[str]
) -> dict[str, Proxy]:
    try:
        text = given if isinstance(given, str) else secret_of(given, config.base_dir, environ)
        proxy = parse_proxy(text.strip(), "proxy")
    except Mistake as mistake:
        line = f"proxy: {mistake}"
        place = given.place if isinstance(given, SecretRef) else None
        problems.append(place.problem(line) if place else line)
        return {}
    return {"http": proxy, "https": proxy}


def _of_environment(environ: Mapping[str, str], problems: list[str]) -> dict[str, Proxy]:
    found = {}
    for scheme in ("http", "https"):
        for variable in (f"{scheme}_proxy", "all_proxy"):
            name, text = _variable(variable, environ)
            if text:
                try:
                    found[scheme] = parse_proxy(text, f"${name}")
                except Mistake as mistake:
                    problems.append(
                        told("the environment variable {name}: {why}", name=name, why=mistake)
                    )
                break
    problems[:] = dict.fromkeys(problems)
    return found


def _variable(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the name and value of the variable, in small letters or in capitals."""
    for one in (name, name.upper()):
        if value := environ.get(one, "").strip():
            return one, value
    return name.upper(), ""


def _exemptions(name: str, text: str, problems: list[str]) -> list[Exemption]:
    found = []
    for entry in text.replace(",", " ").split():
        try:
            found.append(_exemption(entry))
        except ValueError:
            problems.append(
                told(
                    "the environment variable {name}: {entry} is neither a host nor a network "
                    'such as "10.0.0.0/8" or "fd00::/8"',
                    name=name,
                    entry=ascii(entry[:60]),
                )
            )
    return found


def _exemption(entry: str) -> Exemption:
    """Return one part of $NO_PROXY. Raises ValueError."""
    if "/" in entry:
        return Exemption(network=ip_network(entry.replace("[", "").replace("]", ""), strict=False))
    host, port = _with_port(entry)
    try:
        return Exemption(network=ip_network(str(ip_address(host))), port=port)
    except ValueError:
        pass
    domain = host.lower().removeprefix("*").strip(".")
    if not domain or ":" in domain or "*" in domain:
        raise ValueError(entry)
    return Exemption(domain=domain, port=port)


def _with_port(entry: str) -> tuple[str, int | None]:
    """Return host and port of `HOST:PORT`, `[ADDRESS]:PORT`, or of either without a port."""
    if entry.startswith("["):
        host, _, rest = entry[1:].partition("]")
        port = rest.removeprefix(":")
    elif entry.count(":") == 1:
        host, _, port = entry.partition(":")
    else:
        return entry, None
    if port and not (port.isdecimal() and int(port) <= _PORTS):
        raise ValueError(entry)
    return host, int(port) if port else None
