"""Blind comparison of posts: ours beside those that others wrote about the same items.

    python -m benchmarks.posts draw FEEDS ITEMS --count 60 --seed 7   # or --only FILE#N ...
    python -m benchmarks.posts sheets ITEMS SHEETS KEY.json hand=FOLDER other=FOLDER
    python -m benchmarks.posts count KEY.json RANKINGS

ITEMS holds one JSON file per item: `feed_title`, `feed_language`, `link`, `item` (the fields of
`bot.models.feeds.Item`), and where known `repeated` (what its feed repeats) and `page` (the HTML
of its page). `draw` writes such files from a folder of feeds, each feed with the same chance;
FILE#N is the N-th item of FILE, from 0. Each FOLDER holds the posts of one author as NAME.txt,
plain text; an item that an author left out is compared without that author.

`sheets` writes NAME.md for each item: what the feed says, then the posts under letters that are
shuffled item by item. KEY.json says whose each letter is: keep it from those who judge. Ours is the
post on Telegram, or with `--platform x` on X, as a reader sees it, without markup.

RANKINGS is a text file with one line per item, best post first, and the faults seen, by letter:

    NAME | B > A = C | A: cut off, B: visible markup, A: stray sentence

`count` tells how often ours is at least as good as each author's, how often better, how often it is
at least as good as all of them, and each author's faults. A name or a letter that is not in the key
is an error, and so is a post that was not ranked: a comparison with holes proves nothing.
"""
