"""How the platform writes tag names, addresses and telephone numbers, and which of them it takes."""

from __future__ import annotations

import re


def normalise_tag(name: str) -> str:
    """Trimmed, lower case, each run of white space one hyphen; dots and underscores stay."""
    return re.sub(r"\s+", "-", name.strip().lower())


def normalise_email(email: str) -> str:
    return email.strip().lower()


def plausible_email(email: str) -> bool:
    return re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", email) is not None


def plausible_phone(phone: str) -> bool:
    return re.fullmatch(r"\+?[\d\s().-]{5,20}", phone) is not None


def clean_phone(phone: str) -> str:
    """Digits with a leading plus. National numbers keep their digits: the country table is the platform's."""
    return "+" + re.sub(r"\D", "", phone)
