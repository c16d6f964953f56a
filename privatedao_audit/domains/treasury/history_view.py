"""What notebook 05 shows of the treasury's history: movements, payments, claims, decisions."""

from __future__ import annotations

from collections.abc import Iterator

from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.domains.treasury.payments import rules_of
from privatedao_audit.history.continuity import Chain, born_at
from privatedao_audit.history.facts import DaoHistory
from privatedao_audit.history.reconcile import (
    Execution,
    Movement,
    executions,
    movements,
    owed,
)
from privatedao_audit.model.reads import Found, Read
from privatedao_audit.protocols.conduct import ActionKind, PolicyRule
from privatedao_audit.protocols.facts import DaoReads, Outcome, Policy
from privatedao_audit.protocols.registry import UnknownProtocol, protocol_of
from privatedao_audit.view.columns import Moment
from privatedao_audit.view.plots import Across, Plot, steps
from privatedao_audit.view.plots import Movement as Step
from privatedao_audit.view.table import Ordinary, Table
from privatedao_audit.view.units import instant, lamports, raw_units, seconds

_WHEN = {"when": Moment()}
_NO_HISTORY = "No history was read."
_UNEXPLAINED = "unexplained"
_DONE, _READS_ALL = "took effect", "none"


def _each(facts: TreasuryFacts) -> Iterator[tuple[str, DaoReads, DaoHistory]]:
    for reads in facts.governance.daos:
        history = facts.histories.get(reads.address)
        if history is not None:
            yield facts.governance.names.get(reads.address, reads.address), reads, history


def _done(facts: TreasuryFacts, reads: DaoReads, history: DaoHistory) -> tuple[Execution, ...]:
    return executions(history, reads.proposals, rules_of(facts))


def _chained(
    facts: TreasuryFacts, reads: DaoReads, history: DaoHistory
) -> Iterator[tuple[Chain, Movement]]:
    own = history.histories.get(history.dao)
    born = born_at(own) if own is not None else None
    done = _done(facts, reads, history)
    for chain, moved in movements(history, done, -1 if born is None else born):
        for one in moved:
            yield chain, one


def _amount(amount: int, mint: str | None) -> str:
    return lamports(amount) if mint is None else raw_units(amount, mint)


def ledger(facts: TreasuryFacts) -> Table:
    """Every movement of every balance of the treasury, oldest first, with its reason."""
    import pandas as pd

    rows = []
    for name, reads, history in _each(facts):
        numbers = {one.address: one.id for one in reads.proposals}
        for chain, one in _chained(facts, reads, history):
            account = chain.address
            why = f"payment of proposal {numbers.get(one.proposal or '', '?')}"
            rows.append((
                name, (one.link.block_time, one.link.slot),
                "SOL" if account == history.treasury else account, _amount(one.change, one.mint),
                why if one.why == "payment" else one.why, one.note or one.open,
                one.link.signature,
            ))  # fmt: skip
    rows.sort(key=lambda row: row[1][1])
    columns = ["DAO", "when", "account", "change", "what it was", "what is wrong", "transaction"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "What came into the treasury and what left it, and why?",
        facts.governance.unsupported or "Nothing ever moved.",
        dict(_WHEN),
        ordinary=Ordinary([not row[5] for row in rows], "nothing is wrong with the movement"),
    )


def balance(facts: TreasuryFacts) -> Plot | Table:
    """The treasury's SOL through time, with what each step was."""
    series: dict[str, list[Step]] = {}
    unexplained = doubtful = 0
    broken = False
    for name, reads, history in _each(facts):
        for chain, one in _chained(facts, reads, history):
            if chain.address != history.treasury:
                continue
            broken |= bool(chain.broken)
            kind = one.why
            if one.note and not one.open:
                kind, unexplained = _UNEXPLAINED, unexplained + 1
            elif one.open:
                kind, doubtful = "not certain", doubtful + 1
            if one.link.block_time is not None:
                series.setdefault(name, []).append(Step(one.link.block_time, one.link.after, kind))
    title = "Every debit of SOL is a payment that was voted"
    if unexplained:
        many = "1 debit of SOL has" if unexplained == 1 else f"{unexplained} debits of SOL have"
        title = f"{many} no explanation"
    elif doubtful or broken:
        title = "Whether every debit of SOL was voted is not certain"
    return steps(
        dict(series),
        across=Across.TIME,
        unit="SOL",
        decimals=9,
        title=title,
        says="The treasury's SOL after each transaction that moved it.",
        alarm=_UNEXPLAINED,
        table=ledger(facts),
    )


def payments(facts: TreasuryFacts) -> Table:
    """Each execution beside what was voted."""
    import pandas as pd

    rows = []
    for name, reads, history in _each(facts):
        known = {one.address: one for one in reads.proposals}
        for done in _done(facts, reads, history):
            one = known.get(done.proposal or "")
            due = owed(one)[0] if one is not None else ()
            paid = "; ".join(f"{_amount(t.amount or 0, t.mint)} to {t.receiver}"
                             for t in done.paid)  # fmt: skip
            voted = "; ".join(f"{_amount(d.amount, d.mint)} to {d.recipient}" for d in due)
            rows.append((
                name, one.id if one is not None else "?", done.name, voted or "nothing",
                paid or "nothing", done.fault or done.open or "nothing", done.deed.signature,
            ))  # fmt: skip
    columns = ["DAO", "no.", "instruction", "voted", "paid", "what is wrong", "transaction"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "What did each execution pay, and what had been voted?",
        facts.governance.unsupported or "Nothing was executed.",
    )


def claims(facts: TreasuryFacts) -> Table:
    """Proposals that passed and were not executed, with what they can still draw."""
    import pandas as pd

    rows = []
    for name, reads, _history in _each(facts):
        for one in reads.proposals:
            if not isinstance(one.proposal, Found):
                continue
            said = one.proposal.value
            if said.outcome is not Outcome.PASSED:
                continue
            due, unclear = owed(one)
            what = "; ".join(f"{_amount(d.amount, d.mint)} to {d.recipient}" for d in due)
            since = "not fixed" if said.unlocks_at is None else instant(said.unlocks_at)
            rows.append((name, one.id, said.title, unclear or what or "nothing", since))
    columns = ["DAO", "no.", "title", "what it can draw", "by anybody from"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "What can still be drawn from the treasury, and from when?",
        facts.governance.unsupported or "No proposal has a standing claim.",
    )


def decisions(facts: TreasuryFacts) -> Table:
    """How each proposal was decided and paid: the variant of the instruction that was used."""
    import pandas as pd

    rows = []
    for name, reads, history in _each(facts):
        try:
            policy_rules = protocol_of(facts.governance.protocol).policy_rules
        except UnknownProtocol:
            continue
        over = {one for rule in policy_rules for one in rule.over}
        numbers = {one.address: one.id for one in reads.proposals}
        for deed in history.deeds:
            for action in deed.actions:
                if action.kind is not ActionKind.INSTRUCTION or action.name not in over:
                    continue
                ignores = sorted({
                    rule.policy for rule in policy_rules
                    if action.name in rule.over and action.name not in rule.through
                    and _asks(reads.policies.get(rule.policy), rule)
                })  # fmt: skip
                rows.append((
                    name, numbers.get(action.proposal or "", "?"),
                    (deed.block_time, deed.slot), action.name,
                    _DONE if action.took_effect else "failed",
                    ", ".join(ignores) or _READS_ALL, deed.signature,
                ))  # fmt: skip
    columns = ["DAO", "no.", "when", "instruction", "came to", "does not read", "transaction"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "Which variant counted each vote, and which policies of today does it not read?",
        facts.governance.unsupported or _NO_HISTORY,
        dict(_WHEN),
        ordinary=Ordinary(
            [row[4] == _DONE and row[5] == _READS_ALL for row in rows],
            "the variant took effect and reads every policy that is set",
        ),
    )


def _asks(read: Read[Policy] | None, rule: PolicyRule) -> bool:
    """Whether a policy exists and asks for what the rule is about."""
    if not isinstance(read, Found):
        return False
    return rule.setting is None or read.value.settings.get(rule.setting) in rule.values


def windows(facts: TreasuryFacts) -> Table:
    """How long each proposal could be voted on and revealed."""
    import pandas as pd

    rows = []
    for name, reads, history in _each(facts):
        for one in reads.proposals:
            own = history.histories.get(one.address)
            first = own.entries[0].block_time if own is not None and own.entries else None
            if not isinstance(one.proposal, Found):
                continue
            closes = {w.name: (w.opens_at, w.closes_at) for w in one.proposal.value.windows}
            ends, (opens, shut) = (
                closes.get("voting", (None, None))[1],
                closes.get("reveal", (None, None)),
            )
            rows.append((
                name, one.id,
                "not known" if first is None else instant(first),
                "not known" if first is None or ends is None else seconds(ends - first),
                "not known" if opens is None or shut is None else seconds(shut - opens),
                one.proposal.value.outcome.value,
            ))  # fmt: skip
    return Table(
        pd.DataFrame(
            rows, columns=["DAO", "no.", "created", "to vote", "to reveal", "outcome"], dtype=object
        ),
        "How long did members have to vote and to reveal?",
        facts.governance.unsupported or "There is no proposal.",
    )
