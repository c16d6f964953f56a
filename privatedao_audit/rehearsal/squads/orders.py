"""The instructions of Squads v4 that make, vote on, execute and close transactions.

Each function judges by `rules` what the instruction does to the books, and gives an `Order` that
does it on the chain or fails there. Account orders and arguments: Squads-Protocol/v4,
programs/squads_multisig_program/src/instructions. A member pays the rent of what it makes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace

from solders.instruction import AccountMeta
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM_PROGRAM

from . import actions, addresses, borsh, rules
from .accounts import ConfigTransaction, Proposal, VaultTransaction
from .actions import Action
from .draft import Books, Chain, Draft, Order
from .message import StoredMessage
from .rules import Refused
from .state import Multisig

PROGRAM_CONFIG = addresses.derive(addresses.program_config_seeds())[0]

_SYSTEM = AccountMeta(SYSTEM_PROGRAM, False, False)
_VOTES = {
    "proposal_approve": rules.approved,
    "proposal_reject": rules.rejected,
    "proposal_cancel": rules.cancelled,
    "proposal_cancel_v2": rules.cancelled,
}


def readonly(key: Pubkey) -> AccountMeta:
    """An account that is only read."""
    return AccountMeta(key, False, False)


def writable(key: Pubkey) -> AccountMeta:
    """An account that is written."""
    return AccountMeta(key, False, True)


def signer(key: Pubkey) -> AccountMeta:
    """An account that signs and is only read."""
    return AccountMeta(key, True, False)


def payer(key: Pubkey) -> AccountMeta:
    """An account that signs and pays."""
    return AccountMeta(key, True, True)


def multisig_create(
    chain: Chain, wanted: Multisig, creator: Pubkey, treasury: Pubkey, memo: str | None = None
) -> Order:
    """multisig_create_v2. The new multisig is `wanted`, with no transactions."""
    arguments = borsh.optional_key(wanted.config_authority) + struct.pack("<H", wanted.threshold)
    arguments += borsh.u32(len(wanted.members))
    arguments += b"".join(one.encode() for one in wanted.members)
    arguments += borsh.u32(wanted.time_lock)
    arguments += borsh.optional_key(wanted.rent_collector) + borsh.optional_text(memo)
    accounts = [
        readonly(PROGRAM_CONFIG),
        writable(treasury),
        writable(wanted.address),
        signer(wanted.create_key),
        payer(creator),
        _SYSTEM,
    ]
    draft = Draft(chain, "multisig_create_v2", arguments, accounts)
    seeds = addresses.multisig_seeds(wanted.create_key)
    draft.create(creator, wanted.address, wanted.room, seeds)
    try:
        rules.check(wanted)
    except Refused as refusal:
        return draft.refused(refusal, Books())
    draft.write(wanted.address, wanted.content())
    return draft.done(Books(multisig=wanted))


def vault_transaction_create(
    chain: Chain,
    books: Books,
    message: StoredMessage,
    creator: Pubkey,
    *,
    vault_index: int = 0,
    ephemeral_signers: int = 0,
    memo: str | None = None,
) -> Order:
    """vault_transaction_create: puts a message to the multisig as its next transaction."""
    multisig = books.now()
    index = multisig.transaction_index + 1
    address, bump = addresses.derive(addresses.transaction_seeds(multisig.address, index))
    ephemeral = [
        addresses.derive(addresses.ephemeral_signer_seeds(address, number))[1]
        for number in range(ephemeral_signers)
    ]
    transaction = VaultTransaction(
        multisig=multisig.address,
        creator=creator,
        index=index,
        bump=bump,
        vault_index=vault_index,
        vault_bump=addresses.derive(addresses.vault_seeds(multisig.address, vault_index))[1],
        message=message,
        ephemeral_bumps=bytes(ephemeral),
    )
    arguments = bytes([vault_index, ephemeral_signers]) + borsh.octets(message.wire())
    arguments += borsh.optional_text(memo)
    draft = _creation(chain, "vault_transaction_create", arguments, multisig, address, creator)
    try:
        after = rules.next_vault_transaction(multisig, creator)
    except Refused as refusal:
        draft.create(creator, address, len(transaction.encode()), _seeds(multisig, index))
        return draft.refused(refusal, books)
    return _put(draft, books, after, transaction, creator)


def config_transaction_create(
    chain: Chain,
    books: Books,
    changes: Sequence[Action],
    creator: Pubkey,
    *,
    memo: str | None = None,
) -> Order:
    """config_transaction_create: puts changes of its own to the multisig."""
    multisig = books.now()
    index = multisig.transaction_index + 1
    address, bump = addresses.derive(addresses.transaction_seeds(multisig.address, index))
    transaction = ConfigTransaction(multisig.address, creator, index, bump, tuple(changes))
    arguments = actions.encode_all(tuple(changes)) + borsh.optional_text(memo)
    draft = _creation(chain, "config_transaction_create", arguments, multisig, address, creator)
    try:
        after = rules.next_config_transaction(multisig, creator, changes)
    except Refused as refusal:
        draft.create(creator, address, len(transaction.encode()), _seeds(multisig, index))
        return draft.refused(refusal, books)
    return _put(draft, books, after, transaction, creator)


def _seeds(multisig: Multisig, index: int) -> list[bytes]:
    return addresses.transaction_seeds(multisig.address, index)


def _creation(
    chain: Chain, name: str, arguments: bytes, multisig: Multisig, address: Pubkey, creator: Pubkey
) -> Draft:
    accounts = [
        writable(multisig.address),
        writable(address),
        signer(creator),
        payer(creator),
        _SYSTEM,
    ]
    return Draft(chain, name, arguments, accounts)


def _put(
    draft: Draft,
    books: Books,
    after: Multisig,
    transaction: VaultTransaction | ConfigTransaction,
    creator: Pubkey,
) -> Order:
    index, content = transaction.index, transaction.encode()
    address = after.transaction(index)
    draft.create(creator, address, len(content), _seeds(after, index))
    draft.log(f"transaction index: {index}")
    draft.write(address, content)
    draft.write(after.address, after.content())
    transactions = {**books.transactions, index: transaction}
    return draft.done(replace(books, multisig=after, transactions=transactions))


def proposal_create(
    chain: Chain, books: Books, index: int, creator: Pubkey, *, draft: bool = False
) -> Order:
    """proposal_create: opens the vote on transaction `index`."""
    multisig = books.now()
    seeds = addresses.proposal_seeds(multisig.address, index)
    address, bump = addresses.derive(seeds)
    accounts = [
        readonly(multisig.address),
        writable(address),
        signer(creator),
        payer(creator),
        _SYSTEM,
    ]
    order = Draft(chain, "proposal_create", struct.pack("<Q?", index, draft), accounts)
    order.create(creator, address, Proposal.size(len(multisig.members)), seeds)
    if index in books.proposals:
        return order.done(books, error="AccountAlreadyInUse")
    try:
        made = rules.proposed(multisig, index, bump, creator, chain.clock(), draft=draft)
    except Refused as refusal:
        return order.refused(refusal, books)
    return _written(order, books, made)


def proposal_activate(chain: Chain, books: Books, index: int, member: Pubkey) -> Order:
    """proposal_activate: opens a draft for votes."""
    multisig = books.now()
    accounts = [readonly(multisig.address), payer(member), writable(multisig.proposal(index))]
    draft = Draft(chain, "proposal_activate", b"", accounts)
    try:
        after = rules.activated(multisig, books.proposal(index), member, chain.clock())
    except Refused as refusal:
        return draft.refused(refusal, books)
    return _written(draft, books, after)


def vote(
    chain: Chain, books: Books, name: str, index: int, member: Pubkey, memo: str | None = None
) -> Order:
    """proposal_approve, _reject, _cancel or _cancel_v2, by `name`."""
    multisig = books.now()
    address = multisig.proposal(index)
    accounts = [readonly(multisig.address), payer(member), writable(address)]
    if name == "proposal_cancel_v2":
        accounts.append(_SYSTEM)
    draft = Draft(chain, name, borsh.optional_text(memo), accounts)
    try:
        after = _VOTES[name](multisig, books.proposal(index), member, chain.clock())
        if name == "proposal_cancel_v2":
            _fit(draft, multisig, address, member)
        elif len(after.encode()) > draft.room(address):
            raise Refused("AccountDidNotSerialize")
    except Refused as refusal:
        return draft.refused(refusal, books)
    return _written(draft, books, after)


def _fit(draft: Draft, multisig: Multisig, proposal: Pubkey, member: Pubkey) -> None:
    """More members may cancel than there were when the proposal was made."""
    room = Proposal.size(len(multisig.members))
    if draft.room(proposal) < room:
        draft.grow(proposal, room, member)


def _written(draft: Draft, books: Books, proposal: Proposal) -> Order:
    draft.write(books.now().proposal(proposal.index), proposal.encode())
    return draft.done(replace(books, proposals={**books.proposals, proposal.index: proposal}))


def vault_transaction_execute(chain: Chain, books: Books, index: int, member: Pubkey) -> Order:
    """vault_transaction_execute: the vault signs what was approved, as inner instructions."""
    multisig = books.now()
    address, transaction = multisig.transaction(index), books.transactions.get(index)
    accounts = [
        readonly(multisig.address),
        writable(multisig.proposal(index)),
        readonly(address),
        signer(member),
    ]
    if isinstance(transaction, VaultTransaction):
        accounts += transaction.message.accounts(signing_for(multisig, transaction))
    draft = Draft(chain, "vault_transaction_execute", b"", accounts)
    try:
        proposal, transaction = books.proposal(index), books.vault_transaction(index)
        after = rules.executed(multisig, proposal, member, chain.clock())
        _run(draft, multisig, transaction)
    except Refused as refusal:
        return draft.refused(refusal, books)
    return _written(draft, books, after)


def signing_for(multisig: Multisig, transaction: VaultTransaction) -> frozenset[Pubkey]:
    """The addresses that the program signs for while it executes `transaction`."""
    address = multisig.transaction(transaction.index)
    extra = [
        addresses.derive(addresses.ephemeral_signer_seeds(address, number))[0]
        for number in range(len(transaction.ephemeral_bumps))
    ]
    return frozenset([multisig.vault(transaction.vault_index), *extra])


def _run(draft: Draft, multisig: Multisig, transaction: VaultTransaction) -> None:
    """The inner instructions. Flags are the message's, not each instruction's own."""
    message = transaction.message
    keys, proposal = message.all_keys(), multisig.proposal(transaction.index)
    vault = addresses.vault_seeds(multisig.address, transaction.vault_index)
    for one in message.instructions:
        metas = [(keys[at], message.signs(at), message.writes(at)) for at in one.accounts]
        if any(write and key == proposal for key, _, write in metas):
            raise Refused("ProtectedAccount")
        draft.call(keys[one.program], metas, one.data, addresses.with_bump(vault))


def transaction_accounts_close(
    chain: Chain, books: Books, index: int, collector: Pubkey, *, config: bool
) -> Order:
    """vault_ or config_transaction_accounts_close: nobody of the multisig need sign it."""
    multisig = books.now()
    address, votes = multisig.transaction(index), multisig.proposal(index)
    accounts = [
        readonly(multisig.address),
        writable(votes),
        writable(address),
        writable(collector),
        _SYSTEM,
    ]
    kind = "config" if config else "vault"
    draft = Draft(chain, f"{kind}_transaction_accounts_close", b"", accounts)
    proposal = books.proposals.get(index)
    try:
        (books.config_transaction if config else books.vault_transaction)(index)
        rules.check_close(multisig, index, proposal, collector, config=config)
    except Refused as refusal:
        return draft.refused(refusal, books)
    if proposal is not None:
        draft.close(votes, collector)
    draft.close(address, collector)
    proposals = {at: one for at, one in books.proposals.items() if at != index}
    transactions = {at: one for at, one in books.transactions.items() if at != index}
    return draft.done(replace(books, proposals=proposals, transactions=transactions))
