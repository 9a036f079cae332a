"""newsbot: tech-news feeds become posts worth reading on Telegram channels and X.

feeds ──> collect ──> dedupe ──> store ──> format ──> publish ──> Telegram, X, terminal
          1 items     2 stories  outbox    3 posts    4 receipts

pipeline/  the two sentences of this program: collect_feed() and deliver()
app/       wires ports to adapters             runner/   who runs it, and when
config/    newsbot.toml -> frozen Config       operate/  what the operator sees and touches
cli/       the commands                        data/     what ships inside the package
"""

__version__ = "0.1.0"
