"""Column widths on paper: words stay whole, dates always, and room goes where it saves lines."""

from __future__ import annotations

import re
from typing import Any

from privatedao_audit.report.paper import for_paper
from privatedao_audit.report.paper_columns import Column, shared

DATE = "2026-11-23 09:30:01 UTC, slot 342118204"
SIGNATURE = "5" * 88


def widths(synthetic: Any, rows: list[list[str]]) -> tuple[list[float], str]:
    """Percentages of a table's columns, and the page that holds it."""
    cells = [[c if c.startswith("<td") else f"<td>{c}</td>" for c in row] for row in rows]
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in cells)
    page = f"<html><head></head><body><table>{body}</table></body></html>"
    paper = for_paper(page, title="t", created=synthetic.CREATED)
    return [float(w) for w in re.findall(r"width:([\d.]+)%", paper)], paper


def test_tables_get_columns_by_what_they_hold(synthetic: Any) -> None:
    page = (
        "<html><head></head><body><table><caption>c</caption><tr><th>#</th><th>key</th></tr>"
        f"<tr><td>1</td><td>{'k' * 44}</td></tr></table></body></html>"
    )
    paper = for_paper(page, title="t", created=synthetic.CREATED)
    narrow, wide = (float(w) for w in re.findall(r"width:([\d.]+)%", paper))
    assert wide > 3 * narrow
    assert abs(wide + narrow - 100) < 0.2
    assert paper.index("</caption>") < paper.index("<colgroup>")


def test_words_stay_whole_where_there_is_room(synthetic: Any) -> None:
    cells = ["DeployWithMaxDataLen", "a text of some length " * 5, "k" * 10]
    row = "".join(f"<td>{cell}</td>" for cell in cells)
    page = f"<html><head></head><body><table><tr>{row}</tr></table></body></html>"
    paper = for_paper(page, title="t", created=synthetic.CREATED)
    word, text, short = (float(w) for w in re.findall(r"width:([\d.]+)%", paper))
    assert text > word > short
    # A line of a table holds some 112 characters.
    assert word * 1.12 >= len(cells[0]) and short * 1.12 >= len(cells[2])


def test_a_date_stays_whole_in_a_crowded_table(synthetic: Any) -> None:
    key = f'<td class="key"><code>{SIGNATURE}</code></td>'
    row = [DATE, key, DATE, key, "execute_confidential_payout", key, "governance", DATE, "4065"]
    shares, paper = widths(synthetic, [row] * 3)
    assert '<table class="wide">' in paper
    # In a wide table a line holds some 128 characters; a date has 10.
    assert min(shares[place] for place in (0, 2, 7)) * 1.28 >= 11
    assert shares[8] * 1.28 >= 4


def test_a_table_that_fits_keeps_its_letters(synthetic: Any) -> None:
    shares, paper = widths(synthetic, [[DATE, "deploy", "a text of some length " * 4]])
    assert "wide" not in paper.partition("<table")[2].partition(">")[0]
    assert shares[0] * 1.12 >= len("2026-11-23")


def test_room_goes_where_it_saves_lines() -> None:
    short, long = Column(word=6), Column(word=12)
    short.texts[6] = 50
    long.texts[200] = 50
    given = shared([short, long], 100)
    assert given[0] == 6 and given[1] > 60
    assert shared([short, short], 100) == [6, 6]


def test_no_room_is_shared_out_without_losing_a_date() -> None:
    date, path = Column(word=11), Column(word=26)
    assert shared([date, path, path, path], 50)[0] == 11
    assert all(width >= 11 for width in shared([date, path, path, path], 20))
