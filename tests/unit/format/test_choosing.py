"""Which sentences become the lead: those that carry the news, with their speakers."""

from __future__ import annotations

import itertools
import re
import tomllib
from importlib.resources import files

import pytest

from bot.format.choosing import choose
from bot.format.passing import Why
from bot.format.phrases import phrases
from bot.format.quotations import is_nameless, whole_sentences
from bot.format.retelling import new_facts
from bot.format.sentences import spaced, with_stop
from bot.format.text import fold

NEWS = "The city of Hue opens a laboratory for 200 engineers in March, its mayor said on Monday."


@pytest.mark.parametrize(
    ("language", "before", "news", "why"),
    [
        ("en", "Ever wondered where chips are made?", NEWS, Why.ASKS),
        ("en", "Here's everything you need to know.", NEWS, Why.LEADS_IN),
        ("en", "Let's take a look.", NEWS, Why.LEADS_IN),
        ("en", "So (if you have the time), here they are.", NEWS, Why.LEADS_IN),
        ("en", "Comments please on all of it.", NEWS, Why.LEADS_IN),
        ("en", "You’ll find the interview in full wherever you get your podcasts.", NEWS, Why.LEADS_IN),
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


def test_a_thin_lead_takes_the_next_paragraphs_until_it_says_enough() -> None:
    thin = "Hue has a new laboratory, the first of its kind in the country."
    more = (
        "It has 40 rooms and two halls for machines, and a garden that is open to everybody.",
        "The ministry pays nine million dollars for it, half of them a loan that runs until 2040.",
        "Its builders began in the spring and lost a month to a flood of the river near the bridge.",
    )
    assert choose((thin, *more), 450, language="en").text == " ".join((thin, *more[:2]))
    # What was cut off, or announces what a post does not show, is not added.
    for broken in (
        "The ministry pays nine million dollars for it, half of…",
        "It has three parts:",
    ):
        assert choose((thin, more[0], broken), 450, language="en").text == f"{thin} {more[0]}"


def test_a_lead_that_says_enough_takes_one_more_sentence_with_names_and_figures() -> None:
    start = f"{NEWS} Rooms for another hundred of them are to follow within the next two years, so that all of them can work under one roof and need not travel, as most do now."
    facts = "Builders from Da Nang and Vinh began in 2024 and lost a month to a flood."
    short = "Mesi Ses Sel do sefiu."
    bare = "The builders began in the spring and lost a whole month to a flood."
    assert len(start) > 240
    assert choose((f"{start} {facts}",), 450, language="en").text == f"{start} {facts}"
    assert choose((f"{start} {bare}",), 450, language="en").text == start
    assert choose((start, short), 450, language="en").text == start
    assert choose((f"{start} {start} {facts}",), 450, language="en").text == start


@pytest.mark.parametrize(
    ("announced", "told"),
    [
        ("The city of Hue has a new programme for its engineers:", "The city of Hue has a new programme for its engineers."),
        # What says nothing without what it announces stays open.
        ("The laboratory of the city looks like this:", None),
        ("The engineers wonder about something along the lines of:", None),
    ],
)  # fmt: skip
def test_a_colon_before_what_is_not_shown_is_a_full_stop_where_the_text_goes_on(
    announced: str, told: str | None
) -> None:
    more = "Two keys are enough to give engineers a list of all machines in the laboratory."
    choice = choose((announced, more), 450, "A programme", "en")
    assert choice.text == (f"{told} {more}" if told else f"{announced[:-1]}…")
    assert choice.passed_over == ()
    # Where nothing follows, or what follows leans on what is not shown:
    for after in ((), ("It has helped them to find all of their machines in the laboratory.",)):
        assert choose((announced, *after), 450, "A programme", "en").text == f"{announced[:-1]}…"


def test_an_entry_of_a_numbered_list_does_not_stand_without_the_one_before_it() -> None:
    third = "3. share what we know with other cities, as Da Nang and Vinh have asked us to do."
    assert choose((f"{NEWS} {third}",), 450, language="en").text == NEWS
    first, second = "1. tell all people about it.", "2. build a house for 200 of them."
    whole = f"The plan of Hue has three parts. {first} {second} {third}"
    assert choose((whole,), 450, language="en").text == whole
    ordinal = "2. Bundesliga und DFB-Pokal zeigt der Sender Sky ab August in Köln."
    start = "Der Sender aus Köln hat die Rechte an 200 Spielen gekauft."
    assert choose((f"{start} {ordinal}",), 450, language="de").text == f"{start} {ordinal}"


def test_a_report_of_what_readers_may_have_heard_is_news() -> None:
    news = "You’ve probably heard that Hue has closed its laboratory for engineers."
    more = "The laboratory was the first one of its kind in the country, and the largest of all."
    assert choose((f"{news} {more}",), 450, language="en").text == f"{news} {more}"
    about = "You’ve probably heard of the laboratory."
    assert choose((f"{about} {more}",), 450, language="en").text == more


def test_a_lead_takes_one_more_sentence_about_its_headline_that_is_clear_by_itself() -> None:
    start = f"{NEWS} Rooms for another hundred of them are to follow within the next two years, beside a garden that is open to everybody."
    title = "Engineers get a laboratory of their own"
    more = "Most of the engineers have worked in a hall beside the river until now."
    assert choose((start, more), 540, title, "en").text == f"{start} {more}"
    for stray in (
        "Many of the guests have come from the other side of the river by boat.",
        "I hope that the engineers will be as happy there as they have been so far.",
        "However, the engineers have worked in a hall beside the river until now.",
        "Hue builds for engineers at the riverHanoi Herald What engineers get for their moneyDa Nang Daily.",
    ):
        assert choose((start, stray), 540, title, "en").text == start


def test_german_nouns_are_no_names() -> None:
    german = phrases().references["de"]
    assert new_facts("Aufträge und Rechnungen füllen den Alltag der Gründer.", "", german) == set()
    assert new_facts("Der Chef von IBM zahlt 200 Euro für ein NAS.", "", german) == {
        "ibm",
        "200",
        "nas",
    }


def test_a_sentence_that_is_cut_off_keeps_who_said_it() -> None:
    cut = "The city of Hue will not repatriate a group of 34 engineers to Da Nang this year, {}…"
    said = cut.format("its mayor An Albanese said")
    assert choose((said,), 450, language="en").text == said
    for rest in ("to save 11 people in a", "for them, alas, no"):
        assert choose((cut.format(rest),), 450, language="en").text == cut.format(rest)
    other = cut.format("whose conservative lead")
    assert choose((other,), 450, language="en").text == cut.partition(", {}")[0] + "…"


def test_a_thin_lead_takes_facts_from_behind_a_sentence_that_has_no_room() -> None:
    long = f"The garden {'is open to everybody and ' * 20}is open."
    facts = "The laboratory has 40 rooms, two of them for machines from Nvidia and Intel."
    choice = choose((NEWS, long, facts), 450, language="en")
    assert choice.text == f"{NEWS} {facts}"
    assert [(one.text, why) for one, why in choice.passed_over] == [(long, Why.LESS)]
    # One that leans on what is left out, or is about something else, does not follow.
    for other in (
        "It has 40 rooms, two of them for machines from Nvidia and Intel.",
        "Tickets to the fair of Phoenix cost 20 dollars at Barnes and Noble.",
    ):
        assert choose((NEWS, long, other), 450, language="en").text == NEWS


@pytest.mark.parametrize(
    ("language", "title", "scene", "news"),
    [
        ("en", "Hue opens a laboratory", "In recent years, chips have become ever more important to everybody.", NEWS),
        ("en", "Hue opens a laboratory", "It's no secret that chips are everywhere.", NEWS),
        ("vi", "Huế mở phòng thí nghiệm", "Trong bối cảnh chip ngày càng quan trọng, ai cũng lo thiếu hàng.", "Thành phố Huế mở phòng thí nghiệm cho 200 kỹ sư vào tháng ba."),
        ("de", "Hue eröffnet ein Labor", "In den letzten Jahren sind Chips immer wichtiger geworden.", "Die Stadt Hue eröffnet im März ein Labor für 200 Ingenieure."),
        ("zh", "顺化市开设实验室", "近年来，芯片对所有人越来越重要，价格也在不断上涨。", "顺化市将于三月开设可容纳200名工程师的实验室，位于Hue大学附近，造价约为九百万美元，明年春天完工。"),
    ],
)  # fmt: skip
def test_a_scene_gives_way_to_who_did_what(
    language: str, title: str, scene: str, news: str
) -> None:
    spaced = "" if language == "zh" else " "
    choice = choose((f"{scene}{spaced}{news}",), 450, title, language)
    assert (choice.text, [why for _, why in choice.passed_over]) == (news, [Why.SCENE])


@pytest.mark.parametrize(
    "scene",
    [
        "In recent years, the city of Hue has opened a laboratory for every kind of engineers.",
        "In recent years, Hue has built 12 schools and 30 bridges.",
    ],
)
def test_a_scene_that_has_the_news_or_figures_stays(scene: str) -> None:
    text = f"{scene} {NEWS}"
    assert choose((text,), 450, "Hue opens laboratory for engineers", "en").text == text


def test_what_was_done_begins_the_lead_however_slowly_the_text_begins() -> None:
    slow = (
        "Our bots have a home in your most important conversations, wherever you are, and you told us "
        "how much you like to have them there. A universe where technology works with you makes "
        "life easier, more productive, and fun, for all who are with us and those still to come."
    )
    news = "Today, we are introducing a series of bots into the directory on Android and Windows."
    choice = choose((slow, news), 450, "Hello to new bots", "en")
    assert choice.text == news
    assert {why for _, why in choice.passed_over} == {Why.LATER}


def test_where_all_asks_and_leads_in_the_questions_alone_go() -> None:
    asked = "Why is the race in this part of the city? Will it be streaming?"
    told = "Here's what to know before the Grand Prix of Hue begins on the river this weekend."
    assert choose((f"{asked} {told}",), 450, language="en").text == told
    leaning = "They take a crash course in all the languages of the city of Hue."
    assert choose((f"{asked} {leaning}",), 450, language="en").text == f"{asked} {leaning}"
    assert choose((f"{asked} Read on.",), 450, language="en").text == f"{asked} Read on."


def test_a_time_is_no_reference_back() -> None:
    text = f"This week, the mayor of Hue and I explore many uses of chips. {NEWS}"
    asks = "Ever wondered where chips are made?"
    assert choose((f"{asks} {text}",), 450, language="en").text == text


def test_an_added_sentence_that_names_nothing_does_not_end_a_lead() -> None:
    start = f"{NEWS} Rooms for another hundred of them are to follow within two years, he said."
    weak = "Much of it is still open."
    named = "Builders from Da Nang began in the spring of 2024 and lost a month to a flood there."
    assert choose((start, weak), 450, language="en").text == start
    assert choose((start, weak, named), 450, language="en").text == f"{start} {weak} {named}"


def test_a_lead_does_not_go_on_with_another_subject_behind_what_only_leads_in() -> None:
    other = "Before anything else I wanted to say that a fair for books takes place in Phoenix."
    same = "The laboratory has rooms for machines and a garden that is open to everybody, too."
    read_on = "Welcome back to our weekly notes."
    assert choose((NEWS, read_on, other), 450, language="en").text == NEWS
    assert choose((NEWS, read_on, same), 450, language="en").text == f"{NEWS} {same}"


def test_asides_and_what_a_bracket_cuts_in_two_are_not_added() -> None:
    aside = "(Hue, Vietnam, and the whole province around it) —from our library of 2024."
    half = "The mayor opened it with the whole band (yes, the singer from Da Nang was there, too."
    for text in (aside, half):
        assert choose((NEWS, text), 450, language="en").text == NEWS


def test_a_long_start_is_followed_by_the_sentence_that_has_the_titles_words() -> None:
    title = "First update of Painkiller, Metal as Hell, is out"
    slow = (
        "When it came out on 21 October, the shooter that takes up the famous game of the turn of the "
        "century found few friends, and those that it has since then were beginning to worry that "
        "they would not hear from its makers any more, in spite of what was promised to them then."
    )
    news = "But last week the studio announced the first update, Metal as Hell."
    assert choose((f"{slow} {news}",), 450, title, "en").text == f"{slow} {news}"
    other = "But last week the studio announced that it has moved house."
    assert choose((f"{slow} {other}",), 450, title, "en").text == slow


def test_a_sentence_that_is_cut_off_is_shown_only_where_it_has_the_news() -> None:
    slow = (
        "America’s space industry seems mature, but the supply chain that provides all parts for "
        "rockets, satellites, and other spacecraft is considerably less so, as engineers know well."
    )
    cut = (
        "Gimbal is aiming to change that, starting with wheels that turn a satellite around, which "
        "it wants to deliver within weeks and not months, for less money than the old suppliers of "
        "wheels take, and in any number that…"
    )
    title = "Gimbal takes on legacy suppliers with its fast wheels"
    # Feeds cut inside of words: the last clause that is whole ends it.
    assert (
        choose((f"{slow} {cut}",), 450, title, "en").text
        == f"{slow} {cut[: cut.index(', and in')]}…"
    )
    told = "Parts for rockets: America’s space industry seems mature"
    assert choose((f"{slow} {cut}",), 450, told, "en").text == slow


@pytest.mark.parametrize(
    ("language", "title", "same", "news"),
    [
        ("en", "City of Hue opens new laboratory", "A new laboratory opens in the city of Hue.", "Two hundred engineers move in next spring, most of them from Da Nang."),
        ("pt", "Já foram publicadas as novas tabelas de retenção", "Foram publicadas as novas tabelas de retenção.", "O valor de rendimentos isentos de retenção sobe para 632 euros brutos por mês."),
        ("uk", "Торгівля Росії та Китаю перевищила 200 млрд доларів", "Торгівля Росії та Китаю перевищила суму в 200 млрд доларів.", "Країни не очікували вийти на цей рівень раніше наступного року."),
        ("vi", "Thành phố Huế mở phòng thí nghiệm cho kỹ sư", "Phòng thí nghiệm cho kỹ sư được mở tại thành phố Huế.", "Hai trăm người sẽ vào làm từ mùa xuân, phần lớn đến từ Đà Nẵng."),
        ("zh", "顺化市开设工程师实验室", "顺化市开设了工程师实验室。", "两百名工程师将于明年春天入驻，其中大多数来自岘港，其余的人来自河内和胡志明市。"),
    ],
)  # fmt: skip
def test_a_first_sentence_that_only_says_the_title_again_gives_way(
    language: str, title: str, same: str, news: str
) -> None:
    spaced = "" if language == "zh" else " "
    choice = choose((f"{same}{spaced}{news}",), 450, title, language)
    assert (choice.text, [why for _, why in choice.passed_over]) == (news, [Why.KNOWN])


@pytest.mark.parametrize(
    ("same", "rest"),
    [
        ("A new laboratory opens in the city of Hue.", "It has room for two hundred engineers, most of them from Da Nang."),
        ("A new laboratory opens in the city of Hue.", "For engineers, it is the first in the country, and for Da Nang a blow."),
        ("A new laboratory opens in the city of Hue.", "Much is open."),
        ("A new laboratory for 200 people opens in the city of Hue.", "Engineers move in next spring, most of them from Da Nang."),
        ("Intel opens a new laboratory in the city of Hue.", "Engineers move in next spring, most of them from Da Nang."),
    ],
)  # fmt: skip
def test_the_title_again_stays_where_it_adds_a_fact_or_what_follows_needs_it(
    same: str, rest: str
) -> None:
    text = f"{same} {rest}"
    assert choose((text,), 450, "City of Hue opens new laboratory", "en").text == text


def test_a_summary_that_the_full_text_says_with_more_gives_way_to_it() -> None:
    summary = "The tool shows users a 3D model to bypass the age check of Discord."
    full = (
        "A newly released tool lets users bypass the age check of Discord with a 3D model of a man "
        "that they turn in a browser, instead of a picture of their own face."
    )
    choice = choose((summary, full), 450, "A way around Discord", "en")
    assert (choice.text, choice.passed_over[0][1]) == (full, Why.AGAIN)
    long = f"{full[:-1]}, and that is said to work in all countries of the world at once{', and on' * 30}."
    assert choose((summary, long), 450, "A way around Discord", "en").text == summary
    # The other way round the shorter one adds nothing.
    assert choose((full, summary), 450, "A way around Discord", "en").text == full


def test_a_first_sentence_that_refers_to_nothing_gives_way() -> None:
    vague = "Es war knapp und hat dann letztlich doch noch geklappt."
    news = (
        "Audi holte sich im dritten Anlauf den Sieg bei der Rallye Dakar mit einem Elektro-Boliden, "
        "und zwar vor Toyota und Ford. Im nächsten Jahr wollen auch BMW und Kia bei der Rallye mit "
        "Wagen fahren, die aus Batterien ganz oder wenigstens zu einem Teil angetrieben werden."
    )
    choice = choose((f"{vague} {news}",), 450, "Rasende Labore", "de")
    assert choice.text.startswith("Audi")
    assert choice.passed_over[0][1] is Why.VAGUE


def test_a_text_is_read_in_its_own_language_whatever_its_feed_states() -> None:
    text = f"“It is a great day for all of us in the city,” he said. {NEWS}"
    assert choose((text,), 450, language="vi").text == NEWS
    assert choose((text,), 450).text == NEWS


@pytest.mark.parametrize(
    ("run_together", "apart"),
    [
        ("As tabelas de IRS.O valor sobe", "As tabelas de IRS. O valor sobe"),
        ("neue Folge im Podcast.Wir freuen uns", "neue Folge im Podcast. Wir freuen uns"),
        ("вызвали полиции.По утрам там тихо", "вызвали полиции. По утрам там тихо"),
        ("the fair of March 4, 2020.Stella is there", "the fair of March 4, 2020. Stella is there"),
        ("a talk about ASP.NET Core and Node.Js for all", None),
        ("call string.ToUpper here, or Player.FM’s page", None),
        ("mua ở Booking.Com hay ở Mail.Ru cũng được", None),
    ],
)
def test_sentences_that_lost_their_space_are_apart(run_together: str, apart: str | None) -> None:
    assert spaced(run_together) == (apart or run_together)


def test_every_listed_phrase_says_something_of_its_own_and_is_folded() -> None:
    for file in (files("bot.format") / "lists").iterdir():
        if not file.name.endswith(".toml"):
            continue
        listed = tomllib.loads(file.read_text(encoding="utf-8"))
        kinds = (listed.get(kind, ()) for kind in ("lead_ins", "scenes", "deeds"))
        for phrase in itertools.chain(*kinds):
            tokens = re.findall(r"\([^)]*\)|\S+", phrase)
            assert [each for each in tokens if not each.startswith(("(", "..."))], phrase
            words = re.sub(r"\.\.\.\d*|[()|#]", " ", phrase)
            assert fold(words) == " ".join(words.split()), phrase


def test_names_beside_the_verb_tell_who_speaks() -> None:
    english = phrases().references["en"]
    assert is_nameless("“We did it,” she added.", english)
    assert not is_nameless("“We did it,” she told Reuters in Hue.", english)
    assert not is_nameless("“We did it,” said the company.", english)
    polish, spanish = (phrases().references[language] for language in ("pl", "es"))
    assert is_nameless("– To dobry dzień – powiedział.", polish)
    assert not is_nameless("– To dobry dzień – powiedział prezes Jan Nowak.", polish)
    assert is_nameless("—Es poco para España—, dijo.", spanish)
    assert not is_nameless("—Es poco—, dijo la ministra Díaz.", spanish)


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
