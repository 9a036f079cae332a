"""The one HTTP server: what it answers is a `Site`, and sites of one address share a port.

application.py  sites -> an application of aiohttp   serving.py  the service's ports
bounds.py, strangers.py  what strangers can take          hosts.py    whose pages may ask for what
events.py  server-sent events                             callbacks.py  hubs that push
"""
