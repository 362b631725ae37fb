# A fresh clone needs make and Python 3.11 or newer; everything else is fetched into .venv. PYTHON=NAME chooses another
# Python than the first that is found.

SHELL := /bin/sh
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PYTEST := $(BIN)/python -m pytest -n auto --dist loadgroup
BUILD_TOOLS := hatchling editables jinja2
INSTALLED_FROM := pyproject.toml constraints.txt hatch_build.py $(wildcard templates/*)
SAMPLE := sample_logs/6.1-v2-tmpfs-live.log

.PHONY: help demo test test-random fuzz-quick fuzz lint coverage bench bench-fleet docs site zipapp deb constraints tools clean

help:
	@echo "make demo         analyse a sample log: a verdict here, and a report to open in a browser"
	@echo "make test         lint, types, import contracts and every test"
	@echo "make test-random  every test in a random order, with new random examples; SEED=N repeats one"
	@echo "make fuzz-quick   ten minutes of damaged and hostile inputs; SEED=N repeats them"
	@echo "make fuzz         the same for a night: CASES=N of each kind"
	@echo "make lint         lint, types and import contracts"
	@echo "make coverage     every test with coverage measured, of processes that the tests start too"
	@echo "make bench        start-up, growth and large inputs, each beside something run with it"
	@echo "make docs         write rules/README.md, rules/index.json, docs/reference.md and the output that the pages show"
	@echo "make bench-fleet  ten thousand nodes, packed logs, two workers beside one; figures for docs/scale.md"
	@echo "make zipapp       build/oomscope.pyz: one file that needs Python alone, for machines without a network"
	@echo "make deb          a Debian package of that file, in build"
	@echo "make site         build the pages of docs/ as a site in build/site"
	@echo "make constraints  write constraints.txt anew, with the newest versions"
	@echo "make clean        remove what the others made"

demo: $(VENV)/.installed
	@$(BIN)/oomscope analyze $(SAMPLE)

test: lint tools
	$(PYTEST)

test-random: $(VENV)/.developed tools
	$(PYTEST) --random-order $(or $(SEED),$(shell date +%s))

# A case that fails is kept in a file of the working directory, with its number and seed.
FUZZED = $(or $(SEED),$(shell date +%s))
fuzz-quick: CASES = 20000
fuzz: CASES = 1000000
fuzz fuzz-quick: $(VENV)/.developed
	$(BIN)/python tests/fuzz/mutate.py $(CASES) $(FUZZED)
	$(BIN)/python tests/fuzz/hostile.py $(CASES) $(FUZZED)
	$(BIN)/python tests/fuzz/forge.py $(CASES) $(FUZZED)

# Measured by itself: a run of `make test` is not slowed down by it.
coverage: $(VENV)/.developed tools
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n auto --dist loadgroup
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

lint: $(VENV)/.developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo

bench: $(VENV)/.developed
	$(BIN)/python benchmarks/scaling.py
	$(BIN)/python benchmarks/large.py build/bench
	if [ "$$(id -u)" = 0 ]; then $(BIN)/python benchmarks/recorder.py; fi
	$(BIN)/python benchmarks/startup.py

bench-fleet: $(VENV)/.developed
	$(BIN)/python benchmarks/fleet.py build/bench

zipapp: $(VENV)/.developed
	rm -rf build/wheel
	$(BIN)/python -m build --wheel --no-isolation --outdir build/wheel . > /dev/null
	$(BIN)/python packaging/single_file.py build/wheel/*.whl build/oomscope.pyz

deb: zipapp
	PATH="$(CURDIR)/$(BIN):$$PATH" packaging/deb.sh build/oomscope.pyz build

docs: $(VENV)/.developed
	$(BIN)/python docs/generate.py

site: docs
	$(BIN)/mkdocs build --quiet --strict

# Made in an environment of its own, so that nothing stays in it that is no longer asked for.
constraints:
	rm -rf build/constraints
	$(MAKE) --no-print-directory VENV=build/constraints build/constraints/.made
	build/constraints/bin/python -m pip install --quiet --disable-pip-version-check --upgrade $(BUILD_TOOLS) -e '.[dev]'
	{ sed -n '/^#/p' constraints.txt; build/constraints/bin/python -m pip freeze --exclude-editable; } > build/constraints/new.txt
	mv build/constraints/new.txt constraints.txt
	rm -rf build/constraints

# The report is opened in a real browser, and a real Prometheus answers the tests of --prometheus.
tools:
	@.ci/provide chromium chromium chromium-browser google-chrome
	@.ci/provide prometheus promtool

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.* oomscope-report.html

# What follows is made once; a second run finds the stamps.

$(VENV)/.made:
	@for python in $(PYTHON) python3.11 python3 python3.12 python3.13 python3.14 python; do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        echo "$$python -m venv $(VENV)"; \
	        $$python -m venv $(VENV) || { echo "could not make $(VENV); on Debian: apt-get install python3-venv" >&2; exit 1; }; \
	        touch $@; exit 0; \
	    fi; \
	done; \
	echo "no Python 3.11 or newer on PATH" >&2; exit 1

# The tools that build the package come from constraints.txt as well: templates are compiled by the jinja2 that runs them.
$(VENV)/.installed: $(VENV)/.made $(INSTALLED_FROM)
	$(PIP) $(BUILD_TOOLS)
	$(PIP) --no-build-isolation -e .
	@touch $@

$(VENV)/.developed: $(VENV)/.made $(INSTALLED_FROM)
	$(PIP) $(BUILD_TOOLS)
	$(PIP) --no-build-isolation -e '.[dev]'
	@touch $@ $(VENV)/.installed
