# Each target makes what it needs: a virtual environment, the packages in it, the weights in the cache.
PYTHON ?= python3
VENV := .venv
BENCH := .venv-bench
BIN := $(VENV)/bin

.PHONY: demo test lint docs bench clean

demo: $(VENV)/installed
	$(BIN)/askew demo --into $(VENV)

test: $(VENV)/tested lint
	$(BIN)/askew models pull all-MiniLM-L6-v2
	$(BIN)/python -m pytest

lint: $(VENV)/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/tested
	$(BIN)/python -m pytest tests/test_docs.py

# make bench NAME=encode runs one script, make bench runs all; each fails when it misses a goal.
bench: $(BENCH)/installed
	$(BENCH)/bin/askew models pull all-MiniLM-L6-v2
	@failed=0; for script in $(if $(NAME),benchmarks/$(NAME).py,$(BENCHMARKS)); do \
		echo "== $$script"; $(BENCH)/bin/python $$script || failed=1; \
	done; exit $$failed

BENCHMARKS := $(addprefix benchmarks/,encode.py cold.py crash.py nfcorpus.py scale.py)

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/tested: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable ".[test,lint]"
	@touch $@

$(BENCH)/installed: pyproject.toml
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet torch==2.13.0
	$(BENCH)/bin/python -m pip install --quiet --editable ".[bench]"
	@touch $@

clean:
	rm -rf $(VENV) $(BENCH)
