"""2 items -> stories: new ones, and entries of known ones (pure)."""
