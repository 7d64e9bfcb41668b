# Everything runs in .venv, made from requirements.txt on first use.
PYTHON ?= python3
ASSIGNMENT = simple-neural-network
SCREENSHOTS = student.png formgrader.png feedback.png report.png
BIN = .venv/bin
# nbgrader calls alembic by its name
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONPATH =
export OPENBLAS_NUM_THREADS ?= 1

help:  ## what can be made
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*##/  make \1\t/' | expand -t 20

.venv/ready: requirements.txt pyproject.toml
	@sh scripts/system.sh $(PYTHON)
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/site: requirements-site.txt .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --upgrade --target $@ -r $<
	@touch $@

setup: .venv/ready  ## install everything into .venv

demo: setup  ## grade a made-up class of students, in build/demo/
	$(BIN)/python scripts/demo.py

test: setup .venv/site  ## lint, then all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	-@sh scripts/chromium.sh
	$(BIN)/pytest -n auto --dist loadgroup --no-loadscope-reorder  # groups and order: tests/conftest.py

release: setup  ## what students get: release/, from source/
	$(BIN)/nbgrader generate_assignment $(ASSIGNMENT) --force

solutions: setup  ## the executed model solution: solutions/, from source/
	$(BIN)/python scripts/solutions.py

images: setup  ## the pictures in the notebook, drawn by the model solution
	$(BIN)/python scripts/images.py

site: .venv/site  ## a static site to try the notebook on: build/site/; PYODIDE=file.tar.bz2 puts Python itself into it
	$(BIN)/python scripts/try_it.py $(PYODIDE)

screenshots: setup  ## the pictures in the README, taken by the tests in a browser
	-@sh scripts/chromium.sh
	$(BIN)/pytest tests/test_browser.py
	cd build/screenshots && cp $(SCREENSHOTS) $(CURDIR)/docs/

bench: setup  ## how long grading takes: docs/benchmark.md, in under ten minutes
	$(BIN)/python benchmarks/bench.py

grade: setup  ## grade submitted/; write report/, feedback/ and grades.csv
	-$(BIN)/nbexaminer autograde $(ASSIGNMENT)
	$(BIN)/nbexaminer report $(ASSIGNMENT)
	$(BIN)/nbgrader generate_feedback $(ASSIGNMENT) --force --log-level=WARN
	$(BIN)/nbgrader export

report: setup  ## a page about the class: report/, from what is graded
	$(BIN)/nbexaminer report $(ASSIGNMENT)

requirements: setup  ## pin the newest versions in requirements.txt
	$(BIN)/pip-compile --quiet --upgrade --all-extras --strip-extras --no-annotate --no-header \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links -o requirements.txt pyproject.toml

clean:  ## remove what demo and tests leave behind
	rm -rf build .pytest_cache .ruff_cache

.PHONY: help setup demo test release solutions images site screenshots bench grade report requirements clean
