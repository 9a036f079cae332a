"""What a term matches, in the languages of the feeds, and how long it may take."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.filters.screen import screen
from bot.filters.terms import FIELDS, MOST_SLOW, Subject, Term, term_of
from bot.models.basics import ChannelId
from bot.models.settings import Filter

C = ChannelId("c")


def subject(title: str = "", lead: str = "", **others: str | tuple[str, ...]) -> Subject:
    texts = {"title": title, "lead": lead, **others}
    return Subject({k: (v,) if isinstance(v, str) else v for k, v in texts.items()})


def found(term: str, text: str) -> bool:
    return Term(term).matches(subject(text))


MATCHES = [
    # Vietnamese
    ("bán dẫn", "Ngành BÁN DẪN Việt Nam"),
    ("bán dẫn", unicodedata.normalize("NFD", "Chip bán dẫn mới")),
    (unicodedata.normalize("NFD", "bán dẫn"), "Chip bán dẫn mới"),
    ("điện thoại", "ĐIỆN THOẠI gập"),
    ("hoá học", "Giải Nobel Hóa học"),
    ("thủy điện", "Nhà máy thuỷ điện"),
    ("AI", "Luật AI: ai được lợi?"),
    ("fold:chip", "Chíp mới của Intel"),
    ("fold:dien thoai", "Điện thoại gập"),
    ("fold:Điện thoại", "dien thoai"),
    # English
    ("AI", "AI's new era"),
    ("AI", "(AI)"),
    ("ai", "#AI"),
    ("machine  learning", "On Machine\u00a0Learning"),
    ("C++", "Modern C++17"),
    ("C#", "Why C# won"),
    (".NET", "The .NET runtime"),
    ("AT&T", "AT&T raises prices"),
    ("don't", "Don\u2019t panic"),
    ("GPT-4", "GPT\u20114 is here"),
    ("iPhone 17", "The IPHONE 17 is here"),
    ("naïve", "NAI\u0308VE Bayes"),
    # German
    ("straße", "STRASSE gesperrt"),
    ("Straße", "Die Strasse"),
    ("Größe", "GRÖSSE"),
    # Chinese, Japanese, Korean, Thai: no spaces between words
    ("芯片", "国产芯片突破"),
    ("AI", "国产AI芯片突破"),
    ("AI", "ＡＩ芯片"),
    ("半導体", "米国の半導体規制"),
    ("삼성전자", "삼성전자가 발표"),
    ("มือถือ", "ซื้อมือถือใหม่"),
    # Turkish
    ("istanbul", "İSTANBUL'da"),
    ("İstanbul", "istanbul"),
    ("ısı", "ISI pompası"),
    ("IŞIK", "ışık hızı"),
    # Combining marks
    ("q\u0323x", "Q\u0323X"),
    ("हिन्दी", "हिन्दी समाचार"),
    ("قرآن", "القرآن قرآن"),
]
MISSES = [
    ("AI", "The AIR is thin"),
    ("AI", "Mumbai"),
    ("AI", "Hải sản"),
    ("chip", "Chíp mới"),
    ("chíp", "Chip mới"),
    ("ban dan", "bán dẫn"),
    ("dien", "điện"),
    ("quý", "qúy"),  # no Vietnamese word
    ("hoan", "hoá"),
    ("5G", "15G"),
    ("GPT-4", "GPT-4o"),
    ("iPhone 1", "iPhone 17"),
    ("schon", "schön"),
    ("C++", "C"),
    ("हिन", "हिन्दी"),
    ("a", "a\u0323"),
    ("x", "x\u0330\u0330"),
    ("قر", "قرآن"),
    ("ma", "naïvema"),
]


@pytest.mark.parametrize(("term", "text"), MATCHES)
def test_a_term_is_found(term: str, text: str) -> None:
    assert found(term, text)
    assert found(term, f"… {text} …")


@pytest.mark.parametrize(("term", "text"), MISSES)
def test_a_term_is_not_found_in_other_words(term: str, text: str) -> None:
    assert not found(term, text)


ITEM = subject(
    "Pixel 11 đến Việt Nam",
    "Google bán máy từ tháng sau.",
    category=("Mobile", "AI & Robotics"),
    author="Nguyễn An, Ada",
    link="https://vnexpress.net/so-hoa/pixel-11.html",
    language="pt-BR",
)


@pytest.mark.parametrize(
    "term",
    [
        "pixel",
        "tháng sau",
        "mobile",
        "robotics",
        "title:Pixel 11",
        "Title: pixel",
        "lead:google",
        "category:AI",
        "author:nguyễn an",
        "link:vnexpress.net",
        "link:so-hoa",
        "link:/pixel-\\d+/",
        "language:pt",
        "language:pt-br",
        "fold:title:viet nam",
        "title:fold:viet nam",
        r"/pixel \d+/",
        r"title:/^pixel/",
        r"category:/^mobile$/",
    ],
)
def test_a_term_is_sought_in_its_field(term: str) -> None:
    assert Term(term).matches(ITEM)


@pytest.mark.parametrize(
    "term",
    [
        "title:google",
        "lead:pixel",
        "category:pixel",
        "ada",  # authors, addresses and languages only where that is said
        "vnexpress",
        "pt",
        "author:google",
        "language:br",
        "language:p",
        r"title:/google/",
        r"/vnexpress/",
        "robotics mobile",
        "mobile ai",  # two categories are two texts
    ],
)
def test_a_term_is_not_sought_elsewhere(term: str) -> None:
    assert not Term(term).matches(ITEM)


WRONG = {
    "": "names no word",
    "   ": "names no word",
    "...": "names no word",
    "—": "names no word",
    "/": "names no word",
    "//": "names no word",
    "title:": "names no word",
    "fold:!": "names no word",
    "fold:": "names no word",
    "title:/AI/gi": 'write "/AI/": case does not count',
    "titel:Apple": 'there is no "titel:" here; write "title:"',
    "tag:AI": 'write "category:"',
    "url:example.org": 'write "link:"',
    "https://example.org/a": 'write "link:" before it',
    "title:lead:Apple": "names two fields",
    "a" * 201: "is longer than 200 letters",
    "/a(b/": "is no usable regular expression, missing )",
    "/(a+)+b/": "takes too long on 3000 times 'a'",
    "title:/(\\w+\\s?)+$/": "takes too long",
    "/x*/": "matches every text",
    "fold:/chip/": '"fold:" is for words',
}


@pytest.mark.parametrize("term", WRONG)
def test_a_term_that_cannot_match_is_refused(term: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are compared below
        Term(term)
    assert WRONG[term] in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["Review: iPhone", "12:30", "a/b", "What if… a/", "-5 °C", "/dev/sda", "Author", "language"],
)
def test_signs_inside_a_term_are_no_prefix(text: str) -> None:
    assert found(text, text)


def test_an_expression_that_is_slow_on_a_text_is_given_up_after_a_quarter_of_a_second() -> None:
    term = Term(r"/(?:Q7|Q7Q7)+Z9/")
    text = subject("Q7" * 2_000)
    began = time.thread_time()
    assert not term.matches(text)
    assert term.slow == 1
    assert time.thread_time() - began < 2
    assert term.matches(subject("Q7Z9")), "one poisonous article costs only itself"


def test_an_expression_that_is_slow_on_many_texts_is_not_used_any_more() -> None:
    term = Term(r"/(?:V7|V7V7)+Z9/", slow=MOST_SLOW - 1)
    assert term.matches(subject("V7Z9"))
    assert not term.matches(subject("V7" * 2_000))
    assert not term.matches(subject("V7Z9"))


def test_a_slow_expression_is_told_and_lets_everything_pass() -> None:
    one = Filter(place="feeds.f", exclude=(r"/(?:W7|W7W7)+Z9/", "AI"))
    found = screen({C: (one,)}, subject("W7" * 2_000))
    assert not found.refused
    assert found.slow == {("feeds.f.exclude", r"/(?:W7|W7W7)+Z9/")}


def test_hostile_texts_cost_little() -> None:
    terms = [Term("a"), Term("a a a b"), Term("fold:á"), Term("title:芯片"), Term("q\u0323x")]
    texts = ["a" * 4_000, "a " * 2_000, "a\u0301" * 2_000, "芯" * 4_000, "İ" * 4_000, "oá" * 2_000]
    began = time.thread_time()
    for text in texts:
        for term in terms:
            term.matches(subject(text, text))
    assert time.thread_time() - began < 2


WORDS = st.sampled_from(["AI", "chip", "chíp", "bán dẫn", "fold:chip", "title:Pixel", "/p.xel/"])
TERMS = st.lists(WORDS, max_size=5)
TEXTS = st.lists(st.sampled_from(["AI", "chip", "Chíp", "bán", "dẫn", "Pixel", "x"]), max_size=6)


def passes(include: list[str], exclude: list[str], text: Subject) -> bool:
    one = Filter(place="feeds.f", include=tuple(include), exclude=tuple(exclude))
    return not screen({C: (one,)}, text).refused


@given(include=TERMS, exclude=TERMS, words=TEXTS, order=st.randoms(use_true_random=False))
def test_decisions_do_not_depend_on_the_order_of_terms(include, exclude, words, order) -> None:
    text = subject(" ".join(words))
    first = passes(include, exclude, text)
    order.shuffle(include)
    order.shuffle(exclude)
    assert passes(include, exclude, text) == first
    excluded = any(term_of(term).matches(text) for term in exclude)
    included = not include or any(term_of(term).matches(text) for term in include)
    assert first == (included and not excluded)


@given(st.text(max_size=40), st.text(max_size=60))
def test_any_term_is_refused_or_answers(term: str, text: str) -> None:
    try:
        made = Term(term)
    except ValueError:
        return
    assert made.matches(subject(text)) in {True, False}


@given(st.text(max_size=30))
def test_a_word_is_found_in_any_normal_form_and_case(word: str) -> None:
    word = word.strip()
    try:
        term = Term(f"title:{word}")
    except ValueError:
        return
    if word.startswith("/") or ":" in word:
        return
    for form in ("NFC", "NFD"):
        assert term.matches(subject(unicodedata.normalize(form, word)))


def test_an_expression_may_ask_for_capitals() -> None:
    assert found(r"/\b(?-i:AI)\b/", "Luật AI")
    assert not found(r"/\b(?-i:AI)\b/", "Ai được lợi?")


def test_every_field_can_be_named() -> None:
    for name in FIELDS:
        assert Term(f"{name}:word").matches(Subject({name: ("word",)}))
