"""JUnit XML: a test case for every control, and one for the verdict.

The format has no standard; this is the common core of the Ant and Jenkins schemas: suites with
counts, cases with at most one of ``failure``, ``error`` and ``skipped``, and their output. UNKNOWN
is an error, as a test that came to no result, and never skipped or passed. The case of the verdict
is green for READY and CONDITIONAL alone, so an INVALID run is red whatever its controls say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from xml.etree import ElementTree

from privatedao_audit.model.catalogue import DOMAINS
from privatedao_audit.model.status import Status, Verdict
from privatedao_audit.report.exports.document import Control, Document, standing
from privatedao_audit.view.text import visible

_NAME = "privatedao-audit"
#: What a case holds, beside its output.
_ELEMENTS = {"bad": "failure", "unknown": "error", "accepted": "skipped"}
_VERDICTS = {
    Verdict.NOT_READY: "failure", Verdict.INCONCLUSIVE: "error", Verdict.INVALID: "error",
}  # fmt: skip


def render(found: Document) -> bytes:
    """JUnit XML with a suite for each domain and one for the verdict."""
    suites = [_verdict(found)]
    names = [one.name for one in DOMAINS]
    names += sorted({one.domain for one in found.controls} - set(names))
    for name in names:
        own = [one for one in found.controls if one.domain == name]
        if own:
            suites.append(_suite(name, [_case(one, found) for one in own], found))
    root = ElementTree.Element("testsuites", {"name": _NAME, **_counts(_cases(suites))})
    root.extend(suites)
    ElementTree.indent(root, " ")
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _cases(suites: Iterable[ElementTree.Element]) -> list[ElementTree.Element]:
    return [case for suite in suites for case in suite.findall("testcase")]


def _counts(cases: list[ElementTree.Element]) -> dict[str, str]:
    tally = Counter(child.tag for case in cases for child in case)
    return {
        "tests": str(len(cases)),
        "failures": str(tally["failure"]),
        "errors": str(tally["error"]),
        "skipped": str(tally["skipped"]),
        "time": "0",
    }


def _suite(
    name: str, cases: list[ElementTree.Element], found: Document
) -> ElementTree.Element:
    suite = ElementTree.Element(
        "testsuite",
        {
            "name": visible(name),
            **_counts(cases),
            # A moment without a zone: the schemas know no other; it is UTC.
            "timestamp": found.run.recorded_at[:19],
            "hostname": "localhost",
        },
    )
    properties = ElementTree.SubElement(suite, "properties")
    for key, value in (
        ("evidence_root", found.evidence_root),
        ("verdict", found.verdict.word.value),
        ("target", found.target.name),
        ("cluster", found.target.cluster),
        ("kit_version", found.method.kit_version),
    ):
        ElementTree.SubElement(properties, "property", {"name": key, "value": visible(value)})
    suite.extend(cases)
    return suite


def _verdict(found: Document) -> ElementTree.Element:
    word, said = found.verdict.word, found.verdict
    case = ElementTree.Element(
        "testcase", {"classname": f"{_NAME}.verdict", "name": "verdict", "time": "0"}
    )
    if word in _VERDICTS:
        _outcome(case, _VERDICTS[word], word.value, said.reason)
    lines = [f"verdict: {word.value}", said.reason]
    lines += [f"{status}: {said.counts[status]}" for status in said.counts]
    lines += [f"missing for READY: {one.id} {one.status.value}" for one in said.blocking]
    lines += [f"could be wrong: {one.text}" for one in found.doubts]
    _output(case, lines)
    return _suite("verdict", [case], found)


def _case(control: Control, found: Document) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase",
        {
            "classname": f"{_NAME}.{visible(control.domain)}",
            "name": visible(f"{control.id} {control.title}"),
            "time": "0",
        },
    )
    element = _ELEMENTS.get(standing(control))
    if control.status is Status.NOT_APPLICABLE:
        element = "skipped"
    if element is not None:
        _outcome(case, element, control.status.value, control.summary, _worse(control))
    lines = [
        f"control: {control.id}",
        f"status: {control.status.value}",
        f"blocking: {'yes' if control.blocking else 'no'}, severity: {control.severity.value}",
        f"evidence root: {found.evidence_root}",
        f"evidence: {' '.join(control.evidence) or 'none'}",
    ]
    if control.waiver is not None:
        lines.append(f"underneath: {control.waiver.underneath.value}")
    lines += [f"{part.status.value}: {part.label}: {part.summary}" for part in control.parts]
    lines.append(f"look again: {control.recheck}")
    _output(case, lines)
    return case


def _worse(control: Control) -> list[str]:
    met = {Status.PASS, Status.NOT_APPLICABLE}
    told = [f"{p.status.value}: {p.label}: {p.summary}" for p in control.parts
            if p.status not in met]  # fmt: skip
    if control.waiver is not None:
        told.insert(0, f"underneath {control.waiver.underneath.value}, waived until "
                       f"{control.waiver.expires}: {control.waiver.reason}")  # fmt: skip
    return [*told, f"remediation: {control.remediation}"]


def _outcome(
    case: ElementTree.Element, name: str, status: str, summary: str, more: Iterable[str] = ()
) -> None:
    message = visible(f"{status}: {summary}")
    attributes = {"message": message}
    if name != "skipped":
        attributes["type"] = status
    element = ElementTree.SubElement(case, name, attributes)
    element.text = "\n".join([message, *(visible(line) for line in more)])


def _output(case: ElementTree.Element, lines: Iterable[str]) -> None:
    ElementTree.SubElement(case, "system-out").text = "\n".join(visible(line) for line in lines)
