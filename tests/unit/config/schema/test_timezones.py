"""A zone that was named in another way is found; those that exist are taken as they are."""

import pytest

from bot.config.mistakes import Mistake
from bot.config.schema.timezones import _MEANT, is_turned, parse_timezone, unturned


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        ("Asia/Hanoi", "Asia/Ho_Chi_Minh"),
        ("Hanoi", "Asia/Ho_Chi_Minh"),
        ("Ho Chi Minh", "Asia/Ho_Chi_Minh"),
        ("asia/ho-chi-minh", "Asia/Ho_Chi_Minh"),
        ("Vietnam", "Asia/Ho_Chi_Minh"),
        ("ICT", "Asia/Ho_Chi_Minh"),
        ("GMT+7", "Asia/Ho_Chi_Minh"),
        ("UTC+7", "Asia/Ho_Chi_Minh"),
        ("UTC +07:00", "Asia/Ho_Chi_Minh"),
        ("+7", "Asia/Ho_Chi_Minh"),
        ("+0700", "Asia/Ho_Chi_Minh"),
        ("GMT-7", "Etc/GMT+7"),
        ("utc+9", "Etc/GMT-9"),
        ("UTC+5:45", "Asia/Kathmandu"),
        ("UTC+00:00", "UTC"),
        ("Asia/Beijing", "Asia/Shanghai"),
        ("New York", "America/New_York"),
        ("Asia/Ho_Chi_Mihn", "Asia/Ho_Chi_Minh"),
    ],
)
def test_the_zone_that_was_meant_is_named(named: str, meant: str) -> None:
    with pytest.raises(Mistake, match=rf'; did you mean "{meant.replace("+", "[+]")}"\?$'):
        parse_timezone(named)


@pytest.mark.parametrize("named", ["UTC+25", "GMT+7:13", "../etc/passwd", "", 7, "Nowhere at all"])
def test_nothing_is_made_up(named: object) -> None:
    with pytest.raises(Mistake) as caught:
        parse_timezone(named)
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize("name", [*_MEANT, "Asia/Saigon", "CET", "UTC", "Etc/GMT-7"])
def test_a_zone_that_exists_is_taken(name: str) -> None:
    assert parse_timezone(name).key == name


def test_zones_whose_sign_is_turned_around() -> None:
    assert is_turned("Etc/GMT+7")
    assert unturned("Etc/GMT+7") == "Etc/GMT-7"
    assert not is_turned("Asia/Ho_Chi_Minh")
    assert not is_turned("Etc/GMT")
