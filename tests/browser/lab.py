"""The server that `make lab` starts, for a test: same command, throw-away home and folder."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.browser.chromium import MissingPart

ROOT = Path(__file__).resolve().parents[2]
STAMP = ROOT / ".venv-lab" / "lab.stamp"
TOKEN = "a-token-for-one-test"
_START_SECONDS = 90


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: `url` with its port, and what it said on its way."""

    url: str
    log: Path

    def address(self, notebook: str) -> str:
        """Where a notebook of its folder opens."""
        return f"{self.url}lab/tree/{notebook}?token={TOKEN}"


def command(folder: Path, settings: Path) -> list[str]:
    """What `make lab` runs, with a test's options. Raises MissingPart without JupyterLab."""
    if not STAMP.is_file():
        raise MissingPart(f"JupyterLab is absent: run `make {STAMP.relative_to(ROOT)}`")
    options = (
        f"--no-browser --allow-root --ServerApp.port=0 --IdentityProvider.token={TOKEN} "
        f"--LabApp.user_settings_dir={settings}"
    )
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    told = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "lab", f"LAB_FOLDER={folder}",
         f"LAB_OPTIONS={options}"],
        cwd=ROOT, env=kept, capture_output=True, text=True, check=True,
    )  # fmt: skip
    # The last line starts the server; before it come installs, if a lock has just changed.
    return shlex.split(told.stdout.replace("\\\n", " ").strip().splitlines()[-1])


@contextmanager
def running(folder: Path, scratch: Path, variables: Mapping[str, str]) -> Iterator[Lab]:
    """JupyterLab over a folder, with these variables in its environment and nothing of ours."""
    settings, runtime, log = scratch / "settings", scratch / "runtime", scratch / "log.txt"
    shown = settings / "@jupyterlab" / "notebook-extension"
    shown.mkdir(parents=True)
    # Every cell is in the page, also those that the window does not reach.
    (shown / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}', "utf-8")
    setting = {
        "HOME": str(scratch), "PATH": os.defpath, "LANG": "C.UTF-8",
        "JUPYTER_CONFIG_DIR": str(scratch / "config"), "JUPYTER_DATA_DIR": str(scratch / "data"),
        "JUPYTER_RUNTIME_DIR": str(runtime), "IPYTHONDIR": str(scratch / "ipython"),
        "MPLCONFIGDIR": str(scratch / "matplotlib"), **variables,
    }  # fmt: skip
    with log.open("wb") as said:
        server = subprocess.Popen(
            command(folder, settings), cwd=ROOT, env=setting, stdin=subprocess.DEVNULL,
            stdout=said, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            yield Lab(_url(server, runtime, log), log)
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _url(server: subprocess.Popen[bytes], runtime: Path, log: Path) -> str:
    """Read from the file that the server writes once it listens."""
    until = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < until:
        for told in runtime.glob("jpserver-*.json"):
            try:
                return f"http://127.0.0.1:{json.loads(told.read_text('utf-8'))['port']}/"
            except ValueError:
                pass  # half written
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start: {log.read_text('utf-8', 'replace')[-2000:]}")
