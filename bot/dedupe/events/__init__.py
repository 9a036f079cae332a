"""The same event in the reports of several outlets: facts that differ forbid, common ones count.

title, lead ──> report ──> vetoes: a fact that differs ──> "other"
                       └─> score: words, names, numbers in common ──> "same", "related", "other"

words, numbers, dates, products, names: one sort of fact each; `lists/` has the words by which they
are found. stems, alike: other forms of a word, and other words for the same. `common` says how
telling a word is, learned from what the feeds bring.
"""
