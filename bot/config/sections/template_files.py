"""Templates come from templates/ beside the file, else from the shipped ones."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from bot.config.mistakes import Mistake, nearest, quote, show_name
from bot.models.settings import TemplateText
from bot.pipes import read_text
from bot.wording import told

SHIPPED = Path(__file__).parents[2] / "data" / "templates"


class TemplateFiles:
    """The templates that channels may name; each file is read once."""

    def __init__(self, base_dir: Path) -> None:
        self._folders = (base_dir / "templates", SHIPPED)
        self._read: dict[str, TemplateText] = {}

    def read(self, name: str) -> TemplateText:
        """Return the template `name`. Raises `Mistake` where there is none or it is unreadable."""
        if name not in self._read:
            self._read[name] = self._load(name)
        return self._read[name]

    def _load(self, name: str) -> TemplateText:
        for folder in self._folders:
            path, shown = folder / name, folder / show_name(name)
            try:
                return TemplateText(name=str(path), source=read_text(path))
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise Mistake(
                    told("{shown} cannot be read: {why}", shown=shown, why=error.strerror)
                ) from error
            except UnicodeDecodeError as error:
                raise Mistake(told("{shown} is not UTF-8 text", shown=shown)) from error
        places = told("{folder} or among the shipped ones", folder=self._folders[0])
        raise Mistake(
            told("no template {name} in {why}", name=quote(name), why=places)
            + nearest(name, self._names)
        )

    @cached_property
    def _names(self) -> set[str]:
        return {
            path.relative_to(folder).as_posix()
            for folder in self._folders
            for path in folder.rglob("*")
            if path.is_file()
        }
