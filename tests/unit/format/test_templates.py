"""Templates: mistakes are told when they are compiled, and none can take the machine along."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from bot.errors import TemplateError
from bot.format.sandbox import FILTERS
from bot.format.templates import DIGEST_FIELDS, FIELDS, Template, compile_template
from bot.models.basics import Platform
from bot.models.settings import TemplateText

DOCS = Path(__file__).parents[3] / "docs"


def compiled(source: str, platform: str = "x") -> Template:
    return compile_template(TemplateText(name="own.j2", source=source), Platform(platform))


def rendered(source: str, platform: str = "x", **values: Any) -> str:
    return compiled(source, platform).render({**FIELDS, **values})


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("{{ title }}\n{{ titel }}", 2, 'unknown field "titel"; did you mean "title"?'),
        (
            "{{ zzz }}",
            1,
            'unknown field "zzz"; known are also_at, also_at_label, channel, comments,',
        ),
        ("{{ title | uper }}", 1, 'unknown filter "uper"; did you mean "upper"?'),
        ("{{ title | attr('x') }}", 1, 'unknown filter "attr"'),
        ("a\n\n{% if title %}", 3, "Unexpected end of template"),
        ("{{ title", 1, ""),
        ("{% include 'x' %}", 1, '"include" is not available'),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", 1, '"macro" is not available'),
        ("{% extends 'x' %}", 1, '"extends" is not available'),
        (
            "{% for x in share recursive %}{{ loop(share) }}{% endfor %}",
            1,
            '"for" is not available',
        ),
        ("\n{{ share[0].txt }}", 2, "has no attribute"),
        ("{{ 1 / 0 }}", 1, "division by zero"),
        ("{{ title + 1 }}", 1, ""),
        ("{{ title }}\n{{ hashtags }}", 2, 'it writes a list; join it: {{ list | join(" ") }}'),
        ("{{ hashtags | reverse }}", 1, "it writes a list"),
        ("{{ title ~ hashtags }}", 1, "it writes a list"),
        ("{{ share | first }}", 1, "it writes a whole entry; name a part of it: {{ entry.name }}"),
        ("{{ title.upper }}", 1, "it writes a method; call it: {{ title.upper() }}"),
        ("", None, "it writes nothing"),
        ("{# {{ title }} #}", None, "it writes nothing"),
        ("{{" + "(" * 3_000, None, "nested too deeply"),
    ],
)
def test_mistakes_are_told_with_their_line(source: str, line: int | None, message: str) -> None:
    with pytest.raises(TemplateError) as told:
        compiled(source)
    assert told.value.line == line
    assert message in str(told.value)
    assert "\n" not in str(told.value)
    assert str(told.value).startswith("own.j2")


@pytest.mark.parametrize(
    ("source", "line", "name"),
    [
        ("{{ title }}\n{{ published.strftime('%d') }}", 2, "published"),
        ("{{ title }}{% if link %}\n{{ published.strftime('%d') }}{% endif %}", 2, "published"),
        ("{{ title }}\n\n{{ link }}", 3, "link"),
        ("{{ title }} {{ link.strip() }}", 1, "link"),
        ("{{ title }} {{ hashtags[0] }}", 1, "hashtags"),
        ("{{ title }} {{ also_at[0].name }}", 1, "also_at"),
        ("{{ title }} {{ comments | upper }}", 1, "comments"),
        ("{{ title }}\n{{ source ~ image }}", 2, "image"),
        ("{{ title }} {{ comments | default('') }}", 1, "comments"),
    ],
)
def test_a_value_that_may_be_absent_is_told_with_its_line_and_the_remedy(
    source: str, line: int, name: str
) -> None:
    with pytest.raises(TemplateError) as told:
        compiled(source)
    assert told.value.line == line
    assert f'"{name}" may be absent' in str(told.value)
    assert f"{{% if {name} %}}" in str(told.value)


@pytest.mark.parametrize(
    "source",
    [
        "{{ title }}{% if published %} {{ published.strftime('%d') }}{% endif %}",
        "{{ title }} {{ comments or '' }} {{ comments | default('', true) }}",
        "{{ title }} {% if not comments %}none{% endif %}",
        "{{ title }} {{ hashtags | join(' ') }} {{ source }} {{ lead }}",
        "{{ link or title }}",
    ],
)
def test_a_value_that_may_be_absent_is_no_mistake_where_it_is_asked_for(source: str) -> None:
    assert compiled(source)


@pytest.mark.parametrize(
    ("source", "platform"),
    [
        ("{% if published %}{{ title }}{% endif %}", "x"),
        ("<b>{{ lead }}</b>", "telegram"),
        ("{{ hashtags | join(' ') }}&#8203;", "telegram"),
    ],
)
def test_a_post_of_nothing_is_a_mistake_of_its_template(source: str, platform: str) -> None:
    with pytest.raises(TemplateError, match=r"may be absent, and then: it writes nothing; write"):
        compiled(source, platform)


def test_a_template_that_writes_nothing_for_one_language_fails_there() -> None:
    template = compiled("{% if language != 'de' %}{{ title }}{% endif %}")
    with pytest.raises(TemplateError, match="it writes nothing"):
        template.render({**FIELDS, "language": "de"})


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in range(10**9) %}x{% endfor %}",
        "{% for i in range(1000000000) %}{% endfor %}",
        "{% for i in range(1000) %}{% for j in range(1000) %}{% endfor %}{% endfor %}",
        "{% for i in range(1000) %}{{ lead * 1 }}{% endfor %}",
        "{% for i in range(1000) %}{{ 'x' * 10 }}{% endfor %}",
        "{{ 'x' * 10**9 }}",
        "{{ ['x'] * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ 'x'.center(1000000000) }}",
        "{{ 'x'.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ share.append(1) }}",
        "{{ range.__self__ }}",
        "{{ published.__reduce__() }}",
        "{{ title.encode() }}",
    ],
)
def test_no_template_takes_memory_time_or_secrets(source: str) -> None:
    with pytest.raises(TemplateError):
        compiled(source)


@pytest.mark.parametrize(
    ("first", "step"),
    [
        ("lead ~ lead", "a ~ a"),
        ("lead + lead", "a + a"),
        ("lead", 'a | replace("n", a)'),
        ("lead", "range(1000) | join(a)"),
        ("[lead]", "[a, a]"),
        ("[lead]", "{'a': a, 'b': a}"),
        ("9", "a * a"),
    ],
)
@pytest.mark.parametrize("last", ["{{ a }}", "{{ a | upper }}", "{{ 'x' ~ a }}", "{{ a | list }}"])
def test_what_doubles_at_each_step_is_bounded(first: str, step: str, last: str) -> None:
    source = f"{{{{ title }}}}{{% set a = {first} %}}" + f"{{% set a = {step} %}}" * 60 + last
    with pytest.raises(TemplateError, match=r"more than|not available"):
        rendered(source)


@pytest.mark.parametrize(
    "step",
    [
        "{% set a = lead | list | sort | join | upper %}",
        "{% set a = lead.upper() %}",
        "{% set a %}{{ lead }}{% endset %}",
        "{% set a %}" + "text " * 20 + "{% endset %}",
        "{% filter upper %}{{ lead }}{% endfilter %}",
    ],
)
def test_work_of_all_rounds_is_bounded(step: str) -> None:
    many = (
        "{% for i in range(100) %}{% for j in range(99) %}" + step * 5 + "{% endfor %}{% endfor %}"
    )
    with pytest.raises(TemplateError, match=r"work on more than 300000 characters|writes more"):
        rendered("{{ title }}" + many)


def test_output_is_bounded() -> None:
    with pytest.raises(TemplateError, match="more than 32768 characters"):
        rendered("{% for i in range(1000) %}{{ title }}{% endfor %}", title="x" * 100)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ title }}  \n\n\n\n{{ source }}\n\n", "Title\n\nExample"),
        ("{{ title }} {{ hashtags | join(' ') }}", "Title #One #Two"),
        ("{{ published.strftime('%d/%m/%Y %H:%M') if published else title }}", "02/01/2026 03:04"),
        (
            "{{ title }}{% for s in share %} {{ loop.index }} {{ s.text }}{% endfor %}",
            "Title 1 Telegram",
        ),
        ("{% for i in range(3) %}{{ i * 2 }},{% endfor %}", "0,2,4,"),
        ("{{ title }} {{ also_at | join(', ', attribute='name') }}", "Title Other"),
        ("{{ title }} {{ hashtags | join(d=' ') | replace('#', '', count=1) }}", "Title One #Two"),
        ("{{ title | upper }} {{ title.lower() }} {{ 7 % 4 }}", "TITLE title 3"),
        ("{{ '<b>' }}", "<b>"),
        ("{# nothing #}{{ image or 'none' }}", "https://example.org/1.jpg"),
    ],
)
def test_rendering(source: str, text: str) -> None:
    assert rendered(source) == text


def test_values_are_escaped_for_telegram_and_only_there() -> None:
    title = "<b>\"A\" & 'B'</b>"
    assert rendered("{{ title }}", title=title) == title
    assert rendered("<b>{{ title }}</b>", "telegram", title=title) == (
        "<b>&lt;b&gt;&#34;A&#34; &amp; &#39;B&#39;&lt;/b&gt;</b>"
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("<p>{{ title }}</p>", "Telegram has no tag <p>"),
        ("<b>{{ title }}", "does not close <b>"),
        ("<b><i>{{ title }}</b></i>", "closes <b>"),
        ("{{ title }}</b>", "closes <b>"),
        ("1 < 2 {{ title }}", 'a bare "<" or ">"'),
        ("<script>{{ title }}</script>", "no tag <script>"),
        ('<a href="x" onclick="y>{{ title }}</a>', 'bare "<" or ">"'),
    ],
)
def test_telegram_takes_only_its_own_tags(source: str, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        compiled(source, "telegram")


def test_telegrams_own_tags_pass() -> None:
    source = (
        "<b>{{ title }}</b> <tg-spoiler>x</tg-spoiler>"
        " <blockquote expandable>{{ lead }}</blockquote>"
        '<pre><code class="language-py">x</code></pre> <span class="tg-spoiler">y</span> 1 &lt; 2'
    )
    assert rendered(source, "telegram").startswith("<b>Title</b>")


def test_telegram_gets_a_hundred_entities_and_all_of_the_text() -> None:
    source = "{% for i in range(150) %}<b>{{ i }} <i>x</i></b> {% endfor %}"
    text = rendered(source, "telegram")
    assert (text.count("<b>"), text.count("</b>")) == (50, 50)
    assert (text.count("<i>"), text.count("</i>")) == (50, 50)
    assert text.endswith("149 x")
    nested = "<i>{% for i in range(150) %}<b>{{ i }}</b>{% endfor %}</i>"
    assert rendered(nested, "telegram").count("<b>") == 99
    assert rendered(nested, "telegram").endswith("149</i>")


def _examples() -> list[str]:
    """Return the templates that the documentation shows, whole ones and parts."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md")))
    whole = [dedent(found) for found in re.findall(r"```jinja\n(.*?)```", text, re.DOTALL)]
    return [*whole, *re.findall(r"`([^`\n]*\{[{%][^`\n]*)`", text)]


@pytest.mark.parametrize("source", _examples())
def test_examples_of_the_documentation_work(source: str) -> None:
    assert compiled("{{ title }}" + source, "telegram")


def test_the_documentation_shows_examples() -> None:
    assert len(_examples()) >= 4


def test_the_documentation_names_all_fields_and_filters() -> None:
    text = (DOCS / "templates.md").read_text(encoding="utf-8")
    posts, digests = (
        set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE))
        for part in text.split("\n## Digests\n")
    )
    assert (posts, digests) == (set(FIELDS), set(DIGEST_FIELDS))
    listed = re.search(r"Filters: `([^`]+)`", text)
    assert listed
    assert set(listed[1].split()) == FILTERS
