"""The public form of a bundle: what it withholds, that it keeps every proof, and no leak."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import bundle_samples as samples
import people
import pytest
from bundle_samples import Files, files_of

from privatedao_audit.bundle import verify_bundle as alone
from privatedao_audit.bundle.errors import BadBundle, CannotBundle
from privatedao_audit.bundle.public import declared, salts, views
from privatedao_audit.bundle.public.make import Public, publish
from privatedao_audit.bundle.public.words import Finder, Word, salted, token_of
from privatedao_audit.bundle.verify import verify
from privatedao_audit.model import canonical
from privatedao_audit.model.parts import PARTS, PERSONAL
from privatedao_audit.model.waivers import observed_sha256

FIXED = ("records.ndjson", "target.json", "target.toml", "catalogue.toml", "verify_bundle.py")


def found(files: Files, name: str) -> Any:
    return json.loads(files[name])


# Proofs


def test_both_verifiers_accept_it_and_say_what_is_withheld(private: bytes, public: bytes) -> None:
    ours, theirs, before = verify(public), alone.verify(public, {}), verify(private)
    assert ours.problems == theirs.problems == before.problems == []
    told = (
        "public form: 11 fields of 2 documents withheld, and 3 other answers that hold them too; "
        "evidence root unchanged"
    )
    assert told in ours.passed
    assert f"public form: {theirs.public}" == told
    assert ours.evidence_root == theirs.root == before.evidence_root
    assert ours.bundle_digest == theirs.digest != before.bundle_digest == ours.public_form_of
    assert before.public_form_of == "" == alone.verify(private, {}).public
    (note,) = [one for one in ours.notes if "withheld" in one]
    assert "was not checked" in note and "5 bodies" in note


def test_verdict_counts_and_statuses_are_the_same(private: bytes, public: bytes) -> None:
    before, after = (found(files_of(raw), "findings.json") for raw in (private, public))
    assert before["verdict"] == after["verdict"]
    kept = ("id", "status", "evidence", "read_at", "requirement")
    rows = [[[row[key] for key in kept] for row in one["controls"]] for one in (before, after)]
    assert rows[0] == rows[1]
    other = [a["id"] for a, b in zip(before["controls"], after["controls"], strict=True) if a != b]
    assert other == ["UA-02", "UA-03"]
    hashes = [{row["id"]: row["observed_sha256"] for row in one["controls"]}
              for one in (before, after)]  # fmt: skip
    told = [name for name, digest in hashes[0].items() if hashes[1][name] != digest]
    assert told == ["UA-03"], "where a contact was observed, numbers could be tried against it"


def test_records_target_method_and_answers_stay_byte_for_byte(
    private: bytes, public: bytes
) -> None:
    before, after = files_of(private), files_of(public)
    same = [*FIXED, samples.TABLE]
    same += [n for n in before if n.startswith("blobs/") and f"withheld/{n[6:]}" not in after]
    assert f"blobs/{people.digest(people.CLEAN)}" in same
    assert any(before[name] == b'{"absent":"x"}' for name in same), "a list that is not there"
    for name in same:
        assert after[name] == before[name], name
    gone = {name[9:] for name in after if name.startswith("withheld/")}
    named = (people.CONTACTS, people.PAGE, people.RUNBOOK, people.REACH, "bulk")
    assert gone == {people.digest(path) for path in named}
    assert {f"blobs/{one}" for one in gone} <= set(before)


def test_a_personal_file_keeps_what_a_verdict_on_contacts_needs(public: bytes) -> None:
    files = files_of(public)
    form = found(files, f"withheld/{people.digest(people.CONTACTS)}")
    (table,) = form["parts"]
    first = table["rows"][0]
    assert set(first) == {"name", "role", "kind", "value", "owner", "date"}
    assert first["kind"] == "phone" and first["date"] == "2026-11-01"
    assert table["rows"][1]["role"] == "incident owner"
    assert first["role"].startswith("deputy of withheld-")
    assert first["name"] == table["rows"][1]["name"] != table["rows"][2]["name"]
    assert all(first[name].startswith("withheld-") for name in ("name", "value", "owner"))


def test_the_same_bundle_and_salts_make_the_same_bytes(private: bytes, public: bytes) -> None:
    again = publish(private, people.Fixed(), pages=people.pages)
    assert again.raw == public
    other = publish(private, salts.Salts(), pages=people.pages)
    assert other.raw != public
    assert other.evidence_root == again.evidence_root
    assert not {word.token for word in other.words} & {word.token for word in again.words}


def test_pdfs_are_left_out_and_the_reason_is_told(public: bytes) -> None:
    files = files_of(public)
    assert not [name for name in files if name.endswith(".pdf")]
    rows = found(files, "redactions.json")["left_out"]
    assert [row["path"] for row in rows] == ["domains/02_key_custody.pdf", "report.pdf"]
    assert all("private findings" in row["reason"] for row in rows)
    assert any("report.pdf" in note for note in verify(public).notes)


def test_it_is_signed_as_any_bundle_and_drops_other_signatures(private: bytes) -> None:
    signed = samples.sign(private, samples.TEAM, "team")
    made = publish(signed, people.Fixed(), pages=people.pages).raw
    assert not [name for name in files_of(made) if name.startswith("signatures/")]
    again = samples.sign(made, samples.AUDITOR, "auditor")
    key = str(samples.AUDITOR.pubkey())
    assert alone.verify(again, {key: "auditor"}).problems == []
    moved = {n: d for n, d in files_of(signed).items() if n.startswith("signatures/")}
    forged = samples.zipped({**files_of(made), **moved})
    assert {stage for stage, _ in verify(forged).problems} == {"signatures"}
    assert {stage for stage, _ in alone.verify(forged, {}).problems} == {"signatures"}


# No leak


def spellings(text: str) -> set[str]:
    one = {text, text.upper(), text.lower(), repr(text)[1:-1], text.replace('"', '""')}
    for form in tuple(one):
        one |= {html.escape(form), html.escape(form, quote=False)}
        one |= {quote(form), quote(form, safe="")}
        one |= {json.dumps(form)[1:-1], json.dumps(form, ensure_ascii=False)[1:-1]}
    return one


def packed(text: str) -> set[bytes]:
    raws = {text.encode(), text.lower().encode(), text.upper().encode()}
    inner = {
        base64.b64encode(bytes(offset) + raw)[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
        for raw in raws for offset in range(3)
    }  # fmt: skip
    return inner | {raw.hex().encode() for raw in raws}


@pytest.mark.parametrize("secret", people.SECRET)
def test_no_byte_of_a_withheld_text_is_left_anywhere(
    private: bytes, public: bytes, secret: str
) -> None:
    sought = {one.encode() for one in spellings(secret)} | packed(secret)
    held = b"\n".join(files_of(private).values())
    assert any(one in held for one in sought), "the search would find it"
    for name, data in files_of(public).items():
        low = data.lower()
        left = [one for one in sought if one in data or one.lower() in low]
        assert left == [], name


def test_no_salt_and_no_guessable_digest_is_left(public: bytes, made: Public) -> None:
    every = b"\n".join(files_of(public).values())
    texts = [(people.CONTACTS, one) for one in (people.NAME, people.PHONE, people.MAIL,
                                                 people.HANDLE)]  # fmt: skip
    texts += [(people.PAGE, people.PAGE_MAIL), (people.PAGE, people.LEADER)]
    for path, text in texts:
        for spelt in (text, text.casefold()):
            assert people.short(path, spelt).encode() not in every
    for word in made.words:
        assert word.salt not in every and word.salt.hex().encode() not in every
        assert word.text not in repr(word) and word.salt.hex() not in repr(word)


def test_a_digest_of_a_contact_that_follows_from_no_field_is_not_given_out(
    private: bytes,
) -> None:
    files = files_of(private)

    def other(value: dict[str, dict[str, dict[str, list[dict[str, str]]]]]) -> None:
        value["facts"]["incident"]["contacts"][0]["who"] = "0123456789ab"

    raw = samples.zipped(samples.edited(files, "facts.json", other))
    with pytest.raises(CannotBundle, match="digest of a contact"):
        publish(raw, people.Fixed(), pages=people.pages)


def test_a_page_that_still_held_a_name_is_not_given_out(
    private: bytes, public: bytes
) -> None:
    def pages(text: str) -> Callable[[Any, Any], Any]:
        page = files_of(public)["report.html"].replace(b"<p>", f"<p>{text}".encode(), 1)
        return lambda files, form: {**dict(people.pages(files, form)), "report.html": page}.items()

    with pytest.raises(CannotBundle, match=r"report.html would still hold the owner of row 1"):
        publish(private, people.Fixed(), pages=pages(people.OWNER))
    digest = people.short(people.CONTACTS, people.PHONE)
    with pytest.raises(CannotBundle, match=r"report.html would still hold the digest"):
        publish(private, people.Fixed(), pages=pages(digest))
    with pytest.raises(CannotBundle, match="a page that this version does not render"):
        publish(private, people.Fixed(), pages=lambda files, form: [])


def test_numbers_can_not_be_tried_against_the_hash_of_what_was_observed(made: Public) -> None:
    """A name leaves the hash as waivers are bound to it; a contact does not."""
    ways = {word.token for word in made.words if word.contact}
    part = {"label": "one", "status": "FAIL", "summary": "Bad.", "observed": min(ways),
            "expected": None}  # fmt: skip
    row = {"id": "UA-02", "parts": [part], "waiver": None, "observed_sha256": "ab" * 32}
    views._unbind(row, ways)
    assert row["observed_sha256"] == observed_sha256([part])
    with pytest.raises(CannotBundle, match="its waiver is bound to a way to reach somebody"):
        views._unbind({**row, "waiver": {}}, ways)
    names = {word.token for word in made.words} - ways
    named = {**row, "parts": [{**part, "observed": min(names)}], "observed_sha256": "ab" * 32}
    views._unbind(named, ways)
    assert named["observed_sha256"] == "ab" * 32


# What can't be withheld


def test_a_name_that_stands_under_the_evidence_root_is_told(public: bytes, made: Public) -> None:
    ((word, where),) = made.visible
    assert (word.text, where) == (people.KNOWN, "target.toml")
    files = files_of(public)
    assert found(files, "redactions.json")["visible"] == [{"token": word.token, "where": where}]
    form = files[f"withheld/{people.digest(people.CONTACTS)}"].decode()
    assert people.KNOWN not in form and word.token in form
    assert people.KNOWN in files[f"withheld/{people.digest(people.RUNBOOK)}"].decode()


def test_a_name_that_is_a_word_of_every_report_is_told(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Withheld in its file alone: elsewhere it is the kit that speaks."""
    said = people.FILES[people.CONTACTS].replace(people.KNOWN, "Lookout")
    files = {**people.FILES, people.CONTACTS: said}
    made = publish(made_of(tmp_path_factory, monkeypatch, FILES=files, FACTS={}), people.Fixed(),
                   pages=people.pages)  # fmt: skip
    assert [(w.text, where) for w, where in made.visible] == [("Lookout", "the kit's own texts")]
    assert b"Lookout" not in files_of(made.raw)[f"withheld/{people.digest(people.CONTACTS)}"]


def made_of(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch,
            **changed: object) -> bytes:  # fmt: skip
    from privatedao_audit.bundle.build import build

    for name, value in changed.items():
        monkeypatch.setattr(people, name, value)
    return build(people.folder(tmp_path_factory.mktemp("other") / "case")).raw


def test_a_number_that_stands_in_the_profile_stops_it(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = people.PROFILE.replace(people.KNOWN, f"office, call {people.SPELT}", 1)
    raw = made_of(tmp_path_factory, monkeypatch, PROFILE=profile)
    with pytest.raises(CannotBundle, match="value of row 1 of dossier") as refused:
        publish(raw, people.Fixed(), pages=people.pages)
    assert "5550199" not in str(refused.value)


def test_a_personal_file_that_is_not_as_declared_stops_it(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {**people.FILES, people.CONTACTS: "[[people]]\nname = 'x'\n"}
    raw = made_of(tmp_path_factory, monkeypatch, FILES=files, FACTS={})
    with pytest.raises(CannotBundle, match="is not what the target declares"):
        publish(raw, people.Fixed(), pages=people.pages)


def test_a_run_without_lists_of_contacts_withholds_nothing(raw: bytes) -> None:
    made = publish(raw, people.Fixed(), pages=people.pages)
    assert made.words == () == made.documents
    assert verify(made.raw).problems == alone.verify(made.raw, {}).problems == []
    assert any("0 fields of 0 documents" in one for one in verify(made.raw).passed)


@pytest.mark.parametrize("kind", ["public", "broken"])
def test_only_a_sound_private_bundle_has_a_public_form(
    private: bytes, public: bytes, kind: str
) -> None:
    raw = public if kind == "public" else private[:-1]
    with pytest.raises(CannotBundle, match=r"public form already|refused"):
        publish(raw, people.Fixed(), pages=people.pages)


# The list of what is personal


def test_both_verifiers_know_the_same_personal_fields() -> None:
    ours = {part: set(fields) for part, fields in declared.FIELDS.items()}
    assert ours == alone.WITHHELD
    assert set(ours) == PERSONAL
    assert set(declared.SHOWN) == alone.READABLE
    for part in PERSONAL - {"contact-page"}:
        assert ours[part] | set(declared.SHOWN) == PARTS[part]


# Words and salts


def word(text: str, *, contact: bool) -> Word:
    return Word(text, bytes(32), contact, (), frozenset())


@pytest.mark.parametrize(
    ("text", "contact", "said", "there"),
    [
        ("Ann", False, "Annotations of ann.", "Annotations of TOKEN."),
        ("Ada Lovelace", False, "ADA\n  LOVELACE's", "TOKEN's"),
        ("Ada & Co", False, "<b>Ada &amp; Co</b>", "<b>TOKEN</b>"),
        ("+44 20 7946 0000", True, "tel:+442079460000;", "tel:TOKEN;"),
        ("+44 20 7946 0000", True, "call 0044 (20) 7946-0000", "call TOKEN"),
        ("+44 20 7946 0000", True, "1442079460000", "1442079460000"),
        ("a.b@club.invalid", True, "mailto:A.B%40club.invalid", "mailto:TOKEN"),
    ],
)
def test_a_word_is_found_in_the_spellings_of_a_bundle(
    text: str, contact: bool, said: str, there: str
) -> None:
    one = word(text, contact=contact)
    assert Finder([one]).replace(said) == there.replace("TOKEN", one.token)


def test_of_two_that_overlap_the_longer_one_is_withheld() -> None:
    short, long = word("Ada", contact=False), word("Ada Lovelace", contact=False)
    assert Finder([short, long]).replace("Ada, Ada Lovelace") == f"{short.token}, {long.token}"


def test_two_names_of_members_never_become_one() -> None:
    finder = Finder([word("Ada", contact=False)])
    with pytest.raises(ValueError, match="one name"):
        finder.in_json({"Ada": 1, "ADA": 2})


def test_one_text_is_shown_by_its_entry_alone(
    private: bytes, public: bytes, made: Public, tmp_path: Path
) -> None:
    place = tmp_path / "salts.json"
    salts.write(place, made.words, people.Fixed())
    assert place.stat().st_mode & 0o777 == 0o600
    whole = json.loads(place.read_bytes())
    entry = next(row for row in whole["texts"] if row["text"] == people.PHONE)
    one = canonical.dump_file({"schema": whole["schema"], "texts": [entry]})
    ((text, fields),) = salts.shown(one, "one.json", public)
    assert text == people.PHONE
    assert fields == f"value of row 1 of {people.CONTACTS}"
    assert salted(bytes.fromhex(entry["salt"]), text) == next(
        row["sha256"] for row in found(files_of(public), "redactions.json")["texts"]
        if row["token"] == entry["token"]
    )  # fmt: skip
    with pytest.raises(BadBundle, match="no public form"):
        salts.shown(one, "one.json", private)
    again = salts.read(place)
    assert publish(private, again, pages=people.pages).raw == public
    less = [word for word in made.words if word.text != people.MAIL]
    salts.write(place, less, again)
    assert json.loads(place.read_bytes()) == whole, "a salt that is there is never lost"


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row.update(text="+49 170 555 0198"),
        lambda row: row.update(salt="00" * 32),
        lambda row: row.update(salt="00"),
        lambda row: row.update(salt=7),
        lambda row: row.pop("token"),
        lambda row: row.update(text="Somebody", token=token_of(salted(bytes(32), "Somebody")),
                               salt="00" * 32),
    ],
)  # fmt: skip
def test_an_entry_that_shows_another_text_is_refused(
    public: bytes, made: Public, change: Callable[[dict[str, str]], object]
) -> None:
    one = made.words[0]
    row = {"token": one.token, "salt": one.salt.hex(), "text": one.text}
    change(row)
    schema = {"name": "privatedao-audit/salts", "version": 1}
    raw = json.dumps({"schema": schema, "texts": [row]}).encode()
    with pytest.raises(BadBundle) as refused:
        salts.shown(raw, "one.json", public)
    assert refused.value.stage == "redactions"


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"schema": 1}', b"\xff", b"[" * 9000])
def test_what_is_no_file_of_salts_is_refused(public: bytes, raw: bytes) -> None:
    with pytest.raises(BadBundle):
        salts.shown(raw, "one.json", public)
