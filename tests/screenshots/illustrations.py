"""Drawings that stand for the photographs of news; browsers show SVG under any name."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - the table below is made when this is read
from typing import Final

_SIZE = (1200, 630)


def drawn(name: str) -> str:
    """Return the drawing `name` as SVG."""
    paper, ink, body = _DRAWINGS[name]
    width, height = _SIZE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}"><defs><linearGradient id="g" x2="1" y2="1">'
        f'<stop stop-color="{paper}"/><stop offset="1" stop-color="{ink}"/></linearGradient></defs>'
        f'<rect width="{width}" height="{height}" fill="url(#g)"/>{body()}</svg>'
    )


def _chip() -> str:
    pins = "".join(
        f'<path d="M{x} 70V150M{x} 480V560M{x - 285} {y}" /><path d="M330 {y}H410M790 {y}H870"/>'
        for x, y in ((450 + 50 * place, 165 + 50 * place) for place in range(7))
    )
    cores = "".join(
        f'<rect x="{500 + 70 * x}" y="{215 + 70 * y}" width="56" height="56" rx="8" '
        f'fill="#7fe3c4" opacity="{0.45 + 0.18 * ((x + y) % 3)}"/>'
        for x in range(3)
        for y in range(3)
    )
    return (
        f'<g stroke="#d6b25e" stroke-width="16" stroke-linecap="round">{pins}</g>'
        '<rect x="400" y="140" width="400" height="350" rx="26" fill="#10261f"/>'
        f'<rect x="470" y="185" width="262" height="262" rx="16" fill="#183f33"/>{cores}'
    )


def _solar() -> str:
    panels = "".join(
        f'<path d="M{x} 560l70 -190h210l-70 190z" fill="#12395f" stroke="#9cc7ee" stroke-width="5"/>'
        f'<path d="M{x + 35} 465h210M{x + 70} 560l70 -190M{x + 140} 560l70 -190" '
        'stroke="#9cc7ee" stroke-width="4" fill="none"/>'
        for x in (90, 390, 690)
    )
    return (
        '<circle cx="930" cy="170" r="90" fill="#ffe08a"/>'
        '<circle cx="930" cy="170" r="130" fill="#ffe08a" opacity=".25"/>'
        f'<path d="M0 470q300 -120 600 -30t600 -40v230H0z" fill="#3d7a4e"/>{panels}'
    )


def _robot() -> str:
    rice = "".join(
        f'<path d="M{x} {y}q-14 -40 -30 -48M{x} {y}q4 -48 0 -66M{x} {y}q14 -40 32 -46"/>'
        for y in (470, 540, 605)
        for x in range(40 + y % 90, 1200, 110)
    )
    return (
        '<path d="M0 400h1200v230H0z" fill="#4f8f7b"/>'
        '<g fill="#f4f1e6"><rect x="500" y="190" width="230" height="150" rx="26"/>'
        '<rect x="560" y="110" width="110" height="90" rx="20"/></g>'
        '<g fill="#1d3b47"><circle cx="595" cy="152" r="14"/><circle cx="637" cy="152" r="14"/>'
        '<circle cx="525" cy="372" r="52"/><circle cx="705" cy="372" r="52"/></g>'
        '<path d="M730 240l120 60v110M500 240l-100 60v110" stroke="#f0a63c" stroke-width="24" '
        'fill="none" stroke-linejoin="round" stroke-linecap="round"/>'
        f'<g stroke="#c9e88b" stroke-width="9" fill="none" stroke-linecap="round">{rice}</g>'
    )


def _satellite() -> str:
    stars = "".join(
        f'<circle cx="{(place * 397) % 1200}" cy="{(place * 211) % 380}" r="{2 + place % 3}"/>'
        for place in range(40)
    )
    wings = "".join(
        f'<g transform="translate({x} 0)"><rect width="190" height="92" rx="6" fill="#2f6fb3"/>'
        '<path d="M48 0v92M95 0v92M142 0v92M0 46h190" stroke="#bfe0ff" stroke-width="4"/></g>'
        for x in (-250, 60)
    )
    return (
        f'<g fill="#e9f1ff">{stars}</g>'
        '<circle cx="600" cy="1090" r="680" fill="#2b7fb8"/>'
        '<path d="M230 560q90 -60 190 -40t160 60q-60 60 -190 60t-160 -80zM700 470q120 -20 190 40'
        't120 120h-210q-110 -60 -100 -160z" fill="#57a773"/>'
        f'<g transform="translate(650 190) rotate(-24)">{wings}'
        '<rect x="-60" y="-34" width="120" height="160" rx="14" fill="#e8e3d3"/>'
        '<path d="M-44 126a44 44 0 0 0 88 0z" fill="#d09b47"/></g>'
    )


_DRAWINGS: Final[dict[str, tuple[str, str, Callable[[], str]]]] = {
    "chip": ("#0f5c4a", "#0a2b2f", _chip),
    "solar": ("#9ad0f5", "#f7d9a8", _solar),
    "robot": ("#bfe3ee", "#8fc4b3", _robot),
    "satellite": ("#0c1533", "#1e3a6b", _satellite),
}
