"""The desk in the browser: pages that say how the channels are doing, and let the operator act.

frame.py      what every page has in common: sign-in, layout, actions, the log of who did what
pages.py      the form of a page: `read` its data, a pure `view` of them, and its actions
newsroom.py   the running service as pages see it
sessions.py   who is signed in               attempts.py  how fast somebody may guess
html.py       templates of bot/data/pages    index.py     the pages, as the navigation has them
card_filters.py  what a post's card shows, as previews have it, too
file_edits.py    what pages share that write the operator's files
preview/         templates and filters are edited, and seen as posts
"""
