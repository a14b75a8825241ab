# Works with GNU make 3.81 (macOS) and newer. The work is done by scripts/bootstrap.py.
PORT ?= 8000
BOOTSTRAP = sh scripts/with-python scripts/bootstrap.py

.DEFAULT_GOAL := help
.PHONY: help run test install lint clean

help: ## Show these commands
	@grep -E '^[a-z]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: ## Install, migrate, seed the demo market and serve on 127.0.0.1:8000 (PORT=8080 to change)
	@$(BOOTSTRAP) run --port '$(PORT)'

test: ## Install what the tests need and run the whole suite (ARGS='-k payment' to narrow)
	@$(BOOTSTRAP) test $(ARGS)

install: ## Create .venv and install the pinned requirements
	@$(BOOTSTRAP) install

lint: ## Check the code with ruff
	@$(BOOTSTRAP) lint

clean: ## Remove .venv and caches; the database in instance/ stays
	@rm -rf .venv .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
