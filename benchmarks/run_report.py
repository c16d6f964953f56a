"""The whole sample run against what a user would do by hand: papermill and nbconvert in loops.

Both sides execute the same notebooks over the same recording and turn them into HTML; on both
sides every process starts from nothing. With the PDF, both sides also make the same eight PDFs
from the same pages: the run in its workers, the other side one after the other in one process.
The sides take turns, so that a machine that slows down slows both.

    .venv/bin/python benchmarks/run_report.py [--rounds 3] [--no-pdf]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
RECORDING = ROOT / "samples" / "sample" / "evidence.sqlite"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))

_PAPER = """
import json, sys
from datetime import datetime
from pathlib import Path
from privatedao_audit.report.pdf import render_pdf
run, out = Path(sys.argv[1]), Path(sys.argv[2])
raw = (run / "findings.json").read_bytes()
findings = json.loads(raw)
made_at = datetime.fromisoformat(findings["run"]["recorded_at"])
for page in [run / "report.html", *sorted((run / "domains").glob("*.html"))]:
    text = page.read_text(encoding="utf-8")
    paper = render_pdf(text, title=findings["target"]["title"],
                       attachment=("findings.json", raw), created=made_at)
    (out / f"{page.stem}.pdf").write_bytes(paper)
"""


def main() -> None:
    """Measure, print one line per round and the ratio of the medians."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-pdf", action="store_true", help="HTML alone on both sides")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _kit(place / "warm", pdf=True)
        _by_hand(place / "warm-by-hand", None)
        ours, theirs = [], []
        for number in range(options.rounds):
            ours.append(_kit(place / f"kit-{number}", pdf=not options.no_pdf))
            pages = None if options.no_pdf else place / "warm"
            theirs.append(_by_hand(place / f"hand-{number}", pages))
            print(f"round {number + 1}: run {ours[-1]:6.2f} s   by hand {theirs[-1]:6.2f} s")
    what = "without the PDFs" if options.no_pdf else "with the same PDFs on both sides"
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"{len(NOTEBOOKS)} notebooks, {what}: {ratio:.2f} of the time")


def _kit(out: Path, *, pdf: bool) -> float:
    command = [BIN / "privatedao-audit", "run", "--target", "sample", "--replay", RECORDING,
               "--out", out, "--pdf" if pdf else "--no-pdf"]  # fmt: skip
    began = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    took = time.perf_counter() - began
    if done.returncode > 4 or not (out / "report.html").is_file():
        raise SystemExit(f"the run failed:\n{done.stderr}")
    return took


def _by_hand(out: Path, pages: Path | None) -> float:
    out.mkdir()
    environment = dict(os.environ, MPLBACKEND="agg")
    began = time.perf_counter()
    for notebook in NOTEBOOKS:
        made = out / notebook.name
        subprocess.run(
            [BIN / "papermill", notebook, made, "-p", "target", "sample",
             "-p", "evidence", RECORDING, "--no-progress-bar", "--cwd", ROOT],
            env=environment, check=True, capture_output=True,
        )  # fmt: skip
        subprocess.run(
            [BIN / "jupyter", "nbconvert", "--to", "html", made],
            env=environment, check=True, capture_output=True,
        )  # fmt: skip
    if pages is not None:
        subprocess.run([sys.executable, "-c", _PAPER, pages, out], cwd=ROOT, check=True)
    took = time.perf_counter() - began
    shutil.rmtree(out)
    return took


if __name__ == "__main__":
    main()
