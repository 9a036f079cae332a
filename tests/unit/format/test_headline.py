"""Headlines in capitals, names of sources, and what else readers need not see."""

from __future__ import annotations

from typing import Any

import pytest

from bot.format.choosing import choose
from bot.format.hashtags import hashtags
from bot.format.headline import sentence_case
from bot.format.repeats import find_repeats
from bot.format.source import source_name
from bot.models.feeds import Item
from bot.models.stories import Article

MORE = "Ba tỉnh góp 90 triệu đô la cho nhà máy ấy từ ngân sách năm nay."
NEWS = "Nhà máy mới sẽ chạy vào tháng 9 và dùng 2.000 kỹ sư của ba tỉnh miền Trung."


@pytest.mark.parametrize(
    ("title", "language", "expected"),
    [
        ("GIÁ VÀNG HÔM NAY TĂNG MẠNH TẠI VIỆT NAM", "vi", "Giá vàng hôm nay tăng mạnh tại Việt Nam"),
        ("IBM RA MẮT CHIP LƯỢNG TỬ MỚI TẠI HÀ NỘI", "vi", "IBM ra mắt chip lượng tử mới tại Hà Nội"),
        ("IPHONE 17 PRO RA MẮT: GIÁ 30 TRIỆU", "vi", "iPhone 17 PRO ra mắt: Giá 30 triệu"),
        ("SAMSUNG VÀ FPT HỢP TÁC, EVN DÙNG 5G", "vi", "Samsung và FPT hợp tác, EVN dùng 5G"),
        ("“ĐÃ ĐẾN LÚC”, CHỦ TỊCH NÓI", "vi", "“Đã đến lúc”, chủ tịch nói"),
        ("NEW FRAMEWORK FOR AI FROM IBM AND OPENAI", "en", "New framework for AI from IBM and OpenAI"),
        ("IS IT TRUE? NASA SAYS YES TO THE UFO", "en", "Is it true? NASA says YES to the UFO"),
        ("ПРЕЗИДЕНТ ПРИЕХАЛ В БЕРЛИН", "ru", "Президент приехал в берлин"),
        ("İSTANBUL IŞIKLARI GERİ GELDİ", "tr", "İstanbul ışıkları geri geldi"),
        # ... as they are:
        ("NASA", "en", "NASA"), ("COVID-19", "en", "COVID-19"), ("USB 4.0", "en", "USB 4.0"),
        ("FPT, VNG, EVN", "vi", "FPT, VNG, EVN"), ("Nóng: GIÁ XĂNG TĂNG", "vi", "Nóng: GIÁ XĂNG TĂNG"),
        ("手机合成图P图利器与QA测试自动化指南", "zh", "手机合成图P图利器与QA测试自动化指南"),
        ("Giá vàng tăng", "vi", "Giá vàng tăng"),
    ],
)  # fmt: skip
def test_a_headline_in_capitals_is_set_as_a_sentence(
    title: str, language: str, expected: str
) -> None:
    assert sentence_case(title, language, ()) == expected


def test_the_articles_own_text_tells_its_names(desk: Any) -> None:
    article = desk.article(
        title="PHÓ CHỦ TỊCH SAO KHUÊ TỪ CHỨC HÔM QUA VÌ PIN ABX",
        summary="Ông Lê An, phó chủ tịch Sao Khuê, vừa từ chức vì pin ABX. Hôm qua ông chia tay.",
    )
    assert article.title == "Phó chủ tịch Sao Khuê từ chức hôm qua vì pin ABX"


@pytest.mark.parametrize(
    ("feed_title", "name"),
    [
        ("Báo Số Thử (1,234)", "Báo Số Thử"), ("Pin thể rắn - 25 kết quả", "Pin thể rắn"),
        ("craigslist (1-100)", "craigslist"), ("Search: AI – 120 results", "Search: AI"),
        ("NYT > Home Page", "NYT"), ("Báo Số Thử » Công nghệ » AI", "Báo Số Thử"),
        ("Báo Số Thử / Công nghệ / AI", "Báo Số Thử"), ("Home > Báo Số Thử", "Báo Số Thử"),
        ("Báo Số Thử -", "Báo Số Thử"), ("Báo Số Thử | RSS", "Báo Số Thử"), ("Báo A – RSS –", "Báo A"),
        ("STERN.DE RSS-Feed Auto", "STERN.DE Auto"), ("Báo A RSS 2.0", "Báo A"), ("[RSS] Báo A", "Báo A"),
        # ... as they are:
        ("RSS.com", "RSS.com"), ("RSS", "RSS"), ("24h.com.vn", "24h.com.vn"), ("Kênh 14", "Kênh 14"),
        ("Vimeo / pvz.lt", "Vimeo / pvz.lt"), ("Studio 54", "Studio 54"), ("Thế giới - VnExpress", "Thế giới - VnExpress"),
        ("AC/DC News", "AC/DC News"), ("Norm 2782", "Norm 2782"),
    ],
)  # fmt: skip
def test_the_name_of_a_source(feed_title: str, name: str) -> None:
    assert source_name(None, feed_title) == name
    assert source_name("Tên -", feed_title) == "Tên -"  # the operator's is the operator's


@pytest.mark.parametrize(
    ("categories", "tags"),
    [
        (("AI，Chip、Pin",), ("#AI", "#Chip", "#Pin")),
        (("Trump, Donald J", "Putin, Vladimir V."), ("#Trump", "#Putin")),
        (("DonaldJ", "A", "X", "Kinh tế"), ("#KinhTế",)),
        (("Chinese_simplified", "has_video", "ChưaĐượcPhânLoại", "Chưa được phân loại"), ()),
        (("News > Robot",), ("#Robot",)),
        # ... as they are:
        (("Model Y", "Vitamin C", "OS X"), ("#ModelY", "#VitaminC", "#OSX")),
        (("车", "GenZ", "OpenAI"), ("#车", "#GenZ", "#OpenAI")),
        (("LaTeX", "Xe điện", "Mac OS X"), ("#LaTeX", "#XeĐiện", "#MacOSX")),
    ],
)  # fmt: skip
def test_categories_that_are_several_and_that_are_none(
    categories: tuple[str, ...], tags: tuple[str, ...], desk: Any
) -> None:
    assert hashtags(Article(title="t", categories=categories), desk.channels["telegram"]) == tags


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        (f"An anonymous reader quotes a report from Ars Technica: {NEWS}", NEWS),
        (f"Longtime Slashdot reader theodp writes: {NEWS}", NEWS),
        (f"schwit1 shares a report from Space.com: {NEWS}", NEWS),
        (f'An anonymous reader writes "{NEWS}" {MORE}', f"{NEWS} {MORE}"),
        (f'An anonymous reader writes: "A "{NEWS}" {MORE}"', f'A "{NEWS}" {MORE}'),
        (f'The minister writes "{MORE}" {NEWS}', None),
        (f'Javaman59 writes "{NEWS}" {MORE}', f"{NEWS} {MORE}"),
        (f"Tóm tắt: {NEWS}", NEWS), (f"Résumé du film : {NEWS}", NEWS),
        (f"{NEWS} Nhưng ai sẽ trả tiền?", NEWS),
        (f"{NEWS} Nhưng vì sao? Và ai trả?", NEWS),
        (f"{NEWS} |", NEWS), (f"{NEWS} »", NEWS), (f"{NEWS} - ", NEWS),
        (f"Di Mario Rossi e Luca Bianchi<br>{NEWS}", NEWS), (f"Por Ana Silva e João Souza<br>{NEWS}", NEWS),
        # ... as they are:
        ("An anonymous reader donated a million to the library of the town.", None),
        ("Ai sẽ trả tiền cho nhà máy mới ở ba tỉnh miền Trung năm nay?", None),
        (f"{NEWS} Câu hỏi đặt ra là: ai sẽ trả tiền?", None),
        ('Ông nói: "Ai sẽ trả tiền cho nhà máy?" rồi bỏ về.', None),
        ("Il ministro parla di « vittoria »", None), ("Viết bằng ngôn ngữ C#", None),
        ("Di Maria e Messi vincono la finale con un gol nel recupero.", None),
    ],
)  # fmt: skip
def test_openings_questions_and_marks(text: str, lead: str | None, desk: Any) -> None:
    article = desk.article(title="Tin", content=f"<p>{text}</p>")
    assert choose(article.paragraphs, 450).text == (lead or text)


@pytest.mark.parametrize(
    ("opening", "is_news"),
    [
        ("All users should upgrade now.", True),
        ("The team is pleased to release a new version!", True),
        ("Người dùng nên cập nhật ngay hôm nay.", True),
        ("Chào mừng bạn đến với bản tin của chúng tôi.", False),
        ("Cập nhật tin tức công nghệ mới nhất mỗi ngày.", False),
        ("Please update your address book with our new domain.", False),
    ],
)
def test_a_sentence_that_opens_several_items_may_be_the_news(
    opening: str, *, is_news: bool
) -> None:
    items = [
        Item(
            id=str(number),
            title=f"Bản {number}",
            summary=f"{opening} Bản {number} vá lỗi {number}.",
        )
        for number in range(3)
    ]
    assert (opening in find_repeats(items).lines.values()) is not is_news
