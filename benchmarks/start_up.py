"""How long the package and its command take to start: medians of fresh processes, in ms.

    .venv/bin/python benchmarks/start_up.py [--rounds 15]

`import` is the time of the import statement itself, the interpreter's own start left out;
`--version` is the whole process, beside an interpreter that does nothing as the peer.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

_IMPORT = (
    "import time; t = time.perf_counter(); import privatedao_audit; print(time.perf_counter() - t)"
)


def main() -> None:
    """Measure and print three lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = range(parser.parse_args().rounds)
    command = Path(sys.executable).parent / "privatedao-audit"
    imports = [float(_run([sys.executable, "-c", _IMPORT])[1]) for _ in rounds]
    empty = [_run([sys.executable, "-c", ""])[0] for _ in rounds]
    version = [_run([command, "--version"])[0] for _ in rounds]
    print(f"import privatedao_audit  {1000 * statistics.median(imports):6.1f} ms")
    print(f"python -c ''             {1000 * statistics.median(empty):6.1f} ms")
    print(f"privatedao-audit --version {1000 * statistics.median(version):4.1f} ms")


def _run(command: list[object]) -> tuple[float, str]:
    began = time.perf_counter()
    done = subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True)
    return time.perf_counter() - began, done.stdout


if __name__ == "__main__":
    main()
