"""``bundle``, ``verify`` and ``sign`` on the command line: what they print and refuse."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from solders.keypair import Keypair

from privatedao_audit.bundle import container
from privatedao_audit.cli import main

_SAMPLES = Path(__file__).parents[1] / "bundle" / "bundle_samples.py"
TEAM = Keypair.from_seed(hashlib.sha256(b"cli team").digest())
AUDITOR = Keypair.from_seed(hashlib.sha256(b"cli auditor").digest())


class Cli:
    """Runs a command and keeps what it printed."""

    def __init__(self, capfdbinary: Any) -> None:
        self._captured = capfdbinary
        self.raw = b""
        self.out = self.err = ""

    def __call__(self, *arguments: object) -> int:
        with pytest.raises(SystemExit) as left:
            main([str(one) for one in arguments])
        self.raw, err = self._captured.readouterr()
        self.out, self.err = self.raw.decode(), err.decode()
        assert "Traceback" not in self.err
        secret = str(list(bytes(TEAM))[:5])[1:-1]
        assert secret not in self.out + self.err
        assert isinstance(left.value.code, int)
        return left.value.code


@pytest.fixture
def cli(capfdbinary: Any) -> Cli:
    return Cli(capfdbinary)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the invented run."""
    spec = importlib.util.spec_from_file_location("cli_bundle_samples", _SAMPLES)
    assert spec is not None and spec.loader is not None
    samples = importlib.util.module_from_spec(spec)
    sys.modules["cli_bundle_samples"] = samples
    spec.loader.exec_module(samples)
    return Path(samples.run_folder(tmp_path_factory.mktemp("run") / "case"))


@pytest.fixture
def bundle(made: Path, tmp_path: Path, cli: Cli) -> Path:
    place = tmp_path / "case.zip"
    assert cli("bundle", made, "--out", place) == 0
    return place


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Path]:
    for name, pair in (("team", TEAM), ("auditor", AUDITOR)):
        (tmp_path / f"{name}.json").write_text(json.dumps(list(bytes(pair))))
    return {name: tmp_path / f"{name}.json" for name in ("team", "auditor")}


def printed(out: str, name: str) -> str:
    (found,) = [line for line in out.splitlines() if line.startswith(name)]
    return found.removeprefix(name).strip()


def test_bundle_and_verify_print_both_digests(cli: Cli, bundle: Path) -> None:
    digest, root = printed(cli.out, "bundle digest"), printed(cli.out, "evidence root")
    listed = container.read(bundle.read_bytes())["manifest.json"].data
    assert digest == hashlib.sha256(listed).hexdigest() != root
    assert cli("verify", bundle) == 0
    assert printed(cli.out, "bundle digest") == digest
    assert printed(cli.out, "evidence root") == root
    assert printed(cli.out, "verdict").startswith("NOT READY")
    assert "Who made it is not known" in cli.out
    assert cli("verify", bundle, "--digest", digest) == 0
    assert "Verified: consistent" in cli.out
    assert cli("verify", bundle, "--digest", root) == 1
    assert "This bundle is REFUSED." in cli.out


def test_a_bundle_that_is_there_is_kept_with_its_signatures(
    cli: Cli, bundle: Path, made: Path, keys: dict[str, Path]
) -> None:
    assert cli("sign", bundle, "--key", keys["team"], "--role", "team") == 0
    kept = bundle.read_bytes()
    assert cli("bundle", made, "--out", bundle) == 0
    assert bundle.read_bytes() == kept


@pytest.mark.parametrize("content", [b"something", b""])
def test_another_file_is_not_overwritten(
    cli: Cli, made: Path, tmp_path: Path, content: bytes
) -> None:
    place = tmp_path / "mine.zip"
    place.write_bytes(content)
    assert cli("bundle", made, "--out", place) == 64
    assert place.read_bytes() == content


def test_the_bundle_lies_beside_its_run_by_default(cli: Cli, made: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(made, tmp_path / "v1.2"))
    assert cli("bundle", folder) == 0
    assert (tmp_path / "v1.2.zip").is_file()


def test_team_and_auditor_sign(cli: Cli, bundle: Path, keys: dict[str, Path]) -> None:
    named = ("--signer", f"{TEAM.pubkey()}=team", "--signer", f"{AUDITOR.pubkey()}=auditor")
    assert cli("verify", bundle, *named) == 1
    assert cli.out.count("did not sign this bundle") == 2
    for name, path in keys.items():
        assert cli("sign", bundle, "--key", path, "--role", name) == 0
        assert "agrees with NOT READY" in cli.out
    assert cli("verify", bundle, *named) == 0
    assert cli.out.count("(named by you) agrees") == 2
    assert cli("verify", bundle, "--json") == 0
    report = json.loads(cli.out)
    assert [row["known"] for row in report["signatures"]] == [False, False]
    assert (report["ok"], report["vouched"]) == (True, False)


def test_a_signature_made_elsewhere_is_attached(cli: Cli, bundle: Path) -> None:
    common = ("sign", bundle, "--signer", str(TEAM.pubkey()), "--role", "team")
    before = bundle.read_bytes()
    assert cli(*common, "--detached") == 0
    message = cli.raw
    assert hashlib.sha256(message).hexdigest() in cli.err
    assert bundle.read_bytes() == before
    signature = TEAM.sign_message(message)
    for text in (str(signature), base64.b64encode(bytes(signature)).decode()):
        bundle.write_bytes(before)
        assert cli(*common, "--attach", text) == 0
        assert cli("verify", bundle, "--signer", f"{TEAM.pubkey()}=team") == 0
    bundle.write_bytes(before)
    assert cli(*common, "--disagree", "No.", "--attach", str(signature)) == 64
    assert "no signature of" in cli.err
    assert bundle.read_bytes() == before


def test_a_disagreement_of_a_named_auditor_refuses(
    cli: Cli, bundle: Path, keys: dict[str, Path]
) -> None:
    words = "A vault\x1b[2J was not looked at."
    signed = ("sign", bundle, "--key", keys["auditor"], "--role", "auditor", "--disagree", words)
    assert cli(*signed) == 0
    assert cli("verify", bundle) == 0
    assert "disagrees" in cli.out
    assert cli("verify", bundle, "--signer", f"{AUDITOR.pubkey()}=auditor") == 1
    assert "disagrees as auditor" in cli.out
    assert "\x1b[2J" not in cli.out


def test_an_old_recording_can_be_refused(cli: Cli, bundle: Path) -> None:
    assert cli("verify", bundle, "--max-age", "0") == 1
    assert "REFUSED        age" in cli.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["verify", "nowhere.zip"], "no such file"),
        (["verify"], "Missing argument"),
        (["verify", "BUNDLE", "--signer", "x=team"], "KEY=team or KEY=auditor"),
        (["verify", "BUNDLE", "--signer", f"{TEAM.pubkey()}=owner"], "KEY=team or KEY=auditor"),
        (["verify", "BUNDLE", "--signer", f"{TEAM.pubkey()}=team", "--signer",
          f"{TEAM.pubkey()}=auditor"], "twice"),
        (["verify", "BUNDLE", "--digest", "0"], "64 hexadecimal digits"),
        (["verify", "BUNDLE", "--max-age", "-1"], "--max-age"),
        (["bundle", "."], "no finished run"),
        (["sign", "BUNDLE", "--role", "team"], "exactly one of"),
        (["sign", "BUNDLE", "--role", "owner", "--detached"], "--role"),
        (["sign", "BUNDLE", "--role", "team", "--detached"], "--signer goes with"),
        (["sign", "BUNDLE", "--role", "team", "--detached", "--signer", "x"], "base58"),
        (["sign", "BUNDLE", "--role", "team", "--key", "nowhere.json"], "no such file"),
        (["sign", "BUNDLE", "--role", "team", "--signer", str(TEAM.pubkey()), "--attach", "x"],
         "base58 or base64"),
    ],
)  # fmt: skip
def test_bad_usage_is_said_in_a_line(
    cli: Cli, bundle: Path, arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bundle.parent)
    before = bundle.read_bytes()
    assert cli(*(bundle if one == "BUNDLE" else one for one in arguments)) == 64
    assert words in " ".join(cli.err.split())
    assert bundle.read_bytes() == before


def test_a_truncated_bundle_is_refused(cli: Cli, bundle: Path, keys: dict[str, Path]) -> None:
    bundle.write_bytes(bundle.read_bytes()[:-100])
    assert cli("verify", bundle) == 1
    assert "REFUSED        container" in cli.out
    assert cli("sign", bundle, "--key", keys["team"], "--role", "team") == 64


# Annotations, hardware wallets


NOTES = """
schema = 1
[auditor]
name = "A. Auditor\\u001b[2J"
[scope]
covers = "All of it."
[[lowered]]
control = "UA-01"
status = "UNKNOWN"
reason = "One signer could not be reached."
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    (tmp_path / "notes.toml").write_text(NOTES, encoding="utf-8")
    return tmp_path / "notes.toml"


def test_annotations_are_signed_with_the_bundle_and_shown(
    cli: Cli, bundle: Path, keys: dict[str, Path], notes: Path
) -> None:
    common = ("sign", bundle, "--role", "auditor", "--annotations", notes)
    assert cli(*common, "--key", keys["auditor"]) == 0
    assert printed(cli.out, "annotations") == "lower UA-01, leave NOT READY"
    assert cli("verify", bundle, "--signer", f"{AUDITOR.pubkey()}=auditor") == 0
    assert "lowered      UA-01 to ? UNKNOWN: One signer could not be reached." in cli.out
    assert "leaves       NOT READY" in cli.out
    assert "\x1b" not in cli.out
    assert cli("verify", bundle, "--json") == 0
    (row,) = json.loads(cli.out)["signatures"]
    assert row["annotations"]["lowered"][0]["control"] == "UA-01"
    assert (row["by"], row["leaves"]) == ("dsse", "NOT READY")


def test_a_hardware_wallet_signs_one_line(cli: Cli, bundle: Path, notes: Path) -> None:
    common = (
        "sign", bundle, "--role", "auditor", "--signer", str(AUDITOR.pubkey()), "--offchain",
        "--annotations", notes,
    )  # fmt: skip
    assert cli(*common, "--detached") == 0
    line = cli.out
    assert f"solana sign-offchain-message --keypair KEYPAIR '{line}'" in cli.err
    assert "\n" not in line and "'" not in line
    # What the command line and a Ledger sign: domain, version, format, length, text.
    body = line.encode("ascii")
    head = b"\xffsolana offchain" + b"\0\0" + len(body).to_bytes(2, "little")
    assert cli(*common, "--attach", str(AUDITOR.sign_message(head + body))) == 0
    assert cli("verify", bundle, "--signer", f"{AUDITOR.pubkey()}=auditor") == 0
    assert cli.out.count("(named by you) agrees") == 1
    assert cli(*common[:-2], "--attach", str(AUDITOR.sign_message(head + body))) == 64


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--annotations", "nowhere.toml"], "no such file"),
        (["--annotations", "."], "no such file"),
        (["--offchain"], "--offchain goes with"),
        (["--annotations", "bad.toml"], "did you mean 'reason'"),
        (["--annotations", "raising.toml"], "annotations only lower"),
    ],
)
def test_bad_annotations_are_said_in_a_line(
    cli: Cli, bundle: Path, keys: dict[str, Path], options: list[str], words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(bundle.parent)
    Path("bad.toml").write_text(NOTES.replace("reason", "raeson"))
    raising = NOTES.replace("UA-01", "UA-06").replace("UNKNOWN", "MISSING")
    Path("raising.toml").write_text(raising)
    before = bundle.read_bytes()
    assert cli("sign", bundle, "--role", "auditor", "--key", keys["auditor"], *options) == 64
    assert words in " ".join(cli.err.split())
    assert bundle.read_bytes() == before
