"""The weekly summary to the desk, and the best-rated posts.

sending.py  when it is due, sent once      facts.py  the week, out of the store
text.py     the message (pure)             chart.py  the picture (pure)
words.py    in the language of the file    best.py   the ratings in `newsbot status`
"""
