"""The way to the internet through proxies, alike for feeds and platforms."""
