"""Tag names as the target writes them: trimmed, in lower case, blanks to one hyphen. Two that become one are named.

Also the names that this tool makes itself, all under one prefix, so that nobody takes them for their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from mappings.answer_lines import line
from mappings.findings import find
from mappings.verdicts import Finding, Lowered

PREFIX = "mig-"
SYSTEM = frozenset(("lead", "customer", "trial", "active", "cancelled", "churned", "past-due", "refunded", "inactive"))
"""Tags of the target's own, which its rules give and take by what people buy."""
_SAFE = re.compile(r"[a-z0-9.-]+")
_STRIPPED = re.compile(r"[^a-z0-9-]+")
_SLUG = re.compile(r"[^a-z0-9]+")


def target_tag(name: str, renames: Mapping[str, str] | None = None) -> str:
    """What the target makes of a tag; empty when nothing is left of it. Never one of ours: such a tag of the source
    would start a sequence anew, or let people out of a stand-in."""
    known = renames or {}
    # A file can name a tag with half a character only by the sign that stands for it.
    wanted = known.get(name) or known.get(name.encode("utf-8", "replace").decode(), name)
    tag = _written(wanted)
    return f"source-{tag}" if _ours(tag) else tag


def like_ours(name: str) -> bool:
    """Whether the target could take it for a tag that this tool makes."""
    return _ours(_written(name))


def _written(name: str) -> str:
    whole = name.encode("utf-8", "replace").decode().replace("\x00", "")
    return re.sub(r"\s+", "-", whole.strip().lower())


def _ours(tag: str) -> bool:
    # Some of the target's documents say that signs are stripped and an underscore becomes a hyphen.
    return _STRIPPED.sub("", tag.replace("_", "-")).lstrip("-").startswith(PREFIX)


def lower_tag(name: str, renames: Mapping[str, str], others: Iterable[str] = ()) -> Lowered[str]:
    """`others`: source tags that end as the same target tag."""
    tag = target_tag(name, renames)
    if not tag:
        return Lowered(value=None, findings=(find("tag-blank", settles=line(("tags", "rename", name), "...")),))
    findings: list[Finding] = []
    settles = line(("tags", "rename", name), f"{tag}-2")
    if like_ours(renames.get(name) or name):
        findings.append(find("tag-of-ours", tag=tag, settles=line(("tags", "rename", name), tag)))
    if tag in SYSTEM:
        findings.append(find("tag-of-theirs", tag=tag, settles=settles))
    if rivals := sorted(set(others) - {name}):
        findings.append(find("tag-collision", tag=tag, others=", ".join(rivals), settles=settles))
    elif not _SAFE.fullmatch(tag):
        findings.append(find("tag-characters", tag=tag, settles=settles))
    elif tag != name and not findings:
        findings.append(find("tag-renamed", tag=tag))
    return Lowered(value=tag, findings=tuple(findings))


def collisions(names: Iterable[str], renames: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Target tag to the source tags that become it, where there are several."""
    found: dict[str, set[str]] = {}
    for name in names:
        found.setdefault(target_tag(name, renames), set()).add(name)
    return {tag: tuple(sorted(sources)) for tag, sources in sorted(found.items()) if len(sources) > 1}


def slug(text: str, limit: int = 40) -> str:
    return _SLUG.sub("-", text.lower()).strip("-")[:limit].strip("-") or "x"


def slugs(names: Mapping[str, str]) -> dict[str, str]:
    """Key to a slug of its name, all different: who shares one gets the key behind it."""
    first = {key: slug(name) for key, name in names.items()}
    counts: dict[str, int] = {}
    for made in first.values():
        counts[made] = counts.get(made, 0) + 1
    found: dict[str, str] = {}
    taken = {made for made, count in counts.items() if count == 1}
    for key, made in first.items():
        candidate, number = made, 1
        while counts[made] > 1 and candidate in taken | {made}:
            tail = slug(key, 20) if number == 1 else f"{slug(key, 20)}-{number}"
            candidate, number = f"{made}-{tail}", number + 1
        taken.add(candidate)
        found[key] = candidate
    return found
