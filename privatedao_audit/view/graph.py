"""A picture of boxes in columns with labelled arrows from left to right.

For chains of control and other graphs that go one way: what is at stake on the left, people on
the right. Meaning lies in words and in line style; fills differ in lightness only, so that the
picture reads the same in grey. matplotlib is imported only by the function that draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from privatedao_audit.view.style import LIGHT, FigureDisplay, figure_html, matplotlib_style
from privatedao_audit.view.text import foreign

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Look(StrEnum):
    """How a box looks."""

    PLAIN = "plain"
    STRONG = "strong"
    PERSON = "person"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Box:
    """A node.

    Attributes:
        key: names it for arrows; unique.
        column: from 0, left to right.
        title, lines: what stands in it; text by strangers is made visible when it is drawn.
        look: ``STRONG`` is filled dark, ``PERSON`` has round corners, ``OPEN`` is dashed: nobody,
            or not known.
    """

    key: str
    column: int
    title: str
    lines: tuple[str, ...] = ()
    look: Look = Look.PLAIN


@dataclass(frozen=True, slots=True)
class Arrow:
    """An edge to a box of a column further right.

    Attributes:
        lines: its label.
        dashed: a way around what the solid arrows say, or one that is not certain.
    """

    source: str
    target: str
    lines: tuple[str, ...] = ()
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes and arrows, and the heading of each column."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    headings: tuple[str, ...]


# Inches. A page is 7.4 inches wide, so that 7-point letters stay 7 points.
_WIDTH, _BOX, _MARGIN = 7.6, 1.28, 0.1
_LINE, _PAD, _GAP, _HEAD = 0.125, 0.09, 0.16, 0.34
#: Room for a long arrow between boxes, with its label above it.
_LANE = 0.16


@dataclass(slots=True)
class _Item:
    """A box, or the place where a long arrow passes a column."""

    column: int
    height: float
    box: Box | None = None
    y: float = 0.0
    before: list[_Item] = field(default_factory=list)
    after: list[_Item] = field(default_factory=list)


def draw(picture: Picture, *, title: str, alt: str) -> FigureDisplay:
    """The picture as a display object for a notebook cell.

    Raises:
        ValueError: ``alt`` or ``title`` is empty, there is no box, two boxes have one key, or an
            arrow does not go from a box to one further right.
    """
    items, routes = _items(picture)
    height = _place(items, len(picture.headings))
    import matplotlib
    import matplotlib.pyplot as plt

    with matplotlib.rc_context({**matplotlib_style(), "figure.constrained_layout.use": False}):
        figure = plt.figure(figsize=(_WIDTH, height + _HEAD + 0.34))
        axes = figure.add_axes((0.0, 0.0, 1.0, (height + _HEAD) / (height + _HEAD + 0.34)))
        axes.set_xlim(0, _WIDTH)
        axes.set_ylim(height, -_HEAD)
        axes.axis("off")
        step = _step(len(picture.headings))
        for number, heading in enumerate(picture.headings):
            axes.text(_MARGIN + number * step, -_HEAD + 0.14, foreign(heading), fontsize=7.5,
                      fontweight="bold", color=LIGHT["muted"], va="center",
                      parse_math=False)  # fmt: skip
        for arrow, route in zip(picture.arrows, routes, strict=True):
            _draw_arrow(axes, arrow, route, step)
        for item in items:
            if item.box is not None:
                _draw_box(axes, item.box, item, step)
        return figure_html(figure, alt=alt, title=title)


def _items(picture: Picture) -> tuple[list[_Item], list[list[_Item]]]:
    """Every box and every passing place, and each arrow's way over them."""
    by_key: dict[str, _Item] = {}
    for box in picture.boxes:
        if box.key in by_key:
            raise ValueError(f"two boxes have the key {box.key}")
        height = _LINE * (1 + len(box.lines)) + 2 * _PAD
        by_key[box.key] = _Item(box.column, height, box)
    if not by_key:
        raise ValueError("there is no box to draw")
    items, routes = list(by_key.values()), []
    for arrow in picture.arrows:
        first, last = by_key[arrow.source], by_key[arrow.target]
        if first.column >= last.column:
            raise ValueError(f"the arrow {arrow.source} to {arrow.target} does not go right")
        route = [first]
        for column in range(first.column + 1, last.column):
            route.append(_Item(column, _LANE))
        route.append(last)
        for before, after in pairwise(route):
            after.before.append(before)
            before.after.append(after)
        items += route[1:-1]
        routes.append(route)
    return items, routes


def _place(items: Sequence[_Item], columns: int) -> float:
    """Give every item its height on the page, columns from the left; returns the height needed."""
    stacks = [[item for item in items if item.column == n] for n in range(columns)]
    needed = max(
        (sum(one.height + _GAP for one in stack) for stack in stacks if stack), default=1.0
    )
    for stack in stacks:
        _stack(stack, needed)
    for _ in range(3):
        for stack in stacks[1:]:
            _sort(stack, needed, back=False)
        # Back again, so that arrows of one source don't cross on their way to their targets.
        for stack in reversed(stacks[1:-1]):
            _sort(stack, needed, back=True)
    for stack in stacks[1:]:
        _towards(stack, needed)
    return needed


def _stack(stack: Sequence[_Item], height: float) -> None:
    """Spread the items of a column evenly."""
    if not stack:
        return
    spare = (height - sum(one.height + _GAP for one in stack)) / (len(stack) + 1)
    top = spare
    for one in stack:
        one.y = top + _GAP / 2 + one.height / 2
        top += one.height + _GAP + spare


def _sort(stack: list[_Item], height: float, *, back: bool) -> None:
    """Order a column by the middle of what leads to its items, and of where they lead."""

    def middle(item: _Item) -> float:
        joined = [*item.before, *(item.after if back else ())]
        return sum(one.y for one in joined) / len(joined) if joined else item.y

    stack.sort(key=middle)
    _stack(stack, height)


def _towards(stack: Sequence[_Item], height: float) -> None:
    """Move the items of a column to where their arrows come from, as far as there is room."""
    for _ in range(8):
        for number, one in enumerate(stack):
            low = one.height / 2 + _GAP / 2
            high = height - low
            if number:
                above = stack[number - 1]
                low = above.y + (above.height + one.height) / 2 + _GAP
            if number + 1 < len(stack):
                below = stack[number + 1]
                high = below.y - (below.height + one.height) / 2 - _GAP
            if one.before and low <= high:
                wanted = sum(before.y for before in one.before) / len(one.before)
                one.y = min(max(wanted, low), high)


def _step(columns: int) -> float:
    return (_WIDTH - 2 * _MARGIN - _BOX) / max(1, columns - 1)


_FILLS: Mapping[Look, tuple[str, str, str]] = {
    Look.PLAIN: (LIGHT["panel"], LIGHT["strong"], LIGHT["ink"]),
    Look.STRONG: (LIGHT["accent"], LIGHT["accent"], "#ffffff"),
    Look.PERSON: ("#ffffff", LIGHT["ink"], LIGHT["ink"]),
    Look.OPEN: ("#ffffff", LIGHT["muted"], LIGHT["ink"]),
}


def _draw_box(axes: Axes, box: Box, item: _Item, step: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    left, top = _MARGIN + item.column * step, item.y - item.height / 2
    fill, edge, ink = _FILLS[box.look]
    shape = "round,pad=0,rounding_size=0.09" if box.look is Look.PERSON else "square,pad=0"
    axes.add_patch(
        FancyBboxPatch(
            (left, top), _BOX, item.height, boxstyle=shape, facecolor=fill, edgecolor=edge,
            linewidth=1.0, linestyle="--" if box.look is Look.OPEN else "-", zorder=3,
        )
    )  # fmt: skip
    for number, text in enumerate((box.title, *box.lines)):
        axes.text(
            left + 0.06, top + _PAD + _LINE * (number + 0.5), foreign(text), va="center",
            fontsize=6.9 if number == 0 else 6.5, color=ink, zorder=4,
            fontweight="bold" if number == 0 else "normal", clip_on=False, parse_math=False,
        )  # fmt: skip


def _draw_arrow(axes: Axes, arrow: Arrow, route: Sequence[_Item], step: float) -> None:
    from matplotlib.path import Path

    points: list[tuple[float, float]] = []
    for number, item in enumerate(route):
        left = _MARGIN + item.column * step
        if number:
            points.append((left - (0.03 if number == len(route) - 1 else 0.0), item.y))
        if number + 1 < len(route):
            points.append((left + _BOX, item.y))
    vertices, codes = [points[0]], [Path.MOVETO]
    for number, ((x0, y0), (x1, y1)) in enumerate(pairwise(points)):
        if number % 2:  # inside a column
            vertices.append((x1, y1))
            codes.append(Path.LINETO)
            continue
        middle = (x0 + x1) / 2
        vertices += [(middle, y0), (middle, y1), (x1, y1)]
        codes += [Path.CURVE4] * 3
    _line(axes, Path(vertices, codes), arrow.dashed)
    if arrow.lines and len(route) > 2:
        # A long arrow has room for its label where it passes the first column.
        axes.text(
            _MARGIN + route[1].column * step, route[1].y - 0.03, foreign(", ".join(arrow.lines)),
            fontsize=6.2, ha="left", va="bottom", color=LIGHT["ink"], zorder=5, parse_math=False,
        )  # fmt: skip
    elif arrow.lines:
        (x0, y0), (x1, y1) = points
        axes.text(
            (x0 + x1) / 2, (y0 + y1) / 2, "\n".join(map(foreign, arrow.lines)), fontsize=6.2,
            ha="center", va="center", color=LIGHT["ink"], zorder=5, linespacing=1.15,
            parse_math=False,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.92},
        )  # fmt: skip


def _line(axes: Axes, path: Any, dashed: bool) -> None:
    from matplotlib.patches import FancyArrowPatch

    axes.add_patch(
        FancyArrowPatch(
            path=path, arrowstyle="-|>", mutation_scale=7, linewidth=0.9, zorder=2,
            color=LIGHT["ink"], linestyle=(0, (3, 2)) if dashed else "-", shrinkA=0, shrinkB=0,
        )
    )  # fmt: skip
