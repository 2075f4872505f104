"""Email content beside BeautifulSoup: `python bench/html.py [rounds]`. The measurement is in email_html.py.

This name hides Python's own html from every script that is started from this folder, so asked for by that
name it steps aside and hands the real one out.
"""

from __future__ import annotations

import importlib
import runpy
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

if __name__ == "__main__":
    runpy.run_path(str(HERE / "email_html.py"), run_name="__main__")
else:
    folders = sys.path[:]
    sys.path[:] = [folder for folder in folders if Path(folder or ".").resolve() != HERE]
    del sys.modules[__name__]
    importlib.import_module(__name__)
    sys.path[:] = folders
