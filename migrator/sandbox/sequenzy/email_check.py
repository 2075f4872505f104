"""A simple check of a rendered email: missing subject or preview, size, links. Nothing is fetched."""

from __future__ import annotations

import re
from typing import Any

from migrator.sandbox.sequenzy.render import Rendered

Config = dict[str, Any]
CLIP_BYTES = 102_000
_LINK = re.compile(r"""<(a|img)\b[^>]*?\b(?:href|src)\s*=\s*["']([^"']*)["']""", re.IGNORECASE)


def checked(made: Rendered, *, links: bool) -> Config:
    issues = list(_issues(made))
    found = [_link(kind, url) for kind, url in _LINK.findall(made.html)] if links else []
    score = max(0, 100 - 30 * sum(i["severity"] == "error" for i in issues) - 5 * len(issues))
    states = [link["status"] for link in found]
    return {
        "score": score,
        "grade": next(letter for letter, least in zip("ABCDF", (90, 80, 70, 60, 0), strict=True) if score >= least),
        "issues": issues,
        "links": found,
        "linksChecked": False,
        "linkSummary": {
            "total": len(found),
            "checked": 0,
            "ok": 0,
            "broken": 0,
            "restricted": 0,
            "warnings": states.count("invalid"),
            "notChecked": states.count("not_checked"),
        },
        "subject": made.subject,
        "previewText": made.preview_text,
        "unresolvedMergeTags": made.unresolved,
        "unevaluatedConditions": [],
    }


def _issues(made: Rendered) -> list[Config]:
    found: list[tuple[str, str, str, str]] = []
    if not made.subject.strip():
        found.append(("error", "subject", "subject.empty", "The subject is empty"))
    if not made.preview_text:
        found.append(("info", "preview", "preview.missing", "There is no preview text"))
    if len(made.html.encode()) > CLIP_BYTES:
        found.append(("warning", "content", "compatibility.gmail-clip", "Gmail cuts emails of this size"))
    found += [
        ("warning", "content", "merge-tags.unresolved", f"{entry['tag']} has no value") for entry in made.unresolved
    ]
    return [
        {"severity": severity, "category": category, "rule": rule, "message": message, "url": None, "blockId": None}
        for severity, category, rule, message in found
    ]


def _link(kind: str, url: str) -> Config:
    known = url.startswith(("http://", "https://", "mailto:", "tel:"))
    return {
        "url": url,
        "kind": "link" if kind.lower() == "a" else "image",
        "status": "not_checked" if known else "invalid",
        "message": None,
    }
