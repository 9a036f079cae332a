import pytest

from bot.app.descriptors import room_for_polls


@pytest.mark.parametrize(
    ("limit", "polls"), [(16, 1), (64, 4), (100, 22), (184, 64), (1024, 64), (1 << 20, 64)]
)
def test_polls_leave_descriptors_to_posts(limit: int, polls: int) -> None:
    assert room_for_polls(limit) == polls
