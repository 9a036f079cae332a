"""What real feeds of the corpus do to leads, titles, names, hashtags and pictures: small samples."""

from __future__ import annotations

from typing import Any

import pytest

from bot.format.blocks import read_blocks
from bot.format.boilerplate import is_boilerplate, without_frame
from bot.format.choosing import choose
from bot.format.hashtags import hashtag_of
from bot.format.image import best_image
from bot.format.text import clean
from bot.models.feeds import Image

NEWS = "Nhà máy mới sẽ chạy vào tháng 9 và dùng 2.000 kỹ sư của ba tỉnh miền Trung."
MORE = "Vốn đầu tư là 1,2 tỷ đô la, do hai tập đoàn lớn của Nhật Bản và của Hàn Quốc góp vào."


def lead(desk: Any, content: str, title: str = "Một nhan đề khác") -> str:
    return choose(desk.article(title=title, content=content).paragraphs, 450).text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("INTERVIEW - Il y a deux ans, le fondateur quittait la maison.", "Il y a deux ans, le fondateur quittait la maison."),
        ("FRANCE 2/00h20 - Samedi soir, quatre invités viennent parler.", "Samedi soir, quatre invités viennent parler."),
        ("TÉLÉVISION / VIDÉO - Le champion a atteint 804.092 euros.", "Le champion a atteint 804.092 euros."),
        (f"HÀ NỘI - {NEWS}", NEWS),
        ("DALLAS — Sources at City Hall tell that the chief will leave.", "Sources at City Hall tell that the chief will leave."),
        ("ĐÀ NẴNG – “Chúng tôi đã sẵn sàng”, chủ đầu tư nói hôm thứ Hai.", "“Chúng tôi đã sẵn sàng”, chủ đầu tư nói hôm thứ Hai."),
        # ... but no word of the sentence:
        ("AI – the technology behind it all – costs more than planned.", None),
        ("AI – Die Technik dahinter kostet mehr als geplant war.", None),
        ("NVIDIA – the maker of chips – has grown by half this year.", None),
        ("Free vs paid hosting – With so many offers you may wonder.", None),
    ],
)  # fmt: skip
def test_place_or_rubric_in_capitals_before_the_first_sentence(
    content: str, expected: str | None, desk: Any
) -> None:
    assert lead(desk, content) == (expected or content)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # "first published at", as a plug-in of Chinese blogs writes it into the text
        ("我根据自己的实践，列举了几个建议。，首发于文章 - 伯乐在线。", "我根据自己的实践，列举了几个建议。"),
        ("我花费了六个月的时间去查找一个错误的字母。本文首发于伯乐在线", "我花费了六个月的时间去查找一个错误的字母。"),
        # what announces something that a post does not show
        ("此主题相关图片如下：", ""),
        ("Full list:", ""),
        (f"<p>{NEWS} Par Mikkel Borch-Jacobsen.</p>", NEWS),
        (f"<p>{NEWS} By Monday.</p>", f"{NEWS} By Monday."),
        ("submitted by<a href='/user/x'>x</a>to<a href='/r/pics/'>pics</a><br/><a href='u'>[link]</a>", ""),
        ("Submitted by three senators last week, the bill passed on Monday.", "Submitted by three senators last week, the bill passed on Monday."),
        # addresses: of a sponsor, at the end, alone
        (f"<p>Thanks to https://sponsor.example/?from=us for the boards.</p><p>{NEWS}</p>", NEWS),
        (f"<p>{NEWS} Mua vé ở đây: https://ve.example/1</p>", NEWS),
        ("<p>Here is a tiny proof of concept, built in an hour: http://viewer.example.com</p>", "Here is a tiny proof of concept, built in an hour."),
        ("<p>The site https://shop.example was down for most of Sunday.</p>", "The site https://shop.example was down for most of Sunday."),
        # a feed that escapes its text once too often, beside markup that it does not
        ('&lt;!-- SC_OFF --&gt;&lt;div class="md"&gt;&lt;p&gt;Hey, glad to be back here for another day of questions.&lt;/p&gt; &lt;/div&gt;&lt;!-- SC_ON --&gt; submitted by <a href="/u/x">x</a><br/> <a href="u">[link]</a>', "Hey, glad to be back here for another day of questions."),
        ("<p>&lt;div&gt; elements are blocks, as every author of pages learns on day one.</p>", "<div> elements are blocks, as every author of pages learns on day one."),
    ],
)  # fmt: skip
def test_lines_that_are_no_news_are_left_out(content: str, expected: str, desk: Any) -> None:
    assert lead(desk, content) == expected


@pytest.mark.parametrize("break_", ["<br />\n", "\n"])
def test_a_wrapped_line_is_no_line_of_its_own(break_: str, desk: Any) -> None:
    """Half a sentence that other items have, too, must not be taken out of this one."""
    text = f"Updated packages that fix several security issues are now{break_}available for all."
    article = desk.article(title="T", content=text, summary="")
    assert choose(article.paragraphs, 450).text == " ".join(text.replace("<br />", " ").split())
    repeated = [block.text for block in read_blocks(text)]
    assert repeated == [" ".join(text.replace("<br />", " ").split())]
    assert [block.text for block in read_blocks(f"Chip{break_}Pin")] == ["Chip\nPin"]


@pytest.mark.parametrize(
    "agency",
    ["TTO - ", "(Dân trí) – ", "NDO - ", "VTC News - ", "ANTD.VN - ", "Kinhtedothi - ", "QĐND Online - ",
     "VietNamNet - ", "TP - ", "VietTimes -- ", "Baonghean.vn - ", "BNEWS ", "TTXVN/Vietnam+ - ", "TP.HCM - ",
     "Hà Nội (TTXVN) - ", "GD&TĐ - ", "(Chinhphu.vn) - "],
)  # fmt: skip
def test_agencies_of_vietnam(agency: str, desk: Any) -> None:
    assert lead(desk, f"<p>{agency}{NEWS}</p>") == NEWS


@pytest.mark.parametrize(
    "line",
    ["Bạn có thể quan tâm", "Có thể bạn quan tâm:", "Ảnh minh họa", "Cập nhật lúc 10:20", "PV", "BTV Nguyễn Văn A",
     "Trở lại Số hóaTrở lại Số hóa", "Copy link thành công", "Bỏ lưu", "Đăng nhập để bình luận",
     "Theo dõi VnExpress trên Google News", "Đọc bài gốc tại đây", "Nhấn vào đây để xem video.", "Bấm vào đây",
     "Clip: Người dân cung cấp", "Kéo xuống để tiếp tục đọc", "Nghe đọc bài", "Nữ miền Bắc", "Mục lục [Hiện]",
     "Đăng bởi: admin", "Đăng ngày 12/3/2024", "Được viết bởi Admin", "Bài viết cùng chủ đề:"],
)  # fmt: skip
def test_the_frame_of_vietnamese_pages_is_left_out(line: str, desk: Any) -> None:
    assert lead(desk, f"<p>{line}</p><p>{NEWS}</p><p>{line}</p>") == NEWS
    assert is_boilerplate(line)


@pytest.mark.parametrize(
    "line",
    ["Cập nhật iOS 17.3 vá lỗ hổng nghiêm trọng", "Trở lại sau chấn thương, Quang Hải ghi bàn phút 90",
     "Theo báo cáo, doanh thu tăng 12% trong quý ba.", "Đăng ký thuê bao 5G từ ngày mai", "PV GAS trúng thầu kho LNG",
     "Ảnh chụp màn hình cho thấy lỗi mới của Windows", "Nhấn vào đây là thông điệp tiết kiệm điện của bộ.",
     "Bạn có thể quan tâm đến giá, nhưng hãng không nói gì về chuyện đó.", "Nghe nhạc miễn phí trên ứng dụng mới"],
)  # fmt: skip
def test_look_alikes_stay_as_they_are(line: str) -> None:
    assert not is_boilerplate(line)
    assert without_frame(line) == line


@pytest.mark.parametrize(
    ("title", "content", "expected"),
    [
        ("Đội bóng vào chung kết Cúp quốc gia", f"Đội bóng vào chung kết Cúp quốc gia, theo ban tổ chức. {NEWS}", NEWS),
        ("Doi bong vao chung ket Cup quoc gia", f"<p>Đội bóng vào chung kết: Cúp quốc gia. {NEWS}</p>", NEWS),
        ("6-pound foal may be world's tiniest - The Associated Press", f"6-pound foal may be world’s tiniest The Associated Press A horse was born. {NEWS}", f"A horse was born. {NEWS}"),
        ("Loog Guitars", "Loog Guitars are small, 3-string guitars made for beginners.", "Loog Guitars are small, 3-string guitars made for beginners."),
    ],
)  # fmt: skip
def test_title_again_with_a_few_words_more(
    title: str, content: str, expected: str, desk: Any
) -> None:
    assert lead(desk, content, title) == expected


def test_a_short_text_is_shown_whole_and_of_a_long_one_as_much_as_says_enough(desk: Any) -> None:
    assert lead(desk, f"{NEWS} {MORE} Hết.") == f"{NEWS} {MORE} Hết."
    again = "Người dân chờ việc làm mới, chính quyền chờ tiền thuế, còn môi trường thì chưa ai hỏi."
    long = f"{NEWS} {MORE} {again} {again.replace('mới', 'tốt')}"
    assert lead(desk, long) == f"{NEWS} {MORE} {again}"


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("ranking doesnâ€™t need to feel impossible – Apple’s factors", "ranking doesn’t need to feel impossible – Apple’s factors"),
        ("â€œfree to all.â€\x9d They’re right", "“free to all.” They’re right"),
        ("for the same price.Â In this post – it’s", "for the same price. In this post – it’s"),
        ("on the cake. Â If you’re", "on the cake. If you’re"),
        ("on the cake.\xa0Â If you’re", "on the cake. If you’re"),
        ("Chữ Â và chữ Ă trong tiếng Việt", "Chữ Â và chữ Ă trong tiếng Việt"),
        ("Âm nhạc. Ân nhân", "Âm nhạc. Ân nhân"),
    ],
)  # fmt: skip
def test_a_few_misread_signs_in_right_text(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@pytest.mark.parametrize(
    ("feed_title", "title", "source", "expected"),
    [
        ("Tin mới nhất - VnExpress RSS", "Cua xay bốc mùi", "VnExpress", "Cua xay bốc mùi"),
        ("Thế giới - VnExpress RSS", "Israel rời hội đồng - VnExpress", "Thế giới - VnExpress", "Israel rời hội đồng"),
        ("Flux RSS du magazine Le Cercle", "Dolto", "magazine Le Cercle", "Dolto"),
        ("RSS Feed - gebaeudeforum", "Heizung", "gebaeudeforum", "Heizung"),
        ("Alle Meldungen - SZ.de", "Harte Landung | SZ.de", "SZ.de", "Harte Landung"),
        ("Rue89 : A la Une", "Vierzon", "Rue89", "Vierzon"),
        ("Jornal de Notícias - Últimas Notícias", "Reações", "Jornal de Notícias", "Reações"),
        ("www.rbc.ru", "Парковки", "rbc.ru", "Парковки"),
        ("The Verge - All Posts", "Hulu", "The Verge", "Hulu"),
        ("Lá Xanh - /kinh-doanh/quoc-te/", "Hulu", "Lá Xanh", "Hulu"),
        ("Radio 24/7 AC /DC", "Hulu", "Radio 24/7 AC /DC", "Hulu"),
        ("News", "Hulu", "News", "Hulu"),
        ("El Goonish Shive", "El Goonish Shive - Party-001", "El Goonish Shive", "Party-001"),
        ("Báo Mới", "Giá vàng tăng - example.vn", "Báo Mới", "Giá vàng tăng"),
        ("Báo Mới", "Apple - hãng giàu nhất", "Báo Mới", "Apple - hãng giàu nhất"),
    ],
)  # fmt: skip
def test_names_of_sites(feed_title: str, title: str, source: str, expected: str, desk: Any) -> None:
    article = desk.article(title=title, feed_title=feed_title)
    assert (article.source, article.title) == (source, expected)


@pytest.mark.parametrize(
    ("category", "tag"),
    [
        ("Q&A", None),
        ("AT&T", "#ATT"),
        ("covid-19", "#Covid19"),
        ("angie\\'s list", "#AngiesList"),
        ("thị trường chip", "#ThịTrườngChip"),
    ],
)
def test_categories_become_hashtags(category: str, tag: str | None) -> None:
    assert hashtag_of(category) == tag


def test_states_languages_and_machinery_are_no_hashtags(desk: Any) -> None:
    names = ("PAID", "Active", "en", "Разное", "Tin mới nhất", "agnks-vitebsk-22-dek")
    article = desk.article(title="T", categories=(*names, "homepage_regional_europe", "Chip"))
    assert desk.post(article, "telegram").text.endswith("#Chip")
    assert desk.post(article, "telegram").text.count("#") == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://rss.slashdot.org/Slashdot/slashdot?g=6117",
        "https://s.example.com/images/US/news_default_2000x2000_16x9_1600.jpg",
        "https://example.com/img/no-image.png",
        "https://example.com/img/headshot.jpg",
        "http://www.example.com/images/rss/feed/.jpg",
        "https://b.thumbs.redditmedia.com/VYOqcDjjAqym9lazHuojHGF.jpg",
        "http://www.example.co.uk/weather/images/symbols/fiveday/3.gif",
    ],
)
def test_images_that_show_no_story_are_refused(url: str) -> None:
    assert best_image([Image(url=url, source="content")]) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://static1.example.com/static/50c6/t/5797/1469537590897/?format=1000w",
        "https://feeds.example.com/media/anh.jpg",
        "https://example.com/uploads/default/original/1X/a.jpg",
    ],
)
def test_images_that_may_show_the_story_are_taken(url: str) -> None:
    assert best_image([Image(url=url, source="content")]) == url
