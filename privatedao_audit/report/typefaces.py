"""The bundled typefaces: files, and the family names the style sheets use."""

from __future__ import annotations

from pathlib import Path

from privatedao_audit.view.style import MARKS_FAMILY, MONO_FAMILY, TEXT_FAMILY

FONTS = Path(__file__).with_name("fonts")
TEXT_FONT, BOLD_FONT = "text-400.woff2", "text-600.woff2"
MONO_FONT, MARKS_FONT = "mono-400.woff2", "marks.woff2"
#: Family, weight and file of each face.
FACES = (
    (TEXT_FAMILY, 400, TEXT_FONT),
    (TEXT_FAMILY, 600, BOLD_FONT),
    (MONO_FAMILY, 400, MONO_FONT),
    (MARKS_FAMILY, 400, MARKS_FONT),
)
