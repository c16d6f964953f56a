"""Documents of the checkout from their bytes: strict, bounded, without side effects.

The one place to import parsers from. Every parser takes the file's bytes; ``role`` is the name by
which errors call the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from privatedao_audit.repository import rust_source
from privatedao_audit.repository.anchor import (
    AnchorToml,
    IdlHeader,
    anchor_idl,
    anchor_toml,
    checked_key,
)
from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.rust_source import DeclaredId
from privatedao_audit.repository.structured import (
    Document,
    Missing,
    parse,
    pointer,
    select,
    text,
)

__all__ = [
    "AnchorToml",
    "BadDocument",
    "DeclaredId",
    "Document",
    "IdlHeader",
    "Missing",
    "anchor_idl",
    "anchor_toml",
    "declared_under",
    "parse",
    "pointer",
    "rust_declare_ids",
    "select",
    "text",
]

#: Most bytes of a Rust file.
MAX_RUST: Final = 2 * 1024 * 1024


def rust_declare_ids(
    data: bytes, role: str = "the Rust source", *, nested: bool = False
) -> tuple[DeclaredId, ...]:
    """The program ids that a Rust file declares, in order.

    ``declare_id!("…")`` by any path, and ``const ID: Pubkey = pubkey!("…")``; comments and strings
    don't count. Declarations inside modules, functions and test builds are those of something
    else, and are left out unless ``nested``; those inside macro bodies (``cfg_if!``) are kept,
    with a condition that no feature satisfies.

    Raises:
        BadDocument: not UTF-8, brackets that don't match, or an id that is not a literal of 32
            bytes in base58.
    """
    if len(data) > MAX_RUST:
        raise BadDocument(f"{role}: {len(data)} bytes; a Rust file may have {MAX_RUST}")
    rows = []
    for row in rust_source.declarations(text(data, role), role):
        checked_key(row.id, role, f"line {row.line}")
        if nested or not row.module or row.module.split("::")[0].endswith("!"):
            rows.append(row)
    return tuple(rows)


def declared_under(
    rows: tuple[DeclaredId, ...], builds: Sequence[frozenset[str]]
) -> tuple[DeclaredId, ...]:
    """The declarations that are compiled, whichever of some builds it was.

    Args:
        builds: the cargo features of each build that comes into question; of several, those in
            which not exactly one id is declared are left out where others declare one: a crate
            with two does not compile.

    Raises:
        BadDocument: a declaration's condition can't be decided from the features, or the builds
            declare different ids.
    """
    every = [tuple(_compiled(rows, features)) for features in builds]
    found = [one for one in every if len({row.id for row in one}) == 1] or every
    if len({frozenset(row.id for row in one) for one in found}) > 1:
        told = " or ".join(dict.fromkeys(_ids(one) for one in found))
        raise BadDocument(
            f"by the features that come into question it declares {told}; name the feature that "
            "was built in the target, and record the build's command"
        )
    return found[0] if found else ()


def _ids(rows: tuple[DeclaredId, ...]) -> str:
    return " and ".join(dict.fromkeys(row.id for row in rows)) or "nothing"


def _compiled(rows: tuple[DeclaredId, ...], features: frozenset[str]) -> Iterator[DeclaredId]:
    for row in rows:
        compiled = rust_source.holds(row.cfg_text, features)
        if compiled is None:
            shown = (row.cfg_text or "")[:100]
            raise BadDocument(
                f"line {row.line}: whether {row.form} is compiled turns on {shown!a}, which "
                "features do not decide"
            )
        if compiled:
            yield row
