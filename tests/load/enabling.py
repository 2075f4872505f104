"""A workspace with a few sequences, loaded into a local Sequenzy over a real socket, for tests of `migrate enable`."""

from __future__ import annotations

import itertools
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from click.testing import CliRunner, Result

from migrator.bundle import Bundle, BundleWriter, ExportOptions, Manifest, Source, Unread
from migrator.cli.main import main
from migrator.model import Contact, ContactList, Edge, EmailContent, Enrolment, ReEntry, Sequence, Step
from migrator.model.sequences import TagAdded
from migrator.model.steps import Entry, SendEmail
from migrator.plan.make import make_plan
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.server import serving


def mail(subject: str) -> SendEmail:
    return SendEmail(content=EmailContent(subject=subject, body=f"<p>{subject}</p>"))


def sequence(source_id: str, name: str, *actions: Any, triggers: tuple[Any, ...] | None = None) -> Sequence:
    steps = tuple(Step(id=str(number), action=one) for number, one in enumerate((Entry(), mail(name), *actions), 1))
    return Sequence(
        source_id=source_id,
        name=name,
        active=True,
        triggers=(TagAdded(tag=f"start-{source_id}"),) if triggers is None else triggers,
        steps=steps,
        edges=tuple(Edge(source=one.id, target=other.id) for one, other in itertools.pairwise(steps)),
        re_entry=ReEntry.ONCE,
    )


class Desk:
    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.sandbox = SequenzySandbox(limits=None, import_polls=0)
        url = stack.enter_context(serving(self.sandbox))
        self.url = url
        self._environment = {"SEQUENZY_API_KEY": DEFAULT_KEY, "SEQUENZY_API_URL": url}

    def load(
        self,
        *sequences: Sequence,
        contacts: tuple[Contact, ...] = (),
        enrolments: tuple[Enrolment, ...] = (),
        only: str = "",
        unread: tuple[Unread, ...] = (),
        options: ExportOptions | None = None,
    ) -> None:
        with BundleWriter(self.folder / "bundle") as writer:
            writer.contacts().extend(contacts)
            writer.enrolments().extend(enrolments)
            writer.put_lists([ContactList(source_id="5", name="News")])
            for one in sequences:
                writer.put_sequence(one)
            writer.finish(
                Manifest(
                    source=Source(platform="broadcast", host="mail.acme.test", account="Acme"),
                    adapter="broadcast",
                    adapter_version="1",
                    door="migration-api",
                    exported_at=datetime(2026, 3, 2, 10, tzinfo=UTC),
                    unread=unread,
                    options=options or ExportOptions(),
                )
            )
        make_plan(Bundle.open(self.folder / "bundle"), {}, self.folder / "plan")
        loaded = self.run("load", *(("--only", only) if only else ()))
        assert 0 == loaded.exit_code, loaded.output
        assert [] == self.live()

    def run(self, *arguments: str, typed: str | None = None) -> Result:
        command = ["-C", str(self.folder), *arguments, "--rate", "0"]
        result = CliRunner().invoke(main, command, env=self._environment, input=typed)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def enable(self, *named: tuple[str, str], typed: str | None = None, more: tuple[str, ...] = ()) -> Result:
        """Source id and the name that confirms it, each."""
        arguments = [part for wanted, _ in named for part in ("--sequence", wanted)]
        if typed is None:
            arguments += [part for _, name in named for part in ("--confirm-name", name)]
        return self.run("enable", *arguments, *more, typed=typed)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._send("POST", path, body)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        return self._send("PATCH", path, body)

    def _send(self, method: str, path: str, body: dict[str, Any]) -> Any:
        base = self.url if path.startswith("/_sandbox") else f"{self.url}/api/v1"
        answer = httpx.request(method, base + path, json=body, headers={"Authorization": f"Bearer {DEFAULT_KEY}"})
        answer.raise_for_status()
        return answer.json()

    def live(self) -> list[str]:
        """In the order in which they were enabled."""
        names = {f"/sequences/{one.id}/enable": one.name for one in self.sandbox.state.sequences.values()}
        asked = [names[one["path"]] for one in self.sandbox.recorded if one["path"] in names and one["status"] == 200]
        active = {one.name for one in self.sandbox.state.sequences.values() if one.status == "active"}
        assert active == set(asked)
        return list(dict.fromkeys(asked))
