"""Sentences with their quotations whole, and who is quoted: a quotation keeps its speaker."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.format.sentences import join_sentences, split_sentences
from bot.format.text import DENSE, fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.format.phrases import References, WordRuns

_MARKS = re.compile(r"[\"“”„«»「『]")
# What stands in quotation marks, by the pairs that languages use ("„...“" in German, "”...”" in
# Swedish and Finnish, "»...«" in German and Danish books).
_QUOTED = re.compile(
    r"„[^„“”]*[“”]|“[^“”]*”|«[^«»]*»|»[^«»]*«|\"[^\"]*\"|「[^「」]*」|『[^『』]*』|”[^”]*”"
)
# "– To dobry dzień – powiedział.": said between dashes, as Polish, Russian and Spanish write it.
_DASHED = re.compile(r"^[–—]\s?[^–—]+[–—]\s?")
_WORD = re.compile(r"\w+")
_MOST_QUOTED = 4  # sentences of one quotation: one that does not close by then has lost its mark
_SPEAKER_WITHIN = 6  # words
_EARLY = 5  # words
_EARLY_DENSE = 12
# A sentence that says who spoke is short in scripts without spaces, where verbs are no words.
_LONGEST_SPEAKER = 24
# "..., afirmó ayer.": that many words beside the verb name nobody.
_NOBODY = 1
_JAPANESE_SAID = "と"


def whole_sentences(paragraph: str, references: References) -> list[str]:
    """Return the sentences of `paragraph`; one quotation stays one, with the one who said it."""
    sentences = split_sentences(paragraph)
    if not _MARKS.search(paragraph):
        return sentences
    found: list[str] = []
    while sentences:
        count = _length_of_quotation(sentences)
        whole = join_sentences(sentences[:count])
        sentences = sentences[count:]
        if sentences and is_bare(whole) and _is_speaker(sentences[0], references):
            whole = join_sentences([whole, sentences[0]])
            sentences = sentences[1:]
        found.append(whole)
    return found


def is_bare(sentence: str) -> bool:
    """Tell whether `sentence` is a quotation and nothing else: nobody is said to have said it."""
    return _MARKS.match(sentence) is not None and _WORD.search(_unquoted(sentence)) is None


def has_quotation(sentence: str) -> bool:
    """Tell whether `sentence` quotes somebody."""
    return _MARKS.search(sentence) is not None


def is_nameless(sentence: str, references: References) -> bool:
    """Tell whether `sentence` says that somebody said something, and not who: "..., he said"."""
    outside = _unquoted(sentence)
    if DENSE.search(outside):
        who, said = references.pronouns.dense, references.said.dense
        return outside.lstrip("，、, ").startswith(who) and any(verb in outside for verb in said)
    words = _WORD.findall(outside)
    verbs = [*_runs(words, references.said)]
    pronouns = [*_runs(words, references.pronouns)]
    if not verbs or _is_named(words, pronouns):
        return False
    ends, starts = {end for _, end in pronouns}, {start for start, _ in pronouns}
    if any(start in ends or end in starts for start, end in verbs):
        return True
    others = len(words) - sum(end - start for start, end in verbs)
    is_quoted = has_quotation(sentence) or _DASHED.match(sentence) is not None
    return is_quoted and others <= _NOBODY


def begins_with(sentence: str, listed: WordRuns) -> bool:
    """Tell whether `sentence` begins with one of the `listed` words."""
    if DENSE.match(sentence):
        return sentence.startswith(listed.dense)
    words = _WORD.findall(sentence[:80])
    return next(_runs(words, listed), (1, 1))[0] == 0


def has_early(sentence: str, listed: WordRuns) -> bool:
    """Tell whether one of the `listed` words is among the first of `sentence`."""
    if DENSE.match(sentence):
        return any(word in sentence[:_EARLY_DENSE] for word in listed.dense)
    return any(_runs(_WORD.findall(sentence[:80])[:_EARLY], listed))


def has_word(text: str, listed: WordRuns) -> bool:
    """Tell whether one of the `listed` words is in `text`."""
    return any(_runs(_WORD.findall(text), listed)) or any(word in text for word in listed.dense)


def _runs(words: Sequence[str], listed: WordRuns) -> Iterator[tuple[int, int]]:
    """Yield where `listed` words begin and end, as they are written or folded."""
    text = " ".join(words)
    written, folded = text.casefold().split(), fold(text).split()
    for place in range(len(words)):
        length = listed.at(written, place) or listed.at(folded, place)
        if length:
            yield place, place + length


def _is_named(words: Sequence[str], pronouns: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a word that is not the first has a capital letter and is no pronoun."""
    skipped = {0, *(place for start, end in pronouns for place in range(start, end))}
    return any(word[0].isupper() for place, word in enumerate(words) if place not in skipped)


def _length_of_quotation(sentences: Sequence[str]) -> int:
    """Return how many sentences belong together: to where the quotation ends, else one."""
    for count in range(1, min(_MOST_QUOTED, len(sentences)) + 1):
        if not _MARKS.search(_unquoted(join_sentences(sentences[:count]))):
            return count
    return 1


def _unquoted(text: str) -> str:
    text = _DASHED.sub(" ", text)
    return _QUOTED.sub(" ", text) if _MARKS.search(text) else text


def _is_speaker(sentence: str, references: References) -> bool:
    """Tell whether `sentence` says who said the quotation before it: "Tim Cook said."."""
    said = references.said
    if DENSE.search(sentence):
        is_short = len(sentence) <= _LONGEST_SPEAKER
        is_said = is_short and any(verb in sentence for verb in said.dense)
        return is_said or sentence.startswith(_JAPANESE_SAID)
    return next(_runs(_WORD.findall(sentence)[:_SPEAKER_WITHIN], said), None) is not None
