"""Only the hub, which knows the secret, signs a push rightly."""

from __future__ import annotations

import hmac

import pytest

from bot.collect.websub.signatures import METHODS, is_signed

BODY, SECRET = b"<rss/>", "s3cret"


def signature(method: str, secret: str = SECRET, body: bytes = BODY) -> str:
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_each_method_of_the_text_is_known(method: str) -> None:
    assert is_signed(BODY, signature(method), SECRET)
    assert is_signed(BODY, signature(method).upper(), SECRET)
    assert not is_signed(BODY + b" ", signature(method), SECRET)
    assert not is_signed(BODY, signature(method, "other"), SECRET)
    assert method in METHODS


@pytest.mark.parametrize(
    "header",
    ["", "sha256", "sha256=", "sha256=\u00e9", "=abc", "md5=x", signature("md5"), "sha3_256=0"],
)
def test_anything_else_is_no_signature(header: str) -> None:
    assert not is_signed(BODY, header, SECRET)
