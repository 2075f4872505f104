"""A life with more in it than the demo's: people are tagged, lose tags, opt out and move into segments, on both sides.

Every act happens on both platforms at one moment, so a difference is never an act that one of them did not see.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from mappings.addresses import normal_form
from mappings.tags import target_tag
from migrator.demo.life import STEP, Life
from migrator.sandbox.broadcast.account import Subscriber
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.sequenzy import consent as target_consent
from migrator.sandbox.sequenzy import control_routes, engine
from migrator.sandbox.sequenzy import people as target_people
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.state import Subscriber as Contact

FIELDS = ("plan", ("enterprise", "pro", "free"))
OTHER_TAGS = ("cold", "beta 🚀", "vip")


class BusyLife(Life):
    def __init__(self, source: BroadcastSandbox, target: SequenzySandbox, seed: int) -> None:
        super().__init__(source, target)
        self._dice = random.Random(f"life {seed}")
        self.acts: dict[str, list[tuple[datetime, str]]] = {}
        """By address: what was done to them, for the story."""

    def run(self, begin: datetime, days: int) -> None:
        end, moment = begin + timedelta(days=days), begin
        while moment < end:
            # Not on the hour: an act must not fall together with a step that is due.
            moment += STEP + timedelta(seconds=self._dice.randint(-500, 500))
            self.source.runtime.advance_to(moment)
            control_routes.advance(self.target, moment)
            self._read_mail(moment)
            for _ in range(3):
                self._act_on_somebody()

    def _act_on_somebody(self) -> None:
        person = self._dice.choice(self.source.account.subscribers)
        there = self.target.state.by_email(normal_form(person.email))
        runtime = self.source.runtime
        if there is None or there.status != "active" or not runtime.directory.may_be_mailed(person, runtime.now):
            return
        acts: tuple[tuple[int, Callable[[Subscriber, Contact], str]], ...] = (
            (6, self._tag),
            (2, self._untag),
            (1, self._opt_out),
            (2, self._change),
        )
        act = self._dice.choices([one for _, one in acts], [weight for weight, _ in acts])[0]
        self.acts.setdefault(normal_form(person.email), []).append((runtime.now, act(person, there)))
        engine.settle(self.target)
        runtime.advance_to(runtime.now)

    def _tags(self) -> list[str]:
        return [*(one.init_tag for one in self.source.account.sequences if one.init_tag), *OTHER_TAGS]

    def _tag(self, person: Subscriber, there: Contact) -> str:
        tag = self._dice.choice(self._tags())
        self.source.runtime.add_tags(person, [tag])
        target_people.add_tags(self.target, there, [target_tag(tag)], live=True)
        return f"gets {tag}"

    def _untag(self, person: Subscriber, there: Contact) -> str:
        started = [tag for tag in person.tags if tag in self._tags()]
        if not started:
            return "nothing"
        tag = self._dice.choice(started)
        self.source.runtime.remove_tags(person, [tag])
        target_people.remove_tags(self.target, there, [target_tag(tag)], live=True)
        return f"loses {tag}"

    def _opt_out(self, person: Subscriber, there: Contact) -> str:
        person.unsubscribed_at, person.is_active = self.source.runtime.now, False
        self.source.runtime.directory.changed(person.id)
        target_consent.unsubscribe(self.target, there)
        return "opts out"

    def _change(self, person: Subscriber, there: Contact) -> str:
        name, values = FIELDS
        value = self._dice.choice(values)
        person.custom_data = {**(person.custom_data or {}), name: value}
        self.source.runtime.directory.changed(person.id)
        there.attributes = {**there.attributes, name: value}
        there.updated_at = self.target.state.now
        return f"{name} is {value}"
