"""Whether every registered signer has proved control of the key: SD-05."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from privatedao_audit.chain.addresses import is_on_curve
from privatedao_audit.domains.custody.facts import CustodyFacts
from privatedao_audit.domains.custody.signers import proof
from privatedao_audit.domains.custody.signers.dates import asked
from privatedao_audit.domains.custody.signers.facts import Proof, Register, SignerFacts
from privatedao_audit.domains.custody.signers.labels import distinct
from privatedao_audit.model.finding import Judgement, Part, judgement, unread
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, ReadAt, joined
from privatedao_audit.model.spans import spoken
from privatedao_audit.model.status import Status

#: Which of several answers of one key counts: the best one.
_RANK = (Status.PASS, Status.UNKNOWN, Status.DIVERGED, Status.STALE, Status.FAIL)


def sd_05(facts: CustodyFacts, limits: Limits) -> Judgement:
    """Each key of the signer register (demonstration keys apart) has signed, as an off-chain
    message, a challenge that names this key, this target and this cluster's genesis hash, and a
    finalized block whose hash is the one the cluster has at that slot and whose time is within
    an hour of the challenge's date. It counts for the limit of proofs from the older of the two.
    Only registers of this cluster say who owes one, and only as they were committed: a register
    that lies there changed, or in no commit, leaves it UNKNOWN whom it may have dropped.
    A text that the key did not sign, or that was made for another key, target or cluster, fails.
    Where the block can't be read the moment of signing is not proven: UNKNOWN."""
    signers = facts.signers
    parts = [*_unread(signers)]
    keys = _registered(signers.registers)
    if signers.registers and not keys and all(
        isinstance(register.entries, Found) for register in signers.registers
    ):
        at = joined(*(register.entries.at for register in signers.registers))
        parts.append(Part("signer register", Status.UNKNOWN, "No signer's key is registered.", at))
    if not signers.proof_files and keys:
        text = (
            "The target maps no proof of control; privatedao-audit challenge prints what each "
            "signer signs."
        )
        parts.append(Part("proofs", Status.UNKNOWN, text))
        return judgement(distinct(parts), good="", nothing="")
    parts += [_signer(signers, key, at, limits) for key, at in keys.items()]
    return judgement(
        distinct(parts),
        good="Each registered signer has signed a fresh challenge of this target.",
        nothing="The target maps no signer register of this cluster.",
    )


def _unread(signers: SignerFacts) -> Iterator[Part]:
    for register in signers.registers:
        if not isinstance(register.entries, Found):
            text = f"The signer register {register.file} is not in the checkout."
            yield unread(register.file, register.entries, absent=Status.MISSING,
                         absent_summary=text)  # fmt: skip
        elif not isinstance(register.changed, Found):
            absent = isinstance(register.changed, ProvenAbsent)
            why = "no commit has it" if absent else getattr(register.changed, "reason", "")
            text = f"Whether {register.file} names every signer is not known: {why}."
            at = joined(register.entries.at, register.changed.at)
            yield Part(f"{register.file}: commit", Status.UNKNOWN, text, at)
    for file, read in signers.proof_files.items():
        if not isinstance(read, Found):
            text = f"The file of proofs {file} is not in the checkout."
            yield unread(f"proofs {file}", read, absent=Status.MISSING, absent_summary=text)


def _registered(registers: Sequence[Register]) -> dict[str, ReadAt]:
    """Keys that can sign, with the reads that register them."""
    found: dict[str, ReadAt] = {}
    for register in registers:
        if not isinstance(register.entries, Found):
            continue
        for entry in register.entries.value:
            # No key pair belongs to a derived address: for a vault its members answer.
            if set(entry.roles) != {"demo"} and is_on_curve(entry.key):
                found[entry.key] = joined(found.get(entry.key, ReadAt()), register.entries.at)
    return found


def _signer(signers: SignerFacts, key: str, registered: ReadAt, limits: Limits) -> Part:
    expected = {"challenge": f"signed, at most {spoken(limits.proof_age_seconds)} old"}
    answers = [one for one in signers.proofs if one.key == key]
    files = [read for read in signers.proof_files.values() if isinstance(read, Found)]
    if not answers:
        at = joined(registered, *(read.at for read in files))
        if len(files) < len(signers.proof_files):
            text = f"No proof of {key} is in the files that could be read."
            return Part(key, Status.UNKNOWN, text, at, expected=expected)
        return Part(key, Status.MISSING, f"{key} has signed no challenge.", at, expected=expected)
    judged = [(*_judged(signers, one, limits), one) for one in answers]
    status, told, best = min(judged, key=lambda row: _RANK.index(row[0]))
    read = signers.proof_files[best.file]
    at = joined(registered, read.at, best.block.at)
    observed = {"proved": status is Status.PASS}
    return Part(key, status, f"{key}, in {best.file}: {told}.", at, observed, expected)


def _judged(signers: SignerFacts, one: Proof, limits: Limits) -> tuple[Status, str]:
    """Status and phrase of one answer."""
    wrong = proof.fault(
        one.key, one.message, one.signature,
        target=signers.target, genesis_hash=signers.genesis_hash,
    )  # fmt: skip
    if wrong is not None:
        return Status.FAIL, wrong
    said = proof.parse(one.message)
    if isinstance(one.block, Diverged):
        return Status.DIVERGED, f"the providers differ on the block {said.slot}"
    if not isinstance(one.block, Found):
        reason = getattr(one.block, "reason", "there is no such block")
        return Status.UNKNOWN, (
            f"the signature is good, but the block {said.slot} could not be read ({reason}), so "
            "when it was signed is not proven"
        )
    block, now = one.block.value, asked(one.block.at.asked_at)
    if block.blockhash != said.blockhash:
        return Status.FAIL, (
            f"the block {said.slot} has the hash {block.blockhash}, not {said.blockhash}"
        )
    if abs(block.time - said.date) > proof.RECENT:
        return Status.FAIL, (
            f"the challenge is dated {abs(block.time - said.date)} s away from its block"
        )
    if now is None:
        return Status.UNKNOWN, "when the block was read is not known"
    age = now - min(block.time, said.date)
    if age < -proof.RECENT:
        return Status.FAIL, "the challenge is dated in the future"
    if age > limits.proof_age_seconds:
        return Status.STALE, (
            f"the challenge is {spoken(age)} old, more than {spoken(limits.proof_age_seconds)}"
        )
    return Status.PASS, f"signed after the block {said.slot}, {spoken(max(age, 0))} ago"
