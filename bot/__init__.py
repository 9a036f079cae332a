"""newsbot: tech-news feeds become posts worth reading on Telegram channels and X.

feeds ──> collect ──> dedupe ──> store ──> format ──> publish ──> Telegram, X, terminal
          1 items     2 stories  outbox    3 posts    4 receipts

pipeline/  the two sentences of this program: collect_feed() and deliver()
app/       wires ports to adapters             cli/      the commands
config/    newsbot.toml -> frozen Config       data/     shipped files: sample, templates, schema
models/    the records, one file a subject     ports.py, store_ports.py  contracts of adapters
filters/   include and exclude: words, phrases and expressions that items are sought for
through/   proxies        log/  lines without secrets   atomic.py, clock.py, file_watch.py
visible.py text that drives no terminal        counted.py  numbers of things in words
pipes.py   files that the operator names, of which any may be a pipe
moments.py times in the operator's zone
wording.py the bot's own words in the languages that it speaks: one catalogue, data/locale
forms.py   finds the form of a text that was kept in English, so that it is said in another language

store/     db, tables; outbox (each change of a delivery), events, stories; operator, transfer,
           queue (what is due gets a job on PostgreSQL)
publish/   telegram, x, console; pictures; pace (when a channel may send), gate (one at a time)
operate/   the operator's commands: feeds, posting, preview, setup, state; alerts; web (server),
           browser (its pages), desk (people in a chat), summary (of the week, and ratings)
runner/    the service: work (poll, deliver, settle, correct), reload (a changed configuration);
           local (one machine), nodes (several on one PostgreSQL: jobs of procrastinate)
"""

__version__ = "1.0.0"
