"""Addresses that documents claim, set against the chain, the target and what derives them."""

from __future__ import annotations

import re
from typing import Final

from privatedao_audit.chain import programs
from privatedao_audit.chain.addresses import associated_token_address, programdata_address
from privatedao_audit.chain.layouts.squads import Multisig
from privatedao_audit.domains.authority.facts import AccountState, ProgramHeader
from privatedao_audit.domains.gate.ledger.index import WELL_KNOWN, Index
from privatedao_audit.domains.gate.ledger.model import Entry
from privatedao_audit.domains.gate.ledger.saying import (
    agrees,
    among_documents,
    contradicted,
    differs,
    unasked,
    unchecked,
)
from privatedao_audit.domains.gate.ledger.treasuries import treasury_of
from privatedao_audit.model.clusters import GENESIS_HASHES
from privatedao_audit.model.reads import Found, ProvenAbsent
from privatedao_audit.repository.claims.model import Claim, State
from privatedao_audit.repository.claims.tokens import is_address

__all__ = ["address"]

_THIS: Final = re.compile(r"\b(this|the) (repo|repository|source|checkout)\b", re.I)
_TOKENS: Final = (programs.TOKEN, programs.TOKEN_2022)
#: Programs of one document from which an address is derived at most.
_MOST_NAMED: Final = 8
#: Roles whose subject is an account that has to be there.
_ACCOUNTS: Final = {"mint": "mint", "dao": "DAO"}


def address(index: Index, claim: Claim) -> Entry:
    """How a claimed address stands."""
    if claim.value in WELL_KNOWN:
        return unchecked(index, claim, "It is Solana's own, and the same for every project.")
    if claim.role in _BY_DERIVATION:
        entry = _BY_DERIVATION[claim.role](index, claim)
        if entry is not None:
            return entry
    if claim.cluster not in (None, index.facts.cluster):
        read = index.facts.cluster
        told = f"It is claimed for {claim.cluster}, and this audit reads {read}."
        return unchecked(index, claim, told)
    if claim.role in _BY_ROLE:
        return _BY_ROLE[claim.role](index, claim)
    return _present(index, claim)


def _nameless(index: Index, claim: Claim) -> Entry | None:
    if claim.cluster is None:
        return unchecked(index, claim, "The document does not say which cluster it means.")
    return None


def _program(index: Index, claim: Claim) -> Entry:
    facts, scope = index.facts, index.facts.scope
    subject = f"program id on {facts.cluster}"
    if claim.value in scope.programs and not _THIS.search(claim.label):
        return _scoped(index, claim, subject, "program")
    expected = " and ".join(scope.programs)
    verb = "is" if len(scope.programs) == 1 else "are"
    why = f"In scope on {facts.cluster} {verb} {expected}."
    of_project = claim.value in index.own
    if claim.cluster is None:
        if index.declared and _THIS.search(claim.label):
            return _declared(index, claim)
        return unchecked(index, claim, "The document does not say which cluster it means.")
    if of_project:
        if not any(index.claims_of_value(one) for one in scope.programs):
            told = f"{why} No document of this checkout names that, so it may be the older one."
            return unchecked(index, claim, told, subject=subject)
        return differs(index, claim, subject, "target", next(iter(scope.programs)), why, index.base)
    seen = facts.accounts.get(claim.value)
    if isinstance(seen, ProvenAbsent) and claim.state is State.CURRENT:
        told = f"There is no account at this address on {facts.cluster}."
        return contradicted(index, claim, subject, "chain", "an account", told, index.at(seen))
    return unchecked(index, claim, "It is another program than those in scope.", subject=subject)


def _declared(index: Index, claim: Claim) -> Entry:
    """A statement about the sources themselves, beside what Anchor.toml declares."""
    subject = "program id of the sources"
    place = index.declared.get(claim.value)
    if place is not None:
        told = f"{place.file}, line {place.line}, declares it."
        return agrees(index, claim, subject, "documents", told, index.base)
    right, place = next(iter(index.declared.items()))
    told = f"{place.file}, line {place.line}, declares {right}, and nowhere this one."
    return differs(index, claim, subject, "documents", right, told, index.base)


def _scoped(index: Index, claim: Claim, subject: str, what: str) -> Entry:
    """A key that the target has in scope under this role."""
    read = index.facts.core.get(claim.value)
    cluster = index.facts.cluster
    if isinstance(read, ProvenAbsent) and claim.cluster is not None:
        told = f"There is no account at this address on {cluster}."
        return differs(index, claim, subject, "chain", f"a {what}", told, index.at(read))
    if isinstance(read, Found):
        executable = read.value.executable
        if what == "program" and not executable:
            told = f"What lies at this address on {cluster} is not executable."
            return differs(index, claim, subject, "chain", f"a {what}", told, index.at(read))
        told = f"It is the {what} in scope, and it is there on {cluster}."
        return agrees(index, claim, subject, "chain", told, index.at(read))
    return agrees(
        index, claim, subject, "target", f"It is the {what} that the target names.", index.base
    )


def _programdata(index: Index, claim: Claim) -> Entry | None:
    program = index.programdata.get(claim.value)
    if program is None:
        named_here = index.programs_of(claim.file)
        for named in named_here if len(named_here) <= _MOST_NAMED else ():
            if programdata_address(named) == claim.value:
                program = named
    if program is not None:
        told = f"It is derived from the program {program}."
        return agrees(index, claim, f"ProgramData of {program}", "derivation", told, index.base)
    if not index.only_scope(claim.file) or len(index.programs_of(claim.file)) != 1:
        return None
    (program,) = index.programs_of(claim.file)
    right = programdata_address(program)
    told = f"The only program that the document names, {program}, has its ProgramData at {right}."
    subject = f"ProgramData of {program}"
    return differs(index, claim, subject, "derivation", right, told, index.base)


def _vault(index: Index, claim: Claim) -> Entry | None:
    of = index.vaults.get(claim.value)
    if of is None:
        return None
    multisig, number = of
    told = f"It is vault {number} of the multisig {multisig}, derived again."
    return agrees(index, claim, f"vault of {multisig}", "derivation", told, index.base)


def _treasury(index: Index, claim: Claim) -> Entry | None:
    of = index.treasuries.get(claim.value)
    beside = dict(reversed(claim.beside))
    dao = next((v for k, v in beside.items() if _is_dao(k) and is_address(v)), None)
    program = next((v for k, v in beside.items() if "program" in k and is_address(v)), None)
    if dao is not None and program is not None and program not in WELL_KNOWN:
        right = treasury_of(index.facts.protocol, dao, program)
        if right == claim.value:
            of = (dao, program)
        elif right is not None and of is None:
            told = f"The DAO {dao} beside it has its treasury under {program} at {right}."
            return differs(
                index, claim, f"treasury of {dao}", "derivation", right, told, index.base
            )
    if of is None:
        return None
    if dao is not None and of[0] != dao and index.dao_before(claim.file, claim.line) != of[0]:
        told = f"It is the treasury of {of[0]}, and the DAO beside it is {dao}."
        right = treasury_of(index.facts.protocol, dao, of[1]) or ""
        return differs(index, claim, f"treasury of {dao}", "derivation", right, told, index.base)
    told = f"It is derived from the DAO {of[0]} under the program {of[1]}."
    return agrees(index, claim, f"treasury of {of[0]}", "derivation", told, index.base)


def _is_dao(label: str) -> bool:
    words = label.split()
    return words[:1] == ["dao"] and words[-1] in ("dao", "pda", "address", "key", "account")


def _associated(index: Index, claim: Claim) -> Entry | None:
    beside = [(k, v) for k, v in claim.beside if is_address(v)]
    owners = [v for k, v in beside if re.search(r"\b(owner|wallet|pub ?key|public key)\b", k)]
    mints = [v for k, v in beside if re.search(r"\bmint\b", k)] or list(index.facts.scope.mints)
    for owner in owners[:2]:
        for mint in mints[:2]:
            for program in _TOKENS:
                if associated_token_address(owner, mint, program) == claim.value:
                    told = f"It is derived from the owner {owner} and the mint {mint}."
                    return agrees(
                        index, claim, f"token account of {owner}", "derivation", told, index.base
                    )
    return None


def _genesis(index: Index, claim: Claim) -> Entry | None:
    facts = index.facts
    of = {value: name for name, value in GENESIS_HASHES.items()}
    of[facts.scope.genesis] = facts.cluster
    named = of.get(claim.value)
    if named is None or claim.cluster is None:
        return None
    subject, at = f"genesis hash of {claim.cluster}", index.base
    if named == claim.cluster:
        return agrees(index, claim, subject, "target", f"It is that of {named}.", at)
    told = f"It is the genesis hash of {named}."
    return differs(index, claim, subject, "target", named, told, at)


def _member(index: Index, claim: Claim) -> Entry:
    key = index.multisig_of(claim.file, named=claim.cluster is None)
    content = getattr(index.found(key), "value", None) if key is not None else None
    content = getattr(content, "content", None)
    if key is None or not isinstance(content, Multisig):
        return _present(index, claim)
    at = index.at(index.facts.core[key])
    if claim.value in {member.key for member in content.members}:
        told = f"It is a member of the multisig {key}."
        return agrees(index, claim, f"members of {key}", "chain", told, at)
    told = "It is no member of the multisig in scope; the document may mean another signer."
    return unchecked(index, claim, told, subject=f"members of {key}", at=at)


def _authority(index: Index, claim: Claim) -> Entry:
    if not index.only_scope(claim.file):
        told = "The document does not name one of the programs in scope alone."
        return unchecked(index, claim, told)
    held: dict[str, str | None] = {}
    reads = []
    for program in sorted(index.programs_of(claim.file)):
        read = index.facts.core.get(index.facts.scope.programs[program])
        if isinstance(read, Found) and isinstance(read.value.content, ProgramHeader):
            held[program] = read.value.content.upgrade_authority
            reads.append(read)
    subject = "upgrade authority of " + " or ".join(sorted(index.programs_of(claim.file)))
    nameless = _nameless(index, claim)
    if nameless is not None and claim.value not in held.values():
        return nameless
    if len(held) < len(index.programs_of(claim.file)):
        rivals = index.authorities(index.programs_of(claim.file))
        return among_documents(index, claim, subject, rivals)
    at = index.at(*reads)
    if claim.value in held.values():
        return agrees(index, claim, subject, "chain", "The chain names the same authority.", at)
    right = " or ".join(sorted(value or "nobody" for value in held.values()))
    return differs(
        index, claim, subject, "chain", right, f"On {index.facts.cluster} it is {right}.", at
    )


def _multisig(index: Index, claim: Claim) -> Entry:
    if claim.value in index.facts.scope.multisigs:
        return _scoped(index, claim, "multisig", "multisig")
    if claim.value in index.vaults:
        key, number = index.vaults[claim.value]
        told = f"It is vault {number} of the multisig {key}, derived again."
        return agrees(index, claim, f"vault of {key}", "derivation", told, index.base)
    if (nameless := _nameless(index, claim)) is not None:
        return nameless
    seen = index.facts.accounts.get(claim.value)
    named = re.search(r"multi ?sig( pda| address| account)?\W*$", claim.label, re.I)
    if isinstance(seen, ProvenAbsent) and claim.state is State.CURRENT and named:
        told = f"There is no account at this address on {index.facts.cluster}."
        return contradicted(index, claim, "multisig", "chain", "a multisig", told, index.at(seen))
    return unchecked(index, claim, "It is not the multisig in scope.", subject="multisig")


def _present(index: Index, claim: Claim) -> Entry:
    """A key whose document says what kind of account it is, or nothing that can be looked up."""
    if (nameless := _nameless(index, claim)) is not None:
        return nameless
    seen = index.facts.accounts.get(claim.value)
    if seen is None:
        return unchecked(index, claim, unasked(index))
    at = index.at(seen)
    if not isinstance(seen, Found | ProvenAbsent):
        return unchecked(index, claim, f"It could not be read: {seen.reason}.", at=at)
    kind = _ACCOUNTS.get(claim.role)
    if kind is None:
        there = "an account is there" if isinstance(seen, Found) else "no account is there now"
        told = f"The chain does not show what the document says of it; {there}."
        return unchecked(index, claim, told, at=at)
    subject = f"{kind} on {index.facts.cluster}"
    if isinstance(seen, ProvenAbsent):
        told = f"There is no account at this address on {index.facts.cluster}."
        if claim.state is not State.CURRENT:
            return unchecked(index, claim, f"{told} It may have been there then.", at=at)
        return contradicted(index, claim, subject, "chain", f"a {kind}", told, at)
    owners = _TOKENS if claim.role == "mint" else tuple(index.own)
    if seen.value.owner in owners:
        told = f"It is there, and belongs to {seen.value.owner}."
        return agrees(index, claim, subject, "chain", told, at)
    told = f"It is there, and belongs to {seen.value.owner}, which this audit does not know."
    # A wallet under this word may be whoever may mint, so only another program's account counts.
    strange = claim.role == "mint" and seen.value.owner != programs.SYSTEM
    if strange and claim.state is State.CURRENT:
        told = f"It belongs to {seen.value.owner}, which is no token program."
        return contradicted(index, claim, subject, "chain", "a mint", told, at)
    return unchecked(index, claim, told, subject=subject, at=at)


def state_of_program(index: Index, program: str) -> AccountState | None:
    """The ProgramData account of a program in scope, where it was read."""
    found = index.found(index.facts.scope.programs[program])
    return found.value if found is not None and isinstance(found.value, AccountState) else None


_BY_DERIVATION: Final = {
    "programdata": _programdata,
    "vault": _vault,
    "treasury": _treasury,
    "token-account": _associated,
    "genesis": _genesis,
}
_BY_ROLE: Final = {
    "program": _program,
    "upgrade-authority": _authority,
    "multisig": _multisig,
    "member": _member,
}
