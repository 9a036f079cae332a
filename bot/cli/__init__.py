"""The commands; an error becomes one line on standard error and an exit code.

0 done (warnings included); 1 ran, and something failed; 2 usage or configuration.
"""

from __future__ import annotations

import errno
import os
import sys

import click
from click.exceptions import NoArgsIsHelpError

import bot
from bot.cli import completion, feeds, outbox, posting, preview, service, setup, state
from bot.cli.group import Commands
from bot.cli.options import Settings, common_options, show_found
from bot.errors import FEW_FILES, ConfigError, NewsbotError, Problem, is_out_of_files
from bot.operate.say import forgive_letters, say, say_as_is
from bot.visible import visible

_DISK_FAULTS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(bot.__version__, prog_name="newsbot")
@common_options
def newsbot() -> None:
    """Turn tech-news feeds into posts worth reading on Telegram channels and X.

    Start with `newsbot init`, look at the posts with `newsbot preview`, then `newsbot run`.
    """


for _command in (
    *setup.COMMANDS,
    *feeds.COMMANDS,
    *preview.COMMANDS,
    *service.COMMANDS,
    *outbox.COMMANDS,
    *posting.COMMANDS,
    *state.COMMANDS,
    *completion.COMMANDS,
):
    newsbot.add_command(_command)


def main(arguments: list[str] | None = None) -> None:
    """Run a command and end the process with its exit code."""
    settings = Settings()
    forgive_letters()
    wants_traceback = "--debug" in (sys.argv[1:] if arguments is None else arguments)
    sys.excepthook = _print_traceback if wants_traceback else _print_fault
    try:
        code = newsbot.main(arguments, prog_name="newsbot", standalone_mode=False, obj=settings)
    except NoArgsIsHelpError as error:
        error.show()
        code = error.exit_code
    except click.ClickException as error:
        _print_error(_with_help(error))
        code = error.exit_code
    except NewsbotError as error:
        if settings.debug:
            raise
        _print_problems(error, excerpts=settings.excerpts)
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        show_found(settings)
        _print_error("stopped")
        code = 1
    except OSError as error:
        if settings.debug or error.errno not in _DISK_FAULTS:
            raise
        _print_error(f"the output cannot be written: {error.strerror}; look after the disk")
        code = 1
    sys.exit(code)


def _with_help(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    if context is None:
        return error.format_message()
    return f"{error.format_message()} (`{context.command_path} --help` tells more)"


def _print_fault(kind: type[BaseException], error: BaseException, _: object) -> None:
    if is_out_of_files(error):
        _print_error(FEW_FILES)
        return
    # A traceback tells an operator nothing; the interpreter still ends with exit code 1.
    _print_error(f"internal error: {kind.__name__}: {error}; run again with --debug and report it")


def _print_problems(error: NewsbotError, *, excerpts: bool) -> None:
    """Print mistakes of a file with their places first, which editors understand."""
    for problem in error.problems if isinstance(error, ConfigError) else (str(error),):
        if not isinstance(problem, Problem):
            _print_error(problem)
            continue
        say(problem, err=True)
        if excerpts and problem.excerpt:
            line, _, mark = problem.excerpt.partition("\n")
            say(line, err=True)
            say_as_is(f"{_red(visible(mark))}\n", err=True)


def _red(mark: str) -> str:
    # click leaves colours out where standard error is no terminal (https://no-color.org)
    return mark if os.environ.get("NO_COLOR") else click.style(mark, fg="red")


def _print_traceback(_kind: type[BaseException], error: BaseException, _: object) -> None:
    from bot.log import traceback_of

    say(traceback_of(error), err=True, nl=False)


def _print_error(message: str) -> None:
    from bot.log import redact

    for line in message.splitlines():
        say(f"newsbot: {redact(line)}", err=True)
