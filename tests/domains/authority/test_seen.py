"""From a vault back to its multisig: what its history shows, and what is believed of it."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, replace
from typing import Any

import pytest
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction

from privatedao_audit.chain import programs
from privatedao_audit.domains.authority.collect import (
    MOST_HISTORIES,
    closing,
    collect_authorities,
)
from privatedao_audit.domains.authority.controllers import OldMultisig, Realms
from privatedao_audit.domains.authority.facts import AuthorityFacts
from privatedao_audit.domains.authority.resolve import Holder, Link, chain_of
from privatedao_audit.domains.authority.world import (
    CONTROLLER,
    GOVERNANCE,
    STRANGER,
    World,
    derived,
    found,
    key_bytes,
)
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Found, Unknown
from tests.domains.node import DEPLOYER, Landed, Node

GOOD = World()
MULTISIG, VAULT = GOOD.multisigs[0], GOOD.multisigs[0].vault()
REALM, OLD = Realms(), OldMultisig()
KEY = str(DEPLOYER.pubkey())


@dataclass(frozen=True)
class Called(Landed):
    """A transaction with one instruction of any program."""

    program: str = CONTROLLER
    data: bytes = b""

    @property
    def signed(self) -> Transaction:
        metas = [AccountMeta(Pubkey.from_string(a), a == KEY, True) for a in self.accounts]
        one = Instruction(Pubkey.from_string(self.program), self.data, metas)
        block = Hash(self.slot.to_bytes(32, "little"))
        message = Message.new_with_blockhash([one], DEPLOYER.pubkey(), block)
        return Transaction([DEPLOYER], message, block)


def named(name: str) -> bytes:
    return hashlib.sha256(f"global:{name}".encode()).digest()[:8]


def executed(multisig: str = MULTISIG.address, vault: str = VAULT) -> Called:
    accounts = (multisig, derived("proposal"), derived("transaction"), KEY, vault)
    return Called(0, 500, accounts, data=named("vault_transaction_execute"))


V3 = Called(0, 500, (OLD.address, derived("transaction"), KEY, OLD.authority()),
            data=named("execute_transaction"))  # fmt: skip
VOTED = Called(0, 500, (REALM.address, KEY, REALM.treasury), data=b"\x10")


def collected(world: World, *landed: Landed) -> tuple[AuthorityFacts, Link, Node]:
    node = Node({None: world}, transactions=landed)
    target = world.target()
    facts = asyncio.run(collect_authorities(Sources(target, node, ("first", "second"))))
    return facts, chain_of(GOVERNANCE, facts, target)[0], node


UNNAMED = replace(GOOD, named=False)


@pytest.mark.parametrize(
    ("world", "landed", "holder", "address"),
    [
        (UNNAMED, executed(), Holder.SQUADS_V4, MULTISIG.address),
        (replace(OLD.world(), also=()), V3, Holder.SQUADS_V3, OLD.address),
        (replace(REALM.world(), also=()), VOTED, Holder.GOVERNANCE, REALM.address),
    ],
    ids=["squads v4", "squads v3", "realm"],
)
def test_the_history_of_a_vault_leads_to_its_controller(
    world: World, landed: Landed, holder: Holder, address: str
) -> None:
    facts, link, _ = collected(world, landed)
    assert (link.holder, link.multisig) == (holder, address)
    (seen,) = facts.seen.values()
    assert isinstance(seen, Found)
    assert seen.value == (address,)


def test_a_governance_that_is_the_authority_itself_needs_no_history() -> None:
    facts, link, _ = collected(replace(REALM.world(treasury=False), also=()))
    assert link.holder is Holder.GOVERNANCE
    assert facts.seen == {}
    assert set(facts.accounts) >= {REALM.realm, *REALM.mints}


def test_another_multisig_in_the_history_is_no_explanation() -> None:
    other = replace(MULTISIG, create_key=derived("another")).address
    facts, link, _ = collected(UNNAMED, executed(other))
    assert link.holder is Holder.UNRECOGNISED
    assert "newest transactions show none" in link.detail
    assert facts.seen == {VAULT: Found((), facts.seen[VAULT].at)}


def test_a_multisig_of_an_unlisted_program_is_found_and_not_believed() -> None:
    facts, link, _ = collected(replace(UNNAMED, listed=False), executed())
    assert link.holder is Holder.UNRECOGNISED
    assert "neither the canonical" in link.detail
    assert MULTISIG.address in facts.accounts


def test_a_history_that_can_not_be_read_is_told() -> None:
    class Mute(Node):
        def _getSignaturesForAddress(self, *_: Any) -> Any:
            raise LookupError("the node answered 503")

    node, target = Mute({None: UNNAMED}), UNNAMED.target()
    facts = asyncio.run(collect_authorities(Sources(target, node, ("first", "second"))))
    assert isinstance(facts.seen[VAULT], Unknown)
    link = chain_of(GOVERNANCE, facts, target)[0]
    assert link.holder is Holder.UNRECOGNISED
    assert "could not be read" in link.detail


def test_no_history_is_read_where_the_target_names_the_multisig() -> None:
    _, link, node = collected(GOOD, executed())
    assert link.holder is Holder.SQUADS_V4
    assert "getSignaturesForAddress" not in {method for method, _ in node.methods()}


def test_more_keys_are_followed_from_where_they_are() -> None:
    world = GOOD.reading(MULTISIG.vault(1), found(MULTISIG.vault(1), programs.SYSTEM))
    target = world.target()
    sources = Sources(target, Node({None: world}), ("first", "second"))
    facts = asyncio.run(collect_authorities(sources, (MULTISIG.vault(1), STRANGER)))
    assert {MULTISIG.vault(1), STRANGER} <= set(facts.accounts)
    assert facts.seen == {}


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        (OLD.world(), replace(OLD, threshold=1).world(), True),
        (OLD.world(), OLD.world(), False),
        (REALM.world(), replace(REALM, hold_up=1).world(), True),
        (REALM.world(), replace(REALM, authority=STRANGER).world(), True),
        (REALM.world(), replace(REALM, mint_authority=STRANGER).world(), True),
        (REALM.world(), REALM.world(), False),
    ],
)
def test_a_closing_read_tells_of_every_kind_of_controller(
    before: World, after: World, moved: bool
) -> None:
    sources = Sources(
        before.target(), Node({None: before, "closing": after}), ("first", "second")
    )

    async def both() -> tuple[str, ...]:
        return await closing(sources, await collect_authorities(sources))

    assert bool(asyncio.run(both())) is moved


def test_a_crowd_of_derived_voters_is_not_crawled() -> None:
    keys = sorted((derived(f"voter {n}") for n in range(40)), key=key_bytes)
    crowd = GOOD.multisig(members=tuple(replace(MULTISIG.members[0], key=key) for key in keys))
    facts, _, node = collected(crowd)
    assert len(facts.seen) == MOST_HISTORIES
    pages = [method for method, _ in node.methods() if method == "getSignaturesForAddress"]
    assert len(pages) == MOST_HISTORIES
