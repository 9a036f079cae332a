"""Groups of commands, and how their help lists them."""

from __future__ import annotations

import click

_WHOLE = 1000  # letters: longer than any first sentence


class Commands(click.Group):
    """Lists the commands as they are used (set up, look, run, look after), each in a sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order in which the commands were added."""
        return list(self.commands)

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the list; click itself would cut the sentences at the end of the line."""
        rows = [
            (name, command.get_short_help_str(_WHOLE))
            for name, command in self.commands.items()
            if not command.hidden
        ]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)
