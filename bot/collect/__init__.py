"""1 feed -> items: fetch, parse, and when to come back."""
