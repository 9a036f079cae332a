"""Texts that were kept in English are said in another language, by the form that made them."""

from __future__ import annotations

import string

import pytest

from bot.forms import TOLD, forms_of
from bot.wording import CATALOGUES, ENGLISH, told, wording

VI = wording("vi")
FORMS = forms_of((CATALOGUES / "vi" / "LC_MESSAGES" / "newsbot.mo").read_bytes())


def values_of(text: str) -> dict[str, str]:
    names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    return {name: "7" if name == "count" else f"<{name}>" for name in names}


def test_each_form_is_found_again_with_its_values() -> None:
    wrong = []
    for form in FORMS:
        for text in form.key:
            values = values_of(text)
            made = ("<why>" if form.is_ending else "") + told(text, **values)
            said = VI.phrase(text, **values) if len(form.key) == 1 else None
            found = VI.stored(made)
            if found == made or (said is not None and not found.endswith(said)):
                wrong.append((made, found))
    assert wrong == []


def test_no_two_values_of_a_form_stand_side_by_side() -> None:
    assert [form.key for form in FORMS if "" in form.literals[1:-1]] == []


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ("feed f was disabled", "nguồn f đã bị tắt"),
        # A text within a text.
        ("it had not arrived (the channel names no chat)", "bài chưa đến nơi (kênh chưa nêu chat)"),
        (
            "it had not arrived (X answered 500: Oops), 3 times in a row",
            "bài chưa đến nơi (X trả lời 500: Oops), 3 lần liên tiếp",
        ),
        # What ends a sentence, behind any other.
        (
            'no feed is called x; did you mean "y"?',
            'không có nguồn nào tên x; có phải ý bạn là "y"?',
        ),
        (
            "Telegram does not know the token of account tg; get it from @BotFather",
            "Telegram không nhận ra token của tài khoản tg; hãy lấy token từ @BotFather",
        ),
        (
            "cannot write into a/b: a is not a folder",
            "không ghi được vào a/b: a không phải là thư mục",
        ),
        # Parts without a form of the whole; a key stays, whatever it is called.
        ("title: it is not signed", "title: không có chữ ký"),
        ("3 entries, about 2 a day, undated", "3 mục, khoảng 2 tin mỗi ngày, không đề ngày"),
        # Each line is a text.
        ("it asks\nit is cut off", "câu hỏi\nbị cắt giữa chừng"),
        # Braces of templates.
        (
            "it writes nothing; write {{ title }} outside of every condition",
            "không ghi ra gì; hãy viết {{ title }} ngoài mọi điều kiện",
        ),
    ],
)
def test_a_kept_text_is_said_in_another_language(kept: str, said: str) -> None:
    assert VI.stored(kept) == said
    assert ENGLISH.stored(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bad Request: chat not found",
        "a platform said {this}",
        "tin; tin: tin, tin",
        "the answer was: ",
        "one, \nanother; ",
        ": ",
        "{0} {why!r} %s \\",
    ],
)
def test_words_of_others_stay_as_they_are(text: str) -> None:
    assert VI.stored(text) == text


def test_a_value_is_translated_only_where_it_is_newsbots_own() -> None:
    assert VI.stored("deleted: Share (https://t.me/x/1)") == "đã xóa: Share (https://t.me/x/1)"
    assert VI.stored('"sent" is in it (feeds.sent.include)') == 'tin có "sent" (feeds.sent.include)'
    assert "title" not in TOLD


def test_a_hostile_text_costs_little_and_says_what_it_says() -> None:
    for mark in ("; ", ": ", ", ", "; did you mean ", " it had not arrived ("):
        hostile = mark * 20_000
        assert VI.stored(hostile) == hostile
        assert len(VI.stored(mark * 100)) < 100 * 100


def test_a_count_that_is_no_number_is_another_form() -> None:
    assert VI.stored("7 posts") == "7 bài"
    assert VI.stored("seven posts") == "seven posts"
