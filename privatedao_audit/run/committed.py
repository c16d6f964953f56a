"""Execute the notebooks of the checkout in place, with their default parameters.

``make notebooks`` runs this; nothing else ever writes to them.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from privatedao_audit import assets
from privatedao_audit.model.catalogue import DOMAINS
from privatedao_audit.run import files
from privatedao_audit.run.notebooks import execute


def main() -> int:
    """Execute all notebooks and keep them, outputs included; keep none when one stops."""
    scratch = Path(tempfile.mkdtemp(prefix="privatedao-audit-notebooks-"))
    try:
        executed = execute(list(DOMAINS), {}, {}, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    troubles = [f"{one.stem}: {one.trouble}" for one in executed if one.trouble]
    if troubles:
        print("\n".join(troubles), file=sys.stderr)
        return 1
    for one in executed:
        files.write(assets.folder("notebooks") / f"{one.stem}.ipynb", one.content.encode())
        print(f"executed {one.stem}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
