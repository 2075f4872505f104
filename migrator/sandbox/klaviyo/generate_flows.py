"""Made-up flows: one of every construct by name, and random graphs whose lanes nest, rejoin and end."""

from __future__ import annotations

from random import Random
from typing import Any

from migrator.sandbox.klaviyo.account import Message, Row
from migrator.sandbox.klaviyo.generate_content import html, template_row

WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
METRICS: tuple[Row, ...] = tuple(
    {"id": metric_id, "name": name, "integration": {"name": owner}}
    for metric_id, name, owner in (
        ("MtOrder", "Placed Order", "Shopify"),
        ("MtCart", "Started Checkout", "Shopify"),
        ("MtRecv", "Received Email", "Klaviyo"),
        ("MtOpen", "Opened Email", "Klaviyo"),
        ("MtClick", "Clicked Email", "Klaviyo"),
        ("MtSub", "Subscribed to List", "Klaviyo"),
    )
)


def groups(*conditions: Row) -> Row:
    """All of these."""
    return {"condition_groups": [{"conditions": [one]} for one in conditions]}


def property_is(key: str, value: Any, operator: str = "equals", kind: str = "string") -> Row:
    return {"type": "profile-property", "property": f"properties['{key}']",
            "filter": {"type": kind, "operator": operator, "value": value}}  # fmt: skip


def metric_count(metric_id: str, operator: str, value: int, frame: Row, filters: list[Row] | None = None) -> Row:
    return {"type": "profile-metric", "metric_id": metric_id, "measurement": "count",
            "measurement_filter": {"type": "numeric", "operator": operator, "value": value},
            "timeframe_filter": {"type": "date", **frame}, "metric_filters": filters}  # fmt: skip


SINCE_START: Row = {"operator": "flow-start"}
EVER: Row = {"operator": "alltime"}


class FlowMaker:
    """Hands out ids and keeps the messages."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.messages: dict[str, Message] = {}
        self._number = 90_000_000

    def new_id(self) -> str:
        self._number += 1
        return str(self._number)

    def email(self, following: str | None, subject: str, *, status: str = "live", designed: bool = True,
              action_id: str | None = None, **message: Any) -> Row:  # fmt: skip
        action_id = action_id or self.new_id()
        message_id = f"Msg{action_id}"
        template = template_row(f"TplF{action_id}", subject, html(f"m{action_id}")) if designed else None
        self.messages[message_id] = Message(message_id, "email", template)
        told = {
            "id": message_id, "name": subject, "from_email": "ana@acme.test", "from_label": "Ana at Acme",
            "reply_to_email": None, "cc_email": None, "bcc_email": None, "subject_line": subject, "preview_text": "",
            "template_id": template["id"] if template else None, "smart_sending_enabled": False,
            "transactional": False, "add_tracking_params": False, "custom_tracking_params": None,
            "additional_filters": None, **message,
        }  # fmt: skip
        return self.action("send-email", {"message": told, "status": status}, following, action_id)

    def action(self, kind: str, data: Row, following: str | None, action_id: str | None = None) -> Row:
        return {"id": action_id or self.new_id(), "type": kind, "data": data, "links": {"next": following}}

    def delay(self, following: str | None, unit: str = "days", value: int = 1, action_id: str | None = None,
              **more: Any) -> Row:  # fmt: skip
        data = {"unit": unit, "value": value, "secondary_value": None, "timezone": "profile", **more}
        return self.action("time-delay", data, following, action_id)

    def split(self, yes: str | None, no: str | None, rule: Row, action_id: str | None = None) -> Row:
        return {"id": action_id or self.new_id(), "type": "conditional-split", "data": {"profile_filter": rule},
                "links": {"next_if_true": yes, "next_if_false": no}}  # fmt: skip

    def flow(self, flow_id: str, name: str, trigger: Row | None, actions: list[Row], *, status: str = "live",
             first: str | None = None, **definition: Any) -> Row:  # fmt: skip
        kinds = {"list": "Added to List", "metric": "Metric", "date": "Date Based", "segment": "Added to List"}
        return {
            "id": flow_id, "name": name, "status": status, "archived": False,
            "created": "2024-02-01T09:00:00+00:00", "updated": "2024-06-01T09:00:00+00:00",
            "trigger_type": kinds.get(str((trigger or {}).get("type")), "Unconfigured"),
            "definition": {
                "triggers": [trigger] if trigger else [], "profile_filter": None,
                "entry_action_id": first or (actions[0]["id"] if actions else None),
                "actions": actions, "reentry_criteria": None, **definition,
            },
        }  # fmt: skip

    def random_flow(self, number: int) -> Row:
        """Steps that lead to later ones: lanes nest, rejoin, cross and end."""
        rng, size = self.rng, self.rng.randint(4, 12)
        ids = [self.new_id() for _ in range(size)]

        def later(place: int) -> str | None:
            at = place + rng.choice((1, 1, 1, 2, 3))
            return ids[at] if at < size else None

        actions: list[Row] = []
        for place, action_id in enumerate(ids):
            following = ids[place + 1] if place + 1 < size else None
            match rng.randint(0, 6):
                case 0:
                    rule = groups(property_is("Plan", rng.choice(("pro", "free"))))
                    actions.append(self.split(following, later(place), rule, action_id))
                case 1:
                    rule = groups(metric_count("MtClick", "greater-than", 0, SINCE_START))
                    actions.append(self.split(later(place), following, rule, action_id))
                case 2:
                    unit, value = rng.choice((("days", 2), ("hours", 5), ("minutes", 20)))
                    actions.append(self.delay(following, unit, value, action_id=action_id))
                case 3:
                    more = {"delay_until_time": "09:00:00", "delay_until_weekdays": WEEK, "timezone": "Europe/Paris"}
                    actions.append(self.delay(following, "days", rng.randint(0, 2), action_id=action_id, **more))
                case 4:
                    change = {
                        "operator": "update",
                        "property_type": "string",
                        "property_operation": None,
                        "property_key": "properties['Plan']",
                        "property_value": rng.choice(("pro", "free")),
                    }
                    data = {"profile_operations": [change]}
                    actions.append(self.action("update-profile", data, following, action_id))
                case _:
                    actions.append(self.email(following, f"Mail {number}-{place}", action_id=action_id))
        first, shown = ids[0], list(actions)
        rng.shuffle(shown)
        return self.flow(f"FlR{number}", f"Random {number}", {"type": "list", "id": "LsNews"}, shown, first=first)


def known_flows(make: FlowMaker) -> list[Row]:
    return [_welcome(make), _cart(make), _rejoin(make), _many_ways(make), _actions(make), _birthday(make),
            _unusual(make), make.flow("FlEmpty", "Not begun", None, [], status="draft")]  # fmt: skip


def _welcome(make: FlowMaker) -> Row:
    last = make.email(None, "Tips for pros", status="draft")
    split = make.split(last["id"], None, groups(property_is("Plan", "pro")))
    wait = make.delay(split["id"], "days", 2, delay_until_time="09:00:00", delay_until_weekdays=WEEK)
    first = make.email(wait["id"], "Hi {{ first_name|default:'there' }}", smart_sending_enabled=True)
    once = {"type": "profile-not-in-flow", "timeframe_filter": {"type": "date", "operator": "in-the-last",
            "unit": "day", "quantity": 30}}  # fmt: skip
    return make.flow("FlWelcome", "Welcome", {"type": "list", "id": "LsNews"}, [last, split, wait, first],
                     first=first["id"], profile_filter=groups(once),
                     reentry_criteria={"duration": 30, "unit": "day"})  # fmt: skip


def _cart(make: FlowMaker) -> Row:
    """Stops when somebody buys; filtered by a property of the event."""
    last = make.email(None, "Still there?", additional_filters=groups(property_is("Seats", 3, "greater-than",
                      "numeric")))  # fmt: skip
    wait = make.delay(last["id"], "hours", 20, secondary_value=30)
    value = {"type": "metric-property", "metric_id": "MtCart", "field": "$value",
             "filter": {"type": "numeric", "operator": "greater-than", "value": 50}}  # fmt: skip
    data = {"trigger_filter": groups(value), "trigger_id": "MtCart", "trigger_type": "metric", "trigger_subtype": None}
    split: Row = {"id": make.new_id(), "type": "trigger-split", "data": data,
                  "links": {"next_if_true": wait["id"], "next_if_false": None}}  # fmt: skip
    first = make.email(split["id"], "You left {{ event.extra.items }}")
    wanted = {"type": "metric-property", "metric_id": "MtCart", "field": "Source",
              "filter": {"type": "string", "operator": "equals", "value": "web"}}  # fmt: skip
    trigger = {"type": "metric", "id": "MtCart", "trigger_filter": groups(wanted)}
    bought = metric_count("MtOrder", "equals", 0, SINCE_START)
    return make.flow("FlCart", "Abandoned cart", trigger, [first, split, wait, last],
                     profile_filter=groups(bought, property_is("Plan", "pro", "not-equals")))  # fmt: skip


def _rejoin(make: FlowMaker) -> Row:
    """Two lanes meet again, and the clicks asked for are those of the email just before."""
    end = make.email(None, "Together again")
    meet = make.delay(end["id"], "hours", 3)
    yes, no = make.email(meet["id"], "You clicked"), make.delay(meet["id"], "days", 1)
    first = make.email(None, "Click here")
    clicked = metric_count("MtClick", "greater-than", 0, SINCE_START, [
        {"property": "$message", "filter": {"type": "string", "operator": "equals",
         "value": first["data"]["message"]["id"]}}])  # fmt: skip
    split = make.split(yes["id"], no["id"], groups(clicked))
    wait = make.delay(split["id"], "days", 1)
    first["links"]["next"] = wait["id"]
    return make.flow("FlRejoin", "Two ways, one end", {"type": "list", "id": "LsShop"},
                     [first, wait, split, yes, no, meet, end])  # fmt: skip


def _many_ways(make: FlowMaker) -> Row:
    """A split of several lanes, a random split, and one on opened emails."""
    end = make.email(None, "The end")
    opened = make.split(None, end["id"], groups(metric_count("MtOpen", "equals", 0, SINCE_START)))
    sample = make.split(opened["id"], end["id"], groups({"type": "profile-sample", "percentage": 30}))
    ways = [
        {"branch_id": f"b{number}", "order": number, "is_else": False, "name": name, "links": {"next": following},
         "branch_filter": groups(property_is("Plan", name))}
        for number, (name, following) in enumerate((("pro", sample["id"]), ("free", end["id"])))
    ]  # fmt: skip
    ways.append({"branch_id": "b9", "order": 9, "is_else": True, "name": "Others", "branch_filter": None,
                 "links": {"next": None}})  # fmt: skip
    multi: Row = {"id": make.new_id(), "type": "multi-branch-split", "links": None,
                  "data": {"name": "Plans", "branches": ways[::-1]}}  # fmt: skip
    first = make.email(multi["id"], "Which plan?")
    return make.flow("FlWays", "Many ways", {"type": "segment", "id": "SgPro"},
                     [end, opened, sample, multi, first], first=first["id"])  # fmt: skip


def _actions(make: FlowMaker) -> Row:
    """Changes of the profile, lists, a webhook with a key, an alert, a text message."""
    sms = make.action("send-sms", {"status": "live", "message": {"body": "Hello"}}, None)
    alert = make.action("send-internal-alert", {"status": "live", "message": {"id": "MsgAlert", "name": "Alert",
                        "to_emails": ["team@acme.test"], "subject_line": "New"}}, sms["id"])  # fmt: skip
    hook = make.action("send-webhook", {"status": "live", "message": {"id": "MsgHook", "name": "Tell the shop",
                       "url": "https://shop.test/hook?token=s3cr3t", "body": '{"email": "{{ email }}"}',
                       "headers": {"X-Api-Key": "s3cr3t", "Accept": "application/json"}}}, alert["id"])  # fmt: skip
    off = make.action("list-update", {"name": "Leave", "list_id": "LsBeta", "on_execution": False}, hook["id"])
    on = make.action("list-update", {"name": "Join", "list_id": "LsShop", "on_execution": True}, off["id"])
    operations = [
        {"operator": "update", "property_type": "string", "property_operation": None,
         "property_key": "properties['Stage']", "property_value": "welcomed"},
        {"operator": "update", "property_type": "list", "property_operation": "add",
         "property_key": "properties['Shop Tags']", "property_value": ["EU"]},
        {"operator": "delete", "property_type": "string", "property_operation": None,
         "property_key": "properties['Old']", "property_value": None},
    ]  # fmt: skip
    change = make.action("update-profile", {"profile_operations": operations}, on["id"])
    return make.flow("FlActions", "Every action", {"type": "metric", "id": "MtOrder", "trigger_filter": None},
                     [change, on, off, hook, alert, sms], reentry_criteria={"duration": 2, "unit": "hour"})  # fmt: skip


def _birthday(make: FlowMaker) -> Row:
    last = make.email(None, "Happy birthday")
    wait = make.action("countdown-delay", {"unit": "days", "value": 0, "timezone": "profile",
                       "delay_until_time": "10:00:00", "delay_until_weekdays": WEEK}, last["id"])  # fmt: skip
    first = make.email(wait["id"], "Soon")
    trigger = {"type": "date", "date_field_type": "profile-property", "date_profile_property": "properties['Birthday']",
               "timedelta_unit_before_date": "days", "timedelta_value_before_date": 7,
               "recurrence_frequency": "annually", "timezone": "profile"}  # fmt: skip
    return make.flow("FlBirthday", "Birthday", trigger, [first, wait, last])


def _unusual(make: FlowMaker) -> Row:
    """What has no equal anywhere: kept, named and never run through."""
    code = make.action("code", {}, None)
    unknown = make.action("brand-new-action", {"x": 1}, code["id"])
    weekday = make.action("target-date", {"timezone": "Europe/Paris", "target_time": "08:30:00",
                          "target_days": ["monday"]}, unknown["id"])  # fmt: skip
    main = make.email(None, "Variation A")
    variations = [{"id": "v1", "name": "A"}, {"id": "v2", "name": "B"}]
    test = make.action("ab-test", {"status": "live", "experiment_status": "live", "main_action": main,
                       "current_experiment": {"id": "x1", "name": "Subject", "variations": variations,
                       "allocations": {"v1": 50, "v2": 50}}}, weekday["id"])  # fmt: skip
    gone = make.email(test["id"], "Never designed", designed=False)
    odd = make.split(gone["id"], None, groups({"type": "profile-region", "in_region": True,
                     "region": "european_union"}))  # fmt: skip
    trigger = {"type": "price-drop", "price_drop_amount_value": 5, "price_drop_amount_unit": "percent",
               "audience": [], "timeframe_days": 30, "currency_type": None, "trigger_filter": None}  # fmt: skip
    return make.flow("FlOdd", "Unusual", trigger, [odd, gone, test, weekday, unknown, code], status="manual")
