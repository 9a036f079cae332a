"""A configuration folder to write into, with templates beside the file instead of shipped ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.config import Config, load_config

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    templates = tmp_path / "templates"
    templates.mkdir()
    for name in ("telegram.html.j2", "x.txt.j2", "console.txt.j2"):
        (templates / name).write_text(f"{name}: {{{{ title }}}}", encoding="utf-8")
    return tmp_path


@pytest.fixture
def load(folder: Path) -> Callable[[str], Config]:
    def write_and_load(text: str, environ: dict[str, str] | None = None) -> Config:
        path = folder / "newsbot.toml"
        path.write_text(text, encoding="utf-8")
        return load_config(path, environ=environ or {})

    return write_and_load
