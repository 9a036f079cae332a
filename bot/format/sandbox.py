"""The Jinja2 environment in which templates run: no way out, no way to take all memory or time."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.format.text import word_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jinja2.runtime import Context

MAX_OUTPUT = 32 * 1_024  # characters of one rendered post; Telegram takes 32,768 bytes
MAX_ITERATIONS = 10_000  # rounds of all loops of one rendering together
MAX_RANGE = 1_000
STEPS = "_steps"
"""The variable that counts the rounds; hidden from authors."""

# Filters without surprises; the others can build texts of any size or reach into objects.
FILTERS = word_set(
    """
    capitalize count d default e escape first forceescape join last length list lower replace
    reverse round select sort striptags title trim truncate unique upper urlencode wordcount
    """
)
_TEXT_METHODS = word_set(
    "capitalize endswith lower lstrip removeprefix removesuffix rstrip split startswith strip title"
    " upper"
)
_TIME_METHODS = word_set("date day hour isoformat minute month strftime weekday year")
_REFUSED = (
    nodes.Macro, nodes.CallBlock, nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends,
    nodes.Block,
)  # fmt: skip


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox with bounded arithmetic, loops and methods."""

    intercepted_binops = frozenset(("*", "**", "%"))

    def __init__(self, *, autoescape: bool) -> None:
        super().__init__(
            autoescape=autoescape,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
        )
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.filters[STEPS] = _counted
        self.globals = {"range": _bounded_range}

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuse `"x" * 10**9`, `9**9**9` and `"%999999999d" % 1`."""
        if operator == "**" or not all(isinstance(side, int | float) for side in (left, right)):
            raise SecurityError(f'"{operator}" is not available for these values')
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Allow the few methods that a post may need."""
        if not super().is_safe_attribute(obj, attr, value):
            return False
        if isinstance(obj, str):
            return attr in _TEXT_METHODS
        if isinstance(obj, datetime):
            return attr in _TIME_METHODS
        return isinstance(obj, LoopContext)

    def wrap_str_format(self, value: Any) -> None:
        """Leave `"...".format` to `is_safe_attribute`: a width of 10**9 takes a gigabyte."""

    def counted(self, tree: nodes.Template) -> nodes.Template:
        """Make every loop of `tree` count its rounds."""
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(
                loop.iter, STEPS, [], [], None, None, lineno=loop.lineno, environment=self
            )
        return tree


def refused_node(tree: nodes.Template) -> nodes.Node | None:
    """Return the first statement that templates may not use: other files, macros, recursion."""
    recursive = (loop for loop in tree.find_all(nodes.For) if loop.recursive)
    return next(itertools.chain(tree.find_all(_REFUSED), recursive), None)


@pass_context
def _counted(context: Context, iterable: Iterable[Any]) -> Iterator[Any]:
    steps = context[STEPS]
    for value in iterable:
        if next(steps) >= MAX_ITERATIONS:
            raise SecurityError(f"its loops run more than {MAX_ITERATIONS} rounds")
        yield value


def _bounded_range(*arguments: int) -> range:
    numbers = range(*arguments)
    if len(numbers) > MAX_RANGE:
        raise SecurityError(f"range() gives at most {MAX_RANGE} numbers")
    return numbers
