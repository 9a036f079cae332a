"""`newsbot service remove`: what the installation made goes; what the operator has stays."""

from __future__ import annotations

from pathlib import Path

from bot.errors import UsageError
from bot.operate.setup.installed import installed_config
from bot.operate.setup.installer import CREDENTIALS, STATE, USER
from bot.operate.setup.links import links
from bot.operate.setup.steps import Places, Step
from bot.operate.setup.upgrade import SYSTEMCTL, UNIT, before, is_debian, is_ours, next_to


def removal(places: Places, *, purge: bool) -> tuple[list[Step], list[Path]]:
    """Return the steps, and the files and folders that stay. Raises UsageError without a service.

    `purge` takes the database with its copies, and the credentials, too.
    """
    unit = places.unit_dir / UNIT
    if is_debian(places):
        raise UsageError("newsbot is a Debian package here: `apt remove newsbot`, or `apt purge`")
    if not places.real(unit).exists():
        raise UsageError(f"there is no {unit}: nothing to remove; --unit-dir names another place")
    found = installed_config(places.root or Path("/"))
    config = places.named(found) if found else None
    data = [STATE, *([config.parent / CREDENTIALS] if config else [])]
    prefix = places.prefix
    gone = [unit, Path(f"{unit}.d"), *links(places), next_to(prefix), before(prefix)]
    gone += [prefix] if is_ours(places) else []
    steps = [
        Step(text="the service stops for good", command=(SYSTEMCTL, "disable", "--now", UNIT)),
        *(_deleted(path) for path in (*gone, *(data if purge else ()))),
        Step(text="systemd reads its units again", command=(SYSTEMCTL, "daemon-reload")),
        *([Step(text=f"user {USER}", command=("userdel", USER))] if purge else []),
    ]
    kept = [*([config] if config else []), *([] if purge else data)]
    return steps, [path for path in kept if places.real(path).exists()]


def _deleted(path: Path) -> Step:
    return Step(text=f"{path} goes", command=("rm", "-rf", str(path)))
