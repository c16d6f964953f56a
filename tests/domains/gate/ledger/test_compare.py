"""How claims stand: against the chain, derivations, files, and one another."""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy

import pytest

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import associated_token_address
from privatedao_audit.domains.authority.world import MEMBERS, STRANGER, wallet
from privatedao_audit.domains.cases import on_chain
from privatedao_audit.domains.gate.ledger import Standing, ledger
from privatedao_audit.domains.gate.ledger.facts import SeenAccount, SeenSignature
from privatedao_audit.model.reads import Found, ProvenAbsent, ReadAt, Unknown
from privatedao_audit.repository.claims.model import Mapping
from tests.domains.gate.ledger.build import (
    DAO,
    FORMER,
    MULTISIG,
    PROGRAM,
    PROGRAMDATA,
    TREASURY,
    VAULT,
    WORLD,
    chain_read,
    entry,
    facts_of,
    ledger_of,
)
from tests.repository.claims.test_tokens import DIGEST, SIGNATURE

HERE = "- network: localnet\n"
#: Another document that calls a former program the project's own.
PAST = {"old.md": f"- Legacy localnet program id: `{FORMER}`", "now.md": f"- program: `{PROGRAM}`"}
AGREES, CONTRADICTED = Standing.AGREES, Standing.CONTRADICTED
SUPERSEDED, UNCHECKED = Standing.SUPERSEDED, Standing.UNCHECKED
ABSENT = ProvenAbsent(on_chain("lookup"))


def test_the_program_in_scope_agrees_with_the_chain() -> None:
    found = entry(f"- localnet program: `{PROGRAM}`")
    assert (found.standing, found.against) == (AGREES, "chain")
    assert "r-accounts" in found.at.evidence
    assert "r-documents" in found.at.evidence


def test_without_an_endpoint_it_agrees_with_the_target_alone() -> None:
    assert entry(f"- localnet program: `{PROGRAM}`", world=None).against == "target"


@pytest.mark.parametrize(
    ("file", "text", "standing"),
    [
        ("a.md", f"- localnet program: `{FORMER}`", CONTRADICTED),
        ("a.md", f"- legacy localnet program: `{FORMER}`", SUPERSEDED),
        ("a-2026-04-18.md", f"- localnet program: `{FORMER}`", SUPERSEDED),
        ("archive/a.md", f"- localnet program: `{FORMER}`", SUPERSEDED),
        ("a.md", f"- the localnet program will be `{FORMER}`", UNCHECKED),
        ("a.md", f"- devnet program: `{FORMER}`", UNCHECKED),
        ("a.md", f"- program: `{FORMER}`", UNCHECKED),
        ("a.md", f"- localnet program of others: `{STRANGER}`", UNCHECKED),
        ("a.md", f"- localnet token program: `{programs.TOKEN}`", UNCHECKED),
    ],
)
def test_another_program_id(file: str, text: str, standing: Standing) -> None:
    found = entry(text, file=file, others=PAST)
    assert found.standing is standing
    if standing is SUPERSEDED:
        assert found.newer is not None
        assert (found.newer.file, found.newer.value) == ("now.md", PROGRAM)


def test_the_program_in_scope_has_to_be_there_and_executable() -> None:
    gone = WORLD.reading(PROGRAM, ProvenAbsent(on_chain("accounts")))
    assert entry(f"- localnet program: `{PROGRAM}`", world=gone).standing is CONTRADICTED
    # Without a cluster it may be one where it is there.
    assert entry(f"- program: `{PROGRAM}`", world=gone).standing is AGREES
    assert entry(f"- program: `{PROGRAM}`", world=gone).against == "target"


def test_a_mapped_file_that_names_another_program_is_contradicted() -> None:
    mapped = {"record.json": Mapping("localnet")}
    text = json.dumps({"programId": FORMER})
    found = entry(text, file="record.json", mapped=mapped, others=PAST)
    assert found.standing is CONTRADICTED
    archived = {"record.json": Mapping("localnet", archived=True)}
    found = entry(text, file="record.json", mapped=archived, others=PAST)
    assert found.standing is SUPERSEDED


def test_a_cluster_named_far_away_contradicts_nothing() -> None:
    text = f"# State\n\nOn localnet.\n\n## Programs\n\n- program: `{FORMER}`"
    found = entry(text, others=PAST)
    assert found.claim.cluster == "localnet"
    assert found.standing is UNCHECKED
    assert "Only the opening" in found.why
    near = text.replace("## Programs", "## Localnet programs")
    assert entry(near, others=PAST).standing is CONTRADICTED


def test_an_old_checkout_is_not_held_against_a_new_target() -> None:
    text = json.dumps({"programId": FORMER})
    found = entry(text, file="record.json", mapped={"record.json": Mapping("localnet")})
    assert found.standing is UNCHECKED


def test_what_is_said_of_the_sources_is_set_against_anchor_toml() -> None:
    others = {"Anchor.toml": f'[programs.localnet]\ngovernance = "{PROGRAM}"\n'}
    wrong = entry(f"- Program ID in this repo: `{FORMER}`", others=others)
    assert (wrong.standing, wrong.expected) == (CONTRADICTED, PROGRAM)
    assert entry(f"- Program ID in this repo: `{PROGRAM}`", others=others).standing is AGREES


@pytest.mark.parametrize(
    ("text", "value", "standing"),
    [
        (f"- program: `{PROGRAM}`\n- ProgramData: `{PROGRAMDATA}`", PROGRAMDATA, AGREES),
        (f"- program: `{PROGRAM}`\n- ProgramData: `{STRANGER}`", STRANGER, CONTRADICTED),
        (f"- devnet program: `{STRANGER}`\n- ProgramData: `{FORMER}`", FORMER, UNCHECKED),
        (f"- vault authority: `{VAULT}`", VAULT, AGREES),
        (f"- vault: `{STRANGER}`", STRANGER, UNCHECKED),
        (f"- treasury: `{TREASURY}`", TREASURY, AGREES),
        (f"- treasury: `{STRANGER}`", STRANGER, UNCHECKED),
    ],
)
def test_derived_addresses_are_derived_again(text: str, value: str, standing: Standing) -> None:
    assert entry(text, value).standing is standing


def test_a_treasury_beside_its_dao_and_program_is_derived_whatever_the_cluster() -> None:
    row = {"network": "devnet", "dao": DAO, "programId": PROGRAM, "treasury": TREASURY}
    assert entry(json.dumps(row), TREASURY, "a.json").standing is AGREES
    found = entry(json.dumps({**row, "treasury": STRANGER}), STRANGER, "a.json")
    assert (found.standing, found.expected) == (CONTRADICTED, TREASURY)


def test_an_associated_token_account_is_derived_and_another_one_is_no_fault() -> None:
    mint = wallet("mint")
    account = associated_token_address(STRANGER, mint, programs.TOKEN_2022)
    row = {"owner": STRANGER, "mint": mint, "tokenAccount": account}
    assert entry(json.dumps(row), account, "a.json").standing is AGREES
    other = json.dumps({**row, "tokenAccount": DAO})
    assert entry(other, DAO, "a.json").standing is UNCHECKED


@pytest.mark.parametrize(
    ("file", "said", "standing"),
    [
        ("a.md", VAULT, AGREES),
        ("a.md", STRANGER, CONTRADICTED),
        ("a-2026-01-01.md", STRANGER, SUPERSEDED),
    ],
)
def test_the_upgrade_authority(file: str, said: str, standing: Standing) -> None:
    text = f"## Localnet\n\n- program: `{PROGRAM}`\n- upgrade authority: `{said}`"
    assert entry(text, said, file).standing is standing


def test_the_authority_of_another_program_is_not_that_of_the_one_in_scope() -> None:
    text = f"## Localnet\n\n- program: `{FORMER}`\n- upgrade authority: `{STRANGER}`"
    assert entry(text, STRANGER).standing is UNCHECKED


def test_without_a_chain_the_newest_document_tells_the_authority() -> None:
    def said(key: str) -> str:
        return f"## Localnet\n\n- program: `{PROGRAM}`\n- upgrade authority: `{key}`"

    documents = {"a.md": said(STRANGER), "b.md": said(VAULT)}
    found = ledger_of(documents, world=None)
    (old,) = (one for one in found.of_file("a.md") if one.claim.value == STRANGER)
    assert (old.standing, old.against, old.expected) == (CONTRADICTED, "documents", VAULT)
    alone = ledger_of({"a.md": said(STRANGER)}, world=None)
    (one,) = (one for one in alone.of_file("a.md") if one.claim.value == STRANGER)
    assert one.standing is UNCHECKED


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("a 2-of-3 threshold", AGREES),
        ("a 3-of-5 threshold", CONTRADICTED),
        ("a 24-hour timelock", AGREES),
        ("a 48-hour timelock", CONTRADICTED),
        ("a timelock of at least 48 hours must be set", UNCHECKED),
        ("formerly a 48-hour timelock", SUPERSEDED),
    ],
)
def test_threshold_and_lock_of_the_multisig(text: str, standing: Standing) -> None:
    document = f"## Localnet\n\n- multisig: `{MULTISIG}`\n\nThe Squads multisig has {text}.\n"
    (found,) = (
        one for one in ledger_of({"a.md": document}).entries
        if one.claim.what in ("threshold", "delay")
    )  # fmt: skip
    assert found.standing is standing


@pytest.mark.parametrize(
    "document",
    [
        f"## Devnet\n\n- multisig: `{MULTISIG}`\n\nIt is a 3-of-5 multisig.",
        f"## Localnet\n\n- multisig: `{STRANGER}`\n\nIt is a 3-of-5 multisig.",
        "It is a 3-of-5 multisig.",
        "## Localnet\n\nThe DAO has an execution delay of 48 hours.",
    ],
)
def test_another_multisig_is_not_compared(document: str) -> None:
    found = [e for e in ledger_of({"a.md": document}).entries
             if e.claim.what in ("threshold", "delay")]  # fmt: skip
    assert [one.standing for one in found] == [UNCHECKED]


def test_members_are_those_of_the_account() -> None:
    assert entry(f"## Localnet\n\n- signer: `{MEMBERS[0]}`").standing is AGREES
    accounts = {STRANGER: ABSENT}
    assert entry(f"## Localnet\n\n- signer: `{STRANGER}`", accounts=accounts).standing is UNCHECKED


@pytest.mark.parametrize(
    ("role", "read", "standing"),
    [
        ("mint", chain_read(SeenAccount(programs.TOKEN, False)), AGREES),
        ("mint", chain_read(SeenAccount(FORMER, False)), CONTRADICTED),
        ("mint", chain_read(SeenAccount(programs.SYSTEM, False)), UNCHECKED),
        ("mint", ABSENT, CONTRADICTED),
        ("DAO", chain_read(SeenAccount(PROGRAM, False)), AGREES),
        ("DAO", chain_read(SeenAccount(FORMER, False)), UNCHECKED),
        ("wallet", ABSENT, UNCHECKED),
        ("mint", Unknown("the node answered 503"), UNCHECKED),
    ],
)
def test_accounts_are_looked_up(role: str, read: object, standing: Standing) -> None:
    text = f"- localnet {role}: `{STRANGER}`"
    assert entry(text, accounts={STRANGER: read}).standing is standing


@pytest.mark.parametrize(
    ("text", "read", "standing"),
    [
        (f"- localnet tx: `{SIGNATURE}`", chain_read(SeenSignature(7, False)), AGREES),
        (f"- tx: `{SIGNATURE}`", chain_read(SeenSignature(7, False)), AGREES),
        (f"- devnet tx: `{SIGNATURE}`", chain_read(SeenSignature(7, False)), CONTRADICTED),
        (f"# Devnet\n\n- tx: `{SIGNATURE}`", chain_read(SeenSignature(7, False)), AGREES),
        (f"- localnet tx: `{SIGNATURE}`", Unknown("not known to the provider"), UNCHECKED),
        (f"- localnet deploy tx: `{SIGNATURE}`", chain_read(SeenSignature(7, True)), CONTRADICTED),
        (f"- localnet tx: `{SIGNATURE}`", chain_read(SeenSignature(7, True)), AGREES),
        (f"- devnet tx: `{SIGNATURE}`", Unknown("not known to the provider"), UNCHECKED),
    ],
)
def test_transactions_are_looked_up(text: str, read: object, standing: Standing) -> None:
    assert entry(text, signatures={SIGNATURE: read}).standing is standing


def test_a_slot_beside_a_signature_is_that_of_the_transaction() -> None:
    text = json.dumps({"network": "localnet", "signature": SIGNATURE, "slot": 1234567})
    seen = {SIGNATURE: chain_read(SeenSignature(1_234_567, False))}
    assert entry(text, "1234567", "a.json", signatures=seen).standing is AGREES
    seen = {SIGNATURE: chain_read(SeenSignature(1_234_568, False))}
    found = entry(text, "1234567", "a.json", signatures=seen)
    assert (found.standing, found.expected) == (CONTRADICTED, "1234568")


@pytest.mark.parametrize(
    ("said", "standing"),
    [(500_000, SUPERSEDED), (1_000_000, AGREES), (2_000_000, CONTRADICTED)],
)
def test_the_slot_of_the_last_deployment(said: int, standing: Standing) -> None:
    world = WORLD.program(slot=1_000_000)
    row = {"network": "localnet", "programId": PROGRAM, "lastDeploySlot": said}
    assert entry(json.dumps(row), str(said), "a.json", world=world).standing is standing


@pytest.mark.parametrize(
    ("file", "path", "right", "changed", "standing"),
    [
        ("a.json", "src/lib.rs", DIGEST, {}, AGREES),
        ("docs/a.json", "docs/src/lib.rs", DIGEST, {}, AGREES),
        ("a.json", "src/lib.rs", "0" * 64, {"a.json": 2, "src/lib.rs": 1}, CONTRADICTED),
        ("a.json", "src/lib.rs", "0" * 64, {"a.json": 2, "src/lib.rs": 2}, CONTRADICTED),
        # The file moved on: the list may have been right.
        ("a.json", "src/lib.rs", "0" * 64, {"a.json": 2, "src/lib.rs": 3}, SUPERSEDED),
        ("a.json", "src/lib.rs", "0" * 64, {"a.json": 2}, UNCHECKED),
        ("a.json", "src/lib.rs", "0" * 64, {}, UNCHECKED),
        ("a-2026-01-01.json", "src/lib.rs", "0" * 64, {"a-2026-01-01.json": 2, "src/lib.rs": 1},
         SUPERSEDED),
        ("a.json", "src/other.rs", DIGEST, {"a.json": 2}, UNCHECKED),
    ],
)  # fmt: skip
def test_hashes_of_files_are_recomputed(
    file: str, path: str, right: str, changed: dict[str, int], standing: Standing
) -> None:
    text = json.dumps([{"path": "src/lib.rs", "sha256": DIGEST}])
    read = Found({path: right}, ReadAt(("r-digests",)))
    found = entry(text, file=file, digests=read, changed=changed)
    assert found.standing is standing
    if changed.get(path) == 3:
        assert found.newer is not None
        assert (found.newer.file, found.newer.value, found.newer.changed) == (path, right, 3)


def test_a_hash_without_a_file_is_not_checkable() -> None:
    read = Found({"src/lib.rs": "0" * 64}, ReadAt(("r-digests",)))
    assert entry(f"- sha256: `{DIGEST}`", digests=read).standing is UNCHECKED


def test_the_aggregate_of_a_list_is_recomputed() -> None:
    rows = [{"path": "a", "sha256": DIGEST}, {"path": "b", "sha256": "0" * 64}]
    lines = "\n".join(f"{row['path']}:{row['sha256']}" for row in rows)
    right = hashlib.sha256(lines.encode()).hexdigest()
    for value, standing in ((right, AGREES), (DIGEST[::-1], UNCHECKED)):
        text = json.dumps({"aggregateSha256": value, "files": rows}, indent=1)
        assert entry(text, value, "a.json").standing is standing


def test_a_genesis_hash_names_its_cluster() -> None:
    devnet = "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG"
    assert entry(f"- devnet genesis hash: `{devnet}`").standing is AGREES
    assert entry(f"- testnet genesis hash: `{devnet}`").standing is CONTRADICTED


def test_the_api_of_the_ledger() -> None:
    documents = {
        "a.md": f"- localnet program: `{FORMER}`",
        "b-2026-01-01.md": f"- localnet program: `{FORMER}`",
        **PAST,
    }
    facts = facts_of(documents)
    before = deepcopy(facts)
    found = ledger(facts)
    assert facts == before
    assert ledger(facts) == found
    assert [one.claim.file for one in found.contradictions()] == ["a.md"]
    assert found.contradictions(current_only=True) == found.contradictions()
    assert found.counts() == {AGREES: 1, CONTRADICTED: 1, SUPERSEDED: 2, UNCHECKED: 0}
    assert {one.claim.file for one in found.about("program")} == set(documents)
    assert all(one.at.evidence for one in found.entries)
    assert all(one.why.endswith(".") and one.why[0].isupper() for one in found.entries)
