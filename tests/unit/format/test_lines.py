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
        # What ends, goes on, or has its own sign stands as it stood.
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
