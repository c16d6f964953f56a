"""One look: every status has a mark that the bundled fonts can draw and anyone can read."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from privatedao_audit.model.status import Status
from privatedao_audit.report.typefaces import FONTS
from privatedao_audit.view import style


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_every_status_has_a_mark_of_its_own() -> None:
    assert set(style.STATUS_MARKS) == set(Status)
    marks = style.STATUS_MARKS.values()
    assert len({m.glyph for m in marks}) == len({m.slug for m in marks}) == len(Status)
    assert all(m.word == status.value for status, m in style.STATUS_MARKS.items())
    outlined = {s.value for s, m in style.STATUS_MARKS.items() if not m.solid}
    assert outlined == {"ATTESTED", "N/A", "WAIVED"}


def test_a_status_without_a_mark_is_an_error() -> None:
    assert style.plain_mark("FAIL") == "✗ FAIL"
    with pytest.raises(ValueError, match="GREAT"):
        style.mark("GREAT")


def test_text_can_be_read_on_both_pages() -> None:
    for page, which in ((style.LIGHT, "light"), (style.DARK, "dark")):
        for name in ("ink", "muted", "accent", "accent-two"):
            assert contrast(page[name], page["page"]) >= 4.5, (which, name)
            assert contrast(page[name], page["panel"]) >= 4.5, (which, name)
        for mark in style.STATUS_MARKS.values():
            assert contrast(getattr(mark, which), page["page"]) >= 4.5, (which, mark.word)


def test_neighbouring_series_differ_in_lightness() -> None:
    for one, other in zip(style.SERIES, style.SERIES[1:], strict=False):
        assert contrast(one, other) > 1.8, (one, other)


def test_the_fonts_have_the_marks_and_even_figures() -> None:
    marks = TTFont(FONTS / "marks.woff2").getBestCmap()
    assert [m.glyph for m in style.STATUS_MARKS.values() if ord(m.glyph) not in marks] == []
    for name in ("text-400", "text-600", "mono-400"):
        font = TTFont(FONTS / f"{name}.woff2")
        cmap = font.getBestCmap()
        missing = [
            chr(c)
            for c in range(0x20, 0x17F)
            if c != 0xAD and not 0x7F <= c < 0xA0 and c not in cmap
        ]
        assert missing == [], name
        assert len({font["hmtx"][cmap[ord(d)]][0] for d in "0123456789"}) == 1
        shapes = {cmap[ord(c)] for c in "0O1lI"}
        assert len(shapes) == 5


def test_the_fonts_carry_own_names_and_their_licences_lie_beside_them() -> None:
    for path in FONTS.glob("*.woff2"):
        names = str(TTFont(path)["name"].getDebugName(1))
        assert names.startswith("Readiness "), path.name
    assert "SIL OPEN FONT LICENSE" in (FONTS / "OFL-1.1.txt").read_text("utf-8")
    assert "Bitstream Vera" in (FONTS / "DejaVu-licence.txt").read_text("utf-8")
    assert sum(p.stat().st_size for p in FONTS.glob("*.woff2")) < 200_000


def test_a_figure_needs_alt_and_title(synthetic: object) -> None:
    from matplotlib.figure import Figure

    with pytest.raises(ValueError, match="alt text"):
        style.figure_html(Figure(), alt="  ", title="It holds")
    with pytest.raises(ValueError, match="title"):
        style.figure_html(Figure(), alt="A line.", title="")


DRAW = """
import runpy, sys
module = runpy.run_path(sys.argv[1])
sys.stdout.write(module["figure"]().svg)
"""


def test_a_figure_is_the_same_bytes_in_any_process(synthetic: object) -> None:
    made = [
        subprocess.run(
            [sys.executable, "-c", DRAW, str(synthetic.__file__)],  # type: ignore[attr-defined]
            capture_output=True, check=True, text=True, env=_environment(seed),
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert made[0] == made[1]
    assert made[0].startswith("<svg") and "<text" in made[0]
    assert not re.search(r"\d{4}-\d\d-\d\dT", made[0])


def _environment(seed: str) -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONHASHSEED": seed, "MPLBACKEND": "agg"}


def test_the_style_loads_no_drawing_library() -> None:
    code = (
        "import sys, privatedao_audit.view.style as s; s.plain_mark('PASS'); "
        "sys.exit('matplotlib' in sys.modules or 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parent)
    assert done.returncode == 0
