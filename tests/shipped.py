"""What ships with the program, for tests that make their settings by hand."""

from bot.config.sections.template_files import SHIPPED
from bot.models.settings import TemplateText


def shipped(name: str) -> TemplateText:
    return TemplateText(name=name, source=(SHIPPED / name).read_text(encoding="utf-8"))


DIGEST_HTML, DIGEST_TEXT = shipped("digest.html.j2"), shipped("digest.txt.j2")
