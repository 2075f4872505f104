"""Reads the step graph of a source sequence as it really is: one root, no way back, no path into nothing.

A broken sequence raises nothing: every problem is a finding at the step where it shows, and the way is cut there.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from mappings.findings import find
from mappings.verdicts import Finding
from migrator.model.sequences import Edge, Sequence
from migrator.model.steps import Branch, ChangeConsent, Entry, Exit, MoveToSequence, RandomSplit, Step, WaitForEvent

HAPPENED, TIMED_OUT = "happened", "timed_out"
PLAIN = ""
"""The key of the one way on from an ordinary step."""


@dataclass
class SoundGraph:
    steps: dict[str, Step]
    root: str | None
    order: list[str]
    """Every reachable step, each before those that it leads to."""
    ways: dict[str, dict[str, str | None]]
    """Step to lane to the next step; None where the path ends. Ordinary steps have the lane `PLAIN`."""
    forks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Ordinary steps with several ways on: all of them, the first of which is in `ways` too."""
    bent: set[str] = field(default_factory=set)
    """Branching steps with a way on that no lane of theirs explains; `ways` holds it under a name of its own."""
    findings: dict[str, list[Finding]] = field(default_factory=lambda: defaultdict(list))
    orphans: dict[str, str] = field(default_factory=dict)
    """Steps that no path here leads to and that may hang below one which is not here: its id."""
    behind_ends: set[str] = field(default_factory=set)
    """Steps that the source leads on to from one that takes everybody out."""
    duplicates: list[Step] = field(default_factory=list)
    problems: tuple[Finding, ...] = ()
    """About the sequence as a whole."""

    def unreachable(self) -> list[str]:
        reached = set(self.order)
        return [step_id for step_id in self.steps if step_id not in reached]


def lane_keys(step: Step) -> tuple[str, ...]:
    match step.action:
        case Branch(lanes=lanes) | RandomSplit(lanes=lanes):
            return tuple(lane.key for lane in lanes)
        case WaitForEvent():
            return (HAPPENED, TIMED_OUT)
    return (PLAIN,)


def ends_here(step: Step) -> bool:
    match step.action:
        case Exit() | ChangeConsent() | MoveToSequence(stays=False):
            return True
    return False


def read_graph(sequence: Sequence) -> SoundGraph:
    steps: dict[str, Step] = {}
    duplicates = []
    for step in sequence.steps:
        if step.id in steps:
            duplicates.append(step)
        else:
            steps[step.id] = step
    sound = SoundGraph(steps=steps, root=None, order=[], ways={}, duplicates=duplicates)
    leaving: dict[str, list[Edge]] = defaultdict(list)
    for edge in sequence.edges:
        leaving[edge.source].append(edge)
    for step in steps.values():
        sound.ways[step.id] = _ways(step, leaving[step.id], sound)
    sound.root = _root(sequence, sound)
    if sound.root is not None:
        _walk(sound, sound.root)
    _find_orphans(sequence, sound)
    _find_behind_ends(sound, leaving)
    return sound


def _find_orphans(sequence: Sequence, sound: SoundGraph) -> None:
    """Also whatever else is not reached, where a path leads on to a step that the export does not hold."""
    todo = [(step.id, step.hangs_below) for step in sequence.steps if step.hangs_below is not None]
    reached = set(sound.order)
    lost = [edge.target for edge in sequence.edges if edge.source in reached and edge.target not in sound.steps]
    todo = [(step_id, lost[0]) for step_id in sound.unreachable() if lost] + todo
    while todo:
        step_id, missing = todo.pop()
        if step_id in sound.steps and step_id not in reached and step_id not in sound.orphans:
            sound.orphans[step_id] = missing
            todo += [(target, missing) for target in sound.ways[step_id].values() if target is not None]


def _find_behind_ends(sound: SoundGraph, leaving: dict[str, list[Edge]]) -> None:
    todo = [step_id for step_id in sound.order if ends_here(sound.steps[step_id])]
    while todo:
        for edge in leaving[todo.pop()]:
            new = edge.target in sound.steps and edge.target not in sound.behind_ends
            if new and edge.target not in sound.order:
                sound.behind_ends.add(edge.target)
                todo.append(edge.target)


def _ways(step: Step, leaving: list[Edge], sound: SoundGraph) -> dict[str, str | None]:
    ways: dict[str, str | None] = dict.fromkeys(lane_keys(step))
    if ends_here(step):
        return ways
    ordinary = PLAIN in ways and not isinstance(step.action, Branch | RandomSplit)
    seen: dict[str, list[str]] = defaultdict(list)
    for edge in leaving:
        lanes = [PLAIN] if ordinary else _lanes(step, edge, ways, sound)
        if edge.target not in sound.steps:
            sound.findings[step.id].append(find("dangling-edge", id=edge.target))
            continue
        for lane in lanes:
            if edge.target not in seen[lane]:
                seen[lane].append(edge.target)
    for lane, targets in seen.items():
        ways[lane] = targets[0]
        if len(targets) > 1:
            sound.findings[step.id].append(find("fork"))
            if ordinary:
                sound.forks[step.id] = tuple(targets)
            else:
                sound.bent.add(step.id)
                ways |= {_new(f"{lane}-{number}", ways): target for number, target in enumerate(targets[1:], 2)}
    return ways


def _new(wanted: str, taken: dict[str, str | None]) -> str:
    while wanted in taken:
        wanted += "'"
    return wanted


def _lanes(step: Step, edge: Edge, ways: dict[str, str | None], sound: SoundGraph) -> list[str]:
    if edge.lane is None and isinstance(step.action, WaitForEvent):
        return [HAPPENED, TIMED_OUT]
    if edge.lane in ways:
        return [edge.lane]
    sound.findings[step.id].append(find("unknown-lane", lane=edge.lane or "without a name"))
    sound.bent.add(step.id)
    return [edge.lane or "without a name"]


def _root(sequence: Sequence, sound: SoundGraph) -> str | None:
    if not sound.steps:
        sound.problems = (find("no-steps"),)
        return None
    entries = [step.id for step in sound.steps.values() if isinstance(step.action, Entry)]
    reached = {edge.target for edge in sequence.edges if edge.source in sound.steps}
    heads = [step_id for step_id in sound.steps if step_id not in reached]
    for found in (entries, [head for head in heads if head in entries], heads):
        if len(found) == 1:
            return found[0]
    sound.problems = (find("no-root", found=len(entries) or len(heads)),)
    return None


def _walk(sound: SoundGraph, root: str) -> None:
    """Depth first without recursion; a way back to a step on the current path is cut."""
    done: set[str] = set()
    on_path = {root}
    finished: list[str] = []
    stack = [(root, iter(_targets(sound, root)))]
    while stack:
        step_id, targets = stack[-1]
        for target in targets:
            if target in on_path:
                _cut(sound, step_id, target)
            elif target not in done:
                on_path.add(target)
                stack.append((target, iter(_targets(sound, target))))
                break
        else:
            stack.pop()
            on_path.discard(step_id)
            done.add(step_id)
            finished.append(step_id)
    sound.order = finished[::-1]


def _targets(sound: SoundGraph, step_id: str) -> list[str]:
    several = sound.forks.get(step_id) or tuple(way for way in sound.ways[step_id].values() if way is not None)
    return list(dict.fromkeys(several))


def _cut(sound: SoundGraph, step_id: str, target: str) -> None:
    sound.findings[step_id].append(find("cycle", id=target))
    for lane, way in sound.ways[step_id].items():
        if way == target:
            sound.ways[step_id][lane] = None
    if step_id in sound.forks:
        sound.forks[step_id] = tuple(way for way in sound.forks[step_id] if way != target)
