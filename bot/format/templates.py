"""Templates: compiled once, with every mistake told that can be found before a post is due."""

from __future__ import annotations

import difflib
import re
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2 import meta, nodes

from bot.errors import TemplateError
from bot.format.limits import plain_text
from bot.format.sandbox import FILTERS, MAX_OUTPUT, METER, Meter, Sandbox, refused_node
from bot.format.telegram_markup import check_markup, with_most_entities
from bot.format.text import is_seen
from bot.models.basics import Platform
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    "more": "The next sentences of the article.",
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

_ABSENT: Mapping[str, object] = {
    "lead": "",
    "link": None,
    "source": "",
    "hashtags": (),
    "published": None,
    "image": None,
    "comments": None,
    "language": "",
    "share": (),
    "also_at": (),
    "more": "",
}
_ABSENT_IN_DIGEST: Mapping[str, object] = {
    "headlines": ({"title": "Title", "link": None, "source": ""},),
    "more": "",
    "image": None,
    "published": None,
}
_EMPTY = told("it writes nothing; write {{{{ title }}}} outside of every condition")
_TOO_MANY_BREAKS = re.compile(r"\n{3,}")
_NOTHING = re.compile(r"None|\bnone\b|\bNONE\b")  # how Jinja2 writes a value that is absent
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
            text = with_most_entities(text)
        if not self._is_seen(text):
            raise TemplateError(self.name, _EMPTY)
        return text

    def _is_seen(self, text: str) -> bool:
        shown = plain_text(text) if self.platform is Platform.TELEGRAM else text
        return is_seen(shown)

    def _chunks(self, values: Mapping[str, object]) -> list[str]:
        chunks: list[str] = []
        size = 0
        try:
            for chunk in self.compiled.generate({**values, METER: Meter()}):
                chunks.append(chunk)
                size += len(chunk)
                if size > MAX_OUTPUT:
                    raise TemplateError(
                        self.name,
                        told("writes more than {max_output} characters", max_output=MAX_OUTPUT),
                    )
        except _AUTHORS_ERRORS as error:
            raise TemplateError(self.name, _one_line(error), line=self._line_of(error)) from error
        return chunks

    def _line_of(self, error: Exception) -> int | None:
        """Return the template's line where `error` arose; Jinja2 writes it into the traceback."""
        frames = traceback.walk_tb(error.__traceback__)
        lines = [line for frame, line in frames if frame.f_code.co_filename == self.name]
        return lines[-1] if lines else None


@lru_cache(maxsize=32)
def compile_template(text: TemplateText, platform: Platform) -> Template:
    """Compile `text` and try it on samples: with everything, without each value, with next to none.

    Once, for most channels share one.
    Raises TemplateError with the line, and the nearest name where one is misspelt.
    """
    return _compiled(text, platform, FIELDS, _ABSENT)


@lru_cache(maxsize=32)
def compile_digest(text: TemplateText, platform: Platform) -> Template:
    """Compile the template of a digest likewise."""
    return _compiled(text, platform, DIGEST_FIELDS, _ABSENT_IN_DIGEST)


def _compiled(
    text: TemplateText,
    platform: Platform,
    fields: Mapping[str, object],
    absent: Mapping[str, object],
) -> Template:
    sandbox = Sandbox(autoescape=platform is Platform.TELEGRAM)
    try:
        tree = sandbox.parse(text.source)
        _check_names(tree, text.name, fields)
        code = sandbox.compile(sandbox.counted(tree), text.name, text.name)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(
            text.name, error.message or marked("syntax error"), line=error.lineno
        ) from error
    except RecursionError as error:
        raise TemplateError(text.name, marked("is nested too deeply")) from error
    compiled = sandbox.template_class.from_code(sandbox, code, dict(sandbox.globals))
    template = Template(text.name, platform, compiled)
    template.render(fields)
    used = {name: absent[name] for name in absent if name in meta.find_undeclared_variables(tree)}
    for name, nothing in used.items():
        _try_without(name, template, tree, {**fields, name: nothing})
    template.render({**fields, **absent})
    return template


def _try_without(
    name: str, template: Template, tree: nodes.Template, values: Mapping[str, object]
) -> None:
    """Raise TemplateError, with the remedy, where a post without the value `name` is spoilt."""
    try:
        text = template.render(values)
    except TemplateError as error:
        remedy = "" if error.message == _EMPTY else "; " + _remedy(name)
        message = told(
            '"{name}" may be absent, and then: {why}', name=name, why=error.message + remedy
        )
        line = error.line or _first_line(name, tree)
        raise TemplateError(template.name, message, line=line) from error
    if _NOTHING.search(text) and not any(map(_NOTHING.search, _own_words(tree))):
        message = told(
            '"{name}" may be absent, and then "None" is written; {why}',
            name=name,
            why=_remedy(name),
        )
        raise TemplateError(template.name, message, line=_first_line(name, tree))


def _own_words(tree: nodes.Template) -> Iterator[str]:
    for data in tree.find_all(nodes.TemplateData):
        yield data.data
    for constant in tree.find_all(nodes.Const):
        yield str(constant.value)


def _remedy(name: str) -> str:
    if name == "headlines":
        return told(
            "a headline's link and source may be absent: {{% if headline.link %}} ... {{% endif %}}"
        )
    return told("write {{% if {name} %}} before it and {{% endif %}} behind", name=name)


def _first_line(name: str, tree: nodes.Template) -> int | None:
    return next((use.lineno for use in tree.find_all(nodes.Name) if use.name == name), None)


def _check_names(tree: nodes.Template, template: str, fields: Mapping[str, object]) -> None:
    refused = refused_node(tree)
    if refused is not None:
        statement = type(refused).__name__.lower()
        raise TemplateError(
            template,
            told('"{statement}" is not available in templates', statement=statement),
            line=refused.lineno,
        )
    for use in tree.find_all(nodes.Filter):
        if use.name not in FILTERS:
            message = _unknown(marked("filter"), use.name, FILTERS)
            raise TemplateError(template, message, line=use.lineno)
    _check_fields(tree, template, fields)


def _check_fields(tree: nodes.Template, template: str, fields: Mapping[str, object]) -> None:
    unknown = meta.find_undeclared_variables(tree) - {*fields, "range"}
    for use in tree.find_all(nodes.Name):
        if use.name in unknown:
            message = _unknown(marked("field"), use.name, fields)
            raise TemplateError(template, message, line=use.lineno)


def _unknown(kind: str, name: str, known: Any) -> str:
    nearest = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    unknown = told('unknown {also} "{name}"', also=kind, name=name)
    if nearest:
        return unknown + told('; did you mean "{nearest}"?', nearest=nearest[0])
    return unknown + told("; known are {names}", names=", ".join(sorted(known)))


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
