"""How a control and a verdict look in a notebook. Everything read is escaped here, at source."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

from privatedao_audit.audit.scope import Scope
from privatedao_audit.model.finding import FINDING_MIME, NOT_EVALUATED
from privatedao_audit.model.target import Target
from privatedao_audit.view.style import plain_mark
from privatedao_audit.view.text import cut, foreign, utc

#: Of a longer text this much is shown, with its length and hash.
_CHARACTERS = 2_000


def _plain(text: str) -> str:
    """Text that strangers may have written: no hidden character, no mark of a status, bounded."""
    return foreign(cut(text, _CHARACTERS, whole="the whole is in findings.json"))


def _safe(text: str) -> str:
    return html.escape(_plain(text))


def opening_card(target: Target, scope: Scope, *, recorded_at: str, origin: str) -> dict[str, str]:
    """What an opened audit says of itself, as a MIME bundle."""
    providers = ", ".join(f"{label} ({host})" for label, host in scope.providers) or "none"
    rows = {
        "Target": target.title,
        "Cluster": f"{target.cluster.name}, genesis hash {target.cluster.genesis_hash}",
        "Programs": ", ".join(program.id for program in target.programs),
        "Read through": providers,
        "Checkout": "read" if scope.checkout else "none given",
        "As of": utc(recorded_at),
        "Answers from": origin,
    }
    body = "".join(
        f'<tr><th scope="row">{name}</th><td>{_safe(value)}</td></tr>'
        for name, value in rows.items()
    )
    return {
        "text/html": f"<table><caption>What is audited, and on what</caption><tbody>{body}</tbody>"
        "</table>",
        "text/plain": "\n".join(f"{name}: {_plain(value)}" for name, value in rows.items()),
    }


@dataclass(frozen=True, slots=True)
class ControlCard:
    """One control: requirement, rule, parts and verdict.

    In a notebook it also carries the finding itself, which a run harvests and compares.
    """

    finding: dict[str, Any]
    rule: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        del include, exclude
        return {FINDING_MIME: self.finding, "text/html": self._html(), "text/plain": str(self)}

    def __str__(self) -> str:
        f = self.finding
        lines = [f"{f['id']} {_plain(f['title'])}: {plain_mark(f['status'])}"]
        lines.append(_plain(f["summary"]))
        if f["waiver"]:
            lines.append(_plain(_waived(f["waiver"])))
        lines += [
            f"  {plain_mark(p['status'])} {_plain(p['label'])}: {_plain(p['summary'])}"
            for p in f["parts"]
        ]
        return "\n".join(lines)

    def _html(self) -> str:
        f = self.finding
        rows = "".join(
            f"<tr><td>{_safe(p['label'])}</td><td>{plain_mark(p['status'])}</td>"
            f"<td>{_safe(p['summary'])}</td></tr>"
            for p in f["parts"]
        )
        table = (
            "<table><caption>What was looked at, part by part</caption><thead><tr>"
            '<th scope="col">Part</th><th scope="col">Status</th><th scope="col">Finding</th>'
            f"</tr></thead><tbody>{rows}</tbody></table>"
            if rows
            else ""
        )
        text = _safe(_waived(f["waiver"]))
        waived = f"<p><strong>Waived.</strong> {text}</p>" if text else ""
        rule = f"<p><strong>Rule.</strong> {_safe(self.rule)}</p>" if self.rule else ""
        return (
            f"<section><p><strong>{f['id']} {_safe(f['title'])}: "
            f"{plain_mark(f['status'])}</strong></p>"
            f"<p><strong>Required.</strong> {_safe(f['requirement'])}</p>{rule}"
            f"<p><strong>Verdict.</strong> {_safe(f['summary'])}</p>{waived}{table}</section>"
        )


def _waived(waiver: dict[str, Any] | None) -> str:
    if waiver is None:
        return ""
    return (
        f"Underneath it is {waiver['underneath']}. {waiver['owner']} accepts that until "
        f"{waiver['expires']}: {waiver['reason']}"
    )


def _unevaluated(finding: dict[str, Any]) -> bool:
    return not finding["parts"] and finding["summary"].casefold().startswith(NOT_EVALUATED)


def _blocker(finding: dict[str, Any], row: dict[str, Any]) -> str:
    return (
        f"{finding['id']} {_safe(finding['title'])}: {plain_mark(finding['status'])} ({_work(row)})"
    )


def _work(row: dict[str, Any]) -> str:
    """How long it takes a team, and what it has to settle before."""
    after = row["after"]
    effort: str = row["effort"]
    return effort + (f", after {', '.join(after)}" if after else "")


@dataclass(frozen=True, slots=True)
class VerdictCard:
    """The verdict, what is missing for READY, and why it could be wrong."""

    summary: dict[str, Any]
    found: list[dict[str, Any]]
    self_doubt: list[dict[str, str]]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        del include, exclude
        return {"text/html": self._html(), "text/plain": str(self)}

    def __str__(self) -> str:
        lines = [f"{self.summary['word']}: {_plain(self.summary['reason'])}"]
        lines += [f"  {plain_mark(s)}: {n}" for s, n in self.summary["counts"].items() if n]
        lines += [
            f"  missing: {b['id']} {plain_mark(b['status'])} ({_work(b)})"
            for b in self.summary["blocking"]
        ]
        lines += [f"  could be wrong: {_plain(row['text'])}" for row in self.self_doubt]
        return "\n".join(lines)

    def _html(self) -> str:
        doubts = "".join(f"<li>{_safe(row['text'])}</li>" for row in self.self_doubt)
        counts = "".join(
            f"<tr><td>{plain_mark(s)}</td><td>{n}</td></tr>"
            for s, n in self.summary["counts"].items()
        )
        looked_at = {f["id"]: f for f in self.found if not _unevaluated(f)}
        blocking = self.summary["blocking"]
        items = "".join(
            f'<li value="{place}">{_blocker(looked_at[b["id"]], b)}</li>'
            for place, b in enumerate(blocking, start=1)
            if b["id"] in looked_at
        )
        rest = ", ".join(b["id"] for b in blocking if b["id"] not in looked_at)
        if rest:
            rest = f"<p>Not evaluated by this version, so {plain_mark('UNKNOWN')}: {rest}.</p>"
        return (
            f"<section><p><strong>Why this could be wrong</strong></p><ul>{doubts}</ul>"
            f"<p><strong>Verdict: {_safe(self.summary['word'])}.</strong> "
            f"{_safe(self.summary['reason'])}</p>"
            f"<table><caption>Controls per status, of {self.summary['total']}</caption>"
            '<thead><tr><th scope="col">Status</th><th scope="col">Controls</th></tr></thead>'
            f"<tbody>{counts}</tbody></table>"
            f"<p><strong>Missing for READY, in the order in which to do it</strong></p>"
            f"<ol>{items}</ol>{rest}</section>"
        )
