"""Keys for the local chain, derived from public labels.

Every key of a rehearsal is the SHA-256 of a sentence printed below, so anyone can sign with
it. That is by design: a sample is the same in every hand, and nobody is tempted to fund one
of these addresses. They must never hold anything on a public cluster.
"""

from __future__ import annotations

from hashlib import sha256

from solders.keypair import Keypair
from solders.pubkey import Pubkey

_SENTENCE = "privatedao-audit rehearsal key, public by design: "


def keypair(label: str) -> Keypair:
    """The Ed25519 key pair of a public label, the same on every machine.

    `label` is a short lower-case name such as "deployer". Raises ValueError for an empty one.
    """
    if not label:
        raise ValueError("a rehearsal key needs a label, for example keypair('deployer')")
    return Keypair.from_seed(sha256((_SENTENCE + label).encode()).digest())


def address(label: str) -> Pubkey:
    """The public key of `keypair(label)`."""
    return keypair(label).pubkey()
