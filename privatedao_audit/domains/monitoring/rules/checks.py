"""The checks of alert rules, MA-01 to MA-11. Each docstring is the rule in words."""

from __future__ import annotations

from collections.abc import Callable

from privatedao_audit.domains.custody.signers.labels import distinct
from privatedao_audit.domains.monitoring.completeness import ma_12
from privatedao_audit.domains.monitoring.facts import MonitoringFacts
from privatedao_audit.domains.monitoring.rules.coverage import coverage, files_unread
from privatedao_audit.domains.monitoring.rules.occurrences import (
    Occurrences,
    occurrences,
    scope_of,
)
from privatedao_audit.domains.monitoring.rules.proof import proof
from privatedao_audit.model.finding import Judgement, Part, judgement
from privatedao_audit.model.limits import Limits

__all__ = ["CHECKS", "happened"]

_UNMAPPED = "The target maps no alert rules of this cluster."

#: The histories that were worked through last, with what happened in them: eleven checks and the
#: tables of a notebook look at the same ones.
_last: tuple[MonitoringFacts, Occurrences] | None = None


def happened(facts: MonitoringFacts) -> Occurrences:
    """What happened in the histories; worked out once for the same ones."""
    global _last
    if _last is None or not _same(_last[0], facts):
        _last = (facts, occurrences(facts))
    return _last[1]


#: The judgement of MA-12 that was made last, with what it is of: eleven checks rest on it.
_whole: tuple[MonitoringFacts, Limits, Judgement] | None = None


def _complete(facts: MonitoringFacts, limits: Limits) -> Judgement:
    """Whether the histories are whole, as MA-12 judges it; worked out once for the same ones."""
    global _whole
    if _whole is None or _whole[1] != limits or not _same_lists(_whole[0], facts):
        _whole = (facts, limits, ma_12(facts, limits))
    return _whole[2]


def _same_lists(one: MonitoringFacts, other: MonitoringFacts) -> bool:
    """Whether two facts hold the very same histories, and ask for the same of custody."""
    return (
        _same(one, other)
        and one.multisigs is other.multisigs
        and one.uncounted is other.uncounted
        and one.program_data == other.program_data
    )


def _same(one: MonitoringFacts, other: MonitoringFacts) -> bool:
    """Whether two facts hold the very same histories and expectations."""
    return (
        one.governance is other.governance
        and one.histories is other.histories
        and one.watch is other.watch
    )


def _judged(control: str, facts: MonitoringFacts, limits: Limits, what: str) -> Judgement:
    if not facts.rules.files:
        return judgement([], good="", nothing=_UNMAPPED)
    parts: list[Part] = list(files_unread(facts.rules))
    covered = coverage(control, facts.rules, limits, scope_of(facts))
    parts += [part for one in covered.rules for part in one.parts]
    parts += covered.parts
    parts += proof(facts, limits, covered, happened(facts), _complete(facts, limits))
    good = f"Rules that can be executed cover {what}, and they told of it in time or in a drill."
    return judgement(distinct(parts), good=good, nothing=_UNMAPPED)


def ma_01(facts: MonitoringFacts, limits: Limits) -> Judgement:
    """An executable rule in force fires on every instruction that creates a proposal, in every
    DAO in scope, and not on an ordinary day; it has severity, route and a fresh runbook that
    speaks of it. Over the whole history every creation was alerted within the rule's limit, with
    a receipt; where nothing was created, the same rule file fired in a fresh drill."""
    return _judged("MA-01", facts, limits, "every creation of a proposal")


def ma_02(facts: MonitoringFacts, limits: Limits) -> Judgement:
    """An executable rule in force fires on every variant of finalize in every DAO in scope, and
    not on an ordinary day; it has severity, route and a fresh runbook that speaks of it. Over the
    whole history every finalize was alerted within the rule's limit, with a receipt; where none
    happened, the same rule file fired in a fresh drill."""
    return _judged("MA-02", facts, limits, "every finalize")


def ma_03(facts: MonitoringFacts, limits: Limits) -> Judgement:
    """An executable rule in force fires on every variant of execute, for SOL and for tokens, in
    every DAO in scope, and not on an ordinary day; it has severity, route and a fresh runbook
    that speaks of it. Every execution of the whole history was alerted within the rule's limit,
    with a receipt; where none happened, the same rule file fired in a fresh drill."""
    return _judged("MA-03", facts, limits, "every execution")


def ma_04(facts: MonitoringFacts, limits: Limits) -> Judgement:
    """An executable rule in force fires on as many failures of one instruction by one caller as the
    target calls a spike, or the kit where it asks for fewer, at once and over an hour, and not on a
    day without failures; it has severity, route and a fresh runbook that speaks of it. Every spike
    inside the rule, over the whole history, was alerted in time; where none was, the same rule file
    fired in a fresh drill."""
    return _judged("MA-04", facts, limits, "failure spikes")


def ma_05(facts: MonitoringFacts, limits: Limits) -> Judgement:
    """Executable rules in force fire on lamports and tokens that enter or leave any account of the
    treasury, a hundredth of what is there, also of one that is opened tomorrow, and not on a day
    without movements; each has severity, route and a fresh runbook that speaks of it. Every
    movement of the whole history was alerted in time, with a receipt; where none was, the same rule
    file fired in a fresh drill."""
    return _judged("MA-05", facts, limits, "every movement of the treasury")


def ma_06(facts: MonitoringFacts, limits: Limits) -> Judgement:
    """Executable rules in force fire on every transaction, failed ones included, on each multisig
    in scope and on each program's data account, and not on an ordinary day of the DAO; each has
    severity, route and a fresh runbook that speaks of it. Every such transaction of the whole
    history was alerted in time; where there was none, the same rule file fired in a drill."""
    return _judged("MA-06", facts, limits, "activity on what rules the program")


def ma_07(facts: MonitoringFacts, limits: Limits) -> Judgement:
    """Executable rules in force fire on an endpoint that is behind, that does not answer, and
    that answers otherwise than the others, and not while all is well; each has severity, route
    and a fresh runbook that speaks of it. Trouble in the recorded series of probes was alerted in
    time; where there was none, the same rule file fired in a fresh drill. Without a series it is
    UNKNOWN."""
    return _judged("MA-07", facts, limits, "endpoints in trouble")


def ma_08(facts: MonitoringFacts, limits: Limits) -> Judgement:
    """Executable rules in force fire on execute attempts by keys that are not expected to execute
    and on attempts outside the unlock window, failed ones included, and not on an expected
    execution; each has severity, route and a fresh runbook that speaks of it. Every attempt inside
    the rules, over the whole history, was alerted in time; where none was, a drill fired them."""
    return _judged("MA-08", facts, limits, "unexpected execute attempts")


def ma_09(facts: MonitoringFacts, limits: Limits) -> Judgement:
    """Executable rules in force fire on as many failures of finalize, and of execute, of one
    proposal as the target calls repeated, in every variant, at once and over its whole window, and
    not on a day without failures; each has severity, route and a fresh runbook that speaks of it.
    Every series inside the rules, over the whole history, was alerted in time; where none was, a
    drill fired them."""
    return _judged("MA-09", facts, limits, "repeated failures of finalize and execute")


def ma_10(facts: MonitoringFacts, limits: Limits) -> Judgement:
    """Executable rules in force fire on lamports and tokens that leave the treasury without an
    executed proposal and on an anomalous step of its balance, and not on small movements that are
    explained; each has severity, route and a fresh runbook that speaks of it. Every anomaly inside
    the rules, over the whole history, was alerted in time; where none was, a drill fired them."""
    return _judged("MA-10", facts, limits, "anomalies of the treasury's balance")


def ma_11(facts: MonitoringFacts, limits: Limits) -> Judgement:
    """Executable rules in force fire on each kind of behaviour that looks unauthorized: changes of
    an authority, unexpected proposals, voting anomalies, one wallet doing everything, and tokens
    that voted twice; none fires on an ordinary day; each has severity, route and a fresh runbook
    that speaks of it. What the rules find in the whole history was alerted in time, and where they
    find nothing, a drill fired them."""
    return _judged("MA-11", facts, limits, "behaviour that looks unauthorized")


#: Control id → check.
CHECKS: dict[str, Callable[[MonitoringFacts, Limits], Judgement]] = {
    "MA-01": ma_01, "MA-02": ma_02, "MA-03": ma_03, "MA-04": ma_04, "MA-05": ma_05,
    "MA-06": ma_06, "MA-07": ma_07, "MA-08": ma_08, "MA-09": ma_09, "MA-10": ma_10,
    "MA-11": ma_11,
}  # fmt: skip
