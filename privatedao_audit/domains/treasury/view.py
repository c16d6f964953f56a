"""What notebook 05 shows beside its controls."""

from __future__ import annotations

from privatedao_audit.domains.treasury.facts import TreasuryFacts
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, Unknown
from privatedao_audit.protocols.facts import Dao, Outcome, Policy, Proposal, ProposedAction
from privatedao_audit.view.table import Table
from privatedao_audit.view.units import instant, lamports, raw_units, seconds

#: Outcomes after which nothing can be executed any more.
_NEVER = frozenset({Outcome.FAILED, Outcome.CANCELLED, Outcome.VETOED})
_NO_DAO = "No DAO could be read."


def daos(facts: TreasuryFacts) -> Table:
    """The parameters that stand between a vote and a payment, for each DAO."""
    import pandas as pd

    rows: list[tuple[object, ...]] = []
    for reads in facts.governance.daos:
        name = facts.governance.names.get(reads.address, reads.address)
        if not isinstance(reads.dao, Found):
            rows.append((name, "the DAO account", _why(reads.dao)))
            continue
        dao = reads.dao.value
        rows += [
            (name, "name on chain", dao.name),
            (name, "address", dao.address),
            *((name, role, key) for role, key in dao.authorities.items()),
            *((name, role, read.value) for role, read in reads.roles.items()
              if isinstance(read, Found) and role not in dao.authorities),
            (name, "voting", dao.voting_rule),
            *((name, f"{delay} delay", seconds(value)) for delay, value in dao.delays.items()),
            *((name, f"{kind}: who can change it", _changes(dao, read.value))
              for kind, read in reads.policies.items() if isinstance(read, Found)),
            (name, "proposals so far", dao.proposal_count),
            (name, "its address", dao.proof or dao.proof_note),
            *((name, "could not be read", gap) for gap in reads.gaps),
        ]  # fmt: skip
    return Table(
        pd.DataFrame(rows, columns=["DAO", "what", "on chain"], dtype=object),
        "Who rules each DAO, and by which rules does a vote become a payment?",
        facts.governance.unsupported or _NO_DAO,
    )


def _changes(dao: Dao, policy: Policy) -> str:
    """Who can change a policy: one key has to be the DAO's authority and the policy's own."""
    if policy.authority is None or policy.authority in dao.authorities.values():
        return policy.authority or "nobody"
    return f"nobody: it belongs to {policy.authority}, which is not the DAO's authority any more"


def holdings(facts: TreasuryFacts) -> Table:
    """Each treasury's derived address beside the documented one, and the SOL it holds."""
    import pandas as pd

    rows = []
    for reads in facts.governance.daos:
        name = facts.governance.names.get(reads.address, reads.address)
        for one in reads.treasuries:
            if isinstance(one.account, ProvenAbsent):
                holds = lamports(0)
                fault: str | None = "the account does not exist yet, which is no fault"
            elif isinstance(one.account, Found):
                holds, fault = lamports(one.account.value.lamports), one.account.value.fault
            else:
                holds, fault = "not known", _why(one.account)
            rows.append((name, one.treasury.address, ", ".join(one.treasury.seeds), holds,
                         one.account.at.slot, fault or "none"))  # fmt: skip
    return Table(
        pd.DataFrame(
            rows, columns=["DAO", "treasury", "derived from", "SOL", "slot", "fault"], dtype=object
        ),
        "Where does each DAO keep its SOL, and how much is there?",
        facts.governance.unsupported or _NO_DAO,
    )


def proposals(facts: TreasuryFacts) -> Table:
    """Every proposal: what it would pay, how it ended, and from when it can be executed."""
    import pandas as pd

    rows = []
    for _, one in facts.governance.proposals():
        if not isinstance(one.proposal, Found):
            rows.append((one.id, "not known", _why(one.proposal), "", "", "", one.address))
            continue
        said = one.proposal.value
        rows.append((said.id, said.title, said.outcome.value, _actions(said),
                     said.proposer, _unlock(said), said.address))  # fmt: skip
    columns = ["no.", "title", "outcome", "what it pays", "proposer", "executable from", "address"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "What was proposed, what became of it, and what would it pay to whom?",
        facts.governance.unsupported or "There is no proposal.",
    )


def votes(facts: TreasuryFacts) -> Table:
    """How each proposal was decided: who took part, how it was counted, and whether all is seen."""
    import pandas as pd

    rows: list[tuple[object, ...]] = []
    for _, one in facts.governance.proposals():
        if not isinstance(one.proposal, Found):
            rows.append((one.id, None, None, None, _why(one.proposal)))
            continue
        said, seen = one.proposal.value, one.votes
        tallies = ", ".join(f"{t.name.replace('_', ' ')} {t.value}" for t in said.tallies)
        if not isinstance(seen, Found):
            rows.append((one.id, said.participants, tallies, None, _why(seen)))
            continue
        lent = len(seen.value.delegations)
        rows.append((one.id, said.participants, tallies, lent, seen.value.why))
    columns = ["no.", "votes", "tallies in raw units", "delegations seen", "is that all of them"]
    return Table(
        pd.DataFrame(rows, columns=columns, dtype=object),
        "How was each proposal decided, and have all its votes been seen?",
        facts.governance.unsupported or "There is no proposal.",
    )


def _actions(proposal: Proposal) -> str:
    return "; ".join(map(_action, proposal.actions)) or "nothing"


def _action(action: ProposedAction) -> str:
    if action.amount is None:
        return f"a call ({action.kind})"
    what = lamports(action.amount) if action.mint is None else raw_units(action.amount, action.mint)
    return f"{what} to {action.recipient}" + (f" ({action.fault})" if action.fault else "")


def _unlock(proposal: Proposal) -> str:
    if proposal.executed:
        return "executed"
    if proposal.outcome in _NEVER:
        return "never"
    return instant(proposal.unlocks_at) if proposal.unlocks_at is not None else "not fixed"


def _why(read: Read[object]) -> str:
    if isinstance(read, Unknown):
        return f"not known: {read.reason}"
    return "proven absent" if isinstance(read, ProvenAbsent) else "providers disagree"
