# Each target makes the environment it needs; see .ci/environment.py. Both names can be given on the command line:
#   make test PYTHON=python3.12 VENV=.venv-312

VENV ?= .venv
# Once an environment is there, its own interpreter decides, so that PYTHON= is given only the first time.
PYTHON ?= $(shell test -x $(VENV)/bin/python && echo $(VENV)/bin/python || echo python3)

BIN := $(VENV)/bin
ENVIRONMENT = @$(PYTHON) .ci/environment.py $(VENV)
PYTEST := $(BIN)/pytest

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test lint types test-python test-slicer test-host fuzz docs bench format scripts-list icon \
        install-tree package install-hooks clean distclean env-demo env-test env-docs env-fuzz

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: env-demo  ## Run the demonstration; what it makes is in demo-output/
	$(BIN)/python Testing/Demo/demo.py

test: lint types test-python test-slicer test-host  ## Check style and types, then run all tests

lint: env-test  ## Check style: ruff check and ruff format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: env-test  ## Check the types of the codec with mypy
	$(BIN)/mypy

# Three processes: the real MRML classes and the GUI host each change things for the whole process. A folder that
# is not there is said to be missing; an empty one fails, since pytest counts no test as an error.
test-python: env-test  ## Test the codec and the repository
	$(PYTEST) -n auto --dist worksteal Testing/Python

test-slicer: env-test  ## Test the Slicer side with Slicer's own MRML classes
	@if [ -d Testing/Slicer ]; then set -x; $(PYTEST) Testing/Slicer; else echo "No folder Testing/Slicer"; fi

test-host: env-test  ## Test the module and its panel in the test host, without a screen
	@if [ -d Testing/Host ]; then set -x; QT_QPA_PLATFORM=offscreen $(PYTEST) Testing/Host; \
	else echo "No folder Testing/Host"; fi

# Where atheris has no wheel for the Python or the machine, that is said, and nothing is run.
FUZZ_SECONDS ?= 60
fuzz: env-fuzz  ## Look for files that reading cannot cope with, for FUZZ_SECONDS=60
	@if $(BIN)/python -c 'import atheris' 2>/dev/null; then \
	  set -x; $(BIN)/python Testing/Fuzz/fuzz_read.py -max_total_time=$(FUZZ_SECONDS); \
	else echo "atheris has no wheel for this Python and machine"; fi

docs: env-docs  ## Make the documentation of the codec; its first page is build/docs/index.html
	$(BIN)/sphinx-build -W --keep-going -n -q -b html -d build/docs-trees Docs build/docs

# It makes an environment for each program that is measured. ROWS="w1 mrml", BY="ours limit" and BEFORE=COMMIT
# choose what, SIZE=quick and ROUNDS=5 how; PROFILE=1 tells where our time goes. See Testing/Benchmarks/README.md.
bench:  ## Measure time and memory, beside other programs and the machine's limits
	PYTHONPATH=Testing $(PYTHON) -m Benchmarks $(ROWS) $(if $(BY),--by $(BY)) $(if $(SIZE),--size $(SIZE)) \
	  $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(BEFORE),--before $(BEFORE)) $(if $(PROFILE),--profile)

format: env-test  ## Rewrite the Python files in the style of the project
	$(BIN)/ruff check --fix --exit-zero --quiet .
	$(BIN)/ruff format .

scripts-list: env-test  ## Bring the lists in DicomSegIO/CMakeLists.txt up to the folder
	$(BIN)/python Testing/scripts_list.py

icon: env-test  ## Draw the icon anew
	$(BIN)/python Resources/icon/draw_icon.py

install-tree: env-test  ## Configure and install as Slicer does, into build/install
	$(BIN)/cmake -S . -B build/slicer -DSlicer_DIR="$(CURDIR)/Testing/FakeSlicer" \
	  -DCMAKE_TOOLCHAIN_FILE="$(CURDIR)/Testing/FakeSlicer/NoCompiler.cmake"
	$(BIN)/cmake --install build/slicer --prefix build/install

package: env-test  ## Build the wheel and the source archive into build/dist
	$(BIN)/python -m build --outdir build/dist

install-hooks:  ## Check style before each commit
	$(ENVIRONMENT) hooks
	$(BIN)/pre-commit install

clean:  ## Remove what the other targets made, except the environment
	rm -rf build dist demo-output .mypy_cache .pytest_cache .ruff_cache .hypothesis DicomSegIO/*.egg-info
	find DicomSegIO Testing Resources .ci -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean  ## Remove the environment too, and what the benchmark made
	@if [ -f $(VENV)/pyvenv.cfg ]; then rm -rf $(VENV); fi
	rm -rf .bench

env-demo:
	$(ENVIRONMENT) demo

env-test:
	$(ENVIRONMENT) test

env-fuzz:
	$(ENVIRONMENT) fuzz

env-docs:
	$(ENVIRONMENT) docs
