"""`python3 -m migrator`: the command line from a fresh clone, with nothing installed before."""

import importlib.util
import sys

NEEDED = ("click", "httpx", "jinja2", "mjml", "msgspec", "selectolax", "tqdm")

if sys.version_info >= (3, 11) and all(importlib.util.find_spec(name) for name in NEEDED):
    try:
        from migrator.cli.main import run
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    run()
else:
    from migrator import first_run

    raise SystemExit(first_run.run(first_run.environment(), "-m", "migrator", *sys.argv[1:]))
