"""Every body the loader sends is one that the official client knows, field by field."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from plans import Bench, PlanMaker, people, representative
from sequenzy.lists.client import ListsClient
from sequenzy.subscribers.client import SubscribersClient
from sequenzy.templates.client import TemplatesClient

from tests.sdk_types import check, create_faults, parameters, segment_faults, update_faults


def fields(client: type, method: str, body: dict[str, Any]) -> list[str]:
    known = parameters(client, method)
    if "request" in known:
        return list(check(known["request"], body, method))
    return [
        fault
        for name, value in body.items()
        for fault in (check(known[name], value, name) if name in known else [f"{name} is unknown"])
    ]


def faults_of(path: str, method: str, body: dict[str, Any]) -> list[str]:
    if path == "/sequences":
        return create_faults(body)
    if path.startswith("/sequences/") and method == "PUT":
        return update_faults(body)
    if path == "/segments":
        return segment_faults(body)
    if path == "/subscribers/imports":
        return fields(SubscribersClient, "create_import", body)
    if path == "/subscribers/bulk/tags/add":
        return fields(SubscribersClient, "bulk_add_tags", body)
    if re.fullmatch(r"/lists/[^/]+/subscribers", path):
        return fields(ListsClient, "add_subscribers", body)
    if path == "/lists":
        return fields(ListsClient, "create", body)
    if path == "/templates":
        return fields(TemplatesClient, "create", body)
    if path == "/subscribers":
        return fields(SubscribersClient, "create", body)
    if re.fullmatch(r"/subscribers/[^/]+", path) and method == "PATCH":
        return fields(SubscribersClient, "update", body)
    return [] if path.endswith("/render") else [f"{method} {path} is not looked at"]


@pytest.mark.parametrize("size", ["representative", "few"])
def test_every_body_is_known_to_the_official_client(tmp_path: Path, size: str) -> None:
    maker = representative() if size == "representative" else PlanMaker(actives=people(3, tags=["a"], firstName="Ada"))
    maker.write(tmp_path)
    bench = Bench(tmp_path)
    bench.load()
    found = {
        f"{one['method']} {one['path']}: {fault}"
        for one in bench.sandbox.recorded
        if one["body"] is not None
        for fault in faults_of(one["path"], one["method"], one["body"])
    }
    assert set() == found
