"""A newer plan of the same account is loaded over an earlier one: only the difference is written, and nothing widens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from plans import Bench, PlanMaker, person, picture, quiet, representative


def fresh(folder: Path, maker: PlanMaker) -> Any:
    folder.mkdir()
    maker.write(folder)
    bench = Bench(folder)
    bench.load()
    return picture(bench.sandbox)


def test_a_newer_plan_ends_where_a_fresh_load_of_it_ends(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    representative().write(folder)
    bench = Bench(folder)
    bench.load()
    newer = representative()
    newer.actives[0] |= {"firstName": "Grace", "tags": ["gold"], "customAttributes": {"plan": "free", "visits": 4}}
    newer.opt_outs.append({**newer.actives.pop(4), "status": "unsubscribed"})
    newer.actives.append(person(40, tags=["new"]))
    newer.lists = {"News": ["person1@example.com", "person40@example.com"], "Tips": ["person2@example.com"]}
    newer.complaints.append("person21@example.com")
    newer.tags = {}
    newer.write(folder)
    before = len(bench.writes())
    summary = bench.load()
    assert summary.brought is not None
    written = bench.writes()[before:]
    print(written)
    wanted = fresh(tmp_path / "two", newer)
    got = picture(bench.sandbox)
    assert {k: v for k, v in wanted["contacts"].items()} == got["contacts"]
    for name in ("lists", "segments", "templates", "sequences", "suppressions"):
        assert wanted[name] == got[name]
    assert quiet(bench.sandbox)
    assert bench.verify(settle=0).equal
    again = len(bench.writes())
    bench.load()
    assert again == len(bench.writes())
