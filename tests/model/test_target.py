from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from privatedao_audit.domains.authority.world import wallet
from privatedao_audit.model import target
from privatedao_audit.model.clusters import GENESIS_HASHES
from privatedao_audit.model.detection import Detection
from privatedao_audit.model.limits import LIMITS, Limits
from privatedao_audit.model.target import BadTarget

A, B, C, D = (wallet(f"key {n}") for n in range(4))

GOOD = f"""
schema = 1
name = "sample-dao"
title = "A sample"
protocol = "privatedao"

[cluster]
name = "devnet"
genesis_hash = "{GENESIS_HASHES["devnet"]}"

[[programs]]
name = "governance"
id = "{A}"

[[daos]]
name = "DAO"
address = "{B}"
program = "governance"
treasury = "{C}"

[[wallets]]
name = "deployer"
address = "{D}"
roles = ["deployer"]

[[surfaces]]
part = "release-record"
program = "governance"
file = "docs/release.json"
format = "json"
[surfaces.fields]
program_id = "/id"
"""


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) >= 1, old
    return GOOD.replace(old, new, 1)


def test_a_good_profile() -> None:
    profile = target.parse(GOOD, "good.toml")
    assert profile.name == "sample-dao"
    assert profile.limits == Limits()
    assert profile.limits.loosened() == []
    assert profile.surfaces[0].state == "current"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (changed('title = "A', 'titel = "x"\ntitle = "A'),
         "titel: unknown key (did you mean 'title'?)"),
        (changed('id = "', 'ids = "x"\nid = "'),
         "programs.0.ids: unknown key (did you mean 'id'?)"),
        (changed('treasury = "', 'tresury = "x"\ntreasury = "'),
         "daos.0.tresury: unknown key (did you mean 'treasury'?)"),
        (changed('name = "devnet"', 'name = "devnet"\ngenesis = "x"'),
         "cluster.genesis: unknown key (did you mean 'genesis_hash'?)"),
        (changed("[cluster]", "[limits]\nupgrade_delay = 5\n[cluster]"),
         "limits.upgrade_delay: unknown key (did you mean 'upgrade_delay_seconds'?)"),
        (changed("[cluster]", "[qqqq]\nx = 1\n[cluster]"), "qqqq: unknown key"),
        (changed("schema = 1", "schema = 2"), "schema"),
        (changed("schema = 1", ""), "schema: is missing"),
        (changed('title = "A sample"', "title = 5"), "title: "),
        (changed('title = "A sample"', 'title = ""'), "title: "),
        (changed('name = "sample-dao"', 'name = "Sample DAO"'), "name: "),
        (changed('name = "sample-dao"', 'name = "../x"'), "name: "),
        (changed("[cluster]", '[limits]\nmultisig_voters = "3"\n[cluster]'),
         "limits.multisig_voters"),
        (changed("[cluster]", "[limits]\nmultisig_voters = true\n[cluster]"),
         "limits.multisig_voters"),
        (changed("[cluster]", "[limits]\nmultisig_voters = 0\n[cluster]"),
         "limits.multisig_voters"),
        (changed("[cluster]", "[limits]\nchain_fact_age_seconds = 0\n[cluster]"),
         "limits.chain_fact_age_seconds"),
        (changed("[cluster]", "[limits]\nsignature_pages = 2.5\n[cluster]"),
         "limits.signature_pages"),
        (changed(f'id = "{A}"', 'id = "abc"'), "programs.0.id"),
        (changed(f'id = "{A}"', f'id = "{A[:-4]}"'), "32-byte"),
        (changed(f'id = "{A}"', f'id = "0{A[1:]}"'), "not base58"),
        (changed(f'id = "{A}"', f'id = "1{A[:43]}"'), "32-byte"),
        (changed(GENESIS_HASHES["devnet"], GENESIS_HASHES["testnet"]),
         f"the genesis hash of devnet is {GENESIS_HASHES['devnet']}"),
        (changed('name = "devnet"', 'name = "localnet"'),
         "of a public cluster, not of a local one"),
        (changed('name = "devnet"', 'name = "mainnet"'), "cluster.name"),
        (changed('program = "governance"', 'program = "governanse"'),
         "names a program 'governanse' that is not here (did you mean 'governance'?)"),
        (GOOD + '[[surfaces]]\npart = "idl"\nprogram = "other"\nfile = "x"\n'
         'format = "anchor-idl"\n',
         "the surface x names a program 'other' that is not here"),
        (changed('roles = ["deployer"]', "roles = []"), "wallets.0.roles"),
        (changed('roles = ["deployer"]', 'roles = ["boss"]'), "wallets.0.roles"),
        (changed('program_id = "/id"', 'programid = "/id"'),
         "a release-record has no field 'programid' (did you mean 'program_id'?)"),
        (changed('program_id = "/id"', 'threshold = "/id"'), "has no field 'threshold'"),
        (changed('program_id = "/id"', ""), "needs [surfaces.fields]"),
        (changed('format = "json"', 'format = "anchor-idl"'), "knows its own fields"),
        (changed('format = "json"', 'format = "xml"'), "surfaces.0.format"),
        (GOOD + '[[surfaces]]\npart = "anchor-toml"\nprogram = "governance"\nfile = "x"\n'
         'format = "anchor-toml"\n', "needs an entry"),
        (changed("[[daos]]", "[[dao]]"), "dao: unknown key (did you mean 'daos'?)"),
        ("schema = ", "not TOML"),
        (f"schema = {'9' * 5000}", "out of range"),
        ("x = " + "[" * 5000, "bad.toml: "),
    ],
)  # fmt: skip
def test_a_bad_profile_is_refused_with_the_place_and_the_reason(text: str, message: str) -> None:
    with pytest.raises(BadTarget) as caught:
        target.parse(text, "bad.toml")
    assert message in str(caught.value)
    assert str(caught.value).startswith("bad.toml: ")


PROGRAM = f'[[programs]]\nname = "second"\nid = "{C}"\n'


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (PROGRAM.replace("second", "governance"), "program is listed twice: governance"),
        (PROGRAM.replace(C, A), f"program id is listed twice: {A}"),
        (f'[[daos]]\nname = "x"\naddress = "{B}"\nprogram = "governance"\ntreasury = "{C}"\n',
         f"DAO is listed twice: {B}"),
        (f'[[wallets]]\nname = "x"\naddress = "{D}"\nroles = ["demo"]\n',
         f"wallet is listed twice: {D}"),
        ("".join(f'[[multisigs]]\nname = "m"\naddress = "{key}"\n' for key in (C, D)),
         "multisig is listed twice: m"),
    ],
)  # fmt: skip
def test_what_is_listed_twice_is_refused(more: str, what: str) -> None:
    with pytest.raises(BadTarget) as caught:
        target.parse(GOOD + more, "bad.toml")
    assert what in str(caught.value)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../secret",
        "docs/../../secret",
        "docs/..",
        "a\\\\b",
        "C:\\\\x",
        "a\\u0000b",
        "",
    ],
)
def test_a_surface_outside_of_the_checkout_is_refused(path: str) -> None:
    with pytest.raises(BadTarget, match=r"surfaces\.0"):
        target.parse(changed("docs/release.json", path), "bad.toml")


def test_a_list_of_faults_stays_short() -> None:
    many = GOOD + "".join(f'[[mints]]\nname = "m"\naddress = "{n}"\n' for n in range(30))
    with pytest.raises(BadTarget) as caught:
        target.parse(many, "bad.toml")
    assert "more" in str(caught.value)
    assert len(str(caught.value)) < 2_000


@pytest.mark.parametrize("name", target.names())
def test_the_bundled_profiles_load(name: str) -> None:
    profile = target.load(name)
    assert profile.name == name
    recording = target.bundled_recording(profile, name)
    assert (recording is not None) is name.startswith("sample")
    assert recording is None or recording.is_file()


def test_the_bundled_profiles_are_these() -> None:
    assert target.names() == ["privatedao-devnet", "privatedao-testnet", "sample", "sample-healthy"]


def test_an_unknown_profile_names_the_nearest() -> None:
    with pytest.raises(BadTarget, match=r"did you mean 'sample'\?"):
        target.load("sampel")
    with pytest.raises(BadTarget, match="name of a profile"):
        target.load("")


def test_a_profile_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    with pytest.raises(BadTarget, match="can't be read"):
        target.load(str(path))
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BadTarget, match="not UTF-8 at byte 0"):
        target.load(str(path))
    path.write_text(GOOD)
    assert target.load(str(path)) == target.parse(GOOD, "x")


def test_the_digest_is_of_the_meaning_and_not_of_the_layout() -> None:
    profile = target.parse(GOOD, "x")
    relaid = "# a comment\n" + GOOD.replace(" = ", "   =  ").replace("\n[[", "\n\n\n[[")
    assert tomllib.loads(relaid) == tomllib.loads(GOOD)
    assert target.parse(relaid, "y").sha256 == profile.sha256
    bundled = changed("schema = 1", 'schema = 1\nrecording = "../x.sqlite"')
    assert target.parse(bundled, "x").sha256 == profile.sha256
    told = changed("[cluster]", "[limits]\nmultisig_voters = 3\n[cluster]")
    assert target.parse(told, "x").sha256 == profile.sha256, "a default told is the default"
    for text in (
        changed("A sample", "Another sample"),
        changed("/id", "/other"),
        changed("[cluster]", "[limits]\nmultisig_voters = 4\n[cluster]"),
        changed(D, wallet("else")),
    ):
        assert target.parse(text, "x").sha256 != profile.sha256


@pytest.mark.parametrize(
    ("limit", "looser", "tighter"),
    [
        ("upgrade_delay_seconds", 86_399, 86_401),
        ("multisig_threshold", 1, 3),
        ("multisig_voters", 2, 4),
        ("chain_fact_age_seconds", 86_401, 86_399),
        ("signature_pages", 19, 21),
    ],
)
def test_a_looser_limit_is_told(limit: str, looser: int, tighter: int) -> None:
    (told,) = Limits(**{limit: looser}).loosened()
    assert limit in told
    assert str(looser) in told
    assert Limits(**{limit: tighter}).loosened() == []


@pytest.mark.parametrize(
    ("name", "looser", "tighter"),
    [
        ("failure_spike", 9, 7),
        ("step_percent", 51, 49),
        ("repeated_within_seconds", 3_599, 3_601),
        ("reveal_percent", 49, 51),
        ("calendar_seconds", 172_801, 172_799),
    ],
)
def test_a_quieter_detector_is_told(name: str, looser: int, tighter: int) -> None:
    (told,) = Detection(**{name: looser}).loosened()
    assert name in told and str(looser) in told
    assert Detection(**{name: tighter}).loosened() == Detection().loosened() == []
    (told,) = Detection(executors=(A,)).loosened()
    assert "1 further keys" in told


def test_rules_are_held_to_the_defaults_of_the_detectors() -> None:
    loose = Detection(failure_spike=1_000, repeated_failures=50, step_percent=100)
    held = loose.at_most_default()
    assert (held.failure_spike, held.repeated_failures, held.step_percent) == (8, 3, 50)
    assert Detection(failure_spike=2).at_most_default().failure_spike == 2


def test_every_limit_has_a_direction() -> None:
    assert set(LIMITS) == set(Limits.model_fields)
    for name, (default, _) in LIMITS.items():
        assert getattr(Limits(), name) == default


def test_the_current_files_of_this_cluster_are_found_by_part() -> None:
    def surface(part: str, file: str, more: str = "") -> str:
        return (
            f'[[surfaces]]\npart = "{part}"\nprogram = "governance"\nfile = "{file}"\n'
            f'format = "json"\n{more}[surfaces.fields]\nprogram_id = "/id"\n'
        )

    profile = target.parse(
        GOOD
        + surface("release-record", "archived.json", 'state = "archived"\n')
        + surface("release-record", "main.json", 'cluster = "mainnet-beta"\n')
        + surface("custody-record", "keys.json")
        + surface("release-record", "own.json", 'cluster = "devnet"\n'),
        "good.toml",
    )
    assert [one.file for one in profile.current("release-record")] == [
        "docs/release.json", "own.json",
    ]  # fmt: skip
    assert [one.file for one in profile.current()] == [
        "docs/release.json", "keys.json", "own.json",
    ]  # fmt: skip
    assert profile.current("runbook") == ()
