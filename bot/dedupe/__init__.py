"""2 items -> stories: what is new and what is the same story again (pure)."""
