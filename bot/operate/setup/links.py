"""Links to an installed program from where shells and man(1) look for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bot.operate.setup.steps import Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.operate.setup.steps import Places

ON_PATH = Path("/usr/local/bin/newsbot")
"""Where shells and sudo find the command that messages print."""
_SHARE = Path("/usr/local/share")
_SHARED = frozenset(
    _SHARE / name
    for name in (
        "man/man1/newsbot.1",
        "man/man5/newsbot.toml.5",
        "bash-completion/completions/newsbot",
        "zsh/site-functions/_newsbot",
        "fish/vendor_completions.d/newsbot.fish",
    )
)
"""The manual and the completions, as share/ of the program has them."""


def command(places: Places) -> Iterator[Step]:
    """Yield the step for the link of the command in a shell; another program there stays."""
    program, link = places.prefix / "bin" / "newsbot", places.real(ON_PATH)
    is_ours = _leads_to(link, program)
    if is_ours or not (link.exists() or link.is_symlink()):
        make = ("ln", "-s", str(program), str(ON_PATH))
        yield Step(text=f"command {ON_PATH}", is_done=is_ours, command=make)


def manual(places: Places, *, is_made: bool) -> Iterator[Step]:
    """Yield the step that links the manual and the completions to where they are looked for.

    A program that another way of install put there, and that is not `is_made` here, may have none.
    """
    share = places.prefix / "share"  # it holds nothing else
    is_there = places.real(places.prefix / "bin" / "newsbot").exists()
    if is_made or not is_there or places.real(share).is_dir():
        yield Step(
            text=f"manual and completions in {_SHARE}",
            is_done=not _SHARED.difference(links(places)),
            command=("cp", "-rsfT", str(share), str(_SHARE)),
        )


def links(places: Places) -> list[Path]:
    """Return the links to the program that are there."""
    share = places.prefix / "share"
    targets = {ON_PATH: places.prefix / "bin" / "newsbot"}
    targets |= {link: share / link.relative_to(_SHARE) for link in sorted(_SHARED)}
    return [link for link, target in targets.items() if _leads_to(places.real(link), target)]


def _leads_to(link: Path, target: Path) -> bool:
    return link.is_symlink() and link.readlink() == target
