"""`python3 -m tests`: sets up what the tests need, then runs them. `--all` adds slow tests, lint, types, coverage.

Property tests look at the same examples in every run, so that a failure belongs to the change that it follows;
`--search` looks at new ones. `--checks` runs format, lint, types and docs alone. `--nightly` adds to `--all` what takes
minutes. Other arguments go to pytest: `python3 -m tests tests/bundle -k crash`.
"""

import os
import sys
from pathlib import Path

from migrator import first_run
from tests.browser import setup_browser
from tests.looks import COMPLETE

CHECKS = (
    ("format", ("ruff", "format", "--check", "--quiet", ".")),
    ("lint", ("ruff", "check", "--quiet", ".")),
    ("types", ("mypy", "--no-error-summary")),
    ("docs", ("mkdocs", "build", "--quiet", "--strict", "--config-file", ".ci/mkdocs.yml")),
)
OPTIONS = ("--all", "--search", "--checks", "--nightly")
COVERAGE = ("--cov", "--cov-report=term:skip-covered")
SAME_EXAMPLES = "--hypothesis-profile=ci"
"""Hypothesis' own name for it: examples follow from the test alone."""


def main(arguments: list[str]) -> int:
    everything, search, checks, nightly = (option in arguments for option in OPTIONS)
    everything = everything or nightly
    rest = [argument for argument in arguments if argument not in OPTIONS]
    python = first_run.environment("dev")
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    if checks:
        return len(failed_checks(python))
    keep_compiled()
    failed: list[str] = []
    if everything or not rest or any("browser" in argument for argument in rest):
        setup_browser.install()
    if everything:
        os.environ[COMPLETE] = "yes"
        failed = failed_checks(python)
    options = [] if search else [SAME_EXAMPLES]
    if everything:
        options += ["-m", "slow or not slow" if nightly else "not nightly", "--durations=20", *COVERAGE]
    code = first_run.run(python, "-m", "pytest", *options, *rest)
    if failed:
        print("Failed before the tests: " + ", ".join(failed), file=sys.stderr)  # noqa: T201 - this is its output
    return code or (1 if failed else 0)


def failed_checks(python: Path) -> list[str]:
    return [name for name, command in CHECKS if first_run.run(python, "-m", *command)]


def keep_compiled() -> None:
    """Many tests start processes of ours; compiled anew each time, they would take a multiple of their time."""
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        os.environ["PYTHONPYCACHEPREFIX"] = str(first_run.VENV / "compiled")


raise SystemExit(main(sys.argv[1:]))
