"""`include` and `exclude`: which items a feed, a channel or the way between them lets pass (pure).

terms.py   one term: a word, a phrase or an expression, and the fields in which it is sought
screen.py  all terms on the way of an item to each channel, and the reason why it is not for one
"""
