# Everything a newcomer needs. `make run` starts the whole product; `make help` lists the rest.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Browser tests run apart: the browser's driver keeps a loop running, beside which no asynchronous test can start its own.
PYTEST := $(BIN)/python -m pytest --dist worksteal
# Tests without a browser wait about a third of their time, for a database or a process: one worker more than cores.
UNIT   := $(PYTEST) -n 3
# Where they stand (a test looks for others), so that this part need not read all the other files too.
BROWSER := tests/browser tests/moodle tests/deploy/demo/test_lms_browser.py
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Some machines forbid Python to keep what it compiled: every start would compile all packages again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help second school install cards run test test-all check bench bench-large lock screenshots screens docs clean need

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

need:
	@command -v $(PYTHON) >/dev/null || { echo "Missing: $(PYTHON). On Debian: apt install python3 python3-venv git make"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || { echo "Missing: Python 3.11, 3.12 or 3.13 ($(PYTHON) is another one; name it with PYTHON=...)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Missing: python3-venv. On Debian: apt install python3-venv"; exit 1; }

# The stamps make a second run start in seconds: nothing is installed again unless a lock file changed. Asked for is pip and not
# the interpreter, which is there before it: whoever stopped the first run in between can start the second.
$(VENV)/run.stamp: requirements.lock pyproject.toml
	@$(MAKE) --no-print-directory need
	@$(BIN)/python -c 'import pip' 2>/dev/null || { echo "Creating the virtual environment ..."; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the locked dependencies ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/run.stamp
	@echo "Installing the development tools ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)-second/stamp: requirements-second.lock
	@$(MAKE) --no-print-directory need
	@echo "Installing the second platform, for tests, in an environment of its own ..."
	@$(VENV)-second/bin/python -c 'import pip' 2>/dev/null || $(PYTHON) -m venv $(VENV)-second
	@$(VENV)-second/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-second.lock
	@touch $@

$(VENV)/school.stamp: requirements-school.lock $(VENV)/dev.stamp
	@echo "Installing the engine of long questions ..."
	@$(PIP) install --require-hashes -r requirements-school.lock
	@touch $@

$(VENV)/dialects.stamp: requirements-dialects.lock $(VENV)/school.stamp
	@echo "Installing ClickHouse's dialect, for the long tests ..."
	@$(PIP) install --require-hashes -r requirements-dialects.lock
	@touch $@

school: $(VENV)/school.stamp ## the engine of long questions (giotay school year), some 300 MB

second: $(VENV)-second/stamp ## the second LTI platform of the tests

install: $(VENV)/run.stamp ## the locked environment alone, as a server needs it

cards: $(VENV)/run.stamp ## what draws and reads paper cards (OpenCV), beside the environment
	@$(PIP) install --require-hashes -r requirements-cards.lock

run: $(VENV)/run.stamp ## the tool, the live server and a demo LMS; LAN=1 serves the school's Wi-Fi
	@exec $(BIN)/giotay demo $(if $(LAN),--lan)

check: $(VENV)/dev.stamp ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check second ## everything .ci/run runs
	$(UNIT) -m "not slow and not browser"
	$(PYTEST) -n 2 -m "not slow and browser" $(BROWSER)

test-all: check second school $(VENV)/dialects.stamp ## the long tests too
	HYPOTHESIS_PROFILE=long $(UNIT) -m "not browser"
	$(PYTEST) -n 2 -m browser $(BROWSER)

bench: $(VENV)/dev.stamp ## what an answer, a launch, a lesson's close, pages and the student model cost, how true what they say is
	$(BIN)/giotay bench live --lessons 25 --phones 40 --kill
	@[ -n "$(GIOTAY_TEST_POSTGRES_URL)" ] || echo "For PostgreSQL's figures name one that may make databases: GIOTAY_TEST_POSTGRES_URL=postgresql+psycopg://…"
	$(if $(GIOTAY_TEST_POSTGRES_URL),$(BIN)/giotay bench live --lessons 25 --phones 40 --kill --db "$(GIOTAY_TEST_POSTGRES_URL)")
	$(BIN)/python -m tests.bench.launches
	$(BIN)/python -m tests.bench.truth
	$(BIN)/python -m tests.bench.learning
	$(BIN)/python -m tests.bench.cards
	$(BIN)/python -m tests.bench.term
	$(BIN)/python -m tests.bench.pages --events 300000
	$(BIN)/python -m tests.bench.school

bench-large: $(VENV)/school.stamp ## pages and the nightly run over ten million events, 14 GB of disk and a quarter of an hour
	$(BIN)/python -m tests.bench.pages --events 10000000 --database sqlite:///$(CURDIR)/var/large.sqlite3
	$(BIN)/python -m tests.bench.school --database sqlite:///$(CURDIR)/var/large.sqlite3
	rm -f var/large.sqlite3*

screenshots: $(VENV)/dev.stamp ## the pictures of README and docs
	$(BIN)/python -m tests.screenshots

screens: $(VENV)/dev.stamp ## sheets of every screen, some minutes
	$(BIN)/python -m tests.screens

docs: $(VENV)/dev.stamp ## the reference's tables, from the code
	$(BIN)/python -m tests.docs

lock: ## write the lock files anew (hashes, no index address)
	uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --group build pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -c requirements.lock --group dev -o requirements-dev.lock
	uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -c requirements-dev.lock --group cards -o requirements-cards.lock
	uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -c requirements.lock -c requirements-dev.lock --extra school pyproject.toml -o requirements-school.lock
	uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -c requirements-dev.lock -c requirements-school.lock --group dialects -o requirements-dialects.lock
	uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --group second -o requirements-second.lock

clean: ## forget the environment and the demo's data
	rm -rf $(VENV) $(VENV)-second var
