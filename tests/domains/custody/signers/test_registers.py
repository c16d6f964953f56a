"""Registers, lists of demonstrations and proofs as a collector reads them from a checkout."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from privatedao_audit.chain.reads import ChainReads
from privatedao_audit.domains.authority.controllers import OldMultisig, Realms
from privatedao_audit.domains.authority.world import MEMBERS, STRANGER, wallet
from privatedao_audit.domains.custody.signers import collect as signers
from privatedao_audit.domains.custody.signers import registers
from privatedao_audit.domains.custody.signers.facts import Entry, SignerFacts
from privatedao_audit.domains.custody.signers.invented import (
    BLOCKHASH,
    GOOD,
    SLOT,
    WORDS,
    challenge,
    sign,
)
from privatedao_audit.domains.sources import Sources
from privatedao_audit.evidence.questions import Answer, Outcome, Question
from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.model.target import Surface, Target
from tests.domains.node import DEPLOYER, Landed, Node

KEY, FILE = MEMBERS[0], "people.json"
FIELDS = {
    "signer-register": {"key": "/key", "roles": "/roles", "custody": "/custody",
                        "owner": "/owner", "date": "/date"},
    "demo-register": {"key": "/key", "label": "/label"},
    "demo-transactions": {"key": "/key", "signature": "/signature"},
    "proof-of-control": {"key": "/key", "message": "/message", "signature": "/signature"},
}  # fmt: skip


@dataclass
class Blocks(Node):
    """A node that also knows blocks: slot → (hash, time)."""

    blocks: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    edited: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()

    def _getBlock(self, _question: Question, slot: int, config: dict[str, Any]) -> tuple[Any, None]:
        assert config["transactionDetails"] == "none"
        assert config["commitment"] == "finalized"
        return {"blockhash": self._block(slot)[0]}, None

    def _getBlockTime(self, _question: Question, slot: int) -> tuple[Any, None]:
        return self._block(slot)[1], None

    def _block(self, slot: int) -> tuple[Any, Any]:
        if slot not in self.blocks:
            raise LookupError("it may be pruned")
        return self.blocks[slot]

    async def ask(self, question: Question) -> Answer:
        if question.kind == "git":
            self.asked.append(question)
            if question.method == "dirty":
                body = json.dumps({"files": list(self.edited)}).encode()
            elif json.loads(question.params)["path"] in self.untracked:
                return self._answer(question, Outcome.ABSENT, None, providers=("checkout",))
            else:
                body = b'{"commit": "%s", "committer_time": 5}' % (b"a" * 40)
            return self._answer(question, Outcome.FOUND, body, providers=("checkout",))
        return await super().ask(question)


def surface(part: str, file: str = FILE, **more: Any) -> Surface:
    return Surface.model_validate(
        {"part": part, "file": file, "format": "json", "rows": "/rows", "fields": FIELDS[part],
         **more}
    )  # fmt: skip


def node(rows: Any = None, **more: Any) -> Blocks:
    files = {} if rows is None else {FILE: json.dumps({"rows": rows}).encode()}
    return Blocks({None: GOOD}, files, **more)


def sources(node: Node, *surfaces: Surface) -> Sources:
    target: Target = GOOD.target().model_copy(update={"surfaces": surfaces})
    return Sources(target, node, ("first",))


def register(rows: Any, **more: Any) -> registers.Register:
    given = sources(node(rows), surface("signer-register", **more))
    (found,) = asyncio.run(registers.signer_registers(given))
    return found


def test_a_row_is_read_with_all_that_it_says() -> None:
    row = {"key": KEY, "roles": ["keeper", " treasury "], "custody": "server", "owner": "ops",
           "date": "2025-12-01"}  # fmt: skip
    found = register([row, {"key": STRANGER, "roles": "own word", "owner": None}])
    assert isinstance(found.entries, Found)
    assert found.entries.value == (
        Entry(KEY, ("keeper", "treasury"), "server", "ops", "2025-12-01"),
        Entry(STRANGER, ("own word",)),
    )
    assert isinstance(found.changed, Found)
    assert found.changed.value == 5


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"roles": "keeper"}], "row 0 has no key"),
        ([{"key": KEY}, {"key": ""}], "row 1 has no key"),
        ([{"key": "0x00"}], "the key of row 0"),
        ([{"key": KEY + "1"}], "the key of row 0"),
        ([{"key": ["a", "b"]}], "the key of row 0"),
        ([{"key": 7}], "the key of row 0"),
        (["text"], "not an object"),
        ({"key": KEY}, "not a list"),
    ],
)
def test_a_register_with_a_row_that_names_nobody_is_not_read(rows: Any, words: str) -> None:
    found = register(rows).entries
    assert isinstance(found, Unknown)
    assert words in found.reason


def test_a_register_that_is_not_there_is_absent_and_an_archived_one_is_not_read() -> None:
    (missing,) = asyncio.run(
        registers.signer_registers(sources(node(), surface("signer-register")))
    )
    assert isinstance(missing.entries, ProvenAbsent)
    old = sources(node([{"key": KEY}]), surface("signer-register", state="archived"))
    assert asyncio.run(registers.signer_registers(old)) == ()


def test_a_register_of_another_cluster_is_not_read() -> None:
    for cluster, count in (("devnet", 0), ("localnet", 1), (None, 1)):
        mapped = surface("signer-register", cluster=cluster)
        found = asyncio.run(registers.signer_registers(sources(node([{"key": KEY}]), mapped)))
        assert len(found) == count, cluster


def test_proofs_of_another_cluster_are_not_read() -> None:
    rows = [{"key": KEY, "message": "m", "signature": "s"}]
    for cluster, count in (("devnet", 0), ("localnet", 1)):
        mapped = surface("proof-of-control", cluster=cluster)
        files, found = asyncio.run(registers.proofs(sources(node(rows), mapped)))
        assert (len(files), len(found)) == (count, count), cluster


def test_a_register_that_is_not_as_it_was_committed_has_no_date() -> None:
    for change, kind in (({"edited": (FILE,)}, Unknown), ({"untracked": (FILE,)}, ProvenAbsent)):
        given = sources(node([{"key": KEY}], **change), surface("signer-register"))
        (found,) = asyncio.run(registers.signer_registers(given))
        assert isinstance(found.entries, Found)
        assert isinstance(found.changed, kind), change


DEMO = Landed(3, 100, (wallet("anything"),))


def shown(rows: Any, node_: Blocks | None = None, **more: Any) -> tuple[registers.DemoList, Blocks]:
    asked = node(rows) if node_ is None else node_
    asked.files = {FILE: json.dumps({"rows": rows}).encode()}
    given = sources(asked, surface("demo-transactions", **more))
    (found,) = asyncio.run(registers.demo_lists(given))
    return found, asked


def test_signers_of_demo_transactions_come_from_the_chain() -> None:
    asked = node([], transactions=(DEMO,))
    found, _ = shown([{"signature": DEMO.signature}, {"signature": DEMO.signature}], asked)
    assert found.signers == (str(DEPLOYER.pubkey()),)
    assert (found.transactions, found.unread) == (1, "")
    assert found.at.evidence


@pytest.mark.parametrize("signature", [wallet("no signature"), "x", "1" * 64])
def test_a_demo_transaction_that_can_not_be_read_is_told(signature: str) -> None:
    asked = node([], transactions=(DEMO,))
    found, _ = shown([{"signature": DEMO.signature}, {"signature": signature}], asked)
    assert found.unread == "1 of 2 could not be read"
    assert found.signers == (str(DEPLOYER.pubkey()),)


def test_transactions_of_another_cluster_are_never_asked_here() -> None:
    rows = [{"signature": DEMO.signature, "key": KEY}]
    found, asked = shown(rows, node([], transactions=(DEMO,)), cluster="devnet")
    assert found.unread == "they are of devnet, which is not read in this audit"
    assert (found.keys.value, found.signers) == ((KEY,), ())  # type: ignore[union-attr]
    assert "getTransaction" not in [method for method, _ in asked.methods()]


def test_a_list_of_more_transactions_than_are_read_says_so(monkeypatch: Any) -> None:
    monkeypatch.setattr(registers, "MAX_TRANSACTIONS", 1)
    second = Landed(3, 101, (wallet("anything"),))
    asked = node([], transactions=(DEMO, second))
    found, _ = shown([{"signature": one.signature} for one in (DEMO, second)], asked)
    assert found.unread == "1 of 2 could not be read"


def test_a_demo_register_gives_its_keys_once() -> None:
    given = sources(node([{"key": KEY}, {"key": KEY}]), surface("demo-register", cluster="devnet"))
    (found,) = asyncio.run(registers.demo_lists(given))
    assert (found.cluster, found.keys.value) == ("devnet", (KEY,))  # type: ignore[union-attr]


TEXT = challenge(KEY).text()
ROW = {"key": KEY, "message": TEXT, "signature": sign(WORDS[KEY], TEXT)}


def proofs(rows: Any, **more: Any) -> tuple[Any, Any, Blocks]:
    asked = node(rows, **more)
    files, found = asyncio.run(registers.proofs(sources(asked, surface("proof-of-control"))))
    return files, found, asked


def test_a_proof_comes_with_the_block_that_it_names() -> None:
    files, (found,), _ = proofs([ROW], blocks={SLOT: (BLOCKHASH, 77)})
    assert files[FILE].value == 1
    assert (found.key, found.message, found.signature) == (KEY, TEXT, ROW["signature"])
    assert (found.block.value.blockhash, found.block.value.time) == (BLOCKHASH, 77)
    assert len(found.block.at.evidence) == 2


@pytest.mark.parametrize(
    ("row", "blocks", "words"),
    [
        (ROW, {}, "pruned"),
        (ROW, {SLOT: ("short", 77)}, "not a key"),
        (ROW, {SLOT: (None, 77)}, "not a key"),
        (ROW, {SLOT: (BLOCKHASH, "noon")}, "not a number"),
        ({**ROW, "message": "hello"}, {SLOT: (BLOCKHASH, 77)}, "no block is named"),
        ({"key": KEY}, {SLOT: (BLOCKHASH, 77)}, "no block is named"),
        ({**ROW, "message": challenge(KEY, genesis_hash=wallet("else")).text()},
         {SLOT: (BLOCKHASH, 77)}, "another cluster"),
    ],
)  # fmt: skip
def test_a_block_that_is_not_there_is_unknown(row: Any, blocks: Any, words: str) -> None:
    _, (found,), _ = proofs([row], blocks=blocks)
    assert isinstance(found.block, Unknown)
    assert words in found.block.reason


def test_a_foreign_text_asks_the_chain_nothing() -> None:
    _, _, asked = proofs([{**ROW, "message": "x" * 100_000}])
    assert [method for method, _ in asked.methods() if method.startswith("get")] == []


def test_a_flood_of_proofs_is_refused_before_the_chain_is_asked(monkeypatch: Any) -> None:
    monkeypatch.setattr(registers, "MAX_PROOFS", 2)
    files, found, asked = proofs([ROW] * 3, blocks={SLOT: (BLOCKHASH, 77)})
    assert isinstance(files[FILE], Unknown)
    assert found == ()
    assert "getBlock" not in [method for method, _ in asked.methods()]


def test_a_file_of_proofs_that_is_not_there_is_absent() -> None:
    files, found, _ = proofs(None)
    assert isinstance(files[FILE], ProvenAbsent)
    assert found == ()


def test_the_block_of_a_slot_is_read_finalized() -> None:
    asked = node(blocks={7: (BLOCKHASH, 70)})
    read = asyncio.run(registers.block(ChainReads(asked), 7))
    assert isinstance(read, Found)
    assert [method for method, _ in asked.methods()] == ["getBlock", "getBlockTime"]


def test_a_protocol_that_nobody_knows_leaves_roles_unknown() -> None:
    given = sources(node([{"key": KEY}]), surface("signer-register"))
    found = asyncio.run(signers.collect(given, GOOD.facts()))
    assert isinstance(found, SignerFacts)
    assert [role.role for role in found.roles] == ["authority"]
    assert isinstance(found.roles[0].key, Unknown)
    assert found.target == "case"
    assert len(found.registers) == 1


def test_who_signs_for_a_derived_address_is_found_behind_every_kind_of_controller() -> None:
    old, realm = OldMultisig(), Realms()
    cases: tuple[tuple[Any, str, Any, Any], ...] = (
        (GOOD, GOOD.multisigs[0].vault(3), (GOOD.multisigs[0].address, 3), {}),
        (old.world(), old.authority(), (old.address, 1), {}),
        (realm.world(), realm.treasury, None, {realm.treasury: realm.address}),
        (realm.world(), realm.address, None, {realm.address: realm.address}),
        (replace(old.world(), listed=False), old.authority(), None, {}),
        (replace(realm.world(), listed=False), realm.treasury, None, {}),
    )
    for world, key, vault, governed in cases:
        given = Sources(world.target(), Blocks({None: world}), ("first",))
        believed = signers._believed(given, world.facts())
        found = [(one.multisig, one.index) for one in signers._vaults(believed, [key])]
        assert found == ([] if vault is None else [vault])
        assert dict(signers._governed(believed, [key])) == governed
