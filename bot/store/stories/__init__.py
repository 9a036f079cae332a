"""Stories and feeds: looked up for a poll, written after it, and forgotten in time."""
