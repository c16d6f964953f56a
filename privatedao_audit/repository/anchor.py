"""What an Anchor.toml and an Anchor IDL say about program ids and versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from privatedao_audit.chain.addresses import parse_pubkey
from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.structured import parse, toml


def checked_key(value: object, role: str, where: str) -> str:
    """A base58 key of 32 bytes; BadDocument names the file and ``where`` in it."""
    try:
        return str(parse_pubkey(value, where))  # type: ignore[arg-type]
    except ValueError as error:
        raise BadDocument(f"{role}, {error}") from None


@dataclass(frozen=True, slots=True)
class AnchorToml:
    """What an Anchor.toml says.

    Attributes:
        programs: cluster → program name → id. Clusters by Anchor's long names: mainnet,
            testnet, devnet, localnet (other names as written).
        provider_cluster: the same, of ``[provider]``; ``custom`` for a URL, which may hold a key
            and is not repeated; None when not given.
        anchor_version, solana_version: of ``[toolchain]``; None when not given.
    """

    programs: dict[str, dict[str, str]]
    provider_cluster: str | None
    anchor_version: str | None
    solana_version: str | None


#: Anchor's own abbreviations: solana-foundation/anchor, client/src/cluster.rs.
_CLUSTERS: Final = {
    "m": "mainnet",
    "mainnet": "mainnet",
    "mainnet-beta": "mainnet",
    "t": "testnet",
    "testnet": "testnet",
    "d": "devnet",
    "devnet": "devnet",
    "l": "localnet",
    "localnet": "localnet",
    "g": "debug",
    "debug": "debug",
}


def anchor_toml(data: bytes, role: str = "Anchor.toml") -> AnchorToml:
    """Parse an Anchor.toml.

    A program is an id or a table with an ``address``; both are accepted, as Anchor does.

    Raises:
        BadDocument: malformed, an id that is not a key, or one cluster under two names.
    """
    tree = toml(data, role)
    programs: dict[str, dict[str, str]] = {}
    for written, rows in _table(tree, "programs", role).items():
        cluster = _CLUSTERS.get(written.lower(), written)
        if cluster in programs:
            raise BadDocument(f"{role}: the programs of {cluster} are given under two names")
        if not isinstance(rows, dict):
            raise BadDocument(f"{role}: [programs.{written[:60]}] is not a table")
        programs[cluster] = {
            name: checked_key(row.get("address") if isinstance(row, dict) else row, role,
                       f"the program {name[:60]!a} on {written[:60]!a}")
            for name, row in rows.items()
        }  # fmt: skip
    chosen = _text_of(_table(tree, "provider", role), "cluster", role)
    toolchain = _table(tree, "toolchain", role)
    return AnchorToml(
        programs,
        None if chosen is None else _CLUSTERS.get(chosen.lower(), "custom"),
        _text_of(toolchain, "anchor_version", role),
        _text_of(toolchain, "solana_version", role),
    )


def _table(tree: dict[str, Any], name: str, role: str) -> dict[str, Any]:
    value = tree.get(name, {})
    if not isinstance(value, dict):
        raise BadDocument(f"{role}: {name!r} is not a table")
    return value


def _text_of(tree: dict[str, Any], name: str, role: str) -> str | None:
    value = tree.get(name)
    if value is not None and not isinstance(value, str):
        raise BadDocument(f"{role}: {name!r} is not text")
    return value


@dataclass(frozen=True, slots=True)
class IdlHeader:
    """The head of an Anchor IDL.

    Attributes:
        address: the program id; None where an IDL of the old form gives none.
        name, version: of the program.
        spec: version of the IDL specification; None in the old form (before Anchor 0.30).
    """

    address: str | None
    name: str
    version: str
    spec: str | None


def anchor_idl(data: bytes, role: str = "the IDL") -> IdlHeader:
    """Parse the head of an Anchor IDL, of the form since 0.30 or the one before.

    Raises:
        BadDocument: not an IDL, an address that is not a key, or two that differ.
    """
    tree = parse("json", data, role).value
    if not isinstance(tree, dict) or not isinstance(tree.get("instructions"), list):
        raise BadDocument(f"{role}: not an Anchor IDL: it lists no instructions")
    metadata = _table(tree, "metadata", role)
    given = [place.get("address") for place in (tree, metadata)]
    addresses = {checked_key(a, role, "the address") for a in given if a is not None}
    if len(addresses) > 1:
        raise BadDocument(f"{role}: gives two different addresses")
    names = metadata if isinstance(metadata.get("name"), str) else tree
    name, version = (_text_of(names, member, role) for member in ("name", "version"))
    if name is None or version is None:
        raise BadDocument(f"{role}: not an Anchor IDL: it has no name or no version")
    address = next(iter(addresses), None)
    return IdlHeader(address, name, version, _text_of(metadata, "spec", role))
