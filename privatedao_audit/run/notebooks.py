"""Execute the domain notebooks in processes of their own; hold them against the run's findings."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from privatedao_audit import assets
from privatedao_audit.model.catalogue import Domain
from privatedao_audit.model.finding import FINDING_MIME
from privatedao_audit.run.workers import end_with_parent

#: Seconds that one notebook may take.
TIMEOUT = 600

#: The only variables that a kernel inherits. None of them can hold an RPC URL.
_INHERITED = ("PATH", "HOME", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")


@dataclass(frozen=True, slots=True)
class Executed:
    """One executed notebook.

    Attributes:
        domain: name of its domain.
        stem: file name without suffix.
        content: normalised nbformat 4 JSON.
        trouble: why it stopped, naming the cell; empty when it ran to its end.
    """

    domain: str
    stem: str
    content: str
    trouble: str


def environment(scratch: Path) -> dict[str, str]:
    """The environment of a kernel: allow-listed, with every place that could hold a user's
    configuration pointed to an empty folder.

    Args:
        scratch: an empty folder of this run.
    """
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    place = str(scratch)
    return kept | {
        "IPYTHONDIR": place,
        "JUPYTER_CONFIG_DIR": place,
        "JUPYTER_DATA_DIR": place,
        "JUPYTER_PLATFORM_DIRS": "1",
        "JUPYTER_RUNTIME_DIR": place,
        "LC_ALL": "C.UTF-8",
        "MATPLOTLIBRC": str(Path(__file__).parent / "matplotlibrc"),
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": str(_font_cache()),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TZ": "UTC",
    }


def _font_cache() -> Path:
    """matplotlib lists the machine's fonts once; anew for each kernel would cost a second each."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    path = Path(base) / "privatedao-audit" / "matplotlib"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir())
    return path


def execute(
    domains: list[Domain],
    parameters: dict[str, str],
    shown: dict[str, str],
    scratch: Path,
    workers: int = 3,
) -> list[Executed]:
    """Execute the notebooks of domains, each in a kernel of its own.

    Args:
        parameters: passed to every notebook; all texts.
        shown: what the kept notebooks say instead, for those that are paths.
        scratch: an empty folder; holds what kernels write on the side.
        workers: how many notebooks are executed at a time; a third of a kernel's time is waiting.
    """
    for name in ("kernel", "work"):
        (scratch / name).mkdir(exist_ok=True)
    setting = environment(scratch / "kernel")
    # The longest first, so that nobody sits idle while the last one runs; the size of the committed
    # notebook, outputs included, tells well enough.
    ordered = sorted(domains, key=lambda domain: _size(domain.notebook), reverse=True)
    jobs = [_Job(d.name, d.notebook, parameters, shown) for d in ordered]
    # A process of its own, with an environment of its own, for what kernels inherit.
    with ProcessPoolExecutor(
        1, get_context("spawn"), _enter, (setting, str(scratch / "work"))
    ) as pool:
        made = {one.domain: one for one in pool.submit(_all, jobs, workers).result()}
    return [made[domain.name] for domain in domains]


def _size(stem: str) -> int:
    return (assets.folder("notebooks") / f"{stem}.ipynb").stat().st_size


@dataclass(frozen=True, slots=True)
class _Job:
    domain: str
    stem: str
    parameters: dict[str, str]
    shown: dict[str, str]


def _enter(setting: dict[str, str], folder: str) -> None:
    """Begin as the worker process: what its kernels inherit, and where they work."""
    from privatedao_audit.run import kernels

    end_with_parent()
    os.environ.clear()
    os.environ.update(setting)
    os.chdir(folder)
    # Who interrupts the run ends this process at once, and its kernels with it, by its end alone.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Where the folder for temporary files lies too deep for a socket, kernels start as anywhere.
    with contextlib.suppress(OSError):
        kernels.warm_up()
        os.environ.update(kernels.PROVISIONER)
    signal.signal(signal.SIGINT, before if before is signal.SIG_IGN else signal.SIG_DFL)


def _all(jobs: list[_Job], together: int) -> list[Executed]:
    """Execute notebooks, some at a time; runs in the worker process, which merely waits."""
    import logging
    import warnings

    for name in ("papermill", "traitlets"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    with ThreadPoolExecutor(together) as threads:
        return list(threads.map(_one, jobs))


def _one(job: _Job) -> Executed:
    """Execute one notebook in a kernel of its own."""
    import nbformat
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    from privatedao_audit.run.normalise import normalised, write

    source = assets.folder("notebooks") / f"{job.stem}.ipynb"
    made = Path(f"{job.stem}.ipynb").resolve()

    def execute(kept: str | None) -> Any:
        # Sockets in a folder instead of ports: no race for a port, and no other user of the machine
        # can connect. They lie beside this file and bear its name, so each kernel has its own; a
        # relative one, since the path of a socket must be short.
        connection = f"{job.stem}{'' if kept is None else '-again'}.json"
        return papermill.execute_notebook(
            str(source), kept, parameters=job.parameters, progress_bar=False, log_output=False,
            execution_timeout=TIMEOUT, start_timeout=120,
            shutdown_kernel="immediate", coalesce_streams=True, record_timing=False,
            kernel_name="python3",
            config=Config({"KernelManager": {"transport": "ipc", "connection_file": connection}}),
        )  # fmt: skip

    # With a place to write to, papermill writes the whole notebook twice per cell, which takes as
    # long as the cells. Only one that stops is executed once more with a place, to be kept as far
    # as it got.
    failures = (PapermillExecutionError, CellTimeoutError, DeadKernelError, RuntimeError)
    trouble = ""
    try:
        notebook = execute(None)
    except failures:
        try:
            execute(str(made))
        except PapermillExecutionError as error:
            trouble = f"cell {error.exec_count}: {error.ename}: {error.evalue}"
        except failures as error:
            trouble = f"{type(error).__name__}: {error}"
        if not made.is_file():
            return Executed(job.domain, job.stem, "", trouble or "nothing was written")
        notebook = nbformat.read(made, as_version=4)
    content = write(normalised(notebook, job.shown)).decode()
    return Executed(job.domain, job.stem, content, trouble)


def differences(executed: list[Executed], found: list[dict[str, Any]]) -> list[str]:
    """How the findings in notebooks differ from those of the run; empty when they are the same.

    Missing, extra, repeated and different findings each make one sentence that names notebook
    and control.
    """
    import nbformat

    from privatedao_audit.run.normalise import outputs_of

    rows: list[str] = []
    for one in executed:
        if one.trouble:
            rows.append(f"The notebook {one.stem} stopped at {one.trouble}")
        if not one.content:
            continue
        expected = {f["id"]: f for f in found if f["domain"] == one.domain}
        seen: dict[str, Any] = {}
        for cell in nbformat.reads(one.content, as_version=4).cells:
            for shown in outputs_of(cell, FINDING_MIME):
                name = shown.get("id")
                if name in seen:
                    rows.append(f"{one.stem} shows {name} twice, again in cell {cell.id}.")
                seen[name] = shown
                if name not in expected:
                    rows.append(f"{one.stem} shows {name} in cell {cell.id}; the run has none.")
                elif shown != expected[name]:
                    rows.append(f"{one.stem} shows another {name} in cell {cell.id} than the run.")
        rows += [f"{one.stem} does not show {name}." for name in expected if name not in seen]
    return rows
