"""The register: three clicks lead to the recorded bytes, and doubt about them is said."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import tinyhtml5

from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import target
from privatedao_audit.model.parts import PERSONAL
from privatedao_audit.report.evidence_view import (
    HEAD_BYTES,
    TAIL_BYTES,
    WHOLE_BYTES,
    body_view,
    evidence_of,
    register,
)
from privatedao_audit.report.html import render_report


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def only(findings: dict[str, Any], *ids: str) -> dict[str, Any]:
    """The run with UA-01 alone, resting on the given reads."""
    one = next(f for f in findings["controls"] if f["id"] == "UA-01")
    counts = {**dict.fromkeys(findings["verdict"]["counts"], 0), one["status"]: 1}
    return {
        **findings,
        "controls": [{**one, "evidence": list(ids), "parts": []}],
        "verdict": {**findings["verdict"], "counts": counts, "total": 1},
    }


def entry(findings: dict[str, Any], index: Any, read_id: str) -> Any:
    page = render_report(only(findings, read_id), [], index)
    tree = tinyhtml5.parse(page, namespace_html_elements=False)
    (found,) = [e for e in tree.iter() if e.get("id") == read_id]
    return found


def text_of(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def read_of(index: Any, method: str) -> str:
    return next(i for i, r in index.reads.items() if r["method"] == method)


def test_each_evidence_id_of_each_finding_is_a_link_to_its_entry(
    tree: Any, findings: dict[str, Any]
) -> None:
    cards = {e.get("id"): e for e in tree.iter() if e.get("data-status")}
    entries = {e.get("id") for e in tree.iter() if e.get("class") == "entry"}
    named: set[str] = set()
    for one in findings["controls"]:
        links = {
            a.get("href")[1:] for a in cards[one["id"]].iter("a") if a.get("class") == "evidence"
        }
        assert links == set(evidence_of(one))
        named |= links
    assert named == entries and len(named) == 8


def test_the_bytes_are_two_folds_below_the_entry(findings: dict[str, Any], synthetic: Any) -> None:
    index = synthetic.recording()
    found = entry(findings, index, read_of(index, "getAccountInfo"))
    (answer,) = [e for e in found.iter("details") if e.get("class") == "bytes"]
    shown = "".join(next(answer.iter("pre")).itertext())
    exchange = next(iter(index.exchanges.values()))
    recorded = index.bodies[exchange["body_sha256"]]
    assert json.loads(shown) == json.loads(recorded)
    assert "18446744073709551615" in shown
    assert exchange["body_sha256"] in text_of(found)
    assert "recomputed here, equal" in text_of(found)


def test_a_body_up_to_16_kib_is_whole_and_a_larger_one_head_and_tail() -> None:
    whole = b"a" * WHOLE_BYTES
    assert body_view(whole, sha(whole)).head == whole.decode()
    larger = b"h" * HEAD_BYTES + b"m" * WHOLE_BYTES + b"t" * TAIL_BYTES
    view = body_view(larger, sha(larger))
    assert view.head == "h" * HEAD_BYTES and view.tail == "t" * TAIL_BYTES
    assert view.left_out == WHOLE_BYTES and view.length == len(larger)


def test_a_larger_body_names_the_command_for_the_rest(
    findings: dict[str, Any], synthetic: Any
) -> None:
    index = synthetic.recording()
    exchange = next(x for x in index.exchanges.values() if (x["body_length"] or 0) > WHOLE_BYTES)
    shown = text_of(entry(findings, index, "r" + exchange["id"][1:]))
    assert f"privatedao-audit show --raw EVIDENCE {exchange['id']}" in shown
    assert f"{exchange['body_length']:,} bytes" in shown
    assert "bytes in the middle are not on this page" in shown


def test_a_read_the_recording_lacks_is_said_not_hidden(
    findings: dict[str, Any], synthetic: Any
) -> None:
    found = entry(findings, synthetic.recording(), "r-0000000000000000")
    assert "treat that finding as unproven" in text_of(found)


def test_an_exchange_the_recording_lacks_is_said(findings: dict[str, Any], synthetic: Any) -> None:
    index = synthetic.recording()
    read_id = read_of(index, "getSlot")
    index.exchanges.clear()
    assert "This recording has no such exchange" in text_of(entry(findings, index, read_id))


def test_bytes_with_another_hash_are_called_so(findings: dict[str, Any], synthetic: Any) -> None:
    index = synthetic.recording()
    read_id = read_of(index, "getHealth")
    digest = index.exchanges["x" + read_id[1:]]["body_sha256"]
    index.bodies[digest] = b"other"
    shown = text_of(entry(findings, index, read_id))
    assert "The bytes here have another hash" in shown and "and equal" not in shown


def test_a_withheld_answer_is_not_shown_even_if_its_bytes_are_there(
    findings: dict[str, Any], synthetic: Any
) -> None:
    index = synthetic.recording()
    shown = text_of(entry(findings, index, read_of(index, "getIdentity")))
    assert "Withheld" in shown and "secret," in shown
    assert "Recorded answer" not in shown
    (view,) = register(only(findings, read_of(index, "getIdentity"))["controls"], index)
    assert view.exchanges[0].body is None


def test_bytes_that_are_not_text_are_written_out() -> None:
    data = b"\xff\xfe\x00 not text"
    view = body_view(data, sha(data))
    assert not view.utf8 and not view.indented
    assert view.head == "\\xff\\xfe&lt;U+0000&gt; not text"


def test_an_exchange_shared_by_two_reads_is_set_once(
    findings: dict[str, Any], synthetic: Any
) -> None:
    index = synthetic.recording()
    first, second = list(index.reads)[:2]
    index.reads[second] = {**index.reads[second], "exchanges": index.reads[first]["exchanges"]}
    views = register(only(findings, first, second)["controls"], index)
    assert views[0].exchanges[0].shown_under is None
    assert views[1].exchanges[0].shown_under == first
    assert views[0].named_by == ("UA-01",)


def test_how_to_reach_people_is_in_the_recording_and_not_on_the_page() -> None:
    profile = target.load("sample-healthy")
    path = target.bundled_recording(profile, "sample-healthy")
    assert path is not None
    files = {one.file for one in profile.surfaces if one.part in PERSONAL}
    assert files
    with SealedRecording.open(path) as sealed:
        reads = [
            record["id"] for record in sealed.records()
            if record["record"] == "read" and record["kind"] in ("file", "git")
        ]  # fmt: skip
        made = register([{"id": "IR-06", "evidence": reads, "parts": []}], sealed)
        hidden = [read for read in made.reads if any(x.personal for x in read.exchanges)]
        assert files <= {(read.record or {})["params"].get("path") for read in hidden}
        for read in hidden:
            assert all(x.body is None for x in read.exchanges)
        shown = "".join(
            str(x.body.head) + str(x.body.tail) for read in made.reads for x in read.exchanges
            if x.body is not None
        )  # fmt: skip
    assert len(shown) > 100_000
    assert "@rehearsal.invalid" not in shown
    assert "+00 000" not in shown
