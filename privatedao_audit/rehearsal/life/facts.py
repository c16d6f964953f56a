"""What a scripted life leaves behind: `Life`, and the parts it is made of.

Addresses, signatures and hashes are text (base58, hexadecimal), times unix seconds of the story,
amounts lamports or raw token units. Everything here was read from the node or decided by the
script; nothing is derived by the code that an audit runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Landed:
    """A transaction on the chain: `slot`, `block_time` in unix seconds, `fee_payer` base58."""

    signature: str
    slot: int
    block_time: int
    fee_payer: str
    succeeded: bool


@dataclass(frozen=True)
class Step:
    """One thing that somebody did, in the order of the story.

    `what`: an instruction's name in snake case, or `transfer` for a plain payment. `program`:
    governance, loader, squads, token or system. `about`: the proposal, program, multisig or
    account it is about. `error`: the program's name for its refusal, None when it succeeded.
    `treasury`: it moved lamports or tokens of the treasury.
    """

    what: str
    program: str
    by: str
    about: str
    landed: Landed
    error: str | None = None
    treasury: bool = False


@dataclass(frozen=True)
class Version:
    """One version of the program that ran, and the transaction that put it there.

    `artifact`: the ELF as built; `artifact_sha256`: of the ELF with its trailing zeros cut.
    `authority`: the upgrade authority that acted. `through_lookup_table`: the ProgramData address
    stands in no account list of the message, only in the loaded ones. `squads_index`: number of
    the multisig's transaction, `approvals` the votes for it; None and empty for the deployment.
    """

    name: str
    kind: str
    artifact: bytes = field(repr=False)
    artifact_sha256: str
    buffer: str
    authority: str
    transaction: Landed
    through_lookup_table: bool = False
    squads_index: int | None = None
    approvals: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Signer:
    """A multisig member: `mask` is 1 initiate + 2 vote + 4 execute."""

    name: str
    address: str
    mask: int


@dataclass(frozen=True)
class Person:
    """Somebody with a key. `name` is also the label of the key pair in `wallet`.

    `roles`: those that the signer register gives. `custody`: where the key lies, in words.
    `owner`: the person who holds the key. `payee`: in the recipient register.
    """

    name: str
    address: str
    roles: tuple[str, ...]
    custody: str
    owner: str
    payee: bool = False


@dataclass(frozen=True)
class MintFacts:
    """A token mint at the end of the story. `program`: spl-token or token-2022."""

    name: str
    symbol: str
    address: str
    program: str
    decimals: int
    role: str
    mint_authority: str | None
    freeze_authority: str | None
    permanent_delegate: str | None = None


@dataclass(frozen=True)
class TokenAccountFacts:
    """A token account that the treasury owns at the end; `amount` in raw units."""

    address: str
    mint: str
    amount: int
    associated: bool
    close_authority: str | None = None


@dataclass(frozen=True)
class DaoFacts:
    """The DAO as it stands at the end. `windows` in seconds: voting as its proposals ask for it.

    `creator` gave the address its seed, whoever holds `authority` now.
    """

    name: str
    address: str
    treasury: str
    creator: str
    authority: str
    treasury_operator: str
    authority_vault_index: int | None
    governance_mint: str
    quorum_percentage: int
    voting_seconds: int
    reveal_seconds: int
    execution_delay_seconds: int
    proposal_count: int


@dataclass(frozen=True)
class ProposalFacts:
    """A proposal and how it stands at the end.

    `ended`: cancelled, failed, vetoed, executed, waiting (passed, in its time lock) or voting.
    `kind`: none, sol, token or confidential. `recipient` is a wallet, `amount` lamports or raw
    units of `mint`. `execution` is the transaction that moved the treasury, or marked it executed.
    """

    number: int
    address: str
    title: str
    description: str
    proposer: str
    ended: str
    kind: str = "none"
    amount: int = 0
    recipient: str | None = None
    mint: str | None = None
    created: Landed | None = None
    execution: Landed | None = None


@dataclass(frozen=True)
class Fault:
    """One thing that is really wrong in a life.

    `kind`: a short name, one for every sort. `domain`: the audit's domain that must see it.
    `control`: the id of the control that judges it. `where`: "chain" or a file of the checkout.
    """

    kind: str
    domain: str
    control: str
    where: str


@dataclass(frozen=True)
class Life:
    """Everything the story did, and what an audit of it must find. Addresses are base58.

    `versions` are in the order in which they ran, the last one is running; `release` is the one
    the release record names: in mid-rollout the last but one. `journal` holds every step in the
    order of the chain. `archive`: the execution transactions as the node showed them, by
    signature. `treasury_lamports`: what the treasury holds at the end. `release_blockhash`: of
    the block that holds the release's transaction. `story`: name of its target, if it has one
    of its own.
    """

    healthy: bool
    genesis_hash: str
    began_at: int
    program_id: str
    programdata: str
    anchor_toml_program_id: str
    deployer: str
    operator: str
    versions: tuple[Version, ...]
    release: Version
    handover: Landed
    extension: Landed
    extension_bytes: int
    stranger: str
    refused_upgrade: Landed
    squads_program: str
    multisig: str
    vault: str
    vault_index: int
    members: tuple[Signer, ...]
    threshold: int
    time_lock_seconds: int
    config_authority: str | None
    rent_collector: str | None
    transaction_index: int
    lookup_table: str
    dao: DaoFacts
    mints: tuple[MintFacts, ...]
    treasury_lamports: int
    treasury_accounts: tuple[TokenAccountFacts, ...]
    proposals: tuple[ProposalFacts, ...]
    people: tuple[Person, ...]
    journal: tuple[Step, ...]
    faults: tuple[Fault, ...]
    finished_at: int
    last_slot: int
    release_blockhash: str = ""
    story: str = ""
    archive: Mapping[str, Mapping[str, Any]] = field(
        default_factory=lambda: MappingProxyType({}), repr=False
    )

    @property
    def target(self) -> str:
        """Name of the target profile that goes with it."""
        return self.story or ("sample-healthy" if self.healthy else "sample")

    @property
    def running(self) -> Version:
        """The version whose executable lies in ProgramData at the end."""
        return self.versions[-1]

    def person(self, name: str) -> Person:
        """The person of that name. Raises KeyError when the story has none."""
        for one in self.people:
            if one.name == name:
                return one
        raise KeyError(name)

    def with_role(self, role: str) -> tuple[Person, ...]:
        """Everybody who has a role in the signer register."""
        return tuple(one for one in self.people if role in one.roles)

    def steps(self, *names: str) -> tuple[Step, ...]:
        """The steps of those names, in order."""
        return tuple(one for one in self.journal if one.what in names)

    def proposal(self, number: int) -> ProposalFacts:
        """The proposal of that number. Raises IndexError when there is none."""
        return self.proposals[number]
