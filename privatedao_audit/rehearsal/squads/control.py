"""The instructions of Squads v4 that change a multisig, and those that spend without a vote.

Account orders and arguments: Squads-Protocol/v4, programs/squads_multisig_program/src, the files
config_transaction_execute, multisig_config, multisig_add_spending_limit,
multisig_remove_spending_limit and spending_limit_use of instructions. An account that may be
left out is the program's own id then, as Anchor has it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from solders.instruction import AccountMeta
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM_PROGRAM

from . import actions, addresses, borsh, rules
from .accounts import SpendingLimit
from .actions import Action
from .addresses import SQUADS
from .draft import Books, Chain, Draft, Order
from .orders import payer, readonly, signer, writable
from .rules import Refused
from .state import Multisig

_SYSTEM = readonly(SYSTEM_PROGRAM)
_LEFT_OUT = readonly(SQUADS)
_TRANSFER_CHECKED = 12
_SOL_DECIMALS = 9
_LIMIT_SIZE = 139
"""Bytes of a spending limit's account without its members and destinations."""
_RULED = {
    actions.AddMember: "multisig_add_member",
    actions.RemoveMember: "multisig_remove_member",
    actions.ChangeThreshold: "multisig_change_threshold",
    actions.SetTimeLock: "multisig_set_time_lock",
    actions.SetRentCollector: "multisig_set_rent_collector",
}


@dataclass(frozen=True)
class TokenPayment:
    """What a payment in tokens names beside the amount: the mint and the two token accounts."""

    program: Pubkey
    mint: Pubkey
    source: Pubkey
    target: Pubkey
    decimals: int


def config_transaction_execute(chain: Chain, books: Books, index: int, member: Pubkey) -> Order:
    """config_transaction_execute: the multisig changes itself. `member` pays for room."""
    multisig = books.now()
    votes = multisig.proposal(index)
    accounts = [
        writable(multisig.address),
        signer(member),
        writable(votes),
        readonly(multisig.transaction(index)),
        payer(member),
        _SYSTEM,
    ]
    transaction = books.transactions.get(index)
    changes = getattr(transaction, "actions", ())
    for one in changes:
        if isinstance(one, actions.AddSpendingLimit):
            accounts.append(writable(multisig.spending_limit(one.create_key)))
        elif isinstance(one, actions.RemoveSpendingLimit):
            accounts.append(writable(one.limit))
    draft = Draft(chain, "config_transaction_execute", b"", accounts)
    try:
        proposal, transaction = books.proposal(index), books.config_transaction(index)
        voted = rules.executed_config(multisig, proposal, member, chain.clock())
        limits = _limits(draft, books, transaction.actions, member)
        after = rules.changed(multisig, transaction.actions)
    except Refused as refusal:
        return draft.refused(refusal, books)
    _rewrite(draft, multisig, after, member)
    draft.write(votes, voted.encode())
    proposals = {**books.proposals, index: voted}
    return draft.done(replace(books, multisig=after, proposals=proposals, limits=limits))


def _limits(
    draft: Draft, books: Books, changes: Sequence[Action], member: Pubkey
) -> dict[Pubkey, SpendingLimit]:
    limits = dict(books.limits)
    for one in changes:
        if isinstance(one, actions.AddSpendingLimit):
            address, made = _new_limit(draft, books, one, member)
            limits[address] = made
        elif isinstance(one, actions.RemoveSpendingLimit):
            books.limit(one.limit)
            draft.close(one.limit, member)
            del limits[one.limit]
    return limits


def _new_limit(
    draft: Draft, books: Books, wanted: actions.AddSpendingLimit, paying: Pubkey
) -> tuple[Pubkey, SpendingLimit]:
    multisig = books.now()
    seeds = addresses.spending_limit_seeds(multisig.address, wanted.create_key)
    address, bump = addresses.derive(seeds)
    keys = len(wanted.members) + len(wanted.destinations)
    draft.create(paying, address, _LIMIT_SIZE + borsh.KEY * keys, seeds)
    made = rules.limited(multisig, wanted, bump, draft.chain.clock())
    draft.write(address, made.encode())
    return address, made


def _rewrite(draft: Draft, before: Multisig, after: Multisig, paying: Pubkey) -> None:
    if after.room > before.room:
        draft.grow(after.address, after.room, paying)
    draft.write(after.address, after.content())


def spending_limit_use(
    chain: Chain,
    books: Books,
    limit: Pubkey,
    member: Pubkey,
    destination: Pubkey,
    amount: int,
    tokens: TokenPayment | None = None,
    memo: str | None = None,
) -> Order:
    """spending_limit_use: pays `amount` raw units of `tokens`, or lamports, out of a vault.

    `destination` owns the token account that receives.
    """
    multisig = books.now()
    known = books.limits.get(limit)
    vault_index = 0 if known is None else known.vault_index
    vault = multisig.vault(vault_index)
    decimals = _SOL_DECIMALS if tokens is None else tokens.decimals
    accounts = [
        readonly(multisig.address),
        signer(member),
        writable(limit),
        writable(vault),
        writable(destination),
        _SYSTEM,
    ]
    if tokens is None:
        accounts += [_LEFT_OUT] * 4
    else:
        accounts += [
            readonly(tokens.mint),
            writable(tokens.source),
            writable(tokens.target),
            readonly(tokens.program),
        ]
    arguments = struct.pack("<QB", amount, decimals) + borsh.optional_text(memo)
    draft = Draft(chain, "spending_limit_use", arguments, accounts)
    mint = None if tokens is None else tokens.mint
    try:
        before = books.limit(limit)
        after = rules.spent(before, member, destination, mint, amount, decimals, chain.clock())
    except Refused as refusal:
        return draft.refused(refusal, books)
    signing = addresses.with_bump(addresses.vault_seeds(multisig.address, vault_index))
    if tokens is None:
        draft.pay(vault, destination, amount, signing)
    else:
        draft.call(
            tokens.program,
            [
                (tokens.source, False, True),
                (tokens.mint, False, False),
                (tokens.target, False, True),
                (vault, True, False),
            ],
            struct.pack("<BQB", _TRANSFER_CHECKED, amount, decimals),
            signing,
        )
    draft.write(limit, after.encode())
    return draft.done(replace(books, limits={**books.limits, limit: after}))


# Controlled multisigs


def rule(
    chain: Chain, books: Books, change: Action, ruler: Pubkey, memo: str | None = None
) -> Order:
    """One change by the config authority, with no vote: multisig_add_member and its like."""
    text = borsh.optional_text(memo)
    if isinstance(change, actions.AddSpendingLimit):
        return _add_limit(chain, books, change, ruler, text)
    if isinstance(change, actions.RemoveSpendingLimit):
        return _remove_limit(chain, books, change, ruler, text)
    # The arguments are the action's fields, without its tag.
    draft = _ruler_draft(chain, books, _RULED[type(change)], change.encode()[1:] + text, ruler)
    try:
        rules.check_ruler(books.now(), ruler)
        after = rules.ruled(books.now(), change)
    except Refused as refusal:
        return draft.refused(refusal, books)
    _rewrite(draft, books.now(), after, ruler)
    return draft.done(replace(books, multisig=after))


def multisig_set_config_authority(
    chain: Chain, books: Books, ruler: Pubkey, new: Pubkey | None, memo: str | None = None
) -> Order:
    """multisig_set_config_authority: `new` rules from now on; None makes it autonomous."""
    arguments = (bytes(borsh.KEY) if new is None else bytes(new)) + borsh.optional_text(memo)
    draft = _ruler_draft(chain, books, "multisig_set_config_authority", arguments, ruler)
    try:
        rules.check_ruler(books.now(), ruler)
        after = rules.handed(books.now(), new)
    except Refused as refusal:
        return draft.refused(refusal, books)
    _rewrite(draft, books.now(), after, ruler)
    return draft.done(replace(books, multisig=after))


def _ruler_draft(chain: Chain, books: Books, name: str, arguments: bytes, ruler: Pubkey) -> Draft:
    accounts = [writable(books.now().address), signer(ruler), payer(ruler), _SYSTEM]
    return Draft(chain, name, arguments, accounts)


def _add_limit(
    chain: Chain, books: Books, wanted: actions.AddSpendingLimit, ruler: Pubkey, text: bytes
) -> Order:
    multisig = books.now()
    accounts = [
        readonly(multisig.address),
        signer(ruler),
        writable(multisig.spending_limit(wanted.create_key)),
        payer(ruler),
        _SYSTEM,
    ]
    arguments = wanted.arguments() + text
    draft = Draft(chain, "multisig_add_spending_limit", arguments, accounts)
    try:
        address, made = _new_limit(draft, books, wanted, ruler)
        rules.check_ruler(multisig, ruler)
    except Refused as refusal:
        return draft.refused(refusal, books)
    return draft.done(replace(books, limits={**books.limits, address: made}))


def _remove_limit(
    chain: Chain, books: Books, change: actions.RemoveSpendingLimit, ruler: Pubkey, text: bytes
) -> Order:
    accounts: list[AccountMeta] = [
        readonly(books.now().address),
        signer(ruler),
        writable(change.limit),
        writable(ruler),
    ]
    draft = Draft(chain, "multisig_remove_spending_limit", text, accounts)
    try:
        books.limit(change.limit)
        rules.check_ruler(books.now(), ruler)
    except Refused as refusal:
        return draft.refused(refusal, books)
    draft.close(change.limit, ruler)
    limits = {at: one for at, one in books.limits.items() if at != change.limit}
    return draft.done(replace(books, limits=limits))
