"""The Jinja2 environment in which templates run: no way out, no way to take all memory or time."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, Undefined, nodes, pass_context, pass_eval_context
from jinja2.exceptions import SecurityError
from jinja2.filters import do_join, do_replace
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from bot.format.text import word_set
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2.nodes import EvalContext
    from jinja2.runtime import Context

MAX_OUTPUT = 32 * 1_024  # characters of one rendered post; Telegram takes 32,768 bytes
MAX_ITERATIONS = 10_000  # rounds of all loops of one rendering together
MAX_RANGE = 1_000
MAX_WORK = 300_000  # characters and entries that all steps of one rendering together work on
MAX_NUMBER = 10**12
METER = "_meter"
"""The variable that holds the `Meter`; hidden from authors."""
_ROUNDS, _WEIGHED, _WRITTEN = "_rounds", "_weighed", "_written"

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


class Meter:
    """Counts what one rendering does: a text that doubles at each step takes all memory soon."""

    def __init__(self) -> None:
        self._rounds = 0
        self._work = 0

    def go_round(self, text: int) -> None:
        """Count one round of a loop that holds so much `text`. Raises SecurityError."""
        self._rounds += 1
        if self._rounds > MAX_ITERATIONS:
            raise SecurityError(
                told(
                    "its loops run more than {max_iterations} rounds", max_iterations=MAX_ITERATIONS
                )
            )
        self._add(text)

    def weigh(self, value: object) -> None:
        """Count a value that a step works on. Raises SecurityError where it is too large."""
        size = _size(value)
        if size > MAX_OUTPUT:
            raise SecurityError(
                told("a value in it has more than {max_output} characters", max_output=MAX_OUTPUT)
            )
        self._add(size)

    def _add(self, size: int) -> None:
        self._work += size
        if self._work > MAX_WORK:
            raise SecurityError(
                told("its steps work on more than {max_work} characters", max_work=MAX_WORK)
            )


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
            finalize=_written,
        )
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.filters |= {"join": _joined, "replace": _replaced}
        self.filters |= {_ROUNDS: _counted, _WEIGHED: _weighed, _WRITTEN: _written}
        self.globals = {"range": _bounded_range}

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuse `"x" * 10**9`, `9**9**9` and `"%999999999d" % 1`."""
        if operator == "**" or not all(isinstance(side, int | float) for side in (left, right)):
            raise SecurityError(
                told('"{operator}" is not available for these values', operator=operator)
            )
        if max(abs(left), abs(right)) > MAX_NUMBER:
            raise SecurityError(
                told('"{operator}" is not available for numbers so large', operator=operator)
            )
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

    def call(self, context: Context, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a method of a value, which is weighed."""
        context[METER].weigh(getattr(function, "__self__", None))
        return super().call(context, function, *args, **kwargs)

    def counted(self, tree: nodes.Template) -> nodes.Template:
        """Make `tree` count the rounds of its loops, and weigh what it works on and writes."""
        counted: nodes.Template = _Metering(self).visit(tree)
        return counted


class _Metering(NodeTransformer):
    def __init__(self, environment: Sandbox) -> None:
        self._environment = environment

    def visit_For(self, loop: nodes.For) -> nodes.Node:  # noqa: N802 - the names are Jinja2's
        text = sum(len(data.data) for data in loop.find_all(nodes.TemplateData))
        self.generic_visit(loop)
        loop.iter = self._through(_ROUNDS, loop.iter, nodes.Const(text))
        return loop

    def visit_Filter(self, use: nodes.Filter) -> nodes.Node:  # noqa: N802
        self.generic_visit(use)
        if use.node is not None:  # a filter of a block has none
            use.node = self._through(_WEIGHED, use.node)
        return use

    def visit_Concat(self, sum_: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(sum_)
        sum_.nodes = [self._through(_WRITTEN, part) for part in sum_.nodes]
        return self._through(_WEIGHED, sum_)

    def visit_Add(self, sum_: nodes.Add) -> nodes.Node:  # noqa: N802
        self.generic_visit(sum_)
        return self._through(_WEIGHED, sum_)

    def _through(self, name: str, value: nodes.Node, *args: nodes.Expr) -> nodes.Filter:
        made = nodes.Filter(value, name, list(args), [], None, None, lineno=value.lineno)
        made.set_environment(self._environment)
        return made


def refused_node(tree: nodes.Template) -> nodes.Node | None:
    """Return the first statement that templates may not use: other files, macros, recursion."""
    recursive = (loop for loop in tree.find_all(nodes.For) if loop.recursive)
    return next(itertools.chain(tree.find_all(_REFUSED), recursive), None)


@pass_context
def _counted(context: Context, iterable: Iterable[Any], text: int) -> Iterator[Any]:
    meter: Meter = context[METER]
    for value in iterable:
        meter.go_round(text)
        yield value


@pass_context
def _weighed(context: Context, value: Any) -> Any:
    context[METER].weigh(value)
    return value


@pass_context
def _written(context: Context, value: Any) -> Any:
    """Return a value that is written, weighed; refuse one that would read as Python writes it."""
    context[METER].weigh(value)
    if isinstance(value, dict):
        raise SecurityError(
            told("it writes a whole entry; name a part of it: {{{{ entry.name }}}}")
        )
    if callable(value) and not isinstance(value, Undefined):
        raise SecurityError(told("it writes a method; call it: {{{{ title.upper() }}}}"))
    if isinstance(value, Iterable) and not isinstance(value, str | Undefined):
        raise SecurityError(told('it writes a list; join it: {{{{ list | join(" ") }}}}'))
    return value


def _size(value: object) -> int:
    """Return how many characters and entries a value has, at least where they are too many.

    A list may hold a list several times, and that one another.
    """
    size, rest = 0, [value]
    while rest and size <= MAX_OUTPUT:
        one = rest.pop()
        size += len(one) if isinstance(one, str | list | tuple) else 1
        if isinstance(one, list | tuple):
            rest += one
        elif isinstance(one, dict):
            rest += one.values()
    return size


@pass_eval_context
def _joined(
    made: EvalContext, values: Iterable[Any], d: str = "", attribute: str | int | None = None
) -> str:
    every = list(values)
    _require_room(len(every) * len(d))
    joined: str = do_join(made, every, d, attribute)
    return joined


@pass_eval_context
def _replaced(made: EvalContext, text: str, old: str, new: str, count: int | None = None) -> str:
    _require_room(str(text).count(old) * len(new))
    return do_replace(made, text, old, new, count)


def _require_room(size: int) -> None:
    if size > MAX_OUTPUT:
        raise SecurityError(
            told("a value in it has more than {max_output} characters", max_output=MAX_OUTPUT)
        )


def _bounded_range(*arguments: int) -> range:
    numbers = range(*arguments)
    if len(numbers) > MAX_RANGE:
        raise SecurityError(told("range() gives at most {max_range} numbers", max_range=MAX_RANGE))
    return numbers
