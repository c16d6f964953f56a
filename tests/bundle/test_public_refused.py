"""A public form that withholds more, less or something else than it says: both refuse it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import bundle_samples as samples
import people
import pytest
from bundle_samples import Files, edited, files_of, remade, zipped
from mutations import control

from privatedao_audit.bundle import layout, manifest, recording
from privatedao_audit.bundle import verify_bundle as alone
from privatedao_audit.bundle.errors import BadBundle
from privatedao_audit.bundle.public import check, stated
from privatedao_audit.bundle.public.words import token_of
from privatedao_audit.bundle.verify import verify
from privatedao_audit.model import canonical

Change = Callable[[Files], Files]
CONTACTS, PAGE, RUNBOOK, REACH = (
    layout.withheld(people.digest(path))
    for path in (people.CONTACTS, people.PAGE, people.RUNBOOK, people.REACH)
)
BULK = layout.withheld(people.digest("bulk"))
OTHER = "withheld-0123456789abcdef"


def stages(files: Files) -> tuple[set[str], set[str]]:
    raw = zipped(files)
    return {s for s, _ in verify(raw).problems}, {s for s, _ in alone.verify(raw, {}).problems}


def listed(files: Files, change: Callable[[dict[str, Any]], Any]) -> Files:
    return edited(files, "redactions.json", change)


def form(name: str, data: bytes, files: Files) -> Files:
    """Another redacted form, under its own hash and with the tokens that it holds."""
    digest = name.removeprefix("withheld/")

    def change(value: dict[str, Any]) -> None:
        for row in value["documents"]:
            if row["sha256"] == digest:
                row["redacted_sha256"] = canonical.sha256(data)
                row["tokens"] = sorted(set(alone.TOKEN.findall(data.decode("utf-8", "replace"))))

    return listed({**files, name: data}, change)


def reformed(name: str, change: Callable[[Any], Any]) -> Change:
    """A redacted form that is JSON, changed and listed as it is now."""

    def made(files: Files) -> Files:
        value = json.loads(files[name])
        change(value)
        raw = canonical.dumps(value) if name == BULK else canonical.dump_file(value)
        return form(name, raw, files)

    return made


def token(files: Files, text: str) -> str:
    return token_of(alone.sha256(people.Fixed().of(text) + text.encode()))


def without(files: Files, *names: str) -> Files:
    return remade({name: data for name, data in files.items() if name not in names})


def of_document(name: str, **members: Any) -> Change:
    digest = name.removeprefix("withheld/")

    def change(value: dict[str, Any]) -> None:
        (row,) = [one for one in value["documents"] if one["sha256"] == digest]
        row.update(members)

    return lambda files: listed(files, change)


def withheld_too(files: Files, blob: str, data: bytes, kind: str, tokens: list[str]) -> Files:
    """One more body called withheld."""
    row = {"sha256": blob, "form": kind, "redacted_sha256": canonical.sha256(data),
           "tokens": tokens}  # fmt: skip
    rest = {name: one for name, one in files.items() if name != f"blobs/{blob}"}
    made = {**rest, layout.withheld(blob): data}
    return listed(made, lambda value: value["documents"].append(row))


def chain_answer(files: Files) -> Files:
    owner = token(files, people.OWNER)
    return withheld_too(
        files, canonical.sha256(b'{"result":7}'), owner.encode(), "text", [owner]
    )


def scope(files: Files) -> Files:
    names = {people.digest(path) for path in people.FILES}
    blobs = [name[6:] for name in files if name.startswith("blobs/") and name[6:] not in names]
    (digest,) = [one for one in blobs if b'"domains"' in files[f"blobs/{one}"]]
    owner = token(files, people.OWNER)
    return withheld_too(files, digest, owner.encode(), "text", [owner])


def clean_file_withheld(data: str) -> Change:
    """A file of the checkout that names nobody, called withheld all the same."""

    def made(files: Files) -> Files:
        raw = data.replace("OWNER", token(files, people.OWNER)).encode()
        tokens = sorted(set(alone.TOKEN.findall(raw.decode())))
        return withheld_too(files, people.digest(people.CLEAN), raw, "text", tokens)

    return made


def unread(files: Files) -> Files:
    owner = token(files, people.OWNER)
    return withheld_too(files, "ab" * 32, owner.encode(), "text", [owner])


def back_in_plain(path: str) -> Change:
    """A personal file that lies in the public form as it was read, and is listed no more."""

    def made(files: Files) -> Files:
        digest = people.digest(path)
        rest = {name: one for name, one in files.items() if name != layout.withheld(digest)}
        rest[f"blobs/{digest}"] = people.FILES[path].encode()

        def change(value: dict[str, Any]) -> None:
            rows = value["documents"]
            value["documents"] = [row for row in rows if row["sha256"] != digest]

        return listed(rest, change)

    return made


def row_of(change: Callable[[dict[str, Any]], Any]) -> Change:
    return reformed(CONTACTS, lambda value: change(value["parts"][0]["rows"][0]))


def first_text(**members: Any) -> Change:
    return lambda files: listed(files, lambda value: value["texts"][0].update(members))


def first_field(**members: Any) -> Change:
    return lambda files: listed(
        files, lambda value: value["texts"][0]["fields"][0].update(members)
    )


def also_withheld(**members: Any) -> Change:
    """One more field in the list, of a file that is there."""
    field = {"file": people.CONTACTS, "part": "incident-contacts", "row": 1, "field": "role"}
    return lambda files: listed(
        files, lambda value: value["texts"][0]["fields"].append({**field, **members})
    )


def shown_elsewhere(files: Files) -> Files:
    """The text around a telephone number."""
    phone, owner = token(files, people.PHONE), token(files, people.OWNER)
    files = of_document(REACH, form="text")(files)
    return form(REACH, f"# Reach\n\n{owner} answers {phone}.\n".encode(), files)


TAMPERED: dict[str, Change] = {
    "no list": lambda files: without(files, "redactions.json"),
    "a list of a newer schema": lambda files: listed(
        files, lambda value: value["schema"].update(version=2)
    ),
    "a list with another member": lambda files: listed(
        files, lambda value: value.update(more=[])
    ),
    "a list without a member": lambda files: listed(files, lambda value: value.pop("visible")),
    "a text listed twice": lambda files: listed(
        files, lambda value: value["texts"].append(value["texts"][-1])
    ),
    "texts out of order": lambda files: listed(files, lambda value: value["texts"].reverse()),
    "a token of another hash": first_text(sha256="0" * 64),
    "a token that is none": first_text(token="withheld-x"),
    "a text without a field": first_text(fields=[]),
    "a row that is no number": first_field(row=True),
    "a redacted form that is not listed": lambda files: remade(
        {**files, layout.withheld("cd" * 32): b"more\n"}
    ),
    "a document listed twice": lambda files: listed(
        files, lambda value: value["documents"].append(value["documents"][0])
    ),
    "a form edited and not listed anew": lambda files: remade(
        {**files, RUNBOOK: files[RUNBOOK] + b"All is well.\n"}
    ),
    "a body that is withheld and there": lambda files: remade(
        {**files, f"blobs/{people.digest(people.RUNBOOK)}": people.FILES[people.RUNBOOK].encode()}
    ),
    "an unknown form": of_document(RUNBOOK, form="poem"),
    "a document with tokens that it does not hold": of_document(RUNBOOK, tokens=[]),
    "a document with a token that is not listed": lambda files: form(
        RUNBOOK, files[RUNBOOK] + OTHER.encode(), files
    ),
    "a page called left out": lambda files: listed(
        files, lambda value: value["left_out"].append({"path": "report.html", "reason": "x"})
    ),
    "a notebook left out": lambda files: listed(
        without(files, "notebooks/02_key_custody.ipynb"),
        lambda value: value["left_out"].append(
            {"path": "notebooks/02_key_custody.ipynb", "reason": "It says too much."}
        ),
    ),
    "a text called visible that is none": lambda files: listed(
        files, lambda value: value["visible"].append({"token": OTHER, "where": "target.toml"})
    ),
    "an answer of the chain": chain_answer,
    "what the run covers": scope,
    "a file that names nobody, shown as it was": clean_file_withheld("# Clean\n"),
    "a file that names nobody, with more text than it had": clean_file_withheld(
        "# Clean\n\nOWNER has checked all of this, and every rule is kept to the letter.\n"
    ),
    "a body on which no read rests": unread,
    "a list of contacts in plain": back_in_plain(people.CONTACTS),
    "a page of contacts in plain": back_in_plain(people.PAGE),
    "a list of contacts as a text": of_document(CONTACTS, form="text"),
    "a list of contacts withheld whole": of_document(CONTACTS, form="whole"),
    "a runbook as a list of contacts": of_document(RUNBOOK, form="contacts"),
    "a runbook as an answer of git": of_document(RUNBOOK, form="answer"),
    "an answer of git as a text": of_document(BULK, form="text"),
    "a number in the text around it": shown_elsewhere,
    "a file withheld whole for nothing": reformed(REACH, lambda value: value.update(tokens=[])),
    "a file withheld whole with a remark": reformed(
        REACH, lambda value: value.update(note="It was in order.")
    ),
    "a row too many": reformed(
        CONTACTS, lambda value: value["parts"][0]["rows"].append(value["parts"][0]["rows"][0])
    ),
    "a row too few": reformed(CONTACTS, lambda value: value["parts"][0]["rows"].pop()),
    "rows in another order": reformed(CONTACTS, lambda value: value["parts"][0]["rows"].reverse()),
    "a name in plain": row_of(lambda row: row.update(name="Somebody")),
    "a role withheld": lambda files: row_of(
        lambda row: row.update(role=token(files, people.OWNER))
    )(also_withheld()(files)),
    "a field that the target does not map": row_of(lambda row: row.update(telegram="x")),
    "a field that is no text": row_of(lambda row: row.update(date=7)),
    "a field left out": row_of(lambda row: row.pop("owner")),
    "another file in the form": reformed(
        CONTACTS, lambda value: value["parts"][0].update(file=people.PAGE)
    ),
    "another part in the form": reformed(
        CONTACTS, lambda value: value["parts"][0].update(part="recovery-contacts")
    ),
    "no part in the form": reformed(CONTACTS, lambda value: value.update(parts=[])),
    "a form with a remark": reformed(CONTACTS, lambda value: value.update(note="x")),
    "a form of a newer schema": reformed(CONTACTS, lambda value: value["schema"].update(version=2)),
    "a field of a part that is not personal": first_field(part="runbook"),
    "a field of another file": first_field(file=people.RUNBOOK),
    "a field that is not personal": first_field(field="date"),
    "a field that stands in no form": also_withheld(field="owner", row=9),
    "a page's text in an answer of git": reformed(
        BULK, lambda value: value["texts"].update(
            {people.oid(people.FILES[people.PAGE]): people.FILES[people.PAGE]})
    ),
    "another text in an answer of git": reformed(
        BULK, lambda value: value["texts"].update(
            {people.oid(people.FILES[people.CLEAN]): "# Clean\n\nAll was audited.\n"})
    ),
    "a text left out of an answer of git": reformed(
        BULK, lambda value: value["texts"].pop(people.oid(people.FILES[people.CLEAN]))
    ),
    "a member left out of an answer of git": reformed(BULK, lambda value: value.pop("torn")),
    "an answer of git that withholds nothing": reformed(
        BULK, lambda value: value.update(files={}, texts={})
    ),
    "an answer of git that is none": lambda files: form(BULK, OTHER.encode(), files),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_both_refuse(public: bytes, name: str) -> None:
    files = files_of(public)
    made = TAMPERED[name](files)
    assert made != files
    assert stages(made) == ({"redactions"}, {"redactions"})


def test_a_redacted_form_that_is_missing_is_refused(public: bytes) -> None:
    """To the one file it is a body that is missing."""
    assert stages(without(files_of(public), RUNBOOK)) == ({"redactions"}, {"records"})


def test_a_public_form_that_does_not_say_so_is_refused(public: bytes) -> None:
    value = json.loads(files_of(public)["manifest.json"])
    for change, due in (
        (lambda: value.pop("public_form_of"), "redactions"),
        (lambda: value.update(public_form_of="x"), "manifest"),
        (lambda: value.update(public_form_of=None), "manifest"),
        (lambda: value.update(public_form_of="0" * 64, more=1), "manifest"),
    ):
        change()
        made = {**files_of(public), "manifest.json": canonical.dump_file(value)}
        assert stages(made) == ({due}, {due})


def test_withholding_in_a_private_bundle_is_refused(private: bytes, public: bytes) -> None:
    files, form = files_of(private), files_of(public)
    digest = people.digest(people.RUNBOOK)
    hidden = {name: data for name, data in files.items() if name != f"blobs/{digest}"}
    for made in (
        remade({**files, "redactions.json": form["redactions.json"]}),
        remade({**hidden, layout.withheld(digest): form[layout.withheld(digest)]}),
    ):
        assert stages(made) == ({"redactions"}, {"redactions"})


def test_a_verdict_can_not_be_changed_on_the_way(public: bytes) -> None:
    """Tokens excuse the one hash that nobody can compute again, and nothing else."""

    def better(rows: list[dict[str, Any]]) -> None:
        control(rows, "UA-02")["status"] = "PASS"

    def no_hash(rows: list[dict[str, Any]]) -> None:
        control(rows, "UA-02")["observed_sha256"] = "unknown"

    def foreign_token(rows: list[dict[str, Any]]) -> None:
        control(rows, "UA-06")["parts"][1]["summary"] = f"Seen by {OTHER}."

    def fewer_parts(rows: list[dict[str, Any]]) -> None:
        control(rows, "UA-02").update(parts=[], evidence=[], read_at=None)

    for change in (better, no_hash, foreign_token, fewer_parts):
        assert stages(judged_otherwise(public, change)) == ({"findings"}, {"findings"})
    same = judged_otherwise(public, lambda rows: None)
    assert stages(same) == (set(), set())


def judged_otherwise(public: bytes, change: Callable[[list[dict[str, Any]]], Any]) -> Files:
    """Findings changed, and every view of them made anew, without PDFs."""
    value = json.loads(files_of(public)["findings.json"])
    change(value["controls"])
    custody = [row for row in value["controls"] if row["domain"] == "custody"]
    views = {
        "findings.json": canonical.dump_file(value),
        "notebooks/02_key_custody.ipynb": samples.notebook(custody),
    }
    return remade(samples.redrawn({**files_of(public), **views}))


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every object or array in a JSON value, and every name or number of a member of it."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in members:
        yield value, key
        if isinstance(one, dict | list):
            yield from places(one)


#: What is told to a reader, and nothing rests on.
FREE = {"reason", "where", "visible", "left_out"}


@pytest.mark.parametrize("name", ["redactions.json", CONTACTS, PAGE, REACH, BULK])
def test_whatever_stands_in_its_place_is_refused_and_breaks_nothing(
    public: bytes, name: str
) -> None:
    files = files_of(public)
    listed = manifest.check(files)
    whole = json.loads(files["manifest.json"])
    recorded = recording.check(files, listed.evidence_root)
    seen = alone.check_records(files, listed.evidence_root)
    original = files[name]

    def refused(raw: bytes) -> tuple[bool, bool]:
        made = {**files, name: raw}
        if name != "redactions.json":
            value = json.loads(files["redactions.json"])
            for row in value["documents"]:
                if row["sha256"] == name.removeprefix("withheld/"):
                    row["redacted_sha256"] = canonical.sha256(raw)
            made["redactions.json"] = canonical.dump_file(value)
        found = []
        try:
            said = stated.read(made, listed)
            assert said is not None
            check.check(said, made, recorded)
            found.append(False)
        except BadBundle as error:
            found.append(error.stage == "redactions")
        try:
            alone.check_redactions(made, whole, dict(seen))
            found.append(False)
        except alone.Refused as error:
            found.append(error.stage == "redactions")
        return found[0], found[1]

    assert refused(original) == (False, False)
    tried = 0
    for place, key in list(places(value := json.loads(original))):
        was = place[key]
        for other in (None, 7, True, "x", [], {}, [[]], {"x": 1}):
            free = key in FREE and other == ("x" if isinstance(was, str) else [])
            if other == was or free or key in UNREAD:
                continue
            place[key] = other
            raw = canonical.dumps(value) if name == BULK else canonical.dump_file(value)
            assert refused(raw) == (True, True), (key, other)
            tried += 1
        place[key] = was
    assert tried > 15


#: Members of git's answer about which nobody else says anything; and what is shown of a contact.
UNREAD = {"others", "next", "silent", "left_out", "unread", "role", "kind", "date"}


@pytest.mark.parametrize(
    "surfaces",
    [
        7, {"part": "contact-page"}, [7], [{}], [{"part": "contact-page"}],
        [{"part": [], "file": "x"}], [{"part": "contact-page", "file": 7}],
        [{"part": "recovery-contacts", "file": "x", "fields": ["name"]}],
    ],
)  # fmt: skip
def test_a_target_that_maps_nothing_sound_is_refused(surfaces: Any) -> None:
    """A recording may call anything its target; this is asked before it is known to be one."""
    with pytest.raises(BadBundle) as refused:
        check._mapped({"surfaces": surfaces})
    assert refused.value.stage == "redactions"
    with pytest.raises(alone.Refused) as too:
        alone.personal_files({"surfaces": surfaces})
    assert too.value.stage == "redactions"


def test_a_dropped_record_changes_the_root(public: bytes) -> None:
    files = files_of(public)
    lines = files["records.ndjson"].split(b"\n")
    made = remade({**files, "records.ndjson": b"\n".join(lines[1:])})
    ours, theirs = stages(made)
    assert ours <= {"records", "redactions"} and ours
    assert theirs <= {"records", "redactions"} and theirs


def test_the_archive_knows_the_names_of_a_public_form() -> None:
    for name in ("redactions.json", layout.withheld("ab" * 32)):
        assert layout.is_covered(name)
    for name in ("withheld/x", "withheld/" + "AB" * 32, "withheld/../" + "ab" * 32):
        assert not layout.is_covered(name)
        with pytest.raises(alone.Refused):
            alone.read_archive(samples.zipped({"manifest.json": b"", name: b"x"}))
