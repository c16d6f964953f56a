"""Chapters on paper: verdicts beside their headings, tables that repeat another named instead."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from privatedao_audit.report.paper_cards import clear, kinds_of, words


def leave_out_repeated(root: ET.Element) -> None:
    """Put a line in the place of a table that an earlier chapter shows word for word.

    Every notebook opens with what is audited, since each can be read alone; the report needs it
    once.
    """
    seen: dict[str, tuple[str, str]] = {}
    for chapter in _chapters(root):
        shown_here: dict[str, tuple[str, str]] = {}
        for cell in chapter:
            for output in [e for e in cell if "output" in kinds_of(e)]:
                caption = next(output.iter("caption"), None)
                if caption is None:
                    continue
                text = "".join(output.itertext())
                if text in seen:
                    _say_where(output, "".join(caption.itertext()), *seen[text])
                elif cell.get("id"):
                    shown_here[text] = (cell.get("id", ""), _title(chapter))
        seen |= shown_here


def leave_out_folded(root: ET.Element) -> None:
    """Of what a notebook's output folds, keep the sentence, and say where the rest is.

    A table folds the rows that are as they should be (:class:`privatedao_audit.view.table.
    Ordinary`); the sentence counts them.
    """
    for chapter in _chapters(root):
        for output in [e for e in chapter.iter("div") if "output" in kinds_of(e)]:
            for parent in list(output.iter()):
                for fold in [e for e in parent if e.tag == "details"]:
                    said = fold.find("summary")
                    text = "" if said is None else words(said)
                    clear(fold)
                    fold.tag = "p"
                    fold.attrib.clear()
                    fold.set("class", "facts folded")
                    fold.text = f"{text or 'Something is folded here'} (left out here)."


def leave_out_said_in_front(root: ET.Element) -> None:
    """Put a link in the place of an output that repeats a section of this report.

    A cell says so by a tag (templates/report/chapter.html.j2); read alone, the notebook has no
    other place for it.
    """
    here = {e.get("id"): e for e in root.iter("section") if e.get("id")}
    for chapter in _chapters(root):
        for cell in chapter:
            goal = here.get(cell.get("data-in-front", ""))
            if goal is None:
                continue
            heading = next((e for e in goal.iter() if e.tag in ("h2", "h3")), None)
            clear(cell)
            line = ET.SubElement(cell, "p", {"class": "facts"})
            line.text = "In this report: "
            link = ET.SubElement(line, "a", {"class": "there", "href": f"#{goal.get('id')}"})
            link.text = "above" if heading is None else words(heading)


def _say_where(output: ET.Element, caption: str, goal: str, title: str) -> None:
    clear(output)
    output.tag = "p"
    output.set("class", "facts")
    output.text = f"{caption}: as in chapter "
    link = ET.SubElement(output, "a", {"class": "there", "href": f"#{goal}"})
    link.text = title


def _title(chapter: ET.Element) -> str:
    heading = chapter.find("h2")
    return "" if heading is None else " ".join("".join(heading.itertext()).split())


def _chapters(root: ET.Element) -> list[ET.Element]:
    return [e for e in root.iter("section") if "chapter" in kinds_of(e)]


def set_verdict_lines(root: ET.Element) -> None:
    """Make the verdict line of a chapter's control one line that leads to the card.

    Where the chapter has a heading that begins with the control's id, the line stands beside it.
    A line that says that cell and findings disagree stays as it is, where it is.
    """
    for chapter in _chapters(root):
        headings = _headings(chapter)
        for cell in list(chapter):
            for strip in [e for e in cell.iter() if "strip" in kinds_of(e)]:
                name = _one_line(strip)
                if name in headings and "control" in kinds_of(cell) and strip in list(cell):
                    _beside(headings.pop(name), strip)
                    chapter.remove(cell)


def _one_line(strip: ET.Element) -> str | None:
    """The control's id when the strip is one line now, None when it stays as it was."""
    link = next((a for a in strip.iter("a") if "whole" in kinds_of(a)), None)
    name = next(strip.iter("b"), None)
    badge = next((s for s in strip.iter("span") if "badge" in kinds_of(s)), None)
    if "disagrees" in kinds_of(strip) or link is None or name is None or badge is None:
        return None
    said = [kind for kind in kinds_of(strip) if kind != "brief"]
    clear(strip)
    strip.tag = "p"
    strip.set("class", " ".join([*said, "brief"]))
    name.tail, badge.tail, link.tail = " ", " ", None
    link.text = "see"
    strip.extend([name, badge, link])
    return name.text


def _headings(chapter: ET.Element) -> dict[str, tuple[ET.Element, ET.Element]]:
    """The headings of a chapter's own prose, with what holds them, by their first word."""
    found: dict[str, tuple[ET.Element, ET.Element]] = {}
    for prose in chapter:
        if "prose" in kinds_of(prose):
            for element in prose:
                if element.tag in ("h3", "h4"):
                    found.setdefault("".join(element.itertext()).split(" ")[0], (prose, element))
    return found


def _beside(place: tuple[ET.Element, ET.Element], strip: ET.Element) -> None:
    prose, heading = place
    at = list(prose).index(heading)
    both = ET.Element("div", {"class": "headed"})
    both.tail, heading.tail, strip.tail = heading.tail, None, None
    prose.remove(heading)
    both.extend([heading, strip])
    prose.insert(at, both)
