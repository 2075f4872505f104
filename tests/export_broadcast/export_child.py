"""A child process that exports from the given address and says how much memory it took (test_export_scale.py)."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from adapters.broadcast.source import BroadcastSource
from migrator.export.progress import Silent
from migrator.export.run import export
from migrator.transport.clock import SystemClock

clock = SystemClock()
reading = BroadcastSource().open(
    {"BROADCAST_HOST": sys.argv[1], "BROADCAST_API_TOKEN": sys.argv[2]}, clock=clock, rate=0, busy_wait=0
)
export(reading, Path(sys.argv[3]) / "bundle", clock=clock, watcher=Silent())
# Not getrusage: its peak is inherited from the parent, which holds the whole account.
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
sys.stdout.write(str(int(peak.split()[1]) // 1024))
