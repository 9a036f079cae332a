"""The limits of the platforms for a picture.

Telegram: sent by its address at most 5 MB, uploaded 10 MB; width and height together at most
10,000 pixels, one at most 20 times the other (Bot API, "Sending files" and sendPhoto).
X: JPEG, PNG, GIF or WEBP of at most 5 MB (X API, "Media best practices").
"""

from __future__ import annotations

from typing import Final

MOST_BYTES: Final = 5_000_000
"""Both platforms take it, by address and uploaded, however they count a megabyte."""
MOST_SIDES: Final = 10_000
"""Pixels: width and height together."""
MOST_PIXELS: Final = 30_000_000
"""More is not decoded: one picture must not end the bot on a small server. All that a platform
takes by its address (5,000 × 5,000) is less."""
STEPS: Final = ((2560, 85), (1920, 80), (1280, 70))
"""The longest side in pixels and JPEG's quality of a picture that is made anew; the next step
where the result is still too large. No platform shows more than the first."""
