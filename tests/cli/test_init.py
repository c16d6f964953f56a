"""``privatedao-audit init``: what it writes, what it refuses, and what it tells of filled forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from privatedao_audit.cli import main
from privatedao_audit.dossier.forms import forms
from privatedao_audit.dossier.profile import PLACEHOLDERS
from privatedao_audit.dossier.schema import schemas
from privatedao_audit.model import target
from tests.repository.conftest import Repo

PROGRAM = "EP9xE8MJZ6FfyEwLqns6HDdUZBknEa7WGYs1Jzsecuva"
DAO = "FEz2hCLGpDhJ3cdAm5CCWFzrKv8vDDzmmt9UjdF2fApZ"
TREASURY = "46F4oV4edtepPTGqLBfFJeBKdccgfnkk9e4WK7Z1MZD3"
LOCAL = "Ewwy8nAayYaSMtowBPRvuqmX9RgyNDEPYnBFU42YQAnG"


def init(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main(["init", *map(str, arguments)])
    assert isinstance(left.value.code, int)
    return left.value.code


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    made = Repo(tmp_path / "My DAO")
    made.commit("first", README="x")
    return made.root


def test_it_writes_a_profile_that_validates_and_maps_every_form(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dossier = checkout / "papers" / "dossier"
    code = init(dossier, "--cluster", "testnet", "--program", PROGRAM, "--dao", DAO,
                "--treasury", TREASURY, "--program-name", "gov")  # fmt: skip
    assert code == 0
    made = target.load(str(dossier / "target.toml"))
    assert (made.name, made.cluster.name, made.programs[0].id) == ("my-dao", "testnet", PROGRAM)
    assert (made.daos[0].address, made.daos[0].treasury) == (DAO, TREASURY)
    assert {one.program for one in made.surfaces} == {"gov", None}
    assert all((checkout / one.file).is_file() for one in made.surfaces)
    written = content(dossier)
    assert set(written) == (
        {"target.toml"} | {one.place for one in forms()} | {f"schemas/{one}" for one in schemas()}
    )
    mapped = {one.file.removeprefix("papers/dossier/") for one in made.surfaces}
    told = (dossier / "target.toml").read_text()
    for form in forms():
        shown = f'file = "papers/dossier/{form.place}"' in told
        assert shown == bool(form.surfaces)
        assert (form.place in mapped) == (shown and not form.example)
    said = capsys.readouterr()
    assert "fill in" not in said.out
    assert said.err == ""


def test_what_was_not_given_is_a_placeholder_and_said(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(checkout / "dossier") == 0
    made = target.load(str(checkout / "dossier" / "target.toml"))
    assert made.cluster.name == "mainnet-beta"
    assert made.programs[0].id == PLACEHOLDERS["program"]
    assert "fill in  program, dao, treasury" in capsys.readouterr().out


def test_a_local_cluster_is_known_by_its_hash_alone(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(checkout / "d", "--cluster", "localnet") == 64
    assert "--genesis-hash" in capsys.readouterr().err
    assert init(checkout / "d", "--cluster", "localnet", "--genesis-hash", LOCAL) == 0
    assert target.load(str(checkout / "d" / "target.toml")).cluster.genesis_hash == LOCAL


def test_outside_a_checkout_paths_count_from_the_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(tmp_path / "d") == 0
    made = target.load(str(tmp_path / "d" / "target.toml"))
    assert all((tmp_path / "d" / one.file).is_file() for one in made.surfaces)
    assert "lies in no git checkout" in capsys.readouterr().err


def test_the_checkout_itself_may_be_the_folder(checkout: Path) -> None:
    assert init(checkout) == 0
    made = target.load(str(checkout / "target.toml"))
    assert all((checkout / one.file).is_file() for one in made.surfaces)


@pytest.mark.parametrize(
    "taken", ["target.toml", "gate/waivers.toml", "schemas/waivers.schema.json"]
)
def test_nothing_is_overwritten(
    checkout: Path, taken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = checkout / "dossier" / taken
    ours.parent.mkdir(parents=True)
    ours.write_text("ours")
    assert init(checkout / "dossier") == 64
    assert taken in capsys.readouterr().err
    assert content(checkout / "dossier") == {taken: b"ours"}


def test_a_second_time_it_refuses(checkout: Path) -> None:
    assert init(checkout / "dossier") == 0
    before = content(checkout / "dossier")
    assert init(checkout / "dossier", "--cluster", "testnet") == 64
    assert content(checkout / "dossier") == before


@pytest.mark.parametrize("taken", ["target.toml", "gate"])
def test_nothing_is_written_through_a_link(checkout: Path, tmp_path: Path, taken: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    dossier = checkout / "dossier"
    dossier.mkdir()
    (dossier / taken).symlink_to(outside / "target.toml" if "." in taken else outside)
    assert init(dossier) == 64
    assert content(outside) == {}
    assert content(dossier) == {}


@pytest.mark.parametrize("given", [("--program", "0OIl"), ("--dao", DAO + "\n[[x]]"),
                                   ("--name", "No Name"), ("--program-name", 'a"\nb')])  # fmt: skip
def test_what_makes_no_profile_is_refused_and_nothing_written(
    checkout: Path, given: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(checkout / "dossier", *given) == 64
    assert "the profile" in capsys.readouterr().err
    assert not (checkout / "dossier").exists()


@pytest.mark.parametrize("name", ['a"b', "a\nb", "a\x1bb", "a\\b", "a`b"])
def test_a_folder_whose_name_breaks_out_of_a_comment_is_refused(
    checkout: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(checkout / name) == 64
    assert "plainer name" in capsys.readouterr().err
    assert not (checkout / name).exists()


def test_a_folder_may_have_a_name_in_any_script(checkout: Path) -> None:
    assert init(checkout / "Prüfung 🗳") == 0
    made = target.load(str(checkout / "Prüfung 🗳" / "target.toml"))
    assert all((checkout / one.file).is_file() for one in made.surfaces)
    assert init(checkout / "Prüfung 🗳", "--check") == 0


def test_a_folder_that_can_not_be_made_is_said(checkout: Path) -> None:
    (checkout / "file").write_text("x")
    assert init(checkout / "file" / "dossier") == 74


def test_filled_forms_are_checked(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dossier = checkout / "dossier"
    init(dossier)
    assert init(dossier, "--check") == 0
    path = dossier / "gate" / "waivers.toml"
    path.write_text(path.read_text().replace('owner = ""', 'ovner = ""'))
    before = content(dossier)
    capsys.readouterr()
    assert init(dossier, "--check") == 1
    assert capsys.readouterr().out == (
        "gate/waivers.toml: waivers.1.ovner: unknown key (did you mean 'owner'?)\n"
    )
    assert content(dossier) == before


def test_there_has_to_be_something_to_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(tmp_path, "--check") == 64
    assert init(tmp_path / "absent", "--check") == 64
    assert "is not a folder" in capsys.readouterr().err
