# One word per chore. The environment is made once and renewed only when its list of packages changes.

.POSIX:
VENV = .venv
PY = $(VENV)/bin/python
HOST ?= 127.0.0.1
PORT ?= 5000
TESTS ?= tests
WORKERS ?= auto

.PHONY: run test lint format help clean

help:
	@echo "make run      set everything up (once) and start: http://$(HOST):$(PORT)   (HOST= and PORT= change it)"
	@echo "make test     every test this machine can run; skips are named   (REQUIRE=browser,postgres: skips become failures; WORKERS=0: one after the other)"
	@echo "make lint     ruff and djlint;   make format writes what ruff would write"
	@echo "make clean    remove the environment and caches; the data in instance/ stay"
	@echo "$(VENV)/bin/flask --app wsgi --help lists the other commands"

run: $(VENV)/.run
	@$(PY) -m flask --app wsgi setup
	@HOST="$(HOST)" PORT="$(PORT)" exec $(PY) -m flask --app wsgi serve

test: $(VENV)/.test
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile $(TESTS)

lint: $(VENV)/.test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m djlint directory/templates --lint --quiet

format: $(VENV)/.test
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

$(VENV)/.made:
	@for python in python3.13 python3.12 python3.11 python3 python3.14 python; do \
		if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Making $(VENV) with $$python"; exec $$python -m venv $(VENV); \
		fi; \
	done; \
	echo "Fingerpost needs Python 3.11 or later with its venv module, and found none on the PATH." >&2; \
	echo "On Debian or Ubuntu: apt-get install python3 python3-venv" >&2; exit 1
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements.txt
	@echo "Installing what requirements.txt lists (only when it changed)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.test: $(VENV)/.made requirements-dev.txt
	@echo "Installing what requirements-dev.txt lists (only when it changed)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/.run

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
