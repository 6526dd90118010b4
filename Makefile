# Aliases on docker/run, which makes the environment first if need be.
DEMOS := electrodialysis porous_half_cell does_coupling_matter spinodal geometry_study ro_channel ed_channel limiting_currents own_law
RUN := docker/run

.PHONY: help demo test bench lint schema docs verification shell clean
.DEFAULT_GOAL := help

help: ## what there is to make
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 8

demo: ## run the demos on two processes; pictures appear in demos/NAME/out/
	@for name in $(DEMOS); do echo "== $$name" && \
	  $(RUN) mpiexec -n 2 python -m femion run demos/$$name/$$name.py || exit 1; done

test: ## run the test suite, serially and on two processes, and what is about ranks on three
	@echo "== tests, serial (two at a time)" && $(RUN) python -m pytest -n 2 --dist worksteal
	@echo "== tests, 2 ranks" && $(RUN) docker/mpitest 2 tests/system && $(RUN) docker/mpitest 2 tests/verification tests/unit
	@echo "== tests, 3 ranks" && $(RUN) docker/mpitest 3

bench: ## run the benchmarks
	@$(RUN) python benchmarks/run.py

lint: ## check style (ruff) and types (mypy)
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy femion

schema: ## write the JSON Schema of case files that the package brings
	@$(RUN) python -m femion schema --own > build.schema.json && mv build.schema.json femion/case/schema.json

docs: ## build the book of docs/ into build/docs (warnings are errors)
	@$(RUN) python -m sphinx -W --keep-going -q -b html docs build/docs

verification: ## run every verification case and keep what it gives for the book (ten minutes)
	@$(RUN) python docs/verification/update.py

shell: ## open a shell in the environment
	@PS1='(femion) \w\$$ ' $(RUN) bash --norc -i

clean: ## remove the environment, and what docs and tests have written
	@$(RUN) --clean
	@rm -rf build .pytest_cache .mypy_cache .ruff_cache
