"""An article's page -> its description, text and picture. Pure, and safe on hostile pages."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from bot.collect.addresses import absolute_address
from bot.collect.page.document import (
    base_of,
    decoded,
    headings_of,
    json_article,
    main_text,
    metas_of,
    several,
    shown_text,
    text_of,
    tree_of,
)
from bot.collect.parse.images import pixels
from bot.models.feeds import Image, Page

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from bot.collect.page.document import Texts
    from bot.models.feeds import FetchedPage

_MOST_TEXT: Final = 6_000
# A word, or one sign of a script that has no spaces.
_DENSE: Final = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD: Final = re.compile(rf"[{_DENSE}]|[^\W{_DENSE}]+")
_SEVERAL_TEXTS: Final = 2
_SEVERAL_PICTURES: Final = 3  # two articles about one event may show the same
# A page that shows fewer pairs of words does not show its article. Of a description of that many
# pairs, those in the corpus share at least 23 % with the page, slogans about 5 %.
_ENOUGH_SHOWN: Final = 40
_ENOUGH_SAID: Final = 16
_IN_COMMON: Final = 0.12


def read_pages(
    fetched: Sequence[tuple[FetchedPage, str]], pictures_only: Container[str] = ()
) -> list[Page]:
    """Return each page as it describes the article at its link.

    Of the links in `pictures_only` the text is not looked for, which costs most of the time.
    Texts that several of them share are the site's ("The leading magazine for ..."), and a picture
    that three share is its logo: they are read again without. Raises nothing.
    """
    read = partial(_read, pictures_only=pictures_only)
    pages = [read(page, link) for page, link in fetched]
    shared = _shared([page.description.casefold() for page in pages], _SEVERAL_TEXTS)
    shared |= _shared([page.image.url for page in pages if page.image], _SEVERAL_PICTURES)
    return [
        read(*source, ignored=shared) if _says_any(page, shared) else page
        for source, page in zip(fetched, pages, strict=True)
    ]


def _read(
    page: FetchedPage,
    link: str,
    *,
    pictures_only: Container[str],
    ignored: frozenset[str] = frozenset(),
) -> Page:
    return read_page(page, link, ignored=ignored, with_text=link not in pictures_only)


def _shared(values: Iterable[str], several: int) -> frozenset[str]:
    counted = Counter(value for value in values if value)
    return frozenset(value for value, count in counted.items() if count >= several)


def _says_any(page: Page, shared: frozenset[str]) -> bool:
    return page.description.casefold() in shared or bool(page.image and page.image.url in shared)


def read_page(
    fetched: FetchedPage,
    link: str,
    *,
    ignored: frozenset[str] = frozenset(),
    with_text: bool = True,
) -> Page:
    """Return the page at `link` as it describes its article; an empty Page where it is another's.

    The description is Open Graph's, else that of its JSON-LD article, else the meta element's;
    none that is `ignored` (in small letters), or has no words in common with the page's text.
    Raises nothing.
    """
    source = decoded(fetched)
    tree = tree_of(source)
    if tree is None:
        return Page()
    metas = metas_of(tree)
    if _is_front_page(tree, metas, fetched.url, link):
        return Page()
    article = json_article(tree)
    headings = tuple(headings_of(tree, metas, article))
    shown = shown_text(tree) + text_of(article.get("articleBody"))[:_MOST_TEXT]
    stated = (
        metas.get("og:description"),
        text_of(article.get("description")),
        metas.get("twitter:description"),
        metas.get("description"),
    )
    site = metas.get("og:site_name", "").casefold()
    proof = _Proof(_pairs(" ".join((*headings, shown))), site, ignored)
    usable = (text[:_MOST_TEXT] for text in stated if text)
    description = next((text for text in usable if proof.is_said(text)), "")
    body = text_of(article.get("articleBody"))
    text = body or main_text(source) if with_text else ""
    image = _image(metas, article, base_of(tree, fetched.url))
    return Page(
        description=description,
        text=text[:_MOST_TEXT],
        image=None if image and image.url in ignored else image,
        headings=headings,
        shown=f"{description}\n{shown}",
    )


@dataclass(frozen=True, slots=True)
class _Proof:
    """Whose words a page shows: `about` are the pairs of its words, `site` is the site's name."""

    about: set[tuple[str, str]]
    site: str
    ignored: frozenset[str]

    def is_said(self, description: str) -> bool:
        """Tell whether `description` is the article's: a slogan has next to no words of it."""
        folded = description.casefold()
        if folded in self.ignored:
            return False
        pairs = _pairs(description)
        is_slogan = len(pairs) >= _ENOUGH_SAID or (bool(self.site) and self.site in folded)
        if not is_slogan or len(self.about) < _ENOUGH_SHOWN:
            return True
        return len(pairs & self.about) >= _IN_COMMON * len(pairs)


def _pairs(text: str) -> set[tuple[str, str]]:
    """Return the pairs of words that follow each other, without case; of Chinese, of signs."""
    return set(pairwise(_WORD.findall(text.casefold())))


def _is_front_page(tree: Any, metas: Texts, url: str, link: str) -> bool:
    """Tell whether the server sent its front page for an article that it has no more."""
    canonical = next(
        (each.get("href") for each in tree.iter("link") if each.get("rel") == "canonical"), None
    )
    addresses = (url, canonical or "", metas.get("og:url", ""))
    return bool(_path(link)) and any(
        absolute_address(address) is not None and not _path(address) for address in addresses
    )


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.path.strip("/") + parts.query


def _image(metas: Texts, article: dict[str, Any], base: str) -> Image | None:
    named = metas.get("og:image") or metas.get("og:image:url") or metas.get("og:image:secure_url")
    if named:
        size = (metas.get("og:image:width"), metas.get("og:image:height"))
        return _page_image(named, base, size)
    stated = next(iter(several(article.get("image"))), None)
    if isinstance(stated, dict):
        return _page_image(stated.get("url"), base, (stated.get("width"), stated.get("height")))
    return _page_image(stated or metas.get("twitter:image"), base, (None, None))


def _page_image(url: object, base: str, size: tuple[object, object]) -> Image | None:
    address = absolute_address(url, base)
    if address is None:
        return None
    return Image(url=address, width=pixels(size[0]), height=pixels(size[1]), source="page")
