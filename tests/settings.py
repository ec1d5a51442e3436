"""Django's settings for tests: the product's own, on a home that is thrown away.

pytest-django reads the settings before any conftest.py, so this is the place to
change the environment. Of an installation's settings only the database server
counts (Django makes a test database there).
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

for name in [name for name in os.environ if name.startswith("WINBACK_")]:
    if name != "WINBACK_DATABASE_URL" and not name.startswith("WINBACK_TEST_"):
        del os.environ[name]
os.environ["WINBACK_HOME"] = tempfile.mkdtemp(prefix="winback-tests-")
atexit.register(shutil.rmtree, os.environ["WINBACK_HOME"], ignore_errors=True)

from winback.core.settings import *  # noqa: E402, F403

# Processes that tests start are the product's, not tests.
os.environ["DJANGO_SETTINGS_MODULE"] = "winback.core.settings"
