"""The history of one target: which runs belong to it, in which order, and what turned by what."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.bundle.build import build
from privatedao_audit.bundle.public.make import publish
from privatedao_audit.bundle.signing import Role
from privatedao_audit.compare.difference import difference
from privatedao_audit.compare.recorded import Recorded, taken_apart
from privatedao_audit.compare.sides import BadSide, Side
from privatedao_audit.compare.verdicts import markdown, page, terminal
from privatedao_audit.compare.verdicts.bundled import BundledRecords
from privatedao_audit.compare.verdicts.causes import MEANING, Cause
from privatedao_audit.compare.verdicts.history import History, history, span
from privatedao_audit.compare.verdicts.runs import in_order, made, read
from privatedao_audit.compare.verdicts.strips import State
from privatedao_audit.evidence.errors import RecordingError
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import canonical
from tests.compare.altered import control
from tests.compare.story import (
    CHAIN,
    FILE,
    SERIES,
    recorded,
    run,
    settle,
    shown,
    signature,
    six,
    stand,
)
from tests.compare.test_piles import Fake

Make = Callable[[], Side]
DAYS = [f"2026-0{month}-04" for month in range(1, 10)]


@pytest.fixture
def story(side: Make) -> History:
    return history(six(side))


def plain(side: Make, day: str, words: dict[str, str] | None = None, **how: Any) -> Any:
    return run(stand(side(), words or {}), day, **how)


# Which runs, and in which order


def test_the_order_of_the_arguments_decides_nothing(side: Make) -> None:
    given = six(side)[:4]
    orders = {tuple(one.at for one in in_order(many)) for many in itertools.permutations(given)}
    assert len(orders) == 1
    assert next(iter(orders)) == tuple(sorted(one.at for one in given))


def test_recordings_of_one_moment_stand_by_their_root(side: Make) -> None:
    runs = [plain(side, DAYS[0], root=letter * 64) for letter in "cab"]
    assert [one.root[0] for one in in_order(runs)] == ["a", "b", "c"]


def test_a_fraction_of_a_second_is_a_time_and_no_text(side: Make) -> None:
    runs = [plain(side, DAYS[0], root=letter * 64) for letter in "ab"]
    for one, text in zip(runs, ("00.5Z", "00Z"), strict=True):
        one.findings["run"]["recorded_at"] = f"2026-01-04T09:00:{text}"
    assert [one.root[0] for one in in_order(runs)] == ["b", "a"]


def test_a_run_counts_once_however_often_it_is_given(side: Make) -> None:
    folder = plain(side, DAYS[0], bundled=False)
    bundle = plain(side, DAYS[0], signed=(signature(),))
    team = plain(side, DAYS[0], signed=(signature(Role.TEAM),))
    found = history([folder, bundle, team, plain(side, DAYS[1])])
    assert [one.number for one in found.entries] == [1, 2]
    one = found.entries[0].run
    assert one.names == ("2026-01-04", "2026-01-04.zip", "2026-01-04.zip")
    assert len(one.digests) == 1 and {w.role for w in one.signatures} == {Role.AUDITOR, Role.TEAM}
    assert "Run 1 was given 3 times and counts once" in found.notes[0]


def test_one_recording_judged_twice_stands_twice_and_is_said(side: Make) -> None:
    runs = []
    for version in ("0.10.0", "0.9.0"):
        one = stand(side(), {"UA-06": "PASS" if version == "0.10.0" else "FAIL"})
        one.findings["method"]["kit_version"] = version
        runs.append(run(one, DAYS[0]))
    found = history(runs)
    assert [e.run.findings["method"]["kit_version"] for e in found.entries] == ["0.9.0", "0.10.0"]
    assert "Runs 1 and 2 judge one recording" in found.notes[0]
    (strip,) = found.changed
    assert strip.last is not None and strip.last.cause is Cause.METHOD


def test_one_recording_and_one_method_with_two_results_is_no_history(side: Make) -> None:
    runs = [plain(side, DAYS[0], {"UA-06": word}) for word in ("FAIL", "PASS")]
    found = history(runs)
    assert len(found.entries) == 2
    assert found.notes[0].startswith("Runs 1 and 2 judge one recording by one method")


@pytest.mark.parametrize(
    ("member", "value", "words"),
    [
        ("name", "other", "of the target case on localnet and 2026-02-04.zip of other"),
        ("cluster", "testnet", "a history is of one target"),
        ("genesis_hash", "Other", "two clusters"),
        ("program_ids", ["Other"], "no program in common"),
    ],
)
def test_another_target_is_refused(side: Make, member: str, value: object, words: str) -> None:
    runs = [plain(side, day) for day in DAYS[:3]]
    runs[1].findings["target"][member] = value
    with pytest.raises(BadSide, match=words):
        history(runs)


def test_no_run_is_no_history() -> None:
    with pytest.raises(ValueError, match="needs a run"):
        history([])


# Reading a run


def test_a_folder_and_its_signed_bundle_are_one_run(
    samples: Any, folder: Path, bundle: Path, tmp_path: Path
) -> None:
    signed = tmp_path / "signed.zip"
    signed.write_bytes(samples.sign(bundle.read_bytes(), samples.AUDITOR, "auditor"))
    found = history([read(folder), read(bundle), read(signed)])
    (one,) = found.entries
    assert one.run.names == ("case", "case.zip", "signed.zip")
    assert [words.signer for words in one.run.signatures] == [str(samples.AUDITOR.pubkey())]
    assert set(one.run.recorded.outcomes) == {name for name in one.run.recorded.outcomes if name}
    assert len(one.run.recorded.outcomes) == 4
    assert found.changed == [] and not found.worse
    assert not any("not signed" in text for text in found.notes)


def test_a_bundle_that_does_not_verify_is_refused(
    samples: Any, bundle: Path, tmp_path: Path
) -> None:
    raw = bytearray(bundle.read_bytes())
    raw[len(raw) // 2] ^= 1
    (tmp_path / "bad.zip").write_bytes(raw)
    with pytest.raises(BadSide, match="is refused"):
        read(tmp_path / "bad.zip")

    def ready(value: Any) -> None:
        value["verdict"]["word"] = "READY"

    files = samples.edited(samples.files_of(bundle.read_bytes()), "findings.json", ready)
    (tmp_path / "ready.zip").write_bytes(samples.zipped(files))
    with pytest.raises(BadSide, match="is refused"):
        read(tmp_path / "ready.zip")


def edited(folder: Path, place: Path, change: Callable[[Any], None]) -> Path:
    """A copy of a run's folder whose findings were edited, and whose run.json says so."""
    copy = Path(shutil.copytree(folder, place))
    said = json.loads((copy / "findings.json").read_bytes())
    change(said)
    raw = canonical.dump_file(said)
    (copy / "findings.json").write_bytes(raw)
    state = json.loads((copy / "run.json").read_bytes())
    state["files"]["findings.json"] = canonical.sha256(raw)
    (copy / "run.json").write_bytes(canonical.dump_file(state))
    return copy


def test_a_folder_is_held_against_its_recording(folder: Path, tmp_path: Path) -> None:
    other = edited(folder, tmp_path / "a", lambda said: said.update(evidence_root="0" * 64))
    with pytest.raises(RecordingError):
        read(other)

    def earlier(said: Any) -> None:
        said["run"]["recorded_at"] = "2026-01-01T00:00:00.000Z"

    with pytest.raises(BadSide, match="its recording was sealed at 2026-11-23"):
        read(edited(folder, tmp_path / "b", earlier))
    copy = Path(shutil.copytree(folder, tmp_path / "c"))
    (copy / "evidence.sqlite").unlink()
    with pytest.raises(RecordingError):
        read(copy)


def test_a_bundle_is_taken_apart_as_its_recording(samples: Any, folder: Path, bundle: Path) -> None:
    files = samples.files_of(bundle.read_bytes())
    with SealedRecording.open(folder / "evidence.sqlite") as sealed:
        assert taken_apart(BundledRecords(files)) == taken_apart(sealed)
        for one in sealed.reads():
            found = sealed.exchange(one["chosen"]) if one["chosen"] else None
            assert found == (BundledRecords(files).exchange(one["chosen"]) if found else None)


def test_a_file_that_is_withheld_is_still_told_apart_by_its_hash() -> None:
    """The public form of a bundle has the hash of each answer, and not every answer."""
    told = []
    for withheld in (False, True):
        held = Fake()
        held.add("read", {"path": "CONTACT.md"}, "somebody", kind="file")
        if withheld:
            held.forget()
        told.append(taken_apart(held))
    assert told[0] == told[1] and len(told[0].answers) == 1


def test_a_real_public_form_says_the_same_and_keeps_what_it_withholds(tmp_path: Path) -> None:
    import people

    folder = people.folder(tmp_path / "case")
    raw = build(folder).raw
    public = publish(raw, people.Fixed(), pages=people.pages).raw
    for name, data in (("private.zip", raw), ("public.zip", public)):
        (tmp_path / name).write_bytes(data)
    runs = [read(tmp_path / name) for name in ("case", "public.zip", "private.zip")]
    assert runs[0].recorded == runs[1].recorded == runs[2].recorded
    assert [one.public for one in runs] == [False, True, False]
    found = history(runs)
    assert len(found.entries) == 1 and found.newest.run.public
    for text in (page.render(found), markdown.render(found).decode(), *terminal.lines(found)):
        assert [word for word in people.SECRET if word in text] == []


def test_a_run_and_its_public_form_are_one_and_the_public_one_is_shown(side: Make) -> None:
    private = plain(side, DAYS[0], signed=(signature(),))
    words = stand(side(), {})
    words.findings["controls"][0]["summary"] = "It is withheld-0123456789abcdef."
    base = run(words, DAYS[0])
    public = made(Side("public.zip", words.findings, words.facts, "f" * 64), base.recorded,
                  (), public=True)  # fmt: skip
    for order in ((private, public), (public, private)):
        found = history([*order, plain(side, DAYS[1])])
        one = found.entries[0].run
        assert len(found.entries) == 2 and one.public and one.findings is words.findings
        assert one.names == ("2026-01-04.zip", "public.zip")
        assert len(one.digests) == 2 and len(one.signatures) == 1
        assert any("Run 1 is shown in public form" in text for text in found.notes)
    # A forged one, of other verdicts, is not joined to it.
    shown(words.findings["controls"][0], "PASS")
    forged = made(Side("x.zip", words.findings, words.facts), base.recorded, (), public=True)
    assert len(history([private, forged]).entries) == 2


def test_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"{}")
    for path in (tmp_path, tmp_path / "x", tmp_path / "nothing"):
        with pytest.raises(BadSide):
            read(path)


# By what a control turned


def of_two(
    side: Make, was: str, now: str, one: Recorded, two: Recorded, *, evidence: str = CHAIN,
    seen: tuple[object, object] = (1, 1), version: str = "", **how: Any,
) -> tuple[Cause, str]:  # fmt: skip
    pair = [stand(side(), {}) for _ in range(2)]
    for one_side, word, value in zip(pair, (was, now), seen, strict=True):
        shown(control(one_side, "UA-09"), word, value)
        control(one_side, "UA-09")["evidence"] = [evidence]
        settle(one_side)
    if version:
        pair[1].findings["method"]["kit_version"] = version
    found = history([run(pair[0], DAYS[0], one), run(pair[1], DAYS[1], two, **how)])
    (strip,) = [one for one in found.strips if one.id == "UA-09"]
    assert strip.last is not None
    assert found.worse is strip.last.worse
    return strip.last.cause, strip.last.why


def test_the_chain_moved(side: Make) -> None:
    found, why = of_two(side, "PASS", "FAIL", recorded("a"), recorded("b", slot=200))
    assert found is Cause.CHAIN and "Read at slot 100 and at slot 200" in why


def test_a_document_changed(side: Make) -> None:
    pair = recorded("a", "a"), recorded("a", "b")
    found, why = of_two(side, "PASS", "FAIL", *pair, evidence=FILE)
    assert found is Cause.CHECKOUT and "docs/keys.md" in why


def test_a_provider_disagrees(side: Make) -> None:
    found, why = of_two(side, "PASS", "FAIL", recorded("a"), recorded("b"))
    assert found is Cause.PROVIDER and "one slot" in why
    assert of_two(side, "PASS", "DIVERGED", recorded(), recorded())[0] is Cause.PROVIDER


def test_the_method_changed(side: Make) -> None:
    same = recorded(), recorded()
    assert of_two(side, "PASS", "FAIL", *same, version="9.9.9")[0] is Cause.METHOD
    found, why = of_two(side, "PASS", "STALE", *same, version="9.9.9")
    assert found is Cause.METHOD and "may also have aged" in why


def test_evidence_aged_only_where_the_same_was_observed(side: Make) -> None:
    same = recorded(), recorded()
    assert of_two(side, "PASS", "STALE", *same)[0] is Cause.AGED
    assert of_two(side, "PASS", "STALE", *same, seen=(1, 2))[0] is Cause.OPEN
    # What fails does not fail by age alone, as far as anything here can tell.
    assert of_two(side, "PASS", "FAIL", *same)[0] is Cause.OPEN
    moved = recorded("a"), recorded("b", slot=200)
    assert of_two(side, "PASS", "STALE", *moved)[0] is Cause.CHAIN


def test_reads_that_fell_silent_and_came_back(side: Make) -> None:
    pair = recorded(), recorded(lost=True)
    found, why = of_two(side, "PASS", "UNKNOWN", *pair, evidence=SERIES)
    assert found is Cause.SILENT and why.endswith("not now: no answer.")
    found, why = of_two(side, "UNKNOWN", "PASS", *reversed(pair), evidence=SERIES)
    assert found is Cause.ANSWERED and "no answer" in why


def test_a_smaller_scope_is_no_matter_of_the_chain(side: Make) -> None:
    pair = recorded("a"), recorded("b", slot=200)
    found, why = of_two(side, "PASS", "UNKNOWN", *pair, domains=["release"])
    assert found is Cause.SCOPE and "custody, was left out of this run" in why
    unasked = recorded(), recorded(asked=False)
    found, why = of_two(side, "PASS", "UNKNOWN", *unasked, evidence=SERIES)
    assert found is Cause.SCOPE and "1 of 1" in why


def test_a_control_that_came_or_went_is_a_matter_of_method(side: Make) -> None:
    whole, less = stand(side(), {}), stand(side(), {})
    less.findings["controls"] = [r for r in less.findings["controls"] if r["id"] != "UA-09"]
    settle(less)
    (strip,) = history([run(less, DAYS[0]), run(whole, DAYS[1])]).changed
    assert strip.states == (State(None), State("PASS")) and strip.last is not None
    assert strip.last.cause is Cause.METHOD and not strip.last.worse
    strip = history([run(whole, DAYS[0]), run(less, DAYS[1])]).strips[-1]
    assert strip.states == (State("PASS"), State(None)) and strip.last is not None
    assert strip.last.worse


def test_every_cause_is_explained() -> None:
    assert set(MEANING) == set(Cause)


# Strips


def test_strips_tell_stretches_and_the_last_change(story: History) -> None:
    strips = {one.id: one for one in story.strips}
    one = strips["UA-04"]
    assert [(s.state.status, s.first, s.last) for s in one.stretches] == [
        ("FAIL", 1, 3), ("PASS", 4, 5), ("FAIL", 6, 6),
    ]  # fmt: skip
    assert one.last is not None and (one.last.run, one.last.worse) == (6, True)
    causes = {name: strips[name].last for name in ("IR-07", "IR-02", "RP-04", "RC-03", "RC-01")}
    assert [one.cause for one in causes.values() if one is not None] == [
        Cause.CHECKOUT, Cause.AGED, Cause.SILENT, Cause.METHOD, Cause.CHAIN,
    ]  # fmt: skip
    runs = [strip.last.run for strip in story.changed if strip.last is not None]
    assert runs == sorted(runs, reverse=True)


def test_what_never_changed_is_apart_and_nothing_is_left_out(story: History) -> None:
    steady = [one.id for _, strips in story.steady for one in strips]
    changed = [one.id for one in story.changed]
    assert sorted([*steady, *changed]) == sorted(one.id for one in story.strips)
    assert len(story.strips) == 75 and next(word for word, _ in story.steady) == "FAIL"
    assert "SD-01" in steady  # it failed in each run, over other observations in the last


def test_more_that_fails_under_one_status_is_no_steadiness(side: Make) -> None:
    runs = [stand(side(), {}) for _ in range(2)]
    row = control(runs[1], "UA-06")
    row["parts"] = [*row["parts"], {**row["parts"][0], "label": "two"}]
    row["observed_sha256"] = "1" * 64
    (strip,) = history([run(one, day) for one, day in zip(runs, DAYS, strict=False)]).changed
    assert strip.id == "UA-06" and strip.last is not None
    assert strip.last.worse and not strip.last.turned
    assert strip.last.why.startswith("2 of its parts are not met, 1 were. ")


def test_a_waiver_is_a_state_of_its_own(side: Make) -> None:
    runs = [stand(side(), {}) for _ in range(2)]
    row = control(runs[1], "UA-06")
    row |= {"status": "WAIVED", "waiver": {"underneath": "FAIL"}}
    settle(runs[1])
    (strip,) = history([run(one, day) for one, day in zip(runs, DAYS, strict=False)]).changed
    assert strip.states == (State("FAIL"), State("WAIVED", "FAIL"))
    assert strip.last is not None and not strip.last.worse


# Worse, gaps, notes


def test_worse_is_what_diff_calls_worse(side: Make) -> None:
    runs = six(side)
    found = history(runs)
    for before, after in itertools.pairwise(found.entries):
        assert list(after.reasons) == difference(before.run.side, after.run.side).reasons
    assert found.worse and not found.entries[3].reasons


def test_fewer_facts_are_worse_though_every_status_stands(side: Make) -> None:
    read_ = {"kind": "Found", "value": 1, "at": {"kind": "ReadAt"}}
    silent = {"kind": "Unknown", "reason": "no answer", "at": {"kind": "ReadAt"}}
    pair = [stand(side(), {}) for _ in range(2)]
    pair[0].facts["facts"]["custody"] = {"a": read_, "b": read_}
    pair[1].facts["facts"]["custody"] = {"a": read_, "b": silent}
    found = history([run(one, day) for one, day in zip(pair, DAYS, strict=False)])
    assert found.changed == [] and found.worse
    assert "1 facts that were read are no longer read." in found.newest.reasons


def test_a_gap_is_told_by_the_usual_time_between_two(story: History, side: Make) -> None:
    assert story.gaps == {4}
    assert story.entries[3].since == timedelta(days=112)
    assert "No recording for 112 d between runs 3 and 4." in story.notes
    assert history(six(side)[:2]).gaps == frozenset()
    assert history([plain(side, day) for day in DAYS]).gaps == frozenset()


def test_whoever_did_not_sign_or_disagreed_is_said(story: History) -> None:
    assert any(text.startswith("Runs 1, 2 and 5 are not signed") for text in story.notes)
    assert "Run 6 is disputed by somebody who signed." in story.notes


def test_an_invalid_run_is_said_to_be_invalid(side: Make) -> None:
    runs = [stand(side(), {}) for _ in range(2)]
    settle(runs[1], invalid=True)
    found = history([run(one, day) for one, day in zip(runs, DAYS, strict=False)])
    assert found.worse and found.notes[0].startswith("Run 2 is INVALID")


def test_a_run_that_left_something_out_is_said(side: Make) -> None:
    runs = [
        plain(side, day, domains=names)
        for day, names in zip(DAYS, (None, ["gate", "release"], ["custody"], ["custody"]),
                              strict=False)
    ]  # fmt: skip
    notes = history(runs).notes
    assert notes[0].startswith(
        "Run 2 is partial: custody, rpc, monitoring, treasury, incident left out"
    )
    assert notes[1].startswith("Runs 3 and 4 are partial: release, rpc")
    assert not any("partial" in text for text in history(runs[:1]).notes)


def test_clocks_that_contradict_slots_are_said(side: Make) -> None:
    runs = [plain(side, DAYS[0], slots=(500, 600)), plain(side, DAYS[1], slots=(100, 200))]
    assert any("read earlier slots" in text for text in history(runs).notes)


def test_a_cluster_without_a_hash_is_said(side: Make) -> None:
    runs = [plain(side, day) for day in DAYS[:2]]
    for one in runs:
        one.findings["target"]["genesis_hash"] = None
    assert any("No genesis hash" in text for text in history(runs).notes)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "less than a minute"), (61, "1 min"), (3_700, "1 h 1 min"), (90_061, "1 d 1 h"),
     (86_460, "1 d 1 min"), (9_676_800, "112 d")],
)  # fmt: skip
def test_times_between_recordings(seconds: int, said: str) -> None:
    assert span(timedelta(seconds=seconds)) == said
