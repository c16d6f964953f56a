"""Kernels that begin with the libraries loaded.

A kernel of a run is an ordinary ipykernel in a process of its own, forked from a server process
(multiprocessing's forkserver) that has imported what every notebook imports. Loading it anew for
each of seven notebooks takes longer than the notebooks themselves. The server executes nothing of
a notebook, and every kernel starts from the same state of it.

Jupyter finds the provisioner by the entry point in pyproject.toml and ``PROVISIONER``; who opens
a notebook by hand, in JupyterLab or with papermill, gets a kernel as everywhere.
"""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Final

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from privatedao_audit.run.workers import end_with_parent

__all__ = ["PROVISIONER", "Forked", "warm_up"]

#: Name of the entry point, and the variable by which Jupyter takes it for every kernel.
NAME: Final = "privatedao-audit-forked"
PROVISIONER: Final = {"JUPYTER_DEFAULT_PROVISIONER_NAME": NAME}

#: What all notebooks import, beside the kernel itself.
_LOADED: Final = (
    "ipykernel.kernelapp", "pandas", "matplotlib.pyplot", "privatedao_audit.audit.opening",
)  # fmt: skip
#: Libraries that would start threads when they are imported: to fork is safe with none alone.
_ALONE: Final = {
    "OPENBLAS_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}


def warm_up() -> None:
    """Start the server of this process, which begins to import; returns at once.

    The server, and with it every kernel, inherits the environment as it is now, to which is added
    what keeps it to one thread.

    Raises:
        OSError: no socket can be made, e.g. because the folder for temporary files lies too deep.
    """
    os.environ.update(_ALONE)
    multiprocessing.get_context("forkserver").set_forkserver_preload([*_LOADED])
    forkserver.ensure_running()


class Forked(LocalProvisioner):
    """Starts a kernel as a fork of the server instead of a new interpreter."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel; what ``cmd`` would do beside that is the interpreter's start alone.

        Args:
            kwargs: ``cwd`` and ``env`` as ``subprocess.Popen`` takes them.
        """
        cwd = str(kwargs.get("cwd") or Path.cwd())
        setting = dict(kwargs.get("env") or os.environ)
        assert self.parent is not None
        process = multiprocessing.get_context("forkserver").Process(
            target=_serve, args=(self.parent.connection_file, cwd, setting)
        )
        process.start()
        self.process = _Handle(process)  # type: ignore[assignment]
        # No group: until the kernel has made one of its own, it is in the server's.
        self.pid, self.pgid, self.cwd = process.pid, None, cwd
        return self.connection_info


class _Handle:
    """A process of multiprocessing as Jupyter looks at one: like ``subprocess.Popen``."""

    stdin = stdout = stderr = None

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process
        self.pid = process.pid

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.exitcode

    def wait(self) -> int | None:
        """The exit code, once it has ended."""
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal; nothing where it has ended."""
        if self.pid is not None and self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it."""
        self._process.kill()


def _serve(connection_file: str, cwd: str, setting: dict[str, str]) -> None:
    """Be a kernel; in a process that was forked from the server."""
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()  # a key that interrupts the run is the run's to handle
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(setting)
    end_with_parent()
    # Its parent is the server, and not who asked for it.
    parent = f"--IPKernelApp.parent_handle={os.getppid()}"
    IPKernelApp.launch_instance(argv=["-f", connection_file, parent])
