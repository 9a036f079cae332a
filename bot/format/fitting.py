"""Making a post fit its platform: the parts that are shortened or left out, in their order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from bot.errors import TemplateError
from bot.format.body import shorter
from bot.format.limits import ELLIPSIS, cut_text
from bot.format.sentences import reading_length, sentence_ends
from bot.wording import told

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.format.dialects import Dialect

Part = Literal["title", "lead"]

# A lead that is cut inside its first sentence says something from so many letters to read on.
_USEFUL_STUMP = 60
_USEFUL_LEAD = 20
_MOST_CUTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The parts of a post that may give way."""

    title: str
    lead: str
    hashtags: tuple[str, ...]
    more: str = ""

    def with_part(self, part: Part, text: str) -> Draft:
        return replace(self, lead=text) if part == "lead" else replace(self, title=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitter:
    """Fits drafts of one post. `write` makes the finished text of a draft."""

    write: Callable[[Draft], str]
    dialect: Dialect
    template: str
    spare: tuple[str, ...] = ()
    """Whole sentences that may stand for a lead that has no room for its first."""
    written: dict[Draft, tuple[str, int]] = field(default_factory=dict)
    """Each draft is written and measured once: text, and by how much it is too long."""

    def fit(self, draft: Draft) -> str:
        """Return the text of as much of `draft` as fits.

        In this order: what stands below the lead is shortened or goes, the lead is shortened,
        hashtags go from the last on, the lead goes, the title is shortened. Raises TemplateError
        where the template leaves no room for a title.
        """
        draft = self._with_shorter_more(draft)
        if not self._fits(draft):
            fitted = self._with_shorter_lead(draft) or self._without_lead(draft)
            draft = self._with_hashtags(fitted, draft.hashtags)
        return self.written[draft][0]

    def _overflow(self, draft: Draft) -> int:
        found = self.written.get(draft)
        if found is None:
            text, limit = self.write(draft), self.dialect.limit
            found = (text, 0 if limit is None else self.dialect.measure(text) - limit)
            self.written[draft] = found
        return found[1]

    def _fits(self, draft: Draft) -> bool:
        return self._overflow(draft) <= 0

    def _with_shorter_more(self, draft: Draft) -> Draft:
        """Take whole sentences off what stands below the lead, until the post fits or all went."""
        while draft.more and (overflow := self._overflow(draft)) > 0:
            room = self.dialect.measure_plain(draft.more) - overflow
            draft = replace(draft, more=shorter(draft.more, room, self.dialect.measure_plain))
        return draft

    def _with_shorter_lead(self, draft: Draft) -> Draft | None:
        counts = range(len(draft.hashtags), -1, -1) if self.dialect.keeps_hashtags else [0]
        for count in counts:
            fewer = replace(draft, hashtags=draft.hashtags[:count])
            shorter = self._shortened(fewer, "lead")
            if shorter is not None and self._is_useful(shorter.lead, draft.lead):
                is_cut = shorter.lead.endswith(ELLIPSIS) and not draft.lead.endswith(ELLIPSIS)
                whole = (self._whole(shorter) or self._with_spare(fewer)) if is_cut else None
                return whole or shorter
        return None

    def _whole(self, draft: Draft) -> Draft | None:
        """Return `draft` without the sentence that is cut, where enough is said before."""
        end = max(sentence_ends(draft.lead.removesuffix(ELLIPSIS)), default=0)
        lead = draft.lead[:end]
        whole = draft.with_part("lead", lead)
        is_enough = reading_length(lead) >= _USEFUL_STUMP
        return whole if is_enough and self._fits(whole) else None

    def _with_spare(self, draft: Draft) -> Draft | None:
        """Return `draft` with a whole sentence in place of one that would be cut."""
        others = (draft.with_part("lead", text) for text in self.spare)
        return next((other for other in others if self._fits(other)), None)

    def _is_useful(self, lead: str, whole: str) -> bool:
        if lead == whole:
            return True
        least = _USEFUL_STUMP if lead.endswith(ELLIPSIS) else _USEFUL_LEAD
        return reading_length(lead) >= least

    def _without_lead(self, draft: Draft) -> Draft:
        bare = replace(draft, lead="", hashtags=())
        # A title that cannot be cut is one endless letter: nothing to read in it.
        shorter = self._shortened(bare, "title") or bare.with_part("title", ELLIPSIS)
        if not self._fits(shorter):
            taken = self.dialect.measure(self.write(bare.with_part("title", "")))
            raise TemplateError(
                self.template,
                told(
                    "its fixed text takes {taken} of the {limit} characters of a "
                    "post and leaves no room for a title; shorten it",
                    taken=taken,
                    limit=self.dialect.limit,
                ),
            )
        return shorter

    def _shortened(self, draft: Draft, part: Part) -> Draft | None:
        """Cut `part` by the excess and write again, until it fits; None if it cannot."""
        for _ in range(_MOST_CUTS):
            overflow = self._overflow(draft)
            if overflow <= 0:
                return draft
            value = draft.lead if part == "lead" else draft.title
            room = self.dialect.measure_plain(value) - overflow
            if room <= 0:
                return None
            shorter = cut_text(value, room, self.dialect.measure_plain)
            if not shorter:
                return None
            draft = draft.with_part(part, shorter)
        return draft if self._fits(draft) else None

    def _with_hashtags(self, draft: Draft, hashtags: tuple[str, ...]) -> Draft:
        """Add as many hashtags as there is still room for."""
        for count in range(len(hashtags), len(draft.hashtags), -1):
            more = replace(draft, hashtags=hashtags[:count])
            added = self.dialect.measure_plain(" ".join(hashtags[len(draft.hashtags) : count]))
            if added <= -self._overflow(draft) and self._fits(more):
                return more
        return draft
