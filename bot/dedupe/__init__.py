"""2 items -> stories: new ones, and entries of known ones (pure).

keys, matching, same, similar: one feed shows an item again. `events/`: outlets report one event.
"""
