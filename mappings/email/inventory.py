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
    for url in _in_styles(masked):
        found[restore(url), "other" if _NO_IMAGE.search(url) else "image", "style"] = None
    every_url = "\n".join([url for url, _, _ in found]).lower()
    hosts = tuple(host for host in sorted(host.lower().strip(".") for host in old_hosts) if host in every_url)
    preheader = hidden_preheader(tree)
    return Inventory(
        addresses=tuple([Address(url, kind, where, on_host(url, hosts)) for url, kind, where in found if url]),
        preheader=None if preheader is None else restore(preheader),
        has_unsubscribe="{{unsubscribeUrl}}" in html,
        has_content=any(kind == "image" for _, kind, _ in found) or _has_text(tree),
        size=size_of(html),
    )


def size_of(html: str) -> int:
    return len(html) if html.isascii() else len(html.encode("utf-8", "surrogatepass"))


def _has_text(tree: LexborHTMLParser) -> bool:
    return tree.body is not None and bool(tree.body.text(deep=True, skip_empty=True).strip())


def _kind(tag: str, attribute: str) -> str:
    if attribute == "href":
        return "link" if tag in _LINKING else "other"
    return "other" if tag in _LOADING else "image"


def _in_comments(html: str) -> Iterator[tuple[str, str]]:
    parts = html.split("<!--")[1:]
    ends = [part.find("-->") for part in parts]
    for body in dict.fromkeys([part if end < 0 else part[:end] for part, end in zip(parts, ends, strict=True)]):
        if "=" not in body:
            continue
        tag = ""
        for name, attribute, double, single in _ATTRIBUTE.findall(body):
            if name:
                tag = name.lower()
            else:
                yield _kind(tag, attribute.lower()), unescape(double or single).strip()


def _in_styles(html: str) -> Iterator[str]:
    # Brackets are rare in an email: to go from one to the next is quicker than to look for the word.
    place = html.find("(")
    while place >= 0:
        match = _CSS_ADDRESS.match(html, place - 3) if html[place - 3 : place].lower() == "url" else None
        if match is not None:
            yield unescape(match[2])
        place = html.find("(", place + 1 if match is None else match.end())


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
