# The one door. `make help` lists what is behind it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test check format lock contract bundle bench synth diff bootstrap deploy replay destroy clean python

# The first Python of at least 3.11, those that Lambda's runtime equals first. Override with PYTHON=...
CANDIDATES := $(PYTHON) python3.13 python3.12 python3.11 python3.14 python3 python
FOUND := $(shell for p in $(CANDIDATES); do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
VENV := .venv
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PYTHONPATH := $(CURDIR)/lambda_src:$(CURDIR)
# jsii warns about Node.js versions by a banner on stderr; the Node.js used is the pinned one of requirements.txt.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 1
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1
PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes
CDK := node node_modules/aws-cdk/bin/cdk

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: $(VENV)/run.stamp ## Run the service here: ONCE=1 ends after the demonstration, BEDROCK=aws asks the real Bedrock, SPEED=0 stops the clock
	@python -m local.run $(if $(ONCE),--once) $(if $(BEDROCK),--bedrock $(BEDROCK)) $(if $(PORT),--port $(PORT)) $(if $(SPEED),--speed $(SPEED))

test: $(VENV)/test.stamp node_modules/stamp check ## All checks and tests
	python -m pytest --cov --cov-report=term-missing:skip-covered

check: $(VENV)/test.stamp ## Style and types alone
	ruff check .
	ruff format --check .
	mypy

format: $(VENV)/test.stamp ## Format the code and mend what ruff can mend
	ruff check --fix .
	ruff format .

contract: $(VENV)/test.stamp ## Accept a changed contract: Bedrock's, the OpenAPI document, the modules of a cold start
	python -m tests.contract.accept

bench: | $(VENV)/bin/python ## Measure speed and size beside the peers and write docs/performance.md: QUICK=1 measures less and only prints
	@python -m benchmarks $(if $(QUICK),--quick)

bundle: $(VENV)/test.stamp ## Build what Lambda runs, in build/bundle
	python -m infra.bundling build/bundle

synth: $(VENV)/test.stamp node_modules/stamp ## Show the CloudFormation template
	$(CDK) synth $(CDK_ARGS)

diff: $(VENV)/test.stamp node_modules/stamp ## Compare with what is deployed
	$(CDK) diff $(CDK_ARGS)

bootstrap: $(VENV)/test.stamp node_modules/stamp ## Prepare an account and region for the CDK, once
	$(CDK) bootstrap

deploy: $(VENV)/test.stamp node_modules/stamp ## Deploy to the account and region of your AWS credentials
	$(CDK) deploy $(CDK_ARGS)

replay: $(VENV)/test.stamp ## Send dead letters again: QUEUE is the queue's URL, FUNCTION the function's ARN, see docs/operations.md
	@python -m operations.replay $(or $(QUEUE),$(error QUEUE is missing: see docs/operations.md)) $(or $(FUNCTION),$(error FUNCTION is missing: see docs/operations.md))

destroy: $(VENV)/test.stamp node_modules/stamp ## Remove what `make deploy` made
	$(CDK) destroy $(CDK_ARGS)

lock: $(VENV)/test.stamp ## Pin the newest versions that the requirements.in files allow
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	uv pip compile $(LOCK) --upgrade requirements.in --output-file requirements.txt
	uv pip compile $(LOCK) --constraint requirements.txt local/requirements.in --output-file local/requirements.txt
	uv pip compile $(LOCK) --constraint requirements.txt lambda_src/requirements.in --output-file lambda_src/requirements.txt
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-strip-extras

clean: ## Remove everything that the targets made
	rm -rf $(VENV) node_modules build cdk.out .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

python:
	@test -n "$(FOUND)" || { echo "No Python 3.11 or later was found (tried: $(strip $(CANDIDATES))). Install one, or name it: make PYTHON=/path/to/python"; exit 1; }

$(VENV)/bin/python: | python
	@"$(FOUND)" -m venv $(VENV) || { rm -rf $(VENV); echo "$(FOUND) cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/run.stamp: local/requirements.txt | $(VENV)/bin/python
	@echo "Installing what the local run needs (once) ..."
	@$(PIP) -r local/requirements.txt
	@touch $@

$(VENV)/test.stamp: requirements.txt | $(VENV)/bin/python
	@echo "Installing what development and tests need (once, about a minute) ..."
	@$(PIP) -r requirements.txt
	@touch $@

node_modules/stamp: package-lock.json $(VENV)/test.stamp
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
