"""One fact that differs forbids; the same fact told otherwise does not. In four languages."""

from __future__ import annotations

import pytest

from bot.dedupe.events.common import Common
from bot.dedupe.events.report import Report, report_of
from bot.dedupe.events.vetoes import veto

NOTHING_LEARNED = Common()

# What differs, two titles that tell two events, two that may tell one.
PAIRS = [
    ("model", "Apple ra mắt iPhone 17 giá từ 799 USD", "Apple ra mắt iPhone 16 giá từ 799 USD", "iPhone 17 của Apple có giá từ 799 USD"),
    ("model", "Rockstar delays GTA 6 again", "Rockstar delays GTA 5 again", "Rockstar delays GTA VI again"),
    ("model", "Запуск станции «Луна-26» отложен", "Запуск станции «Луна-27» отложен", "Запуск аппарата «Луна-26» отложен"),
    ("model", "Windows 10 verliert die Unterstützung", "Windows 11 verliert die Unterstützung", "Microsoft: Windows 10 ohne Unterstützung"),
    ("model", "Viettel phủ sóng 5G tại 34 tỉnh", "Viettel phủ sóng 3G tại 34 tỉnh", "34 tỉnh có sóng 5G của Viettel"),
    ("model", "Vodafone switches on 5G in rural areas", "Vodafone switches on 4G in rural areas", "Rural areas get 5G from Vodafone"),
    ("model", "Telekom baut 5G am Rhein aus", "Telekom baut 4G am Rhein aus", "Am Rhein baut Telekom 5G aus"),
    ("model", "МТС запустила 5G в Казани", "МТС запустила 4G в Казани", "В Казани МТС запустила 5G"),
    ("variant", "Xiaomi ra mắt Redmi Note 16 Pro", "Xiaomi ra mắt Redmi Note 16", "Redmi Note 16 Pro được Xiaomi ra mắt"),
    ("variant", "Samsung unveils Galaxy S31+", "Samsung unveils Galaxy S31", "Galaxy S31+ unveiled by Samsung"),
    ("variant", "Google zeigt das Pixel 11 Pro", "Google zeigt das Pixel 11", "Das Pixel 11 Pro ist da: Google zeigt es"),
    ("variant", "Xiaomi представила Redmi Note 16 Pro", "Xiaomi представила Redmi Note 16", "Redmi Note 16 Pro от Xiaomi"),
    ("period", "Samsung báo lãi kỷ lục quý IV", "Samsung báo lãi kỷ lục quý III", "Lãi quý 4 của Samsung cao kỷ lục"),
    ("period", "Intel loses money in the second quarter", "Intel loses money in the third quarter", "Intel made a loss in Q2"),
    ("period", "SAP wächst im ersten Quartal", "SAP wächst im zweiten Quartal", "Im ersten Quartal wächst SAP"),
    ("period", "«Яндекс» увеличил прибыль во втором квартале", "«Яндекс» увеличил прибыль в третьем квартале", "Прибыль «Яндекса» за второй квартал выросла"),
    ("year", "Doanh số xe điện năm 2025 tăng gấp đôi", "Doanh số xe điện năm 2024 tăng gấp đôi", "Xe điện 2025: doanh số tăng gấp đôi"),
    ("year", "Sales of electric cars in 2025 doubled", "Sales of electric cars in 2024 doubled", "Electric cars: sales doubled in 2025"),
    ("year", "Absatz von E-Autos 2025 verdoppelt", "Absatz von E-Autos 2024 verdoppelt", "E-Autos: Absatz 2025 verdoppelt"),
    ("year", "Продажи электромобилей в 2025 году выросли", "Продажи электромобилей в 2024 году выросли", "В 2025 году выросли продажи электромобилей"),
    ("date", "Telekom startet am 3. April", "Telekom startet am 9. Mai", "Am 3. April startet Telekom"),
    ("date", "Запуск назначен на 12 апреля", "Запуск назначен на 3 мая", "На 12 апреля назначен запуск"),
    ("date", "GTA VI delayed to November 19", "GTA VI delayed to May 26", "GTA VI comes on 19 November after delays"),
    ("date", "Phát hành ngày 20/3", "Phát hành ngày 21/4", "Ra mắt vào 20/3"),
    ("weekday", "Telekom startet am Montag", "Telekom startet am Freitag", "Am Montag startet Telekom"),
    ("weekday", "Google opens the store on Monday", "Google opens the store on Friday", "On Monday the store opens at Google"),
    ("weekday", "Магазин откроют в понедельник", "Магазин откроют в пятницу", "В понедельник откроют магазин"),
    ("ordinal", "Zweite Klage gegen Google", "Dritte Klage gegen Google", "Google: zweite Klage"),
    ("ordinal", "Второй спутник вышел на орбиту", "Третий спутник вышел на орбиту", "На орбиту вышел второй спутник"),
    ("ordinal", "Nasa hoãn chuyến bay thứ ba", "Nasa hoãn chuyến bay thứ tư", "Chuyến bay thứ 3 của Nasa bị hoãn"),
    ("ordinal", "Third antitrust case against Google", "Second antitrust case against Google", "Google faces a 3rd antitrust case"),
    ("number", "EU fines Apple 500 million euros", "EU fines Apple 1.8 billion euros", "EU fines Apple €500m"),
    ("number", "FPT lãi 9.540 tỷ đồng", "FPT lãi 9.620 tỷ đồng", "FPT lãi hơn 9.500 tỷ đồng"),
    ("number", "Telekom verliert 5 Prozent", "Telekom verliert 8 Prozent", "Telekom verliert 5 %"),
    ("number", "Lada Iskra за 1,17 млн рублей", "Lada Iskra за 1,35 млн рублей", "Lada Iskra за 1,17 миллиона рублей"),
    ("kind", "Steam Machine announced by Valve", "Steam Machine review: quiet and fast", "Valve announces Steam Machine"),
    ("kind", "Apple appeals against EU fine", "EU fine for Apple over App Store rules", "Apple appealed: EU fine goes to court"),
    ("kind", "Pixel 11 ra mắt tại Mỹ", "Rò rỉ Pixel 11 trước ngày ra mắt", "Google: Pixel 11 ra mắt tại Mỹ"),
    ("kind", "Microsoft stellt Konsole vor", "Gerücht: Microsoft stellt Konsole vor", "Konsole von Microsoft vorgestellt"),
    ("kind", "АвтоВАЗ начал продажи Lada Iskra", "АвтоВАЗ поднял цены на Lada Iskra", "Lada Iskra: АвтоВАЗ начал продажи"),
    ("name", "Kaspersky phát hiện mã độc trên Android", "Mã độc tấn công Viettel", "Mã độc trên Android do Kaspersky phát hiện"),
    ("name", "В сети нашли уязвимость, сообщил Сбербанк", "В сети нашли уязвимость, сообщил Ростелеком", "Сбербанк нашёл уязвимость в сети"),
    ("exchanged word", "Apple fined by the EU over its store", "Meta fined by the EU over its store", "Apple fined by the EU: its store"),
    ("exchanged word", "Tesla triệu hồi xe điện vì lỗi phanh", "Ford triệu hồi xe điện vì lỗi phanh", "Xe điện bị Tesla triệu hồi vì lỗi phanh"),
    ("exchanged word", "Telekom startet das neue Netz", "Vodafone startet das neue Netz", "Das neue Netz: Telekom startet"),
    ("exchanged word", "«Яндекс» показал новую колонку дома", "«Сбер» показал новую колонку дома", "Новую колонку показал «Яндекс»"),
    ("name", "Apple to launch foldable iPhone, says Kuo", "Apple to launch thinner AirPods, says Kuo", "Kuo: Apple to launch foldable iPhone"),
    ("platform", "Signal adds backups on Android", "Signal's backups reach the iPhone", "Backups on Android: Signal adds them"),
    ("platform", "Zalo có bản mới cho iPhone", "Zalo có bản mới cho Android", "Bản mới của Zalo cho iOS"),
    ("platform", "Firefox läuft besser unter Windows", "Firefox läuft besser unter Linux", "Besser läuft Firefox unter Windows"),
    ("platform", "WhatsApp обновился для iPhone", "WhatsApp обновился для Android", "Для iOS обновился WhatsApp"),
    ("kind", "Sony raises PlayStation price in Europe", "Sony cuts PlayStation price in Europe", "Sony raises price of PlayStation in Europe"),
    ("kind", "Apple tăng giá iPad", "Apple giảm giá iPad", "iPad bị Apple tăng giá"),
    ("kind", "Bahn wird teurer", "Bahn wird billiger", "Teurer wird die Bahn"),
    ("kind", "Xét xử nhóm lừa đảo qua mạng", "Nhóm lừa đảo qua mạng rút tiền", "Nhóm lừa đảo qua mạng bị xét xử"),
    ("kind", "Trung tâm dữ liệu CMC khởi công", "Trung tâm dữ liệu CMC khánh thành", "CMC khởi công trung tâm dữ liệu"),
    ("kind", "Reddit sues Perplexity over comments", "Judge dismisses case of Reddit and Perplexity", "Perplexity sued by Reddit over comments"),
    ("kind", "SAP stellt Dienst ein", "SAP eröffnet Dienst", "Dienst von SAP wird eingestellt"),
    ("kind", "Cloudflare outage hits X", "Cloudflare explains outage that hit X", "X hit by Cloudflare outage"),
    ("kind", "LinkedIn dùng dữ liệu luyện AI", "Cách tắt việc LinkedIn dùng dữ liệu luyện AI", "Luyện AI: LinkedIn dùng dữ liệu"),
    ("kind", "Яндекс поднял экран", "Почему Яндекс поднял экран", "Экран Яндекс поднял"),
    ("kind", "Musk kiện OpenAI", "OpenAI phản tố vụ Musk kiện", "OpenAI bị Musk kiện"),
    ("kind", "BGH verhandelt über Datenleck", "BGH spricht Opfern von Datenleck Geld zu", "Über Datenleck verhandelt BGH"),
    ("kind", "Angriff legt Flughafen lahm", "Flughafen nach Angriff wieder im Normalbetrieb", "Flughafen lahm: Angriff"),
    ("kind", "Nvidia buys startup", "Regulators clear deal: Nvidia buys startup", "Startup: Nvidia buys it"),
    ("period", "Amazon: Streik am Black Friday", "Amazon: Streik vor Weihnachten", "Streik bei Amazon am Black Friday"),
    ("number", "Giá vàng lên 148 triệu đồng", "Giá vàng lên 150 triệu đồng", "Giá vàng gần 150 triệu đồng"),
    ("number", "Apple to pay $114 for each phone", "Apple to pay $110 for each phone", "For each phone Apple to pay about $110"),
    ("rumour", "iPhone 18 Pro lộ thiết kế mặt lưng", "iPhone 18 Pro lộ bảng màu mới", "Lộ thiết kế mặt lưng iPhone 18 Pro"),
    ("rumour", "Leak: Pixel 11 gets bigger battery", "Leak: Pixel 11 loses fingerprint reader", "Pixel 11 gets bigger battery: leak"),
    ("kind", "«Ростех» отменил запуск сервиса", "«Ростех» возобновил запуск сервиса", "Запуск сервиса «Ростех» отменил"),
]  # fmt: skip


def of(title: str, lead: str = "") -> Report:
    return report_of(title, lead, NOTHING_LEARNED.capitals)


@pytest.mark.parametrize(("reason", "title", "another", "same"), PAIRS)
def test_one_fact_that_differs_forbids(reason: str, title: str, another: str, same: str) -> None:
    assert veto(of(title), of(another), NOTHING_LEARNED.weigh) == reason
    assert veto(of(another), of(title), NOTHING_LEARNED.weigh) == reason


@pytest.mark.parametrize(("reason", "title", "another", "same"), PAIRS)
def test_the_same_fact_in_other_words_forbids_nothing(
    reason: str, title: str, another: str, same: str
) -> None:
    assert veto(of(title), of(same), NOTHING_LEARNED.weigh) is None
    assert veto(of(same), of(title), NOTHING_LEARNED.weigh) is None


def test_a_fact_of_the_lead_answers_one_of_the_title() -> None:
    one = of("Apple ra mắt iPhone 17", "Máy bán từ 19/9, giá từ 799 USD.")
    other = of("iPhone mới giá 799 USD", "Apple giới thiệu iPhone 17 với chip A19.")
    assert veto(one, other, NOTHING_LEARNED.weigh) is None


def test_numbers_that_each_lead_has_too_are_parts_of_one_event() -> None:
    one = of(
        "Nintendo raises Switch 2 sales forecast to 19 million",
        "Nintendo lifted its forecast from 15 to 19 million consoles after selling 10.36 million.",
    )
    other = of(
        "Switch 2 sells 10.36 million, Nintendo lifts forecast",
        "The company now expects to sell 19 million units by March.",
    )
    assert veto(one, other, NOTHING_LEARNED.weigh) is None
    alone = of("Switch 2 sells 10.36 million, Nintendo lifts forecast")
    assert veto(one, alone, NOTHING_LEARNED.weigh) == "number"


def test_other_words_for_the_same_are_no_exchanged_names() -> None:
    one, other = (
        of("Tìm thấy lỗ hổng trong camera Hikvision"),
        of("Phát hiện lỗ hổng trong camera Hikvision"),
    )
    assert veto(one, other, NOTHING_LEARNED.weigh) is None


def test_an_appeal_that_is_announced_with_a_fine_is_not_the_appeal() -> None:
    fine = of("Brussels fines Apple", "Apple said it would appeal against the fine.")
    appeal = of("Apple appeals against the fine of Brussels")
    assert veto(fine, appeal, NOTHING_LEARNED.weigh) == "kind"


@pytest.mark.parametrize(
    "title",
    ["Samsung puts billions into Texas chip plant", "Sự kiện AI lớn nhất", "Linh kiện tăng"],
)
def test_a_word_of_another_language_or_meaning_is_no_kind(title: str) -> None:
    assert not of(title).kinds


# A report; what followed, told with the same text; the same news in another order.
LATER = [
    (
        "Netflix to buy game studio Night Owl for $310 million",
        "Founder of Night Owl tells how she sold to Netflix",
        "For $310 million Netflix is to buy studio Night Owl",
        "Netflix will buy Night Owl, the studio behind the puzzle game Lanternfall, for $310 million in cash, the companies said.",
    ),
    (
        "Shopee bị phạt 800 triệu đồng vì bán hàng giả",
        "Khách hàng thất vọng với án phạt của Shopee",
        "Vì bán hàng giả, Shopee bị phạt 800 triệu đồng",
        "Shopee bị Cục Quản lý thị trường phạt 800 triệu đồng vì để 12 gian hàng bán mỹ phẩm giả trên sàn.",
    ),
    (
        "Telekom baut Rechenzentrum in München für 90 Millionen Euro",
        "Nachbarn sorgen sich wegen Abwärme neben Telekom",
        "Für 90 Millionen Euro: Telekom baut Rechenzentrum in München",
        "Die Telekom baut mit Nvidia in München ein Rechenzentrum für künstliche Intelligenz, das 90 Millionen Euro kostet und 2027 fertig wird.",
    ),
    (
        "«Яндекс» выпустил колонку с экраном за 30 тысяч рублей",
        "Покупатели недовольны экраном «Яндекса»",
        "Колонку с экраном за 30 тысяч рублей выпустил «Яндекс»",
        "Компания «Яндекс» выпустила новую умную колонку с большим экраном и голосовым помощником, она стоит 30 тысяч рублей и уже в магазинах.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("title", "later", "again", "lead"), LATER)
def test_news_above_a_repeated_text_is_another_event(
    title: str, later: str, again: str, lead: str
) -> None:
    report, other, same = of(title, lead), of(later, lead), of(again, lead)
    assert veto(report, other, NOTHING_LEARNED.weigh) == "news"
    assert veto(other, report, NOTHING_LEARNED.weigh) == "news"
    assert veto(report, same, NOTHING_LEARNED.weigh) is None
    assert veto(same, report, NOTHING_LEARNED.weigh) is None


# One text under two titles of which each says something that it does not.
COPIED = [
    (
        "Intel names Sachin Katti as chief of AI",
        "Chief of AI at Intel leaves for Anthropic",
        "Intel names Sachin Katti as chief technology officer and chief of AI, who reports to Lip-Bu Tan in a reshuffle of the leadership in Santa Clara.",
    ),
    (
        "Việt Nam cử bốn học sinh dự thi Olympic Tin học",
        "Bốn học sinh giành huy chương Olympic Tin học",
        "Đội tuyển Việt Nam gồm bốn học sinh ở kỳ thi Olympic Tin học quốc tế IOI tại Bolivia, do thầy Hồ Đắc Phương dẫn đầu.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("title", "other", "lead"), COPIED)
def test_a_copied_text_under_another_title_is_another_event(
    title: str, other: str, lead: str
) -> None:
    report, later = of(title, lead), of(other, lead)
    assert veto(report, later, NOTHING_LEARNED.weigh) == "news"
    assert veto(later, report, NOTHING_LEARNED.weigh) == "news"


def test_a_number_of_more_digits_may_be_rounded_without_saying_so() -> None:
    one, other = of("Meta raises $1.14 billion"), of("Meta raises $1.1 billion")
    assert veto(one, other, NOTHING_LEARNED.weigh) is None
    one, other = of("Tesla recalls 24,214 cars"), of("Tesla recalls 24,000 cars")
    assert veto(one, other, NOTHING_LEARNED.weigh) is None
