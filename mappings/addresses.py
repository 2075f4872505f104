"""E-mail addresses: the normal form by which two rows are one person, and why an address cannot be written.

Sequenzy trims and lowercases. We do no more than that (no dots removed, no +tag cut): two people could be merged.
For comparing with a do-not-send list alone, spellings of one mailbox are the same: see `mailbox`.
"""

from __future__ import annotations

import re
from email.utils import parseaddr
from unicodedata import category, normalize

_LOCAL = re.compile(r"[^\s@\"(),:;<>\[\\\]\x00-\x1f\x7f-\x9f]+\Z")
_LABEL = re.compile(r"(?!-)[^\s@_.,;:/\\<>()\[\]\"'\x00-\x2c\x3a-\x40\x7f-\x9f]{1,63}(?<!-)\Z")
_PLAIN = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,63}\Z"
)
_PLAIN_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
LONGEST, LONGEST_LOCAL, LONGEST_LABEL = 254, 64, 63
_LEFT_OVER = (".", ",", ";", "'", '"')
_LONGEST_WRAPPED, _MOST_NESTED = 1_000, 20
_MOST_DOMAINS = 20_000


def normal_form(address: str) -> str:
    return address.strip().lower()


def mailbox(text: str) -> str:
    """One form for all spellings that reach the same mailbox: accents written in one character or two, a domain in
    letters or in xn-- code, invisible signs, a name or `mailto:` in front, quotes around it, a full stop or a comma at
    the end. For comparing, never for writing."""
    address = normal_form(text)
    if address.endswith(_LEFT_OVER):
        bare = _bare(address)
        found = address if bare.endswith(_LEFT_OVER) else mailbox(bare)
        return found if problem(found) is None else address
    wrapped = _wrapped(address)
    if not wrapped and "xn--" not in address and address.isascii():
        return address
    if wrapped:
        address = (parseaddr(address.removeprefix("mailto:"))[1] or address).strip()
    address = normalize("NFC", "".join(letter for letter in address if category(letter) != "Cf"))
    local, at, domain = address.rpartition("@")
    domain = ".".join(map(_in_letters, normalize("NFKC", domain).split(".")))
    found = local + at + normalize("NFKC", normalize("NFKC", domain).lower())
    return found if problem(found) is None else normal_form(text)


def _bare(address: str) -> str:
    """Without what is left over from the text or the cell that it stood in."""
    address = address.rstrip(".,; ")
    quoted = len(address) > 2 and address[0] == address[-1] and address[0] in "'\""
    return address[1:-1].strip() if quoted else address


def _wrapped(address: str) -> bool:
    """With a name or `mailto:` in front. The parser that takes these off calls itself for every bracket and colon, so
    that an address made of hundreds of them would end the program."""
    if not ("<" in address or address.startswith("mailto:")) or len(address) > _LONGEST_WRAPPED:
        return False
    return address.count("(") + address.count(":") <= _MOST_NESTED


def writable(text: str) -> str:
    """The address that an entry of a list means: as it stands there, unless nobody could be written to like that."""
    address = normal_form(text)
    plain = mailbox(address)
    return address if plain == address or problem(address) is None else plain


def spellings(text: str) -> set[str]:
    """Normal forms in which a contact may have the mailbox that is meant by a text."""
    plain = mailbox(text)
    if plain.isascii() or problem(plain) is not None:
        return {plain}
    local, at, domain = plain.rpartition("@")
    domains = {domain, normalize("NFD", domain), ".".join(map(_in_code, domain.split(".")))}
    return {one + at + other for one in (local, normalize("NFD", local)) for other in domains}


def _in_letters(label: str) -> str:
    if not label.startswith("xn--") or len(label) > LONGEST_LABEL:
        return label
    try:
        letters = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    return letters if _LABEL.match(letters) else label


def _in_code(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode', 'replace').decode('ascii')}"


def problem(address: str) -> str | None:
    """Why nobody can be written to at this (normal-form) address; None when it looks deliverable.

    The quick pattern takes nearly all; the slow way below names the fault, and lets international addresses pass.
    """
    if _PLAIN.match(address) and len(address) <= LONGEST and "-." not in address and ".-" not in address:
        local = address.find("@")
        if local <= LONGEST_LOCAL and not address.startswith("-", local + 1):
            return None
    return _fault(address)


class AddressCheck:
    """`problem` for many addresses: a domain that was found good is not looked at again.

    An address is good at first sight when its domain is in `domains`, and what stands before it has at most
    LONGEST_LOCAL characters, all of them letters and digits, or is taken by `plain`.
    """

    def __init__(self) -> None:
        self.domains: set[str] = set()
        """Good ones, short enough that no good local part makes the address too long."""
        self.plain = _PLAIN_LOCAL.fullmatch

    def problem(self, address: str) -> str | None:
        fault = problem(address)
        if fault is None and len(self.domains) < _MOST_DOMAINS:
            domain = address.rpartition("@")[2]
            if len(domain) < LONGEST - LONGEST_LOCAL:
                self.domains.add(domain)
        return fault


def _fault(address: str) -> str | None:
    if not address:
        return "the address is empty"
    if any(0xD800 <= ord(letter) <= 0xDFFF for letter in address):
        return "the address holds half a character"
    if not address.isascii() and any(category(letter) == "Cf" for letter in address):
        return "the address holds an invisible character"
    if len(address) > LONGEST:
        return f"the address is longer than {LONGEST} characters"
    local, at, domain = address.rpartition("@")
    if not at:
        return "the address has no @"
    if "@" in local:
        return "the address has more than one @"
    if not local or len(local) > LONGEST_LOCAL:
        return "the part before the @ is empty" if not local else "the part before the @ is too long"
    if not _LOCAL.match(local) or local.startswith(".") or local.endswith(".") or ".." in local:
        return "the part before the @ has a character or a dot where none may be"
    labels = domain.split(".")
    if len(labels) < 2:
        return "the domain has no dot"
    if not all(_LABEL.match(label) for label in labels) or labels[-1].isdigit():
        return "the domain is not a valid name"
    return None
