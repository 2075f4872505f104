"""Every error a person can meet, sorted by what they can do next.

    MigrateError
    ├── UsageError              the command line is wrong                          exit 2
    ├── SettingsError           a variable, host, key or mappings.toml is wrong    exit 1
    ├── BundleError             the bundle is damaged, incomplete or too new       exit 1
    ├── PlanError               the plan is stale or cannot be made                exit 1
    ├── WorkspaceError          another run holds it, the disk is full, ...        exit 1
    ├── ApiError                the platform answered no; carries an ApiProblem    exit 1
    │   ├── AuthError           key wrong, revoked, or lacks a permission
    │   ├── NotFound
    │   ├── Conflict
    │   ├── Rejected            the platform refuses this content (400, 422, 413)
    │   ├── RateLimited         still refused after waiting as long as allowed
    │   └── Unavailable         no usable answer: network, time-out, 5xx, not JSON
    │       └── Uncertain       it may or may not have acted: look before repeating
    ├── NeedsPerson             finished, but a person must decide something       exit 3
    ├── Interrupted             stopped by the person; resumable                   exit 130
    └── Bug                     counts do not add up, or an invariant broke        exit 1

Each says what, where, why and how to fix it. No message holds an address or a secret.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

EXIT_OK, EXIT_ERROR, EXIT_USAGE, EXIT_FINDINGS, EXIT_INTERRUPTED = 0, 1, 2, 3, 130


class MigrateError(Exception):
    exit_code = EXIT_ERROR

    def __init__(self, what: str, *, where: str = "", why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.why, self.fix = what, where, why, fix

    def __str__(self) -> str:
        text = self.what.rstrip(".")
        if self.where:
            text += f" ({self.where})"
        if self.why:
            text += f": {self.why.rstrip('.')}"
        return f"{text}. {self.fix}".rstrip() if self.fix else f"{text}."

    def as_dict(self) -> dict[str, str]:
        parts = {"error": type(self).__name__, "what": self.what, "where": self.where}
        return {key: value for key, value in {**parts, "why": self.why, "fix": self.fix}.items() if value}


class UsageError(MigrateError):
    exit_code = EXIT_USAGE


class SettingsError(MigrateError):
    keys: tuple[str, ...] = ()
    """Which setting of a file it is about, so that its line can be named."""


class BundleError(MigrateError):
    pass


class PlanError(MigrateError):
    pass


class WorkspaceError(MigrateError):
    pass


@dataclass(frozen=True)
class Issue:
    """One complaint of a platform about one place in what was sent."""

    path: str
    message: str
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class ApiProblem:
    """A refusal, parsed from whichever of the platforms' error shapes it came in."""

    status: int | None
    message: str
    code: str | None = None
    issues: tuple[Issue, ...] = ()
    retryable: bool | None = None
    resolution: str | None = None
    retry_after: float | None = None
    details: dict[str, object] = field(default_factory=dict)

    def with_retry_after(self, seconds: float | None) -> ApiProblem:
        return dataclasses.replace(self, retry_after=seconds)


class ApiError(MigrateError):
    def __init__(self, what: str, *, problem: ApiProblem, where: str = "", why: str = "", fix: str = "") -> None:
        super().__init__(what, where=where, why=why or problem.message, fix=fix or (problem.resolution or ""))
        self.problem = problem


class AuthError(ApiError):
    pass


class NotFound(ApiError):
    pass


class Conflict(ApiError):
    pass


class Rejected(ApiError):
    pass


class RateLimited(ApiError):
    pass


class Unavailable(ApiError):
    pass


class Uncertain(Unavailable):
    pass


class NeedsPerson(MigrateError):
    exit_code = EXIT_FINDINGS


class Interrupted(MigrateError):
    exit_code = EXIT_INTERRUPTED


class Bug(MigrateError):
    pass
