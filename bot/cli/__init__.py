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
from bot.cli import (
    completion,
    feeds,
    init,
    outbox,
    posting,
    preview,
    running,
    service,
    setup,
    state,
)
from bot.cli.errors import Errors
from bot.cli.group import Commands
from bot.cli.options import Settings, common_options, show_found
from bot.errors import NewsbotError
from bot.operate.say import forgive_letters, open_closed_streams, say

_DISK_FAULTS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80}
)
@click.version_option(bot.__version__, prog_name="newsbot")
@common_options
def newsbot() -> None:
    """Turn tech-news feeds into posts worth reading on Telegram channels and X.

    Start with `newsbot init`, look at the posts with `newsbot preview`, then `newsbot run`.
    """


for _command in (
    *init.COMMANDS,
    *setup.COMMANDS,
    *feeds.COMMANDS,
    *preview.COMMANDS,
    *running.COMMANDS,
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
    open_closed_streams()
    forgive_letters()
    wants_traceback = "--debug" in (sys.argv[1:] if arguments is None else arguments)
    # Looking for plug-ins of pydantic reads the metadata of every installed package: 20 ms.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    tell = Errors(settings)
    sys.excepthook = tell.traceback if wants_traceback else tell.fault
    try:
        code = newsbot.main(arguments, prog_name="newsbot", standalone_mode=False, obj=settings)
    except NoArgsIsHelpError as error:
        error.show()
        code = error.exit_code
    except click.ClickException as error:
        tell.line(_with_help(error))
        code = error.exit_code
    except NewsbotError as error:
        if settings.debug:
            raise
        tell.problems(error)
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt) as error:
        if isinstance(error, click.Abort) and error.__cause__ is None:
            say(err=True)  # a question ends its line; click does that for all other places
        show_found(settings)
        tell.line(settings.words.phrase("stopped"))
        code = 1
    except OSError as error:
        if settings.debug or error.errno not in _DISK_FAULTS:
            raise
        tell.line(f"the output cannot be written: {error.strerror}; look after the disk")
        code = 1
    sys.exit(code)


def _with_help(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    message = " ".join(error.format_message().split())  # choices stand on lines of their own
    if context is None:
        return message
    return f"{message} (`{context.command_path} --help` shows more)"
