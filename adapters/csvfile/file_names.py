"""What the names of files say in other languages, and together: `subscribed.csv` is a yes only beside the files of
people who left. The English words of one name are in words.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from adapters.csvfile.consent_speech import Polarity, heard
from adapters.csvfile.layout import Layout
from adapters.csvfile.open_file import OpenFile
from adapters.csvfile.words import S, stem_of


def read_together(files: Sequence[OpenFile]) -> None:
    left = {file.columns.layout.name for file in files if file.columns.name_state in (S.UNSUBSCRIBED, S.BOUNCED)}
    for file in files:
        if file.columns.name_state is None:
            file.columns.name_state = _said_by(stem_of(file.source.name), file.columns.layout, left)


def _said_by(stem: str, layout: Layout, left: set[str]) -> S | None:
    speech = heard(stem)
    if speech is not None and speech.polarity is Polarity.OUT and not speech.detail:
        return speech.state
    is_yes = layout.yes_name_beside and layout.name in left and re.fullmatch(layout.yes_name_beside, stem)
    return S.SUBSCRIBED if is_yes else None
