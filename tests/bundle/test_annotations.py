"""Annotations and signatures of hardware wallets: both verifiers take and refuse the same."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from pathlib import Path

import bundle_samples as samples
import pytest
from annotated import GOOD, HEAD, LOWER, attached, prepared
from bundle_samples import AUDITOR, STRANGER, TEAM, Files

from privatedao_audit.bundle import cosign, signing, unpack
from privatedao_audit.bundle import verify_bundle as alone
from privatedao_audit.bundle.errors import CannotSign
from privatedao_audit.bundle.signing import Means, Role
from privatedao_audit.bundle.verify import verify
from privatedao_audit.model import canonical, catalogue

NAMED = {str(AUDITOR.pubkey()): Role.AUDITOR}
NOTES = f"annotations/auditor-{AUDITOR.pubkey()}.toml"
STATEMENT = f"signatures/auditor-{AUDITOR.pubkey()}.dsse.json"
LINE = f"signatures/auditor-{AUDITOR.pubkey()}.offchain.json"

def both(raw: bytes, signers: dict[str, Role] | None = None) -> tuple[set[str], set[str]]:
    other = alone.verify(raw, {key: role.value for key, role in (signers or {}).items()})
    return {s for s, _ in verify(raw, signers=signers).problems}, {s for s, _ in other.problems}


@pytest.fixture(scope="module")
def noted(raw: bytes) -> bytes:
    """The bundle, signed by the team and, with annotations, by the auditor."""
    return attached(prepared(samples.sign(raw, TEAM, "team"), GOOD))


@pytest.mark.parametrize("means", list(Means))
def test_annotations_lie_beside_the_manifest_and_are_signed(raw: bytes, means: Means) -> None:
    whole = attached(prepared(raw, GOOD, means))
    before, after = samples.files_of(raw), samples.files_of(whole)
    assert set(after) - set(before) == {NOTES, STATEMENT if means is Means.DSSE else LINE}
    assert after[NOTES] == GOOD
    assert {name: after[name] for name in before} == before
    assert verify(whole).bundle_digest == verify(raw).bundle_digest
    assert both(whole, NAMED) == (set(), set())
    (one,) = verify(whole, signers=NAMED).signatures
    assert one.known and one.words.annotations is not None
    assert one.words.annotations.auditor.name == "A. Auditor"
    assert one.words.leaves == "NOT READY"
    assert [said["leaves"] for said in alone.verify(whole, {}).signed] == ["NOT READY"]


def test_the_statement_names_them_as_a_subject(noted: bytes) -> None:
    envelope = json.loads(samples.files_of(noted)[STATEMENT])
    subjects = json.loads(base64.b64decode(envelope["payload"]))["subject"]
    assert {"name": NOTES, "digest": {"sha256": canonical.sha256(GOOD)}} in subjects


def test_signed_again_with_the_same_it_stays_the_same(noted: bytes) -> None:
    assert attached(prepared(noted, GOOD)) == noted
    for other in (None, GOOD + b"\n"):
        with pytest.raises(CannotSign, match=r"already|name the same"):
            attached(prepared(noted, other))
    with pytest.raises(CannotSign, match="by other means"):
        prepared(noted, GOOD, Means.OFFCHAIN)


def test_a_team_has_no_annotations(raw: bytes) -> None:
    with pytest.raises(CannotSign, match="an auditor's"):
        cosign.prepare(raw, str(TEAM.pubkey()), Role.TEAM, None, annotations=GOOD)


# A bundle that is READY, so that lowering tells


@pytest.fixture(scope="module")
def ready(raw: bytes) -> bytes:
    """A bundle whose controls all pass."""
    from mutations import rejudged

    def good(rows: list[dict]) -> None:  # type: ignore[type-arg]
        sound = next(row for row in rows if row["id"] == "UA-01")
        for row in rows:
            for member in ("parts", "evidence", "read_at", "observed_sha256", "observed",
                           "expected"):  # fmt: skip
                row[member] = sound[member]
            row["status"] = "PASS"

    canaries = {control.id: {"caught": 1, "of": 1} for control in catalogue.load().controls}
    files = samples.edited(
        samples.files_of(raw), "findings.json", lambda value: value.update(canaries=canaries)
    )
    return samples.zipped(rejudged(files, good))


@pytest.mark.parametrize(
    ("control", "status", "leaves"),
    [
        ("UA-06", "UNKNOWN", "INCONCLUSIVE"),
        ("UA-06", "FAIL", "NOT READY"),
        ("UA-06", "ATTESTED", "NOT READY"),
        ("RC-13", "FAIL", "READY"),  # not blocking
    ],
)
def test_lowering_leaves_another_verdict_and_then_the_auditor_disagrees(
    ready: bytes, control: str, status: str, leaves: str
) -> None:
    assert verify(ready).verdict["word"] == "READY"  # type: ignore[index]
    text = HEAD + LOWER.replace("UA-01", control).replace("UNKNOWN", status)
    if leaves == "READY":
        whole = attached(prepared(ready, text.encode()))
    else:
        with pytest.raises(CannotSign, match=f"leave {leaves}"):
            prepared(ready, text.encode())
        whole = attached(prepared(ready, text.encode(), reason="See the annotations."))
    assert both(whole) == (set(), set())
    assert verify(whole).signatures[0].words.leaves == leaves
    assert alone.verify(whole, {}).signed[0]["leaves"] == leaves
    ours, theirs = both(whole, NAMED)
    assert ours == theirs == (set() if leaves == "READY" else {"signatures"})


def test_a_signature_that_agrees_beside_a_lower_verdict_is_refused(ready: bytes) -> None:
    """Made by hand, since `sign` refuses it."""
    text = GOOD
    files = samples.files_of(ready)
    pending = prepared(ready, HEAD.encode())
    words = signing.Words(
        str(AUDITOR.pubkey()), Role.AUDITOR, "READY", None, Means.DSSE, canonical.sha256(text)
    )
    message = signing.to_sign(pending._manifest, words)
    made = signing.envelope(pending._manifest, words, bytes(AUDITOR.sign_message(message)))
    whole = samples.zipped({**files, STATEMENT: made, NOTES: text})
    assert both(whole) == ({"signatures"}, {"signatures"})


# Malformed and raising


BAD = {
    "raises": LOWER.replace("UA-01", "UA-06").replace("UNKNOWN", "MISSING"),
    "same": LOWER.replace("UA-01", "UA-06").replace("UNKNOWN", "FAIL"),
    "pass": LOWER.replace("UNKNOWN", "PASS"),
    "not applicable": LOWER.replace("UNKNOWN", "N/A"),
    "waived": LOWER.replace("UNKNOWN", "WAIVED"),
    "no status": LOWER.replace("UNKNOWN", "BROKEN"),
    "attested over unknown": LOWER.replace("UA-01", "UA-02").replace("UNKNOWN", "ATTESTED"),
    "no control": LOWER.replace("UA-01", "UA-99"),
    "twice": LOWER + LOWER,
    "no reason": LOWER.replace("One signer could not be reached.", "Because so"),
    "blank reason": LOWER.replace("One signer could not be reached.", "   "),
    "unknown key": LOWER + 'verdict = "READY"\n',
    "unknown table": LOWER + "[verdict]\nword = 'READY'\n",
    "a note on no control": '[[notes]]\ntext = "x"\ncontrol = "UA-99"\n',
    "a number": LOWER.replace('"UNKNOWN"', "1"),
    "a date": LOWER.replace('"UNKNOWN"', "2026-11-23"),
    "too long": LOWER.replace("One signer", "x" * 4_001),
    "too many": "".join(f'[[notes]]\ntext = "{n}"\n' for n in range(201)),
    "no TOML": "[[lowered",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_annotations_are_not_signed_and_not_verified(raw: bytes, name: str) -> None:
    check_bad(raw, (HEAD + BAD[name]).encode())


@pytest.mark.parametrize(
    "text",
    [
        b"", b"\xff", HEAD.replace("schema = 1", "schema = 2").encode(),
        HEAD.replace("schema = 1", "schema = true").encode(),
        HEAD.replace("schema = 1", "schema = 1.0").encode(),
        HEAD.replace('name = "A. Auditor"\n', "").encode(),
        HEAD.replace('"A. Auditor"', '" "').encode(),
        HEAD.replace('covers = "Custody and release, by replay."', "").encode(),
        HEAD.replace("[scope]", "[scope.more]").encode(),
        HEAD.encode() + b"#" * 256 * 1024, b"a = " + b"[" * 5_000,
    ],
)  # fmt: skip
def test_bad_heads_are_not_signed_and_not_verified(raw: bytes, text: bytes) -> None:
    check_bad(raw, text)


def check_bad(raw: bytes, text: bytes) -> None:
    with pytest.raises(CannotSign) as caught:
        prepared(raw, text)
    assert 10 < len(str(caught.value)) < 500
    # And by somebody who signs whatever there is:
    pending = prepared(raw, HEAD.encode())
    words = signing.Words(
        str(AUDITOR.pubkey()), Role.AUDITOR, pending.words.verdict, None, Means.DSSE,
        canonical.sha256(text),
    )  # fmt: skip
    message = signing.to_sign(pending._manifest, words)
    made = signing.envelope(pending._manifest, words, bytes(AUDITOR.sign_message(message)))
    whole = samples.zipped({**samples.files_of(raw), STATEMENT: made, NOTES: text})
    assert both(whole) == ({"signatures"}, {"signatures"})


def test_a_near_name_is_proposed(raw: bytes) -> None:
    with pytest.raises(CannotSign, match="did you mean 'reason'"):
        prepared(raw, (HEAD + LOWER.replace("reason", "raeson")).encode())


def test_both_read_scrambled_annotations_alike(raw: bytes) -> None:
    dice = random.Random(23)
    found = json.loads(samples.files_of(raw)["findings.json"])
    from privatedao_audit.bundle import statements
    from privatedao_audit.bundle.errors import BadBundle

    results = []
    words = GOOD.decode().split()
    for _ in range(400):
        pieces = list(words)
        place = dice.randrange(len(pieces))
        pieces[place] = dice.choice([*words, "", '""', "1", "[]", '"FAIL"', '"PASS"', "true"])
        text = GOOD.decode().replace(words[place], pieces[place], dice.choice([1, 9])).encode()
        outcomes = []
        for check in (
            lambda raw: statements.annotated(raw, NOTES, found)[1],
            lambda raw: alone.check_annotations(NOTES, raw, found),
        ):
            try:
                outcomes.append(check(text))
            except (BadBundle, alone.Refused):
                outcomes.append(None)
        assert outcomes[0] == outcomes[1], text
        results.append(outcomes[0])
    assert 40 < results.count(None) < 380


# Tampering

TAMPERED: dict[str, tuple[Callable[[Files], Files], bool]] = {
    "another text": (lambda f: {**f, NOTES: GOOD.replace(b"Two Eyes", b"No Eyes")}, False),
    "taken away": (lambda f: {n: d for n, d in f.items() if n != NOTES}, False),
    "without its signature": (
        lambda f: {n: d for n, d in f.items() if not n.endswith(f"{AUDITOR.pubkey()}.dsse.json")},
        False,
    ),
    "under a stranger's name": (
        lambda f: {
            **{n: d for n, d in f.items() if n != NOTES},
            f"annotations/auditor-{STRANGER.pubkey()}.toml": f[NOTES],
        },
        False,
    ),
    "one more, unsigned": (
        lambda f: {**f, f"annotations/auditor-{STRANGER.pubkey()}.toml": f[NOTES]}, False,
    ),
    "both taken away": (lambda f: {n: d for n, d in f.items() if str(AUDITOR.pubkey()) not in n},
                        True),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_with_annotations_is_refused_by_both(noted: bytes, name: str) -> None:
    change, by_name = TAMPERED[name]
    changed = samples.zipped(change(samples.files_of(noted)))
    assert both(changed, NAMED if by_name else {}) == ({"signatures"}, {"signatures"})


def test_a_team_file_of_annotations_has_no_place(noted: bytes) -> None:
    files = samples.files_of(noted)
    files[f"annotations/team-{TEAM.pubkey()}.toml"] = files[NOTES]
    assert both(samples.zipped(files)) == ({"container"}, {"container"})


# Hardware wallets


@pytest.mark.parametrize("form", range(3))
def test_each_form_that_wallets_use_is_taken(raw: bytes, form: int) -> None:
    whole = attached(prepared(raw, None, Means.OFFCHAIN), form)
    assert both(whole, NAMED) == (set(), set())
    assert verify(whole, signers=NAMED).vouched


@pytest.mark.parametrize("reason", [None, "Zwei Schlüssel, eine Hand."])
def test_the_line_is_short_and_names_what_is_signed(raw: bytes, reason: str | None) -> None:
    pending = prepared(raw, GOOD, Means.OFFCHAIN, reason)
    line = pending.message.decode("ascii")
    assert line.isprintable() and len(line) < 500
    assert verify(raw).bundle_digest in line
    assert canonical.sha256(GOOD) in line
    said = "disagree" if reason else "agree"
    assert line.startswith(f"privatedao-audit: as auditor I {said} with the verdict NOT READY.")
    whole = attached(pending)
    assert both(whole) == (set(), set())
    assert verify(whole).signatures[0].words.disagrees == reason
    assert both(whole, NAMED)[0] == both(whole, NAMED)[1] == ({"signatures"} if reason else set())


def test_a_plain_signature_over_the_line_is_none(raw: bytes) -> None:
    """Without the header of off-chain messages it is not what a wallet showed."""
    pending = prepared(raw, None, Means.OFFCHAIN)
    for message in (pending.message, prepared(raw, None).message, b""):
        with pytest.raises(CannotSign, match="off-chain message"):
            pending.attach(bytes(AUDITOR.sign_message(message)))
    for wrong in (b"", bytes(63), bytes(64)):
        with pytest.raises(CannotSign, match="off-chain message"):
            pending.attach(wrong)


def change(**members: object) -> Callable[[Files], Files]:
    def changed(files: Files) -> Files:
        value = {**json.loads(files[LINE]), **members}
        return {**files, LINE: canonical.dump_file(value)}

    return changed


OFFCHAIN: dict[str, Callable[[Files], Files]] = {
    "opinion": change(opinion="disagrees", reason="Never."),
    "role": change(role="team"),
    "signer": change(signer=str(STRANGER.pubkey())),
    "message": change(message="privatedao-audit: I agree."),
    "signature": change(signature=base64.b64encode(bytes(64)).decode()),
    "short signature": change(signature=base64.b64encode(bytes(32)).decode()),
    "no base64": change(signature="x"),
    "no signature": change(signature=None),
    "annotations that are not there": change(annotations_sha256="0" * 64),
    "one more member": change(verdict="READY"),
    "a newer schema": change(schema={"name": "privatedao-audit/offchain-signature", "version": 2}),
    "no schema": change(schema=None),
    "not canonical": lambda f: {**f, LINE: json.dumps(json.loads(f[LINE]), indent=1).encode()},
    "of another role": lambda f: {
        **{n: d for n, d in f.items() if n != LINE}, LINE.replace("auditor", "team"): f[LINE],
    },
    "in the place of a statement": lambda f: {
        **{n: d for n, d in f.items() if n != LINE}, STATEMENT: f[LINE],
    },
}  # fmt: skip


@pytest.mark.parametrize("name", OFFCHAIN)
def test_tampering_with_an_offchain_signature_is_refused_by_both(raw: bytes, name: str) -> None:
    files = samples.files_of(attached(prepared(raw, None, Means.OFFCHAIN)))
    changed = OFFCHAIN[name](files)
    assert changed != files
    assert both(samples.zipped(changed)) == ({"signatures"}, {"signatures"})


def test_it_covers_this_bundle_alone(raw: bytes, ready: bytes) -> None:
    made = samples.files_of(attached(prepared(raw, None, Means.OFFCHAIN)))[LINE]
    moved = samples.zipped({**samples.files_of(ready), LINE: made})
    assert both(moved) == ({"signatures"}, {"signatures"})


def test_one_key_signs_once(raw: bytes) -> None:
    """By both means, put together by hand."""
    one = samples.files_of(attached(prepared(raw, None, Means.OFFCHAIN)))
    two = samples.files_of(attached(prepared(raw, None)))
    assert both(samples.zipped({**one, **two})) == ({"signatures"}, {"signatures"})


def test_a_bundle_with_all_of_it_is_opened_for_a_replay(noted: bytes, tmp_path: Path) -> None:
    place = tmp_path / "bundle.zip"
    place.write_bytes(noted)
    bundle = unpack.opened(place)
    unpack.seal(bundle, tmp_path / "evidence.sqlite")
    assert bundle.findings["verdict"]["word"] == "NOT READY"
