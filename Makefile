# Two commands do all the set-up: `make run` and `make test`. Everything else is for daily work.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run test check bench evaluate fuzz faults fuzz-text audit-packages lock compose-up compose-secrets compose-sample compose-reload compose-down test-compose clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/for-running ## the whole service here, with the recorded sample (no internet needed); ARGS="--port 9000"
	$(BIN)/ceasewire up --sample $(ARGS)

test: .venv/for-testing check ## everything that must pass
	$(BIN)/python -m pytest $(ARGS)

check: .venv/for-testing ## style, types and import direction
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/for-testing .venv/beside ## all benchmarks and one table; ARGS="poll parse detect translate tag alerts load"
	BESIDE_PYTHON=.venv/beside/bin/python $(BIN)/python -m tests.benchmarks $(ARGS)

evaluate: .venv/for-testing ## quality a language: detection, sentences, tagging, checks; ARGS="--texts FILE" for other data
	$(BIN)/python -m tests.benchmarks.evaluate $(ARGS)

fuzz: .venv/for-testing ## 10,000 broken, hostile and endless feeds through fetch and read; a few minutes
	$(BIN)/python -m tests.benchmarks.fuzz_feeds $(ARGS)

faults: .venv/for-testing ## cut networks, killed and emptied servers, a day of polling in minutes; ten minutes
	$(BIN)/python -m pytest -s -m faults tests/e2e $(ARGS)

fuzz-text: .venv/for-testing ## inputs that hypothesis invents, for parser, embeds, detector, tagger and queries
	$(BIN)/python -m pytest -m fuzz tests/unit $(ARGS)

audit-packages: .venv/for-running ## known vulnerabilities of what is locked (needs pip-audit and internet), else a listing
	@if ! command -v pip-audit >/dev/null; then \
	  echo "pip-audit is missing (pipx install pip-audit); these are the versions in use:"; $(PIP) list; \
	elif ! pip-audit --strict --disable-pip --require-hashes -r requirements.lock; then \
	  echo "something was found, or its data cannot be reached; these are the versions in use:"; $(PIP) list; exit 1; fi

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which with: make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv .venv

# --no-deps: the locks are complete, and leave out what argostranslate asks for and Ceasewire does not use (5 GB).
.venv/for-running: requirements.lock pyproject.toml | .venv/bin/python
	$(PIP) install --quiet --no-deps --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-deps --editable .
	@touch $@

.venv/for-testing: requirements-test.lock pyproject.toml | .venv/bin/python
	$(PIP) install --quiet --no-deps --require-hashes -r requirements-test.lock
	$(PIP) install --quiet --no-deps --editable .
	@touch $@ .venv/for-running

# What Ceasewire is measured beside, out of its own environment.
.venv/beside: | .venv/bin/python
	$(PYTHON) -m venv $@
	$@/bin/python -m pip --disable-pip-version-check install --quiet reader==3.26 sgmllib3k==1.0.0 lingua-language-detector==2.1.1

lock: ## write both locks anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --upgrade -o requirements.lock
	uv pip compile pyproject.toml --extra test -c requirements.lock --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --upgrade -o requirements-test.lock

compose-up: .env ## the deployment, with docker compose
	$(COMPOSE) up -d --build

compose-sample: .env ## the same with the recorded sample instead of live sources: a first look without internet
	CEASEWIRE_LIVE=no CEASEWIRE_SAMPLE_URL=http://sample:8643 CEASEWIRE_ALLOW_NETWORKS=10.0.0.0/8,172.16.0.0/12,192.168.0.0/16 \
	  CEASEWIRE_LANGUAGES= $(COMPOSE) --profile sample up -d --build

compose-reload: ## have a changed config/ read again, without a restart
	$(COMPOSE) kill -s HUP api worker-poll worker-enrich worker-translate worker-alert

compose-down: ## stop the deployment; its data stays
	$(COMPOSE) --profile sample --profile monitoring --profile mail down

compose-secrets: .env ## move the secrets of .env into files, which `docker inspect` does not show
	@mkdir -p -m 700 secrets  # the folder keeps others out; the files must be readable for the users inside
	@for secret in $(SECRETS); do \
	  value=$$(sed -n "s/^$${secret%%:*}=//p" .env); \
	  [ -z "$$value" ] || printf %s "$$value" > "secrets/$${secret##*:}"; done
	@umask 077; { for secret in $(SECRETS); do echo "$${secret%%:*}="; done; \
	  echo COMPOSE_FILE=docker-compose.yml:docker-compose.secrets.yml; \
	  grep -v $(foreach secret,$(SECRETS),-e ^$(firstword $(subst :, ,$(secret)))=) -e ^COMPOSE_FILE= .env; } > .env.new; mv .env.new .env
	@echo "the secrets are in secrets/ now, and .env has docker compose read them there"

test-compose: .venv/for-testing ## bring the deployment up for real and try it; needs a Docker engine, some five minutes
	CEASEWIRE_TEST_COMPOSE=yes $(BIN)/python -m pytest tests/e2e/test_compose.py $(ARGS)

COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
SECRETS := POSTGRES_PASSWORD:postgres_password CEASEWIRE_SECRET_KEY:secret_key CEASEWIRE_API_KEY:api_key

.env:
	@umask 077; for secret in $(SECRETS); do \
	  echo "$${secret%%:*}=$$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')"; done > $@
	@echo "wrote .env with fresh random secrets; it stays on this machine"

clean: ## remove the virtual environment and caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info
