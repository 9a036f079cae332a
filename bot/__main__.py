"""`python -m bot`, and the command `newsbot`."""

import sys


def main() -> None:
    """Run a command and end the process with its exit code."""
    try:
        from bot.cli import main as run  # noqa: PLC0415 - it takes most of the start
    except KeyboardInterrupt:
        sys.exit("newsbot: stopped")
    run()


if __name__ == "__main__":
    main()
