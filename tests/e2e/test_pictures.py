"""Pictures from a feed to Telegram and X: the whole program, a web of pictures, stand-ins."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.standins.faults import answer
from tests.standins.feeds import redirect
from tests.standins.pictures import PICTURES, drawn, noise, served
from tests.standins.telegram import CHANNEL
from tests.standins.x import problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.e2e.world import World

TELEGRAM = f'[[channels]]\nid = "tin"\naccount = "tg"\nchat = "{CHANNEL}"\n'
X = '[[channels]]\nid = "xtin"\naccount = "x"\nlink = "never"\n'
TITLE = "Con chip mới nhanh gấp đôi đời trước"


def a_story(
    bot: World, path: str, *channels: str, gallery: Sequence[str] = (), film: str = ""
) -> str:
    """Publish a story whose picture stands at `path`, and return its feed's entry."""
    url = bot.web.url(path)
    further = "".join(f"&lt;img src='{bot.web.url(one)}' alt='{one}'&gt;" for one in gallery)
    attached = f"<enclosure url='{bot.web.url(film)}' type='video/mp4'/>" if film else ""
    bot.web.serve(
        "/hinh.rss",
        served(
            f"<rss version='2.0'><channel><title>Báo</title><item><title>{TITLE}</title>"
            "<link>https://example.org/chip</link><guid>1</guid>"
            f"<pubDate>{format_datetime(datetime.now(UTC))}</pubDate>"
            "<description>Hãng vừa công bố con chip mới với tốc độ gấp đôi."
            f"{further}</description>"
            f"<enclosure url='{url}' type='image/jpeg' length='1'/>{attached}"
            "</item></channel></rss>".encode(),
            "application/rss+xml",
        ),
    )
    names = ", ".join(f'"{name}"' for name in channels)
    return (
        f'[[feeds]]\nid = "hinh"\nurl = "{bot.web.url("/hinh.rss")}"\nfetch_page = "never"\n'
        f'allow_hosts = ["127.0.0.1"]\nchannels = [{names}]\n'
    )


def put_pictures(bot: World) -> None:
    for path, (draw, kind) in PICTURES.items():
        bot.web.serve(path, served(draw(), kind))


def sent_once(bot: World, *, wait: str = "20s") -> str:
    done = bot.run("once", "--wait", wait)
    assert done.returncode == 0, done.stderr
    assert list(bot.states()) == ["sent"]
    return done.stderr


def test_a_photo_goes_by_its_address(bot: World) -> None:
    put_pictures(bot)
    bot.write(TELEGRAM + a_story(bot, "/photo.jpg", "tin"))
    sent_once(bot)
    (message,) = bot.telegram.posts(CHANNEL)
    assert message["photo"][0]["file_id"] == bot.web.url("/photo.jpg")
    assert message["caption"].startswith(TITLE)
    assert bot.telegram.uploads == {}


def test_an_album_shows_each_picture_of_a_gallery_once(bot: World) -> None:
    put_pictures(bot)
    small = drawn(size=(500, 281), quality=60)
    others = {"/1/image.png": drawn("PNG", mode="RGBA"), "/2/image.png": noise((400, 300))}
    bot.web.serve("/cdn/0a.jpg", served(small, "image/jpeg"))
    for path, data in others.items():
        bot.web.serve(path, served(data, "image/png"))
    gallery = ["/cdn/0a.jpg", "/none.jpg", "/page.jpg", *others]
    bot.write(TELEGRAM + "images = 4\n" + a_story(bot, "/photo.jpg", "tin", gallery=gallery))
    foreseen = json.loads(bot.run("preview", "--images", "--json").stdout)
    sent_once(bot)
    shown = [one["photo"][0]["file_id"] for one in bot.telegram.posts(CHANNEL)]
    assert shown == [bot.web.url(path) for path in ("/photo.jpg", *others)]
    assert [one["images"] for one in foreseen] == [shown], "a preview that looks tells the truth"


@pytest.mark.parametrize(
    ("path", "shown"), [("/film.mp4", "video"), ("/page.mp4", "photo"), ("/none.mp4", "photo")]
)
def test_a_film_is_played_unless_it_is_none(bot: World, path: str, shown: str) -> None:
    put_pictures(bot)
    bot.web.serve("/film.mp4", served(b"\0\0\0\x18ftypmp42" + bytes(99), "video/mp4"))
    bot.web.serve("/page.mp4", served(b"<!DOCTYPE html>", "video/mp4"))
    bot.write(TELEGRAM + 'video = "auto"\n' + a_story(bot, "/photo.jpg", "tin", film=path))
    (foreseen,) = json.loads(bot.run("preview", "--images", "--json").stdout)
    sent_once(bot)
    (message,) = bot.telegram.posts(CHANNEL)
    assert shown in message
    assert (foreseen["clip"] is None, foreseen["no_clip"] is None) == (
        shown == "photo",
        shown == "video",
    )
    if shown == "video":
        assert message["video"]["cover"][0]["file_id"] == bot.web.url("/photo.jpg")


def test_a_refused_address_is_uploaded(bot: World) -> None:
    put_pictures(bot)
    bot.write(TELEGRAM + a_story(bot, "/photo.jpg", "tin"))
    bot.telegram.photo_check = lambda photo: (
        "wrong type of the web page content" if photo.startswith("http") else None
    )
    sent_once(bot)
    (message,) = bot.telegram.posts(CHANNEL)
    assert message["photo"][0]["file_id"] == "attach://picture.jpg"
    assert bot.telegram.uploads == {"attach://picture.jpg": drawn()}
    assert len(bot.telegram.requests) == 2
    assert [seen.path for seen in bot.web.requests].count("/photo.jpg") == 1


def test_a_refused_upload_becomes_a_text_post(bot: World) -> None:
    put_pictures(bot)
    bot.write(TELEGRAM + a_story(bot, "/photo.jpg", "tin"))
    bot.telegram.photo_check = lambda photo: (
        "failed to get HTTP URL content" if photo.startswith("http") else "IMAGE_PROCESS_FAILED"
    )
    sent_once(bot)
    (message,) = bot.telegram.posts(CHANNEL)
    assert message["text"].startswith(TITLE)
    assert [seen.path.rpartition("/")[2] for seen in bot.telegram.requests] == [
        "sendPhoto", "sendPhoto", "sendMessage",
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["/photo.avif", "/moving.gif"])
def test_a_picture_that_telegram_would_not_take_is_converted(bot: World, path: str) -> None:
    put_pictures(bot)
    bot.write(TELEGRAM + a_story(bot, path, "tin"))
    assert "picture will be uploaded" in sent_once(bot)
    assert len(bot.telegram.requests) == 1
    (data,) = bot.telegram.uploads.values()
    with Image.open(BytesIO(data)) as image:
        assert image.format == "JPEG"


@pytest.mark.parametrize("path", ["/wall.jpg", "/torn.jpg", "/lost.jpg", "/inward.jpg"])
def test_a_file_that_is_no_picture_never_reaches_telegram(bot: World, path: str) -> None:
    put_pictures(bot)
    bot.web.serve("/inward.jpg", redirect("http://169.254.169.254/latest/meta-data"))
    bot.write(TELEGRAM + a_story(bot, path, "tin"))
    assert "picture left out" in sent_once(bot)
    (message,) = bot.telegram.posts(CHANNEL)
    assert message["text"].startswith(TITLE)
    assert len(bot.telegram.requests) == 1


def test_a_picture_that_is_kept_from_us_goes_by_its_address(bot: World) -> None:
    bot.web.serve("/hotlink.jpg", served(b"no", status=403))
    bot.write(TELEGRAM + a_story(bot, "/hotlink.jpg", "tin"))
    assert "picture not seen" in sent_once(bot)
    assert bot.telegram.posts(CHANNEL)[0]["photo"][0]["file_id"].endswith("/hotlink.jpg")


def test_a_post_without_link_on_x_carries_the_picture_with_its_words(bot: World) -> None:
    put_pictures(bot)
    bot.write(TELEGRAM + X + a_story(bot, "/photo.png", "tin", "xtin"))
    sent_once(bot)
    (post,) = bot.x.posts()
    (media,) = bot.x.media.all.values()
    assert post["media"] == [media.id]
    assert (media.data, media.alt) == (drawn("PNG"), TITLE)
    assert post["entities"] == {}
    assert bot.x.billed == 20_000
    assert bot.json("status")["budgets"][0]["spent_day"] == "0.02"
    costs = {row["channel"]: row["cost"] for row in bot.json("deliveries")}
    assert costs["xtin"] == "0.02"
    # Both channels were served by one look.
    assert [seen.path for seen in bot.web.requests].count("/photo.png") == 1


def test_a_picture_that_x_does_not_take_costs_only_itself(bot: World) -> None:
    put_pictures(bot)
    bot.write(X + a_story(bot, "/photo.jpg", "xtin"))
    bot.x.faults.at(1, answer(503, problem(503, "Service Unavailable", "over capacity")))
    assert "posted without its picture" in sent_once(bot)
    assert bot.x.posts()[0]["media"] == []
    assert bot.x.billed == 15_000


def test_a_link_on_x_keeps_its_card(bot: World) -> None:
    put_pictures(bot)
    bot.write(X.replace("never", "always") + a_story(bot, "/photo.jpg", "xtin"))
    sent_once(bot)
    assert bot.x.posts()[0]["media"] == []
    assert bot.x.media.all == {}
    assert bot.x.billed == 200_000
    assert "/photo.jpg" not in [seen.path for seen in bot.web.requests]


def test_preview_names_the_address(bot: World) -> None:
    put_pictures(bot)
    bot.write(TELEGRAM + X + a_story(bot, "/photo.jpg", "tin", "xtin"))
    found = {each["channel"]: each["image"] for each in bot.json("preview")}
    assert found == dict.fromkeys(("tin", "xtin"), bot.web.url("/photo.jpg"))
    assert "/photo.jpg" not in [seen.path for seen in bot.web.requests]


def test_an_item_that_is_posted_by_hand_has_its_picture(bot: World) -> None:
    put_pictures(bot)
    bot.write(TELEGRAM + X + a_story(bot, "/photo.jpg", "tin", "xtin") + "first_run = 0\n")
    bot.telegram.photo_check = lambda photo: (
        "wrong type of the web page content" if photo.startswith("http") else None
    )
    bot.run("once")
    assert (bot.telegram.posts(CHANNEL), bot.x.posts()) == ([], [])
    telegram = bot.run("post", "--channel", "tin", "--item", TITLE)
    assert telegram.returncode == 0, telegram.stderr
    (message,) = bot.telegram.posts(CHANNEL)
    assert message["photo"][0]["file_id"] == "attach://picture.jpg"
    x = bot.run("post", "--channel", "xtin", "--item", TITLE, "--yes")
    assert x.stderr.endswith(", cost 0.02 USD\n")
    assert len(bot.x.posts()[0]["media"]) == 1
    assert bot.x.billed == 20_000
