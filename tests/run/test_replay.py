"""The whole way from a sealed recording to a folder of documents."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_notebook
from pyarrow import parquet
from pypdf import PdfReader

from privatedao_audit import assets
from privatedao_audit.audit import context
from privatedao_audit.audit.opening import WrongRecording, over
from privatedao_audit.domains import canaries
from privatedao_audit.domains.registry import PLANS
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import canonical, catalogue
from privatedao_audit.model import target as targets
from privatedao_audit.model.catalogue import DOMAINS
from privatedao_audit.model.finding import FINDING_MIME
from privatedao_audit.model.status import Verdict
from privatedao_audit.run import files, notebooks
from privatedao_audit.run.normalise import outputs_of, write
from privatedao_audit.run.pipeline import Order, run
from tests.expected import MID_ROLLOUT
from tests.run.conftest import Finished, order_of

STEMS = [domain.notebook for domain in DOMAINS]
#: Folders that a machine path could begin with.
_MACHINE_PATH = re.compile(r"(?<![\w./!])/(?:home|root|tmp|work|usr|var|opt|Users)/")


def loaded(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_bytes())


def test_every_promised_file_is_there_and_nothing_else(finished: Finished) -> None:
    expected = {"run.json", "evidence.sqlite", "facts.json", "findings.json", "report.html",
                "report.pdf"}  # fmt: skip
    expected |= {f"notebooks/{stem}.ipynb" for stem in STEMS}
    expected |= {f"domains/{stem}.{kind}" for stem in STEMS for kind in ("html", "pdf")}
    expected |= {*loaded(finished.folder, "facts.json")["tables"]}
    there = {
        str(path.relative_to(finished.folder))
        for path in finished.folder.rglob("*")
        if path.is_file()
    }
    assert there == expected
    assert finished.result.problems == []
    assert finished.stages == ["judging", "notebooks", "documents"]


def test_the_sample_is_judged_as_it_was_made(finished: Finished) -> None:
    found = loaded(finished.folder, "findings.json")
    status = {row["id"]: row["status"] for row in found["controls"]}
    assert set(status) == {control for plan in PLANS.values() for control in plan.checks}
    for word in ("FAIL", "MISSING", "STALE", "UNKNOWN"):
        assert {name for name, one in status.items() if one == word} == MID_ROLLOUT.get(word, set())
    assert found["verdict"]["word"] == "NOT READY"
    assert finished.result.verdict is Verdict.NOT_READY
    assert finished.result.verdict.exit_code == 1
    assert list(status) == [control.id for control in catalogue.load().controls]
    assert found["verdict"]["counts"]["UNKNOWN"] == 0
    assert found["verdict"]["blocking"][0]["status"] == "FAIL"


def test_findings_have_the_promised_shape(finished: Finished) -> None:
    raw = (finished.folder / "findings.json").read_bytes()
    found = json.loads(raw, parse_float=lambda text: pytest.fail(f"a float: {text}"))
    assert raw == canonical.dump_file(found)
    assert set(found) == {"schema", "method", "target", "run", "verdict", "controls",
                          "boundary", "waivers", "canaries", "self_doubt",
                          "evidence_root"}  # fmt: skip
    assert found["schema"] == {"name": "privatedao-audit/findings", "version": 1}
    assert set(found["run"]) == {"recorded_at", "cluster", "genesis_hash", "slot_window",
                                 "providers", "domains", "repository"}  # fmt: skip
    assert [row["label"] for row in found["run"]["providers"]] == ["first", "second"]
    assert {row["id"] for row in found["self_doubt"]} >= {"not-mainnet", "one-host"}
    with SealedRecording.open(finished.folder / "evidence.sqlite") as sealed:
        assert found["evidence_root"] == sealed.evidence_root
        assert found["run"]["slot_window"] == list(sealed.window() or ())
        for row in found["controls"]:
            assert set(row) >= {"id", "domain", "title", "class", "blocking", "floor", "severity",
                                "status", "summary", "observed", "expected", "evidence",
                                "read_at", "invalidated_by", "remediation"}  # fmt: skip
            assert all(sealed.read(name) for name in row["evidence"]), row["id"]
            if row["status"] != "UNKNOWN":
                assert row["evidence"], f"{row['id']} is {row['status']} on no evidence"


def test_judging_again_gives_the_same_bytes(finished: Finished) -> None:
    async def judge() -> tuple[bytes, bytes]:
        with SealedRecording.open(finished.folder / "evidence.sqlite") as sealed:
            audit = await over(targets.load("sample"), sealed, "again")
            await audit.collect(audit.scope.domains)
            found = audit.report_json(
                method=method, canaries=canaries.sing().as_json(),
                evidence_root=sealed.evidence_root,
                slot_window=sealed.window(), invalid=False,
            )  # fmt: skip
            return canonical.dump_file(found), canonical.dump_file(audit.facts_json())

    method = loaded(finished.folder, "findings.json")["method"]
    method = {name: method[name] for name in ("kit_version", "lock")}
    found, facts = asyncio.run(judge())
    assert found == (finished.folder / "findings.json").read_bytes()
    written = loaded(finished.folder, "facts.json")
    assert json.loads(facts) == {k: v for k, v in written.items() if k != "tables"}


def test_long_histories_stand_in_tables_and_facts_name_their_hashes(finished: Finished) -> None:
    facts = loaded(finished.folder, "facts.json")
    chain = {name: told for name, told in facts["tables"].items() if name.startswith("tables/")}
    kinds = [name.removeprefix("tables/").split("-")[0] for name in chain]
    assert sorted(kinds) == ["balances", "calls", "events", "failures", "instructions"]
    for name, told in chain.items():
        raw = (finished.folder / name).read_bytes()
        assert told["sha256"] == hashlib.sha256(raw).hexdigest()
        assert told["rows"] == parquet.ParquetFile(finished.folder / name).metadata.num_rows > 0
    claims = (finished.folder / "claims.csv").read_bytes()
    told = facts["tables"]["claims.csv"]
    assert told["sha256"] == hashlib.sha256(claims).hexdigest()
    assert told["rows"] == len(list(csv.reader(io.StringIO(claims.decode("utf-8-sig"))))) - 1
    for domain in ("monitoring", "treasury"):
        (history,) = facts["facts"][domain]["histories"].values()
        assert history["deeds"] > 0
        assert all(one["entries"] > 0 for one in history["histories"].values()
                   if one["role"] in ("dao", "treasury"))  # fmt: skip


def test_a_second_run_gives_the_same_files(finished: Finished, tmp_path: Path) -> None:
    again = tmp_path / "again"
    result = asyncio.run(run(order_of(again, domains=("custody",)), lambda *_: None))
    assert result.problems == []
    same = ["findings.json", "facts.json", "evidence.sqlite", "notebooks/02_key_custody.ipynb",
            "domains/02_key_custody.html"]  # fmt: skip
    for name in same:
        assert (again / name).read_bytes() == (finished.folder / name).read_bytes(), name
    assert not (again / "report.pdf").exists()


def test_the_recording_in_the_folder_is_the_one_replayed(finished: Finished) -> None:
    source = order_of(finished.folder).replay
    assert source is not None
    assert (finished.folder / "evidence.sqlite").read_bytes() == source.read_bytes()


@pytest.mark.parametrize("stem", STEMS)
def test_notebooks_show_the_findings_and_no_machine(finished: Finished, stem: str) -> None:
    text = (finished.folder / "notebooks" / f"{stem}.ipynb").read_text(encoding="utf-8")
    assert not _MACHINE_PATH.search(text)
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert "papermill" not in notebook.metadata
    assert all("papermill" not in cell.metadata for cell in notebook.cells)
    (injected,) = [c for c in notebook.cells if "injected-parameters" in c.metadata.get("tags", [])]
    assert injected.source == "# Parameters\ntarget = 'sample'\nevidence = '../evidence.sqlite'"
    (domain,) = [d for d in DOMAINS if d.notebook == stem]
    shown = [found for cell in notebook.cells for found in outputs_of(cell, FINDING_MIME)]
    controls = loaded(finished.folder, "findings.json")["controls"]
    assert shown == [row for row in controls if row["domain"] == domain.name]
    assert all(c.get("execution_count") for c in notebook.cells if c.cell_type == "code")


class _Page(HTMLParser):
    """What a page names and what it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.loads: list[str] = []
        self.policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids.add(given.get("id") or "")
        for name in ("src", "srcset", "data", "poster", "background", "action"):
            if given.get(name):
                self.loads.append(str(given[name]))
        if tag == "link":
            self.loads.append(str(given.get("href")))
        if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy":
            self.policy = str(given.get("content"))


@pytest.mark.parametrize("name", ["report", *(f"domains/{stem}" for stem in STEMS)])
def test_pages_are_whole_and_load_nothing(finished: Finished, name: str) -> None:
    text = (finished.folder / f"{name}.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    assert all(load.startswith("data:") for load in page.loads)
    assert "default-src 'none'" in page.policy
    assert "@import" not in text
    linked = re.findall(r"url\(\s*['\"]?([^'\")]*)", text)
    assert all(address.startswith(("data:", "#")) for address in linked)
    assert not _MACHINE_PATH.search(text)
    shown = [d.name for d in DOMAINS if name in ("report", f"domains/{d.notebook}")]
    rows = loaded(finished.folder, "findings.json")["controls"]
    expected = {row["id"] for row in rows if row["domain"] in shown}
    assert expected
    assert expected <= page.ids


def test_the_report_holds_the_bytes_behind_every_verdict(finished: Finished) -> None:
    text = (finished.folder / "report.html").read_text(encoding="utf-8")
    for row in loaded(finished.folder, "findings.json")["controls"]:
        for evidence in row["evidence"]:
            assert f'id="{evidence}"' in text, f"{row['id']} rests on {evidence}"


@pytest.mark.parametrize("name", ["report", f"domains/{STEMS[1]}"])
def test_papers_carry_the_findings(finished: Finished, name: str) -> None:
    paper = PdfReader(io.BytesIO((finished.folder / f"{name}.pdf").read_bytes()))
    (attached,) = paper.attachments["findings.json"]
    assert attached == (finished.folder / "findings.json").read_bytes()
    assert len(paper.pages) > 1


def test_run_json_names_every_file_it_wrote(finished: Finished) -> None:
    told = loaded(finished.folder, "run.json")
    assert set(told["files"]) == set(finished.result.written) - {"run.json"}
    for name, digest in told["files"].items():
        assert hashlib.sha256((finished.folder / name).read_bytes()).hexdigest() == digest, name
    assert told["mode"] == "replay"
    assert told["verdict"] == "NOT READY"
    assert told["packages"]["papermill"] != "not installed"
    assert str(finished.folder) not in json.dumps(told)


# What a run refuses


def test_a_recording_of_another_target_is_refused(tmp_path: Path) -> None:
    order = order_of(tmp_path / "out")
    healthy = targets.load("sample-healthy")
    other = Order(healthy, "sample-healthy", order.folder, None, order.replay, order.domains)
    with pytest.raises(WrongRecording, match="of the target sample as it was then"):
        asyncio.run(run(other, lambda *_: None))
    assert list(order.folder.iterdir()) == []


def test_another_recording_is_not_overwritten(tmp_path: Path) -> None:
    order = order_of(tmp_path / "out")
    order.folder.mkdir()
    other = assets.folder("samples") / "sample-healthy" / "evidence.sqlite"
    (order.folder / files.RECORDING).write_bytes(other.read_bytes())
    with pytest.raises(files.Occupied, match="another recording"):
        asyncio.run(run(order, lambda *_: None))
    assert (order.folder / files.RECORDING).read_bytes() == other.read_bytes()


def test_a_replay_does_not_run_into_an_interrupted_recording(tmp_path: Path) -> None:
    order = order_of(tmp_path / "out")
    order.folder.mkdir()
    (order.folder / "evidence.sqlite.partial").write_bytes(b"half")
    with pytest.raises(files.Occupied, match="interrupted run"):
        asyncio.run(run(order, lambda *_: None))
    assert [path.name for path in order.folder.iterdir()] == ["evidence.sqlite.partial"]


# What makes a run invalid


@pytest.mark.parametrize("content", ["", write(new_notebook()).decode()], ids=["none", "empty"])
def test_notebooks_that_differ_make_the_run_invalid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    stopped = notebooks.Executed("gate", "07_readiness_gate", content, "cell 3: KeyError: 'x'")
    monkeypatch.setattr(notebooks, "execute", lambda *_: [stopped])
    folder = tmp_path / "out"
    result = asyncio.run(run(order_of(folder, domains=("gate",)), lambda *_: None))
    assert result.verdict is Verdict.INVALID
    assert result.verdict.exit_code == 3
    assert "The notebook 07_readiness_gate stopped at cell 3: KeyError: 'x'" in result.problems
    found = loaded(folder, "findings.json")
    assert found["verdict"]["word"] == "INVALID"
    assert loaded(folder, "run.json")["problems"] == result.problems
    assert "INVALID" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_broken_check_makes_the_run_invalid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("nothing")

    monkeypatch.setattr(context, "check_of", lambda name: broken if name == "RG-06" else None)
    silent = notebooks.Executed("gate", "07_readiness_gate", "", "")
    monkeypatch.setattr(notebooks, "execute", lambda *_: [silent])
    result = asyncio.run(run(order_of(tmp_path / "out", domains=("gate",)), lambda *_: None))
    assert result.verdict is Verdict.INVALID
    assert result.problems == ["The check of RG-06 broke: KeyError: 'nothing'"]
    (row,) = [row for row in result.findings["controls"] if row["id"] == "RG-06"]
    assert row["status"] == "UNKNOWN"


def test_a_canary_that_sings_makes_the_run_invalid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = canaries.Canaries(
        {"RG-06": canaries.Shown(of=8, caught=7)}, ["The canary 'x' of RG-06 made it say PASS."]
    )
    monkeypatch.setattr(canaries, "sing", lambda: heard)
    result = asyncio.run(run(order_of(tmp_path / "out", domains=("gate",)), lambda *_: None))
    assert result.verdict is Verdict.INVALID
    assert result.problems == heard.problems
    found = loaded(tmp_path / "out", "findings.json")
    assert found["canaries"] == {"RG-06": {"caught": 7, "of": 8}}
    assert "rely on nothing it says" in (tmp_path / "out" / "report.html").read_text("utf-8")
