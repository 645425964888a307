# Each target makes what it needs: a virtual environment, the packages in it, the weights in the cache.
PYTHON ?= python3
PYTHONS ?= python3.11 python3.12 python3.13
VENV := .venv
TEST := .venv-test
BENCH := .venv-bench
DOCS := .venv-docs
SCRIPTS := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
BIN := $(TEST)/$(SCRIPTS)

.PHONY: demo test lint docs docs-release docs-test bench dist wheel image clean

# The demo's environment has only what askew needs to search: no PyTorch.
demo: $(VENV)/installed
	$(VENV)/$(SCRIPTS)/askew demo --into $(VENV)

# The tests' environment has the reference libraries too, which the encoders are compared with.
test: $(TEST)/installed $(TEST)/page/installed lint
	$(BIN)/askew models pull all-MiniLM-L6-v2
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not alone"
	$(BIN)/python -m pytest -m alone --ignore tests/jobs
	$(BIN)/python -m pytest -m alone tests/jobs

lint: $(TEST)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The documentation as a site, in site/. MkDocs' theme remarks on every build on a successor of MkDocs, which is no warning of ours.
docs: $(DOCS)/installed
	NO_MKDOCS_2_WARNING=1 $(DOCS)/$(SCRIPTS)/mkdocs build

# The documentation of this version beside those before it, on the branch gh-pages of this repository. PUSH=1 sends it to origin.
docs-release: $(DOCS)/installed
	NO_MKDOCS_2_WARNING=1 $(DOCS)/$(SCRIPTS)/python tools/deploy_site.py $(if $(PUSH),--push)

# Every command and every block of code in the documentation, its notebooks, links and counts.
docs-test: $(TEST)/installed
	$(BIN)/python -m pytest tests/test_docs.py tests/test_notebooks.py tests/test_site.py tests/test_site_versions.py tests/test_tutorials.py

# make bench NAME=encode runs one script, make bench runs all; each fails when it misses a goal.
bench: $(BENCH)/installed
	$(BENCH)/$(SCRIPTS)/askew models pull all-MiniLM-L6-v2
	$(BENCH)/$(SCRIPTS)/askew models pull all-mpnet-base-v2
	@failed=0; for script in $(if $(NAME),benchmarks/$(NAME).py,$(BENCHMARKS)); do \
		echo "== $$script"; $(BENCH)/$(SCRIPTS)/python $$script || failed=1; \
	done; exit $$failed

BENCHMARKS := $(addprefix benchmarks/, \
	encode.py cold.py crash.py fuzz.py nfcorpus.py squad.py hybrid.py collapse.py lexical.py faq.py \
	rerank.py budget.py filters.py scale.py mining.py cluster.py precision.py pairs_quality.py removals.py dedup.py \
	templates.py clusters.py advise.py two_kinds.py tournament.py calibration.py migrate.py adapt.py negatives.py \
	query_tower.py train.py train_cross.py serve.py page.py access.py soak.py sharding.py postgres.py \
	failover.py object_storage.py mteb_runner.py)

# What is released: dist/ holds the wheel and the source.
dist: $(TEST)/installed
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist

# The wheel, installed in a bare environment of each of these versions as a user does it.
wheel: dist
	$(BIN)/python tools/wheel.py dist $(PYTHONS)

# The server as a container.
image:
	docker build --tag askew .

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/$(SCRIPTS)/python -m pip install --quiet --editable .
	@touch $@

$(TEST)/installed: pyproject.toml
	$(PYTHON) -m venv $(TEST)
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet --editable ".[torch,train,hosted,documents,parquet,clusters,umap,evaluation,test,lint]"
	@touch $@

# What the page is tested with: a browser, TypeScript to check types, axe to check accessibility.
$(TEST)/page/installed: tests/server/page/package-lock.json
	@command -v chromium google-chrome chrome >/dev/null || { \
		echo "The tests of the page need Chromium: apt-get install chromium"; \
		[ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; }
	@mkdir -p $(@D)
	cp tests/server/page/package.json tests/server/page/package-lock.json $(@D)
	npm ci --prefix $(@D) --no-audit --no-fund --silent
	@touch $@

$(DOCS)/installed: pyproject.toml
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/$(SCRIPTS)/python -m pip install --quiet --editable ".[docs]"
	@touch $@

$(BENCH)/installed: pyproject.toml
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/$(SCRIPTS)/python -m pip install --quiet torch==2.13.0
	$(BENCH)/$(SCRIPTS)/python -m pip install --quiet --editable ".[bench]"
	@touch $@

clean:
	rm -rf $(VENV) $(TEST) $(BENCH) $(DOCS) dist site
