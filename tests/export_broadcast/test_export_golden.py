"""The published sample, the welcome series in its short form, exports to exactly this bundle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from export_support import trip_in

from migrator.export.overrides import gaps, write_gaps
from migrator.sandbox.broadcast.generate import seed_account

SAMPLE = {
    "source_id": "5",
    "name": "Welcome Series",
    "active": True,
    "triggers": [{"type": "tag_added", "tag": "new-signup", "leaves_when_removed": True}],
    "steps": [
        {"id": "10", "action": {"type": "entry"}, "label": "Start"},
        {
            "id": "11",
            "action": {"type": "send_email", "content": {}},
            "label": "Welcome Email",
            "content_missing": ["subject", "body"],
        },
        {
            "id": "12",
            "action": {"type": "wait"},
            "label": "Wait 2 days",
            "content_missing": ["seconds"],
            "suggestions": [{"field": "seconds", "value": 172800, "because": "the label says so"}],
        },
        {
            "id": "13",
            "action": {"type": "send_email", "content": {}},
            "label": "Getting Started Guide",
            "content_missing": ["subject", "body"],
        },
    ],
    "edges": [
        {"source": "10", "target": "11"},
        {"source": "11", "target": "12"},
        {"source": "12", "target": "13"},
    ],
    "re_entry": "once",
    "enrolled_count": 1250,
    "created_at": "2025-01-10T08:00:00Z",
    "updated_at": "2025-03-01T12:00:00Z",
    "raw": {"track_opens": True, "track_clicks": True, "use_any_email_server": False, "email_server_ids": [1]},
}
FORM = '''# What the source would not tell. Nothing of these steps is sent until the gaps are filled.
# Take the # away from a line and put the right value in; then run `migrate plan` again.

# Welcome Series: send email 'Welcome Email'
[steps."5"."11"]
# subject = "What people read in their inbox"
# preview_text = "Shown behind the subject"  # if it has one
# body = """
# <p>The HTML of the email</p>
# """
# format = "document"  # or fragment, or text; found out when left out

# Welcome Series: wait 'Wait 2 days'
[steps."5"."12"]
# seconds = 172800  # suggested: the label says so

# Welcome Series: send email 'Getting Started Guide'
[steps."5"."13"]
# subject = "What people read in their inbox"
# preview_text = "Shown behind the subject"  # if it has one
# body = """
# <p>The HTML of the email</p>
# """
# format = "document"  # or fragment, or text; found out when left out
'''


def test_the_published_welcome_series_exports_as_documented(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, seed_account(), profile="seed")
    bundle = trip.export()
    written = json.loads((bundle.folder / "sequences" / "5.json").read_text())
    assert written == SAMPLE
    assert bundle.manifest.counts["sequences"] == 8
    assert bundle.manifest.counts["contacts"] == 1250
    unread = {item.scope: item for item in bundle.manifest.unread}
    assert "steps 11, 12, 13" in unread["steps/5"].what
    assert "1,250" in unread["enrolments"].what, "how many people stand in sequences is known, and only that"
    assert gaps(bundle.sequences()) == FORM


def test_the_form_for_gaps_is_valid_changes_nothing_and_never_overwrites_choices(tmp_path: Path) -> None:
    import tomllib

    bundle = trip_in(tmp_path / "a", seed_account(), profile="seed").export()
    first = write_gaps(tmp_path, bundle.sequences())
    assert first == tmp_path / "mappings.toml"
    parsed: dict[str, Any] = tomllib.loads(first.read_text())
    assert parsed == {"steps": {"5": {"11": {}, "12": {}, "13": {}}}}
    first.write_text("# mine\n")
    second = write_gaps(tmp_path, bundle.sequences())
    assert second == tmp_path / "mappings.missing.toml"
    assert first.read_text() == "# mine\n"
    assert write_gaps(tmp_path, []) is None
