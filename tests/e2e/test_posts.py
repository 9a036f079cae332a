"""What the readers of a running bot get to read, and what its operator is told of it."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.e2e.world import World, stop

CALL = "Ủng hộ tòa soạn qua tài khoản ngân hàng để báo sống được."


def publish(bot: World, count: int) -> None:
    now = datetime.now(UTC)
    items = "".join(
        f"<item><title>Tin số {n}</title><link>https://example.org/{n}</link><guid>{n}</guid>"
        f"<pubDate>{format_datetime(now - timedelta(minutes=9 - n))}</pubDate><description>"
        f"&lt;p&gt;Chuyện thứ {n} đã xảy ra sáng nay ở Huế, theo lời người dân.&lt;/p&gt;"
        f"&lt;p&gt;{CALL}&lt;/p&gt;</description></item>"
        for n in reversed(range(count))
    )
    fresh = bot.home / "feeds" / "vn.new"
    fresh.write_text(f"<rss version='2.0'><channel><title>Báo</title>{items}</channel></rss>")
    fresh.replace(bot.home / "feeds" / "vn.rss")


def test_a_line_that_repeats_is_left_out_of_posts_and_told_once(bot: World) -> None:
    feed = f'[[feeds]]\nid = "vn"\nurl = "{bot.web.base}/vn.rss"\nfirst_run = 9\n'
    bot.write(f'[[channels]]\nid = "terminal"\nplatform = "console"\n{feed}fetch_page = "never"\n')
    publish(bot, 3)
    with bot.service() as process:
        bot.wait_for(lambda: len(bot.states().get("sent", [])) == 3)
        publish(bot, 4)
        bot.wait_for(lambda: len(bot.states().get("sent", [])) == 4)
        out, err = stop(process)
    assert [f"Chuyện thứ {n} đã xảy ra" in out for n in range(4)] == [True] * 4
    assert CALL not in out
    assert err.count("line of several items left out") == 1
    assert CALL in err
