"""Ten times the contacts, the same memory: for writing, reading and checking."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
SCRIPT = """
import sys
from pathlib import Path
import small_bundle
from migrator.bundle import Bundle, BundleWriter
from migrator.bundle.check import check

folder, people = Path(sys.argv[1]), int(sys.argv[2])
with BundleWriter(folder) as writer:
    writer.contacts().extend(small_bundle.contact(number) for number in range(people))
    small_bundle.write_rest(writer, "new")
    writer.finish(small_bundle.manifest())
assert people == sum(1 for _ in Bundle.open(folder).contacts())
assert check(folder) == []
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def peak_mb(folder: Path, people: int) -> float:
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), str(people)],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(run.stdout) / 1024


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux's /proc")
def test_memory_does_not_grow_with_the_number_of_contacts(tmp_path: Path) -> None:
    few, many = peak_mb(tmp_path / "few", 20_000), peak_mb(tmp_path / "many", 200_000)
    assert many - few <= 5
