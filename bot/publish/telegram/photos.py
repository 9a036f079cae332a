"""How a post's photo reaches Telegram, and the next step when it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import Rejected

if TYPE_CHECKING:
    from bot.models.posts import Post


def photo_of(post: Post) -> str | bytes | None:
    """Return the photo to send: bytes to upload, an address, or None.

    Raises Rejected for an address that is none.
    """
    if post.picture is not None:
        return post.picture.data
    # The library would open and upload a file of this machine for a string that is a path.
    if post.image is not None and not post.image.lower().startswith(("http://", "https://")):
        text = "the picture's address is not http or https"
        raise Rejected("bad_image", text, part="image")
    return post.image


def about_photo(error: Rejected, post: Post) -> Rejected:
    """Return `error` with the next step for a refused photo: by its address, as bytes, without."""
    if post.picture is not None and error.code == "too_large":
        return Rejected(error.code, str(error), part="image")
    is_address = error.part == "image" and post.image is not None and post.picture is None
    if is_address and "caption" not in str(error):
        return Rejected(error.code, str(error), part="image_address")
    return error
