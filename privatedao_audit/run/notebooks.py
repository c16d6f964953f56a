"""Execute the domain notebooks in worker processes, and hold them against the run's findings."""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from privatedao_audit import assets
from privatedao_audit.model.catalogue import Domain
from privatedao_audit.model.finding import FINDING_MIME

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
    workers: int = 2,
) -> list[Executed]:
    """Execute the notebooks of domains, in worker processes with kernels of their own.

    Args:
        parameters: passed to every notebook; all texts.
        shown: what the kept notebooks say instead, for those that are paths.
        scratch: an empty folder; holds what kernels write on the side.
    """
    for name in ("kernel", "work"):
        (scratch / name).mkdir(exist_ok=True)
    setting = environment(scratch / "kernel")
    jobs = [(d.name, d.notebook, parameters, shown, str(scratch / "work")) for d in domains]
    with ProcessPoolExecutor(
        min(workers, max(1, len(jobs))), get_context("spawn"), _enter, (setting,)
    ) as pool:
        # The longest first, so that no worker sits idle while the other ends with it; the size of
        # the committed notebook, outputs included, tells well enough.
        ordered = sorted(jobs, key=lambda job: _size(job[1]), reverse=True)
        made = {one.domain: one for one in pool.map(_one, ordered)}
    return [made[domain.name] for domain in domains]


def _size(stem: str) -> int:
    return (assets.folder("notebooks") / f"{stem}.ipynb").stat().st_size


def _enter(setting: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(setting)


def _one(job: tuple[str, str, dict[str, str], dict[str, str], str]) -> Executed:
    """Execute one notebook; runs in a worker process."""
    import logging
    import warnings

    domain, stem, parameters, shown, base = job
    # A folder of its own for each: a kernel's sockets lie in its working directory.
    folder = tempfile.mkdtemp(dir=base)
    for name in ("papermill", "traitlets"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    import nbformat
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    from privatedao_audit.run.normalise import normalised, write

    source = assets.folder("notebooks") / f"{stem}.ipynb"
    made = Path(folder) / f"{stem}.ipynb"

    def execute(kept: str | None) -> Any:
        return papermill.execute_notebook(
            str(source), kept, parameters=parameters, progress_bar=False, log_output=False,
            cwd=folder, execution_timeout=TIMEOUT, start_timeout=120,
            shutdown_kernel="immediate", coalesce_streams=True, record_timing=False,
            kernel_name="python3",
            # Sockets in a folder instead of ports: no race for a port, and no other user of the
            # machine can connect.
            config=Config({"KernelManager": {"transport": "ipc"}}),
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
            return Executed(domain, stem, "", trouble or "nothing was written")
        notebook = nbformat.read(made, as_version=4)
    return Executed(domain, stem, write(normalised(notebook, shown)).decode(), trouble)


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
