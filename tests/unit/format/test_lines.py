"""Lines and list items that stood apart are told apart in a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from bot.format.choosing import choose

NEWS = "The city of Hue opens a laboratory for 200 engineers in March, its mayor said on Monday."


def lead(desk: Any, content: str) -> str:
    article = desk.article(title="Tin", content=content)
    return choose(article.paragraphs, 450).text


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("Place: Hue, Main Street<br>Cars: MTF 4 / SRF 6<br>Pictures of it stand on the website of the town.", "Place: Hue, Main Street; Cars: MTF 4 / SRF 6. Pictures of it stand on the website of the town."),
        (f"Laboratories<br>{NEWS}", f"Laboratories. {NEWS}"),
        (f"{NEWS}<br>00:00 The mayor of Hue<br>01:30 The garden", NEWS),
        (f"{NEWS}<br>09:00 The mayor of Hue speaks to all.", f"{NEWS} 09:00 The mayor of Hue speaks to all."),
        # What ends, goes on, is code, or has its own sign stands as it stood.
        (f"It is open!<br>{NEWS}", f"It is open! {NEWS}"),
        ("In the morning,<br>Hue opens its laboratory for engineers.", "In the morning, Hue opens its laboratory for engineers."),
        ("The city of Hue opens a laboratory for two hundred engineers of\nIntel in March, it said.", "The city of Hue opens a laboratory for two hundred engineers of Intel in March, it said."),
        ("顺化市将于三月开设<br>可容纳200名工程师的实验室。", "顺化市将于三月开设 可容纳200名工程师的实验室。"),
    ],
)  # fmt: skip
def test_lines_without_marks_do_not_run_together(content: str, told: str, desk: Any) -> None:
    assert lead(desk, content) == told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (f"<p>{NEWS} It has:</p><ul><li>40 rooms</li><li>a garden,</li></ul>", f"{NEWS} It has: 40 rooms; a garden."),
        (f"<p>{NEWS} It has:</p><p>• 40 rooms</p><p>• a garden</p>", f"{NEWS} It has: 40 rooms; a garden."),
        ("<p>The mayor of Hue said in a letter:</p><blockquote><p>We open a laboratory for 200 engineers in March.</p></blockquote>", "The mayor of Hue said in a letter: We open a laboratory for 200 engineers in March."),
        (f"<p>{NEWS} It has:</p><ul><li>40 rooms,</li><li>a hall, and</li><li>a garden</li></ul>", f"{NEWS} It has: 40 rooms; a hall; a garden."),
        ("<p>The mayor of Hue and his guests have interviews with</p><ul><li>Robert Love</li><li>Luis Villa</li></ul>", "The mayor of Hue and his guests have interviews with: Robert Love; Luis Villa."),
        ("<p>顺化市将于三月开设可容纳200名工程师的实验室：</p><ul><li>四十个房间；</li><li>一座花园。</li></ul>", "顺化市将于三月开设可容纳200名工程师的实验室： 四十个房间; 一座花园。"),
        # A list with no room, a form, one entry, and a text behind a picture are not announced.
        (f"<p>{NEWS} It has:</p><ul>{'<li>a room with a view of the river and the bridge</li>' * 6}</ul>", NEWS),
        (f"<p>{NEWS} It has:</p><ul><li>rooms: 40</li><li>gardens: 2</li></ul>", NEWS),
        (f"<p>{NEWS} It has:</p><ul><li>40 rooms</li></ul>", NEWS),
        (f"<p>The laboratory of the city looks like this:</p><img src='/1.jpg'><p>{NEWS}</p>", "The laboratory of the city looks like this…"),
        # A sponsor's list goes with the line that announces it.
        (f"<p>{NEWS}</p><p>This episode of Hue is sponsored by:</p><ul><li>Acme makes 200 chips for Hue and Da Nang, and you can buy them there.</li></ul>", NEWS),
    ],
)  # fmt: skip
def test_a_short_list_or_quotation_stands_in_the_sentence_that_announces_it(
    content: str, told: str, desk: Any
) -> None:
    assert lead(desk, content) == told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("<ul><li>Chips of Hue - 00:05:51</li><li>Spring - 00:25:30</li><li>Your topics - 01:00:02</li></ul>", "Chips of Hue; Spring; Your topics."),
        ("<ul><li><a href='/1'>Chips of Hue</a> - 00:05:51</li><li>Spring - 00:25:30</li><li>Go - 01:00:02</li></ul>", "Chips of Hue; Spring; Go."),
        ("<dl><dt>Place</dt><dd>63.895°N 150.624°W</dd><dt>Depth</dt><dd>19.30 km</dd></dl>", "Place: 63.895°N 150.624°W; Depth: 19.30 km."),
        # Links are a menu, sentences stand by themselves, and a text goes before a list.
        ("<ul><li><a href='/1'>Chips of Hue</a></li><li><a href='/2'>Spring</a></li><li><a href='/3'>Go</a></li></ul>", ""),
        (f"<ul><li>{NEWS}</li><li>Da Nang opens another one in April, for 300 engineers.</li><li>Vinh does so in May, for all who come to it.</li></ul>", f"{NEWS} Da Nang opens another one in April, for 300 engineers. Vinh does so in May, for all who come to it."),
        (f"<ul><li>Chips</li><li>Spring</li><li>Go</li></ul><p>{NEWS}</p>", NEWS),
    ],
)  # fmt: skip
def test_a_list_that_is_all_there_is_is_told_in_one_sentence(
    content: str, told: str, desk: Any
) -> None:
    assert lead(desk, content) == told


def test_of_a_long_list_its_first_entries_are_told(desk: Any) -> None:
    items = "".join(f"<li>The room number {n} of Hue</li>" for n in range(40))
    told = lead(desk, f"<ul>{items}</ul>")
    assert told.startswith("The room number 0 of Hue; The room number 1 of Hue;")
    assert len(told) <= 450
