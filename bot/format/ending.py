"""How a lead ends: with a whole sentence where there is one, and no mark that ends nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.format.boilerplate import CUT_MARK
from bot.format.limits import cut_text
from bot.format.passing import COLONS
from bot.format.quotations import has_word
from bot.format.sentences import ends_sentence, is_real, reading_length, sentence_ends, with_stop

if TYPE_CHECKING:
    from bot.format.phrases import References

# Text of this length that ends inside a sentence was cut off by its feed; short summaries often
# have no full stop.
_SURELY_CUT = 280
# A shorter text that is no sentence is a label: "Locus Magazine".
LABEL = 20
# Marks at the end of a text that end nothing, and slashes that do not end an address.
_LAST_MARKS = re.compile(r"(?:[\s|»›→•·*~^<>=–—,;¦-]|(?<=\s)[/\\#_])+$")
_MOST_MARKS = 40
# A text that ends in one of these goes on where its feed cut it off.
_GOES_ON = (",", "，", "、")
_CLAUSES = (", ", "; ", "，", "；")
_LONGEST_STUMP = 30
_SHORTEST_CLAUSE = 20
_SHORTEST_TO_CUT = 80


def finished(lead: str, limit: int, references: References) -> str:
    """Return `lead` without what is broken off at its end, or "" where it is a label alone."""
    bare = _without_last_marks(lead)
    if lead.endswith(_GOES_ON) and not ends_sentence(bare):
        bare = bare.rstrip("".join(_GOES_ON)) + CUT_MARK
    lead = _without_fragment(bare, references)
    is_label = reading_length(lead) < LABEL and not ends_sentence(lead)
    return "" if is_label else with_stop(cut_text(lead, limit, reading_length))


def _without_last_marks(lead: str) -> str:
    """Leave out marks that end nothing: "... a battery. |"; a quotation keeps its closing mark."""
    bare = _LAST_MARKS.sub("", lead[-_MOST_MARKS:])
    left = lead[-_MOST_MARKS:][len(bare) :]
    bare = lead[: len(lead) - len(left)]
    if not bare or ("»" in left and bare.count("«") > bare.count("»")):
        return lead
    return bare


def _without_fragment(lead: str, references: References) -> str:
    """Leave out a last sentence that is cut off, or that announces a list not shown."""
    is_whole = ends_sentence(lead) and not lead.endswith(CUT_MARK)
    if is_whole or (len(lead) < _SURELY_CUT and not lead.endswith((CUT_MARK, *COLONS))):
        return lead
    end = max((end for end in sentence_ends(lead) if end < len(lead)), default=0)
    if end >= len(lead) / 2:
        return lead[:end]
    if not lead.endswith(COLONS):
        return _to_clause(lead, references)
    return lead[:-1].rstrip() + CUT_MARK if is_real(f"{lead}.") else lead[:end]


def _to_clause(lead: str, references: References) -> str:
    """Return a sentence that is cut off to the end of a clause: feeds cut inside of words.

    What tells who said it stays, so do figures and what is one of several short parts.
    """
    end = max(map(lead.rfind, _CLAUSES))
    before = max(lead.rfind(mark, 0, end) for mark in _CLAUSES)
    rest = lead[end + 1 :]
    is_part = before >= 0 and end - before < _SHORTEST_CLAUSE
    if is_part or has_word(rest, references.said) or any(map(str.isdigit, rest)):
        return lead
    if not lead.endswith(CUT_MARK) or len(lead) - end > _LONGEST_STUMP or end < _SHORTEST_TO_CUT:
        return lead
    return lead[:end] + CUT_MARK
