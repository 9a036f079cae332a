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
from bot.cli.options import Settings, common_options
from bot.errors import ConfigError, NewsbotError, Problem

_DISK_FAULTS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})


class _InGivenOrder(click.Group):
    """Lists the commands as they are used: set up, look, run, look after."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)


@click.group(
    cls=_InGivenOrder,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
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
    if not _wants_traceback(arguments):
        sys.excepthook = _one_line
    else:
        sys.excepthook = _whole
    try:
        code = newsbot.main(arguments, prog_name="newsbot", standalone_mode=False, obj=settings)
    except NoArgsIsHelpError as error:
        error.show()
        code = error.exit_code
    except click.ClickException as error:
        _tell(_with_help(error))
        code = error.exit_code
    except NewsbotError as error:
        if settings.debug:
            raise
        _tell_error(error, excerpts=settings.excerpts)
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _tell("stopped")
        code = 1
    except OSError as error:
        if settings.debug or error.errno not in _DISK_FAULTS:
            raise
        _tell(f"the output cannot be written: {error.strerror}; look after the disk")
        code = 1
    sys.exit(code)


def _with_help(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    if context is None:
        return error.format_message()
    return f"{error.format_message()} (`{context.command_path} --help` tells more)"


def _wants_traceback(arguments: list[str] | None) -> bool:
    return "--debug" in (sys.argv[1:] if arguments is None else arguments)


def _one_line(kind: type[BaseException], error: BaseException, _: object) -> None:
    # A traceback tells an operator nothing; the interpreter still ends with exit code 1.
    _tell(f"internal error: {kind.__name__}: {error}; run again with --debug and report it")


def _tell_error(error: NewsbotError, *, excerpts: bool) -> None:
    """Tell mistakes of a file by their places, which editors understand; all else as ours."""
    for problem in error.problems if isinstance(error, ConfigError) else (str(error),):
        if not isinstance(problem, Problem):
            _tell(problem)
            continue
        click.echo(problem, err=True)
        if excerpts and problem.excerpt:
            line, _, mark = problem.excerpt.partition("\n")
            click.echo(f"{line}\n{_red(mark)}", err=True)


def _red(mark: str) -> str:
    # click leaves colours out where standard error is no terminal (https://no-color.org)
    return mark if os.environ.get("NO_COLOR") else click.style(mark, fg="red")


def _whole(_kind: type[BaseException], error: BaseException, _: object) -> None:
    from bot.log import traceback_of

    click.echo(traceback_of(error), err=True, nl=False)


def _tell(message: str) -> None:
    from bot.log import redact

    for line in message.splitlines():
        click.echo(f"newsbot: {redact(line)}", err=True)
