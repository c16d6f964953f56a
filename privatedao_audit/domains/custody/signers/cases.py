"""Cases of the people behind the keys: registers, roles, proof of control."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from privatedao_audit.chain.layouts.squads import Member
from privatedao_audit.domains.authority.controllers import Realms
from privatedao_audit.domains.authority.world import (
    ABSENT,
    MEMBERS,
    STRANGER,
    derived,
    key_bytes,
    wallet,
)
from privatedao_audit.domains.cases import Case, in_checkout, on_chain
from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.domains.custody.signers.facts import Block
from privatedao_audit.domains.custody.signers.invented import (
    BLOCKHASH,
    CODE_VAULT,
    DAO_VAULT,
    DAY,
    DEMO,
    DEMOS,
    DEPLOYER,
    ENTRIES,
    GOOD,
    KEEPER,
    MULTISIG,
    NO_CHECKOUT,
    NOW,
    PROOFS,
    PROVED,
    REGISTER,
    REVIEWER,
    TORN,
    TREASURER,
    UNREAD,
    WORDS,
    challenge,
    changed_entry,
    demos,
    entry,
    facts,
    held,
    more,
    nobody_in_scope,
    observed,
    proof,
    proved,
    register,
    seen,
    sign,
)
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, ReadAt, Unknown
from privatedao_audit.model.status import Status

FAIL, PASS, UNKNOWN = Status.FAIL, Status.PASS, Status.UNKNOWN
MISSING, DIVERGED, STALE = Status.MISSING, Status.DIVERGED, Status.STALE

_HOT = GOOD.program(authority=STRANGER)
_ONE_OF_THREE = GOOD.multisig(threshold=1)
_INITIATES = GOOD.multisig(members=tuple(
    sorted((*MULTISIG.members, Member(STRANGER, 1)), key=lambda m: key_bytes(m.key))
))  # fmt: skip
_IMMUTABLE = GOOD.program(authority=None)

_SD_01: tuple[tuple[str, CustodyFacts, Status], ...] = (
    ("two vaults of one multisig, its members shared", facts(), PASS),
    ("an operator's wallet that has nothing to do with the code", facts(roles=held(STRANGER)),
     PASS),
    ("a member of the multisig is DAO authority: listed, not alone", facts(
        roles=held(MEMBERS[0])), PASS),
    ("a keeper who is a member: listed, not alone", facts(
        registers=(more(entry(MEMBERS[1], "keeper")),)), PASS),
    ("immutable", facts(_IMMUTABLE), PASS),
    ("a member more who may only propose", facts(_INITIATES, roles=held(STRANGER)), PASS),
    ("no treasury operator was ever made", facts(
        roles=held(operator=ProvenAbsent(on_chain("DAO")))), PASS),
    ("one wallet for the code and the DAO", facts(_HOT, roles=held(STRANGER)), FAIL),
    ("one wallet for the code and the treasury operator", facts(
        _HOT, roles=held(operator=STRANGER)), FAIL),
    ("one wallet for the code and the keeper", facts(
        _HOT, registers=(more(entry(STRANGER, "keeper")),)), FAIL),
    ("the keeper is known from the profile alone", facts(
        _HOT, wallets=(entry(STRANGER, "keeper"),)), FAIL),
    ("the wallet of the code is a member of the operators", facts(
        GOOD.program(authority=MEMBERS[0])), FAIL),
    ("one vault for both", facts(roles=held(CODE_VAULT)), FAIL),
    ("config authority is the DAO authority", facts(
        GOOD.multisig(config_authority=STRANGER), roles=held(STRANGER)), FAIL),
    ("config authority over both vaults", facts(GOOD.multisig(config_authority=STRANGER)), FAIL),
    ("one signature is enough, and the DAO is the same members'", facts(_ONE_OF_THREE), FAIL),
    ("one signature is enough, and a member is keeper", facts(
        _ONE_OF_THREE, roles=held(STRANGER), registers=(more(entry(MEMBERS[2], "keeper")),)), FAIL),
    ("the multisig's program is in the DAO authority's hand", facts(
        GOOD.controller(authority=STRANGER), roles=held(STRANGER)), FAIL),
    ("DAO unreadable", facts(roles=held(UNREAD, UNREAD)), UNKNOWN),
    ("treasury operator unreadable", facts(roles=held(operator=UNREAD)), UNKNOWN),
    ("no DAO at the address", facts(roles=held(ABSENT, ABSENT)), UNKNOWN),
    ("the DAO authority is a derived address that nothing explains", facts(
        roles=held(derived("nobody's vault"))), UNKNOWN),
    ("vault whose multisig is not named", facts(vaults=()), UNKNOWN),
    ("code under a derived address that nothing explains", facts(
        GOOD.program(authority=derived("nobody's vault"))), UNKNOWN),
    ("ProgramData unreadable", facts(GOOD.reading(GOOD.programs[0].programdata, UNREAD)), UNKNOWN),
    ("closed program", facts(GOOD.reading(GOOD.programs[0].programdata, ABSENT)), UNKNOWN),
    ("no register and no wallet: keepers are not known", facts(registers=()), UNKNOWN),
    ("an empty register", facts(registers=(register(()),)), UNKNOWN),
    ("register unreadable", facts(registers=(register(NO_CHECKOUT),)), UNKNOWN),
    ("no operator at all", facts(roles=(), registers=(register(changed_entry(
        KEEPER, roles=("voter",))),)), UNKNOWN),
    ("no program in scope", nobody_in_scope(), UNKNOWN),
    ("no DAO was read", facts(roles=()), UNKNOWN),
    ("moving", facts(replace(GOOD, moving=("the authority changed",))), UNKNOWN),
    ("register named and not there", facts(registers=(register(
        ProvenAbsent(in_checkout(REGISTER))),)), MISSING),
    ("providers disagree on the DAO", facts(roles=held(TORN)), DIVERGED),
    ("providers disagree on the multisig", facts(GOOD.reading(MULTISIG.address, TORN)), DIVERGED),
)  # fmt: skip

_OLD = 15_552_001
#: A register that dates itself, and what git says of one that was edited and not committed.
DATED = tuple(replace(one, date="2025-12-01") for one in ENTRIES)
EDITED: Read[int] = Unknown("signers.toml differs from what was committed", in_checkout("git"))

_SD_02: tuple[tuple[str, CustodyFacts, Status], ...] = (
    ("two sets, owned and fresh", facts(), Status.ATTESTED),
    ("dated in the row as well", facts(registers=(register(changed_entry(
        TREASURER, date="2025-12-01")),)), Status.ATTESTED),
    ("one owner in both sets, which is told", facts(registers=(register(changed_entry(
        TREASURER, owner=f"Owner of {REVIEWER[:4]}")),)), Status.ATTESTED),
    ("one key in both sets", facts(registers=(more(entry(TREASURER, "reviewer")),)), FAIL),
    ("one row with both roles", facts(registers=(register(changed_entry(
        TREASURER, roles=("treasury", "reviewer"))),)), FAIL),
    ("two registers that overlap", facts(registers=(register(), register(
        (entry(REVIEWER, "treasury-operator"),), file="treasury.toml"))), FAIL),
    ("the profile knows the reviewer as treasury key", facts(
        wallets=(entry(REVIEWER, "treasury"),)), FAIL),
    ("a reviewer holds the treasury operator's role on chain", facts(
        roles=held(operator=REVIEWER)), FAIL),
    ("a reviewer used the treasury operator's role", facts(observed=observed(
        seen(REVIEWER, "operator authority", "transfer_treasury_operator_authority"))), FAIL),
    ("dated in the future", facts(registers=(register(age=-3 * DAY),)), FAIL),
    ("older than the limit", facts(registers=(register(age=_OLD),)), STALE),
    ("a row older than the file", facts(registers=(register(changed_entry(
        REVIEWER, date="2025-01-01")),)), STALE),
    ("no reviewers", facts(registers=(register(changed_entry(
        REVIEWER, roles=("voter",))),)), MISSING),
    ("no treasury keys", facts(registers=(register(changed_entry(
        TREASURER, roles=("voter",))),)), MISSING),
    ("an owner missing", facts(registers=(register(changed_entry(TREASURER, owner=None)),)),
     MISSING),
    ("a date that is none", facts(registers=(register(changed_entry(
        TREASURER, date="last spring")),)), MISSING),
    ("no date anywhere", facts(registers=(register(
        changed=ProvenAbsent(in_checkout("git"))),)), MISSING),
    ("an empty register", facts(registers=(register(()),)), MISSING),
    ("register named and not there", facts(registers=(register(
        ProvenAbsent(in_checkout(REGISTER))),)), MISSING),
    ("no register is mapped", facts(registers=()), UNKNOWN),
    ("only the profile's own list", facts(registers=(), wallets=ENTRIES), UNKNOWN),
    ("register unreadable", facts(registers=(register(NO_CHECKOUT),)), UNKNOWN),
    ("git says nothing", facts(registers=(register(changed=NO_CHECKOUT),)), UNKNOWN),
    ("not committed, dated in the rows", facts(registers=(register(
        DATED, changed=ProvenAbsent(in_checkout("git"))),)), UNKNOWN),
    ("changed since it was committed, dated in the rows", facts(registers=(register(
        DATED, changed=EDITED),)), UNKNOWN),
    ("two copies of the register differ", facts(registers=(register(TORN),)), DIVERGED),
)  # fmt: skip

_SD_03: tuple[tuple[str, CustodyFacts, Status], ...] = (
    ("all signers registered, the vaults explained", facts(), PASS),
    ("a proposer used the own proposal", facts(observed=observed(
        seen(STRANGER, "proposer", "configure_confidential_payout_plan"))), PASS),
    ("a stranger's attempts failed", facts(observed=replace(
        observed(), failed=(seen(STRANGER, "upgrade authority", "Upgrade"),))), PASS),
    ("a second register has the rest of the row", facts(registers=(
        register(changed_entry(DEPLOYER, custody=None)),
        register((entry(DEPLOYER, "deployer"),), file="more.toml"))), PASS),
    ("a stranger voted", facts(observed=observed(seen(STRANGER))), FAIL),
    ("a stranger upgraded", facts(observed=observed(
        seen(STRANGER, "upgrade authority", "Upgrade"))), FAIL),
    ("a word of the register's own records the role", facts(registers=(register(changed_entry(
        DEPLOYER, roles=("keeper", "release engineer"))),)), PASS),
    ("who upgraded is registered as a keeper", facts(registers=(register(changed_entry(
        DEPLOYER, roles=("keeper",))),)), MISSING),
    ("a member is registered for the treasury alone", facts(registers=(register(changed_entry(
        MEMBERS[0], roles=("treasury", "reviewer"))),)), MISSING),
    ("an attestor in no register", facts(observed=observed(
        seen(STRANGER, "attestors", "record_settlement_evidence_v2"))), FAIL),
    ("a member's row is gone", facts(registers=(register(ENTRIES[1:]),)), FAIL),
    ("an empty register", facts(registers=(register(()),)), FAIL),
    ("dated in the future", facts(registers=(register(age=-3 * DAY),)), FAIL),
    ("an old register", facts(registers=(register(age=_OLD),)), STALE),
    ("the profile alone knows a signer", facts(
        observed=observed(seen(STRANGER)), wallets=(entry(STRANGER, "multisig-member"),)), MISSING),
    ("no class of custody", facts(registers=(register(changed_entry(
        DEPLOYER, custody=None)),)), MISSING),
    ("no owner", facts(registers=(register(changed_entry(DEPLOYER, owner=None)),)), MISSING),
    ("no role", facts(registers=(register(changed_entry(DEPLOYER, roles=())),)), MISSING),
    ("register named and not there", facts(registers=(register(
        ProvenAbsent(in_checkout(REGISTER))),)), MISSING),
    ("no register is mapped", facts(registers=()), UNKNOWN),
    ("only the profile's own list", facts(registers=(), wallets=ENTRIES), UNKNOWN),
    ("register unreadable", facts(registers=(register(NO_CHECKOUT),)), UNKNOWN),
    ("a history that may be cut", facts(observed=observed(gap="older history may be cut")),
     UNKNOWN),
    ("nobody was seen", facts(observed=observed(only=())), UNKNOWN),
    ("nothing but a proposer was seen", facts(observed=observed(only=(
        seen(STRANGER, "proposer"),))), UNKNOWN),
    ("proposer or authority: not known which", facts(observed=observed(
        seen(STRANGER, "authority or proposer"))), UNKNOWN),
    ("signed by a derived address that nothing explains", facts(observed=observed(
        seen(derived("nobody's vault"), "authority"))), UNKNOWN),
    ("signed by the treasury of a realm", facts(observed=observed(seen(
        Realms().treasury, "authority")), governed={Realms().treasury: Realms().address}), UNKNOWN),
    ("git says nothing", facts(registers=(register(changed=NO_CHECKOUT),)), UNKNOWN),
    ("not committed, dated in the rows", facts(registers=(register(
        DATED, changed=ProvenAbsent(in_checkout("git"))),)), UNKNOWN),
    ("changed since it was committed, dated in the rows", facts(registers=(register(
        DATED, changed=EDITED),)), UNKNOWN),
    ("two copies of the register differ", facts(registers=(register(TORN),)), DIVERGED),
)  # fmt: skip

_SHOWN: dict[str, Any] = {"transactions": 2, "at": on_chain("shown")}

_SD_04: tuple[tuple[str, CustodyFacts, Status], ...] = (
    ("demo keys hold nothing", facts(), PASS),
    ("demo keys of another cluster hold nothing", facts(demos=(demos(cluster="devnet"),)), PASS),
    ("signers of demo transactions hold nothing", facts(demos=(
        demos(), demos(file="shown.json", signers=(STRANGER,), **_SHOWN))), PASS),
    ("a demo key is a registered reviewer", facts(
        registers=(more(entry(DEMO, "reviewer")),)), PASS),
    ("a demo key is a member", facts(demos=(demos(DEMO, MEMBERS[2]),)), FAIL),
    ("a demo key is the upgrade authority", facts(_HOT, demos=(demos(STRANGER),)), FAIL),
    ("a demo key is config authority", facts(
        GOOD.multisig(config_authority=DEMO)), FAIL),
    ("a demo key is DAO authority", facts(roles=held(DEMO)), FAIL),
    ("a demo key is treasury operator", facts(roles=held(operator=DEMO)), FAIL),
    ("a demo key of another cluster is treasury operator", facts(
        roles=held(operator=DEMO), demos=(demos(cluster="devnet"),)), FAIL),
    ("a demo key is a registered keeper", facts(registers=(more(entry(DEMO, "keeper")),)), FAIL),
    ("a demo key is a registered treasury key", facts(
        registers=(more(entry(DEMO, "treasury")),)), FAIL),
    ("a demo key is registered under a role of the register's own", facts(
        registers=(more(entry(DEMO, "founder-operator")),)), FAIL),
    ("the register calls its own treasury key a demo key", facts(
        registers=(register(changed_entry(TREASURER, roles=("treasury", "demo"))),)), FAIL),
    ("a member signed a demo transaction", facts(demos=(demos(
        signers=(MEMBERS[0],), **_SHOWN),)), FAIL),
    ("no register of demo keys", facts(demos=()), UNKNOWN),
    ("demo keys in the profile alone", facts(demos=(), wallets=(entry(DEMO, "demo"),)), UNKNOWN),
    ("an empty register of demo keys", facts(demos=(
        demos(read=Found((), in_checkout(DEMOS))),)), UNKNOWN),
    ("register of demo keys unreadable", facts(demos=(demos(read=NO_CHECKOUT),)), UNKNOWN),
    ("demo transactions unreadable", facts(demos=(demos(
        transactions=2, unread="2 of 2 could not be read"),)), UNKNOWN),
    ("transactions of another cluster whose keys are stated", facts(demos=(demos(
        cluster="devnet", transactions=9, unread="they are of devnet"),)), UNKNOWN),
    ("the same beside a list of this cluster that was read", facts(demos=(
        demos(file="shown.json", signers=(STRANGER,), **_SHOWN), demos(
            cluster="devnet", transactions=9, unread="they are of devnet"))), UNKNOWN),
    ("transactions are claimed, and nothing was read of them", facts(demos=(demos(
        transactions=2, signers=(STRANGER,)),)), UNKNOWN),
    ("transactions of another cluster without keys", facts(demos=(demos(), demos(
        read=Found((), in_checkout("shown.json")), file="shown.json", cluster="devnet",
        transactions=9, unread="they are of devnet"))), UNKNOWN),
    ("DAO unreadable", facts(roles=held(UNREAD, UNREAD)), UNKNOWN),
    ("code under a derived address that nothing explains", facts(
        GOOD.program(authority=derived("nobody's vault"))), UNKNOWN),
    ("no program in scope", nobody_in_scope(), UNKNOWN),
    ("no DAO was read", facts(roles=()), UNKNOWN),
    ("treasury keys in the profile alone", facts(
        registers=(), wallets=(entry(TREASURER, "treasury"),)), UNKNOWN),
    ("no signer register", facts(registers=()), UNKNOWN),
    ("moving", facts(replace(GOOD, moving=("the authority changed",))), UNKNOWN),
    ("register of demo keys not there", facts(demos=(demos(
        read=ProvenAbsent(in_checkout(DEMOS))),)), MISSING),
    ("nobody registered for the treasury", facts(registers=(register(changed_entry(
        TREASURER, roles=("voter",))),)), MISSING),
    ("providers disagree on the DAO", facts(roles=held(TORN)), DIVERGED),
)  # fmt: skip

_FIRST = MEMBERS[0]
_SECOND_TEXT = challenge(MEMBERS[1]).text()

_SD_05: tuple[tuple[str, CustodyFacts, Status], ...] = (
    ("every registered signer answered", facts(), PASS),
    ("an older answer of another target beside the good one", facts(proofs=(
        *PROVED, proof(_FIRST, target="other"))), PASS),
    ("a registered vault: its members answer", facts(
        registers=(more(entry(DAO_VAULT, "dao-authority")),)), PASS),
    ("a registered demo key need not answer", facts(registers=(more(entry(DEMO, "demo")),)), PASS),
    ("nothing signed", facts(**proved(_FIRST, signature="")), FAIL),
    ("a signature of zeros", facts(**proved(_FIRST, signature="1" * 64)), FAIL),
    ("not base58", facts(**proved(_FIRST, signature="0x" + "ab" * 64)), FAIL),
    ("another key signed", facts(**proved(_FIRST, word="stranger")), FAIL),
    ("one signer's answer for another's", facts(**proved(
        _FIRST, message=_SECOND_TEXT, signature=sign(WORDS[MEMBERS[1]], _SECOND_TEXT))), FAIL),
    ("a challenge of another key, signed by this one", facts(**proved(
        _FIRST, message=_SECOND_TEXT)), FAIL),
    ("another target", facts(**proved(_FIRST, target="other")), FAIL),
    ("another cluster", facts(**proved(_FIRST, genesis_hash=wallet("other genesis"))), FAIL),
    ("any signed text", facts(**proved(_FIRST, message="I hold this key.")), FAIL),
    ("a text with more behind it", facts(**proved(
        _FIRST, message=challenge(_FIRST).text() + " And that.")), FAIL),
    ("a hash that the block does not have", facts(**proved(
        _FIRST, blockhash=wallet("another block"))), FAIL),
    ("dated long after its block", facts(**proved(
        _FIRST, block=Found(Block(BLOCKHASH, NOW - 9 * DAY), on_chain("block")))), FAIL),
    ("dated in the future", facts(**proved(_FIRST, date=NOW + 2 * DAY, block=Found(
        Block(BLOCKHASH, NOW + 2 * DAY), on_chain("block")))), FAIL),
    ("older than the limit", facts(**proved(_FIRST, date=NOW - _OLD, block=Found(
        Block(BLOCKHASH, NOW - _OLD), on_chain("block")))), STALE),
    ("a signer without an answer", facts(proofs=PROVED[1:]), MISSING),
    ("no answer at all", facts(proofs=()), MISSING),
    ("the file of proofs is not there", facts(proofs=(), proof_files={
        PROOFS: ProvenAbsent(in_checkout(PROOFS))}), MISSING),
    ("register named and not there", facts(registers=(register(
        ProvenAbsent(in_checkout(REGISTER))),)), MISSING),
    ("the block can't be read", facts(**proved(_FIRST, block=UNREAD)), UNKNOWN),
    ("the block was never read", facts(**proved(_FIRST, block=Found(
        Block(BLOCKHASH, NOW - DAY), ReadAt()))), UNKNOWN),
    ("no proofs are mapped", facts(proofs=(), proof_files={}), UNKNOWN),
    ("the file of proofs is unreadable", facts(proofs=(), proof_files={PROOFS: NO_CHECKOUT}),
     UNKNOWN),
    ("no register is mapped", facts(registers=()), UNKNOWN),
    ("only the profile's own list", facts(registers=(), wallets=ENTRIES), UNKNOWN),
    ("an empty register", facts(registers=(register(()),)), UNKNOWN),
    ("register unreadable", facts(registers=(register(NO_CHECKOUT),)), UNKNOWN),
    ("a register that was edited and not committed", facts(registers=(register(
        ENTRIES[:3], changed=EDITED),)), UNKNOWN),
    ("a register in no commit", facts(registers=(register(
        ENTRIES[:3], changed=ProvenAbsent(in_checkout("git"))),)), UNKNOWN),
    ("providers disagree on the block", facts(**proved(_FIRST, block=TORN)), DIVERGED),
)  # fmt: skip

CASES: tuple[Case, ...] = tuple(
    Case(control, name, given, expected)
    for control, rows in (
        ("SD-01", _SD_01), ("SD-02", _SD_02), ("SD-03", _SD_03), ("SD-04", _SD_04),
        ("SD-05", _SD_05),
    )
    for name, given, expected in rows
)  # fmt: skip
