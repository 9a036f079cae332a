"""Which addresses are on the public internet, and which names are those of a private network."""

import pytest

from bot.collect.http.network import is_named_private, is_public


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.254",
        "127.0.0.1",
        "169.254.169.254",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "203.0.113.7",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "100::1",
        "2001:db8::1",
        "2002:0a00:0001::1",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe",  # Teredo of 10.0.0.1
        "fc00::1",
        "fd12::1",
        "fe80::1%eth0",
        "fec0::1",
        "feff::1",
        "ff02::1",
        "no address",
        "",
    ],
)
def test_addresses_of_special_ranges_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.1",
        "172.32.0.1",
        "198.17.255.255",
        "198.20.0.1",
        "192.0.1.1",
        "2606:4700::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:0808:0808::1",
    ],
)
def test_their_neighbours_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("host", "is_private"),
    [
        ("localhost", True),
        ("a.localhost", True),
        ("localhost.", True),
        ("NAS", True),
        ("printer.local", True),
        ("feeds.intranet", True),
        ("192.168.1.10", True),
        ("::1", True),
        ("localhost.example", False),
        ("intranet.example", False),
        ("local.vn", False),
        ("notlocal", True),
        ("evil-local.com", False),
    ],
)
def test_names_of_private_networks(host: str, is_private: bool) -> None:
    assert is_named_private(host) is is_private
