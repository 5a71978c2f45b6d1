# `make run` starts SmartSync, `make test` checks everything; `make help` lists the rest.

PYTHON ?= python3
PORT ?= 8501
ARGS ?=
# One file of tests stays on one worker, in the order of the files: quick ones first
workers := -n auto --dist loadfile --no-loadscope-reorder
# uv trusts what this machine trusts, as pip does
export UV_SYSTEM_CERTS ?= 1
python := .venv/bin/python

.PHONY: help run test lint format lock bench docs clean

help:
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */  make \1\t/' | expand -t 16

run: .venv/app ## start the app and open the browser, or print the address (PORT=8501, the next free one if taken)
	@port=$$($(python) -c "$$FREE_PORT" $(PORT)) && \
	exec $(python) -m streamlit run app.py --server.address 127.0.0.1 --server.port $$port

test: lint ## install what tests need, check format, lint and types, run every test on all cores (ARGS="-k undo")
	@$(python) -m tests.install_chromium
	$(python) -m pytest $(workers) $(ARGS)

lint: .venv/tests ## install what tests need, check format, lint and types; no test is run
	$(python) -m ruff format --check --output-format concise .
	$(python) -m ruff check .
	$(python) -m mypy

format: .venv/tests ## put the code in shape
	$(python) -m ruff check --fix --quiet . ; $(python) -m ruff format .

bench: .venv/tests ## measure against the practice CRM (ARGS= for its options)
	$(python) -m benchmarks.bulk_import $(ARGS)

docs: .venv/tests ## write docs/reference anew from the API and the command line, and the moving picture from docs/screens
	$(python) -m tests.reference
	$(python) -m tests.moving_picture

lock: .venv/tests ## pin what requirements*.in ask for (ARGS=--upgrade for the newest)
	$(call lock,requirements)
	$(call lock,requirements-dev)

clean: ## remove what was installed or generated; never data/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis tests/output
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. A stamp file is as old as the last installation, so a newer lock installs again.

.venv/app: requirements.txt | $(python)
	$(call install,requirements.txt)
	@touch $@

.venv/tests: requirements.txt requirements-dev.txt | $(python)
	$(call install,requirements.txt requirements-dev.txt)
	@touch .venv/app $@

$(python):
	@$(PYTHON) -c "$$NEW_ENOUGH"
	@$(PYTHON) -m venv .venv || \
	{ rm -rf .venv; echo 'No environment could be made. On Debian or Ubuntu: apt-get install python3-venv'; exit 1; }

# Exactly what the locks say: with uv (seconds), or with pip where uv cannot be had or cannot reach an index (minutes).
define install
	@echo 'Installing $(1)'
	@$(python) -m pip install --quiet uv && \
	$(python) -m uv pip sync --quiet --python $(python) --require-hashes --compile-bytecode $(1) || \
	$(python) -m pip install --quiet --require-hashes $(addprefix -r ,$(1))
endef

define lock
	$(python) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --custom-compile-command 'make lock' $(ARGS) $(1).in -o $(1).txt
endef

define NEW_ENOUGH
import sys
if sys.version_info < (3, 11):
    found = sys.version.split()[0]
    sys.exit(f'SmartSync needs Python 3.11 or newer, and this is {found}. Name another: make run PYTHON=python3.12')
endef
export NEW_ENOUGH

define FREE_PORT
import socket, sys
first = int(sys.argv[1])
for port in range(first, first + 100):
    with socket.socket() as probe:
        if probe.connect_ex(('127.0.0.1', port)):
            sys.exit(print(port))
sys.exit(f'No free port from {first} on.')
endef
export FREE_PORT
