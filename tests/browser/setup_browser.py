"""What the browser tests need and Python cannot install: Chromium, and axe-core from the npm registry.

`install()` is called by `python3 -m tests`; standard library only. `find()` only looks. Where something is missing, the
tests are skipped with the reason, but never in CI.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

AXE = "4.10.3"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sequenzy-migrate-tests"
QUIET = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-sandbox"),
)


@dataclass(frozen=True)
class Found:
    chromium: str | None
    axe: Path | None

    @property
    def missing(self) -> str:
        """What is not there, in words; empty when all is."""
        names = [name for name, there in (("Chromium", self.chromium), ("axe-core", self.axe)) if not there]
        return f"{' and '.join(names)} cannot be found: run `python3 -m tests`, which installs it" if names else ""


def find() -> Found:
    chromium = next((path for name in NAMES if (path := shutil.which(name))), None)
    axe = CACHE / f"axe-core-{AXE}.js"
    return Found(chromium, axe if axe.is_file() else None)


def install() -> Found:
    found = find()
    if found.chromium is None:
        _install_chromium()
    if found.axe is None:
        _install_axe()
    return find()


def _install_chromium() -> None:
    if shutil.which("apt-get") is None:
        return
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    _say("Installing Chromium for the browser tests (once) ...")
    for command in (("update", "-qq"), ("install", "-y", "-qq", "--no-install-recommends", "chromium")):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(
            [*root, "apt-get", *command], capture_output=True, text=True, check=False, env=environment
        )
        if done.returncode:
            _say(f"apt-get {command[0]} failed: {done.stderr.strip()[-300:]}")
            return


def _install_axe() -> None:
    npm = shutil.which("npm")
    if npm is None:
        _say("npm is not here, so the accessibility tests have no axe-core.")
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [npm, "pack", f"axe-core@{AXE}", "--silent", "--pack-destination", str(CACHE)],
        capture_output=True,
        text=True,
        check=False,
        cwd=CACHE,
    )
    packed = CACHE / f"axe-core-{AXE}.tgz"
    if done.returncode or not packed.exists():
        _say(f"npm could not fetch axe-core: {done.stderr.strip()[-300:]}")
        return
    with tarfile.open(packed) as archive:
        member = archive.extractfile("package/axe.min.js")
        if member is not None:
            part = CACHE / f"axe-core-{AXE}.js.partial"
            part.write_bytes(member.read())
            part.replace(CACHE / f"axe-core-{AXE}.js")
    packed.unlink()


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
