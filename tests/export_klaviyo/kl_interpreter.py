"""Runs a flow for one person straight from the definition that Klaviyo shows: the judge of reading and lowering
together. It shares no code with either, and knows only what the compared flows use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference_interpreter import Happening


@dataclass
class Walker:
    definition: dict[str, Any]
    now: datetime
    properties: dict[str, Any]
    clicks_after: dict[str, timedelta]
    stop: datetime
    log: list[Happening] = field(default_factory=list)
    mails: list[tuple[str, str, datetime]] = field(default_factory=list)
    """Subject, message and moment."""

    def run(self) -> list[Happening]:
        actions = {action["id"]: action for action in self.definition["actions"]}
        here = self.definition["entry_action_id"]
        while here is not None:
            action = actions[here]
            links, data = action["links"], action["data"]
            match action["type"]:
                case "send-email":
                    self._email(data)
                    here = links["next"]
                case "time-delay":
                    if not self._wait(data):
                        return self.log
                    here = links["next"]
                case "conditional-split":
                    here = links["next_if_true" if self._holds(data["profile_filter"]) else "next_if_false"]
                case "multi-branch-split":
                    here = self._branch(data["branches"])
                case "update-profile":
                    for change in data["profile_operations"]:
                        key = change["property_key"][len("properties['") : -2]
                        self.properties[key] = change["property_value"]
                        self.log.append(Happening(self.now, "set", f"{key}={change['property_value']}"))
                    here = links["next"]
                case other:
                    raise NotImplementedError(other)
        return self.log

    def _email(self, data: dict[str, Any]) -> None:
        message = data["message"]
        wanted = message["additional_filters"]
        if data["status"] == "live" and (wanted is None or self._holds(wanted)):
            self.log.append(Happening(self.now, "email", message["subject_line"]))
            self.mails.append((message["subject_line"], message["id"], self.now))

    def _wait(self, data: dict[str, Any]) -> bool:
        unit = {"days": timedelta(days=1), "hours": timedelta(hours=1), "minutes": timedelta(minutes=1)}[data["unit"]]
        time = data.get("delay_until_time")
        if time is None:
            until = self.now + unit * data["value"] + timedelta(minutes=data["secondary_value"] or 0)
        else:
            zone = ZoneInfo(data["timezone"])
            here = self.now.astimezone(zone)
            hour, minute, _ = (int(one) for one in time.split(":"))
            day = here.date() + timedelta(days=data["value"])
            until = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
            while until <= self.now or until.strftime("%A").lower() not in data["delay_until_weekdays"]:
                day += timedelta(days=1)
                until = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
        if until > self.stop:
            return False
        self.now = until.astimezone(self.now.tzinfo)
        return True

    def _branch(self, branches: list[dict[str, Any]]) -> str | None:
        ordered = sorted(branches, key=lambda one: (one["is_else"], one["order"]))
        for one in ordered:
            if one["is_else"] or self._holds(one["branch_filter"]):
                found: str | None = one["links"]["next"]
                return found
        return None

    def _holds(self, told: dict[str, Any]) -> bool:
        return all(any(self._true(one) for one in group["conditions"]) for group in told["condition_groups"])

    def _true(self, told: dict[str, Any]) -> bool:
        if told["type"] == "profile-property":
            value = self.properties.get(told["property"][len("properties['") : -2])
            wanted, operator = told["filter"]["value"], told["filter"]["operator"]
            return {"equals": value == wanted, "not-equals": value != wanted}[operator]
        assert told["type"] == "profile-metric"
        assert told["metric_id"] == "MtClick"
        named = [one["filter"]["value"] for one in told["metric_filters"] or []]
        clicks = sum(
            subject in self.clicks_after and sent + self.clicks_after[subject] <= self.now
            for subject, message, sent in self.mails
            if not named or message in named
        )
        return {"greater-than": clicks > 0, "equals": clicks == 0}[told["measurement_filter"]["operator"]]
