"""The kinds of values that the file holds: the type, how it is read, and the form it has."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, WithJsonSchema

from bot.config.schema import addresses, proxies, times, values
from bot.config.schema.keys import Form, Reads
from bot.config.schema.timezones import parse_timezone
from bot.format.share import TARGETS
from bot.models.settings import SecretRef
from bot.models.times import Hours, Times, WeekHours


def _text(title: str, pattern: str = "") -> Form:
    """Return the form of a text, all of which matches `pattern`; without one, any but ""."""
    return {"title": title, "type": "string"} | (
        {"pattern": f"^{pattern}$"} if pattern else {"minLength": 1}
    )


def _by_week(form: Form) -> Form:
    """Return the form of a table with `weekdays` and `weekend`, each of them a `form`."""
    return {
        "type": "object",
        "properties": {
            "weekdays": {**form, "description": "from Monday to Friday"},
            "weekend": {**form, "description": "on Saturday and Sunday"},
        },
        "additionalProperties": False,
        "minProperties": 1,
    }


_DURATION_OR_OFF = f"({values.DURATION.pattern}|off)"
_WEEKLY = f"({times.WEEKLY.pattern}|off)"
_HOURS = times.HOURS.pattern
_TIME = {"type": "string", "pattern": f"^{times.TIME.pattern}$"}
_TIMES = {"type": "array", "items": _TIME, "minItems": 1}
_LANGUAGE = values.LANGUAGE.pattern
_WEB = "[Hh][Tt][Tt][Pp][Ss]?://.*"
_TEXTS: Form = {
    "title": "table of texts",
    "type": "object",
    "additionalProperties": {"type": "string"},
}
_SECRET: Form = {
    "title": "secret",
    "type": "object",
    "properties": {
        "env": {**_text("name"), "description": "an environment variable"},
        "file": {**_text("path"), "description": "a file with the secret alone"},
        "credential": {**_text("name"), "description": "a systemd credential"},
    },
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
}
_AMOUNT: Form = {"title": "amount", "type": "number", "minimum": 0, "maximum": 1_000_000}
_WEEK_HOURS = _by_week({"type": "string", "pattern": f"^{_HOURS}$"})
_DAILY_HOURS: Form = {
    "title": "hours, or table of hours",
    "anyOf": [_text("hours", _HOURS), _WEEK_HOURS],
}
_SILENT: Form = {
    "title": "true, false, hours, or table of hours",
    "anyOf": [{"type": "boolean"}, _text("hours", _HOURS), _WEEK_HOURS],
}
_POST_AT: Form = {
    "title": "list of times, or table of lists",
    "anyOf": [{**_TIMES, "title": "times"}, _by_week(_TIMES)],
}
_CHAT: Form = {
    **_text('`"@name"` or number', values.USERNAME.pattern),
    "type": ["string", "integer"],
    "not": {"const": 0},
}
_USER: Form = {"title": "number of a person", "type": "integer", "minimum": 1, "maximum": 2**52}
_OWN_LANGUAGE: Form = {"title": '`"vi"` or `"en"`', "enum": list(values.OWN_LANGUAGES)}
_DATABASE: Form = {
    "title": "address or secret",
    "anyOf": [_text("address", "(sqlite:///|postgresql://).*"), _SECRET],
}
_PROXY: Form = {
    "title": 'address, `"off"` or secret',
    "anyOf": [_text("address", r"(off|.*:\d+/?|[a-z0-9]+://.*)"), _SECRET],
}
ID_FORM = _text("id", values.ID.pattern)

# --- numbers, times, money

Count = Annotated[int, Field(ge=0, le=1_000_000)]
Limit = Annotated[int, Field(ge=1, le=1_000_000)]
Money = Annotated[int, Reads(values.parse_money, _AMOUNT)]
Duration = Annotated[
    timedelta, Reads(values.parse_duration, _text("duration", values.DURATION.pattern))
]
DurationOrOff = Annotated[
    timedelta | None,
    Reads(values.parse_duration_or_off, _text('duration or `"off"`', _DURATION_OR_OFF)),
]
Gap = Annotated[
    timedelta, Reads(values.parse_gap, _text('duration, `"0s"` or `"off"`', _DURATION_OR_OFF))
]
DailyHours = Annotated[Hours | WeekHours | None, Reads(times.parse_daily_hours, _DAILY_HOURS)]
Silent = Annotated[bool | Hours | WeekHours, Reads(times.parse_silent, _SILENT)]
PostAt = Annotated[Times | None, Reads(times.parse_post_at, _POST_AT)]
Weekly = Annotated[
    Times | None, Reads(times.parse_weekly, _text('day and time, or `"off"`', _WEEKLY))
]
DigestTimes = Annotated[
    tuple[time, ...], Reads(times.parse_times, {**_TIMES, "title": "list of times"})
]
Days = Annotated[frozenset[int], Reads(times.parse_days, _text("days", times.DAYS_OF_WEEK.pattern))]
TimeZone = Annotated[ZoneInfo, Reads(parse_timezone, _text("IANA name"))]

# --- names and texts

Id = Annotated[str, Reads(values.parse_id, ID_FORM)]
Chat = Annotated[str | int, Reads(values.parse_chat, _CHAT)]
User = Annotated[int, Reads(values.parse_user, _USER)]
Hashtag = Annotated[str, Reads(values.parse_hashtag, _text("word"))]
NameInTitle = Annotated[str, Reads(values.parse_name_in_title, _text("name"))]
Removed = Annotated[str, Reads(values.parse_removed, _text("phrase"))]
Term = Annotated[str, Reads(values.parse_term, _text("term"))]
CutAfter = Annotated[str, Reads(values.parse_phrase, _text("phrase"))]
HashtagsMap = Annotated[dict[str, str], Reads(values.parse_hashtags_map, _TEXTS)]
Language = Annotated[str, Reads(values.parse_language, _text("language", _LANGUAGE))]
LanguageOfArticles = Annotated[
    str | None, Reads(values.parse_language, _text('such as `"vi"`, `"en"`, `"pt-BR"`', _LANGUAGE))
]
OwnLanguage = Annotated[str, Reads(values.parse_own_language, _OWN_LANGUAGE)]
Name = Annotated[str | None, Reads(values.parse_name, _text("text"))]
TemplateName = Annotated[str | None, Reads(values.parse_template, _text("file name"))]
ShareTarget = Annotated[
    str,
    AfterValidator(values.parse_share),
    WithJsonSchema({"title": "share target", "enum": list(TARGETS)}),
]
ShareLabels = Annotated[dict[str, str], Reads(values.parse_share_labels, _TEXTS)]

# --- addresses and secrets

Secret = Annotated[SecretRef | None, Reads(values.parse_secret, _SECRET)]
ApiUrl = Annotated[str, Reads(addresses.parse_api_url, _text("address", _WEB))]
FeedUrl = Annotated[
    str, Reads(addresses.parse_feed_url, _text("`https://…`, `http://…`, `file:///…` or a path"))
]
Contact = Annotated[str | None, Reads(addresses.parse_contact, _text("web or e-mail address"))]
Database = Annotated[str | SecretRef | None, Reads(addresses.parse_database, _DATABASE)]
ProxyAddress = Annotated[str | SecretRef | None, Reads(proxies.parse_proxy_key, _PROXY)]
PublicUrl = Annotated[str | None, Reads(addresses.parse_public_url, _text("address", "https://.+"))]
Headers = Annotated[dict[str, str], Reads(addresses.parse_headers, _TEXTS)]
Host = Annotated[str, Reads(addresses.parse_host, _text("host"))]
_LISTEN = _text("address and port", r".+:\d{1,5}")
Listen = Annotated[tuple[str, int], Reads(addresses.parse_listen, _LISTEN)]
OpenListen = Annotated[tuple[str, int], Reads(addresses.parse_open_listen, _LISTEN)]
