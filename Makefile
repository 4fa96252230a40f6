# demo   play two shops end to end          test   everything, with the servers it needs
# check  format, lint, types, imports       bench  measure, and write docs/benchmarks.md
# coverage-table  which helpdesk tells which event, from the fixtures into README.md
.PHONY: demo test check bench chaos lock format coverage-table
PYTHON ?= python3
BIN := .venv/bin

.venv/ready: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Deskpulse needs Python 3.11 or newer; set PYTHON=... to one") if sys.version_info < (3, 11) else 0'
	@test -x $(BIN)/uv || { echo "Making .venv ..."; $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'; }
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --link-mode=copy -r requirements/dev.txt
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --link-mode=copy --no-deps -e .
	@touch $@

demo: .venv/ready
	@$(BIN)/deskpulse demo $(ARGS)

test: .venv/ready
	$(BIN)/pytest $(ARGS)

check: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/ready
	$(BIN)/python -m bench $(ARGS)

chaos: .venv/ready
	$(BIN)/pytest -m chaos --chaos-seeds=20 $(ARGS)

format: .venv/ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

coverage-table: .venv/ready
	$(BIN)/python -m tests.coverage_table

lock:
	$(BIN)/uv pip compile pyproject.toml --extra local --group dev --python-version 3.11 --universal --no-emit-index-url --no-header --generate-hashes -o requirements/dev.txt
