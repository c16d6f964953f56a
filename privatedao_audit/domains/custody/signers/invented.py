"""An invented DAO with registered signers: sound facts, and ways to change one thing of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from solders.keypair import Keypair

from privatedao_audit.chain import offchain_message
from privatedao_audit.domains.authority.resolve import chain_of
from privatedao_audit.domains.authority.world import (
    LOCAL_GENESIS,
    MEMBERS,
    World,
    derived,
    wallet,
)
from privatedao_audit.domains.cases import in_checkout, on_chain
from privatedao_audit.domains.custody.facts import CustodyFacts, ProgramCustody
from privatedao_audit.domains.custody.signers.facts import (
    Block,
    DemoList,
    Entry,
    HeldRole,
    Moment,
    Observed,
    Proof,
    Register,
    Seen,
    SignerFacts,
    Vault,
    Walk,
)
from privatedao_audit.domains.custody.signers.proof import Challenge
from privatedao_audit.model.reads import Diverged, Found, Read, Unknown

GOOD = World()
MULTISIG = GOOD.multisigs[0]
CODE_VAULT, DAO_VAULT = MULTISIG.vault(), MULTISIG.vault(1)
DAO, DEPLOYER, KEEPER = derived("dao"), wallet("deployer"), wallet("keeper")
TREASURER, REVIEWER, DEMO = wallet("treasurer"), wallet("reviewer"), wallet("demo")

UNREAD: Read[Any] = Unknown("the node answered 503")
NO_CHECKOUT: Read[Any] = Unknown("no checkout was given")
TORN: Read[Any] = Diverged("first and second give other bytes", on_chain("accounts"))

#: When the invented reads were made, Unix seconds, and a day.
NOW, DAY = 1_767_225_600, 86_400
REGISTER, DEMOS, PROOFS = "signers.toml", "demo.toml", "proofs.toml"
SLOT, BLOCKHASH = 900, wallet("a block")

ROLES: tuple[tuple[str, str], ...] = (
    *((member, "multisig-member") for member in MEMBERS),
    (DEPLOYER, "deployer"),
    (KEEPER, "keeper"),
    (TREASURER, "treasury"),
    (REVIEWER, "reviewer"),
)


def entry(key: str, *roles: str, **change: Any) -> Entry:
    """A whole row of a register, with some of it changed."""
    whole: dict[str, Any] = {"custody": "hardware wallet", "owner": f"owner of {key[:4]}", **change}
    return Entry(key, roles, **whole)


ENTRIES = tuple(entry(key, role) for key, role in ROLES)


def register(
    entries: Sequence[Entry] | Read[Any] = ENTRIES, *, age: int = DAY, file: str = REGISTER,
    changed: Read[int] | None = None,
) -> Register:  # fmt: skip
    """A register that last changed ``age`` seconds before it was read."""
    read = entries if not isinstance(entries, Sequence) else (
        Found(tuple(entries), in_checkout(file))
    )  # fmt: skip
    at = Found(NOW - age, in_checkout(f"{file} in git"))
    return Register(file, read, at if changed is None else changed)


def changed_entry(key: str, **change: Any) -> tuple[Entry, ...]:
    """The rows with one of them changed."""
    return tuple(replace(one, **change) if one.key == key else one for one in ENTRIES)


def more(*entries: Entry) -> Register:
    """The register with further rows."""
    return register((*ENTRIES, *entries))


def seen(key: str, role: str = "multisig member", name: str = "proposal_approve") -> Seen:
    """A key that signed once."""
    moment = Moment(f"signature of {key}", 100, NOW - DAY)
    at = on_chain(f"transaction {key[:6]}")
    return Seen(key, role, MULTISIG.address, ((name, 1),), moment, moment, at)


SEEN = (
    seen(MEMBERS[0]),
    seen(MEMBERS[1]),
    seen(DEPLOYER, "upgrade authority", "DeployWithMaxDataLen"),
    seen(CODE_VAULT, "upgrade authority", "Upgrade"),
    seen(DAO_VAULT, "authority", "veto_proposal"),
)
WALKS = tuple(
    Walk(address, kind, 9, "", on_chain(f"history {kind}"))
    for address, kind in (
        (GOOD.programs[0].programdata, "ProgramData"), (MULTISIG.address, "multisig"), (DAO, "DAO")
    )
)  # fmt: skip


def observed(*extra: Seen, gap: str = "", only: tuple[Seen, ...] | None = None) -> Observed:
    """What was seen, with more of it, or with a gap in the history of the DAO."""
    walks = (*WALKS[:2], replace(WALKS[2], gap=gap))
    return Observed((*SEEN, *extra) if only is None else only, (), walks)


def held(authority: Read[str] | str = DAO_VAULT, operator: Read[str] | str = DAO_VAULT,
         ) -> tuple[HeldRole, ...]:  # fmt: skip
    """The roles of the DAO."""
    return tuple(
        HeldRole(DAO, "DAO", role, Found(key, on_chain("DAO")) if isinstance(key, str) else key)
        for role, key in (("authority", authority), ("operator authority", operator))
    )


def vaults(*indexes: int) -> tuple[Vault, ...]:
    """Vaults of the multisig."""
    at = on_chain("accounts")
    return tuple(Vault(MULTISIG.vault(n), MULTISIG.address, n, at) for n in indexes)


def demos(*keys: str, file: str = DEMOS, read: Read[Any] | None = None, **change: Any) -> DemoList:
    """A list of demo keys."""
    found = Found(keys or (DEMO,), in_checkout(file)) if read is None else read
    return DemoList(file, **{"cluster": "localnet", "keys": found, **change})


def sign(key_of: str, message: str) -> str:
    """The signature of the wallet of a word under an off-chain message, base58."""
    pair = Keypair.from_seed(hashlib.sha256(key_of.encode()).digest())
    return str(pair.sign_message(offchain_message.build(message).encode()))


WORDS = {
    wallet(word): word
    for word in ("member 0", "member 1", "member 2", "deployer", "keeper", "treasurer", "reviewer")
}


def challenge(key: str, **change: Any) -> Challenge:
    """What a registered signer is asked to sign."""
    return Challenge(**{
        "target": "case", "cluster": "localnet", "genesis_hash": LOCAL_GENESIS, "key": key,
        "date": NOW - DAY, "slot": SLOT, "blockhash": BLOCKHASH, **change,
    })  # fmt: skip


def proof(
    key: str, *, block: Read[Block] | None = None, message: str | None = None,
    signature: str | None = None, word: str | None = None, **change: Any,
) -> Proof:  # fmt: skip
    """An answer of a registered signer, good but for what is changed."""
    text = challenge(key, **change).text() if message is None else message
    made = sign(word or WORDS[key], text) if signature is None else signature
    good = Found(Block(BLOCKHASH, NOW - DAY - 20), on_chain("block"))
    return Proof(PROOFS, key, text, made, good if block is None else block)


PROVED = tuple(proof(key) for key, _ in ROLES)


def proved(key: str, **change: Any) -> dict[str, Any]:
    """All answers good but one."""
    return {"proofs": tuple(proof(key, **change) if p.key == key else p for p in PROVED)}


SIGNERS = SignerFacts(
    target="case",
    genesis_hash=LOCAL_GENESIS,
    wallets=(),
    registers=(register(),),
    demos=(demos(),),
    roles=held(),
    vaults=vaults(0, 1),
    observed=observed(),
    proof_files={PROOFS: Found(len(PROVED), in_checkout(PROOFS))},
    proofs=PROVED,
)


def facts(world: World = GOOD, **change: Any) -> CustodyFacts:
    """Facts of key custody about a world and its signers."""
    authority, target = world.facts(), world.target()
    program_id = world.programs[0].id
    program = ProgramCustody(
        "governance", program_id, tuple(chain_of(program_id, authority, target)), ()
    )
    return CustodyFacts(world.cluster, (program,), authority, signers=replace(SIGNERS, **change))


def nobody_in_scope(**change: Any) -> CustodyFacts:
    """The same without a program."""
    return replace(facts(**change), programs=())
