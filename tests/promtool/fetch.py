"""Fetch promtool, with which the tests compare the kit's evaluation of rules.

It comes from Debian's package ``prometheus``: apt verifies Debian's own signatures, so no hash is
pinned here. Nothing is installed and no root is needed; the program lands in ``tests/.promtool``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parents[1] / ".promtool"
PROMTOOL = FOLDER / "promtool"
HELP = "promtool is missing: run `python tests/promtool/fetch.py` once, on Debian, with a network"


def found() -> Path:
    """Where promtool lies.

    Raises:
        FileNotFoundError: nowhere; the message says what to do.
    """
    if PROMTOOL.is_file():
        return PROMTOOL
    installed = shutil.which("promtool")
    if installed is None:
        raise FileNotFoundError(HELP)
    return Path(installed)


def fetch() -> Path:
    """Download the package, take promtool out of it, and keep nothing else.

    Raises:
        CalledProcessError: apt has no such package, no network, or refuses its signature.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # apt drops its rights where it can; it may write here either way.
        folder.chmod(0o777)
        subprocess.run(["apt-get", "download", "prometheus"], cwd=folder, check=True)
        (package,) = folder.glob("prometheus_*.deb")
        subprocess.run(["dpkg-deb", "-x", str(package), "x"], cwd=folder, check=True)
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / ".gitignore").write_text("*\n")
        shutil.copy2(folder / "x" / "usr" / "bin" / "promtool", PROMTOOL)
    return PROMTOOL


if __name__ == "__main__":
    try:
        print(found())
    except FileNotFoundError:
        try:
            print(fetch())
        except (OSError, subprocess.CalledProcessError) as error:
            sys.exit(f"promtool could not be fetched: {error}")
