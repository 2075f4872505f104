"""Rows about how a sequence hangs together: code -> page, verdict, reason, remedy."""

from mappings.findings.row import Row

ROWS: dict[str, Row] = {
    "no-steps": ("graph", "dropped", "The sequence has no step that does anything.", "Nothing to do."),
    "no-root": (
        "graph",
        "manual",
        "No step is a clear start: {found} steps have nothing before them.",
        "Check the sequence at the source and repair its start, or rebuild it.",
    ),
    "unreachable": (
        "graph",
        "dropped",
        "No path leads to this step, so nobody reaches it at the source either.",
        "If it should be part of the sequence, connect it at the source and export again.",
    ),
    "behind-the-end": (
        "graph",
        "dropped",
        "The step before it takes everybody out of the sequence, so nobody gets this far at the source.",
        "If it should be part of the sequence, move it in front of that step at the source and export again.",
    ),
    "lane-nobody-takes": (
        "graph",
        "dropped",
        "Only a lane that nobody can take leads to this step.",
        "If it should be part of the sequence, connect it at the source and export again.",
    ),
    "orphan": (
        "graph",
        "manual",
        (
            "People may come to it from step {id}, which this sequence doesn't hold. We can't tell whether they "
            "do, so it is not moved."
        ),
        "Check it at the source: connect it there and export again, or leave it out.",
    ),
    "duplicate-step": (
        "graph",
        "manual",
        "Two steps have the same id {id}; only the first can be followed.",
        "Repair the sequence at the source and export again.",
    ),
    "dangling-edge": (
        "graph",
        "manual",
        "The path continues to step {id}, which the export doesn't hold.",
        "Export again. If the step is still missing, rebuild the rest of this path.",
    ),
    "cycle": (
        "graph",
        "manual",
        "The path leads back to step {id}. Sequenzy does not allow loops, so the path ends here.",
        "Decide how often the loop may run and lay the steps out one after the other, or leave it ended.",
    ),
    "fork": (
        "graph",
        "manual",
        "Several ways lead on from this step without a condition. We can't tell who takes which.",
        "Choose one way at the source, or turn the step into a branch, and export again.",
    ),
    "unknown-lane": (
        "graph",
        "manual",
        "Another way leads on from this branch ({lane}), and no lane of it says who takes that way.",
        "Repair the branch at the source and export again.",
    ),
    "empty-branch": (
        "graph",
        "manual",
        "The branch has no lane, so nothing says where people go.",
        "Repair the branch at the source and export again.",
    ),
}
