# `make demo` and `make test` set up all they need (see scripts/setup.sh); a second run starts at once.
BIN := .venv/bin
JOBS := $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -gt 4 ] && n=4; echo $$n)
export MPLBACKEND := Agg
export PYTHON
# Some containers set it; then each process that a test starts compiles every module again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test arm quick installs fuzz soak lint docs bench wheel clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup:
	@sh scripts/setup.sh test

demo:  ## run the whole way on sample data (ARGS=--no-serve never waits)
	@sh scripts/setup.sh demo
	@$(BIN)/saekdong demo $(ARGS)

# Many tests wait for a process or a server, so that one worker more than cores are kept busy.
test: setup lint  ## set up what tests need, and run everything
	@sh scripts/setup_engine.sh || echo "no Docker engine is set up; the tests that need one are skipped" >&2
	$(BIN)/python -m pytest -n $$(($(JOBS) + 1)) --dist loadgroup $(ARGS)

arm:  ## build and check the image for arm64, under emulation (some minutes; Debian, as root)
	@sh scripts/setup.sh test
	@sh scripts/setup_engine.sh arm64
	$(BIN)/python -m pytest -m emulated $(ARGS)

quick:  ## the fast tests only, in under a minute; sets up no more than they need
	@sh scripts/setup.sh quick
	$(BIN)/python -m pytest -n $(JOBS) -m 'not slow' tests/unit $(ARGS)

installs:  ## run the quick tests with pinned, newest and lowest versions (HOW=lowest; some minutes each)
	sh scripts/check_installs.sh $(HOW)

fuzz:  ## try hostile inputs for TIME seconds (TARGET=feeds, SEED=0); failures are saved in fuzz-failures/
	@sh scripts/setup.sh test
	PYTHONPATH=tests $(BIN)/python -m fuzz --seconds $(or $(TIME),60) --seed $(or $(SEED),0) \
		$(if $(TARGET),--target $(TARGET))

soak:  ## run a service and a studio under hostile clients for TIME seconds (a day); exit 1 if anything grows
	@sh scripts/setup.sh test
	PYTHONPATH=tests $(BIN)/python tests/soak.py --seconds $(or $(TIME),86400)

lint:  ## style, spelling, types, and which package imports which
	@sh scripts/setup.sh lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell README.md CHANGELOG.md Makefile benchmarks changes docs examples scripts src tests
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

docs:  ## build the docs' site into site/; a link that leads nowhere stops it
	@sh scripts/setup.sh docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

bench:  ## measure speed and accuracy (docs/benchmarks.md)
	@sh scripts/setup.sh test
	$(BIN)/python benchmarks/run.py $(ARGS)

wheel:  ## build dist/, check it, and use it in a fresh environment
	@sh scripts/check_wheel.sh

clean:  ## remove the virtual environment and caches
	rm -rf .venv .engine site .mypy_cache .ruff_cache .pytest_cache .hypothesis saekdong-demo
