"""What people read about a finding is plain English: our words, short sentences, nothing that reads as translated."""

from __future__ import annotations

import re

import pytest

from mappings.email.reasons import EMAIL_REASONS
from mappings.findings import FINDINGS
from mappings.import_record import LOSSES
from mappings.merge_tags.reasons import REASONS

LONGEST = 25
"""Words in one sentence."""
NOT_OURS = {
    r"\banew\b": "again",
    r"\bwhoever\b": "people who",
    r"\bput (in|them in)\b": "enrol",
    r"cannot be said|can't be said": "isn't supported",
    r"\bgoes? on\b|\bgo on\b": "continue",
    r"\bstands? (in|at|still|for)\b": "is in, is at",
    r"\bhangs? below\b": "its parent step",
    r"\bsettled?\b": "answer, decide",
    r"\bcarried over\b|\bcarry over\b": "moved",
    r"\bmailings?\b": "campaign",
    r"\bdo-not-send\b": "suppression list",
    r"\bstand-ins?\b": "placeholder",
    r"\bsigns?\b(?!-)": "character",
    r"\bwish(es)?\b": "answer",
    r"\blanes? of their own\b": "their original schedule",
    r"\bopen merge tag": "unresolved merge tag",
}
"""Phrases that no marketer would say, each with the word to use."""
TEXTS = {
    **{code: (finding.reason, finding.remedy) for code, finding in FINDINGS.items()},
    **{f"tag:{code}": (reason.sentence, reason.remedy) for code, reason in REASONS.items()},
    **{f"email:{code}": (reason.sentence, reason.remedy) for code, reason in EMAIL_REASONS.items()},
    **{f"person:{code}": loss for code, loss in LOSSES.items()},
}


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_a_finding_speaks_plain_english(code: str) -> None:
    text = " ".join(TEXTS[code])
    found = {phrase: instead for phrase, instead in NOT_OURS.items() if re.search(phrase, text, re.IGNORECASE)}
    assert {} == found
    long = [sentence for sentence in re.split(r"(?<=[.!?])\s", text) if len(sentence.split()) > LONGEST]
    assert [] == long
