"""The operator's side: every command but `run` and `once`, and the alerts.

feeds/    the list of feeds, as text and as OPML     setup/    init, check, chats, service install
posting/  pause, resume, post, retract               state/    status, deliveries, explain, export
preview/  posts as they would look                   alerts/   messages about trouble
desk/     people who decide in a chat                summary/  of the week, and ratings
browser/  the pages of the desk in the browser       web/      the one HTTP server
names.py  the NAME of a command                      json_forms.py, tables.py  the forms of output
rewriting.py  new content for a file of the operator's
"""
