"""Executed notebooks without what changes from run to run, so that equal runs are equal bytes."""

from __future__ import annotations

import re
from typing import Any

import nbformat
from nbformat import NotebookNode

#: What papermill and nbclient add: clocks, durations, machine paths.
_NOTEBOOK_METADATA = ("papermill", "widgets")
_CELL_METADATA = ("papermill", "execution", "collapsed")

INJECTED = "injected-parameters"


def normalised(notebook: NotebookNode, shown_parameters: dict[str, str]) -> NotebookNode:
    """A copy without timings, random ids and machine paths.

    Args:
        shown_parameters: what the injected cell says instead of what was really passed: the
            same things, named as someone sees them who opens the notebook in the run's folder.
    """
    copy: NotebookNode = nbformat.from_dict(dict(notebook))
    for name in _NOTEBOOK_METADATA:
        copy.metadata.pop(name, None)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    copy.metadata["kernelspec"] = nbformat.from_dict(kernel)
    # The interpreter's patch release is no fact about the target.
    copy.metadata["language_info"] = nbformat.from_dict({"name": "python"})
    for cell in copy.cells:
        for name in _CELL_METADATA:
            cell.metadata.pop(name, None)
        if INJECTED in cell.metadata.get("tags", []):
            cell["id"] = INJECTED
            cell["source"] = _parameters(shown_parameters)
        for output in cell.get("outputs", []):
            if output.get("output_type") == "error":
                output["traceback"] = [_no_paths(line) for line in output["traceback"]]
    return copy


def _parameters(shown: dict[str, str]) -> str:
    return "\n".join(["# Parameters", *(f"{name} = {value!r}" for name, value in shown.items())])


def _no_paths(text: str) -> str:
    """Tracebacks name files of this machine; the file's own name says enough."""
    return re.sub(r"(?:/[^\s/:\"']+)+/([^\s/:\"']+)", r"\1", text)


def write(notebook: NotebookNode) -> bytes:
    """The notebook file, as nbformat writes it."""
    text: str = nbformat.writes(notebook, version=4)
    return f"{text}\n".encode()


def outputs_of(cell: Any, mime: str) -> list[Any]:
    """The values of one MIME type among a cell's outputs."""
    return [
        output["data"][mime] for output in cell.get("outputs", []) if mime in output.get("data", {})
    ]
