"""One look for everything: status marks, palette, and the style of figures.

The same table serves the report, the notebooks and the terminal, so that a status has one
glyph, one word and one colour wherever it appears. matplotlib is imported only by the
functions that draw.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from privatedao_audit.model.status import Status

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.typing import RcKeyType


@dataclass(frozen=True)
class Mark:
    """How a status looks. Glyph and word carry the meaning alone; colour only helps.

    ``light`` and ``dark`` are the colour on the light and the dark page (each at least 4.5:1
    against its page). ``solid`` marks are filled; ATTESTED, N/A and WAIVED are outlined,
    because nobody measured them.
    """

    glyph: str
    word: str
    slug: str
    light: str
    dark: str
    solid: bool


STATUS_MARKS: dict[Status, Mark] = {
    Status.PASS: Mark("✓", "PASS", "pass", "#17653a", "#6fcf97", True),
    Status.FAIL: Mark("✗", "FAIL", "fail", "#a3161d", "#ff8f8a", True),
    Status.DIVERGED: Mark("≠", "DIVERGED", "diverged", "#7b2382", "#dd9be6", True),
    Status.STALE: Mark("◷", "STALE", "stale", "#7d4a00", "#e3ac5b", True),
    Status.MISSING: Mark("∅", "MISSING", "missing", "#96370a", "#f2a07a", True),
    Status.UNKNOWN: Mark("?", "UNKNOWN", "unknown", "#3f4a57", "#c3ccd6", True),
    Status.ATTESTED: Mark("✎", "ATTESTED", "attested", "#1b5790", "#8fc0ee", False),
    Status.NOT_APPLICABLE: Mark("—", "N/A", "na", "#59616b", "#a2acb6", False),
    Status.WAIVED: Mark("⚑", "WAIVED", "waived", "#7d4a00", "#e3ac5b", False),
}

#: The pages and the two accents (they differ in lightness, so they stay apart in grey).
LIGHT = {
    "page": "#ffffff", "panel": "#f4f5f3", "ink": "#1a222b", "muted": "#56606b",
    "rule": "#d5d9d6", "strong": "#8b949c", "accent": "#1f4370", "accent-two": "#8a5a00",
}  # fmt: skip
DARK = {
    "page": "#12161b", "panel": "#1b2127", "ink": "#e4e8ea", "muted": "#a3adb6",
    "rule": "#313a42", "strong": "#66717b", "accent": "#9cc3f0", "accent-two": "#dcb56a",
}  # fmt: skip

#: Line and fill colours of figures, in order of use: dark and light take turns, so that
#: neighbours differ in lightness as well as in hue.
SERIES = ("#1f4370", "#d08a1e", "#17653a", "#b58bc9", "#a3161d", "#7fa7c9")

TEXT_FAMILY = "Readiness Text"
MONO_FAMILY = "Readiness Mono"
MARKS_FAMILY = "Readiness Marks"


def mark(status: str) -> Mark:
    """The mark of a status word. An unknown word raises ValueError: no look may be guessed."""
    return STATUS_MARKS[Status(status)]


def plain_mark(status: str) -> str:
    """Glyph and word for a terminal or plain text, for example ``✗ FAIL``."""
    found = mark(status)
    return f"{found.glyph} {found.word}"


def css_variables() -> str:
    """The palette as CSS custom properties: light, dark by preference, print always light."""

    def block(page: dict[str, str], which: str) -> str:
        pairs = [f"--{name}:{value}" for name, value in page.items()]
        pairs += [f"--{m.slug}:{getattr(m, which)}" for m in STATUS_MARKS.values()]
        return ";".join(pairs)

    return (
        f":root{{color-scheme:light dark;{block(LIGHT, 'light')}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{block(DARK, 'dark')}}}}}\n"
    )


def matplotlib_style() -> dict[RcKeyType, Any]:
    """rcParams of every figure: SVG whose bytes depend on the data alone, text kept as text."""
    from cycler import cycler

    return {
        "svg.hashsalt": "privatedao-audit",
        "svg.fonttype": "none",
        # A title with dollar signs is a title, not a formula.
        "text.parse_math": False,
        "hatch.linewidth": 0.7,
        "hatch.color": LIGHT["ink"],
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": 9,
        "axes.titlesize": 10.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlepad": 10,
        "axes.labelsize": 9,
        "axes.labelcolor": LIGHT["ink"],
        "axes.edgecolor": LIGHT["strong"],
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=SERIES)
        + cycler(linestyle=["-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1))]),
        "grid.color": LIGHT["rule"],
        "grid.linewidth": 0.6,
        "text.color": LIGHT["ink"],
        "xtick.color": LIGHT["muted"],
        "ytick.color": LIGHT["muted"],
        "xtick.labelsize": 8.5,
        "ytick.labelsize": 8.5,
        "legend.frameon": False,
        "legend.fontsize": 8.5,
        "lines.linewidth": 1.6,
        "figure.figsize": (7.2, 3.2),
        "figure.facecolor": "white",
        "figure.constrained_layout.use": True,
        "savefig.facecolor": "white",
    }


@dataclass(frozen=True)
class FigureDisplay:
    """A figure as Jupyter shows it: SVG, with title and alt text in the output's metadata."""

    svg: str
    alt: str
    title: str

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """Data and metadata by MIME type, the shape IPython asks for."""
        del include, exclude
        data = {"image/svg+xml": self.svg, "text/plain": f"{self.title}. {self.alt}"}
        return data, {"image/svg+xml": {"alt": self.alt, "title": self.title}}


def figure_html(fig: Figure, *, alt: str, title: str) -> FigureDisplay:
    """A drawn figure as a display object for a notebook cell. The figure is closed.

    Args:
        fig: a matplotlib figure drawn under :func:`matplotlib_style`.
        alt: what one sees, in a full sentence; readers of the page get it below the figure.
        title: the finding the figure states. It is drawn above the plot.

    Raises:
        ValueError: ``alt`` or ``title`` is empty.
    """
    if not alt.strip():
        raise ValueError("the figure has no alt text: say in a sentence what one sees in it")
    if not title.strip():
        raise ValueError("the figure has no title: state the finding that it shows")
    import matplotlib
    import matplotlib.pyplot as plt

    with matplotlib.rc_context(matplotlib_style()):
        fig.suptitle(title, x=0.01, ha="left", fontsize=10.5, fontweight="bold")
        out = io.StringIO()
        fig.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(fig)
    # The XML declaration and DOCTYPE are of no use inside a page.
    svg = re.sub(r"\A.*?(?=<svg\b)", "", out.getvalue(), flags=re.DOTALL)
    return FigureDisplay(svg, alt.strip(), title.strip())
