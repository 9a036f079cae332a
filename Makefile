# The two commands of a newcomer: `make run` and `make test`. Everything lives in .venv.

PYTHON ?= python3
PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet install
installing = @echo "installing $$(grep -c == $(1)) packages into .venv, about half a minute ..." >&2
# The locked files are complete: with --no-deps, pip does not go after extras that libraries gave up.
# What pip compiles file by file, on all cores; also for environments that write no bytecode.
COMPILE := $(PY) -m compileall -qq -j 0 .venv/lib bot

.PHONY: run test types pytest screenshots docs format schema words man lock dist deb soak chaos bench clean

# Messages go to standard error: a console channel has standard output for its posts.
run: .venv/ready-run
	@echo "running newsbot with config/newsbot.toml; stop it with Ctrl-C" >&2
	@echo "next: edit that file, see the posts with \`.venv/bin/newsbot preview\`; README.md says how to reach a channel" >&2
	@$(PY) -m bot run -c config/newsbot.toml

test: .venv/ready-test
	@echo "testing newsbot: style, types, import rules, then all tests; a few minutes ..." >&2
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	@$(MAKE) --no-print-directory --jobs=2 types pytest
	@echo "all is well; \`make run\` runs newsbot with the example in config/newsbot.toml" >&2

types: .venv/ready-test
	$(PY) -m mypy
	$(PY) .venv/bin/lint-imports

# Reading the tests takes 11 s of computing, and 4 where they are compiled: one process does that for all.
pytest: .venv/ready-test
	-@PYTHONDONTWRITEBYTECODE= $(PY) -m pytest --collect-only -qq -n 0 >/dev/null
	$(PY) -m pytest -n auto

# What README and docs/ say is true: links, names, examples; part of `make test`.
docs: .venv/ready-test
	$(PY) -m pytest -n 0 tests/docs tests/pipeline/test_recipes.py tests/unit/config/schema/test_reference.py

# An hour: the long forms of tests whose short forms are in `make test`.
soak: .venv/ready-test
	$(PY) -m pytest -m soak -n 0 -s

# An hour of it: a bot killed 300 times on SQLite and 15 on PostgreSQL, under faults of the platforms; then
# three nodes of which one after the other is killed, frozen or cut off, and a database that restarts.
chaos: .venv/ready-test
	$(PY) -m pytest -m soak tests/e2e/test_crash.py tests/e2e/test_nodes_chaos.py -n 0 -s

# The pictures of the pages, from made-up news in simulated time; Chromium has to be installed.
screenshots: .venv/ready-test
	$(PY) -m tests.screenshots docs/pictures

bench: .venv/ready-bench
	$(PY) -m benchmarks

format: .venv/ready-test
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

# The JSON Schema and the tables of the reference, from the models; then what is made from the reference.
schema: .venv/ready-test
	$(PY) -m bot.config.schema.reference docs/configuration.md config/newsbot.schema.json
	@$(MAKE) --no-print-directory man

# The catalogue of the bot's own words: new texts into the .po, which a person translates, then .mo.
WORDS := bot/data/locale
words: .venv/ready-test
	$(PY) -m babel.messages.frontend --quiet extract -F pyproject.toml -k phrase -k phrase_as:1c,2 \
		-k phrase_count:1,2 -k marked -k told -k told_count:1,2 --no-location --omit-header --sort-output -o $(WORDS)/newsbot.pot bot config
	$(PY) -m babel.messages.frontend --quiet update --domain newsbot -i $(WORDS)/newsbot.pot -d $(WORDS) \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 100
	@rm $(WORDS)/newsbot.pot
	$(PY) -m babel.messages.frontend --quiet compile --domain newsbot -d $(WORDS)

# newsbot(1), newsbot.toml(5) and the completions of shells, from the commands and the reference.
man: .venv/ready-test
	$(PY) -m bot.cli.manual docs/configuration.md share

# The wheel and the source archive. They hold no time of their own: a second build is equal, byte by byte.
dist: .venv/ready-test
	@rm -rf dist
	@$(PY) -m hatchling build -d dist
	@echo "install it with \`pipx install FILE\` or \`uv tool install FILE\`, FILE being the .whl above" >&2

# A Debian package with all libraries in it, for the Python of the machine that builds it.
deb: .venv/ready-test
	$(PY) deploy/deb.py dist

# No index address gets into the files; every file is pinned by its hashes.
lock: .venv/ready-test
	$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
		--group build pyproject.toml -o requirements.txt
	$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
		--group dev pyproject.toml -o requirements-dev.txt
	$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
		--constraints requirements-dev.txt \
		--group bench pyproject.toml -o requirements-bench.txt

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# Installing stops half-way only with the stamp unwritten, so that the next `make` goes on.
.venv/ready-run: .venv/made requirements.txt pyproject.toml
	$(call installing,requirements.txt)
	@$(PIP) --no-deps --no-compile --require-hashes -r requirements.txt
	@$(PIP) --no-build-isolation --no-deps --editable .
	-@$(COMPILE)
	@touch $@

.venv/ready-test: .venv/made requirements-dev.txt pyproject.toml
	$(call installing,requirements-dev.txt)
	@$(PIP) --no-deps --no-compile --require-hashes -r requirements-dev.txt
	@$(PIP) --no-build-isolation --no-deps --editable .
	-@$(COMPILE)
	@touch $@ .venv/ready-run

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "newsbot needs Python 3.11 or newer: install it, or say make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv 2>/dev/null || uv venv --quiet --seed --clear .venv 2>/dev/null || \
		virtualenv --quiet --clear .venv 2>/dev/null || \
		{ echo "no virtual environment can be made: install the package python3-venv, then run make again" >&2; exit 1; }
	@touch $@

# The benchmarks stand beside another reader of feeds.
.venv/ready-bench: .venv/ready-test requirements-bench.txt
	$(call installing,requirements-bench.txt)
	@$(PIP) --no-deps --no-compile --require-hashes -r requirements-bench.txt
	@touch $@
