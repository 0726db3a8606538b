# vitrine. `make` or `make help` lists what there is.
PYTHON ?= python3
PORT ?= 8000
DATA ?=
OUT ?= var/report
MAPPING ?=
SOURCE = $(if $(DATA),--data "$(DATA)") $(if $(MAPPING),--mapping "$(MAPPING)")
WORKSPACE ?= var/$(if $(DATA),$(shell basename "$(DATA)"),shop)
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
EXTRA := $(shell nvidia-smi >/dev/null 2>&1 && echo gpu || echo cpu)
export RAY_USAGE_STATS_ENABLED := 0
export OMP_NUM_THREADS := 1

.DEFAULT_GOAL := help
.PHONY: help install demo evaluate check test test-long clean bench-relevance bench-search bench-serving

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

install: $(VENV)/.installed ## the virtual environment with everything in it

# faiss-cpu and faiss-gpu share a module name: exactly one of them is installed.
$(VENV)/.installed: pyproject.toml constraints.txt
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "vitrine needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 2; }
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[$(EXTRA),dev]'
	@touch $@

demo: install ## build a shop and serve it (PORT=8123, DATA=folder of real data, MAPPING=file)
	@$(PY) -m deployments.demo --port $(PORT) --check
	@$(PY) -m pipelines build --workspace "$(WORKSPACE)" $(SOURCE) $(if $(DATA),simulate.campaigns=true)
	@exec $(PY) -m deployments.demo --port $(PORT) --workspace "$(WORKSPACE)"

evaluate: install ## the whole job without serving: report, report.json, run.trec, qrels.trec (DATA=, MAPPING=, OUT=)
	@$(PY) -m pipelines build --workspace "$(WORKSPACE)" --out "$(OUT)" $(SOURCE)

check: install ## style, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: check ## every check and test
	$(BIN)/pytest -n auto --maxprocesses 8 --dist worksteal -m "pure and not long"
	$(BIN)/pytest -m "not pure and not long"

test-long: check ## the long forms too
	$(BIN)/pytest -n auto --maxprocesses 8 --dist worksteal -m pure
	$(BIN)/pytest -m "not pure"

bench-relevance: install ## recommendation quality on a public data set (DATA=folder), as a table and JSON
	$(PY) benchmarks/relevance.py "$(DATA)" --out "$(OUT).json"

bench-search: install ## search quality, as a table and JSON
	$(PY) benchmarks/search_quality.py --out "$(OUT).json"

bench-serving: install ## what serving costs beside the work itself (WORKSPACE=), as a table and JSON
	$(PY) benchmarks/serving.py --workspace "$(WORKSPACE)" --out "$(OUT).json"

clean: ## remove what was built; the environment stays
	rm -rf var dist
