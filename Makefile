# Every task of the project starts here. `make help` lists the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run export test pytest check format lock audit contract mutants screenshots bench bundle synth diff bootstrap deploy \
	member-template client client-remove client-files replay destroy clean python

# The first Python 3.11 or later, preferably the version of the Lambda runtime. Override with PYTHON=..., and with
# VENV=... to keep the environments of several Pythons side by side.
CANDIDATES := $(PYTHON) python3.13 python3.12 python3.11 python3.14 python3 python
FOUND := $(shell for p in $(CANDIDATES); do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
VENV := .venv
# Separate from VENV, whose packages are constrained by what the project installs.
TOOLS := build/tools
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PYTHONPATH := $(CURDIR)/lambda_src:$(CURDIR)
# jsii prints a banner about the Node.js version; the one in use is pinned in requirements.txt.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 1
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1
PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes
CDK := node node_modules/aws-cdk/bin/cdk

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

run: $(VENV)/run.stamp ## Run the service locally; ONCE=1 exits after the demonstration, SPEED=0 freezes the jobs, FLEET=1 has several accounts and regions, BEDROCK=aws uses your AWS account, JWT=1 adds single sign-on, PORT=9000 changes the port
	@python -m local.run $(if $(ONCE),--once) $(if $(BEDROCK),--bedrock $(BEDROCK)) $(if $(PORT),--port $(PORT)) $(if $(SPEED),--speed $(SPEED)) $(if $(FLEET),--fleet) $(if $(JWT),--jwt)

export: $(VENV)/test.stamp ## Export transitions and a snapshot of the local jobs to build/export, and run the saved queries on them
	@python -m local.export build/export
	@python -m tools.show_export build/export

test: $(VENV)/test.stamp node_modules/stamp check ## Run all checks and tests
	python -m pytest --cov --cov-report=term-missing:skip-covered

pytest: $(VENV)/test.stamp node_modules/stamp ## Run selected tests, such as TESTS="tests/unit tests/contract"
	python -m pytest $(TESTS)

check: $(VENV)/test.stamp ## Check style, types, import directions and complexity
	ruff check .
	ruff format --check .
	mypy
	lint-imports --no-logo --cache-dir build/import-linter
	@echo "radon cc -n C $(CODE)"; dense=$$(radon cc -n C $(CODE)); test -z "$$dense" || { \
		echo "$$dense"; echo "Split these functions: complexity 10 is the limit (rank A or B)."; exit 1; }
CODE := lambda_src openapi client_model infra local operations tools

format: $(VENV)/test.stamp ## Format the code and apply the fixes that ruff knows
	ruff check --fix .
	ruff format .

contract: $(VENV)/test.stamp ## Accept a changed contract: Bedrock's inputs, the OpenAPI document, the modules of a cold start
	python -m tests.contract.accept

mutants: $(VENV)/test.stamp ## Run mutation tests; GROUP is listing, http, watch, skips or alarms
	python -m $(if $(filter alarms,$(GROUP)),tools.template_mutants,$(if $(filter skips,$(GROUP)),tools.skip_mutants,tools.mutants $(or $(GROUP),$(error GROUP is missing: see CONTRIBUTING.md))))

screenshots: $(VENV)/run.stamp ## Renew the board's pictures in docs/images; needs Chromium
	@python -m tools.screenshots

bench: | $(VENV)/bin/python ## Measure speed and size against the peers and write docs/performance.md; QUICK=1 measures less and only prints
	@python -m benchmarks $(if $(QUICK),--quick)

bundle: $(VENV)/test.stamp ## Build the Lambda bundle in build/bundle
	python -m infra.bundling build/bundle

synth: $(VENV)/test.stamp node_modules/stamp ## Print the CloudFormation template
	$(CDK) synth $(CDK_ARGS)

diff: $(VENV)/test.stamp node_modules/stamp ## Compare the stack with the deployed one
	$(CDK) diff $(CDK_ARGS)

bootstrap: $(VENV)/test.stamp node_modules/stamp ## Prepare an AWS account and region for the CDK, once
	$(CDK) bootstrap

deploy: $(VENV)/test.stamp node_modules/stamp ## Deploy to the account and region of your AWS credentials
	@python -m operations.preflight $(CDK_ARGS)
	$(CDK) deploy $(CDK_ARGS)

member-template: $(VENV)/test.stamp ## Write the template for the other accounts of a fleet to build/member-template.json, see docs/operations.md
	@python -m infra.member_template build/member-template.json $(CDK_ARGS)

replay: $(VENV)/test.stamp ## Replay dead letters; QUEUE is the queue's URL, FUNCTION the function's ARN, see docs/operations.md
	@python -m operations.replay $(or $(QUEUE),$(error QUEUE is missing: see docs/operations.md)) $(or $(FUNCTION),$(error FUNCTION is missing: see docs/operations.md))

client: $(VENV)/run.stamp ## Install a client of the API for AWS CLI and boto3; URL is the API's, PROFILE=name shows how that profile gets it, WRITE=1 writes it
	@python -m operations.client install $(if $(URL),--url "$(URL)") $(if $(PROFILE),--profile "$(PROFILE)") $(if $(WRITE),--write) $(if $(FLEET),--fleet) $(CDK_ARGS)

client-remove: $(VENV)/run.stamp ## Remove what `make client` installed and wrote
	@python -m operations.client remove

client-files: $(VENV)/run.stamp ## Write the client of all routes to build/customization-jobs-client.zip, for a release
	@python -m client_model build/customization-jobs-client.zip

destroy: $(VENV)/test.stamp node_modules/stamp ## Delete the stack
	$(CDK) destroy $(CDK_ARGS)

lock: $(TOOLS)/stamp ## Pin the newest versions that the requirements.in files allow, with hashes
	$(UV) $(LOCK) --upgrade requirements.in --output-file requirements.txt
	$(UV) $(LOCK) --constraint requirements.txt local/requirements.in --output-file local/requirements.txt
	$(UV) $(LOCK) --constraint requirements.txt lambda_src/requirements.in --output-file lambda_src/requirements.txt
	$(UV) $(LOCK) --upgrade tools/requirements.in --output-file tools/requirements.txt
UV := $(TOOLS)/bin/uv pip compile
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-strip-extras

audit: $(TOOLS)/stamp $(VENV)/test.stamp ## Report known vulnerabilities of the locked packages
	@python -m tools.audit $(TOOLS)/bin/pip-audit

clean: ## Remove everything that the targets created
	rm -rf .venv $(VENV) node_modules build cdk.out .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

python:
	@test -n "$(FOUND)" || { echo "No Python 3.11 or later was found (tried: $(strip $(CANDIDATES))). Install one, or set PYTHON: make PYTHON=/path/to/python"; exit 1; }

$(VENV)/bin/python: | python
	@"$(FOUND)" -m venv $(VENV) || { rm -rf $(VENV); echo "$(FOUND) cannot create a virtual environment. On Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/run.stamp: local/requirements.txt | $(VENV)/bin/python
	@echo "Installing the packages of the local run (once) ..."
	@$(PIP) -r local/requirements.txt
	@touch $@

$(VENV)/test.stamp: requirements.txt | $(VENV)/bin/python
	@echo "Installing the packages for development and tests (once, about a minute) ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(TOOLS)/stamp: tools/requirements.txt | python
	@"$(FOUND)" -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tools/requirements.txt
	@touch $@

node_modules/stamp: package-lock.json $(VENV)/test.stamp
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
