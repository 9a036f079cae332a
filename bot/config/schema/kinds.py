"""The kinds of values that the file holds: the type, how it is read, and the form it has."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, WithJsonSchema

from bot.config.schema import addresses, values
from bot.config.schema.keys import Form, Reads
from bot.format.share import TARGETS
from bot.models.settings import Hours, SecretRef

_DURATION = values.DURATION.pattern
_HOURS = f"^{values.HOURS.pattern}$"
_TEXT: Form = {"type": "string", "minLength": 1}
_WEB: Form = {"type": "string", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"}
_DURATION_OR_OFF: Form = {"type": "string", "pattern": f"^({_DURATION}|off)$"}
_LANGUAGE: Form = {"type": "string", "pattern": f"^{values.LANGUAGE.pattern}$"}
_TEXTS: Form = {
    "title": "table of texts",
    "type": "object",
    "additionalProperties": {"type": "string"},
}
_SECRET: Form = {
    "title": "secret",
    "type": "object",
    "properties": {
        "env": {**_TEXT, "description": "an environment variable"},
        "file": {**_TEXT, "description": "a file with the secret alone"},
        "credential": {**_TEXT, "description": "a systemd credential"},
    },
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
}
ID_FORM: Form = {"title": "id", "type": "string", "pattern": f"^{values.ID.pattern}$"}

# --- numbers, times, money

Count = Annotated[int, Field(ge=0, le=1_000_000)]
Limit = Annotated[int, Field(ge=1, le=1_000_000)]
Money = Annotated[
    int,
    Reads(
        values.parse_money,
        {"title": "amount", "type": "number", "minimum": 0, "maximum": 1_000_000},
    ),
]
Duration = Annotated[
    timedelta,
    Reads(
        values.parse_duration, {"title": "duration", "type": "string", "pattern": f"^{_DURATION}$"}
    ),
]
DurationOrOff = Annotated[
    timedelta | None,
    Reads(values.parse_duration_or_off, {"title": 'duration or `"off"`', **_DURATION_OR_OFF}),
]
Gap = Annotated[
    timedelta, Reads(values.parse_gap, {"title": 'duration, `"0s"` or `"off"`', **_DURATION_OR_OFF})
]
DailyHours = Annotated[
    Hours | None, Reads(values.parse_hours, {"title": "hours", "type": "string", "pattern": _HOURS})
]
Silent = Annotated[
    bool | Hours,
    Reads(
        values.parse_silent,
        {"title": "true, false or hours", "type": ["boolean", "string"], "pattern": _HOURS},
    ),
]
TimeZone = Annotated[ZoneInfo, Reads(values.parse_timezone, {"title": "IANA name", **_TEXT})]

# --- names and texts

Id = Annotated[str, Reads(values.parse_id, ID_FORM)]
Chat = Annotated[
    str | int,
    Reads(
        values.parse_chat,
        {
            "title": '`"@name"` or number',
            "type": ["string", "integer"],
            "pattern": f"^{values.USERNAME.pattern}$",
            "not": {"const": 0},
        },
    ),
]
Hashtag = Annotated[str, Reads(values.parse_hashtag, {"title": "word", **_TEXT})]
HashtagsMap = Annotated[dict[str, str], Reads(values.parse_hashtags_map, _TEXTS)]
Language = Annotated[str, Reads(values.parse_language, {"title": "language", **_LANGUAGE})]
LanguageOfArticles = Annotated[
    str | None,
    Reads(values.parse_language, {"title": 'such as `"vi"`, `"en"`, `"pt-BR"`', **_LANGUAGE}),
]
OwnLanguage = Annotated[
    str,
    Reads(
        values.parse_own_language, {"title": '`"vi"` or `"en"`', "enum": list(values.OWN_LANGUAGES)}
    ),
]
Name = Annotated[str | None, Reads(values.parse_name, {"title": "text", **_TEXT})]
TemplateName = Annotated[str | None, Reads(values.parse_template, {"title": "file name", **_TEXT})]
ShareTarget = Annotated[
    str,
    AfterValidator(values.parse_share),
    WithJsonSchema({"title": "share target", "enum": list(TARGETS)}),
]
ShareLabels = Annotated[dict[str, str], Reads(values.parse_share_labels, _TEXTS)]

# --- addresses and secrets

Secret = Annotated[SecretRef | None, Reads(values.parse_secret, _SECRET)]
ApiUrl = Annotated[str, Reads(addresses.parse_api_url, {"title": "address", **_WEB})]
FeedUrl = Annotated[
    str,
    Reads(
        addresses.parse_feed_url,
        {"title": "`https://…`, `http://…`, `file:///…` or a path", **_TEXT},
    ),
]
Contact = Annotated[
    str | None, Reads(addresses.parse_contact, {"title": "web or e-mail address", **_TEXT})
]
Database = Annotated[
    str | SecretRef | None,
    Reads(
        addresses.parse_database,
        {
            "title": "address or secret",
            "anyOf": [{"type": "string", "pattern": "^(sqlite:///|postgresql://)"}, _SECRET],
        },
    ),
]
Headers = Annotated[dict[str, str], Reads(addresses.parse_headers, _TEXTS)]
Host = Annotated[str, Reads(addresses.parse_host, {"title": "host", **_TEXT})]
Listen = Annotated[
    tuple[str, int],
    Reads(
        addresses.parse_listen,
        {"title": "address and port", "type": "string", "pattern": r"^.+:\d{1,5}$"},
    ),
]
