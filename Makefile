# What one does with a checkout. Needs Python 3.11 or later; everything else goes into .venv.
# Another interpreter: make PYTHON3=/path/to/python3.13 …; some of the tests: make test TESTS="tests/sip tests/decode"

PYTHON3 ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
PYTHON := $(VENV)/bin/python
PIP := $(PYTHON) -m pip --quiet --disable-pip-version-check
TESTS ?= tests
PYTEST := $(PYTHON) -m pytest -p tests.support.skips -n auto --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo test test-pure check fix compile golden docs pcaps bench clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/installed ## set up, then annotate a sample: a call that nobody answers
	@$(VENV)/bin/sip-analyser read sample_pcaps/stuck-on-trying.pcap

test: $(VENV)/developing ## run the tests; says what was skipped and what it lacks
	@$(PYTEST) -q $(TESTS)

test-pure: $(VENV)/developing ## run the tests on the sources, whatever was compiled
	@SIP_ANALYSER_PURE=1 $(PYTEST) -q $(TESTS)

check: $(VENV)/developing ## all that must hold before a change goes in: format, lint, types, tests
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy --strict
	$(PYTEST) -q

fix: $(VENV)/developing ## format, and mend what the linter can mend
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

compile: $(VENV)/developing ## compile the hot rooms anew, after edits; until then the sources run
	@$(PYTHON) hatch_build.py

golden: $(VENV)/developing ## write the expected reports anew; read the difference before you commit it
	$(PYTHON) -m pytest -q --golden=write

docs: $(VENV)/developing ## write the generated pages in docs/ anew
	$(PYTHON) docs/generate.py

pcaps: $(VENV)/developing ## write sample_pcaps/ anew from the ladders in tests/flows/
	$(PYTHON) -m tests.support.samples

bench: $(VENV)/installed ## race against other tools (those installed), and save benchmarks/RESULTS.md
	$(PYTHON) benchmarks/race.py --save

clean: ## remove .venv, what was compiled, caches and benchmark captures
	find . -path ./$(VENV) -prune -o -name '*.so' -exec rm {} +
	rm -f analyser/compiled.txt
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis benchmarks/data dist

$(PYTHON):
	@if [ -z "$(PYTHON3)" ]; then \
		echo "Python 3.11 or later is needed and none was found: install it, or name one with" >&2; \
		echo "    make PYTHON3=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 1; fi
	@$(PYTHON3) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON3) cannot make virtual environments. On Debian and Ubuntu:" >&2; \
		echo "    sudo apt install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV) …"
	@$(PYTHON3) -m venv $(VENV)

$(VENV)/installed: pyproject.toml hatch_build.py $(PYTHON)
	@echo "Installing, and compiling what is hot if there is a C compiler (a minute) …"
	@$(PIP) install -e .
	@$(VENV)/bin/sip-analyser --version
	@touch $@

$(VENV)/developing: pyproject.toml hatch_build.py $(PYTHON)
	@echo "Installing, and compiling what is hot if there is a C compiler (a minute) …"
	@$(PIP) install -e '.[dev]'
	@$(VENV)/bin/sip-analyser --version
	@touch $(VENV)/installed $@
