"""`newsbot preview`: the posts as they would look, with the decision about each; sends nothing.

previews.py      feed -> previews              terminal.py   in the terminal
remembered.py    what the database knows of a feed
preview_json.py  --json                        html_file.py  --html
page.py          the page, with page.html.j2, page.css, page.js
markup.py        a post's text as nodes
trial.py         with a template or a filter that is being written
live.py          --serve: the page, made again when a file changes
server.py        the same over HTTP
"""
