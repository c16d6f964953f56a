"""The kernels of a run: loaded beforehand, and yet each as if it were the first."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest

from privatedao_audit.run import kernels

#: Executes notebooks as the worker of a run does, and prints what their last cells printed.
_WORKER = """
import os, sys
from pathlib import Path
from privatedao_audit.run import kernels, notebooks
if __name__ == "__main__":
    folder = Path(sys.argv[1])
    notebooks._enter(notebooks.environment(folder), str(folder))
    import papermill
    from traitlets.config import Config
    for stem in sys.argv[2:]:
        made = papermill.execute_notebook(
            f"{stem}.ipynb", None, progress_bar=False, kernel_name="python3",
            shutdown_kernel="immediate", config=Config({"KernelManager": {
                "transport": "ipc", "connection_file": f"{stem}.json"}}))
        print("".join(made.cells[-1].outputs[0].text), end="", flush=True)
"""
_LOADED = ["matplotlib.pyplot", "pandas", "privatedao_audit.audit.context"]
_TELLS = f"""
import json, os, sys, threading
print(json.dumps({{
    "pid": os.getpid(), "parent": os.getppid(), "group": os.getpgid(0), "cwd": os.getcwd(),
    "environment": dict(os.environ), "loaded": sorted(set(sys.modules) & set({_LOADED})),
    "left": [hasattr(json, "left"), "LEFT" in os.environ, "left" in globals()],
    "threads": open(f"/proc/{{os.getppid()}}/status").read().split("Threads:")[1].split()[0],
    "argv": sys.argv[0], "main": __name__,
}}))
"""
_LEAVES = """
import json, os
left = json.left = True
os.environ["LEFT"] = "by another notebook"
"""
_SECRET = "https://rpc.example/?key=fake-secret-in-the-environment"


def write(folder: Path, stem: str, *cells: str) -> None:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in cells])
    nbformat.write(made, folder / f"{stem}.ipynb")


def start(folder: Path, *stems: str, **setting: str) -> subprocess.Popen[str]:
    (folder / "worker.py").write_text(_WORKER, "utf-8")
    return subprocess.Popen(
        [sys.executable, str(folder / "worker.py"), str(folder), *stems], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PRIVATEDAO_AUDIT_RPC_MAIN": _SECRET, **setting},
    )  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What three kernels, one after the other, said of themselves; the second left things."""
    folder = tmp_path_factory.mktemp("kernels")
    write(folder, "first", _TELLS)
    write(folder, "second", _TELLS, _LEAVES, _TELLS)
    write(folder, "third", _TELLS)
    out, err = start(folder, "first", "second", "third").communicate(timeout=120)
    assert len(out.splitlines()) == 3, err
    return [json.loads(line) for line in out.splitlines()]


def test_each_has_a_process_of_its_own_that_is_gone_afterwards(told: list[dict[str, Any]]) -> None:
    assert len({one["pid"] for one in told}) == 3
    for one in told:
        assert one["group"] == one["pid"]
        assert not Path(f"/proc/{one['pid']}").exists()


def test_they_are_forked_from_one_process_that_has_loaded_the_libraries(
    told: list[dict[str, Any]]
) -> None:
    assert len({one["parent"] for one in told}) == 1
    assert all(one["loaded"] == _LOADED for one in told)


def test_what_they_are_forked_from_has_one_thread(told: list[dict[str, Any]]) -> None:
    """Of a process with several a fork may hold locks that nobody will ever release."""
    assert [one["threads"] for one in told] == ["1", "1", "1"]


def test_nothing_that_one_leaves_behind_is_seen_by_the_next(told: list[dict[str, Any]]) -> None:
    assert told[1]["left"] == [True, True, True]
    assert told[0]["left"] == told[2]["left"] == [False, False, False]


def test_none_inherits_more_than_is_allowed(told: list[dict[str, Any]]) -> None:
    for one in told:
        assert _SECRET not in json.dumps(one)
        assert one["environment"]["PYTHONHASHSEED"] == "0"
        assert one["environment"]["MPLBACKEND"] == "agg"
        assert not {name for name in one["environment"] if name.startswith("PRIVATEDAO")}


def test_one_ends_with_whoever_asked_for_it(tmp_path: Path) -> None:
    write(tmp_path, "endless", "import os; open('pid', 'w').write(str(os.getpid()))",
          "import time; time.sleep(600)")  # fmt: skip
    worker = start(tmp_path, "endless")
    pid = tmp_path / "pid"
    try:
        _until(lambda: pid.exists() and pid.read_text() != "", 60)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
    _until(lambda: not Path(f"/proc/{pid.read_text()}").exists(), 20)


def test_one_that_dies_is_told_of_at_once(tmp_path: Path) -> None:
    write(tmp_path, "dies", "import os; os._exit(3)")
    worker = start(tmp_path, "dies")
    _out, err = worker.communicate(timeout=60)
    assert worker.returncode == 1
    assert "DeadKernelError" in err


def test_without_room_for_a_socket_kernels_start_as_anywhere(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    write(tmp_path, "plain", _TELLS)
    out, err = start(tmp_path, "plain", TMPDIR=str(deep)).communicate(timeout=120)
    told = json.loads(out or err)
    assert told["loaded"] == []
    assert _SECRET not in out


def test_jupyter_finds_the_provisioner_by_its_name() -> None:
    from jupyter_client.provisioning.factory import KernelProvisionerFactory

    found = KernelProvisionerFactory.instance().provisioners
    assert found[kernels.PROVISIONER["JUPYTER_DEFAULT_PROVISIONER_NAME"]].load() is kernels.Forked


def _until(done: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)
