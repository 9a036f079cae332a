"""Looks at pictures before a platform does, and makes those fit that can be made so."""

from bot.publish.pictures.source import CheckedPictures

__all__ = ["CheckedPictures"]
