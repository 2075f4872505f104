"""Ten times the repeated rows, nearly the same memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from pa_accounts import written
from migrator.model import Consent, ConsentState, Contact, ContactList, ListMembership
from migrator.plan.make import make_plan

folder, rows = Path(sys.argv[1]), int(sys.argv[2])
people = (
    Contact(
        source_id=str(n),
        email=f"p{n // 2}@example.com",
        consent=Consent(state=ConsentState.UNSUBSCRIBED if n % 3 else ConsentState.SUBSCRIBED),
        external_id=f"u{n // 2}",
        lists=(ListMembership(list_id="1"),),
        attributes={"plan": "pro", "note": "x" * 300},
        raw={"more": "y" * 300},
    )
    for n in range(rows)
)
bundle = written(folder / "bundle", contacts=people, lists=[ContactList(source_id="1", name="News")])
made = make_plan(bundle, {}, folder / "plan")
assert made.plan.people.merged == rows // 2
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def peak_mb(folder: Path, rows: int) -> float:
    command = [sys.executable, "-c", SCRIPT, str(folder), str(rows), str(HERE)]
    run = subprocess.run(command, cwd=HERE.parents[1], capture_output=True, text=True, check=True)
    return int(run.stdout) / 1024


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux's /proc")
def test_memory_hardly_grows_with_the_number_of_repeated_rows(tmp_path: Path) -> None:
    few, many = peak_mb(tmp_path / "few", 10_000), peak_mb(tmp_path / "many", 100_000)
    assert many - few <= 20
