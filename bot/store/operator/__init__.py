"""Reads and changes of the store for commands and alerts."""
