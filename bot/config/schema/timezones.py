"""Time zones, and the zone that somebody meant who named it in another way."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bot.config.mistakes import nearest, not_this, quote
from bot.wording import marked, told

_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)
# Zones without a name that counts whole hours, and +7, which newsbot's first users mean by it.
_ZONES = {
    "+7:00": "Asia/Ho_Chi_Minh",
    "+3:30": "Asia/Tehran",
    "+4:30": "Asia/Kabul",
    "+5:30": "Asia/Kolkata",
    "+5:45": "Asia/Kathmandu",
    "+6:30": "Asia/Yangon",
    "+9:30": "Australia/Darwin",
    "-3:30": "America/St_Johns",
    "-9:30": "Pacific/Marquesas",
}
# Cities, countries and abbreviations that the IANA database calls by another city.
_MEANT = {
    "Asia/Ho_Chi_Minh": "hanoi ha_noi vietnam viet_nam vn hcm hcmc tphcm da_nang danang hue ict",
    "Asia/Shanghai": "beijing peking shenzhen guangzhou china",
    "Asia/Kolkata": "delhi new_delhi mumbai bombay bangalore bengaluru chennai hyderabad india ist",
    "Asia/Tokyo": "osaka kyoto jst",
    "Asia/Seoul": "busan korea kst",
    "Asia/Singapore": "sgt",
    "Asia/Dubai": "abu_dhabi",
    "Asia/Bangkok": "chiang_mai phuket thailand",
    "Asia/Jakarta": "bandung wib",
    "Europe/Berlin": "munich frankfurt hamburg cologne germany cest",
    "Europe/Zurich": "geneva basel bern",
    "Europe/Madrid": "barcelona",
    "Europe/Rome": "milan",
    "Europe/Moscow": "petersburg saint_petersburg st_petersburg msk",
    "Europe/London": "england bst manchester edinburgh",
    "Australia/Sydney": "canberra aest aedt",
    "America/Sao_Paulo": "brasilia rio_de_janeiro",
    "America/New_York": "washington boston miami atlanta philadelphia edt",
    "America/Chicago": "dallas houston austin cdt cst",
    "America/Denver": "salt_lake_city mdt",
    "America/Los_Angeles": "san_francisco seattle san_diego las_vegas pst pdt",
}
_BY_NAME = {name: zone for zone, names in _MEANT.items() for name in names.split()}


def parse_timezone(value: object) -> ZoneInfo:
    """Read a name of the IANA time zone database."""
    name = value if isinstance(value, str) else ""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise not_this(
            marked('a time zone such as "Asia/Ho_Chi_Minh"'), value, _hint(name)
        ) from error


def is_turned(name: str) -> bool:
    """Tell whether a zone is one of "Etc/GMT+7" and its kind, which lies west: in UTC-7 (POSIX)."""
    return re.fullmatch(r"Etc/GMT[+-][1-9]\d?", name) is not None


def unturned(name: str) -> str:
    """Return the zone whose difference to UTC has the sign that `name` (`is_turned`) shows."""
    return name.translate(str.maketrans("+-", "-+"))


def _hint(name: str) -> str:
    offset = _OFFSET.fullmatch(name.strip().replace(" ", ""))
    zone = _of_offset(offset) if offset else _of_city(name)
    if zone is not None:
        return told("; did you mean {zone}?", zone=quote(zone))
    return "" if offset else nearest(name, available_timezones())


def _of_offset(found: re.Match[str]) -> str | None:
    """Return the zone of a difference to UTC, such as "GMT+7" or "+05:30", None where none has it.

    Names of the kind "Etc/GMT-7" have their sign turned around.
    """
    sign, hours, minutes = found[1], int(found[2]), found[3] or "00"
    zone = _ZONES.get(f"{sign}{hours}:{minutes}")
    if zone is None and minutes == "00":
        zone = f"Etc/GMT{'-' if sign == '+' else '+'}{hours}" if hours else "UTC"
    return zone if zone in available_timezones() else None


def _of_city(name: str) -> str | None:
    city = re.sub(r"[\s_-]+", "_", name.rpartition("/")[2].strip().casefold())
    named = {zone.rpartition("/")[2].casefold(): zone for zone in sorted(available_timezones())}
    return _BY_NAME.get(city) or named.get(city)
