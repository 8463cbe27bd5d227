# make demo   the main job on this machine: no Docker, no account, no key
# make test   everything that can be tested without a network
# make lint   style, types, directions of imports, template, machines
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STATE ?= .huichang
SEARCH ?= sqlite
EXIT ?=
FOLDER ?= contact-sheet
VENUES ?= 100
FAULTS ?= 0.1
SEED ?= 7
# Two, also on one core: most of what is slow waits for something. PYTEST_WORKERS=0 runs all in one process (a debugger needs it).
PYTEST_WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo up test lint format bench-delivery bench-line bench-materials bench-selection bench-templates bench-pages bench-inspection bench-release bench-living contact-sheet contact-sheet-pages live-model chaos sam-build search-node clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# The lock files are whole closures, so pip has nothing to resolve (and older pips stumble over extras in hash mode).
$(VENV)/.run: infra/local/requirements.txt
	@echo "· installing the embedded cloud into $(VENV) (once) …"
	@$(PYTHON) -c 'import sys; sys.exit("Huichang needs Python 3.11 or newer; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r infra/local/requirements.txt
	@touch $@

$(VENV)/.dev: tests/requirements.txt $(VENV)/.run
	@echo "· installing the test tools into $(VENV) (once) …"
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r tests/requirements.txt
	@touch $@

demo: $(VENV)/.run ## one sentence in, published venues out; EXIT=1 ends after checking what was made
	@$(PY) -m infra.demo --state $(STATE) $(if $(EXIT),--exit,)

up: $(VENV)/.run ## the embedded cloud alone, on the folder STATE; SEARCH=opensearch with a real node (Java 17, Maven)
	@$(if $(filter opensearch,$(SEARCH)),$(PY) -m infra.opensearch build,true)
	@$(PY) -m infra.local up --state $(STATE) --search $(SEARCH)

test: $(VENV)/.dev ## unit, contract, adapters, workflow, browser
	@$(PY) -m pytest -n $(PYTEST_WORKERS) --dist loadfile $(PYTEST_ARGS)

lint: $(VENV)/.dev ## ruff, mypy, import-linter, cfn-lint, machines
	@echo "· ruff";          $(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .
	@echo "· mypy --strict"; $(VENV)/bin/mypy layers/shared/huichang infra functions
	@echo "· import-linter"; PYTHONPATH=layers/shared $(VENV)/bin/lint-imports --no-cache
	@echo "· cfn-lint";      $(VENV)/bin/cfn-lint template.yaml
	@echo "· machines";      $(PY) -m pytest -q tests/unit/test_asl.py && if command -v npx >/dev/null; then infra/lint/asl.sh; else echo "  asl-validator not run: no npx here"; fi

format: $(VENV)/.dev ## let ruff write
	@$(VENV)/bin/ruff check --fix . ; $(VENV)/bin/ruff format .

# Each prints its figures as one JSON line and fails where they no longer hold. A node needs Java 17, Maven and, once, a network.
bench-selection: $(VENV)/.dev ## rules, relevance, themes, fusion, floors of the sample; then speed at 20,000 products (ten minutes)
	@$(PY) -m infra.bench.rules
	@$(PY) -m infra.bench.recall
	@$(PY) -m infra.bench.themes
	@$(PY) -m infra.bench.fusion
	@$(PY) -m infra.bench.floors
	@$(PY) -m infra.bench.selection --products 20000
	@if ! command -v java >/dev/null || ! command -v mvn >/dev/null; then echo "· no node measured: no Java 17 or no Maven here"; \
	elif ! $(PY) -m infra.opensearch build; then echo "· no node measured: it could not be built (see above)"; \
	else $(PY) -m infra.bench.selection --products 20000 --index opensearch; fi

bench-materials: $(VENV)/.dev ## quotas, caps, the gate's words, claims, rejected defects that stay away, finished pictures (ten minutes)
	@$(PY) -m infra.bench.materials
	@$(PY) -m infra.bench.policy
	@$(PY) -m infra.bench.claims
	@$(PY) -m infra.bench.styles
	@$(PY) -m infra.bench.feedback
	@$(PY) -m infra.bench.pictures

contact-sheet: $(VENV)/.run ## finished pictures of every style preset, zh and en, short and long, phone and desktop, into FOLDER
	@$(PY) -m infra.pictures.contact_sheet --folder $(FOLDER)

contact-sheet-pages: $(VENV)/.run ## every page template, phone and desktop, zh and en, as a browser paints it, into FOLDER (needs Chromium)
	@$(PY) -m infra.pictures.page_sheet --folder $(FOLDER)

bench-inspection: $(VENV)/.dev ## defects put into every page template and sound pages, before a real browser (needs Chromium; an hour)
	@$(PY) -m infra.bench.inspection

bench-release: $(VENV)/.dev ## 100 venues turned 20 times under readers, and killed in the middle
	@$(PY) -m infra.bench.release

bench-living: $(VENV)/.dev ## 500 changes over 50 released venues: what is still false after 60 seconds
	@$(PY) -m infra.bench.living

bench-pages: $(VENV)/.run ## every page template against its budgets: bytes, first view on slow 4G, Lighthouse, axe (needs Chromium, Node; PAGES_ARGS="--template festival")
	@$(PY) -m infra.bench.pages $(PAGES_ARGS)

bench-templates: $(VENV)/.run ## which page template labelled themes get
	@$(PY) -m infra.bench.templates

# Variables given to make reach it through the environment, so the key stands on no command line of ours.
live-model: $(VENV)/.run ## a real OpenAI-compatible server: MODEL_BASE_URL=… [MODEL_API_KEY=… CHAT_MODEL=… IMAGE_MODEL=… LIVE_ARGS="--cap 1"]
	@$(PY) -m infra.bench.live_model $(LIVE_ARGS)

bench-delivery: $(VENV)/.dev ## ranking under floors and caps, at scale; a feed's answer beside one read; first images; verdicts; the policy gate; beacons (an hour)
	@$(PY) -m infra.bench.delivery_scale
	@$(PY) -m infra.bench.delivery_feed
	@$(PY) -m infra.bench.delivery
	@$(PY) -m infra.bench.delivery_images
	@$(PY) -m infra.bench.verdicts
	@$(PY) -m infra.bench.standing
	@$(PY) -m infra.bench.offpolicy
	@$(PY) -m infra.bench.policies
	@$(PY) -m infra.bench.beacons

bench-line: $(VENV)/.dev ## 20 venues at once with seeded model delays
	@$(PY) -m infra.bench.line

chaos: $(VENV)/.dev ## VENUES at once while a share FAULTS of everything fails, workers and the cloud are killed with -9; SEED
	@$(PY) -m infra.bench.chaos --venues $(VENUES) --faults $(FAULTS) --seed $(SEED)

sam-build: $(VENV)/.dev ## every function and layer for Lambda, without Docker; then their sizes
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" SAM_CLI_TELEMETRY=0 $(VENV)/bin/sam build --no-cached
	@$(PY) -m infra.lint.layer_sizes

search-node: $(VENV)/.run ## a real OpenSearch node (needs Java 17 and Maven)
	@$(PY) -m infra.opensearch build && $(PY) -m infra.opensearch run --data $(STATE)/opensearch

clean: ## forget the embedded cloud's state
	@rm -rf $(STATE)
