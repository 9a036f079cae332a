"""Digests of channels and of ways to them: what they look like, and whether they can be posted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.config.mistakes import Mistake
from bot.config.schema.times import at_times
from bot.config.sections.fixed_times import quiet_time
from bot.models.basics import Platform
from bot.models.settings import Digest, TemplateText
from bot.wording import told

if TYPE_CHECKING:
    from bot.config.schema.channel_table import DigestTable
    from bot.config.sections.template_files import TemplateFiles
    from bot.config.text.document import Document
    from bot.config.text.positions import Path as KeyPath
    from bot.models.times import Hours, WeekHours

_USUAL = {Platform.TELEGRAM: "digest.html.j2"}
_PLAIN = "digest.txt.j2"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestReader:
    """Reads the digests of one document."""

    document: Document
    templates: TemplateFiles

    def read(
        self, table: DigestTable, platform: Platform, quiet: Hours | WeekHours | None, path: KeyPath
    ) -> Digest:
        """Return the digest, and note its mistakes."""
        times = at_times(table.at, table.days)
        if moment := quiet_time(times, quiet):
            text = told(
                "{moment} lies in quiet_hours of the channel; change one of them", moment=moment
            )
            self.document.problem((*path, "at"), text)
        name = table.template or _usual(platform)
        return Digest(
            at=times,
            newest=table.newest,
            title=table.title,
            template=self._template(name, (*path, "template")),
        )

    def usual_template(self, platform: Platform) -> TemplateText:
        """Return the template of digests that name none."""
        return self._template(_usual(platform), ())

    def _template(self, name: str, path: KeyPath) -> TemplateText:
        try:
            return self.templates.read(name)
        except Mistake as mistake:
            self.document.problem(path, str(mistake))
            return TemplateText(name=name, source="")


def _usual(platform: Platform) -> str:
    return _USUAL.get(platform, _PLAIN)
