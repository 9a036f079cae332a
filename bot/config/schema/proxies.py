"""The address of a proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, unquote, urlsplit

from bot.config.mistakes import Mistake
from bot.config.schema.values import parse_secret
from bot.models.proxies import Proxy
from bot.wording import marked, told

if TYPE_CHECKING:
    from bot.models.settings import SecretRef

OFF: Final = "off"
_SCHEMES: Final = {"http": 80, "https": 443, "socks5": 1080}
_ALIASES: Final = {"socks": "socks5", "socks5h": "socks5"}
_FORM: Final = marked("write http://HOST:PORT or socks5://HOST:PORT")


def parse_proxy_key(value: object) -> str | SecretRef:
    """Read the address of a proxy, "off", or the name of a secret that holds the address."""
    if isinstance(value, str):
        if value != OFF:
            parse_proxy(value, "proxy")
        return value
    if not isinstance(value, dict):
        raise Mistake(marked('must be an address such as "http://proxy:3128", "off", or a secret'))
    return parse_secret(value)


def parse_proxy(text: str, source: str) -> Proxy:
    """Return the proxy that `text` names. Raises Mistake, which quotes no login."""
    parts = _split(text if "://" in text else f"http://{text}")
    scheme = _ALIASES.get(parts.scheme, parts.scheme)
    if scheme not in _SCHEMES:
        raise Mistake(
            told(
                "newsbot knows no proxies of the kind {scheme}; {hint}",
                scheme=ascii(scheme[:20]),
                hint=_FORM,
            )
        )
    if not parts.hostname:
        raise Mistake(told("the address of the proxy has no host; {hint}", hint=_FORM))
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise Mistake(told("the address of a proxy ends with its port; {hint}", hint=_FORM))
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if scheme == "socks5" and not (user + password).isascii():
        raise Mistake(marked("the login of a SOCKS proxy must be of plain letters (ASCII)"))
    return Proxy(
        scheme=scheme,
        host=parts.hostname,
        port=parts.port or _SCHEMES[scheme],
        user=user,
        password=password,
        source=source,
    )


def _split(text: str) -> SplitResult:
    if any(char.isspace() or not char.isprintable() for char in text):
        raise Mistake(
            told(
                "the address of the proxy contains a space or control character; {hint}", hint=_FORM
            )
        )
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  # a property that raises ValueError for a port out of range
    except ValueError:
        raise Mistake(
            told("the address of the proxy has no valid host or port; {hint}", hint=_FORM)
        ) from None
    return parts
