"""``run --replay BUNDLE``, ``run --like BUNDLE``, ``diff`` and ``still-true``."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.bundle.build import build
from privatedao_audit.bundle.verify import verify as verified
from privatedao_audit.chain.limits import Policy
from privatedao_audit.chain.resolver import RpcResolver
from privatedao_audit.cli import main
from privatedao_audit.compare import still_true
from privatedao_audit.model import canonical
from privatedao_audit.run import pipeline

_SAMPLES = Path(__file__).parents[1] / "bundle" / "bundle_samples.py"
SECRET = "secret-of-the-endpoint-0123456789"


class Cli:
    """Runs a command and keeps what it printed."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._captured = capfd
        self.out = self.err = ""

    def __call__(self, *arguments: object) -> int:
        with pytest.raises(SystemExit) as left:
            main([str(one) for one in arguments])
        self.out, self.err = self._captured.readouterr()
        assert "Traceback" not in self.err and SECRET not in self.out + self.err
        assert isinstance(left.value.code, int)
        return left.value.code


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Cli:
    return Cli(capfd)


@pytest.fixture(scope="module")
def samples() -> Any:
    spec = importlib.util.spec_from_file_location("again_bundle_samples", _SAMPLES)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["again_bundle_samples"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def made(samples: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an invented run."""
    return Path(samples.run_folder(tmp_path_factory.mktemp("run") / "case"))


@pytest.fixture(scope="module")
def bundle(made: Path) -> Path:
    place = made.parent / "case.zip"
    place.write_bytes(build(made).raw)
    return place


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of a run of the sample, one notebook only."""
    out = tmp_path_factory.mktemp("real") / "run"
    with pytest.raises(SystemExit):
        main(["run", "--target", "sample", "--replay", "bundled", "--only", "gate", "--no-pdf",
              "--out", str(out)])  # fmt: skip
    place = out.parent / "run.zip"
    place.write_bytes(build(out).raw)
    return place


def test_a_bundle_is_replayed_byte_for_byte(cli: Cli, real: Path, tmp_path: Path) -> None:
    code = cli("run", "--replay", real, "--only", "gate", "--no-pdf", "--out", tmp_path / "again")
    verdict = json.loads((tmp_path / "again" / "findings.json").read_bytes())["verdict"]["word"]
    assert verdict == "NOT READY" and code == 1
    (told,) = [line for line in cli.out.splitlines() if line.startswith("reproduced")]
    assert "facts.json, findings.json" in told and "07_readiness_gate.ipynb" in told
    assert "domains/07_readiness_gate.html, report.html" in told


def test_a_forged_verdict_is_not_reproduced(
    cli: Cli, real: Path, samples: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_notebooks", lambda *_: [])

    # Consistent with itself, so that verify accepts it; only judging again tells.
    def forged(found: Any) -> None:
        found["controls"][0]["summary"] = "All is well."

    files = samples.files_of(real.read_bytes())
    kept = {name: data for name, data in files.items()
            if not name.startswith(("notebooks/", "domains/", "report."))}  # fmt: skip
    place = tmp_path / "forged.zip"
    place.write_bytes(samples.zipped(samples.edited(kept, "findings.json", forged)))
    assert cli("verify", place) == 0
    assert cli("run", "--replay", place, "--only", "gate", "--no-pdf", "--out", tmp_path / "x") == 5
    assert "NOT REPRODUCED findings.json has other bytes" in cli.out


def test_a_repetition_is_sorted_into_piles(
    cli: Cli, real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_notebooks", lambda *_: [])
    out = tmp_path / "like"
    # Without an endpoint and a checkout: whatever was read then is not known now.
    code = cli("run", "--like", real, "--only", "gate", "--no-pdf", "--out", out)
    assert code == 2 and "without --repo nothing is known of documents" in cli.err
    assert "Provider disagrees\n  Nothing." in cli.out
    assert "WORSE" in cli.out and "not explained." in cli.out
    assert json.loads((out / "findings.json").read_bytes())["target"]["name"] == "sample"
    text = (out / "compared.md").read_text()
    assert text.startswith("## A run, executed again: ") and "### Method changed" in text
    assert 'id="pile-open"' in (out / "compared.html").read_text()


def test_a_refused_bundle_is_not_replayed(cli: Cli, bundle: Path, tmp_path: Path) -> None:
    place = tmp_path / "cut.zip"
    place.write_bytes(bundle.read_bytes()[:-30])
    for option in ("--replay", "--like"):
        assert cli("run", option, place, "--out", tmp_path / "x") == 64
        assert "is refused" in cli.err
    assert not (tmp_path / "x").exists()


def test_a_bundle_of_another_target_is_refused(cli: Cli, bundle: Path, tmp_path: Path) -> None:
    assert cli("run", "--replay", bundle, "--target", "sample", "--out", tmp_path / "x") == 64
    assert "not of this sample" in cli.err


@pytest.mark.parametrize(
    "options",
    [
        ("--replay", "{bundle}", "--like", "{bundle}"),
        ("--replay", "{bundle}", "--rpc", "a=env:NO_SUCH"),
        ("--like", "{bundle}", "--only", "treasury"),
        ("--like", "no-such-file.zip"),
        (),
    ],
)
def test_bad_usage(cli: Cli, bundle: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    given = [one.format(bundle=bundle) for one in options]
    assert cli("run", *given, "--out", tmp_path / "x") == 64


# diff


def test_a_run_and_its_bundle_are_the_same(cli: Cli, made: Path, bundle: Path) -> None:
    assert cli("diff", made, bundle) == 0
    assert cli.out.rstrip().endswith("Nothing is worse.")


def worse_than(made: Path, folder: Path) -> Path:
    """A copy of a run that read less."""
    copy = Path(shutil.copytree(made, folder / "later"))
    facts = json.loads((copy / "facts.json").read_bytes())
    facts["tables"] = {}
    earlier = {**facts, "tables": {"tables/votes-x.parquet": {"rows": 3, "sha256": "0" * 64}}}
    state = json.loads((made / "run.json").read_bytes())
    for place, value in ((copy, facts), (folder / "earlier", earlier)):
        if not place.exists():
            shutil.copytree(made, place)
        raw = canonical.dump_file(value)
        (place / "facts.json").write_bytes(raw)
        state["files"]["facts.json"] = canonical.sha256(raw)
        (place / "run.json").write_bytes(canonical.dump_file(state))
    return copy


def test_fewer_facts_are_worse(cli: Cli, made: Path, tmp_path: Path) -> None:
    later = worse_than(made, tmp_path)
    page, text = tmp_path / "diff.html", tmp_path / "diff.md"
    assert cli("diff", tmp_path / "earlier", later, "--html", page, "--markdown", text) == 1
    assert "WORSE" in cli.out
    assert text.read_text().startswith("## Difference of two runs: Worse")
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert cli("diff", later, tmp_path / "earlier", "--markdown", "-") == 0
    assert cli.out.startswith("## Difference of two runs: Nothing is worse")


def test_what_is_no_run_is_refused(cli: Cli, made: Path, tmp_path: Path) -> None:
    assert cli("diff", made, tmp_path) == 64
    assert "run.json is missing" in cli.err
    assert cli("diff", tmp_path / "absent", made) == 64


# still-true


def test_an_endpoint_that_is_not_there_leaves_everything_open(
    cli: Cli, real: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = partial(RpcResolver, policy=Policy(attempts=1, backoff_base=0.01, rereads=0))
    monkeypatch.setattr(still_true, "RpcResolver", hasty)
    monkeypatch.setenv("DEAD_RPC", f"http://127.0.0.1:1/{SECRET}")
    # Asked as soon as it was recorded; what age alone ends is told below.
    recorded_at = datetime.fromisoformat(verified(real.read_bytes()).recorded_at)
    monkeypatch.setattr(still_true, "utc_now", lambda: recorded_at)
    assert cli("still-true", real, "--rpc", "dead=env:DEAD_RPC") == 2
    assert "unchanged      0 of" in cli.out and "OPEN" in cli.out
    assert not any(line.startswith("STALE") for line in cli.out.splitlines())


def test_age_alone_ends_a_verdict(cli: Cli, real: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hasty = partial(RpcResolver, policy=Policy(attempts=1, backoff_base=0.01, rereads=0))
    monkeypatch.setattr(still_true, "RpcResolver", hasty)
    monkeypatch.setenv("DEAD_RPC", f"http://127.0.0.1:1/{SECRET}")
    report = verified(real.read_bytes())
    first = min(end for _, end in report.perishable)
    monkeypatch.setattr(still_true, "utc_now", lambda: first + timedelta(seconds=1))
    assert cli("still-true", real, "--rpc", "dead=env:DEAD_RPC") == 1
    stale = [line for line in cli.out.splitlines() if line.startswith("STALE")]
    assert len(stale) == sum(end == first for _, end in report.perishable)
    assert all(f"its evidence was good until {first:%F %T} UTC" in line for line in stale)


def test_still_true_needs_a_sound_bundle_and_an_endpoint(
    cli: Cli, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEAD_RPC", "http://127.0.0.1:1/")
    assert cli("still-true", bundle) == 64
    (tmp_path / "x.zip").write_bytes(bundle.read_bytes()[:100])
    assert cli("still-true", tmp_path / "x.zip", "--rpc", "dead=env:DEAD_RPC") == 64
    assert "is refused" in cli.err


# verify --html


def test_verify_writes_a_cover_sheet_also_of_what_it_refuses(
    cli: Cli, bundle: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "cover.html"
    assert cli("verify", bundle, "--html", sheet) == 0
    assert "who made it is not known" in sheet.read_text()
    (tmp_path / "x.zip").write_bytes(bundle.read_bytes()[:100])
    assert cli("verify", tmp_path / "x.zip", "--html", sheet) == 1
    assert "Refused" in sheet.read_text()
