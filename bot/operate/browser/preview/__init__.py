"""Preview: posts as they look, also with a template or a filter that is being written.

page.py   what is asked for, and what is shown         items.py  the articles that are tried
edits.py  what is edited: read, checked and saved
"""
