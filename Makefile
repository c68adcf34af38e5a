# Every target makes what it needs: Python 3.11 or newer, make and git are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
EXTRAS := settings,sql,postgresql,mysql,websocket,fast,prometheus,opentelemetry,cluster,web,cli,testing
SOURCES := znp_panel_sync codegen tests examples benchmarks docs/_contract.py docs/_diagrams.py

# The tests start hundreds of programs; without bytecode on disk each would compile the whole package anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR: # so that an environment that could not be made (python3-venv is missing) is made anew
.PHONY: help demo test test-wheel lint format generate bench docs screenshots clean

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.demo ## Kernels, agents and a panel on real sockets, in under half a minute
	@$(BIN)/python -m examples.demo

test: $(VENV)/.dev $(VENV)/.redocly ## The whole suite with branch coverage
	$(BIN)/python -m pytest --numprocesses 3 --cov --cov-report term

test-wheel: $(VENV)/.dev ## The suite against the built wheel, in an environment of its own
	$(BIN)/python -m tests.against_wheel

lint: $(VENV)/.dev ## Formatting, style, types, walls between rooms, and whether the client is up to date
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy --strict znp_kernel_client $(SOURCES)
	$(BIN)/pyright --pythonpath $(BIN)/python znp_kernel_client tests/typing
	$(BIN)/lint-imports
	$(BIN)/python -m codegen lint
	$(BIN)/python -m codegen check

format: $(VENV)/.dev ## Let ruff rewrite what it can
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

generate: $(VENV)/.dev ## Generate znp_kernel_client from core.yaml
	$(BIN)/python -m codegen generate

bench: $(VENV)/.dev ## Every benchmark beside its peers
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

docs: $(VENV)/.dev ## The documentation as a site, in site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo 'Open site/index.html'

screenshots: $(VENV)/.dev ## The documentation's pictures of the live page and of the command
	$(BIN)/python -m examples.screenshots
	$(BIN)/python -m examples.screenshots_cli

clean: ## Remove what the other targets made
	rm -rf $(VENV) build dist site .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Python 3.11 or newer is needed; name it with: make PYTHON=/path/to/python3.11'; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	@echo 'Installing into $(VENV) (once)'
	@$(PIP) --editable '.[sql,testing]'
	@touch $@

$(VENV)/.dev: pyproject.toml requirements-dev.txt constraints.txt | $(BIN)/python
	@echo 'Installing the development tools into $(VENV) (once)'
	@$(PIP) --requirement requirements-dev.txt --editable '.[$(EXTRAS)]'
	@touch $@ $(VENV)/.demo

# Redocly's linter comes from npm; where npm is missing, or fails, its test is skipped and says so.
$(VENV)/.redocly: tests/contract/package.json | $(BIN)/python
	@mkdir -p $(VENV)/redocly && cp $< $(VENV)/redocly/
	@if command -v npm >/dev/null; then npm install --silent --no-fund --no-audit --no-package-lock --ignore-scripts \
	  --prefix $(VENV)/redocly || echo 'npm could not install the linter of the contract'; fi
	@touch $@
