"""`python3 -m tests`: sets up what the tests need, then runs them. `--all` adds slow tests, lint, types, coverage.

Other arguments go to pytest: `python3 -m tests tests/bundle -k crash`.
"""

import sys

from migrator import first_run
from tests.browser import setup_browser

CHECKS = (
    ("format", ("ruff", "format", "--check", "--quiet", ".")),
    ("lint", ("ruff", "check", "--quiet", ".")),
    ("types", ("mypy", "--no-error-summary")),
)
COVERAGE = ("--cov", "--cov-report=term:skip-covered")


def main(arguments: list[str]) -> int:
    everything = "--all" in arguments
    rest = [argument for argument in arguments if argument != "--all"]
    python = first_run.environment("dev")
    failed: list[str] = []
    if everything or not rest or any("browser" in argument for argument in rest):
        setup_browser.install()
    if everything:
        for name, command in CHECKS:
            if first_run.run(python, "-m", *command):
                failed.append(name)
    options = ["-m", "slow or not slow", *COVERAGE] if everything else []
    code = first_run.run(python, "-m", "pytest", *options, *rest)
    if failed:
        print("Failed before the tests: " + ", ".join(failed), file=sys.stderr)  # noqa: T201 - this is its output
    return code or (1 if failed else 0)


raise SystemExit(main(sys.argv[1:]))
