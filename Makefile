# A fresh clone needs make and Python 3.11 or newer; everything else is fetched into .venv.

SHELL := /bin/sh
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SAMPLE := sample_logs/6.1-v2-tmpfs-live.log

.PHONY: help demo test lint bench docs clean

help:
	@echo "make demo   analyse a sample log: a verdict here, and a report to open in a browser"
	@echo "make test   lint, types, import contracts and every test"
	@echo "make lint   the first three of these"
	@echo "make bench  start-up measured against python -c pass"
	@echo "make docs   write rules/README.md and rules/index.json from the cause files"
	@echo "make clean  remove what the others made"

demo: $(VENV)/.installed
	@$(BIN)/oomscope analyze $(SAMPLE)

test: lint $(VENV)/.chromium $(VENV)/.prometheus
	$(BIN)/python -m pytest -n auto --dist loadgroup

lint: $(VENV)/.developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo

bench: $(VENV)/.developed
	$(BIN)/python benchmarks/startup.py

docs: $(VENV)/.developed
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis oomscope-report.html

# What follows is made once; a second run finds the stamps.

$(VENV)/.made:
	@for python in python3.11 python3 python3.12 python3.13 python3.14 python; do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        echo "$$python -m venv $(VENV)"; \
	        $$python -m venv $(VENV) || { echo "could not make $(VENV); on Debian: apt-get install python3-venv" >&2; exit 1; }; \
	        touch $@; exit 0; \
	    fi; \
	done; \
	echo "no Python 3.11 or newer on PATH" >&2; exit 1

$(VENV)/.installed: $(VENV)/.made pyproject.toml
	$(PIP) -e .
	@touch $@

$(VENV)/.developed: $(VENV)/.made pyproject.toml
	$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.installed

# The page is tested in a real browser; without one those tests say that they were skipped.
$(VENV)/.chromium: $(VENV)/.made
	@if command -v chromium || command -v chromium-browser || command -v google-chrome; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get; then \
	    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium; } \
	        >/dev/null || echo "chromium could not be installed: the browser tests will be skipped" >&2; \
	else echo "no chromium here: the browser tests will be skipped" >&2; fi
	@touch $@

# A real Prometheus answers the tests of --prometheus, each started by its test; none is left running as a service.
$(VENV)/.prometheus: $(VENV)/.made
	@if command -v prometheus && command -v promtool; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get; then \
	    kept=; [ -e /usr/sbin/policy-rc.d ] || { printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d && kept=no; }; \
	    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends prometheus; } \
	        >/dev/null || echo "prometheus could not be installed: its tests will be skipped" >&2; \
	    [ -z "$$kept" ] || rm -f /usr/sbin/policy-rc.d; \
	else echo "no prometheus here: its tests will be skipped" >&2; fi
	@touch $@
