#!/bin/sh
# Runs its arguments with the first Python that is new enough, or says what to install.
# PYTHON=/path/to/python chooses one.
for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python; do
  [ -n "$candidate" ] || continue
  if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
    exec "$candidate" "$@"
  fi
done
echo "Winback needs Python 3.11 or newer, and found none. Install it (Debian, Ubuntu: apt-get install python3 python3-venv) or name one: make PYTHON=/path/to/python3.12 ..." >&2
exit 1
