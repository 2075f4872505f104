"""Ten times the rows, the same memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys
from pathlib import Path
from adapters.csvfile.options import Options
from adapters.csvfile.source import FilesSource
from migrator.export.progress import Silent
from migrator.export.run import export
from migrator.transport.clock import FakeClock

folder, rows = Path(sys.argv[1]), int(sys.argv[2])
folder.mkdir()
with (folder / "people.csv").open("w") as out:
    out.write("email,status,created_at,tags,plan,note\\n")
    out.writelines(
        f'p{n}@example.com,Subscribed,2024-01-01 10:00:00,"a, b{n % 9}",pro,"line\\nbreak {n}"\\n' for n in range(rows)
    )
reading = FilesSource().open({}, clock=FakeClock(), options=Options(files=(folder / "people.csv",)))
export(reading, folder / "bundle", clock=FakeClock(), watcher=Silent(), fresh=True)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def peak_mb(folder: Path, rows: int) -> float:
    command = [sys.executable, "-c", SCRIPT, str(folder), str(rows)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return int(run.stdout) / 1024


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux's /proc")
def test_memory_does_not_grow_with_the_number_of_rows(tmp_path: Path) -> None:
    few, many = peak_mb(tmp_path / "few", 20_000), peak_mb(tmp_path / "many", 200_000)
    assert many - few <= 5
    assert many <= 64
