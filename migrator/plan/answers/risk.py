"""How much an answer can do: the one table of every setting in mappings.toml, with its risk class.

A setting that is not in the table counts as one of consent. Only lines that change names or words are offered for
copying; whatever decides who is mailed is typed by a person, one line at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from mappings.answer_lines import dotted
from mappings.verdicts import Verdict
from migrator.plan.answers.questions import key_path
from migrator.plan.records import LedgerEntry


class Risk(StrEnum):
    COSMETIC = "cosmetic"
    """A name that only you see."""
    CONTENT = "content"
    """What an email or a field says."""
    SENDS = "sends"
    """Which emails go out, to whom or when."""
    CONSENT = "consent"
    """Who may be mailed at all."""

    @property
    def copied(self) -> bool:
        """Whether a line of this class may be offered for copying, alone or with others."""
        return self in (Risk.COSMETIC, Risk.CONTENT)


ANY = "*"
"""One key of any name."""
REST = "**"
"""Nothing more, or any keys."""
RISKS: tuple[tuple[tuple[str, ...], Risk], ...] = (
    *(((kind, "rename", ANY), Risk.COSMETIC) for kind in ("lists", "segments", "templates")),
    (("sequences", ANY, "name"), Risk.COSMETIC),
    (("attributes", "rename", ANY), Risk.CONTENT),
    (("attributes", "prefix"), Risk.CONTENT),
    (("attributes", "types", ANY), Risk.CONTENT),
    (("merge_tags", REST), Risk.CONTENT),
    (("templates", "ignore", REST), Risk.CONTENT),
    (("campaigns", "drafts"), Risk.CONTENT),
    (("old_hosts",), Risk.CONTENT),
    (("opened",), Risk.SENDS),
    (("timezone",), Risk.SENDS),
    (("clock_wait",), Risk.SENDS),
    (("only_sequences",), Risk.SENDS),
    # A tag may start a sequence, hold somebody back or choose a branch; so may a list, a segment or a field.
    (("tags", REST), Risk.SENDS),
    *(((kind, "ignore", REST), Risk.SENDS) for kind in ("lists", "segments", "attributes")),
    *(((kind, ANY, REST), Risk.SENDS) for kind in ("sequences", "steps")),
    (("existing_people",), Risk.CONSENT),
    (("consent", REST), Risk.CONSENT),
    (("files", REST), Risk.CONSENT),
)
"""The first row that fits counts."""


def risk_of(path: tuple[str, ...]) -> Risk:
    return next((risk for pattern, risk in RISKS if _fits(pattern, path)), Risk.CONSENT)


def setting_of(line: str) -> str:
    """The setting that a line answers, without the value: nobody can paste it as an answer."""
    return dotted(key_path(line))


class Risks:
    """The risk of each line that the findings of one plan propose."""

    def __init__(self, entries: Iterable[LedgerEntry]) -> None:
        self._holding: set[tuple[str, ...]] = set()
        """Settings whose answer ends what holds a sequence back: afterwards more can go out."""
        for entry in entries:
            if entry.sequence_id is not None:
                for finding in entry.findings:
                    if finding.settles and finding.verdict is Verdict.MANUAL:
                        self._holding.add(key_path(finding.settles))

    def of(self, line: str) -> Risk:
        path = key_path(line)
        risk = risk_of(path)
        return Risk.SENDS if risk.copied and path in self._holding else risk


def _fits(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    if pattern[-1] == REST:
        head = pattern[:-1]
        return len(path) >= len(head) and _fits_exactly(head, path[: len(head)])
    return _fits_exactly(pattern, path)


def _fits_exactly(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    return len(pattern) == len(path) and all(wanted in (ANY, key) for wanted, key in zip(pattern, path, strict=True))
