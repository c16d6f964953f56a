"""The checks of incident response: pure functions of facts, each docstring the rule in words."""

from __future__ import annotations

from privatedao_audit.domains.custody.signers.labels import distinct
from privatedao_audit.domains.incident.drills.checks import drilled
from privatedao_audit.domains.incident.facts import IncidentFacts
from privatedao_audit.domains.incident.paths import judged
from privatedao_audit.domains.incident.people import reachable
from privatedao_audit.model.finding import Judgement, judgement
from privatedao_audit.model.limits import Limits

__all__ = ["CHECKS"]


def ir_01(facts: IncidentFacts, limits: Limits) -> Judgement:
    """The current runbooks that the target maps to a bad proposal state trigger, first actions,
    owner, an escalation that names somebody of the lists of contacts or an address, and the
    evidence to keep, each by text that a reader sees and that is no placeholder. They are no older
    than the limit for contacts, by the older of their own date and the last commit, and about no
    other path. A lever that they name exists in the program as it stands: a cancellation works
    before the first vote, a veto before the unlock and only where the DAO's delay leaves time for
    it; "none" alone, where one exists, is MISSING it. A lever that does not exist, or not then,
    fails; the seconds until it takes effect follow from what holds the authority. That people act
    so, no file can show."""
    return judged("IR-01", facts, limits)


def ir_02(facts: IncidentFacts, limits: Limits) -> Judgement:
    """As IR-01, of the runbooks for unexpected voting behaviour: after the first vote a veto
    before the unlock is the only lever, so that a runbook which names others alone is MISSING
    one, and one that promises a cancellation at a later time fails."""
    return judged("IR-02", facts, limits)


def ir_03(facts: IncidentFacts, limits: Limits) -> Judgement:
    """As IR-01, of the runbooks for treasury execution anomalies: a veto works before the unlock
    alone, and after the execution "none" is the right answer. A freeze, a recall or an emergency
    flag that no instruction sets is no lever and fails."""
    return judged("IR-03", facts, limits)


def ir_04(facts: IncidentFacts, limits: Limits) -> Judgement:
    """As IR-01, of the runbooks for a compromised operator wallet: the lever hands the DAO's
    authority over, in one step where a wallet holds it and after the time lock where a multisig
    does; that the running build has the instruction is shown by a transaction that used it. A
    flag that the program reads and no instruction can set is no lever and fails."""
    return judged("IR-04", facts, limits)


def ir_05(facts: IncidentFacts, limits: Limits) -> Judgement:
    """As IR-01, of the runbooks for the outage of an RPC provider: nothing on chain depends on a
    provider, and "none" is the right lever to name. A runbook that names no lever and does not
    say so is MISSING it; one whose lever does not exist fails."""
    return judged("IR-05", facts, limits)


def ir_06(facts: IncidentFacts, limits: Limits) -> Judgement:
    """The current lists of incident contacts name one person as the incident owner, reachable
    by some contact, and give contacts of at least two kinds with two different values, each with
    a name and an owner, in the form of its kind, and no older than the limit for contacts by the
    older of the row's date and the file's last commit. Two owners are none. This is ATTESTED:
    whether somebody answers no file can show. Findings hold kinds and digests, never a name, a
    number or an address."""
    return judgement(
        distinct(reachable(facts, limits)),
        good="One incident owner is named, and incident contacts of two kinds are in date.",
        nothing="The target maps neither a list nor a page of incident contacts.",
    )


def ir_07(facts: IncidentFacts, limits: Limits) -> Judgement:
    """Each of the five paths has a drill with start, detection and end in this order, registered
    keys that took part, gaps that are closed, and an age within the limit for drills by the older
    of its dates and the record's last commit. Its transactions exist on the cluster that it names
    (on that of the target they are read from the chain, on another one from the recording that it
    carries, which must have the root it names), landed in its times, and one of them, that no
    other path counts, took effect as the drilled lever of that path, signed by a registered key.
    Without a lever, on IR-03 a payment out of the treasury or a replayed recording is named, and
    on IR-05 a recording begun in its time shows one provider fail and another answer. A drill
    that is shown to be made up fails, whatever others show; a form without times is MISSING."""
    return judgement(
        distinct(drilled(facts, limits)),
        good="Every path was drilled, and the chain or a recording shows it.",
        nothing="The target maps no drill record.",
    )


#: Control id → check.
CHECKS = {
    "IR-01": ir_01, "IR-02": ir_02, "IR-03": ir_03, "IR-04": ir_04, "IR-05": ir_05,
    "IR-06": ir_06, "IR-07": ir_07,
}  # fmt: skip
