"""``python -m winback`` is the command ``winback``."""

from winback.web.cli import main

if __name__ == "__main__":
    main()
