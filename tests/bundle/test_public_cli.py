"""``bundle --public`` and ``verify --open`` on the command line: what they print and refuse."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import people
import pytest
from bundle_samples import files_of

from privatedao_audit.bundle.public import make
from privatedao_audit.cli import main

Run = tuple[int, str]


class Cli:
    """Runs a command; no output ever holds a text that is withheld."""

    def __init__(self, captured: pytest.CaptureFixture[str]) -> None:
        self._captured = captured

    def __call__(self, *arguments: object, shown: str = "") -> Run:
        with pytest.raises(SystemExit) as left:
            main([str(one) for one in arguments])
        both = "".join(self._captured.readouterr())
        assert "Traceback" not in both
        assert not [one for one in people.SECRET if one in both and one != shown]
        assert isinstance(left.value.code, int)
        return left.value.code, both


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    invented = functools.partial(make.publish, pages=people.pages)
    monkeypatch.setattr(make, "publish", invented)
    return Cli(capsys)


@pytest.fixture
def bundle(private: bytes, tmp_path: Path) -> Path:
    place = tmp_path / "case.zip"
    place.write_bytes(private)
    return place


def test_the_public_form_is_written_told_and_opened(cli: Cli, bundle: Path, tmp_path: Path) -> None:
    salts, place = tmp_path / "salts.json", tmp_path / "case-public.zip"
    code, out = cli("bundle", bundle, "--public", "--salts", salts)
    assert code == 0
    assert out.count("withheld  ") == 11
    assert f"value of row 1 of {people.CONTACTS} (incident-contacts)" in out
    assert f"document       {people.REACH}: withheld whole" in out
    assert "left out       report.pdf" in out
    assert f"NOT WITHHELD   name of row 3 of {people.CONTACTS}" in out
    assert "stands in target.toml" in out
    assert salts.stat().st_mode & 0o777 == 0o600
    assert people.PHONE in {row["text"] for row in json.loads(salts.read_bytes())["texts"]}

    code, out = cli("verify", place)
    assert code == 0
    assert "11 fields of 2 documents withheld" in out and "was not checked" in out
    code, out = cli("verify", place, "--json")
    said = json.loads(out)
    assert said["ok"] and said["public_form_of"]
    whole = json.loads(salts.read_bytes())
    one = [row for row in whole["texts"] if row["text"] == people.PHONE]
    entry = tmp_path / "entry.json"
    entry.write_text(json.dumps({**whole, "texts": one}))
    code, out = cli("verify", place, "--open", entry, shown=people.PHONE)
    assert code == 0
    assert f"value of row 1 of {people.CONTACTS} is '{people.PHONE}'" in out
    entry.write_text(json.dumps({**whole, "texts": [{**one[0], "text": "+49 170 555 0198"}]}))
    code, out = cli("verify", place, "--open", entry)
    assert code == 1 and "REFUSED        redactions" in out

    again = tmp_path / "again.zip"
    assert cli("bundle", bundle, "--public", "--salts", salts, "--out", again)[0] == 0
    assert files_of(again.read_bytes()) == files_of(place.read_bytes())


def test_without_a_place_for_salts_nothing_can_be_opened_later(
    cli: Cli, bundle: Path, tmp_path: Path
) -> None:
    code, out = cli("bundle", bundle, "--public")
    assert code == 0 and "no field can be shown to anyone later" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case-public.zip", "case.zip"]


def test_what_needs_every_answer_refuses_a_public_form(
    cli: Cli, public: bytes, tmp_path: Path
) -> None:
    place = tmp_path / "public.zip"
    place.write_bytes(public)
    rpc = ("--rpc", "main=http://127.0.0.1:1")
    for arguments in (
        ("run", "--replay", place, "--out", tmp_path / "out"),
        ("run", "--like", place, *rpc, "--out", tmp_path / "out"),
        ("still-true", place, *rpc),
    ):
        code, out = cli(*arguments)
        assert code == 64, arguments
        assert "public form, in which 5 answers are withheld" in out
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--salts", "salts.json"), "--salts is for --public"),
        ((), "is a file: name the folder of a run"),
        (("--public", "--salts", "FILE"), "name one file"),
        (("--public", "--salts", "BROKEN"), "is no file of salts"),
    ],
)
def test_bad_usage(
    cli: Cli, bundle: Path, tmp_path: Path, arguments: tuple[str, ...], why: str
) -> None:
    (tmp_path / "broken.json").write_text("{}")
    places = {"FILE": bundle.with_name("x.zip"), "BROKEN": tmp_path / "broken.json"}
    given = [places.get(one, one) for one in arguments]
    code, out = cli("bundle", bundle, "--out", tmp_path / "x.zip", *given)
    assert code == 64 and why in " ".join(out.split())
    assert not (tmp_path / "x.zip").exists()


def test_a_file_that_is_no_bundle_has_no_public_form(cli: Cli, tmp_path: Path) -> None:
    place = tmp_path / "x.zip"
    place.write_bytes(b"something")
    code, out = cli("bundle", place, "--public")
    assert code == 64 and "refused" in out
