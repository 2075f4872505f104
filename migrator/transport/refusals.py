"""From a parsed problem to the error a person reads: what, where, why, and how to fix it."""

from __future__ import annotations

import re
from collections.abc import Callable

from migrator import errors
from migrator.errors import ApiError, ApiProblem
from migrator.transport.answers import Meaning

Advice = Callable[[ApiProblem], str | None]
"""An adapter's own sentence on how to fix a problem; None leaves the general one."""

_SCOPE = re.compile(r"missing required scopes?: *([a-z_]+:[a-z_]+(?:, *[a-z_]+:[a-z_]+)*)")


def refusal(
    meaning: Meaning, problem: ApiProblem, *, platform: str, where: str, key_name: str, advice: Advice | None
) -> ApiError:
    kind, what, fix = _sentence(meaning, problem, platform, key_name)
    own = advice(problem) if advice else None
    return kind(what, problem=problem, where=where, why=_why(problem), fix=own or problem.resolution or fix)


def _sentence(meaning: Meaning, problem: ApiProblem, platform: str, key: str) -> tuple[type[ApiError], str, str]:
    if meaning is Meaning.AUTH:
        scope = _SCOPE.search(problem.message)
        if scope:
            return errors.AuthError, f"The {platform} key lacks a permission", f"Give the key: {scope.group(1)}."
        if problem.status == 401:
            fix = f"Check {key}: the key must be current, whole, and hold the permissions named in the docs."
            return errors.AuthError, f"{platform} does not accept the key", fix
        return errors.AuthError, f"The {platform} key may not do this", f"Give the key in {key} this permission."
    if meaning is Meaning.MISSING:
        return errors.NotFound, f"{platform} does not have this", "Check the address and the id; it may be deleted."
    if meaning is Meaning.CONFLICT:
        return errors.Conflict, f"{platform} holds something that conflicts", "Read what is there, then decide."
    if meaning is Meaning.LIMIT:
        asked = problem.retry_after
        fix = f"Run the command again in {round(asked / 60) or 1} min." if asked else "Run the command again later."
        return errors.RateLimited, f"{platform} still refuses requests after waiting", f"{fix} It goes on from here."
    return errors.Rejected, f"{platform} refuses this request", "Correct what is named, or report it if we made it up."


def _why(problem: ApiProblem) -> str:
    """The message, and the places it does not name itself."""
    more = [
        f"{issue.path}: {issue.message}" for issue in problem.issues if issue.path and issue.path not in problem.message
    ]
    text = problem.message
    return f"{text} [{'; '.join(more[:3])}]" if more else text
