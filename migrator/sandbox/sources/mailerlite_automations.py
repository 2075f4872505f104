"""Automations of the local MailerLite and who is in them: the vendor's keys, also the older singular ones."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]
MADE = "2024-05-01 08:00:00"


def _step(step_id: str, kind: str, parent: str | None, **more: Any) -> Row:
    return {"id": step_id, "type": kind, "parent_id": parent, "complete": True, "broken": False, "created_at": MADE,
            "updated_at": MADE, "description": "", "type_count": 1, **more}  # fmt: skip


def _email(step_id: str, parent: str | None, email_id: str, subject: str) -> Row:
    inner = {"id": email_id, "type": "builder", "plain_text": "Hello", "preheader": "Start here", "subject": subject}
    return _step(step_id, "email", parent, name=subject, subject=subject, **{"from": "a@example.com"},
                 from_name="Shop", reply_to="a@example.com", email_id=email_id, email=inner)  # fmt: skip


def _automation(automation_id: str, name: str, triggers: list[Row], steps: list[Row], **more: Any) -> Row:
    return {
        "id": automation_id,
        "name": name,
        "enabled": True,
        "trigger_data": {"track_ecommerce": False, "repeatable": False, "valid": True},
        "triggers": triggers,
        "steps": steps,
        "complete": True,
        "broken": False,
        "warnings": [],
        "emails_count": 1,
        "stats": {"completed_subscribers_count": 0, "subscribers_in_queue_count": 2},
        "created_at": MADE,
        **more,
    }


def _joins(*groups: str, excluded: tuple[str, ...] = ()) -> Row:
    return {"id": "7100", "type": "subscriber_joins_group", "group_ids": list(groups), "groups": [],
            "exclude_group_ids": list(excluded), "excluded_groups": [], "broken": False}  # fmt: skip


_OPENED = {"type": "workflow_activity", "email_id": "501", "action": "opened", "link_id": None}
_PRO = {"type": "custom_fields", "field_id": "4", "action": "equals", "action_value": "pro", "field": {"key": "note"}}
AUTOMATIONS: tuple[Row, ...] = (
    _automation(
        "7001",
        "Welcome",
        [_joins("99001", excluded=("99003",))],
        [
            _email("5", "3", "502", "Still there?"),
            _email("1", None, "501", "Hi {$name|default('there')}"),
            _step("2", "delay", "1", unit="days", value="2"),
            _step("3", "condition", "2", matching_type="all", conditions=[_OPENED], yes_step_id="4", no_step_id="5"),
            _step("4", "action", "3", action_type="copy_to_group", group_ids=["99002"], groups=[]),
            _step("6", "delay", "5", unit="next_weekday", week_days=["2", "3"], hour="09", minute="30"),
        ],
    ),
    _automation(
        "7002",
        "Older keys",
        [{"id": "7101", "type": "subscriber_joins_group", "group_id": "99002", "group": {"id": "99002"}}],
        [
            _step("11", "condition", None, matching_type="any", conditions=[_PRO, _OPENED], yes_step_id="12",
                  no_step_id=None),
            _step("12", "action", "11", action_type="move_to_group", from_group_ids=["99002"], to_group_ids=["99003"]),
            _step("13", "webhook", "12", url="https://hooks.example.com/in?token=s3cr3t", secret="s3cr3t"),  # noqa: S106
        ],
        enabled=False,
        trigger_data={"repeatable": True},
    ),
    _automation(
        "7003",
        "Odd things",
        [{"id": "7102", "type": "abandoned_cart", "ecommerce_shop_id": "1", "unit": "hours", "value": "1"}],
        [
            _step("21", "teleport", None, target="moon"),
            _step("22", "email", "21", name="Never set up", subject=None, email=None, email_id=None),
            _step("23", "delay", "21", unit="moons", value="1"),
            _step("24", "action", "22", action_type="mark_as_unsubscribed"),
            _step("25", "action", "23", action_type="go_to_step", go_to_step_type="email", go_to_step_id="22"),
            _step("26", "abtest", "25", a_path_step_id="27", b_path_step_id=None, split_percentages=[60, 40]),
            _step("27", "action", "26"),
        ],
    ),
)  # fmt: skip


def runs(subscribers: list[Row]) -> list[Row]:
    """In the first automation: a few wait, one is through, one was thrown out, and one of them was deleted since."""
    steps = {row["id"]: row for row in AUTOMATIONS[0]["steps"]}
    made = []
    for number, person in enumerate(subscribers[:12]):
        status = ("Active", "Active", "Completed", "Canceled", "Failed")[number % 5]
        waits = status == "Active"
        run = {
            "_automation": "7001",
            "id": f"88{number:04}",
            "status": status,
            "date": "2026-03-01 10:00:00",
            "reason": None,
            "subscriber": {"id": person["id"], "email": person["email"]},
            "stepRuns": [
                {"id": f"s{number}a", "step_id": "1", "scheduled_for": None, "finished_at": "2026-03-01 10:00:05"},
                {"id": f"s{number}b", "step_id": "2", "scheduled_for": "2026-03-03 10:00:05",
                 "finished_at": None if waits else "2026-03-03 10:00:09"},
            ],
            "currentStep": steps["2"],
        }  # fmt: skip
        if waits:
            run["nextStep"] = steps["3"]
        if number == 10:
            del run["subscriber"]
        made.append(run)
    return made
