"""The committed notebooks hold real outputs, and they are what the library judges now.

The strict comparison runs a cell without an execution count and never compares it: a stripped
notebook passes whatever its code says. These gates make sure that there is something to compare.
"""

from __future__ import annotations

import ast
import asyncio
import copy
import json
import re
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit import assets
from privatedao_audit.audit.opening import over
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import target as targets
from privatedao_audit.model.catalogue import DOMAINS, Domain
from privatedao_audit.model.finding import FINDING_MIME
from privatedao_audit.view.style import plain_mark

Notebook = dict[str, Any]

_SHOW = re.compile(r'audit\.show\("([A-Z]{2}-[0-9]{2})"\)')
#: Ends in a call that returns nothing, so it has nothing to show.
_SILENT = "await audit.collect(audit.scope.domains)"
_SPARED = re.compile(r"nbval|raises-exception|skip-execution", re.I)
_PATH = re.compile(
    r"(?<![\w./:-])/(?:home|root|tmp|work|usr|etc|var|opt|mnt|srv|proc|dev|Users|private)\b"
    r"|\b[A-Za-z]:\\\\?\w|(?<!\w)~/|site-packages|\.venv\b"
)
#: Names inside an SVG, which nothing fetches.
_NAMESPACE = r"http://(?:www\.w3\.org|purl\.org/dc|creativecommons\.org/ns)\b"
#: Names that can't exist (RFC 2606), which the rehearsals put on chain.
_INVENTED = r"https://(?:rehearsal|evil)\.invali(?:d\b|…)"
_SECRET = re.compile(
    # Any other URL: an endpoint may carry a key.
    rf"(?!{_NAMESPACE})(?!{_INVENTED})\b[a-z][a-z0-9+.-]*://"
    r"|api[-_]?key|access[-_]?token|bearer\s|BEGIN [A-Z ]*PRIVATE"
    r"|\[\s*(?:\d{1,3}\s*,\s*){31,63}\d{1,3}\s*\]",  # a key as Solana's tools write it
    re.I,
)

each = pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.notebook)


def _read(domain: Domain) -> Notebook:
    path = assets.folder("notebooks") / f"{domain.notebook}.ipynb"
    notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "".join(value)


def _code(notebook: Notebook) -> list[Notebook]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _values(cell: Notebook, mime: str) -> list[Any]:
    return [one["data"][mime] for one in cell["outputs"] if mime in one.get("data", {})]


def _shows(source: str) -> bool:
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree = compile(source, "cell", "exec", flags)
    return isinstance(tree.body[-1], ast.Expr) and source != _SILENT


def troubles(notebook: Notebook) -> list[str]:
    """What makes a comparison with this notebook worth less than it seems, cell by cell."""
    found = []
    for number, cell in zip(count(1), _code(notebook), strict=False):
        name, source = cell["id"], _text(cell["source"])
        if cell["execution_count"] != number:
            found.append(f"{name}: execution count {cell['execution_count']}, not {number}")
        if _SPARED.search(source) or _SPARED.search(json.dumps(cell["metadata"])):
            found.append(f"{name}: spared from the comparison")
        kinds = [output["output_type"] for output in cell["outputs"]]
        # A plot shows itself and the table behind it, by the display of the kit.
        plot = kinds == ["display_data"] * 2 and _drawn_with_table(cell)
        if not plot and kinds != (["execute_result"] if _shows(source) else []):
            found.append(f"{name}: outputs {kinds}")
            continue
        for output in cell["outputs"]:
            found += [f"{name}: {text}" for text in _figure(output)]
            if output.get("execution_count", number) != number:
                found.append(f"{name}: its output is of another execution")
        if match := _SHOW.fullmatch(source):
            found += [f"{name}: {text}" for text in _shown(match[1], cell)]
    return found


def _drawn_with_table(cell: Notebook) -> bool:
    figure, table = (output["data"] for output in cell["outputs"])
    return "image/svg+xml" in figure and "text/html" in table


def _figure(output: Notebook) -> list[str]:
    data, metadata = output["data"], output["metadata"]
    found = [f"{mime} is never compared" for mime in data if re.match("image/(?!svg)", mime)]
    if not _text(data.get("text/plain", "")).strip():
        found.append("no plain text")
    if "image/svg+xml" in data:
        alt = metadata.get("image/svg+xml", {}).get("alt", "")
        if len(alt.split()) < 5:
            found.append("a figure without a text in its place")
        if not re.search(r"<svg\b.*<text\b", _text(data["image/svg+xml"]), re.S):
            found.append("a figure without words")
    return found


def _shown(control_id: str, cell: Notebook) -> list[str]:
    shown = _values(cell, FINDING_MIME)
    if [one["id"] for one in shown] != [control_id]:
        return [f"findings {[one['id'] for one in shown]}, not {control_id}"]
    mark = plain_mark(shown[0]["status"])
    # The headline: further down the parts have marks of their own.
    ends = {"text/plain": "\n", "text/html": "</strong>"}
    views = {mime: _values(cell, mime) for mime in ends}
    return [
        f"{mime} does not say {mark}"
        for mime, values in views.items()
        if not values or mark not in _text(values[0]).split(ends[mime])[0]
    ]


def leaks(notebook: Notebook) -> list[str]:
    """Places of a machine and shapes of secrets in outputs and metadata."""
    parts = [json.dumps(notebook["metadata"], ensure_ascii=False)]
    for cell in notebook["cells"]:
        parts.append(json.dumps(cell["metadata"], ensure_ascii=False))
        for output in cell.get("outputs", []):
            data = {mime: _joined(value) for mime, value in output.get("data", {}).items()}
            parts += [value for value in data.values() if isinstance(value, str)]
            rest = [value for value in data.values() if not isinstance(value, str)]
            about = {name: value for name, value in output.items() if name != "data"}
            parts.append(json.dumps([rest, about], ensure_ascii=False))
    return [hit[0] for text in parts for what in (_PATH, _SECRET) for hit in what.finditer(text)]


def _joined(value: Any) -> Any:
    return "".join(value) if isinstance(value, list) else value


@each
def test_there_is_something_to_compare_in_every_cell(domain: Domain) -> None:
    notebook = _read(domain)
    assert len(_code(notebook)) > 5
    assert troubles(notebook) == []


@each
def test_no_place_and_no_secret_is_in_an_output(domain: Domain) -> None:
    assert leaks(_read(domain)) == []


def test_the_history_is_drawn() -> None:
    (release,) = [_read(domain) for domain in DOMAINS if domain.name == "release"]
    drawn = [cell["id"] for cell in _code(release) if _values(cell, "image/svg+xml")]
    assert drawn == ["timeline"]


async def _judged(sealed: SealedRecording) -> tuple[list[dict[str, Any]], str]:
    audit = await over(targets.load("sample"), sealed, "a sealed recording")
    await audit.collect(audit.scope.domains)
    return audit.findings(), str(audit.verdict())


def test_outputs_are_what_the_library_judges_now() -> None:
    """A stale notebook fails here, and names the controls that moved; `make notebooks` mends it."""
    recording = targets.bundled_recording(targets.load("sample"), "sample")
    assert isinstance(recording, Path)
    with SealedRecording.open(recording) as sealed:
        now, verdict = asyncio.run(_judged(sealed))
    shown = [
        value
        for domain in DOMAINS
        for cell in _code(_read(domain))
        for value in _values(cell, FINDING_MIME)
    ]
    assert [one["id"] for one in shown] == [one["id"] for one in now]
    moved = [new["id"] for old, new in zip(shown, now, strict=True) if old != new]
    assert moved == []

    (gate,) = [cell for cell in _code(_read(DOMAINS[-1])) if cell["id"] == "verdict"]
    assert _text(_values(gate, "text/plain")[0]) == verdict
    assert verdict.startswith("NOT READY: ")


def _first(notebook: Notebook, pattern: str) -> Notebook:
    return next(cell for cell in _code(notebook) if re.search(pattern, _text(cell["source"])))


def _strip(notebook: Notebook) -> None:
    for cell in _code(notebook):
        cell["execution_count"], cell["outputs"] = None, []


def _empty_one(notebook: Notebook) -> None:
    _first(notebook, "timeline")["outputs"] = []


def _skip_by_tag(notebook: Notebook) -> None:
    _first(notebook, "show")["metadata"]["tags"] = ["nbval-skip"]


def _skip_by_comment(notebook: Notebook) -> None:
    cell = _first(notebook, "facts")
    cell["source"] = "# NBVAL_IGNORE_OUTPUT\n" + _text(cell["source"])


def _warn(notebook: Notebook) -> None:
    stream = {"output_type": "stream", "name": "stderr", "text": "a warning"}
    _first(notebook, "show")["outputs"].append(stream)


def _drop_finding(notebook: Notebook) -> None:
    del _first(notebook, "show")["outputs"][0]["data"][FINDING_MIME]


def _swap_finding(notebook: Notebook) -> None:
    _first(notebook, "show")["outputs"][0]["data"][FINDING_MIME]["id"] = "UA-06"


def _better_status(notebook: Notebook) -> None:
    _first(notebook, "show")["outputs"][0]["data"][FINDING_MIME]["status"] = "PASS"


def _no_alt(notebook: Notebook) -> None:
    _first(notebook, "timeline")["outputs"][0]["metadata"] = {}


def _raster(notebook: Notebook) -> None:
    _first(notebook, "timeline")["outputs"][0]["data"]["image/png"] = "AAAA"


@pytest.mark.parametrize(
    "spoil",
    [
        _strip, _empty_one, _skip_by_tag, _skip_by_comment, _warn, _drop_finding, _swap_finding,
        _better_status, _no_alt, _raster,
    ],
    ids=lambda spoil: spoil.__name__.strip("_"),
)  # fmt: skip
def test_the_gate_on_outputs_bites(spoil: Callable[[Notebook], None]) -> None:
    notebook = copy.deepcopy(_read(DOMAINS[0]))
    assert troubles(notebook) == []
    spoil(notebook)
    assert troubles(notebook) != []


@pytest.mark.parametrize(
    "text",
    [
        "read from /home/someone/kit/evidence.sqlite",
        "File ~/kit/module.py",
        "https://rpc.example.org/v1",
        "wss://rpc.example.org",
        "?api-key=0123",
        str(list(range(64))),
    ],
)
def test_the_gate_on_leaks_bites(text: str) -> None:
    notebook = copy.deepcopy(_read(DOMAINS[0]))
    _first(notebook, "timeline")["outputs"][0]["data"]["text/plain"] = ["a line\n", text]
    assert leaks(notebook) != []
