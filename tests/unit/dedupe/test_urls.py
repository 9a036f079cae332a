import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dedupe.urls import canonical_link, clean_link, has_path


@pytest.mark.parametrize(
    ("link", "clean"),
    [
        ("http://a.vn/tin-1.html?utm_source=rss&utm_medium=feed", "http://a.vn/tin-1.html"),
        ("http://a.vn/tin?id=3&UTM_Source=x&b=2", "http://a.vn/tin?id=3&b=2"),
        ("http://a.vn/tin?fbclid=IwAR0&gclid=x", "http://a.vn/tin"),
        ("http://a.vn/tin?source=rss&id=3", "http://a.vn/tin?id=3"),
        ("http://a.vn/tin?source=42", "http://a.vn/tin?source=42"),
        ("http://a.vn/tin#xtor=RSS-1", "http://a.vn/tin"),
        ("http://a.vn/tin#phan-2", "http://a.vn/tin#phan-2"),
        ("http://a.vn/tin?ref=homepage", "http://a.vn/tin?ref=homepage"),
        ("https://a.vn/t?sig=a%2Fb%3D&e=%c3%a9", "https://a.vn/t?sig=a%2Fb%3D&e=%c3%a9"),
        ("https://a.vn/?attach=1&at_medium=rss", "https://a.vn/?attach=1"),
        ("http://[::1", "http://[::1"),
    ],
)
def test_clean_link_removes_only_tracking(link: str, clean: str) -> None:
    assert clean_link(link) == clean


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://a.vn/x", "https://www.a.vn/x/"),
        ("https://A.vn:443/x?b=2&a=1", "https://a.vn/x?a=1&b=2#top"),
        ("https://a.vn/%c3%a9", "https://a.vn/é"),
        ("https://a.vn/x?utm_campaign=y", "https://a.vn/x"),
        ("https://user@a.vn/x", "https://a.vn/x"),
        ("https://a.vn/x#comments", "https://a.vn/x"),
        ("https://a.vn/x#more-118432", "https://a.vn/x#respond"),
    ],
)
def test_spellings_of_one_page_are_equal(one: str, other: str) -> None:
    assert canonical_link(one) == canonical_link(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.vn/x?id=1", "https://a.vn/x?id=2"),
        ("https://a.vn/x", "https://a.vn/X"),
        ("https://a.vn/x", "https://b.vn/x"),
        ("https://a.vn:8080/x", "https://a.vn/x"),
        ("https://a.vn/#!/x", "https://a.vn/#!/y"),
        ("https://a.vn/changelog#v1", "https://a.vn/changelog#v2"),
    ],
)
def test_different_pages_stay_different(one: str, other: str) -> None:
    assert canonical_link(one) != canonical_link(other)


_links = st.one_of(
    st.text(),
    st.builds(
        "{}://{}/{}?{}#{}".format,
        st.sampled_from(["http", "https", "HTTP", "ftp"]),
        st.text(),
        st.text(),
        st.text(),
        st.text(),
    ),
)


@given(_links)
def test_canonical_link_is_idempotent(link: str) -> None:
    once = canonical_link(link)
    assert canonical_link(once) == once


@given(_links)
def test_clean_link_is_idempotent_and_keeps_the_page(link: str) -> None:
    clean = clean_link(link)
    assert clean_link(clean) == clean
    assert canonical_link(clean) == canonical_link(link)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://a.vn", False),
        ("https://a.vn/", False),
        ("https://a.vn/x", True),
        ("https://a.vn/?p=1", True),
        ("http://[::1", False),
    ],
)
def test_a_home_page_is_no_page(link: str, expected: bool) -> None:
    assert has_path(link) is expected
