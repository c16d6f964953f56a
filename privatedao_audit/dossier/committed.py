"""Write the schemas of the forms where they are committed: ``python -m`` this module."""

from __future__ import annotations

from privatedao_audit import assets
from privatedao_audit.dossier.forms import SCHEMAS
from privatedao_audit.dossier.schema import schemas


def main() -> None:
    """Write ``templates/dossier/schemas`` anew, and remove what no form has any more."""
    folder = assets.folder("templates") / "dossier" / SCHEMAS
    folder.mkdir(exist_ok=True)
    made = schemas()
    for path in folder.glob("*.json"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
