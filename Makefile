# Every command of the house. `make` alone lists them.
#
# The first `make run` or `make test` installs what is missing; the next ones start at once.

PYTHON ?= $(or $(shell command -v python3.11),python3)
UV := 0.13.9

# What Debian 12 must provide. WeasyPrint loads pango at run time; without libharfbuzz-subset0 a letter takes eight times longer.
RUN_PACKAGES := ca-certificates libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core libmagic1
# Tesseract (24 MB) is wanted by the tests alone: without it, scanned letters are not searched by their words.
TEST_PACKAGES := $(RUN_PACKAGES) tesseract-ocr tesseract-ocr-fra postgresql redis-server dovecot-imapd clamav-daemon chromium poppler-utils qpdf
BENCH_PACKAGES := $(TEST_PACKAGES) wrk

PRODUCT = $(wildcard app.py backoffice channels workers demo)
SOURCES = $(PRODUCT) $(wildcard benchmarks migrations tests)
BIN := .venv/bin

# One process more than there are cores, for browsers and servers are waited for; each has its own servers. A file stays
# whole, for the servers and seeds that its tests share; files in their order, or the long ones of few tests would be left for
# the end, one process alone.
TOGETHER = --numprocesses $(shell expr $$(nproc) + 1) --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# Databases are made by the thousand, of a thousand files each: five times quicker in memory, when 4 GB are free there.
IN_MEMORY = $(shell df -Pm /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 >= 4096 { print "TMPDIR=/dev/shm" }')

# Container images often forbid bytecode: every process would then compile WeasyPrint again, for two seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test soak check format bench screenshots messages lock licences audit demo-copy clean
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help:
	@echo "Parvis: one back-office for the requests that citizens send to their local authorities."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "Options: make test ARGS='-k clock -x' gives arguments to pytest; PYTHON=/path/to/python chooses the interpreter."

run: export PARVIS_DEMO ?= 1
run: .venv/.run  ## install what is missing, then start Parvis with its demo data; Ctrl-C stops it
	@.ci/install-packages $(RUN_PACKAGES)
	@if [ "$$PARVIS_DEMO" = 1 ]; then $(BIN)/python -m demo.seed; fi
	@exec $(BIN)/python -m workers.supervisor

test: .venv/.dev  ## run the whole test suite against real throwaway servers
	@.ci/install-packages $(TEST_PACKAGES)
	@$(IN_MEMORY) $(BIN)/python -m pytest $(TOGETHER) $(ARGS)

soak: .venv/.dev  ## run the long tests that `make test` leaves out
	@.ci/install-packages $(TEST_PACKAGES)
	@$(BIN)/python -m pytest -m soak --timeout 3600 $(ARGS)

check: .venv/.dev  ## check format, lint, types and imports, then run the tests
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy $(PRODUCT)
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test

format: .venv/.dev  ## put the code in its agreed form
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

bench: .venv/.dev  ## measure the product against raw limits on this machine
	@.ci/install-packages $(BENCH_PACKAGES)
	@$(BIN)/python -m benchmarks $(ARGS)

screenshots: .venv/.dev  ## make the pictures of the documentation again
	@.ci/install-packages $(TEST_PACKAGES)
	@$(BIN)/python -m tests.screenshots

# The French of citizens' pages, to the catalogues of the other languages: docs/languages.md.
messages: .venv/.dev  ## collect the French to translate, bring the catalogues up to date and compile them
	@$(BIN)/pybabel --quiet extract --mapping-file locales/sources.cfg --no-default-keywords --keywords "_ ngettext:1,2" \
		--keywords "Wording counted:1,2 Step" --add-location file --sort-output --no-wrap --output-file locales/parvis.pot .
	@$(BIN)/pybabel --quiet update --domain parvis --input-file locales/parvis.pot --output-dir locales \
		--no-fuzzy-matching --ignore-obsolete --no-wrap --ignore-pot-creation-date
	@$(BIN)/pybabel --quiet compile --domain parvis --directory locales

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock" pyproject.toml

lock: .venv/.dev  ## resolve the versions again after a change of pyproject.toml
	$(BIN)/$(LOCK) --output-file requirements.txt
	$(BIN)/$(LOCK) --extra dev --constraint requirements.txt --output-file requirements-dev.txt

licences: .venv/.dev  ## write docs/licences.md again after `make lock`
	@$(BIN)/python -m tests.licences

audit: .venv/.dev  ## compare the lock with the known weaknesses of its packages (asks the Python registry)
	@$(BIN)/uv tool run pip-audit --strict --require-hashes --disable-pip --requirement requirements.txt

demo-copy: .venv/.run  ## copy this installation for training, without a name or a word of anybody: FOLDER=/new/folder
	@$(BIN)/flask --app app demo-copy "$(or $(FOLDER),var/demo-copy)"

clean:  ## remove the installation and the caches; var/ (database, files) stays
	rm -rf .venv .coverage htmlcov .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Python packages come from the lock, by hash. uv is four times quicker; pip does when uv cannot be had.
define install
	@echo "Installing the Python packages of $(1)"
	@{ $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV) 2>/dev/null \
		&& $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r $(1); } \
		|| { echo "uv cannot be used here: pip takes over, more slowly"; \
			$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1); }
endef

.venv/.made:
	@$(PYTHON) -c 'import sys, ensurepip; assert sys.version_info >= (3, 11)' 2>/dev/null \
		|| .ci/install-packages ca-certificates python3 python3-venv
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.run: .venv/.made requirements.txt
	$(call install,requirements.txt)
	@touch $@

.venv/.dev: .venv/.made requirements-dev.txt
	$(call install,requirements-dev.txt)
	@touch .venv/.run $@
