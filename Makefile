# What a person does with a checkout. The work itself is in tools/.
.PHONY: help setup run test check bench lock messages

help:
	@echo "make run    install what is missing, then start Winback with its demo data"
	@echo "make test   every check and test there is, on SQLite and PostgreSQL"
	@echo "make setup  only install and build    make check  only lint and types"
	@echo "make bench  benchmarks                make lock   lock newer packages"
	@echo "make messages  bring the catalogues up to date with the texts"

setup:
	@sh tools/python.sh tools/setup.py

run: setup
	@WINBACK_DEMO=1 exec .venv/bin/winback up

test:
	@sh tools/python.sh tools/setup.py --dev
	@exec .venv/bin/python tools/test.py

check:
	@sh tools/python.sh tools/setup.py --dev
	@exec .venv/bin/python tools/test.py lint

bench:
	@sh tools/python.sh tools/setup.py --dev
	@exec .venv/bin/python -m bench

lock:
	@sh tools/python.sh tools/setup.py --dev
	@.venv/bin/python tools/lock.py
	@npm install --package-lock-only --ignore-scripts

messages:
	@sh tools/python.sh tools/setup.py --dev
	@.venv/bin/python tools/messages.py
