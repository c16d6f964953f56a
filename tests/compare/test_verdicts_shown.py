"""What a verdict history looks like: the same in three forms, and deaf to what strangers wrote."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from privatedao_audit.compare.sides import Side
from privatedao_audit.compare.verdicts import markdown, page, plot, terminal, told
from privatedao_audit.compare.verdicts.history import History, history
from privatedao_audit.model.status import READING_ORDER
from tests.compare.story import hostile, run, shown, six, stand

Make = Callable[[], Side]


@pytest.fixture(scope="module")
def story(made: Make) -> History:
    return history(six(made))


@pytest.fixture(scope="module")
def shown_as(story: History) -> dict[str, str]:
    return {
        "terminal": "\n".join(terminal.lines(story)),
        "markdown": markdown.render(story).decode(),
        "page": page.render(story),
    }


@pytest.fixture
def strange(side: Make) -> History:
    """A history whose every text a stranger wrote."""
    return history(hostile(side))


def test_the_terminal_shows_no_control_character(strange: History) -> None:
    text = "\n".join(terminal.lines(strange))
    assert "\x1b" not in text and "\u202e" not in text and "<U+202E>" in text
    assert "✗ FAIL" in text and text.endswith("Worse than run 1.")


def test_markdown_keeps_every_stranger_in_code(strange: History) -> None:
    text = markdown.render(strange).decode()
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert "alert" in text and "alert" not in outside
    for sign in ("<script", "](http", "@all", "|"):
        assert sign not in outside


def test_the_page_is_offline_and_escaped(strange: History) -> None:
    text = page.render(strange)
    body = text[text.index("<body>") :]
    assert body.count("<script>") == 1 and "&lt;script&gt;alert(1)" in body
    assert "default-src &#39;none&#39;" in text and " style=" not in body
    assert re.search(r'(?:src|href)="(?!#|data:)', body) is None
    assert "\u202e" not in text and "\x1b" not in text


def test_equal_runs_give_equal_bytes_in_any_order(made: Make, shown_as: dict[str, str]) -> None:
    again = history(six(made)[::-1])
    assert page.render(again) == shown_as["page"]
    assert markdown.render(again).decode() == shown_as["markdown"]
    assert "\n".join(terminal.lines(again)) == shown_as["terminal"]


@pytest.mark.parametrize("form", ["terminal", "markdown", "page"])
def test_all_forms_say_the_same(story: History, shown_as: dict[str, str], form: str) -> None:
    text = shown_as[form]
    for said in (
        told.headline(story), told.course(story), "NOT READY", *story.notes,
        *(strip.id for strip in story.strips),
        *(strip.last.cause.value for strip in story.changed if strip.last is not None),
        *(one.run.root[:16] for one in story.entries),
        *(told.stands(story, strip) for strip in story.changed),
    ):  # fmt: skip
        assert said in text, said
    assert text.count("not signed") >= 3


def test_the_page_holds_what_has_to_be_copied_whole(
    story: History, shown_as: dict[str, str]
) -> None:
    for one in story.entries:
        for whole in (one.run.root, one.run.method, *one.run.digests):
            assert f'<code class="short" data-copy>{whole}</code>' in shown_as["page"]
    assert len({one.run.method for one in story.entries}) == 2


def test_a_square_stands_for_every_run_and_words_beside_it(
    story: History, shown_as: dict[str, str]
) -> None:
    rows = re.findall(r'<tr id="([A-Z]{2}-\d\d)">(.*?)</tr>', shown_as["page"], re.DOTALL)
    assert len(rows) == 75
    drawn = {name: re.findall(r'class="square (s-[a-z]+|none)', row) for name, row in rows}
    assert drawn["UA-04"] == ["s-fail"] * 3 + ["s-pass"] * 2 + ["s-fail"]
    assert {len(found) for found in drawn.values()} == {0, 6}
    row = dict(rows)["UA-04"]
    assert re.findall(r"runs? \d(?:–\d)?</span>", row) == [
        "runs 1–3</span>", "runs 4–5</span>", "run 6</span>",
    ]  # fmt: skip


def test_every_status_has_a_mark_of_its_own_in_the_plot() -> None:
    assert set(plot._LOOK) == set(READING_ORDER)
    assert len({marker for marker, _ in plot._LOOK.values()}) == len(READING_ORDER)


def test_the_plot_says_in_words_what_one_sees(story: History) -> None:
    figure = plot.counts(story)
    blocking = [one.blocking for one in story.entries]
    assert f"Blocking READY {', '.join(map(str, blocking))}." in figure.alt
    assert f"FAIL {', '.join(str(dict(e.counts)['FAIL']) for e in story.entries)}." in figure.alt
    assert "DIVERGED" not in figure.alt
    assert "left out before run 4" in figure.alt
    assert figure.title == f"Controls that keep it from READY: {told.course(story)}"
    assert figure.svg == plot.counts(story).svg


def test_lines_do_not_cross_a_gap(made: Make) -> None:
    """Without the gap, each of the series has one line more."""
    days = [["2026-01-04", "2026-01-11", "2026-01-18", last] for last in
            ("2026-01-25", "2026-06-25")]  # fmt: skip
    found = [history([run(stand(made(), {}), day) for day in four]) for four in days]
    assert [one.gaps for one in found] == [frozenset(), {4}]
    # Nothing else in the plot is drawn through.
    lines = [plot.counts(one).svg.count("stroke-opacity: 0.75") for one in found]
    series = sum(number > 0 for _, number in found[0].newest.counts) + 1
    assert lines == [3 * series, 2 * series]


@pytest.mark.parametrize("many", [1, 2])
def test_few_runs_are_a_history_too(made: Make, many: int) -> None:
    runs = [run(stand(made(), {}), f"2026-0{n}-04") for n in range(1, many + 1)]
    found = history(runs)
    text = page.render(found)
    assert told.headline(found) in text and "Turned or got worse (0)" in text
    assert ("There is one run" in text) is (many == 1)
    assert f"run 1 to {many}" in plot.counts(found).alt or many == 1
    assert "Newest verdict" in markdown.render(found).decode()


def test_a_hundred_runs_that_turn_all_the_time_stay_bounded(made: Make) -> None:
    base, runs = made(), []
    for number in range(100):
        made_ = Side(base.name, {**base.findings, "run": dict(base.findings["run"])}, base.facts)
        made_.findings["controls"] = [dict(row) for row in base.findings["controls"]]
        stand(made_, {}, rest="PASS" if number % 2 else "FAIL")
        for row in made_.findings["controls"][:40]:
            shown(row, "ATTESTED" if number % 2 else "MISSING")
        runs.append(run(made_, f"2026-{number // 28 + 1:02}-{number % 28 + 1:02}"))
    found = history(runs)
    strip = found.changed[0]
    assert len(strip.stretches) == 100 and len(told.latest(strip)) == 8
    assert told.stretches(strip).startswith("since run 93: ")
    assert len(markdown.render(found)) < 65_536
    assert "and 75 earlier" in markdown.render(found).decode()
    more = len(found.changed) - terminal.SHOWN
    assert more > 0 and f"and {more} more; --html shows all" in "\n".join(terminal.lines(found))
    assert told.course(found).endswith("in run 100")


def test_numbers_of_runs_have_room() -> None:
    close = [0.0, 0.001, 0.002, 5.0, 9.9, 10.0]
    assert plot._numbered(close, 10.0) == {0.0: "1", 5.0: "4", 10.0: "6"}
    assert plot._numbered([3.0], 0.1) == {3.0: "1"}
    many = plot._numbered([float(x) for x in range(100)], 99.0)
    assert len(many) <= 21 and many[99.0] == "100"


def test_many_runs_are_folded_and_few_are_not(made: Make, shown_as: dict[str, str]) -> None:
    assert "earlier run" not in shown_as["page"]
    runs = [run(stand(made(), {}), f"2026-{n:02}-01") for n in range(1, 13)]
    assert "earlier run" not in page.render(history(runs))
    more = page.render(history([*runs, run(stand(made(), {}), "2026-12-31")]))
    assert "1 earlier run," in more
    assert [f'id="run-{n}"' in more for n in range(1, 15)] == [True] * 13 + [False]
