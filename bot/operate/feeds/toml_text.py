"""Values as TOML writes them."""

from __future__ import annotations


def toml_text(value: object) -> str:
    """Return a text, or a list of texts, as it stands behind "="."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_text, value))}]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in text) + '"'
