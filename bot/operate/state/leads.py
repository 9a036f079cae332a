"""Why a post says these sentences: where each stood, and which were passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.format.choosing import lead_of
from bot.format.limits import cut_text
from bot.wording import ENGLISH, marked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.format.choosing import Choice
    from bot.models.stories import Article, TextSource
    from bot.wording import Wording

_SHOWN: Final = 70
_STOOD: Final[Mapping[TextSource, str]] = {
    "summary": marked("the feed's summary"),
    "content": marked("the feed's full text"),
    "page": marked("the article's page"),
    "completed": marked("the feed, which cut it off, with its end from the longer text"),
}


def lead_json(article: Article | None) -> dict[str, Any] | None:
    """Return the documented JSON element (docs/json.md); None where there is no lead."""
    choice = _choice(article)
    if article is None or choice is None:
        return None
    return {
        "text": choice.text,
        "sentences": [
            {"text": one.text, "from": _origin(article, one.paragraph)} for one in choice.sentences
        ],
        "passed_over": [{"text": one.text, "reason": why.value} for one, why in choice.passed_over],
    }


def lead_lines(article: Article | None, words: Wording = ENGLISH) -> Iterator[str]:
    """Yield for people what `lead_json` says."""
    choice = _choice(article)
    if article is None or choice is None:
        return
    for place, one in enumerate(choice.sentences):
        origin = _origin(article, one.paragraph)
        stood = (
            " " + words.phrase_as("explain", "from {place}", place=words.phrase(_STOOD[origin]))
            if origin
            else ""
        )
        name = "" if place else words.phrase("lead")
        yield f"  {name:<7} {_short(one.text)}{stood}"
    for one, why in choice.passed_over:
        left_out = words.phrase_as("explain", "without {sentence}", sentence=_short(one.text))
        yield f"          {left_out}: {words.phrase(why.value)}"


def _choice(article: Article | None) -> Choice | None:
    if article is None or article.headlines:
        return None
    choice = lead_of(article)
    return choice if choice.text else None


def _origin(article: Article, paragraph: int) -> TextSource | None:
    """Return where a paragraph stood; None in an article that was stored before that was known."""
    return article.origins[paragraph] if paragraph < len(article.origins) else None


def _short(text: str) -> str:
    return f'"{cut_text(text, _SHOWN, len)}"'
