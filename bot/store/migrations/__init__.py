"""How the tables of each version became those of the next: one module in versions/ for each.

A module says `revision`, `down_revision` and `upgrade()`; the newest one is schema.REVISION.
"""
