"""Where the key may travel: one scheme, one host, one port. Checks the base address, the key, paths and redirects."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from migrator.errors import Bug, SettingsError
from migrator.transport.redact import redact
from migrator.transport.secret import Secret

MOST_HOPS = 3
_PORTS = {"http": 80, "https": 443}


def base_address(text: str, *, setting: str, refuse_hosts: Mapping[str, str], allow_http: bool = False) -> SplitResult:
    """The checked base address, without a trailing slash. `refuse_hosts`: host -> why it is no API host."""
    address = text.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise SettingsError("This is not a web address", where=setting, fix=_example()) from None
    if parts.scheme not in _PORTS or not host:
        raise SettingsError("The address needs https:// and a host", where=setting, fix=_example())
    if parts.username or parts.password:
        raise SettingsError("The address holds a user name or password", where=setting, fix="Take it out.")
    if parts.query or parts.fragment:
        raise SettingsError("The address must end before ? and #", where=setting, fix=_example())
    for refused, reason in refuse_hosts.items():
        if host in (refused, f"www.{refused}"):
            raise SettingsError(f"{host} does not serve the API", where=setting, why=reason, fix=_example())
    if parts.scheme == "http" and not (allow_http or is_loopback(host)):
        fix = "Use https:// (plain http is accepted for this machine only)."
        raise SettingsError("The key would travel unencrypted", where=setting, fix=fix)
    netloc = f"[{host}]" if ":" in host else host
    return parts._replace(netloc=netloc if port is None else f"{netloc}:{port}")


def _example() -> str:
    return "Write it like https://app.example.com"


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_key(key: Secret, *, setting: str) -> None:
    """A key that no header can hold is a slip of the clipboard, better told here than by a protocol error."""
    value = key.reveal()
    if not value:
        raise SettingsError("The key is empty", where=setting)
    if not all("!" <= letter <= "~" for letter in value):
        fix = "Copy it again: a key holds no blanks, line ends or accented letters."
        raise SettingsError("The key is damaged", where=setting, fix=fix)


def segment(value: str) -> str:
    """One part of a path. Dots alone would climb in the path, so they are encoded too; an empty part would turn one
    thing into the whole list."""
    if not value:
        raise Bug("A part of a path is empty")
    return value.replace(".", "%2E") if value.strip(".") == "" else quote(value, safe="")


def url_of(base: SplitResult, path: str) -> str:
    if not path.startswith("/") or path.startswith("//") or "?" in path or "#" in path or "\\" in path:
        raise Bug("A path must begin with one / and hold no query", where=redact(path))
    if any(part in (".", "..") for part in path.split("/")):
        raise Bug("A path must not climb", where=redact(path))
    return base.geturl() + path


def next_hop(current: str, location: str | None, *, method: str, hops: int, platform: str, setting: str) -> str:
    """Where a redirect may lead, or SettingsError. Only reads follow, only to the same host: the key goes along."""
    target = ""
    try:
        target = urljoin(current, location or "")
        here, there = urlsplit(current), urlsplit(target)
        named = f"{there.scheme}://{there.hostname or ''}{f':{there.port}' if there.port else ''}"
        same = (here.hostname == there.hostname and "@" not in there.netloc) and (
            (here.scheme, _port(here)) == (there.scheme, _port(there))
            or (here.scheme, _port(here), there.scheme, _port(there)) == ("http", 80, "https", 443)
        )
    except ValueError:
        same, named = False, "an address that cannot be read"
    if not location:
        same, named = False, "nowhere"
    if same and method in ("GET", "HEAD") and hops < MOST_HOPS:
        return target
    why = "more than three redirects" if same and method in ("GET", "HEAD") else "the key may not follow there"
    raise SettingsError(
        f"{platform} redirects to {redact(named)}",
        where=setting,
        why=why,
        fix="Set the address the server itself names.",
    )


def _port(parts: SplitResult) -> int | None:
    return parts.port or _PORTS.get(parts.scheme)
