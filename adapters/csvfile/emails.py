"""HTML, MJML and text files as templates: one a file, with the bytes as they are. Which files there are is known to
email_files.py.

A file has no subject line; sequences.toml may give one. The language of the merge tags is the person's to say: a
guess could leave `*|FNAME|*` in somebody's inbox.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from adapters.csvfile.email_files import HTML, MJML, TEXT, decoded, files_of
from adapters.csvfile.inputs import Skipped
from adapters.languages import dialect, need_language
from migrator.errors import UsageError
from migrator.model import BodyFormat, EmailContent, Template

LARGEST_TOTAL = 512 << 20
MOST = 5_000
_DOCUMENT = re.compile(r"<!doctype\s+html|<html[\s>]|<body[\s>]", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,300})</title>", re.IGNORECASE)


def read_emails(places: Iterable[Path], language: str | None) -> tuple[list[Template], list[Skipped]]:
    """In the order of their names. Raises UsageError when they hold merge tags and nobody said in which language."""
    bodies: dict[str, str] = {}
    skipped: list[Skipped] = []
    total = 0
    for place in places:
        for found in files_of(place):
            if isinstance(found, Skipped):
                skipped.append(found)
                continue
            name, data = found
            total += len(data)
            if total > LARGEST_TOTAL:
                why = f"more than {LARGEST_TOTAL >> 20} MB"
                raise UsageError("There are too many emails", where=place.name, why=why, fix="Split them.")
            if name in bodies:
                raise UsageError("Two emails have one name", where=name, fix="Rename one of the two files.")
            if len(bodies) >= MOST:
                raise UsageError(
                    "There are too many emails", where=place.name, why=f"more than {MOST:,}", fix="Split them."
                )
            bodies[name] = decoded(data)
    texts = {name: body for name, body in bodies.items() if _is_text_of_another(name, bodies)}
    templates = [
        template_of(name, body, _text_beside(name, texts), dialect(language))
        for name, body in sorted(bodies.items())
        if name not in texts
    ]
    need_language([(one.source_id, one.content) for one in templates], language)
    return templates, skipped


def template_of(name: str, body: str, text: str | None, language: str) -> Template:
    path = PurePosixPath(name)
    title = _TITLE.search(body)
    content = EmailContent(
        body=body if path.suffix.lower() != TEXT else None,
        text=body if path.suffix.lower() == TEXT else text,
        format=format_of(path.suffix.lower(), body),
        language=language,
    )
    return Template(source_id=name, name=path.stem, content=content, raw={"title": title[1].strip()} if title else {})


def format_of(suffix: str, body: str) -> BodyFormat:
    if suffix == MJML:
        return BodyFormat.MJML
    if suffix == TEXT:
        return BodyFormat.TEXT
    return BodyFormat.DOCUMENT if _DOCUMENT.search(body) else BodyFormat.FRAGMENT


def _is_text_of_another(name: str, bodies: dict[str, str]) -> bool:
    path = PurePosixPath(name)
    if path.suffix.lower() != TEXT:
        return False
    return any(str(path.with_suffix(suffix)) in bodies for suffix in (*HTML, MJML))


def _text_beside(name: str, texts: dict[str, str]) -> str | None:
    return texts.get(str(PurePosixPath(name).with_suffix(TEXT)))
