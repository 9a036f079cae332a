"""The Fetcher: polls feeds over HTTP or from files, politely and within limits."""

from bot.collect.http.fetcher import HttpFetcher
from bot.collect.http.limits import FetchLimits

__all__ = ["FetchLimits", "HttpFetcher"]
