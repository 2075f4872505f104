"""A folder or a ZIP of HTML, MJML and text files as templates: one a file, with the bytes as they are.

A file has no subject line; sequences.toml may give one. The language of the merge tags is the person's to say: a
guess could leave `*|FNAME|*` in somebody's inbox.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from adapters.csvfile.inputs import Skipped, members
from adapters.languages import dialect, need_language
from migrator.errors import UsageError
from migrator.model import BodyFormat, EmailContent, Template

LARGEST = 5 << 20
LARGEST_TOTAL = 512 << 20
MOST = 5_000
HTML, MJML, TEXT = (".html", ".htm"), ".mjml", ".txt"
_DOCUMENT = re.compile(r"<!doctype\s+html|<html[\s>]|<body[\s>]", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-]{2,40})", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,300})</title>", re.IGNORECASE)


def read_emails(places: Iterable[Path], language: str | None) -> tuple[list[Template], list[Skipped]]:
    """In the order of their names. Raises UsageError when they hold merge tags and nobody said in which language."""
    bodies: dict[str, str] = {}
    skipped: list[Skipped] = []
    total = 0
    for place in places:
        for found in _files(place):
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


def decoded(data: bytes) -> str:
    """By its byte order mark, as UTF-8, by what the HTML says of itself, else Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    said = _CHARSET.search(data[:4096])
    for encoding in (said[1].decode("ascii") if said else "cp1252", "cp1252"):
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("latin-1")


def _files(place: Path) -> Iterable[tuple[str, bytes] | Skipped]:
    if place.is_dir():
        yield from _folder(place)
    elif place.suffix.lower() == ".zip" and place.is_file():
        yield from _archive(place)
    elif place.is_file() and place.suffix.lower() in (*HTML, MJML, TEXT):
        yield place.name, place.read_bytes()
    else:
        raise UsageError("There are no emails there", where=str(place), fix="Name a folder, a ZIP or an HTML file.")


def _folder(place: Path) -> Iterable[tuple[str, bytes] | Skipped]:
    root = place.resolve()
    for folder, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            inside = path.relative_to(place).as_posix()
            if path.suffix.lower() not in (*HTML, MJML, TEXT) or name.startswith("."):
                continue
            if root not in path.resolve().parents:
                yield Skipped(inside, "it is a link that leads out of the folder")
            elif path.stat().st_size > LARGEST:
                yield Skipped(inside, "it is larger than 5 MB")
            else:
                yield inside, path.read_bytes()


def _archive(place: Path) -> Iterable[tuple[str, bytes] | Skipped]:
    for found in members(place):
        if isinstance(found, Skipped):
            yield found
        elif found.suffix in (*HTML, MJML, TEXT):
            inside = found.name.split("/", 1)[1].replace("\\", "/")
            with found.open() as file:
                data = file.read(LARGEST + 1)
            yield (inside, data) if len(data) <= LARGEST else Skipped(found.name, "it is larger than 5 MB")


def _is_text_of_another(name: str, bodies: dict[str, str]) -> bool:
    path = PurePosixPath(name)
    if path.suffix.lower() != TEXT:
        return False
    return any(str(path.with_suffix(suffix)) in bodies for suffix in (*HTML, MJML))


def _text_beside(name: str, texts: dict[str, str]) -> str | None:
    return texts.get(str(PurePosixPath(name).with_suffix(TEXT)))
