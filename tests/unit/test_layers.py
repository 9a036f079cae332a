"""The import contract of pyproject.toml covers every module."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_module_stands_in_a_layer() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    listed = {
        name for layer in layers for name in layer.replace("|", ":").replace(" ", "").split(":")
    }
    unlisted = [
        name
        for path in (ROOT / "bot").rglob("*.py")
        if "data" not in path.parts
        and (name := ".".join(path.relative_to(ROOT).with_suffix("").parts)).removesuffix(
            ".__init__"
        )
        not in {"bot", "bot.collect"}
        and not any(name == layer or name.startswith(f"{layer}.") for layer in listed)
    ]
    assert unlisted == []
