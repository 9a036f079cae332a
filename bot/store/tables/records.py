"""Records to columns and back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.models.basics import Reason
from bot.models.stories import Article

if TYPE_CHECKING:
    from sqlalchemy import RowMapping


def article_to_json(article: Article) -> dict[str, Any]:
    """Return `article` as a JSON object; the inverse is `article_from_json`."""
    return {
        "title": article.title,
        "paragraphs": list(article.paragraphs),
        "link": article.link,
        "source": article.source,
        "published": article.published.isoformat() if article.published else None,
        "categories": list(article.categories),
        "hashtags": list(article.hashtags),
        "image": article.image,
        "comments": article.comments,
        "language": article.language,
    }


def article_from_json(value: dict[str, Any]) -> Article:
    """Return the article that `article_to_json` wrote."""
    published = value["published"]
    return Article(
        title=value["title"],
        paragraphs=tuple(value["paragraphs"]),
        link=value["link"],
        source=value["source"],
        published=datetime.fromisoformat(published) if published else None,
        categories=tuple(value["categories"]),
        hashtags=tuple(value["hashtags"]),
        image=value["image"],
        comments=value["comments"],
        language=value["language"],
    )


def reason_columns(reason: Reason | None) -> dict[str, str | None]:
    """Return the two columns that keep `reason`."""
    return {
        "reason_code": reason.code if reason else None,
        "reason_text": reason.text if reason else None,
    }


def reason_of(row: RowMapping) -> Reason | None:
    """Return the reason that a row's two columns keep."""
    code = row["reason_code"]
    return None if code is None else Reason(code=code, text=row["reason_text"] or "")
