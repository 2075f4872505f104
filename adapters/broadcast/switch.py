"""What a switch changes at Broadcast: a sequence's entrances, who is in it, and whether it runs.

The only module of this adapter that sends anything but a GET. No change is believed before it was read back, and none
is repeated after a lost answer without a look at what became of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from adapters.broadcast.client import TOKEN, Broadcast
from adapters.broadcast.consent import read_consent
from adapters.broadcast.contacts import row_of_person
from adapters.broadcast.paging import Style, Walker, read_page
from adapters.broadcast.probe import probe
from adapters.broadcast.wire import Row, filled, flag, ids, instant, opened, text, text_id, whole
from migrator.errors import ApiProblem, AuthError, Conflict, NotFound, Rejected, Unavailable
from migrator.model import ConsentState, Enrolment, EnrolmentStatus, Raw
from migrator.transport.answers import Safety

API = "/api/v1"
_NEEDED = {"sequences": ("read", "write"), "subscribers": ("read", "write"), "opt_in_forms": ("read", "write")}
_PAGE = 250
"""People on one page of the listing."""
_STATES = {status.value: status for status in EnrolmentStatus if status is not EnrolmentStatus.UNKNOWN}


class BroadcastSwitch:
    def __init__(self, api: Broadcast) -> None:
        self.api = api
        self._probed = False

    def lacks(self) -> tuple[str, ...]:
        self._know_the_key()
        token = (self.api.whoami() or {}).get("token")
        granted = token.get("permissions") if isinstance(token, dict) else None
        if not isinstance(granted, dict):
            return ()
        missing = [
            f"{name}_{verb}"
            for name, verbs in _NEEDED.items()
            for verb in verbs
            if verb not in (granted.get(name) or ())
        ]
        return (f"the key in {TOKEN} lacks {', '.join(missing)}",) if missing else ()

    # --- entrances ---

    def entrances(self, sequence_id: str) -> Raw:
        row = self._sequence(sequence_id)
        if "init_tag" not in row and "init_segment_id" not in row:
            raise _odd("the sequence does not say what starts it")
        forms, variants = {}, []
        for form in self._forms():
            label = filled(form.get("label")) or f"form {text_id(form.get('id'))}"
            held = ids(_automation(form).get("sequence_ids"))
            if held is None:
                raise _odd(f"form {text_id(form.get('id'))} does not say which sequences it starts")
            if sequence_id in held:
                forms[str(text_id(form.get("id")))] = label
            if form.get("variants_count") is not None and whole(form["variants_count"]) != 0:
                variants.append(label)
        return {
            "init_tag": row.get("init_tag"),
            "init_segment_id": row.get("init_segment_id"),
            "forms": forms,
            "variants": variants,
        }

    def are_open(self, entrances: Raw) -> tuple[str, ...]:
        found = []
        if filled(entrances["init_tag"]):
            found.append(f"the tag {entrances['init_tag']} (init_tag)")
        if text_id(entrances["init_segment_id"]):
            found.append(f"segment {entrances['init_segment_id']} (init_segment_id)")
        found += [f"the form {label} ({number})" for number, label in entrances["forms"].items()]
        return tuple(found)

    def unseen(self, entrances: Raw) -> tuple[str, ...]:
        shown = tuple(
            f"The form {label} has variants that no call shows: look whether one of them starts this sequence."
            for label in entrances["variants"]
        )
        return (*shown, "Your applications may call add_subscriber: they go on doing so until you change them.")

    def close_entrances(self, sequence_id: str) -> None:
        now = self.entrances(sequence_id)
        changes = {key: None for key in ("init_tag", "init_segment_id") if now[key] not in (None, "")}
        if changes:
            self._change(f"{API}/sequences/{quote(sequence_id)}", changes)
        for number in now["forms"]:
            self._set_form(number, lambda held: [one for one in held if text_id(one) != sequence_id])
        if left := self.are_open(self.entrances(sequence_id)):
            raise _refused(f"after closing, these are still open: {', '.join(left)}", sequence_id)

    def reopen(self, sequence_id: str, former: Raw) -> tuple[str, ...]:
        now, kept = self.entrances(sequence_id), []
        changes = {}
        for key in ("init_tag", "init_segment_id"):
            if former[key] in (None, "") or now[key] == former[key]:
                continue
            if now[key] in (None, ""):
                changes[key] = former[key] if key == "init_tag" else _number(former[key])
            else:
                kept.append(f"{key} was {former[key]}; somebody set {now[key]} since, and it stays so")
        if changes:
            self._change(f"{API}/sequences/{quote(sequence_id)}", changes)
        for number, label in former["forms"].items():
            if number in now["forms"]:
                continue
            try:
                self._set_form(number, lambda held: [*held, sequence_id])
            except NotFound:
                kept.append(f"the form {label} ({number}) was deleted since")
        left = set(self.are_open(former)) - set(self.are_open(self.entrances(sequence_id)))
        if left and not kept:
            raise _refused(f"after reopening, these are still closed: {', '.join(sorted(left))}", sequence_id)
        return tuple(kept)

    # --- people ---

    def people(self, sequence_id: str) -> list[Enrolment]:
        path = f"{API}/sequences/{quote(sequence_id)}/list_subscribers"
        found: dict[str, Enrolment] = {}
        for _ in range(2):
            # Rows shift while they are paged: a second reading finds who slipped past the first.
            total = 0
            for page, named in self._pages(path, "subscriber_sequences"):
                total = max(total, named)
                found |= {one.source_id: one for one in (self._enrolment(sequence_id, row) for row in page)}
            if len(found) >= total:
                break
        return list(found.values())

    def remove(self, sequence_id: str, email: str) -> bool:
        body = {"subscriber": {"email": email}}
        try:
            self.api.send("DELETE", f"{API}/sequences/{quote(sequence_id)}/remove_subscriber", body, safety=Safety.ONCE)
        except Rejected as error:
            if error.problem.status != 422:
                raise
            return False
        return True

    def unreachable(self, emails: Iterable[str]) -> dict[str, str]:
        wanted = {_key(email) for email in emails}
        if not wanted:
            return {}
        self._know_the_key()
        listed = self._suppressed(wanted)
        rows = self._rows_of(wanted)
        found = {}
        for email in wanted:
            row = rows.get(email)
            if email in listed:
                found[email] = f"on the suppression list ({listed[email]})"
            elif row is None:
                found[email] = "not at the source any more"
            elif (state := read_consent(Row(row)).state) is not ConsentState.SUBSCRIBED:
                found[email] = f"{state} at the source"
        return found

    # --- on and off ---

    def switch(self, sequence_id: str, *, on: bool) -> None:
        self._change(f"{API}/sequences/{quote(sequence_id)}", {"active": on})
        if self.is_on(sequence_id) is not on:
            raise _refused(f"it is still {'off' if on else 'on'}", sequence_id)

    def is_on(self, sequence_id: str) -> bool:
        found = flag(self._sequence(sequence_id).get("active"))
        if found is None:
            raise _odd("the sequence does not say whether it is active")
        return found

    def close(self) -> None:
        self.api.close()

    # --- calls ---

    def _know_the_key(self) -> None:
        if not self._probed:
            probe(self.api)
            self._probed = True

    def _sequence(self, sequence_id: str) -> Raw:
        self._know_the_key()
        data = self.api.get(f"{API}/sequences/{quote(sequence_id)}").data
        if not isinstance(data, dict):
            raise _odd("it is no sequence")
        inner = data.get("data")
        return inner if isinstance(inner, dict) else data

    def _forms(self) -> list[Raw]:
        self._know_the_key()
        try:
            return [row for page, _ in self._pages(f"{API}/opt_in_forms", "opt_in_forms") for row in page]
        except NotFound:
            return []

    def _set_form(self, number: str, change: Any) -> None:
        form = self.api.get(f"{API}/opt_in_forms/{quote(number)}").data
        settings = _automation(form)
        held = settings.get("sequence_ids") or []
        # The whole group of settings goes: a server may merge it or put it in the place of the former one.
        wanted = {
            "opt_in_form": {"automation_settings": {**settings, "sequence_ids": [_number(one) for one in change(held)]}}
        }
        self._change(f"{API}/opt_in_forms/{quote(number)}", wanted)

    def _change(self, path: str, body: Raw) -> None:
        """Setting values twice leaves the same as once; the caller reads them back."""
        try:
            self.api.send("PATCH", path, body, safety=Safety.REPEATABLE)
        except (Rejected, Conflict, NotFound) as error:
            raise Rejected(
                "Broadcast does not take this change",
                problem=error.problem,
                where=f"PATCH {path}",
                fix="Make it by hand in Broadcast, then run the same command again: it reads what you did.",
            ) from error

    def _pages(self, path: str, key: str) -> Iterator[tuple[list[Raw], int]]:
        """Each page's rows, and how many rows the list says it has."""
        self._know_the_key()
        walker = Walker(Style.PAGE, ahead=False)
        while due := walker.wanted():
            page = read_page(Style.PAGE, due[0], self.api.get(path, {"page": due[0]}).data, key)
            walker.saw(page.address, len(page.rows), page.digest, page.meta)
            yield page.rows, int(page.meta.get("total", 0))

    def _enrolment(self, sequence_id: str, data: Raw) -> Enrolment:
        row = Row(data)
        email, person_id = row_of_person(data)
        status = _STATES.get((row.take(text, "status") or "").strip().lower(), EnrolmentStatus.UNKNOWN)
        return Enrolment(
            source_id=str(text_id(data.get("id"))),
            sequence_id=sequence_id,
            contact_id=person_id or "unknown",
            email=email,
            status=status,
            started_at=row.take(instant, "started_at"),
            completed_at=row.take(instant, "completed_at"),
            next_at=row.take(instant, "next_trigger_at"),
            read_at=self.api.clock.now(),
        )

    def _rows_of(self, wanted: set[str]) -> dict[str, Raw]:
        """One by one where that is less than paging through everybody."""
        first = self.api.get(f"{API}/subscribers.json", {"page": 1}).data
        meta = read_page(Style.PAGE, 1, first, "subscribers").meta
        if len(wanted) <= max(meta.get("pages", 0), math.ceil(meta.get("total", 0) / _PAGE)):
            return {email: row for email in sorted(wanted) if (row := self._find(email)) is not None}
        rows = (row for page, _ in self._pages(f"{API}/subscribers.json", "subscribers") for row in page)
        return {email: row for row in rows if (email := _key(str(row.get("email")))) in wanted}

    def _find(self, email: str) -> Raw | None:
        try:
            data = self.api.get(f"{API}/subscribers/find.json", {"email": email}).data
        except NotFound:
            return None
        return data if isinstance(data, dict) else None

    def _suppressed(self, wanted: set[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        unread = False
        for path, scope in ((f"{API}/suppressions.json", "channel"), (f"{API}/global_suppressions.json", "global")):
            try:
                for page, _ in self._pages(path, "suppressions"):
                    found |= {_key(str(row.get("email"))): scope for row in page}
            except (NotFound, AuthError):
                unread = True
        if unread:
            found |= {email: "checked" for email in sorted(wanted - set(found)) if self._is_suppressed(email)}
        return found

    def _is_suppressed(self, email: str) -> bool:
        try:
            data = self.api.get(f"{API}/suppressions/check.json", {"email": email}).data
        except NotFound:  # a server older than these lists
            return False
        return not isinstance(data, dict) or flag(data.get("suppressed")) is not False


def _key(email: str) -> str:
    return email.strip().lower()


def _number(value: Any) -> Any:
    """Ids are written as numbers, also to servers that show them as texts."""
    return whole(value) if whole(value) is not None else value


def _automation(form: Any) -> Raw:
    found = opened(form.get("automation_settings")) if isinstance(form, dict) else None
    return dict(found) if isinstance(found, dict) else {}


def _odd(why: str) -> Unavailable:
    return Unavailable(
        "Broadcast answers in an unknown form",
        problem=ApiProblem(200, why),
        fix="Change nothing by hand; report this with the version of your Broadcast.",
    )


def _refused(why: str, sequence_id: str) -> Rejected:
    return Rejected(
        "Broadcast did not make a change that it answered yes to",
        problem=ApiProblem(200, why),
        where=f"sequence {sequence_id}",
        fix="Look at the sequence in Broadcast, then run the same command again.",
    )
