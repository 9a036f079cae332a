"""Errors on standard error: lines for people, or of the log where a service's log is JSON."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from bot.errors import ConfigError, NewsbotError, Problem, is_out_of_files
from bot.operate.say import say, say_as_is, say_whole
from bot.visible import visible
from bot.wording import FEW_FILES

if TYPE_CHECKING:
    from bot.cli.options import Settings


class Errors:
    """Prints the errors of one command."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def line(self, message: str) -> None:
        """Print each line of `message`, without secrets."""
        from bot.log import redact

        for line in message.splitlines():
            if not self._logged(line):
                say(f"newsbot: {redact(line)}", err=True)

    def problems(self, error: NewsbotError) -> None:
        """Print mistakes of a file with their places first, which editors understand."""
        words = self._settings.words
        for problem in error.problems if isinstance(error, ConfigError) else (str(error),):
            if not isinstance(problem, Problem):
                self.line(words.stored(problem))
            elif not self._logged(problem):
                self._with_place(problem)

    def fault(self, kind: type[BaseException], error: BaseException, _: object) -> None:
        """Print a mistake of newsbot itself in one line; the interpreter still ends with 1."""
        if is_out_of_files(error):
            self.line(FEW_FILES)
            return
        # A traceback tells an operator nothing.
        name = kind.__name__
        self.line(f"internal error: {name}: {error}; run again with --debug and report it")

    def traceback(self, _kind: type[BaseException], error: BaseException, _: object) -> None:
        """Print all of it, as a sys.excepthook does."""
        from bot.log import traceback_of

        text = traceback_of(error)
        if not self._logged(f"{type(error).__name__}: {error}", exception=text):
            say_whole(text.rstrip("\n"), err=True)

    def _logged(self, text: str, **fields: str) -> bool:
        """Print `text` as a line of the log, if that is JSON."""
        form, is_journal = self._settings.log_form or ("text", False)
        if form != "json":
            return False
        from bot.log.output import json_line

        say_as_is(f"{json_line(text, 'error', is_journal=is_journal, **fields)}\n", err=True)
        return True

    def _with_place(self, problem: Problem) -> None:
        say(problem, err=True)
        if self._settings.excerpts and problem.excerpt:
            line, _, mark = problem.excerpt.partition("\n")
            say_whole(line, err=True)
            say_as_is(f"{_red(visible(mark))}\n", err=True)


def _red(mark: str) -> str:
    # click leaves colours out where standard error is no terminal (https://no-color.org)
    return mark if os.environ.get("NO_COLOR") else click.style(mark, fg="red")
