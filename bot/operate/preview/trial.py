"""Posts as a template or a filter that is being written makes them: work for a child process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.config.mistakes import Mistake
from bot.config.schema.values import parse_term
from bot.errors import ConfigError, TemplateError
from bot.filters.screen import screen
from bot.format.render import render_post
from bot.format.templates import compile_digest, compile_template
from bot.models.basics import Reason
from bot.models.reasons import ReasonCode
from bot.models.settings import Filter
from bot.operate.preview.digests import digest_of
from bot.operate.setup.check import check_templates
from bot.pipeline.screening import subject_of
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.format.templates import Template
    from bot.models.basics import FeedId
    from bot.models.posts import Post
    from bot.models.settings import Channel, TemplateText
    from bot.models.stories import Article
    from bot.operate.preview.remembered import Decision

_LONGEST_LINE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An article that a feed told; of one that `is_bare` only headline and link are known."""

    feed: FeedId
    article: Article
    is_bare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The filter at `place` of the file as it is typed: a term in each line."""

    place: str
    include: str
    exclude: str

    def lists(self) -> dict[str, list[str]]:
        """Return the terms by their keys in the file, without the lines that are empty."""
        typed = {"include": self.include, "exclude": self.exclude}
        return {
            key: [line.strip() for line in text.splitlines() if line.strip()]
            for key, text in typed.items()
        }

    def mistakes(self) -> Iterator[str]:
        """Yield each mistake with its line."""
        for key, text in (("include", self.include), ("exclude", self.exclude)):
            place = f"{self.place}.{key}"
            for number, line in enumerate(text.splitlines(), 1):
                try:
                    _ = line.strip() and parse_term(line)
                except Mistake as mistake:
                    yield told(
                        "{place}, line {number}: {why}", place=place, number=number, why=mistake
                    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The articles `told`, and the channel and its template, for which they are tried.

    `filters` are those on the way of each feed to it, of which `typed` takes the place of its own.
    With `lines` the first so many that pass are told in one digest, else each in its own post.
    """

    channel: Channel
    template: TemplateText
    told: tuple[Told, ...]
    filters: Mapping[FeedId, tuple[Filter, ...]]
    typed: Terms | None = None
    lines: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One article as its post, and whether the filters let it pass; a digest is an `article`, too.

    Without a post it is told in the digest.
    """

    decision: Decision
    reason: Reason | None = None
    post: Post | None = None
    article: Article | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of each article, in their order, and the `digest` of those that pass.

    There is nothing where there are mistakes.
    """

    tried: tuple[Tried, ...] = ()
    digest: Tried | None = None
    mistakes: tuple[str, ...] = ()


def try_out(trial: Trial) -> Outcome:
    """Return the posts, or the mistakes of template and terms, as `check` tells them."""
    if trial.typed is not None and (mistakes := tuple(trial.typed.mistakes())):
        return Outcome(mistakes=mistakes)
    compiled = compile_digest if trial.lines else compile_template
    try:
        template = compiled(trial.template, trial.channel.platform)
    except TemplateError as error:
        return Outcome(mistakes=(_with_line(error, trial.template.source),))
    tried = [_screened(one, trial) for one in trial.told]
    if not trial.lines:
        with_posts = zip(trial.told, tried, strict=True)
        return Outcome(
            tried=tuple(_posted(told.article, one, trial, template) for told, one in with_posts)
        )
    return Outcome(tried=tuple(tried), digest=_in_digest(trial, tried, template))


def mistakes_in(terms: Terms) -> list[str]:
    """Return the mistakes of terms: already an expression's compilation may take half a minute."""
    return list(terms.mistakes())


def faults_of(channels: Sequence[Channel]) -> list[str]:
    """Return the mistakes of the channels' templates: an error does not come out of a child."""
    try:
        check_templates(channels)
    except ConfigError as error:
        return list(error.problems)
    return []


def _with_line(error: TemplateError, source: str) -> str:
    lines = source.splitlines()
    if error.line is None or not 0 < error.line <= len(lines):
        return str(error)
    return f"{error}\n{error.line} | {lines[error.line - 1][:_LONGEST_LINE]}"


def _in_digest(trial: Trial, tried: Sequence[Tried], template: Template) -> Tried | None:
    passed = [
        (told.feed, told.article)
        for told, one in zip(trial.told, tried, strict=True)
        if one.decision == "post"
    ][: trial.lines]
    if not passed:
        return None
    digest = digest_of(passed)
    return _posted(digest, Tried(decision="post", article=digest), trial, template)


def _posted(article: Article, tried: Tried, trial: Trial, template: Template) -> Tried:
    """Return `tried` with its post."""
    try:
        return replace(tried, post=render_post(article, trial.channel, template))
    except TemplateError as error:
        reason = Reason(code=ReasonCode.TEMPLATE, text=str(error))
        return replace(tried, decision="error", reason=reason)


def _screened(told: Told, trial: Trial) -> Tried:
    each = _filters(trial.filters.get(told.feed, ()), trial.typed)
    subject = subject_of(told.article)
    screened = screen({trial.channel.id: each}, subject, is_partial=told.is_bare)
    refused = screened.refused.get(trial.channel.id)
    included = screened.included.get(trial.channel.id)
    return Tried(decision="skip" if refused else "post", reason=refused or included)


def _filters(saved: Sequence[Filter], typed: Terms | None) -> list[Filter]:
    if typed is None:
        return list(saved)
    lists = {key: tuple(terms) for key, terms in typed.lists().items()}
    own = Filter(place=typed.place, include=lists["include"], exclude=lists["exclude"])
    return [own, *(one for one in saved if one.place != typed.place)]
