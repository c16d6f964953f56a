"""One offline HTML document from findings, notebooks and the recording they rest on.

The page loads nothing: fonts are data, styles and the small script are in the page and named
by their hash in its Content-Security-Policy. Every value goes through Jinja's escaping *and*
through :func:`foreign`, by the environment and not by the author of a template.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from privatedao_audit.assets import folder
from privatedao_audit.model.catalogue import DOMAINS, Domain
from privatedao_audit.report import context, selfcheck
from privatedao_audit.report.chapters import Chapter, chapter, render_chapter
from privatedao_audit.report.evidence_view import (
    FIRST_EVIDENCE,
    EvidenceIndex,
    evidence_of,
    register,
    rests_on_one_list,
)
from privatedao_audit.report.typefaces import FACES, FONTS
from privatedao_audit.view import text as text_view
from privatedao_audit.view.style import STATUS_MARKS, css_variables, mark

if TYPE_CHECKING:
    from nbformat import NotebookNode

#: No value of a finding takes more room than this on the page; the cut says what was cut.
MOST_CHARACTERS = 4_000
WHOLE_TEXT = "the whole is in findings.json"
#: So many texts are kept as they stand on a page: the report and the documents of its domains show
#: the same ones.
_MOST_KEPT = 16_384
#: Where the body of a chapter goes; no text of a page can hold it, for controls are written out.
_PLACE = "\0chapter\0"
_OPTION = re.compile(r"(?<=\s)(--?[A-Za-z][\w-]*)")


def render_report(
    findings: dict[str, Any],
    notebooks: list[tuple[str, NotebookNode]],
    evidence: EvidenceIndex,
    *,
    domain: str | None = None,
) -> str:
    """The report of a run as one HTML text.

    Args:
        findings: the content of findings.json.
        notebooks: file stem and executed notebook, in the order of the chapters; with
            ``domain`` only that domain's notebook is used.
        evidence: the sealed recording.
        domain: a domain's name, for the document about that domain alone.

    Raises:
        KeyError: there is no domain of that name.
        FigureWithoutAlt: a notebook shows a picture without alt text.
        ReportDisagrees: the page came out different from the findings.
    """
    only = context.chosen_domain(domain)
    if only is not None:
        notebooks = [pair for pair in notebooks if pair[0] == only.notebook]
    return page_of(findings, set_chapters(findings, notebooks), evidence, domain=domain)


def set_chapters(
    findings: dict[str, Any], notebooks: list[tuple[str, NotebookNode]]
) -> list[Chapter]:
    """The chapters of a run's documents, each for every document that has it.

    Args:
        notebooks: file stem and executed notebook.

    Raises:
        FigureWithoutAlt: a notebook shows a picture without alt text.
    """
    return _chapters(notebooks, {f["id"]: f for f in findings["controls"]})


def page_of(
    findings: dict[str, Any],
    chapters: list[Chapter],
    evidence: EvidenceIndex,
    *,
    domain: str | None = None,
) -> str:
    """The report of a run, as :func:`render_report` makes it, around chapters that are set.

    Raises:
        KeyError: there is no domain of that name.
        ReportDisagrees: the page came out different from the findings.
    """
    only = context.chosen_domain(domain)
    shown = _shown(findings, only)
    body = _page(findings, shown, only, chapters, evidence)
    selfcheck.check(body, findings, shown)
    return body


def page_frame(
    findings: dict[str, Any], stems: list[str], evidence: EvidenceIndex, *, domain: str | None
) -> list[str]:
    """All of a page but the bodies of its chapters: the texts before, between and after them.

    What :func:`render_report` gives for the same findings and recording begins with the first of
    them, ends with the last, and has the others in this order in between.

    Args:
        stems: file stems of the notebooks that the page has as chapters, in order.

    Raises:
        KeyError: there is no domain of that name.
    """
    only = context.chosen_domain(domain)
    titles = {d.notebook: d.title for d in DOMAINS}
    chapters = [chapter(stem, titles.get(stem, stem), Markup(_PLACE)) for stem in stems]
    return _page(findings, _shown(findings, only), only, chapters, evidence).split(_PLACE)


def verdict_lines(findings: list[dict[str, Any]]) -> dict[str, str]:
    """For each control the verdict line that a chapter shows where the notebook agrees."""
    strip = _environment().get_template("parts.html.j2").module.strip  # type: ignore[attr-defined]
    return {f["id"]: str(strip(f, f, True, Markup(""))).strip() for f in findings}


def _shown(findings: dict[str, Any], only: Domain | None) -> list[dict[str, Any]]:
    return [f for f in findings["controls"] if only is None or f["domain"] == only.name]


def _page(
    findings: dict[str, Any],
    shown: list[dict[str, Any]],
    only: Domain | None,
    chapters: list[Chapter],
    evidence: EvidenceIndex,
) -> str:
    ordered = context.worst_first(shown)
    entries = register(ordered, evidence)
    return _environment().get_template("page.html.j2").render(
        doc=findings,
        only=only,
        title=_title(findings, only),
        findings=[f for f in ordered if not context.is_unevaluated(f)],
        unevaluated=context.unevaluated(shown),
        rechecks=context.rechecks(ordered),
        caught=context.caught(ordered, findings["canaries"]),
        ids={f["id"]: f for f in shown},
        total=len(shown),
        counts=context.counts(shown),
        domain_rows=context.domain_rows(ordered),
        not_met=context.not_met(ordered),
        gravest=context.gravest(findings, ordered),
        blockers=context.blockers(findings, shown),
        first_blocking=context.FIRST_BLOCKING,
        open_statuses=context.OPEN_STATUSES,
        crosswalk=context.crosswalk(shown),
        chapters=chapters,
        register=entries,
        example=next((x for r in entries for x in r.exchanges if x.body), None),
        **_page_parts(),
    )  # fmt: skip


def render_notebooks(notebooks: list[tuple[str, NotebookNode]], *, title: str) -> str:
    """Executed notebooks alone, without verdict or register, for notebooks run by hand.

    The verdict lines come from the cells' own finding objects, and the page says so.
    """
    return _environment().get_template("notebooks.html.j2").render(
        title=title, chapters=_chapters(notebooks, None), **_page_parts()
    )  # fmt: skip


def render_page(template: str, *, style: str | None = None, **values: Any) -> str:
    """Another page in the same dress: as offline, escaped and bound by the same policy.

    Args:
        template: name of a template of the report; it gets ``values``.
        style: name of a style sheet of the report that the page has beyond the common ones.
    """
    return _environment().get_template(template).render(**values, **_page_parts(style))


def _title(findings: dict[str, Any], only: Any) -> str:
    target = findings["target"]
    name = target.get("title") or target["name"]
    return f"{name}: readiness evidence" + (f", {only.title}" if only else "")


def _chapters(
    notebooks: list[tuple[str, NotebookNode]], ids: dict[str, dict[str, Any]] | None
) -> list[Chapter]:
    titles = {d.notebook: d.title for d in DOMAINS}
    macros = _environment().get_template("parts.html.j2").module

    def strip(said: Any, shown: Markup) -> Markup:
        own = said if isinstance(said, dict) else {}
        recorded = None if ids is None else ids.get(str(own.get("id")))
        return macros.strip(own, recorded, ids is not None, shown)  # type: ignore[attr-defined,no-any-return]

    return [
        render_chapter(name, notebook, title=titles.get(name, name), strip=strip)
        for name, notebook in notebooks
    ]


def _page_parts(style: str | None = None) -> dict[str, Any]:
    css, script = _stylesheet(), _asset("report.js")
    if style is not None:
        css += "\n" + _asset(style)
    policy = (
        "default-src 'none'; img-src data:; font-src data:; "
        f"style-src '{_hash(css)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    # Own files, not input: they go in as they stand, and their hashes are of these bytes.
    return {"css": Markup(css), "script": Markup(script), "policy": policy}


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return "sha256-" + base64.b64encode(digest).decode("ascii")


def _asset(name: str) -> str:
    return (folder("templates") / "report" / name).read_text("utf-8")


@lru_cache(maxsize=1)
def _stylesheet() -> str:
    faces = []
    for family, weight, name in FACES:
        data = base64.b64encode((FONTS / name).read_bytes()).decode("ascii")
        faces.append(
            f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:normal;'
            f'font-display:block;src:url("data:font/woff2;base64,{data}") format("woff2")}}'
        )
    marks = [
        f".s-{m.slug}{{--mark:var(--{m.slug})}}" for m in STATUS_MARKS.values()
    ]  # fmt: skip
    parts = ["\n".join(faces), css_variables(), "\n".join(marks)]
    parts += [_asset("report.css"), _asset("print.css"), _code_css()]
    return "\n".join(parts)


def _code_css() -> str:
    # Three colours are enough to read a thin cell: words of the language, text, comments.
    return (
        ".highlight .k,.highlight .kn,.highlight .kc,.highlight .ow{color:var(--accent)}"
        ".highlight .s1,.highlight .s2,.highlight .sd{color:var(--accent-two)}"
        ".highlight .c1,.highlight .cm{color:var(--muted)}"
    )


def prose(text: str) -> Markup:
    """A sentence with its `code spans`, keys and hashes set as code; all of it escaped, visible."""
    return _prose(_bounded(str(text)))


@lru_cache(maxsize=_MOST_KEPT)
def _prose(text: str) -> Markup:
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return _keyed("`".join(pieces))
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if place % 2 else _keyed(piece)
        for place, piece in enumerate(pieces)
    )


def _bounded(text: str) -> str:
    if type(text) is str and len(text) <= MOST_CHARACTERS:
        return _foreign(text)
    return text_view.foreign(text_view.cut(text, MOST_CHARACTERS, whole=WHOLE_TEXT))


_foreign = lru_cache(maxsize=_MOST_KEPT)(text_view.foreign)


def command(line: str) -> Markup:
    """A command line in which no option is torn apart between its dashes."""
    return _command(_bounded(str(line)))


@lru_cache(maxsize=_MOST_KEPT)
def _command(line: str) -> Markup:
    pieces = _OPTION.split(line)
    return Markup("").join(
        Markup('<span class="option">{}</span>').format(piece) if place % 2 else escape(piece)
        for place, piece in enumerate(pieces)
    )


def _keyed(text: str) -> Markup:
    """Text whose keys and hashes stand in the face that tells 0, O, 1, l and I apart."""
    pieces = text_view.LONG_KEY.split(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if place % 2 else escape(piece)
        for place, piece in enumerate(pieces)
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    def shown(value: Any) -> Any:
        if isinstance(value, Markup) or not isinstance(value, str):
            return value
        return _bounded(value)

    environment = Environment(
        loader=FileSystemLoader(str(folder("templates") / "report")),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        mark=mark,
        command=command,
        prose=prose,
        utc=text_view.utc,
        duration=text_view.duration,
        evidence_of=evidence_of,
        short_key=text_view.short_key,
    )
    environment.tests["unevaluated"] = context.is_unevaluated
    environment.tests["resting_on_one"] = rests_on_one_list
    environment.globals["first_evidence"] = FIRST_EVIDENCE
    return environment
