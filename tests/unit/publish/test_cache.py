"""Results are kept for their time, and no more of them than there is room for."""

from bot.publish.cache import Cache


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_value_is_there_until_its_time_is_over() -> None:
    clock = Clock()
    kept: Cache[str, int] = Cache(2, clock)
    kept.keep("a", 1, seconds=10)
    clock.now += 9.9
    assert kept.get("a") == 1
    clock.now += 0.1
    assert kept.get("a") is None


def test_the_oldest_of_too_many_goes_and_a_value_kept_again_is_new() -> None:
    kept: Cache[str, int] = Cache(2, Clock())
    for key, value in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        kept.keep(key, value, seconds=10)
    assert [kept.get(key) for key in "abc"] == [3, None, 4]


def test_values_have_room_together_and_one_that_is_too_large_is_not_kept() -> None:
    kept: Cache[str, str] = Cache(9, Clock(), size=len, most_size=5)
    for key, value in (("a", "12"), ("b", "345"), ("c", "6")):
        kept.keep(key, value, seconds=10)
    assert [kept.get(key) for key in "abc"] == [None, "345", "6"]
    kept.keep("d", "123456", seconds=10)
    assert [kept.get(key) for key in "abcd"] == [None] * 4


def test_a_dropped_value_is_forgotten() -> None:
    kept: Cache[str, int] = Cache(2, Clock())
    kept.keep("a", 1, seconds=10)
    kept.drop("a")
    kept.drop("never there")
    assert kept.get("a") is None
