"""One parser for every error body that the platforms are known to send; their shapes do not conflict.

Unknown codes and shapes are kept, never a reason to fail. Addresses and secrets are taken out here, once, so that
nothing built from a problem can show them. Which error class follows is decided in answers.py and refusals.py.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from migrator.errors import ApiProblem, Issue
from migrator.transport.decode import Unreadable, decode_json, looks_like_page
from migrator.transport.redact import redact, redact_value

_LONGEST_MESSAGE = 500
_SAID_ELSEWHERE = frozenset(
    (
        *("success", "error", "errors", "message", "code", "title", "description"),
        *("resolution", "howToFix", "issues", "retryable", "details", "found"),
    )
)
"""`found` repeats what was sent, which is somebody's data; the rest has a field of its own."""
_POINTER_PART = re.compile(r"^\d+$")


def parse_problem(
    status: int, content: bytes, *, content_type: str = "", charset: str | None = None, retry_after: float | None = None
) -> ApiProblem:
    if looks_like_page(content, content_type):
        return ApiProblem(status, f"{_phrase(status)}: a web page came instead of an answer", retry_after=retry_after)
    try:
        data, _ = decode_json(content, charset)
    except Unreadable:
        text = " ".join(content[:4000].decode("utf-8", "replace").split())
        return ApiProblem(status, _short(text) or _phrase(status), retry_after=retry_after)
    return problem_from(status, data, retry_after=retry_after)


def problem_from(status: int, data: Any, *, retry_after: float | None = None) -> ApiProblem:
    if not isinstance(data, dict):
        text = data if isinstance(data, str) else "; ".join(_strings(data)) if isinstance(data, list) else ""
        return ApiProblem(status, _short(text) or _phrase(status), retry_after=retry_after)
    nested = data["error"] if isinstance(data.get("error"), dict) else {}
    merged = {**nested, **{key: value for key, value in data.items() if value is not None}}
    issues = _issues(merged)
    details = merged.get("details")
    extra = {key: value for key, value in data.items() if key not in _SAID_ELSEWHERE}
    kept = redact_value(
        {**extra, **(details if isinstance(details, dict) else {"details": details} if details else {})}
    )
    retryable = merged.get("retryable")
    return ApiProblem(
        status,
        _short(_message(data, nested, issues)) or _phrase(status),
        code=_text(data.get("code")) or _text(nested.get("code")) or _code_inside(data) or None,
        issues=issues,
        retryable=retryable if isinstance(retryable, bool) else None,
        resolution=_short(_text(merged.get("resolution")) or _text(merged.get("howToFix"))) or None,
        retry_after=retry_after,
        details=kept if isinstance(kept, dict) else {},
    )


def _message(data: dict[str, Any], nested: dict[str, Any], issues: tuple[Issue, ...]) -> str:
    label = _text(data.get("error")) or _text(nested.get("message"))
    message = _text(data.get("message"))
    if label:
        more = message or _text(data.get("description")) or _text(data.get("title"))
        return f"{label.rstrip('.')}: {more}" if more and more not in label else label
    listed = _listed(data.get("errors"))
    found = listed or message or _text(data.get("summary"))
    if found:
        return found
    if issues:
        return "; ".join(f"{issue.path}: {issue.message}".removeprefix(": ") for issue in issues[:3])
    return _text(data.get("description")) or _text(data.get("title")) or _text(nested.get("code"))


def _listed(errors: Any) -> str:
    """`{"email": ["has already been taken"]}` or `["..."]`; objects in a list are issues, not sentences."""
    if isinstance(errors, dict):
        return ", ".join(f"{field} {text}" for field, value in errors.items() for text in _strings(value))
    if isinstance(errors, list):
        return ", ".join(item for item in errors if isinstance(item, str))
    return _text(errors)


def _issues(data: dict[str, Any]) -> tuple[Issue, ...]:
    rows = [row for key in ("issues", "errors") for row in _rows(data.get(key))]
    found = [
        Issue(
            _path(row.get("path", row.get("property", row.get("field", row.get("param", _source(row)))))),
            _short(_first(row, "message", "summary", "error", "detail", "title")),
            tuple(redact(str(value)) for value in _list(row.get("allowedValues"))),
        )
        for row in rows
    ]
    errors = data.get("errors")
    if isinstance(errors, dict):
        found += [Issue(_path(field), _short(text)) for field, value in errors.items() for text in _strings(value)]
    if not found and isinstance(data.get("property"), str):
        text = _text(data.get("message")) or _text(data.get("summary"))
        found = [Issue(_path(data["property"]), _short(text))]
    return tuple(found)


def _source(row: dict[str, Any]) -> Any:
    """Where JSON:API keeps the place: `source.pointer` or `source.parameter`."""
    source = row.get("source")
    return source.get("pointer") or source.get("parameter") or "" if isinstance(source, dict) else ""


def _first(row: dict[str, Any], *names: str) -> str:
    return next((text for name in names if (text := _text(row.get(name)))), "")


def _code_inside(data: dict[str, Any]) -> str:
    """The code of the first error of several, as JSON:API sends them."""
    return next((code for row in _rows(data.get("errors")) if (code := _text(row.get("code")))), "")


def _path(value: Any) -> str:
    """`/steps/0/html` and `steps[0].html` both as the latter; "" is the body itself."""
    if isinstance(value, list):
        value = "/" + "/".join(str(part) for part in value)
    text = redact(_text(value))
    if text in ("root", "/"):
        return ""
    if not text.startswith("/"):
        return text
    # Some servers end a pointer with a slash, which would name a field without a name.
    parts = [part.replace("~1", "/").replace("~0", "~") for part in text.rstrip("/")[1:].split("/")]
    return "".join(f"[{part}]" if _POINTER_PART.match(part) else f".{part}" for part in parts).removeprefix(".")


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in _list(value) if isinstance(row, dict)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _strings(value: Any) -> list[str]:
    return [text for item in (value if isinstance(value, list) else [value]) if (text := _text(item))]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _short(text: str) -> str:
    clean = redact(text)
    return clean if len(clean) <= _LONGEST_MESSAGE else f"{clean[: _LONGEST_MESSAGE - 1]}…"


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"status {status}"
