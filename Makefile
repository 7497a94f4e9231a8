# Everything a newcomer needs. `make run` starts the whole product; `make help` lists the rest.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help run test test-all check bench lock screenshots clean need

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

need:
	@command -v $(PYTHON) >/dev/null || { echo "Missing: $(PYTHON). On Debian: apt install python3 python3-venv git make"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || { echo "Missing: Python 3.11, 3.12 or 3.13 ($(PYTHON) is another one; name it with PYTHON=...)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Missing: python3-venv. On Debian: apt install python3-venv"; exit 1; }

# The stamps make a second run start in seconds: nothing is installed again unless a lock file changed.
$(VENV)/run.stamp: requirements.lock pyproject.toml
	@$(MAKE) --no-print-directory need
	@test -x $(BIN)/python || { echo "Creating the virtual environment ..."; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the locked dependencies ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/run.stamp
	@echo "Installing the development tools ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

run: $(VENV)/run.stamp ## the tool, the live server and a demo LMS; LAN=1 serves the school's Wi-Fi
	@exec $(BIN)/giotay demo $(if $(LAN),--lan)

check: $(VENV)/dev.stamp ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check ## everything .ci/run runs
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

test-all: check ## the long tests too
	$(BIN)/python -m pytest -n 2 --dist worksteal

bench: $(VENV)/dev.stamp ## what an answer costs, beside a raw floor in the same run
	$(BIN)/giotay bench live --lessons 25 --phones 40

screenshots: $(VENV)/dev.stamp ## the pictures of README and docs
	$(BIN)/python -m tests.screenshots

lock: ## write the lock files anew (hashes, no index address)
	uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --group build pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 -c requirements.lock --group dev -o requirements-dev.lock

clean: ## forget the environment and the demo's data
	rm -rf $(VENV) var
