"""Which sentences become the lead: those that carry the news, with their speakers."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from bot.format.choosing import choose
from bot.format.passing import Why
from bot.format.phrases import phrases
from bot.format.quotations import is_nameless, whole_sentences
from bot.format.sentences import with_stop
from bot.format.text import fold

NEWS = "The city of Hue opens a laboratory for 200 engineers in March, its mayor said on Monday."


@pytest.mark.parametrize(
    ("language", "before", "news", "why"),
    [
        ("en", "Ever wondered where chips are made?", NEWS, Why.ASKS),
        ("en", "Here's everything you need to know.", NEWS, Why.LEADS_IN),
        ("en", "Let's take a look.", NEWS, Why.LEADS_IN),
        ("en", "“It is a great day,” he said.", NEWS, Why.NAMELESS),
        ("en", "“It is a great day for all of us in this city.”", NEWS, Why.NAMELESS),
        ("de", "„Das ist ein großer Tag“, sagte er.", "Die Stadt Hue eröffnet im März ein Labor für 200 Ingenieure.", Why.NAMELESS),
        ("de", "Ein Überblick.", "Die Stadt Hue eröffnet im März ein Labor für 200 Ingenieure.", Why.LEADS_IN),
        ("fr", "« C'est un grand jour », a-t-il déclaré.", "La ville de Hué ouvre en mars un laboratoire pour 200 ingénieurs.", Why.NAMELESS),
        ("fr", "On vous explique tout.", "La ville de Hué ouvre en mars un laboratoire pour 200 ingénieurs.", Why.LEADS_IN),
        ("es", "«Es un gran día», afirmó.", "La ciudad de Hue abre en marzo un laboratorio para 200 ingenieros.", Why.NAMELESS),
        ("es", "¿Quién fabrica los chips?", "La ciudad de Hue abre en marzo un laboratorio para 200 ingenieros.", Why.ASKS),
        ("it", "Ecco come funziona.", "La città di Hue apre a marzo un laboratorio per 200 ingegneri.", Why.LEADS_IN),
        ("pt", "Confira tudo abaixo.", "A cidade de Hue abre em março um laboratório para 200 engenheiros.", Why.LEADS_IN),
        ("nl", "Maar dat is nog niet alles.", "De stad Hue opent in maart een laboratorium voor 200 ingenieurs.", Why.LEADS_IN),
        ("sv", "”Det är en stor dag”, säger hon i dag.", "Staden Hue öppnar i mars ett laboratorium för 200 ingenjörer.", Why.NAMELESS),
        ("fi", "”Tämä on suuri päivä”, hän sanoo.", "Huen kaupunki avaa maaliskuussa laboratorion 200 insinöörille.", Why.NAMELESS),
        ("pl", "Sprawdzamy, co się zmieni.", "Miasto Hue otwiera w marcu laboratorium dla 200 inżynierów.", Why.LEADS_IN),
        ("ru", "«Это большой день», — сказал он.", "Город Хюэ откроет в марте лабораторию для 200 инженеров.", Why.NAMELESS),
        ("ru", "Рассказываем, что изменится.", "Город Хюэ откроет в марте лабораторию для 200 инженеров.", Why.LEADS_IN),
        ("uk", "Розповідаємо, що зміниться.", "Місто Хюе відкриє в березні лабораторію для 200 інженерів.", Why.LEADS_IN),
        ("vi", "“Đây là ngày trọng đại”, ông nói.", "Thành phố Huế mở phòng thí nghiệm cho 200 kỹ sư vào tháng ba.", Why.NAMELESS),
        ("vi", "Hãy cùng tìm hiểu ngay sau đây.", "Thành phố Huế mở phòng thí nghiệm cho 200 kỹ sư vào tháng ba.", Why.LEADS_IN),
        ("tr", "Bilmeniz gereken her şey.", "Hue kenti mart ayında 200 mühendis için bir laboratuvar açıyor.", Why.LEADS_IN),
        ("zh", "“这是伟大的一天。”他说。", "顺化市将于三月开设可容纳200名工程师的实验室。", Why.NAMELESS),
        ("zh", "让我们一起来看看吧。", "顺化市将于三月开设可容纳200名工程师的实验室。", Why.LEADS_IN),
        ("ja", "「今日は偉大な日だ。」と述べた。", "フエ市は三月に技術者二百人の研究所を開く。", None),
        ("ja", "彼は「今日は偉大な日だ」と述べた。", "フエ市は三月に技術者二百人の研究所を開く。", Why.NAMELESS),
    ],
)  # fmt: skip
def test_a_first_sentence_that_is_no_news_is_passed_over(
    language: str, before: str, news: str, why: Why | None
) -> None:
    spaced = "" if language in {"zh", "ja"} else " "
    choice = choose((f"{before}{spaced}{news}",), 450, language=language)

    assert choice.text == (news if why else f"{before}{news}")
    assert [each for _, each in choice.passed_over] == ([why] if why else [])


@pytest.mark.parametrize(
    "text",
    [
        "“It is a great day,” said the mayor of Hue. Two hundred engineers move in next spring.",
        "Tim Cook said he expects more. Apple sells 200 million phones a year, half of them abroad.",
        "The question is: who pays for the laboratory? The city of Hue will decide it in March.",
        "Let's Encrypt issues its billionth certificate today, five years after it began in 2015.",
        "Imagine Dragons play in Hue on Saturday, and all 2,000 tickets were sold within an hour.",
        "Is this a joke?",
        "Here is how it works.",
    ],
)
def test_sentences_that_look_alike_stay(text: str) -> None:
    assert choose((text,), 450, language="en").text == text


def test_a_quotation_keeps_its_speaker_and_is_never_cut_in_two() -> None:
    quoted = (
        "“We built it in a year. It cost nine million. Nobody helped,” said mayor Nguyễn Văn An."
    )
    rest = (
        "The laboratory has room for 200 engineers, who move in after the summer holidays of 2027."
    )
    assert whole_sentences(f"{quoted} {rest}", phrases().references["en"]) == [quoted, rest]
    own = "“We built it in a year. It cost nine million.” Tim Cook said this in Hue."
    assert whole_sentences(own, phrases().references["en"]) == [own]

    long = f"{NEWS} {rest} {rest} {quoted}"
    text = choose((long,), 450, language="en").text

    assert text.count("“") == text.count("”")


def test_an_answer_and_a_back_reference_go_with_what_they_refer_to() -> None:
    choice = choose((f"Is it new? Not at all. {NEWS}",), 450, language="en")
    assert choice.text == NEWS
    choice = choose((f"Who pays for it? But that is open. {NEWS}",), 450, language="en")
    assert [why for _, why in choice.passed_over] == [Why.ASKS, Why.REFERS]


def test_the_news_further_down_is_found_by_the_titles_words() -> None:
    title = "Hue opens a laboratory for engineers"
    slow = (
        "It was raining when the first guests came to the river on a grey morning last week. "
        "Some of them had travelled all night, and the coffee had run out long before they came at last."
    )
    choice = choose(
        (slow, "Music was played on a stage by the old bridge.", NEWS), 450, title, "en"
    )

    assert choice.text == NEWS
    assert {why for _, why in choice.passed_over} == {Why.LATER}
    # A short summary begins where its editor began it.
    short = f"It was raining in the city. {NEWS}"
    assert choose((short,), 450, title, "en").text == short


def test_a_sentence_that_the_title_says_already_is_passed_over() -> None:
    title = "Day 666: chronicle of the war"
    choice = choose((f"Chronicle of the war. {NEWS}",), 450, title, "en")
    assert (choice.text, choice.passed_over[0][1]) == (NEWS, Why.KNOWN)


def test_a_short_lead_takes_a_next_sentence_with_numbers() -> None:
    one = (
        "The city of Hue has a new laboratory, the first of its kind, and it is proud of it today."
    )
    one += " The river runs past."
    assert choose((one, NEWS), 450, language="en").text == f"{one} {NEWS}"
    plain = NEWS.replace("200", "many")
    assert choose((one, plain), 450, language="en").text == one


def test_every_listed_phrase_says_something_of_its_own_and_is_folded() -> None:
    for file in (files("bot.format") / "lists").iterdir():
        if not file.name.endswith(".toml"):
            continue
        for phrase in tomllib.loads(file.read_text(encoding="utf-8")).get("lead_ins", ()):
            tokens = re.findall(r"\([^)]*\)|\S+", phrase)
            assert [each for each in tokens if not each.startswith(("(", "..."))], phrase
            words = re.sub(r"\.\.\.\d*|[()|#]", " ", phrase)
            assert fold(words) == " ".join(words.split()), phrase


def test_names_beside_the_verb_tell_who_speaks() -> None:
    english = phrases().references["en"]
    assert is_nameless("“We did it,” she added.", english)
    assert not is_nameless("“We did it,” she told Reuters in Hue.", english)
    assert not is_nameless("“We did it,” said the company.", english)


@pytest.mark.parametrize(
    ("text", "stop"),
    [
        ("Thủ tướng yêu cầu hoàn thành dự án đường sắt trong năm nay", "."),
        ("Найбільший прибуток принесли виробники автомобілів", "."),
        ("وقالت الشركة إن الهاتف الجديد سيطرح في الأسواق خلال الشهر المقبل", "."),
        ("苹果公司今天发布了新的手机与电脑产品线", "。"),
        ("कंपनी ने आज नया फोन और नया कंप्यूटर बाजार में उतारा है और कीमत घटाई", "।"),
        ("บริษัทเปิดตัวโทรศัพท์รุ่นใหม่ที่มีหน้าจอใหญ่กว่าเดิมและราคาถูกลง", ""),
        ("Locus Magazine", ""),
        ("Read it and tell us what you think about it at www.example.org/kommt", ""),
        ("The new phone with its large screen will be sold for not more than 2,000", ""),
        ("It is out now. The largest of all phones costs less than all the others.", ""),
    ],
)
def test_a_sentence_gets_the_full_stop_that_its_feed_left_out(text: str, stop: str) -> None:
    assert with_stop(text) == text + stop
