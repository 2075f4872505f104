"""Lives of people in the local Sequenzy, and its bench for loading, are shared with the tests of the plan and load."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "plan"))
sys.path.append(str(Path(__file__).parents[1] / "load"))
