"""Proxies of the file and of the environment: which address goes through which, and mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.config import load_config
from bot.config.proxies import proxies_of
from bot.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from bot.config import Config

ALL = {"ALL_PROXY": "http://p:1"}


def config_of(folder: Path, text: str = "") -> Config:
    file = folder / "newsbot.toml"
    file.write_text(text, encoding="utf-8")
    return load_config(file, environ={})


def chosen(folder: Path, environ: dict[str, str], url: str, text: str = "") -> str | None:
    scheme, _, rest = url.partition("://")
    host, _, port = rest.rpartition(":")
    proxy = proxies_of(config_of(folder, text), environ).of(scheme, host, int(port))
    return None if proxy is None else proxy.address


@pytest.mark.parametrize(
    ("environ", "url", "expected"),
    [
        ({}, "http://a.vn:80", None),
        ({"HTTP_PROXY": "http://p:3128"}, "http://a.vn:80", "http://p:3128"),
        ({"HTTP_PROXY": "http://p:3128"}, "https://a.vn:443", None),
        ({"HTTPS_PROXY": "http://p:3128"}, "https://a.vn:443", "http://p:3128"),
        ({"https_proxy": "http://s:1", "HTTPS_PROXY": "http://c:2"}, "https://a:443", "http://s:1"),
        ({"ALL_PROXY": "socks5h://p:1080"}, "http://a.vn:80", "socks5://p:1080"),
        ({"all_proxy": "socks://p"}, "https://a.vn:443", "socks5://p:1080"),
        ({**ALL, "HTTP_PROXY": "http://h:2"}, "http://a.vn:80", "http://h:2"),
        ({"HTTP_PROXY": "p:3128"}, "http://a.vn:80", "http://p:3128"),
        ({"HTTP_PROXY": "http://u:w%40@[fd00::1]:8/"}, "http://a.vn:80", "http://[fd00::1]:8"),
        ({"HTTP_PROXY": "  "}, "http://a.vn:80", None),
        (ALL, "http://localhost:80", None),
        (ALL, "http://127.0.0.1:80", None),
        (ALL, "http://[::1]:80", None),
    ],
)
def test_the_usual_variables_choose_the_proxy(tmp_path, environ, url, expected) -> None:
    assert chosen(tmp_path, environ, url) == expected


@pytest.mark.parametrize(
    ("no_proxy", "url", "is_direct"),
    [
        ("*", "http://a.vn:80", True),
        ("a.vn", "http://a.vn:80", True),
        ("a.vn", "http://tin.A.VN:80", True),
        ("a.vn", "http://xa.vn:80", False),
        (".a.vn, *.b.vn", "http://x.b.vn:80", True),
        ("a.vn:8080", "http://a.vn:80", False),
        ("a.vn:8080", "http://a.vn:8080", True),
        ("10.0.0.0/8", "http://10.1.2.3:80", True),
        ("10.0.0.0/8", "http://11.1.2.3:80", False),
        ("192.0.2.7", "http://192.0.2.7:80", True),
        ("fd00::/8", "http://[fd12::1]:80", True),
        ("fd00::/8", "http://[fe80::1]:80", False),
        ("[fd00::]/8", "http://[fd12::1]:80", True),
        ("2001:db8::1", "http://[2001:db8:0::1]:80", True),
        ("[2001:db8::1]:443", "http://[2001:db8::1]:80", False),
        ("fd00::/8", "http://a.vn:80", False),
        ("b.vn c.vn", "http://c.vn:80", True),
    ],
)
def test_no_proxy_exempts_hosts_and_networks(tmp_path, no_proxy, url, is_direct) -> None:
    found = chosen(tmp_path, {**ALL, "NO_PROXY": no_proxy}, url)
    assert found == (None if is_direct else "http://p:1")


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"HTTP_PROXY": "ftp://u:geheim1@p:1"}, "HTTP_PROXY"),
        ({"https_proxy": "http://:3128"}, "https_proxy"),
        ({"ALL_PROXY": "http://p:99999"}, "ALL_PROXY"),
        ({"ALL_PROXY": "http://p:1/path?geheim1"}, "ALL_PROXY"),
        ({"ALL_PROXY": "http://p 1:geheim1"}, "ALL_PROXY"),
        ({"HTTP_PROXY": "http://[fd00::1"}, "HTTP_PROXY"),
        ({"HTTP_PROXY": "socks5://tôi:x@p:1"}, "HTTP_PROXY"),
        ({"NO_PROXY": "10.0.0.0/99"}, "NO_PROXY"),
        ({"no_proxy": "a.vn,fd00::zz/8"}, "no_proxy"),
        ({"NO_PROXY": "a.vn:port"}, "NO_PROXY"),
        ({"NO_PROXY": "a*b.vn"}, "NO_PROXY"),
    ],
)
def test_each_mistake_is_one_line_that_names_the_variable(tmp_path, environ, named) -> None:
    with pytest.raises(ConfigError) as caught:
        proxies_of(config_of(tmp_path), environ)
    (line,) = caught.value.problems
    assert line.startswith(f"the environment variable {named}: ")
    assert "geheim1" not in line
    assert "\n" not in line


def test_two_variables_with_mistakes_are_both_told(tmp_path) -> None:
    with pytest.raises(ConfigError) as caught:
        proxies_of(config_of(tmp_path), {"HTTP_PROXY": "ftp://p", "HTTPS_PROXY": "gopher://p"})
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        ('proxy = "socks5://p:1080"', {"HTTP_PROXY": "http://other:1"}, "socks5://p:1080"),
        ('proxy = "off"', ALL, None),
        ('proxy = { env = "OUR_PROXY" }', {"OUR_PROXY": "http://u:pw@p:3128"}, "http://p:3128"),
        ('proxy = "http://p:3128"', {"NO_PROXY": "a.vn"}, None),
    ],
)
def test_the_file_wins_over_the_variables(tmp_path, text, environ, expected) -> None:
    assert chosen(tmp_path, environ, "http://a.vn:80", text) == expected


@pytest.mark.parametrize(
    ("text", "environ"),
    [
        ('proxy = "ftp://p:1"', {}),
        ("proxy = 7", {}),
        ('proxy = "http://p:1/rss"', {}),
        ('proxy = { env = "OUR_PROXY" }', {}),
        ('proxy = { env = "OUR_PROXY" }', {"OUR_PROXY": "socks9://u:geheim1@p"}),
    ],
)
def test_a_mistake_of_the_file_is_told_with_its_place(tmp_path, text, environ) -> None:
    with pytest.raises(ConfigError) as caught:
        proxies_of(config_of(tmp_path, text), environ)
    (line, *_) = str(caught.value).splitlines()
    assert "newsbot.toml:1:" in line
    assert "proxy: " in line
    assert "geheim1" not in str(caught.value)


def test_a_login_stays_out_of_what_is_shown(tmp_path) -> None:
    config = config_of(tmp_path, 'proxy = "http://nguoi:geheim1@p:3128"')
    proxy = proxies_of(config, {}).of("http", "a.vn", 80)
    assert (proxy.user, proxy.password) == ("nguoi", "geheim1")
    assert "geheim1" not in repr(proxy) + proxy.words + repr(config)
