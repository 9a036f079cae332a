"""Examines pictures before a platform does, and converts those that need it."""
