"""The names under which the fields of a step may come: most of them no document tells. The first that holds something
counts.
"""

from __future__ import annotations

SECONDS = ("delay", "delay_seconds", "delay_in_seconds")
TIME = ("delay_until_time", "delay_until", "time_of_day", "delay_time", "time", "run_at_time")
ZONE = ("delay_until_timezone", "delay_until_time_zone", "timezone", "time_zone", "delay_timezone")
TARGET = (
    "move_to_sequence_id",
    "target_sequence_id",
    "next_sequence_id",
    "destination_sequence_id",
    "to_sequence_id",
    "move_to_sequence.id",
    "target_sequence.id",
)
TAGS = ("taggify_list", "tag_list", "tags")
URL = ("url", "request_url", "http_url", "http_request_url", "webhook_url")
METHOD = ("http_method", "method", "request_method")
HEADERS = ("headers", "http_headers", "request_headers")
BODY = ("body", "payload", "request_body", "http_body")
OTHER_KINDS = frozenset({*TIME, *ZONE, *TARGET, *TAGS, *URL, *METHOD, *HEADERS, *BODY}) | {
    *("subject", "preheader", "html_body", "template_id", "template", "blocks_json", "condition_setting")
}
"""Keys of one kind of step, which on another kind say nothing. A wait is not among them: it would delay any step."""
