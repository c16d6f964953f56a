"""What notebooks show is held against what the run found: every difference has a name."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from privatedao_audit.model.finding import FINDING_MIME
from privatedao_audit.run.normalise import INJECTED, normalised, write
from privatedao_audit.run.notebooks import Executed, differences


def finding(name: str, status: str = "PASS", domain: str = "custody") -> dict[str, Any]:
    return {"id": name, "domain": domain, "status": status}


def executed(*shown: dict[str, Any], trouble: str = "") -> Executed:
    """A notebook of the custody domain, one cell per finding shown."""
    cells = [
        new_code_cell(
            id=f"cell-{place}",
            outputs=[new_output("display_data", {FINDING_MIME: row, "text/plain": "a finding"})],
        )
        for place, row in enumerate(shown)
    ]
    return Executed("custody", "02_key_custody", write(new_notebook(cells=cells)).decode(), trouble)


RUN = [finding("UA-01"), finding("UA-06", "FAIL"), finding("RC-02", domain="release")]


def test_the_same_findings_are_no_difference() -> None:
    assert differences([executed(*RUN[:2])], RUN) == []


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (executed(RUN[0]), "02_key_custody does not show UA-06."),
        (executed(*RUN[:2], finding("UA-99")),
         "02_key_custody shows UA-99 in cell cell-2; the run has none."),
        (executed(*RUN), "02_key_custody shows RC-02 in cell cell-2; the run has none."),
        (executed(RUN[0], finding("UA-06", "PASS")),
         "02_key_custody shows another UA-06 in cell cell-1 than the run."),
        (executed(*RUN[:2], RUN[0]), "02_key_custody shows UA-01 twice, again in cell cell-2."),
        (executed(*RUN[:2], trouble="cell 3: KeyError: 'x'"),
         "The notebook 02_key_custody stopped at cell 3: KeyError: 'x'"),
    ],
    ids=["missing", "extra", "of another domain", "changed", "twice", "stopped"],
)  # fmt: skip
def test_each_difference_is_named(made: Executed, said: str) -> None:
    assert differences([made], RUN) == [said]


def test_a_repeated_finding_that_differs_is_named_as_both() -> None:
    rows = differences([executed(*RUN[:2], finding("UA-01", "FAIL"))], RUN)
    assert len(rows) == 2


def test_a_notebook_that_wrote_nothing_is_named() -> None:
    rows = differences([Executed("custody", "02_key_custody", "", "DeadKernelError: died")], RUN)
    assert rows == ["The notebook 02_key_custody stopped at DeadKernelError: died"]


def test_a_notebook_without_findings_lacks_each_of_them() -> None:
    rows = differences([executed()], RUN)
    assert rows == [f"02_key_custody does not show {name}." for name in ("UA-01", "UA-06")]


# Normalising


def _raw() -> Any:
    error = new_output(
        "error", ename="ValueError", evalue="no",
        traceback=['File "/home/somebody/env/lib/thing.py", line 3', "ValueError: no"],
    )  # fmt: skip
    cell = new_code_cell("x", id="x", outputs=[error])
    times = {"papermill": {"duration": 1.5}, "execution": {"iopub.status.busy": "now"}}
    cell.metadata.update({**times, "tags": []})
    injected = new_code_cell("evidence = '/home/somebody/evidence.sqlite'", id="6f0b")
    injected.metadata["tags"] = [INJECTED]
    notebook = new_notebook(cells=[injected, cell])
    notebook.metadata.update(
        {"papermill": {"start_time": "now"}, "language_info": {"name": "python", "version": "3.9"}}
    )
    return notebook


def test_clocks_ids_and_paths_are_taken_out() -> None:
    made = normalised(_raw(), {"target": "sample", "evidence": "../evidence.sqlite"})
    text = write(made).decode()
    assert "/home/" not in text
    assert "papermill" not in text
    assert "thing.py" in text
    assert made.cells[0].id == INJECTED
    assert made.cells[0].source.splitlines() == [
        "# Parameters", "target = 'sample'", "evidence = '../evidence.sqlite'",
    ]  # fmt: skip
    assert made.metadata.language_info == {"name": "python"}
    assert made.cells[1].metadata == {"tags": []}
    nbformat.validate(made)


def test_equal_notebooks_become_equal_bytes() -> None:
    assert write(normalised(_raw(), {})) == write(normalised(_raw(), {}))
