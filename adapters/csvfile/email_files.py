"""The files of a folder, a ZIP or a single email: read as they are, or named with the reason why they are not read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from adapters.csvfile.inputs import HIDDEN, LITTER, Skipped, members
from migrator.errors import UsageError

LARGEST = 5 << 20
HTML, MJML, TEXT = (".html", ".htm"), ".mjml", ".txt"
_ENDINGS = frozenset((*HTML, MJML, TEXT))
_ASSETS = frozenset(
    (
        *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".bmp", ".ico", ".avif", ".heic", ".tif", ".tiff"),
        *(".css", ".scss", ".sass", ".less", ".woff", ".woff2", ".ttf", ".otf", ".eot"),
        *(".mp4", ".mov", ".webm", ".mp3", ".js", ".map", ".psd", ".ai", ".fig"),
    )
)
"""What belongs to emails and is none."""
_CODE = frozenset(
    (
        *(".twig", ".liquid", ".tpl", ".pug", ".jade", ".hbs", ".handlebars", ".mustache", ".ejs", ".erb", ".haml"),
        *(".slim", ".njk", ".nunjucks", ".j2", ".jinja", ".jinja2", ".php", ".phtml", ".jsp", ".jspx", ".aspx"),
        *(".cshtml", ".razor", ".ftl", ".ftlh", ".vm", ".gohtml", ".tmpl", ".tmp", ".template", ".jsx", ".tsx", ".vue"),
        *(".svelte", ".mjmlx", ".heml", ".latte", ".eta", ".dot", ".marko", ".edge", ".xsl", ".xslt"),
    )
)
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-]{2,40})", re.IGNORECASE)
Found = tuple[str, bytes] | Skipped
"""A file's name with its bytes, or what is not read."""


def files_of(place: Path) -> Iterator[Found]:
    """In the order of their names. Raises UsageError where there can be none."""
    if place.is_dir():
        yield from _folder(place)
    elif place.suffix.lower() == ".zip" and place.is_file():
        yield from _archive(place)
    elif place.is_file() and place.suffix.lower() in _ENDINGS:
        yield _whole(place.name, place.read_bytes())
    else:
        raise UsageError("There are no emails there", where=str(place), fix="Name a folder, a ZIP or an HTML file.")


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


def _folder(place: Path) -> Iterator[Found]:
    root, assets = place.resolve(), 0
    for folder, folders, names in os.walk(place):
        for name in sorted(folders):
            if name.startswith(".") and name not in LITTER:
                yield Skipped(Path(folder, name).relative_to(place).as_posix() + "/", HIDDEN)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in LITTER)
        for name in sorted(names):
            path = Path(folder, name)
            inside = path.relative_to(place).as_posix()
            if _is_litter(name):
                continue
            if path.suffix.lower() in _ASSETS:
                assets += 1
            elif why := _why_not(name):
                yield Skipped(inside, why)
            elif root not in path.resolve().parents:
                yield Skipped(inside, "it is a link that leads out of the folder")
            else:
                yield _on_disk(inside, path)
    yield from _count(place.name, assets)


def _on_disk(inside: str, path: Path) -> Found:
    if not path.is_file():
        return Skipped(inside, "it is a broken link, or no file")
    try:
        with path.open("rb") as file:
            return _whole(inside, file.read(LARGEST + 1))
    except OSError as error:
        return Skipped(inside, f"it cannot be read: {error.strerror}")


def _archive(place: Path) -> Iterator[Found]:
    assets = 0
    for member in members(place):
        if isinstance(member, Skipped):
            yield member
            continue
        inside = member.name.split("/", 1)[1].replace("\\", "/")
        if PurePosixPath(inside).suffix.lower() in _ASSETS:
            assets += 1
        elif why := _why_not(PurePosixPath(inside).name):
            yield Skipped(member.name, why)
        else:
            with member.open() as file:
                data = file.read(LARGEST + 1)
            found = _whole(inside, data)
            yield Skipped(member.name, found.why) if isinstance(found, Skipped) else found
    yield from _count(place.name, assets)


def _whole(name: str, data: bytes) -> Found:
    if len(data) > LARGEST:
        return Skipped(name, "it is larger than 5 MB")
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Skipped(name, "it holds no text, whatever its name says")
    return name, data


def _why_not(name: str) -> str:
    """Why a file is not read, by its name; empty where it is."""
    ending = PurePosixPath(name.lower()).suffix
    if name.startswith("."):
        return HIDDEN
    if ending in _ENDINGS:
        return ""
    if ending in _CODE:
        return f"it is a template ({ending}) that its own program must first turn into HTML"
    return f"files that end with {ending} are not read" if ending else "its name has no ending"


def _is_litter(name: str) -> bool:
    return name in LITTER or name.startswith("._")


def _count(name: str, assets: int) -> Iterator[Skipped]:
    if assets:
        files = "1 image, style sheet or font" if assets == 1 else f"{assets:,} images, style sheets and fonts"
        yield Skipped(name, f"{files} beside the emails; upload what the emails need")
