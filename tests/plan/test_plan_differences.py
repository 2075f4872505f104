"""Wherever a person would notice the move, the ledger has said so: at the first moment where the source and the local
Sequenzy differ for somebody, a finding names the construct at that place of their way, or one before it, and it is a
finding that explains this kind of difference (seq_excuses.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seq_both import Both, TargetRun, shown
from seq_excuses import DAY, EXCUSES, Excuse
from seq_mixed import HORIZON, START, Account, Maker
from seq_person import Did, Someone, SourceRun
from seq_world import Endless, World

from mappings.target import END
from mappings.verdicts import Finding, Verdict
from migrator.model.steps import RandomSplit
from migrator.plan.graphs.lower_sequence import LoweredSequence

OFTEN = settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NUMBERS = (*range(50), 57, 62, 71, 79, 95, 109, 124, 135, 158, 160, 196, 199, 250, 266, 391, 479)
"""Accounts in which, between them, most kinds of findings are the only explanation of some difference: without any one
of them this test fails."""
TICK = timedelta(minutes=15)


CHANGING = ("tag", "untag", "list", "unlist", "set", "consent", "move")


@dataclass(frozen=True)
class Difference:
    kind: str
    """missing, extra, lane, later, earlier, order; start_missing, start_extra, start_later."""
    at: datetime
    sequence_id: str
    source: SourceRun | None
    target: TargetRun | None
    s: Did | None = None
    t: Did | None = None

    @property
    def seconds(self) -> float:
        assert self.s
        assert self.t
        return abs((self.t.at - self.s.at).total_seconds())


@dataclass
class Lived:
    both: Both
    source: list[SourceRun]
    target: list[TargetRun]

    def differences(self) -> list[Difference]:
        found = [one for source_id in self.both.sequences for one in self._of(source_id)]
        # What happens in a run explains what it starts, so it comes first.
        return sorted(found, key=lambda one: (one.at, one.kind.startswith("start")))

    def _of(self, source_id: str) -> Iterator[Difference]:
        ours = [run for run in self.source if run.sequence.source_id == source_id]
        theirs = [run for run in self.target if run.sequence_id == source_id]
        for run in list(ours):
            twin = next((one for one in theirs if one.started == run.started), None)
            twin = twin or next((one for one in theirs if run.started < one.started <= run.started + TICK), None)
            if twin is not None:
                ours.remove(run)
                theirs.remove(twin)
                if twin.started > run.started:
                    yield Difference("start_later", run.started, source_id, run, twin)
                else:
                    yield from first_difference(source_id, run, twin)
        for run in ours:
            if acted(run.trace):
                yield Difference("start_missing", run.started, source_id, run, None)
        for twin in theirs:
            if acted(twin.trace):
                yield Difference("start_extra", twin.started, source_id, None, twin)


def first_difference(source_id: str, run: SourceRun, twin: TargetRun) -> Iterator[Difference]:
    # When a wait ends cannot be seen at the target where a window holds the email behind it.
    waits = run.sequence.sending_window is None
    ours, theirs = shown(run.trace, waits), shown(twin.trace, waits)
    for place in range(max(len(ours), len(theirs))):
        s = ours[place] if place < len(ours) else None
        t = theirs[place] if place < len(theirs) else None
        if s == t:
            continue
        if all(one.what == "waited" for one in (*ours[place:], *theirs[place:])):
            return  # A wait behind which nothing comes.
        moment = min(one.at for one in (s, t) if one is not None)
        kind = kind_of(s, t, [one.key for one in ours[place:]], [one.key for one in theirs[place:]])
        if moment < HORIZON:
            yield Difference(kind, moment, source_id, run, twin, s, t)
        return


def acted(trace: list[Did]) -> bool:
    return any(one.what != "waited" for one in trace)


def kind_of(s: Did | None, t: Did | None, ours: list[object], theirs: list[object]) -> str:
    if s is None or t is None:
        return "missing" if t is None else "extra"
    if s.key == t.key:
        return "later" if t.at > s.at else "earlier"
    gone, new = s.key not in theirs, t.key not in ours
    return {(True, True): "lane", (True, False): "missing", (False, True): "extra"}.get((gone, new), "order")


def lives(account: Account, several: list[Someone]) -> list[Lived]:
    sequences, context = account
    both = Both(sequences, context, several, START)
    both.live(HORIZON)
    dice = both.dice()
    lanes = {
        step.id: [lane.key for lane in step.action.lanes]
        for one in sequences
        for step in one.steps
        if isinstance(step.action, RandomSplit)
    }
    found = []
    for number, person in enumerate(several):
        own = both.state.by_email(f"p{number}@example.com")
        assert own is not None
        fell = {step_id: keys[int(dice[f"{own.id}/{step_id}"])] for step_id, keys in lanes.items()
                if f"{own.id}/{step_id}" in dice}  # fmt: skip
        try:
            source = World(sequences, person, fell).live(START, HORIZON)
        except Endless:
            continue
        found.append(Lived(both, source, both.runs(number)))
    return found


# What explains a difference -------------------------------------------------------------------------------------


def explanations(lived: Lived, found: Difference) -> list[str]:
    said = list(candidates(lived, found))

    def by(as_such: Difference) -> list[str]:
        known = ((code, at, one) for code, at, one in said if code in EXCUSES)
        return [code for code, at, one in known if excused(lived, as_such, EXCUSES[code], at, one)]

    codes = by(found)
    if found.kind == "lane" and not codes:
        # Two things at once: what the source does here is missing, and what the target does is extra.
        missing, extra = by(replace(found, kind="missing", t=None)), by(replace(found, kind="extra"))
        return [*missing, *extra] if missing and extra else []
    return codes


def candidates(lived: Lived, found: Difference) -> Iterator[tuple[str, str | None, Finding]]:
    """Findings about the steps that the person had come to, and about the sequence as a whole."""
    for source_id, lowered in lived.both.lowered.items():
        here = source_id == found.sequence_id
        walked = path_until(lived, found, source_id)
        for entry in lowered.entries:
            if (entry.step_id is None and here) or entry.step_id in walked:
                yield from ((one.code, entry.step_id, one) for one in entry.findings)


def path_until(lived: Lived, found: Difference, source_id: str) -> set[str | None]:
    if source_id != found.sequence_id:
        # Being let in or taken out can come from another sequence.
        runs = lived.source if found.kind in ("extra", "missing") or found.kind.startswith("start") else []
        return {one for run in runs if run.sequence.source_id == source_id for one in run.path}
    walked: set[str | None] = set()
    if found.source is not None:
        walked |= set(found.source.path[: found.s.upto if found.s else None])
    if found.target is not None:
        walked |= set(found.target.path[: found.t.upto if found.t else None])
    return walked


def excused(lived: Lived, found: Difference, excuse: Excuse, at: str | None, finding: Finding) -> bool:
    lowered = lived.both.lowered[found.sequence_id]
    elsewhere = at is not None and at not in {step.id for step in lived.both.sequences[found.sequence_id].steps}
    if elsewhere and found.kind in ("extra", "missing"):
        return excuse.elsewhere == found.kind
    if excuse.blocked and finding.reason not in " ".join(lowered.graph.blocks_enabling):
        return False
    ended = found.source.path[-1:] if found.source and found.s is None else []
    if (
        excuse.here
        and found.kind != "earlier"
        and at not in {*ended, *(one.step_id for one in (found.s, found.t) if one)}
    ):
        return False
    if excuse.by_call and not (found.target and found.target.by_call):
        return False
    match found.kind:
        case "later":
            # A minute can miss an opening of the sending window.
            if excuse.lane and other_lane(lowered, found, at):
                return True
            windowed = found.source is not None and found.source.sequence.sending_window is not None
            return found.seconds <= (8 * DAY if windowed and excuse.later else excuse.later)
        case "earlier":
            return found.seconds <= excuse.earlier or (excuse.lane and other_lane(lowered, found, at))
        case "missing":
            assert found.target
            waits = found.t is None and found.target.path[-1:] == [at]
            if excuse.undone:
                return within_the_step(found)
            if excuse.of_all and at is not None:
                return excuse.lane and other_lane(lowered, found, at)
            if excuse.tag_back:
                return found.t is None and found.target.ended is not None
            return excuse.missing or bool(excuse.later and waits) or (excuse.lane and other_lane(lowered, found, at))
        case "extra":
            if excuse.undone:
                return gone_again(found)
            if excuse.here and at is not None and found.source is not None and found.s is None:
                # Left out on purpose, and it was the step at which the person's way ended.
                return excuse.missing if at != (found.t.step_id if found.t else None) else excuse.extra
            if excuse.tag_back:
                return found.source is not None and found.source.status == "removed"
            return excuse.extra or (excuse.lane and other_lane(lowered, found, at))
        case "lane":
            # A step that is left out on purpose may have been the one at which the person left.
            left_out = excuse.missing and excuse.here and found.s is not None and found.s.step_id == at
            return left_out or (excuse.lane and other_lane(lowered, found, at))
        case "start_missing":
            return still_inside(lived, found) if excuse.undone else excuse.start_missing
        case "start_extra":
            return excuse.start_extra or (excuse.restart and finding.reason in " ".join(lowered.graph.blocks_enabling))
        case "start_later":
            assert found.source
            assert found.target
            return (found.target.started - found.source.started).total_seconds() <= excuse.start_later
    return False


def other_lane(lowered: LoweredSequence, found: Difference, at: str | None) -> bool:
    if found.source is None or found.target is None or at not in found.source.lanes or at not in found.target.lanes:
        return False
    ours = found.source.lanes[at]
    return found.target.lanes[at] != (END if ours is None else lowered.entry_of[ours])


def gone_again(found: Difference) -> bool:
    """The person left at the source, and what made them leave was over before the target looked."""
    return found.source is not None and found.s is None and found.t is not None and found.source.reason_gone(found.t.at)


def within_the_step(found: Difference) -> bool:
    """One step of the source is several here, and the first of them made the person leave."""
    run = found.source
    return run is not None and found.s is not None and run.left_by is not None and run.path[-1] == found.s.step_id


def still_inside(lived: Lived, found: Difference) -> bool:
    """The person left at the source and begins anew; here they have not got to a step that would have noticed."""
    return any(
        run.sequence_id == found.sequence_id and run.started < found.at and (run.ended is None or run.ended > found.at)
        for run in lived.target
    )


def check(lived: Lived) -> list[str]:
    """What explains the first difference."""
    found = lived.differences()
    assert not (more := extra_mail(lived)), f"{more}\n{told(lived, found[0])}"
    if not found:
        return []
    first = found[0]
    codes = explanations(lived, first)
    assert codes, told(lived, first)
    return codes


def extra_mail(lived: Lived) -> list[str]:
    """Emails that the target sent more often than the source, where nothing on the person's ways may explain one.

    What was missed at the target (a tag, a move) decides later branches, and has been explained by then.
    """
    ours = Counter((run.sequence.source_id, one.value) for run in lived.source for one in mailed(run.trace))
    theirs = Counter((run.sequence_id, one.value) for run in lived.target for one in mailed(run.trace))
    done = Counter(one.key for run in lived.target for one in run.trace if one.what in CHANGING)
    missed = Counter(one.key for run in lived.source for one in run.trace if one.what in CHANGING) - done
    return [] if missed or any(may_mail(lived, *one) for one in on_the_way(lived)) else sorted(theirs - ours)


def mailed(trace: list[Did]) -> list[Did]:
    return [one for one in trace if one.what == "email"]


def on_the_way(lived: Lived) -> Iterator[tuple[LoweredSequence, Finding]]:
    runs = [(run.sequence.source_id, run.path) for run in lived.source]
    walked = {
        (source_id, step_id)
        for source_id, path in (*runs, *((run.sequence_id, run.path) for run in lived.target))
        for step_id in path
    }
    for source_id, lowered in lived.both.lowered.items():
        for entry in lowered.entries:
            if entry.step_id is None or (source_id, entry.step_id) in walked:
                yield from ((lowered, one) for one in entry.findings)


def may_mail(lived: Lived, lowered: LoweredSequence, finding: Finding) -> bool:
    excuse = EXCUSES.get(finding.code)
    if excuse is None or (excuse.blocked and finding.reason not in " ".join(lowered.graph.blocks_enabling)):
        return False
    if excuse.undone:
        return any(not holds for run in lived.source for _, holds in run.still)
    if excuse.by_call:
        return any(run.by_call for run in lived.target)
    shifts = excuse.later or excuse.earlier or excuse.start_later
    return bool(excuse.extra or excuse.lane or excuse.start_extra or excuse.elsewhere == "extra" or shifts)


def told(lived: Lived, found: Difference) -> str:
    said = [f"{code} at {at}" for code, at, _ in candidates(lived, found)]
    rows = [f"{found.kind} in {found.sequence_id} at {found.at}: {found.s} | {found.t}", f"said: {said}"]
    for name, runs in (("source", lived.source), ("target", lived.target)):
        for run in runs:
            rows.append(f"{name} {run.started}: {run.path} {getattr(run, 'status', '')} {run.lanes}")
            rows += [f"    {one.at} {one.what} {one.value} @{one.step_id}" for one in run.trace]
    return "\n".join(rows)


def lived(number: int, calm: bool = False) -> list[Lived]:
    made = Maker(number, odd=0.2 if calm else 0.3)
    return lives(made.account(calm), [made.person() for _ in range(4)])


def test_where_the_two_sides_differ_a_finding_names_that_construct() -> None:
    alone: set[str] = set()
    for number in NUMBERS:
        for one in lived(number):
            codes = set(check(one))
            alone |= codes if len(codes) == 1 else set()
    assert len(alone) >= 18, f"too little happened, choose other numbers: {sorted(alone)}"


@pytest.mark.slow
@OFTEN
@given(st.integers(0, 10**9))
def test_a_finding_names_the_construct_in_many_more_lives(number: int) -> None:
    for one in lived(number):
        check(one)


def test_people_whose_way_holds_nothing_changed_notice_nothing_of_what_is_changed_elsewhere() -> None:
    quiet = 0
    for number in range(45):
        for one in lived(number, calm=True):
            changed = {entry.id for low in one.both.lowered.values() for entry in low.entries if counts(entry.findings)}
            if changed and not counts([finding for _, finding in on_the_way(one)]):
                quiet += 1
                assert one.differences() == [], told(one, one.differences()[0])
    assert quiet > 15, "too few people to say anything"


def counts(findings: Iterable[Finding]) -> bool:
    return any(one.verdict in (Verdict.CHANGED, Verdict.MANUAL) or one.code == "left-out" for one in findings)
