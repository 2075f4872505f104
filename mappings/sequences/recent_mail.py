"""Emails that the source leaves out for somebody who got another one shortly before.

The target has a frequency cap of the account that a whole sequence obeys or not: it is switched on only where no email
of the sequence would be held back that the source sends in any case.
"""

from __future__ import annotations

from migrator.model.sequences import Sequence
from migrator.model.steps import SendEmail


def obeys_cap(sequence: Sequence) -> bool:
    emails = [step.action for step in sequence.steps if isinstance(step.action, SendEmail) and step.action.live]
    return bool(emails) and all(email.skips_recently_mailed for email in emails)
