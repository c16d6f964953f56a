"""The committed notebooks keep their contract: narrative first, thin, one cell per control.

Whether their outputs are right is for the strict comparison on the sealed recording; here it is
their shape, which a comparison of outputs can't see.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import nbformat
import papermill
import pytest

from privatedao_audit import assets
from privatedao_audit.audit.opening import PARAMETERS
from privatedao_audit.domains.registry import PLANS, check_of
from privatedao_audit.model import catalogue
from privatedao_audit.model.catalogue import DOMAINS, Domain

#: How a section says that this version has no check for its control.
NOT_EVALUATED = "**Not evaluated by this version, so UNKNOWN.** To prepare: "

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SHOW = re.compile(r'audit\.show\("([A-Z]{2}-[0-9]{2})"\)')
_FORBIDDEN = re.compile(r"\b(un)?(healthy|healthily|secured?|securely|safe|safely|safer)\b", re.I)
_OUTSIDE = re.compile(
    r"[a-z][a-z0-9+.-]*://"  # any URL: an endpoint may carry a key
    r"|(?<![\w./])/(?:home|root|tmp|work|usr|etc|var|opt|mnt|Users)\b"
    r"|\b[A-Za-z]:\\|(?<!\w)~/|api[-_]?key|BEGIN [A-Z ]*PRIVATE",
    re.I,
)

each = pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.notebook)


def _path(domain: Domain) -> str:
    return str(assets.folder("notebooks") / f"{domain.notebook}.ipynb")


def _read(domain: Domain) -> Any:
    return nbformat.read(_path(domain), as_version=nbformat.NO_CONVERT)


def _code(notebook: Any) -> Iterator[Any]:
    return (cell for cell in notebook.cells if cell.cell_type == "code")


def _cell(notebook: Any, name: str) -> Any:
    (found,) = [cell for cell in notebook.cells if cell.id == name]
    return found


def _about(notebook: Any, control_id: str) -> str:
    return str(_cell(notebook, f"{control_id.lower()}-about").source)


def test_there_is_one_notebook_per_domain_and_no_other() -> None:
    found = sorted(path.stem for path in assets.folder("notebooks").glob("*.ipynb"))
    assert found == [domain.notebook for domain in DOMAINS]


@each
def test_notebook_is_valid(domain: Domain) -> None:
    notebook = _read(domain)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.language_info == {"name": "python"}


@each
def test_cell_ids_are_unique_and_meaningful(domain: Domain) -> None:
    ids = [cell.id for cell in _read(domain).cells]
    assert len(set(ids)) == len(ids)
    assert [one for one in ids if not _ID.fullmatch(one)] == []
    assert ids[:4] == ["title", "parameters", "open-about", "open"]


@each
def test_every_control_has_its_cell_in_catalogue_order(domain: Domain) -> None:
    shown = []
    for cell in _code(_read(domain)):
        if "show(" in cell.source:
            match = _SHOW.fullmatch(cell.source)
            assert match, f"{cell.id} holds more than one call of audit.show"
            assert cell.id == match[1].lower()
            shown.append(match[1])
    assert shown == [control.id for control in catalogue.load().of_domain(domain.name)]


@each
def test_headings_are_the_catalogues_titles(domain: Domain) -> None:
    notebook = _read(domain)
    assert _cell(notebook, "title").source.split("\n", 1)[0] == f"# {domain.title}"
    for control in catalogue.load().of_domain(domain.name):
        heading = _about(notebook, control.id).split("\n", 1)[0]
        assert heading == f"## {control.id} {control.title}"


@each
def test_every_section_tells_a_story(domain: Domain) -> None:
    notebook = _read(domain)
    for control in catalogue.load().of_domain(domain.name):
        told = _about(notebook, control.id).split("\n\n", 1)[1].split(NOT_EVALUATED)[0]
        words = " ".join(told.split())
        assert len(words.split()) >= 35, f"{control.id} has hardly a narrative"
        assert words not in " ".join(control.requirement.split())


@each
def test_sections_say_which_controls_have_no_evaluation(domain: Domain) -> None:
    notebook = _read(domain)
    for control in catalogue.load().of_domain(domain.name):
        text = " ".join(_about(notebook, control.id).split())
        said, _, prepare = text.partition(NOT_EVALUATED)
        if check_of(control.id) is None:
            assert len(prepare.split()) >= 5, f"{control.id} does not say what to prepare"
        else:
            assert said == text, f"{control.id} is evaluated, and its section denies it"


@each
def test_facts_are_shown_where_the_domain_collects_any(domain: Domain) -> None:
    notebook = _read(domain)
    cells = [cell.source for cell in _code(notebook) if "audit.facts(" in cell.source]
    wanted = [f'{domain.name} = await audit.facts("{domain.name}")']
    assert cells == (wanted if domain.name in PLANS else [])
    denial = "evaluates no control of this domain" in " ".join(
        _cell(notebook, "title").source.split()
    )
    assert denial == (domain.name not in PLANS)


@each
def test_parameters_are_the_same_everywhere(domain: Domain) -> None:
    notebook = _read(domain)
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    assert [cell.id for cell in tagged] == ["parameters"]
    assert tagged[0].source == _cell(_read(DOMAINS[0]), "parameters").source


@each
def test_papermill_describes_the_parameters(domain: Domain) -> None:
    found = papermill.inspect_notebook(_path(domain))
    assert tuple(found) == PARAMETERS
    assert {name: row["default"] for name, row in found.items()} == {
        "target": '"sample"', "evidence": '"auto"', "rpc": '""', "repo": '""',
    }  # fmt: skip
    for row in found.values():
        assert row["inferred_type_name"] == "str"
        assert len(row["help"]) > 20


@each
def test_opens_the_audit_of_its_own_domain(domain: Domain) -> None:
    source = _cell(_read(domain), "open").source
    call = (
        f'await open_audit("{domain.name}", target=target, evidence=evidence, rpc=rpc, repo=repo)'
    )
    assert call in source
    assert source.endswith("\naudit"), "what was opened has to be shown"


@each
def test_code_cells_are_thin(domain: Domain) -> None:
    allowed = (ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Expr)
    for cell in _code(_read(domain)):
        lines = cell.source.splitlines()
        assert 1 <= len(lines) <= 12, cell.id
        # nbval runs without history, where a trailing semicolon does not silence a cell.
        assert not any(line.rstrip().endswith(";") for line in lines), cell.id
        tree = compile(
            cell.source, cell.id, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        )
        logic = [type(node).__name__ for node in tree.body if not isinstance(node, allowed)]
        assert logic == [], f"{cell.id} holds logic that belongs into the library"


@each
def test_every_code_cell_comes_after_prose(domain: Domain) -> None:
    cells = _read(domain).cells
    assert cells[0].cell_type == "markdown"
    for before, cell in pairwise(cells):
        if cell.cell_type == "code":
            assert before.cell_type == "markdown", f"nothing introduces {cell.id}"
            assert len(before.source.split()) >= 20, f"{before.id} says hardly anything"


@each
def test_sources_hold_no_place_outside(domain: Domain) -> None:
    for cell in _read(domain).cells:
        assert _OUTSIDE.findall(cell.source) == [], cell.id


@each
def test_prose_keeps_the_house_style(domain: Domain) -> None:
    for cell in _read(domain).cells:
        if cell.cell_type == "markdown":
            assert [line for line in cell.source.splitlines() if len(line) > 75] == [], cell.id
            assert _FORBIDDEN.search(cell.source) is None, cell.id
            assert "<" not in cell.source, f"{cell.id} holds HTML"


def test_gate_ends_with_the_verdict_and_what_is_missing() -> None:
    gate = _read(DOMAINS[-1])
    ids = [cell.id for cell in gate.cells]
    tail = ["domains-about", "domains", "waivers-about", "waivers", "verdict-about", "verdict",
            "missing-for-ready", "boundary-about", "boundary"]  # fmt: skip
    assert ids[-9:] == tail
    # The readiness list leans on the controls of every chapter.
    assert ids.index("collect") < ids.index("rg-01")
    assert _cell(gate, "boundary").source == "view.boundary(audit.boundary())"
    assert _cell(gate, "collect").source == "await audit.collect(audit.scope.domains)"
    assert _cell(gate, "verdict").source == "audit.verdict()"


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        ("https://rpc.example.org/?api-key=1", True),
        ("file in /home/someone/key.json", True),
        ("~/.config/solana/id.json", True),
        ("LABEL=env:NAME, a path of a TOML file, voters and/or keys", False),
    ],
)
def test_the_gate_on_places_bites(text: str, caught: bool) -> None:
    assert (_OUTSIDE.search(text) is not None) == caught


@pytest.mark.parametrize(
    ("text", "caught"),
    [("The program is safe.", True), ("A Healthy node", True), ("the security review", False)],
)
def test_the_gate_on_words_bites(text: str, caught: bool) -> None:
    assert (_FORBIDDEN.search(text) is not None) == caught
