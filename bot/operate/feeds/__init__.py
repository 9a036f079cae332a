"""The feed list: shown, edited in the file, exchanged as OPML."""
