"""``privatedao-audit rehearse`` before any node is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from privatedao_audit.cli import main
from privatedao_audit.rehearsal.incidents import INCIDENTS


def _exit(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    assert isinstance(left.value.code, int)
    return left.value.code


def test_incidents_are_listed_with_the_detector_meant_for_each(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _exit("rehearse", "--incident", "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(INCIDENTS)
    for line, one in zip(lines, INCIDENTS.values(), strict=True):
        assert line.split()[1] == one.path
        assert one.title in line
        assert line.endswith(f"[{one.detector or 'none: it must stay silent'}]")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give either NAME"),
        (["sample", "--incident", "drain", "--out", "x"], "give either NAME"),
        (["sample"], "--out DIR is missing"),
        (["--incident", "drain"], "--out DIR is missing"),
        (["--incident", "flood", "--out", "x"], "there is no incident 'flood'"),
        (["another", "--out", "x"], "is not one of"),
    ],
)
def test_bad_usage_is_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _exit("rehearse", *arguments) == 64
    assert said in capsys.readouterr().err


def test_an_earlier_rehearsal_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = tmp_path / "drills" / "incident-drain.toml"
    filled.parent.mkdir()
    filled.write_text("ours", encoding="utf-8")
    assert _exit("rehearse", "--incident", "drain", "--out", str(tmp_path)) == 64
    assert "give another --out" in capsys.readouterr().err
    assert filled.read_text(encoding="utf-8") == "ours"
