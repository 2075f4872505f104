"""The links and images of an email, and its hidden preheader. The HTML is only read here, on a masked copy.

Parsers take conditional comments for opaque text, so what Outlook alone sees (VML buttons, background images) is
looked for in comment bodies apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from mappings.email.masking import masked_for_reading
from mappings.email.preheader import hidden_preheader

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

_ATTRIBUTE = re.compile(
    r"<([A-Za-z][\w:-]*)\b|\b(href|src|background)\s{0,9}=\s{0,9}(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE
)
_SELECTORS = {name: f"[{name}]" for name in ("href", "src", "background")}
_CSS_ADDRESS = re.compile(r"url\(\s{0,9}([\"']?)([^\"'()\s]{1,4000})\1\s{0,9}\)", re.IGNORECASE)
_NO_IMAGE = re.compile(r"\.(?:css|woff2?|ttf|otf|eot)\b|/css2?\?", re.IGNORECASE)
_LINKING = frozenset({"a", "area", "v:rect", "v:roundrect", "v:shape", "v:oval", "v:line", "v:image"})
_LOADING = frozenset({"script", "iframe", "embed", "link", "base", "source"})


class Address(msgspec.Struct, frozen=True, gc=False):
    url: str
    kind: str
    """link, image, or other (style sheets, scripts)."""
    where: str
    """html, comment (seen by Outlook alone) or style."""
    dies: bool
    """Whether its host ends with the old account."""


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    addresses: tuple[Address, ...] = ()
    preheader: str | None = None
    has_unsubscribe: bool = False
    has_content: bool = False
    """Whether there is anything to see: a text or an image."""
    size: int = 0
    """Bytes, as UTF-8."""

    @property
    def links(self) -> tuple[Address, ...]:
        return tuple(address for address in self.addresses if address.kind == "link")

    @property
    def images(self) -> tuple[Address, ...]:
        return tuple(address for address in self.addresses if address.kind == "image")

    @property
    def dying(self) -> tuple[Address, ...]:
        return tuple(address for address in self.addresses if address.dies)


def take_inventory(html: str, old_hosts: Iterable[str] = ()) -> Inventory:
    """Of finished HTML, that is with Sequenzy's tags."""
    from selectolax.lexbor import LexborHTMLParser as Parser  # a compiled library that only this function needs

    masked, restore = masked_for_reading(html)
    tree = Parser(masked)
    found: dict[tuple[str, str, str], None] = {}
    for name, selector in _SELECTORS.items():
        for node in tree.css(selector):
            if url := node.attributes[name]:
                found[restore(url.strip()), _kind(node.tag or "", name), "html"] = None
    for kind, url in _in_comments(masked):
        found[restore(url), kind, "comment"] = None
    lowered = masked.lower()
    for url in _in_styles(masked, lowered):
        found[restore(url), "other" if _NO_IMAGE.search(url) else "image", "style"] = None
    hosts = tuple(host for host in sorted(host.lower().strip(".") for host in old_hosts) if host in lowered)
    preheader = hidden_preheader(tree)
    return Inventory(
        addresses=tuple(Address(url, kind, where, on_host(url, hosts)) for url, kind, where in found if url),
        preheader=None if preheader is None else restore(preheader),
        has_unsubscribe="{{unsubscribeUrl}}" in html,
        has_content=any(kind == "image" for _, kind, _ in found) or _has_text(tree),
        size=len(html) if html.isascii() else len(html.encode("utf-8", "surrogatepass")),
    )


def _has_text(tree: LexborHTMLParser) -> bool:
    return tree.body is not None and bool(tree.body.text(deep=True, skip_empty=True).strip())


def _kind(tag: str, attribute: str) -> str:
    if attribute == "href":
        return "link" if tag in _LINKING else "other"
    return "other" if tag in _LOADING else "image"


def _in_comments(html: str) -> Iterator[tuple[str, str]]:
    bodies = dict.fromkeys([part.partition("-->")[0] for part in html.split("<!--")[1:]])
    for body in bodies:
        if "=" not in body:
            continue
        tag = ""
        for name, attribute, double, single in _ATTRIBUTE.findall(body):
            if name:
                tag = name.lower()
            else:
                yield _kind(tag, attribute.lower()), unescape(double or single).strip()


def _in_styles(html: str, lowered: str) -> Iterator[str]:
    # Lowering lengthens a few letters; only where it did not, a place in one text is the same place in the other.
    if "url(" not in lowered:
        return
    if len(lowered) != len(html):
        yield from (unescape(match[2]) for match in _CSS_ADDRESS.finditer(html))
        return
    place = lowered.find("url(")
    while place >= 0:
        match = _CSS_ADDRESS.match(html, place)
        if match is not None:
            yield unescape(match[2])
        place = lowered.find("url(", place + 4 if match is None else match.end())


def on_host(url: str, hosts: tuple[str, ...]) -> bool:
    """Whether an address leads to one of the hosts or to a subdomain of one."""
    if not hosts:
        return False
    host = _host_of(url)
    return any(host == old or host.endswith("." + old) for old in hosts)


@lru_cache(maxsize=4_096)
def _host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
