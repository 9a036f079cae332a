"""Keeps the log of a server free of what strangers send to it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

if TYPE_CHECKING:
    # The class has parameters only for those who check types.
    _Adapter = logging.LoggerAdapter[logging.Logger]
else:
    _Adapter = logging.LoggerAdapter

_THEIRS: Final = (HttpProcessingError, web.RequestPayloadError, ConnectionError)
"""What is no HTTP, a body that cannot be unpacked, and one that ends too soon."""


class ServerLog(_Adapter):
    """aiohttp's log of requests that it could not answer: mistakes of the sender are for debugging.

    aiohttp logs them as errors with a traceback, and anybody who finds the port can make them.
    """

    def exception(self, msg: object, *args: object, exc_info: Any = True, **kwargs: Any) -> None:
        """Log an error in answering, at a level that says whose it is."""
        level = logging.DEBUG if isinstance(exc_info, _THEIRS) else logging.ERROR
        self.log(level, msg, *args, exc_info=exc_info, **kwargs)


SERVER_LOG: Final = ServerLog(logging.getLogger("aiohttp.server"), {})
