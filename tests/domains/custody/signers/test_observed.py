"""Who signed what, out of transactions: roles, strangers' things, gaps in histories."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from privatedao_audit.chain import programs
from privatedao_audit.chain.answers import SignatureRow
from privatedao_audit.chain.layouts import squads, squads_v3
from privatedao_audit.chain.reads import SignatureHistory
from privatedao_audit.chain.transactions import Instruction, Transaction
from privatedao_audit.domains.authority.controllers import OldMultisig, Realms
from privatedao_audit.domains.authority.world import (
    CONTROLLER,
    GOVERNANCE,
    MEMBERS,
    STRANGER,
    derived,
    wallet,
)
from privatedao_audit.domains.cases import on_chain
from privatedao_audit.domains.custody.signers.facts import Observed, Seen, Walk
from privatedao_audit.domains.custody.signers.invented import GOOD, MULTISIG
from privatedao_audit.domains.custody.signers.observed import observe
from privatedao_audit.model.reads import Diverged, Found, Read, Unknown
from privatedao_audit.protocols.base import DaoReads, ProposalReads
from privatedao_audit.protocols.privatedao.interface import interface
from privatedao_audit.protocols.registry import protocol_of

DATA = GOOD.programs[0].programdata
DEPLOYER, DAO, PROPOSAL, PROPOSER = (wallet(w) for w in ("d", "dao", "proposal", "proposer"))
_MARKS = {name: mark for mark, name in squads.INSTRUCTIONS.items()}


def outer(program: str, accounts: tuple[str, ...], data: bytes) -> Instruction:
    return Instruction(program, accounts, data, 0)


def vote(member: str, *, multisig: str = MULTISIG.address, program: str = CONTROLLER,
         name: str = "proposal_approve") -> Instruction:  # fmt: skip
    return outer(program, (multisig, member, wallet("a proposal")), _MARKS[name] + b"\0")


def deploy(authority: str = DEPLOYER) -> Instruction:
    accounts = (authority, DATA, GOVERNANCE, wallet("b"), *[wallet("sysvar")] * 3, authority)
    return outer(programs.LOADER_V3, accounts, (2).to_bytes(4, "little") + bytes(8))


def upgrade(authority: str) -> Instruction:
    accounts = (DATA, GOVERNANCE, wallet("b"), STRANGER, *[wallet("sysvar")] * 2, authority)
    return outer(programs.LOADER_V3, accounts, (3).to_bytes(4, "little"))


def call(name: str, *, program: str = GOVERNANCE, data: bytes = b"", **accounts: str
         ) -> Instruction:  # fmt: skip
    names = interface().account_names(name)
    keys = tuple(accounts.get(one, wallet(f"{one} of {name}")) for one in names)
    return outer(program, keys, interface().discriminator("instruction", name) + data)


@dataclass
class Landed:
    """One transaction, and under which addresses its history is listed."""

    instruction: Instruction
    signers: tuple[str, ...] = (STRANGER,)
    slot: int = 100
    err: Any = None
    inner_recorded: bool = True
    listed: tuple[str, ...] = ()
    read: Read[Transaction] | None = None
    signature: str = field(default="")

    def transaction(self) -> Transaction:
        keys = tuple(dict.fromkeys((*self.signers, *self.instruction.accounts,
                                    self.instruction.program)))  # fmt: skip
        return Transaction(
            (self.signature,), self.slot, self.slot * 10, self.err, "legacy", keys, self.signers,
            "hash", (), (self.instruction,), self.inner_recorded, b"",
        )  # fmt: skip


class Chain:
    """Histories and transactions of an invented chain; complete unless ``cut`` says from where."""

    def __init__(self, landed: list[Landed], cut: int | None = None) -> None:
        self.cut = cut
        self.landed = {f"sig{n}": one for n, one in enumerate(landed)}
        for name, one in self.landed.items():
            one.signature = name
        self.fails: dict[str, Read[Any]] = {}

    async def signature_history(self, address: str, max_pages: int) -> Read[SignatureHistory]:
        assert max_pages == 20
        if address in self.fails:
            return self.fails[address]
        rows = [
            SignatureRow(name, one.slot, one.err, 1)
            for name, one in self.landed.items()
            if address in one.instruction.accounts or address in one.listed
        ]
        whole = self.cut is None
        reason = None if whole else f"the provider keeps blocks from slot {self.cut} on"
        history = SignatureHistory(address, tuple(rows), True, self.cut or 0, whole, reason)
        return Found(history, on_chain(f"list {address[:6]}"))

    async def transactions(self, names: tuple[str, ...]) -> tuple[Read[Transaction], ...]:
        return tuple(
            self.landed[n].read or Found(self.landed[n].transaction(), on_chain(n)) for n in names
        )


def dao(proposer: str | None = PROPOSER, authority: str = DEPLOYER) -> DaoReads:
    said: Any = Unknown("503") if proposer is None else Found(
        SimpleNamespace(proposer=proposer), on_chain("p"))  # fmt: skip
    one = ProposalReads("0", PROPOSAL, said, {}, Unknown("no"), {}, Unknown("no"))
    return DaoReads(DAO, GOVERNANCE, Unknown("no"), Unknown("no"), (), {},
                    {"authority": Found(authority, on_chain("dao"))}, {}, (one,), ())  # fmt: skip


def seen(chain: Chain, *, world: Any = GOOD, daos: tuple[DaoReads, ...] | None = None,
         protocol: bool = True) -> Observed:  # fmt: skip
    sources: Any = SimpleNamespace(chain=chain, target=world.target())
    known = protocol_of("privatedao") if protocol else None
    return asyncio.run(
        observe(sources, world.facts(), (dao(),) if daos is None else daos, known)
    )


def roles(rows: tuple[Seen, ...]) -> set[tuple[str, str, str]]:
    return {(one.key, one.role, one.subject) for one in rows}


def gap(observed: Observed, kind: str) -> str:
    (walk,) = [walk for walk in observed.walks if walk.kind == kind]
    return walk.gap


def test_each_kind_of_power_gives_its_role() -> None:
    found = seen(Chain([
        Landed(deploy()),
        Landed(vote(MEMBERS[0])),
        Landed(vote(MEMBERS[0]), slot=120),
        Landed(upgrade(MULTISIG.vault()), slot=130),
        Landed(call("veto_proposal", dao=DAO, proposal=PROPOSAL, authority=DEPLOYER)),
    ]))  # fmt: skip
    assert roles(found.seen) == {
        (DEPLOYER, "upgrade authority", GOVERNANCE),
        (MULTISIG.vault(), "upgrade authority", GOVERNANCE),
        (MEMBERS[0], "multisig member", MULTISIG.address),
        (DEPLOYER, "authority", DAO),
    }
    assert found.failed == ()
    assert [walk.gap for walk in found.walks] == [""] * 4
    (votes,) = [one for one in found.seen if one.key == MEMBERS[0]]
    assert votes.instructions == (("proposal_approve", 2),)
    assert (votes.first.slot, votes.last.slot, votes.last.time) == (100, 120, 1200)
    assert set(votes.at.evidence) == {"r-sig1", "r-sig2"}


@pytest.mark.parametrize(
    "instruction",
    [
        outer(programs.LOADER_V3, (DATA, GOVERNANCE, wallet("system"), STRANGER),
              (6).to_bytes(4, "little") + bytes(4)),  # anybody may extend
        vote(STRANGER, multisig=wallet("another multisig")),
        vote(STRANGER, program=wallet("a program like it")),
        outer(CONTROLLER, (MULTISIG.address, *[wallet("x")] * 4),
              _MARKS["vault_transaction_accounts_close"]),
        call("veto_proposal", dao=wallet("another DAO"), authority=STRANGER),
        call("finalize_proposal", dao=DAO, proposal=PROPOSAL, finalizer=STRANGER),
        call("execute_proposal", dao=DAO, proposal=PROPOSAL, executor=STRANGER),
        call("veto_proposal", program=wallet("a like program"), dao=DAO, authority=STRANGER),
    ],
    ids=["extend", "another multisig", "a program like it", "closing accounts", "another DAO",
         "finalize", "execute", "another governance"],
)  # fmt: skip
def test_what_anybody_may_do_and_what_is_others_gives_no_role(instruction: Instruction) -> None:
    touched = (DATA, MULTISIG.address, DAO)
    found = seen(Chain([Landed(deploy()), Landed(instruction, listed=touched)]))
    assert roles(found.seen) == {(DEPLOYER, "upgrade authority", GOVERNANCE)}


def test_a_failed_attempt_gives_no_role_and_is_kept_for_those_who_signed_it() -> None:
    found = seen(Chain([
        Landed(upgrade(STRANGER), err={"InstructionError": [0, "Custom"]}),
        # The vault is named in the signer's place and signed nothing.
        Landed(upgrade(MULTISIG.vault()), err={"InstructionError": [0, "Custom"]}),
    ]))  # fmt: skip
    assert found.seen == ()
    assert roles(found.failed) == {(STRANGER, "upgrade authority", GOVERNANCE)}


def test_a_config_authority_is_no_member() -> None:
    data = _MARKS["multisig_set_time_lock"] + bytes(4) + b"\0"
    one = outer(CONTROLLER, (MULTISIG.address, STRANGER), data)
    assert roles(seen(Chain([Landed(one)])).seen) == {
        (STRANGER, "config authority", MULTISIG.address)
    }


@pytest.mark.parametrize(
    ("proposer", "authority", "role"),
    [
        (PROPOSER, DEPLOYER, "proposer"),
        (wallet("somebody else"), DEPLOYER, "authority or proposer"),
        (None, DEPLOYER, "authority or proposer"),
        (PROPOSER, PROPOSER, "authority or proposer"),
    ],
    ids=["own proposal", "another's proposal", "proposal unread", "the authority's own"],
)
def test_a_proposer_is_told_from_an_authority(
    proposer: str | None, authority: str, role: str
) -> None:
    one = call("configure_confidential_payout_plan", dao=DAO, proposal=PROPOSAL, operator=PROPOSER)
    found = seen(Chain([Landed(one)]), daos=(dao(proposer, authority),))
    assert roles(found.seen) == {(PROPOSER, role, DAO)}


def test_attestors_sign_as_further_accounts() -> None:
    attestor = wallet("attestor")
    base = call("record_settlement_evidence_v2", dao=DAO, proposal=PROPOSAL, recorder=STRANGER)
    one = Instruction(base.program, (*base.accounts, attestor, wallet("readonly")), base.data, 0)
    found = seen(Chain([Landed(one, signers=(STRANGER, attestor))]))
    assert (attestor, "attestors", DAO) in roles(found.seen)
    assert wallet("readonly") not in {one.key for one in found.seen}


@pytest.mark.parametrize(
    ("landed", "kind", "words"),
    [
        (Landed(vote(MEMBERS[0]), inner_recorded=False), "multisig", "inner instructions"),
        (Landed(vote(MEMBERS[0]), read=Unknown("pruned")), "multisig", "1 of 1 transactions"),
        (Landed(outer(CONTROLLER, (MULTISIG.address,), b"\x01" * 8)), "multisig",
         "does not decode"),
        (Landed(outer(programs.LOADER_V3, (DATA,), (99).to_bytes(4, "little"))), "ProgramData",
         "loader instruction"),
        (Landed(outer(GOVERNANCE, (DAO, STRANGER), b"\x02" * 8)), "DAO",
         "no instruction of this discriminator"),
    ],
    ids=["inner", "unread", "multisig", "loader", "protocol"],
)
def test_what_can_not_be_read_is_a_gap(landed: Landed, kind: str, words: str) -> None:
    assert words in gap(seen(Chain([landed])), kind)


def test_what_can_not_be_read_in_a_failed_transaction_hides_nothing() -> None:
    one = Landed(outer(CONTROLLER, (MULTISIG.address,), b"\x01" * 8), err="x", inner_recorded=False)
    assert gap(seen(Chain([one])), "multisig") == ""


def test_a_cut_history_is_whole_when_it_reaches_the_birth() -> None:
    create = (b"\0" + (2).to_bytes(2, "little") + bytes(4) + bytes(4) + b"\0" + b"\0")
    born = outer(CONTROLLER, (wallet("c"), wallet("t"), MULTISIG.address, wallet("k"), DEPLOYER,
                              wallet("s")), _MARKS["multisig_create_v2"] + create)  # fmt: skip
    landed = [Landed(deploy(), slot=100), Landed(born), Landed(vote(MEMBERS[0]))]
    found = seen(Chain(landed, cut=50))
    assert [walk.gap for walk in found.walks] == ["", "", "", ""]


def test_a_cut_history_without_its_birth_is_a_gap() -> None:
    found = seen(Chain([Landed(upgrade(MULTISIG.vault())), Landed(vote(MEMBERS[0]))], cut=50))
    assert all("may be cut" in walk.gap for walk in found.walks)
    later = seen(Chain([Landed(deploy(), slot=100)], cut=101))
    assert "may be cut" in gap(later, "DAO")
    assert gap(later, "ProgramData") == ""


@pytest.mark.parametrize(
    "read", [Unknown("the node answered 503"), Diverged("they differ", on_chain("x"))]
)
def test_a_history_that_can_not_be_listed_is_a_gap(read: Read[Any]) -> None:
    chain = Chain([Landed(deploy())])
    chain.fails[DAO] = read
    walk = next(walk for walk in seen(chain).walks if walk.kind == "DAO")
    assert isinstance(walk, Walk)
    assert "the history of DAO" in walk.gap
    assert walk.transactions == 0


def test_a_multisig_that_is_not_believed_gives_no_role_and_leaves_a_gap() -> None:
    world = GOOD.multisig(threshold=9)
    found = seen(Chain([Landed(vote(STRANGER))]), world=world)
    assert found.seen == ()
    assert gap(found, "multisig") != ""


def test_without_a_protocol_the_dao_is_a_gap() -> None:
    one = Landed(call("veto_proposal", dao=DAO, authority=DEPLOYER))
    found = seen(Chain([one]), protocol=False)
    assert found.seen == ()
    assert "protocol is not known" in gap(found, "DAO")


def test_a_derived_signer_is_kept_as_it_is() -> None:
    vault = derived("some vault")
    one = call("veto_proposal", dao=DAO, proposal=PROPOSAL, authority=vault)
    assert roles(seen(Chain([Landed(one)])).seen) == {(vault, "authority", DAO)}


OLD = OldMultisig()
_OLD_MARKS = {name: mark for mark, name in squads_v3.INSTRUCTIONS.items()}


def old(name: str, *accounts: str, multisig: str = OLD.address) -> Instruction:
    return outer(CONTROLLER, (multisig, *accounts), _OLD_MARKS[name] + b"\0")


def made() -> Landed:
    return Landed(old("create", STRANGER, STRANGER), slot=50)


def test_members_of_an_older_multisig_sign_as_members() -> None:
    one, two = wallet("a transaction"), wallet("an instruction")
    found = seen(Chain([
        Landed(deploy()), made(),
        Landed(old("create_transaction", one, MEMBERS[0], STRANGER)),
        Landed(old("add_instruction", one, two, MEMBERS[0], STRANGER)),
        Landed(old("approve_transaction", one, MEMBERS[1])),
        Landed(old("execute_transaction", one, MEMBERS[2])),
        Landed(old("execute_instruction", one, two, MEMBERS[2])),
        Landed(old("change_threshold")),
        Landed(old("approve_transaction", one, STRANGER, multisig=wallet("another one"))),
    ], cut=40), world=OLD.world())  # fmt: skip
    of_multisig = {row for row in roles(found.seen) if row[2] == OLD.address}
    assert of_multisig == {(key, "multisig member", OLD.address) for key in MEMBERS}
    assert gap(found, "multisig of Squads v3") == ""


def test_an_older_multisig_whose_creation_or_instructions_are_not_seen_may_hide_signers() -> None:
    cut = seen(Chain([Landed(deploy())], cut=40), world=OLD.world())
    assert "may be cut" in gap(cut, "multisig of Squads v3")
    odd = Landed(outer(CONTROLLER, (OLD.address, MEMBERS[0]), b"\0" * 8))
    found = seen(Chain([Landed(deploy()), made(), odd]), world=OLD.world())
    assert "does not decode" in gap(found, "multisig of Squads v3")


def test_an_older_multisig_that_may_not_be_believed_gives_no_role() -> None:
    world = replace(OLD.world(), listed=False)
    voted = Landed(old("approve_transaction", wallet("a transaction"), MEMBERS[0]))
    found = seen(Chain([Landed(deploy()), made(), voted]), world=world)
    assert {row for row in roles(found.seen) if row[2] == OLD.address} == set()
    assert "neither the canonical" in gap(found, "multisig of Squads v3")


def test_who_votes_in_a_realm_is_said_to_be_open() -> None:
    found = seen(Chain([Landed(deploy())]), world=Realms().world())
    assert "holders of tokens vote for it" in gap(found, "multisig")
