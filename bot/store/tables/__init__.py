"""The tables, their columns, and how an older database is brought up to date."""
