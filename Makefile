# Every verb is explained and carried out by tools/dev.py, which also works without make.
PYTHON ?= python3
VERBS := run test test-browser test-mllp test-spark check fix bench docs image lock audit

.PHONY: help $(VERBS)

help:
	@$(PYTHON) tools/dev.py

$(VERBS):
	@$(PYTHON) tools/dev.py $@ $(ARGS)
