"""Saves what was edited in the preview: checked first, as a whole, and never over a change."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from bot.errors import ConfigError, NewsbotError, TooCostly
from bot.operate.browser.file_edits import file_of, followed, to_paste
from bot.operate.browser.preview.edits import Choice, TemplateEdit, TermsEdit, edit_of, terms_at
from bot.operate.feeds.toml_text import toml_text
from bot.operate.preview.trial import faults_of, mistakes_in
from bot.operate.rewriting import NotWritable, replace_file
from bot.operate.setup.check import check_accounts, check_templates
from bot.wording import marked, told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.config import Config
    from bot.models.settings import Channel
    from bot.operate.browser.newsroom import Newsroom
    from bot.operate.browser.pages import Fields, Visitor
    from bot.operate.feeds.configfile import ConfigFile

_CHANGED = marked(
    " was changed since this page was opened, and is left as it is: open it anew to see it"
)


async def save(newsroom: Newsroom, form: Fields, _: Visitor) -> str:
    """Write what is typed, where all is well with it and nobody wrote meanwhile."""
    file = await file_of(newsroom)
    choice = Choice.of(file.config, form)
    edit = await asyncio.to_thread(edit_of, file.config, choice, form)
    if edit is None:
        raise NewsbotError(marked("nothing is edited: choose a template or a filter"))
    if edit.mark != form.get("mark"):
        what = edit.path if isinstance(edit, TemplateEdit) else edit.terms.place
        raise NewsbotError(f"{what}{_CHANGED}")
    if isinstance(edit, TemplateEdit):
        return await _save_template(newsroom, file.config, edit, _back(form))
    return await _save_terms(newsroom, file, edit, _back(form))


def _back(form: Fields) -> str:
    return f"./preview?{form.get('back', '')}"


async def _save_template(newsroom: Newsroom, config: Config, edit: TemplateEdit, back: str) -> str:
    await _check(newsroom, config, edit.in_use(config))
    try:
        await asyncio.to_thread(_write, edit)
    except NotWritable as error:
        return to_paste(newsroom, str(error), edit.text, edit.path, back=back)
    said = newsroom.words.phrase("saved {path}", path=edit.path)

    def is_taken(now: Config) -> bool:
        users = [now.channels[name] for name in edit.users if name in now.channels]
        return all(edit.template in one.templates for one in users)

    return await followed(newsroom, said, is_taken, before=config)


def _write(edit: TemplateEdit) -> None:
    """Write the template; a file whose lines end as on Windows keeps that."""
    old = None if edit.is_shipped else edit.path.read_bytes()
    if old is not None and old.decode("utf-8-sig").replace("\r\n", "\n") != edit.saved.source:
        raise NewsbotError(f"{edit.path}{_CHANGED}")
    end = "\r\n" if old and b"\r\n" in old else "\n"
    replace_file(edit.path, old, edit.text.replace("\n", end).encode("utf-8"))


async def _save_terms(newsroom: Newsroom, file: ConfigFile, edit: TermsEdit, back: str) -> str:
    await _require_none(newsroom, partial(mistakes_in, edit.terms))
    before, lists = file.config, edit.terms.lists()
    change = await asyncio.to_thread(file.with_terms, edit.path, lists)
    await _check(newsroom, change.config)
    try:
        await asyncio.to_thread(change.write)
    except NotWritable as error:
        *above, id_ = edit.path
        lines = [f'# {".".join(above)}: id = "{id_}"']
        lines += [f"{key} = {toml_text(terms)}" for key, terms in lists.items()]
        return to_paste(newsroom, str(error), "\n".join(lines), file.path, back=back)
    said = newsroom.words.phrase("saved the filter {place}", place=edit.terms.place)
    wanted = terms_at(change.config, edit.path)
    return await followed(
        newsroom, said, lambda now: terms_at(now, edit.path) == wanted, before=before
    )


async def _check(newsroom: Newsroom, config: Config, changed: Sequence[Channel] = ()) -> None:
    """Raise NewsbotError where `check` would find a mistake, with the `changed` channels in it.

    Their template alone is new, and is tried in a child process; there may be hundreds of others.
    """
    if changed:
        await _require_none(newsroom, partial(faults_of, list(changed)))
    names = {one.id for one in changed}
    others = [one for name, one in config.channels.items() if name not in names]
    await asyncio.to_thread(check_templates, others)
    await asyncio.to_thread(check_accounts, config, newsroom.environ)


async def _require_none(newsroom: Newsroom, mistakes: Callable[[], list[str]]) -> None:
    """Raise NewsbotError where something typed has mistakes, or takes too long to find them."""
    try:
        found = await newsroom.offload(mistakes)
    except TooCostly as error:
        raise NewsbotError(
            told("what is typed cannot be tried: {why}; make it shorter", why=error)
        ) from error
    if found:
        raise ConfigError(found)
