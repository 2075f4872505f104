"""Makes the project's own virtual environment on a machine that has nothing but Python, then runs a command in it.

Used by `python3 -m migrator` and `python3 -m tests` in a fresh clone. Standard library only, and no syntax that an
old Python would refuse before it can be told which version is needed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CONSTRAINTS = ROOT / ".ci" / "constraints.txt"
OLDEST = (3, 11)


def environment(extra: str = "") -> Path:
    """The Python of an up-to-date environment; made or refreshed first when needed."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = VENV / f".installed{'-' + extra if extra else ''}"
    wanted = _fingerprint()
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    _say(f"Setting up {VENV.name} for this project (once, about a minute) ...")
    if not python.exists():
        _make_venv()
    target = f"{ROOT}[{extra}]" if extra else str(ROOT)
    _install(python, target)
    for old in VENV.glob(".installed*"):
        old.unlink()
    stamp.write_text(wanted)
    if extra:
        (VENV / ".installed").write_text(wanted)  # whoever has the extras has the rest as well
    return python


def run(python: Path, *arguments: str) -> int:
    """Runs in the environment; an interruption is the child's to handle."""
    child = subprocess.Popen([str(python), *arguments])  # noqa: S603 - our own interpreter and arguments
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


def _fingerprint() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in (ROOT / "pyproject.toml", CONSTRAINTS):
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()


def _make_venv() -> None:
    base = _new_enough_python()
    made = subprocess.run(  # noqa: S603 - as above
        [base, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        _stop(
            f"{base} cannot make a virtual environment. On Debian and Ubuntu install the package python3-venv, "
            "elsewhere a complete Python, and run the same command again.",
            made.stdout + made.stderr,
        )


def _install(python: Path, target: str) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", target]
    if CONSTRAINTS.exists():
        command += ["--constraint", str(CONSTRAINTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - as above
    if done.returncode:
        _stop("Installing the project's libraries failed; is this machine online?", done.stdout + done.stderr)


def _new_enough_python() -> str:
    if sys.version_info[:2] >= OLDEST:
        return sys.executable
    for minor in range(19, OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    _stop(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {sys.version.split()[0]}.")
    raise AssertionError


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _stop(sentence: str, details: str = "") -> None:
    if details.strip():
        _say("\n".join(details.strip().splitlines()[-15:]))
    _say(sentence)
    raise SystemExit(1)
