"""A made-up Klaviyo account: every state of consent, odd profiles, and flows of every construct. The same seed gives
the same account."""

from __future__ import annotations

from random import Random

from migrator.sandbox.klaviyo.account import Account, Row
from migrator.sandbox.klaviyo.generate_content import campaigns, templates, universal
from migrator.sandbox.klaviyo.generate_flows import METRICS, FlowMaker, known_flows
from migrator.sandbox.klaviyo.generate_people import profiles

LISTS = (
    ("LsNews", "Newsletter", "double_opt_in"),
    ("LsShop", "Customers", "single_opt_in"),
    ("LsBeta", "Beta testers", "single_opt_in"),
    *((f"LsOld{number}", f"Old list {number}", "single_opt_in") for number in range(10)),
)
SEGMENTS: tuple[tuple[str, str, list[Row]], ...] = (
    ("SgPro", "On the pro plan", [{"type": "profile-property", "property": "properties['Plan']",
     "filter": {"type": "string", "operator": "equals", "value": "pro"}}]),
    ("SgOpen", "Opened in 90 days", [{"type": "profile-metric", "metric_id": "MtOpen", "measurement": "count",
     "measurement_filter": {"type": "numeric", "operator": "greater-than", "value": 0},
     "timeframe_filter": {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": 90},
     "metric_filters": None}]),
    ("SgRich", "Likely to spend", [{"type": "profile-predictive-analytics", "dimension": "predicted_clv",
     "filter": {"type": "numeric", "operator": "greater-than", "value": 100}}]),
    ("SgNews", "On the newsletter", [{"type": "profile-group-membership", "is_member": True,
     "group_ids": ["LsNews"], "timeframe_filter": None}]),
)  # fmt: skip


def generate(contacts: int = 60, *, seed: int = 1, flows: int = 4) -> Account:
    """`flows`: how many random ones, besides one of every construct."""
    rng = Random(seed)  # noqa: S311 - made-up data, not cryptography
    lists: list[Row] = [
        {"id": list_id, "name": name, "created": "2023-01-05T08:00:00+00:00", "updated": "2024-01-05T08:00:00+00:00",
         "opt_in_process": process}
        for list_id, name, process in LISTS
    ]  # fmt: skip
    segments: list[Row] = [
        {"id": segment_id, "name": name, "definition": {"condition_groups": [{"conditions": conditions}]},
         "created": "2023-02-01T08:00:00+00:00", "updated": "2024-02-01T08:00:00+00:00", "is_active": True,
         "is_processing": False, "is_starred": False}
        for segment_id, name, conditions in SEGMENTS
    ]  # fmt: skip
    maker = FlowMaker(rng)
    made = known_flows(maker) + [maker.random_flow(number) for number in range(flows)]
    sent, messages = campaigns(rng)
    return Account(
        id="PuBkEy",
        attributes={
            "timezone": "Europe/Paris",
            "preferred_currency": "EUR",
            "public_api_key": "PuBkEy",
            "test_account": False,
            "contact_information": {"organization_name": "Acme Candles", "default_sender_name": "Ana at Acme",
                                    "default_sender_email": "ana@acme.test", "website_url": "https://acme.test",
                                    "street_address": {"address1": "1 Wick Lane", "address2": None, "city": "Leeds",
                                                       "region": None, "zip": "LS1 1AA", "country": "GB"}},
        },
        profiles=profiles(rng, contacts, [list_id for list_id, _, _ in LISTS]),
        lists=lists,
        segments=segments,
        metrics=[dict(row) for row in METRICS],
        flows=made,
        flow_messages=maker.messages,
        templates=templates(rng),
        universal=universal(),
        campaigns=sent,
        campaign_messages=messages,
        tags=[{"id": "TgSeason", "name": "Season"}],
    )  # fmt: skip
