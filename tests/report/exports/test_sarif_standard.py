"""SARIF against the standard's own schema and Microsoft's validator, as locked for the tests.

Both come with the npm package ``@microsoft/sarif-multitool-linux`` (MIT).
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import jsonschema
import pytest

from privatedao_audit.report.exports import FORMATS, files
from tests.report.exports.made import document

PACKAGE = (
    Path(__file__).parents[2] / "browser/node_modules/@microsoft/sarif-multitool-linux"
)
NAMES = tuple(FORMATS["sarif"])


@pytest.mark.parametrize("name", NAMES)
def test_it_holds_to_the_schema_of_the_standard(name: str) -> None:
    schema = json.loads((PACKAGE / "sarif-2.1.0.json").read_text("utf-8-sig"))
    log = json.loads(files(document(), ("sarif",))[name])
    jsonschema.Draft202012Validator(schema).validate(log)


@pytest.mark.parametrize("name", NAMES)
def test_the_validator_finds_no_error(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(files(document(), ("sarif",))[name])
    tool = PACKAGE / "Sarif.Multitool"
    tool.chmod(0o755)
    told = tmp_path / "told.sarif"
    subprocess.run(
        [tool, "validate", tmp_path / name, "-o", told, "--rule-kind", "Sarif;Ghas"],
        check=True, capture_output=True, timeout=120,
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
    )  # fmt: skip
    (run,) = json.loads(told.read_text("utf-8-sig"))["runs"]
    # It has no home page to link to.
    assert {one["ruleId"] for one in run["results"]} <= {"SARIF2005"}
