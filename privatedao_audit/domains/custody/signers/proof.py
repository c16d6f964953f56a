"""Proof of control: the challenge that a signer signs, and what makes an answer good.

A challenge is one line of printable ASCII, so that a hardware wallet can show it, and short
enough for one. It names the target, the cluster by its genesis hash, the key and a finalized
block: the block's hash can't have been known before the block, so whoever signed, signed after.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from privatedao_audit.chain.offchain_message import parse_signature, verify_text

#: Longest text that the plainest format of off-chain messages takes, in bytes.
MAX_TEXT = 1212

#: Between the block's time and the date of the challenge, and for clocks that differ; seconds.
RECENT = 3_600

_HEAD = "Proof of control of a Solana key, privatedao-audit challenge 1"
_TAIL = "I hold this key and sign for the role that the signer register gives it."
_KEY = r"[1-9A-HJ-NP-Za-km-z]{32,44}"
_TEXT = re.compile(
    re.escape(_HEAD)
    + r"; target (?P<target>[a-z0-9][a-z0-9-]{0,63})"
    + rf"; cluster (?P<cluster>[a-z-]{{1,20}}) of genesis (?P<genesis>{_KEY})"
    + rf"; key (?P<key>{_KEY})"
    + r"; date (?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)"
    + rf"; finalized block (?P<slot>[0-9]{{1,16}}) of hash (?P<blockhash>{_KEY})"
    + r"; "
    + re.escape(_TAIL)
)


class BadChallenge(ValueError):
    """A text that is no challenge of this kit."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a challenge says. ``date`` is in Unix seconds."""

    target: str
    cluster: str
    genesis_hash: str
    key: str
    date: int
    slot: int
    blockhash: str

    def text(self) -> str:
        """The line to sign.

        Raises:
            BadChallenge: a value that the line can't hold.
        """
        when = f"{datetime.fromtimestamp(self.date, UTC):%Y-%m-%dT%H:%M:%SZ}"
        line = (
            f"{_HEAD}; target {self.target}; cluster {self.cluster} of genesis "
            f"{self.genesis_hash}; key {self.key}; date {when}; finalized block {self.slot} of "
            f"hash {self.blockhash}; {_TAIL}"
        )
        if parse(line) != self:
            raise BadChallenge("a value of the challenge does not survive being printed")
        return line


def parse(text: str) -> Challenge:
    """The challenge that a text is, letter by letter.

    Raises:
        BadChallenge: it is anything else. The message does not repeat the text.
    """
    if len(text) > MAX_TEXT:
        raise BadChallenge(f"{len(text)} characters; a challenge has at most {MAX_TEXT}")
    found = _TEXT.fullmatch(text)
    if found is None:
        raise BadChallenge("it is not the text of a challenge of this kit")
    try:
        when = datetime.strptime(found["date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise BadChallenge("its date is none of the calendar") from None
    return Challenge(
        target=found["target"],
        cluster=found["cluster"],
        genesis_hash=found["genesis"],
        key=found["key"],
        date=int(when.timestamp()),
        slot=int(found["slot"]),
        blockhash=found["blockhash"],
    )


def fault(key: str, message: str, signature: str, *, target: str, genesis_hash: str) -> str | None:
    """Why a row proves nothing about a key; None when the key signed a challenge of this target.

    Everything that needs no chain: the signature first, since a text that nobody signed says
    nothing. Whether the block is real and when it was made is for the caller.
    """
    try:
        signed = verify_text(message, key, parse_signature(signature))
    except ValueError as error:
        return f"its signature can't be verified: {error}"
    if signed is None:
        return "the key did not sign this message"
    try:
        said = parse(message)
    except BadChallenge as error:
        return f"what was signed is no challenge: {error}"
    if said.key != key:
        return f"the challenge was made for the key {said.key}"
    if said.target != target:
        return f"the challenge was made for the target {said.target}, not {target}"
    if said.genesis_hash != genesis_hash:
        return f"the challenge names the cluster of genesis {said.genesis_hash}"
    return None
