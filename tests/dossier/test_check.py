"""Forms that were filled in: what is misspelt or malformed is told, what is right is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from privatedao_audit.dossier.blank import blank
from privatedao_audit.dossier.check import faults, faults_of
from privatedao_audit.dossier.forms import Form, forms
from privatedao_audit.dossier.profile import Subject

KEY = "4Mm5YTRbJuyA8NcWM85wTnx6ZQMXNph2DSnzCCKLhsMD"
BLANK = blank(Subject("dao", "testnet"), "dossier")


def form(path: str) -> Form:
    (found,) = [one for one in forms() if one.path == path]
    return found


def told(path: str, *changes: tuple[str, str]) -> list[str]:
    """What is wrong in a form after some texts of it were replaced."""
    one = form(path)
    text = BLANK[one.place]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return faults_of(one, text.encode())


@pytest.mark.parametrize("one", forms(), ids=lambda one: one.path)
def test_a_blank_form_has_no_faults(one: Form) -> None:
    assert faults_of(one, BLANK[one.place].encode()) == []


def test_a_filled_form_has_no_faults() -> None:
    assert told(
        "custody/custody-record.toml",
        ('cluster = ""', 'cluster = "testnet"'), ('program_id = ""', f'program_id = "{KEY}"'),
        ('upgrade_authority = ""', 'upgrade_authority = "none"'),
        ("members = []", f'members = ["{KEY}"]'), ('threshold = ""', "threshold = 2"),
        ('time_lock_seconds = ""', 'time_lock_seconds = "172800"'),
        ("dao_authority = []", 'dao_authority = ["none"]'),
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        ("custody/custody-record.toml", 'threshold = ""', "treshold = 2",
         "treshold: unknown key (did you mean 'threshold'?)"),
        ("custody/signer-register.toml", 'owner = ""', 'ovner = "ops"',
         "signers.1.ovner: unknown key (did you mean 'owner'?)"),
        ("custody/authority-path.toml", "[rehearsal]", "[rehersal]",
         "rehersal: unknown key (did you mean 'rehearsal'?)"),
        ("custody/signer-register.toml", "[[signers]]", "[[signer]]",
         "signer: unknown key (did you mean 'signers'?)"),
        ("custody/signer-register.toml", 'key = ""', 'key = "0OIl"',
         "signers.1.key: '0OIl' is not of the form that is read here"),
        ("custody/custody-record.toml", 'cluster = ""', 'cluster = "main"',
         "cluster: 'main' is none of mainnet-beta, testnet, devnet, localnet"),
        ("custody/signer-register.toml", "roles = []", 'roles = "keeper"',
         "signers.1.roles: is not of type array"),
        ("gate/waivers.toml", 'expires = ""', 'expires = "soon"',
         "waivers.1.expires: 'soon' is not of the form that is read here"),
        ("gate/waivers.toml", 'owner = ""', 'zzzzzzz = "x"', "waivers.1.zzzzzzz: unknown key"),
        ("incident/drill-record.toml", "gaps = []", 'gaps = [{ text = "x", close = true }]',
         "drills.1.gaps.1.close: unknown key (did you mean 'closed'?)"),
        ("incident/bad-proposal.md", "owner:\n", "onwer: ops\n",
         "onwer: unknown key (did you mean 'owner'?)"),
        ("treasury/transaction-archive.toml", '"slot": 0', '"slots": 0',
         "executed.1.slots: unknown key (did you mean 'slot'?)"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_the_nearest_known_key(
    path: str, old: str, new: str, said: str
) -> None:
    assert said in told(path, (old, new))


def test_a_list_that_went_missing_is_told() -> None:
    assert told("custody/signer-register.toml", ("[[signers]]", "[signers]")) == [
        "signers: is not of type array"
    ]
    assert "it: has no signers" in told("custody/signer-register.toml", ("[[signers]]", "[x]"))


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe", b"key = ", b"\xef\xbb\xbfa = 1", b"a = 1\na = 2", b"x = 1" + b"0" * 5000],
)
def test_what_is_no_document_is_told_and_not_raised(data: bytes) -> None:
    (said,) = faults_of(form("custody/custody-record.toml"), data)
    assert said.startswith("it")


def test_a_flood_of_faults_is_cut() -> None:
    many = "".join(f"unknown{number} = 1\n" for number in range(300)).encode()
    said = faults_of(form("custody/custody-record.toml"), many)
    assert len(said) == 21
    assert said[-1] == "and 280 more"


def test_control_characters_never_reach_the_terminal() -> None:
    (said, *_rest) = faults_of(
        form("custody/custody-record.toml"), b'"a\\u001b[2J" = 1\ncluster = "\\u001b[2J"\n'
    )
    assert "\x1b" not in said


def test_a_folder_is_searched_by_places_and_by_schema_lines(tmp_path: Path) -> None:
    for name, text in BLANK.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    seen, said = faults(tmp_path)
    assert (seen, said) == (len(forms()), [])

    moved = tmp_path / "our-signers.toml"
    (tmp_path / "custody" / "signer-register.toml").rename(moved)
    moved.write_text(moved.read_text().replace('custody = ""', 'custodi = ""'))
    (tmp_path / "notes.toml").write_text("anything = 1\n")
    assert faults(tmp_path) == (
        seen, ["our-signers.toml: signers.1.custodi: unknown key (did you mean 'custody'?)"],
    )  # fmt: skip


def test_what_is_fetched_or_built_is_left_out_and_a_flood_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("node_modules", "target", ".git", "schemas"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "waivers.toml").write_text("#:schema x/waivers.schema.json\na = 1\n")
    assert faults(tmp_path) == (0, [])
    monkeypatch.setattr("privatedao_audit.dossier.check._MAX_FILES", 3)
    for number in range(5):
        (tmp_path / f"{number}.toml").write_text("a = 1\n")
    assert faults(tmp_path) == (0, ["more than 3 files lie here; name the dossier's own folder"])


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.toml"
    outside.write_text("#:schema x/waivers.schema.json\nsecret = 1\n")
    folder = tmp_path / "dossier"
    folder.mkdir()
    (folder / "waivers.toml").symlink_to(outside)
    assert faults(folder) == (0, [])


def test_a_filled_archive_keeps_what_the_node_answered() -> None:
    one = form("treasury/transaction-archive.toml")
    tree = json.loads(BLANK[one.place])
    tree["executed"][0] |= {"meta": {"err": None, "fee": 5000, "logMessages": []}, "version": 0}
    assert faults_of(one, json.dumps(tree).encode()) == []
