# make serve   score text over HTTP on 127.0.0.1:$(PORT), with the shipped model, no torch
# make test    lint, types and tests, with everything installed
# make bench   speed beside other engines and servers, which it installs for themselves
PYTHON ?= $(shell command -v python3.11 || echo python3)
PORT ?= 8000
TEXTS ?= ../shared/corpora
MODEL ?= framing
PROCESSES ?= $(shell expr 2 '*' "$$(nproc 2>/dev/null || echo 2)")
TRAIN_FILES := $(wildcard seeds/documents/*.jsonl seeds/annotations/train*.jsonl)
# From an index of processor builds where there is no GPU: a plain torch brings CUDA along.
TORCH ?= torch==2.13.0

# Python compiles what it imports, and keeps it; to compile all of it, file after file, takes longer than
# to install it.
unexport PYTHONDONTWRITEBYTECODE
PIP_INSTALL = pip install --quiet --no-compile --disable-pip-version-check --constraint constraints.txt

# The strict editable install links file by file, so a new file asks for a new install.
SOURCES := $(sort $(shell find data model serve training -type f -not -path '*/__pycache__/*'))
STAMP := $(shell echo $(SOURCES) | cksum | cut -d' ' -f1)

.PHONY: serve test lint types pytest train card ship evaluate pictures bench clean

serve: .venv-serve/$(STAMP)
	.venv-serve/bin/framelens serve --port $(PORT)

test: lint types pytest

LONG_TESTS = tests/docs tests/training

# A file of tests at a time in each process, the long ones first. Much of it is waiting, so there are
# more processes than cores, and one thread in each: several would wait for each other instead. Ray's
# workers, which give way to everything else unless it is told otherwise, would hardly get a turn.
pytest: .venv/$(STAMP)
	OMP_NUM_THREADS=1 RAY_worker_niceness=0 .venv/bin/python -m pytest --numprocesses $(PROCESSES) \
	    --dist loadfile --no-loadscope-reorder $(LONG_TESTS) \
	    $(filter-out $(LONG_TESTS),$(wildcard tests/[a-z]*))

lint: .venv/$(STAMP)
	.venv/bin/ruff check
	.venv/bin/ruff format --check

types: .venv/$(STAMP)
	.venv/bin/mypy

# Repeats the shipped weights; needs the texts of the stand-off annotations, and attributions.
train: .venv/$(STAMP)
	.venv/bin/framelens train --settings seeds/train.yaml --texts $(TEXTS) \
	    --attribution $(TEXTS)/polnear_attribution.parquet --output runs/framing

# Writes the card of the trained artefact anew, with the errors that were found by reading it:
# seeds/known_errors.md must name the artefact's version.
card: .venv/$(STAMP)
	.venv/bin/framelens card runs/framing seeds/annotations/test.jsonl \
	    seeds/annotations/test_second.jsonl --texts $(TEXTS) \
	    $(addprefix --train ,$(TRAIN_FILES)) --swaps seeds/side_swaps.yaml \
	    --known-errors seeds/known_errors.md

# Makes the trained artefact the shipped one, which stays where there is no other.
ship:
	@test -f runs/framing/framelens.json || \
	    { echo 'runs/framing: no artefact to ship; make train writes it' >&2; exit 1; }
	rm -rf model/artefacts/framing.new
	cp -r runs/framing model/artefacts/framing.new
	rm -rf model/artefacts/framing
	mv model/artefacts/framing.new model/artefacts/framing

# Every figure of the card: a report for each test file, and one for both.
evaluate: $(addprefix evaluate-,test test_second both)

evaluate-test evaluate-test_second: evaluate-%: seeds/annotations/%.jsonl
evaluate-both: $(addprefix seeds/annotations/,test.jsonl test_second.jsonl)
evaluate-%: .venv/$(STAMP)
	.venv/bin/framelens evaluate $(MODEL) $(filter %.jsonl,$^) --texts $(TEXTS) \
	    $(addprefix --train ,$(TRAIN_FILES)) --swaps seeds/side_swaps.yaml \
	    --output runs/evaluation/$*

# The pictures of the pages in the docs, anew; needs chromium.
pictures: .venv/$(STAMP)
	FRAMELENS_PICTURES=docs .venv/bin/python -m pytest tests/serve/page/test_pictures.py

# Side by side with other engines and servers, hours on an idle machine; or only some PARTS of it.
# QUICK=1 sees in minutes that it works, and leaves its reports in runs/benchmarks.
bench: .venv/$(STAMP)
	.venv/bin/python -m benchmarks $(PARTS) $(if $(QUICK),--quick) \
	    $(if $(wildcard $(TEXTS)/unlabelled.parquet),--texts $(TEXTS))

.venv-serve/$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-serve
	.venv-serve/bin/$(PIP_INSTALL) --config-settings editable_mode=strict --editable .
	@rm -f .venv-serve/[0-9]* && touch $@

# torch first: later it satisfies the others' need, and no other build of it is fetched.
.venv/$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	.venv/bin/$(PIP_INSTALL) $(TORCH)
	.venv/bin/$(PIP_INSTALL) --config-settings editable_mode=strict --editable '.[dev]'
	@# All cores do it here, as the tests would import the same at the same time. Some packages
	@# have templates that are no Python.
	@.venv/bin/python -m compileall -qq -j 0 .venv/lib || true
	@rm -rf .venv/[0-9]* .mypy_cache && touch $@

clean:
	rm -rf .venv .venv-serve .venv-bench build *.egg-info
