"""Pictures of boxes and arrows: what stands in them, and what they refuse."""

from __future__ import annotations

from itertools import pairwise

import pytest

from privatedao_audit.view.graph import Arrow, Box, Look, Picture, draw

BOXES = (
    Box("program", 0, "governance", ("program",), Look.STRONG),
    Box("vault", 1, "vault 0", ("6aAJ…Vtue",)),
    Box("alice", 2, "alice", ("key pair",), Look.PERSON),
    Box("nobody", 2, "nobody", (), Look.OPEN),
)
HEADINGS = ("what", "held by", "people")


def picture(*arrows: Arrow, boxes: tuple[Box, ...] = BOXES) -> Picture:
    return Picture(boxes, arrows, HEADINGS)


def test_every_text_is_in_the_picture() -> None:
    arrows = (
        Arrow("program", "vault", ("upgrades",)),
        Arrow("vault", "alice", ("2 of 3,", "then 0 s")),
        Arrow("program", "nobody", ("mint", "alone"), dashed=True),
    )
    shown = draw(picture(*arrows), title="One key can", alt="Four boxes.")
    for text in ("governance", "vault 0", "alice", "nobody", *HEADINGS, "upgrades", "then 0 s"):
        assert text in shown.svg
    # A label of several lines stands in one line where a long arrow has the room.
    assert "mint, alone" in shown.svg
    assert (shown.title, shown.alt) == ("One key can", "Four boxes.")


def test_the_same_picture_has_the_same_bytes() -> None:
    given = picture(Arrow("program", "vault"), Arrow("program", "alice"))
    first = draw(given, title="t", alt="a")
    assert draw(given, title="t", alt="a").svg == first.svg


def test_text_by_strangers_is_made_visible_and_is_no_formula() -> None:
    boxes = (*BOXES, Box("x", 0, "$x_1$ \u202egpj", ("<script>",)))
    svg = draw(picture(boxes=boxes), title="t", alt="a").svg
    assert "$x_1$" in svg
    assert "&lt;U+202E&gt;gpj" in svg
    assert "<script>" not in svg
    assert "&lt;script&gt;" in svg


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (Picture((), (), HEADINGS), "no box"),
        (picture(boxes=(*BOXES, BOXES[0])), "two boxes"),
        (picture(Arrow("vault", "program")), "does not go right"),
        (picture(Arrow("alice", "nobody")), "does not go right"),
    ],
)
def test_a_picture_that_means_nothing_is_refused(given: Picture, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        draw(given, title="t", alt="a")


@pytest.mark.parametrize(("title", "alt"), [("", "a"), ("t", " ")])
def test_a_picture_needs_words(title: str, alt: str) -> None:
    with pytest.raises(ValueError, match="the figure has no"):
        draw(picture(), title=title, alt=alt)


def test_boxes_of_one_column_do_not_overlap() -> None:
    from privatedao_audit.view import graph

    boxes = (*BOXES, *(Box(f"p{n}", 2, f"person {n}", ("a", "b")) for n in range(9)))
    arrows = tuple(Arrow("program", box.key, ("alone",)) for box in boxes if box.column == 2)
    items, routes = graph._items(picture(*arrows, boxes=boxes))
    height = graph._place(items, 3)
    for column in range(3):
        stack = sorted((i for i in items if i.column == column), key=lambda item: item.y)
        assert stack[0].y - stack[0].height / 2 >= -1e-9
        assert stack[-1].y + stack[-1].height / 2 <= height + 1e-9
        for above, below in pairwise(stack):
            assert above.y + above.height / 2 < below.y - below.height / 2
    assert all(len(route) == 3 for route in routes)
