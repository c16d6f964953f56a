"""Who stood behind a deployment: who paid, whose authority it was, and who moved that authority.

A wallet that is the authority signs for itself. A vault can't: the multisig program signs for it,
and the people are the member who executed and the members who approved. The member stands in the
transaction itself; the approvals stand in the proposal, or in its history once it was closed.
"""

from __future__ import annotations

from privatedao_audit.chain.layouts import squads
from privatedao_audit.chain.layouts.loader import LoaderInstruction
from privatedao_audit.chain.reads import Account
from privatedao_audit.chain.transactions import LoaderAction, Transaction, loader_actions
from privatedao_audit.domains.authority.facts import AuthorityFacts
from privatedao_audit.domains.authority.resolve import distrust
from privatedao_audit.domains.release.provenance.facts import Acting, Deployment
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, Unknown, decoded, joined

_CHANGES = ("DeployWithMaxDataLen", "Upgrade")
_EXECUTES = ("vault_transaction_execute", "batch_execute_transaction")


async def deployment_of(
    sources: Sources, signature: str, programdata: str, authority: AuthorityFacts
) -> Read[Deployment]:
    """Who stood behind a transaction, as far as it deploys or upgrades one ProgramData."""
    read = await sources.chain.transaction(signature)
    if not isinstance(read, Found):
        return read
    transaction = read.value
    acting = []
    for action in loader_actions(transaction):
        detail = action.detail
        if not isinstance(detail, LoaderInstruction) or detail.authority is None:
            continue
        if detail.name in _CHANGES and detail.programdata == programdata:
            found = await _acting(sources, transaction, action, detail.authority, authority)
            acting.append(found)
    known = {transaction.fee_payer}
    for one in acting:
        known |= {one.authority, one.executor or one.authority}
    return Found(
        Deployment(
            signature=signature,
            slot=transaction.slot,
            succeeded=transaction.succeeded,
            payer=transaction.fee_payer,
            others=tuple(key for key in transaction.signers if key not in known),
            acting=tuple(acting),
        ),
        read.at,
    )


async def _acting(
    sources: Sources, transaction: Transaction, action: LoaderAction, key: str,
    authority: AuthorityFacts,
) -> Acting:  # fmt: skip
    if key in transaction.signers:
        return Acting(key, signed=True)
    parent = action.instruction.parent
    if parent is None:
        return Acting(key, signed=False, doubt="which program signed for it was not recorded")
    caller = transaction.instructions[parent]
    call = squads.decode_instruction(caller.accounts, caller.data, program=caller.program)
    if not isinstance(call, squads.SquadsInstruction) or call.name not in _EXECUTES:
        doubt = f"the program {caller.program} signed for it, by an instruction that is not known"
        return Acting(key, signed=False, doubt=doubt)
    multisig, proposal = call.account("multisig") or "", call.account("proposal") or ""
    doubt = _doubt(sources, multisig, caller.program, authority)
    index = None if doubt else squads.find_vault_index(multisig, key, caller.program)
    if not doubt and index is None:
        doubt = f"it is no vault of the multisig {multisig} that the instruction names"
    if doubt:
        return Acting(key, signed=False, doubt=doubt)
    approvers = await _approvers(sources, multisig, proposal, caller.program)
    return Acting(key, False, multisig, index, call.account("member"), approvers)


def _doubt(sources: Sources, multisig: str, program: str, authority: AuthorityFacts) -> str:
    """Why a multisig is not believed; empty when it is."""
    read = authority.accounts.get(multisig)
    if read is None:
        return f"the target does not name the multisig {multisig}"
    if not isinstance(read, Found):
        return f"the multisig {multisig} could not be read"
    state = read.value.content
    if not isinstance(state, squads.Multisig) or read.value.owner != program:
        return f"{multisig} is not a multisig of the program {program}"
    return (distrust(multisig, state, program, authority, sources.target) or "").rstrip(".")


async def _approvers(
    sources: Sources, multisig: str, proposal: str, program: str
) -> Read[tuple[str, ...]]:
    """The members whose approvals stand; from the proposal's history once it was closed."""
    (read,) = await sources.chain.accounts((proposal,))
    if not isinstance(read, ProvenAbsent):
        return decoded(
            read, lambda account: _approved(account, multisig, proposal, program), "the proposal"
        )
    pages = sources.target.limits.signature_pages
    listed = await sources.chain.signature_history(proposal, max_pages=pages)
    if not isinstance(listed, Found):
        return listed
    if not listed.value.complete:
        reason = listed.value.reason or "it may be cut"
        return Unknown(f"the proposal is closed, and of its history {reason}", listed.at)
    names = [row.signature for row in reversed(listed.value.rows) if row.succeeded]
    standing: dict[str, None] = {}
    places = [read.at, listed.at]
    for one in await sources.chain.transactions(names):
        if not isinstance(one, Found):
            return Unknown("a transaction of the closed proposal could not be read", listed.at)
        places.append(one.at)
        if not one.value.inner_recorded:
            return Unknown("inner instructions of the closed proposal were not recorded", one.at)
        _count(one.value, proposal, program, standing)
    return Found(tuple(standing), joined(*places))


def _approved(account: Account, multisig: str, address: str, program: str) -> tuple[str, ...]:
    proposal = squads.decode_proposal(account.owner, account.data, program=program)
    if proposal.multisig != multisig or not proposal.rederives(address, program):
        raise ValueError("it is not a proposal of the multisig")
    return proposal.approved


def _count(
    transaction: Transaction, proposal: str, program: str, standing: dict[str, None]
) -> None:
    """Enter the votes of one transaction: a later rejection takes an approval back."""
    for item in transaction.instructions:
        if item.program != program:
            continue
        call = squads.decode_instruction(item.accounts, item.data, program=program)
        if not isinstance(call, squads.SquadsInstruction) or call.account("proposal") != proposal:
            continue
        voter = call.account("member")
        if call.name not in squads.VOTES or voter is None:
            continue
        if call.name == "proposal_approve":
            standing[voter] = None
        else:
            standing.pop(voter, None)
