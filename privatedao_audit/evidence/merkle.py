"""Merkle tree hash as RFC 6962 section 2.1 defines it, SHA-256, computed as leaves arrive.

The different prefixes of leaves (0x00) and nodes (0x01) keep one from passing for the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

_LEAF = b"\x00"
_NODE = b"\x01"


def leaf_hash(data: bytes) -> bytes:
    """Hash of one leaf: SHA-256(0x00 || data), 32 bytes."""
    return hashlib.sha256(_LEAF + data).digest()


class MerkleTree:
    """Root over leaves appended one by one; holds one hash per level, not the leaves."""

    def __init__(self) -> None:
        # Complete subtrees from left to right as (leaves, hash); sizes are strictly falling
        # powers of two, as the bits of the number of leaves.
        self._subtrees: list[tuple[int, bytes]] = []

    def append_hash(self, leaf: bytes) -> None:
        """Append a leaf by its :func:`leaf_hash`."""
        size, digest = 1, leaf
        while self._subtrees and self._subtrees[-1][0] == size:
            _, left = self._subtrees.pop()
            size, digest = 2 * size, _join(left, digest)
        self._subtrees.append((size, digest))

    def root(self) -> bytes:
        """Root over the leaves so far, 32 bytes; SHA-256 of nothing for the empty tree."""
        if not self._subtrees:
            return hashlib.sha256().digest()
        right_to_left = reversed(self._subtrees)
        _, digest = next(right_to_left)
        for _, left in right_to_left:
            digest = _join(left, digest)
        return digest


def root(leaves: Iterable[bytes]) -> str:
    """Lower-case hexadecimal Merkle root over the leaf data, in the given order."""
    tree = MerkleTree()
    for data in leaves:
        tree.append_hash(leaf_hash(data))
    return tree.root().hex()


def _join(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()
