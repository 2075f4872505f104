"""Made-up sequences.toml whose branches nest and meet again, and a walk through them straight from the written words:
the judge of reading them. It shares no code with the reader and knows only what the made-up files use."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from seq_person import Someone

Happened = tuple[datetime, str, str]
UNITS = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "days": timedelta(days=1)}


def span(text: str) -> timedelta:
    number, unit = text.split()
    return int(number) * UNITS[unit]


def written(value: Any) -> str:
    """In TOML, on one line."""
    match value:
        case dict():
            return "{ " + ", ".join(f"{key} = {written(one)}" for key, one in value.items()) + " }"
        case list():
            return "[" + ", ".join(written(one) for one in value) + "]"
    return json.dumps(value)


class Writer:
    def __init__(self, number: int) -> None:
        self.dice, self.count = Random(number), 0

    def file(self) -> tuple[list[dict[str, Any]], str]:
        steps = self.steps(3, 5)
        head = 'version = 1\nlanguage = "liquid"\n[[sequence]]\nid = "7"\nre_entry = "once"\n'
        return steps, f'{head}starts_when = {{ tag_added = "start" }}\nstep = {written(steps)}\n'

    def steps(self, depth: int, most: int) -> list[dict[str, Any]]:
        found = [self.step(depth) for _ in range(self.dice.randint(1, most))]
        if depth < 3 and self.dice.random() < 0.2:
            found.append({"exit": True})
        return found

    def condition(self, depth: int = 1) -> dict[str, Any]:
        if depth and self.dice.random() < 0.3:
            several = [self.condition(0), self.condition(0)]
            return self.dice.choice([{"all": several}, {"any": several}, {"not": several[0]}])
        scope = self.dice.choice(("previous", "this_sequence"))
        return self.dice.choice(
            [
                {"tag": self.dice.choice(("vip", "hot"))},
                {"attribute": "plan", "is": self.dice.choice(("pro", "free"))},
                {self.dice.choice(("clicked", "clicked", "opened")): scope},
                {"event": "bought"},
            ]
        )

    def step(self, depth: int) -> dict[str, Any]:
        self.count += 1
        kinds = ["mail", "mail", "wait", "tag", "set", "hook", "until"]
        kind = self.dice.choice([*kinds, *(["if", "if", "choose", "wait_for"] if depth else [])])
        match kind:
            case "wait":
                return {"wait": self.dice.choice(("1 minutes", "5 hours", "1 days", "3 days"))}
            case "tag":
                return {self.dice.choice(("add_tags", "remove_tags")): [self.dice.choice(("vip", "hot"))]}
            case "set":
                return self.dice.choice(({"set": {"plan": "pro"}}, {"unset": "plan"}))
            case "hook":
                return {"webhook": {"url": f"https://hook.test/{self.count}", "body": "{}"}}
            case "until":
                return {"wait_until": "08:00", "timezone": "Europe/Paris"}
            case "if":
                made: dict[str, Any] = {"if": self.condition()}
                if self.dice.random() < 0.6:
                    made["after"] = self.dice.choice(("5 hours", "1 days"))
                made["then"] = self.steps(depth - 1, 2)
                return made | ({"else": self.steps(depth - 1, 2)} if self.dice.random() < 0.6 else {})
            case "choose":
                lanes: list[dict[str, Any]] = [
                    {"if": self.condition(), "steps": self.steps(depth - 1, 2)} for _ in range(2)
                ]
                return {
                    "choose": [*lanes, *([{"steps": self.steps(depth - 1, 1)}] if self.dice.random() < 0.5 else [])]
                }
            case "wait_for":
                lanes_of = {name: self.steps(depth - 1, 1) for name in ("happened", "timed_out")}
                return {"wait_for": {"event": "bought"}, "at_most": "2 days", **lanes_of}
        return {"body": "<p>Hi</p>", "subject": f"Mail {self.count}"}


class Out(Exception):
    pass


class Walk:
    def __init__(self, person: Someone, start: datetime, horizon: datetime) -> None:
        self.person, self.now, self.horizon = person, start, horizon
        self.tags, self.attributes = {*person.tags, "start"}, dict(person.attributes)
        self.changes = sorted((one for one in person.changes if one.at > start), key=lambda one: one.at)
        self.log: list[Happened] = []
        self.mails: list[tuple[str, datetime]] = []
        self.events: list[datetime] = []

    def run(self, steps: list[dict[str, Any]]) -> list[Happened]:
        with contextlib.suppress(Out):
            self.path(steps)
        return self.log

    def path(self, steps: list[dict[str, Any]]) -> None:
        """Where a list ends, people go on behind it: branches meet again."""
        for step in steps:
            for lane in self.step(step):
                self.path(lane)

    def step(self, step: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
        match step:
            case {"subject": subject}:
                self.note("email", subject)
                self.mails.append((subject, self.now))
            case {"wait": text}:
                self.sleep(self.now + span(text))
            case {"wait_until": _}:
                here = self.now.astimezone(ZoneInfo("Europe/Paris"))
                until = here.replace(hour=8, minute=0, second=0, microsecond=0)
                until = until if until > here else until + timedelta(days=1)
                self.sleep(until.astimezone(self.now.tzinfo))
            case {"add_tags": [tag]}:
                self.note("tag", tag)
                self.tags.add(tag)
            case {"remove_tags": [tag]}:
                self.note("untag", tag)
                self.tags.discard(tag)
            case {"set": {"plan": value}}:
                self.note("set", f"plan={value}")
                self.attributes["plan"] = value
            case {"unset": _}:
                self.note("set", "plan=None")
                self.attributes.pop("plan", None)
            case {"webhook": {"url": url}}:
                self.note("hook", url)
            case {"exit": _}:
                raise Out
            case {"if": condition, "then": then}:
                self.sleep(self.now + span(step.get("after", "0 days")))
                yield then if self.holds(condition) else step.get("else", [])
            case {"choose": lanes}:
                yield next((one["steps"] for one in lanes if "if" not in one or self.holds(one["if"])), [])
            case {"wait_for": _, "happened": happened, "timed_out": late}:
                until = self.now + timedelta(days=2)
                came = [one.at for one in self.changes if (one.what, one.value) == ("event", "bought")]
                self.sleep(min([*came[:1], until]))
                yield happened if came and came[0] <= until else late

    def note(self, what: str, value: str) -> None:
        self.log.append((self.now, what, value))

    def sleep(self, until: datetime) -> None:
        if until >= self.horizon:
            raise Out
        self.now = until
        while self.changes and self.changes[0].at <= until:
            change = self.changes.pop(0)
            match change.what:
                case "tag":
                    self.tags.add(change.value)
                case "untag":
                    self.tags.discard(change.value)
                case "set":
                    self.attributes["plan"] = change.value
                case "event" if change.value == "bought":
                    self.events.append(change.at)

    def holds(self, condition: dict[str, Any]) -> bool:
        match condition:
            case {"all": several}:
                return all(self.holds(one) for one in several)
            case {"any": several}:
                return any(self.holds(one) for one in several)
            case {"not": inner}:
                return not self.holds(inner)
            case {"tag": tag}:
                return tag in self.tags
            case {"attribute": _, "is": value}:
                return self.attributes.get("plan") == value
            case {"event": _}:
                return bool(self.events)
        kind, scope = next(iter(condition.items()))
        after = self.person.clicks_after if kind == "clicked" else self.person.opens_after
        mails = self.mails[-1:] if scope == "previous" else self.mails
        return any(subject in after and sent + after[subject] <= self.now for subject, sent in mails)
