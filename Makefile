# Two commands are enough on a fresh machine: `make report` and `make test`.

DATE ?= 2022-12-02
PYTHON ?= $(shell for p in python3 python3.13 python3.12; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
INSTALLED := .venv/installed

.PHONY: report pictures test lint bench study site links clean

report: $(INSTALLED)  ## this week's report of the workspace; DATE=YYYY-MM-DD for another date
	"$(BIN)/forecast" report --as-of "$(DATE)"

pictures: report  ## pictures of the report for docs/images; needs chromium and chromium-driver
	"$(BIN)/python" scripts/pictures "reports/$(DATE)"

test: lint  ## everything that CI runs
	@if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then \
		"$(BIN)/pytest" -n 2 --dist worksteal; \
	else \
		echo "chromium is not installed: the browser tests are left out (Debian: chromium chromium-driver)"; \
		"$(BIN)/pytest" -n 2 --dist worksteal -m "not browser"; \
	fi

lint: $(INSTALLED)
	"$(BIN)/ruff" check forecast tests benchmarks
	"$(BIN)/mypy"
	"$(BIN)/lint-imports"
	"$(BIN)/python" scripts/statements

bench: $(INSTALLED)  ## writes benchmarks/RESULTS.md
	"$(BIN)/python" -m benchmarks

study: $(INSTALLED)  ## simulates how signs are best counted, and writes docs/study.md
	$(BIN)/python -m benchmarks.study

site: $(INSTALLED)  ## the documents as a site, in build/site; warnings are errors
	"$(BIN)/python" -m sphinx -W --keep-going -q -b html docs build/site

links: $(INSTALLED)  ## asks the network whether the addresses in the documents are still there
	"$(BIN)/python" -m sphinx -q -b linkcheck docs build/links

$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.12 or newer is needed"; exit 1; }
	$(PYTHON) -m venv .venv
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		--config-settings editable_mode=compat --editable '.[test]'  # a start then need not look for the package
	"$(BIN)/python" -m compileall -q forecast
	@touch $@

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
