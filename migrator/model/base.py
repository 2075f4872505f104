"""What every neutral record has in common. No record of a platform lives here, and nothing of ours is imported."""

from __future__ import annotations

from typing import Any

import msgspec

Raw = dict[str, Any]
"""What a platform said and the model has no word for, verbatim."""


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A fact about the source account, as it stood when it was read.

    Unknown keys are refused when a record is read back: a bundle from a newer version must not lose what we
    do not know, and a misspelt key must not pass as an absent one. A source's own surprises go into `raw`.
    """
