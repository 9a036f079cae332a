"""The feed list: shown, edited in the file, exchanged as OPML.

configfile.py  the file as text, with entries that come and go; term_lists.py  lists of terms in it
"""
