"""Which file is the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import find_config
from bot.errors import UsageError

HERE = "newsbot.toml"
BELOW = "config/newsbot.toml"
OTHER = "other.toml"


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    return tmp_path


def write(cwd: Path, *names: str) -> None:
    for name in names:
        (cwd / name).write_text("", encoding="utf-8")


@pytest.mark.parametrize(
    ("explicit", "variable", "there", "expected"),
    [
        (OTHER, BELOW, [HERE, BELOW, OTHER], OTHER),
        (None, OTHER, [HERE, BELOW, OTHER], OTHER),
        (None, None, [HERE, BELOW], HERE),
        (None, "", [HERE, BELOW], HERE),
        (None, None, [BELOW], BELOW),
    ],
)
def test_order(
    explicit: str | None, variable: str | None, there: list[str], expected: str, cwd: Path
) -> None:
    write(cwd, *there)
    environ = {} if variable is None else {"NEWSBOT_CONFIG": variable}
    assert find_config(Path(explicit) if explicit else None, environ, cwd) == cwd / expected


def test_absolute_path(cwd: Path) -> None:
    write(cwd, OTHER)
    assert find_config(cwd / OTHER, {}, Path("/none")) == cwd / OTHER


@pytest.mark.parametrize(
    ("explicit", "environ", "source"),
    [(Path("none.toml"), {}, "-c"), (None, {"NEWSBOT_CONFIG": "none.toml"}, "$NEWSBOT_CONFIG")],
)
def test_a_named_file_is_never_replaced(
    explicit: Path | None, environ: dict[str, str], source: str, cwd: Path
) -> None:
    write(cwd, HERE)
    with pytest.raises(UsageError) as caught:
        find_config(explicit, environ, cwd)
    assert str(caught.value) == (
        f"{cwd}/none.toml: no such file (from {source}); write one with `newsbot init`"
    )


@pytest.mark.skipif(
    Path("/etc/newsbot/newsbot.toml").exists(), reason="newsbot is installed on this machine"
)
def test_nothing_found(cwd: Path) -> None:
    with pytest.raises(UsageError) as caught:
        find_config(None, {}, cwd)
    assert str(caught.value) == (
        "no configuration file: tried ./newsbot.toml, ./config/newsbot.toml, "
        "/etc/newsbot/newsbot.toml; write one with `newsbot init`, or name yours with -c FILE "
        "or $NEWSBOT_CONFIG"
    )


def test_a_path_that_cannot_be_seen_is_left_to_reading(cwd: Path) -> None:
    too_long = Path("x" * 5_000)
    assert find_config(too_long, {}, cwd) == cwd / too_long
