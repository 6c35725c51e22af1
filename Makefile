# What a newcomer types. Everything lies in .venv/ (programs) and .data/ (data); `make distclean` removes both.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
PORT ?= 8000
export PORT
export PYTHONUNBUFFERED = 1
PY = .venv/bin/python
# No database is asked: models, settings and flows are checked as they are written.
NO_DATABASE = DATABASE_URL=postgres://nobody@127.0.0.1:1/none PYTHONWARNINGS=ignore::RuntimeWarning

.PHONY: demo test check bench environment requirements clean distclean

demo: ## The whole network on http://127.0.0.1:8000, until Ctrl-C; PORT= chooses another port.
	@$(PYTHON) -m ricomi.bootstrap --port "$(PORT)"
	@RICOMI_DEMO=1 exec $(PY) manage.py demo

test: environment ## All tests, and on a second release of PostgreSQL what hangs on the server.
	@exec $(PY) -m tests.run

check: environment ## Everything that reads the code without running it.
	@echo "ruff" && $(PY) -m ruff check . && $(PY) -m ruff format --check .
	@echo "types" && $(PY) -m mypy
	@echo "imports" && $(PY) .venv/bin/lint-imports --no-logo --cache-dir .data/cache/imports
	@echo "migrations" && $(NO_DATABASE) $(PY) manage.py makemigrations --check --dry-run --skip-checks
	@echo "translations" && $(NO_DATABASE) $(PY) manage.py translations --check
	@echo "production settings" && RICOMI_PRODUCTION=1 RICOMI_HOSTS=ricomi.example \
		RICOMI_SECRET_KEY=$$($(PY) -c "import secrets; print(secrets.token_urlsafe(64))") \
		$(NO_DATABASE) $(PY) manage.py check --deploy --fail-level WARNING

bench: environment ## The gate, the pages, the ledger, the search, the ranking and imports, each beside a peer.
	@exec $(PY) -m tests.bench

environment:
	@$(PYTHON) -m ricomi.bootstrap

requirements: environment ## Choose the releases anew, within pyproject.toml, and write them down with their hashes.
	@$(PY) -m pip install --quiet pip-tools
	@$(PY) -m piptools compile --quiet --upgrade --extra dev --generate-hashes --no-header --no-annotate --strip-extras \
		--allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links -o requirements.txt pyproject.toml

clean: ## Remove what tests and checks left; the demo's data stays.
	@rm -rf .data/test* .data/cache .data/tmp
	@find . -name __pycache__ -type d -not -path "./.venv/*" -prune -exec rm -rf {} +

distclean: clean ## Remove the environment and all data.
	@rm -rf .venv .data
