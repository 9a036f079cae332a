"""Templates: compiled once, with every mistake told that can be found before a post is due."""

from __future__ import annotations

import difflib
import itertools
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2 import meta, nodes

from bot.errors import TemplateError
from bot.format.sandbox import FILTERS, MAX_OUTPUT, STEPS, Sandbox, refused_node
from bot.format.telegram_markup import check_markup, with_most_entities
from bot.models.basics import Platform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.models.settings import TemplateText

FIELDS: Mapping[str, object] = {
    "title": "Title",
    "lead": "The news in a few sentences.",
    "link": "https://example.org/news/1",
    "source": "Example",
    "hashtags": ("#One", "#Two"),
    "published": datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    "image": "https://example.org/1.jpg",
    "comments": "https://example.org/news/1#comments",
    "language": "vi",
    "share": ({"text": "Telegram", "url": "https://t.me/share/url?url=x"},),
    "also_at": ({"name": "Other", "link": "https://example.net/2"},),
    "also_at_label": "Also at",
    "channel": "example",
}
"""The values that a template may use, with the samples that it is tried on when it is compiled."""

DIGEST_FIELDS: Mapping[str, object] = {
    "title": "Digest",
    "headlines": (
        {"title": "Title", "link": "https://example.org/news/1", "source": "Example"},
        {"title": "Title", "link": None, "source": ""},
    ),
    "more": "and 3 more",
    "image": "https://example.org/1.jpg",
    "published": datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    "language": "vi",
    "channel": "example",
}
"""The values that the template of a digest may use, with samples."""

_BARE_DIGEST: Mapping[str, object] = {
    **DIGEST_FIELDS,
    "headlines": ({"title": "Title", "link": None, "source": ""},),
    "more": "",
    "image": None,
    "published": None,
}
_BARE_SAMPLE: Mapping[str, object] = {
    **FIELDS,
    "lead": "",
    "link": None,
    "hashtags": (),
    "published": None,
    "image": None,
    "comments": None,
    "share": (),
    "also_at": (),
}
_TOO_MANY_BREAKS = re.compile(r"\n{3,}")
_SPACE_BEFORE_BREAK = re.compile(r"(?<![^\S\n])[^\S\n]+$", re.MULTILINE)
# Errors of a template's own code, besides Jinja2's errors.
_AUTHORS_ERRORS = (
    jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError,
    ValueError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Template:
    """A template that compiles, for one platform."""

    name: str
    platform: Platform
    compiled: jinja2.Template

    def render(self, values: Mapping[str, object]) -> str:
        """Return the text for `values` (see FIELDS), white space tidied.

        Raises TemplateError where the template's own code fails or writes too much.
        """
        text = "".join(self._chunks(values))
        text = _TOO_MANY_BREAKS.sub("\n\n", _SPACE_BEFORE_BREAK.sub("", text)).strip()
        if self.platform is Platform.TELEGRAM:
            check_markup(text, self.name)
            return with_most_entities(text)
        return text

    def _chunks(self, values: Mapping[str, object]) -> list[str]:
        chunks: list[str] = []
        size = 0
        try:
            for chunk in self.compiled.generate({**values, STEPS: itertools.count()}):
                chunks.append(chunk)
                size += len(chunk)
                if size > MAX_OUTPUT:
                    raise TemplateError(self.name, f"writes more than {MAX_OUTPUT} characters")
        except _AUTHORS_ERRORS as error:
            raise TemplateError(self.name, _one_line(error)) from error
        return chunks


def compile_template(text: TemplateText, platform: Platform) -> Template:
    """Compile `text` and try it on samples, with everything and with next to nothing given.

    Raises TemplateError with the line, and the nearest name where one is misspelt.
    """
    return _compiled(text, platform, (FIELDS, _BARE_SAMPLE))


@lru_cache(maxsize=32)
def compile_digest(text: TemplateText, platform: Platform) -> Template:
    """Compile the template of a digest likewise; once, for most channels share one."""
    return _compiled(text, platform, (DIGEST_FIELDS, _BARE_DIGEST))


def _compiled(
    text: TemplateText, platform: Platform, samples: tuple[Mapping[str, object], ...]
) -> Template:
    sandbox = Sandbox(autoescape=platform is Platform.TELEGRAM)
    try:
        tree = sandbox.parse(text.source)
        _check_names(tree, text.name, samples[0])
        code = sandbox.compile(sandbox.counted(tree), text.name)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(
            text.name, error.message or "syntax error", line=error.lineno
        ) from error
    except RecursionError as error:
        raise TemplateError(text.name, "is nested too deeply") from error
    compiled = sandbox.template_class.from_code(sandbox, code, dict(sandbox.globals))
    template = Template(text.name, platform, compiled)
    for sample in samples:
        template.render(sample)
    return template


def _check_names(tree: nodes.Template, template: str, fields: Mapping[str, object]) -> None:
    refused = refused_node(tree)
    if refused is not None:
        statement = type(refused).__name__.lower()
        raise TemplateError(
            template, f'"{statement}" is not available in templates', line=refused.lineno
        )
    for use in tree.find_all(nodes.Filter):
        if use.name not in FILTERS:
            message = _unknown("filter", use.name, FILTERS)
            raise TemplateError(template, message, line=use.lineno)
    _check_fields(tree, template, fields)


def _check_fields(tree: nodes.Template, template: str, fields: Mapping[str, object]) -> None:
    unknown = meta.find_undeclared_variables(tree) - {*fields, "range"}
    for use in tree.find_all(nodes.Name):
        if use.name in unknown:
            message = _unknown("field", use.name, fields)
            raise TemplateError(template, message, line=use.lineno)


def _unknown(kind: str, name: str, known: Any) -> str:
    nearest = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    if nearest:
        return f'unknown {kind} "{name}"; did you mean "{nearest[0]}"?'
    return f'unknown {kind} "{name}"; known are {", ".join(sorted(known))}'


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
