"""Extensions of Token-2022 mints and accounts: type, length, value.

An all-zero key in an extension means nobody. Ids that are not known are kept with their length,
never skipped in silence: one of them may give somebody power over the tokens.

Sources: solana-program/token-2022, interface/src/extension/**/mod.rs; the metadata layout is that
of the token-metadata interface.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from privatedao_audit.chain.borsh import Cursor
from privatedao_audit.chain.layouts.common import zero_is_none

__all__ = ["EXTENSION_NAMES", "Extension", "authorities_of", "read_extensions"]

_Reader = Callable[[Cursor], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension. ``name`` is "unknown" for an id outside the table.

    ``authorities`` pairs a power ("transfer-hook", "permanent-delegate") with the key that holds
    it; nobody's are left out. ``values`` are the other fields, by name. ``understood`` is False
    for an unknown id, or one that is of no meaning on this kind of account.
    """

    id: int
    name: str
    size: int
    understood: bool
    authorities: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[str, Any], ...] = ()
    data: bytes = field(default=b"", repr=False)

    def value(self, name: str) -> Any:
        """The field of that name, None when there is none."""
        return dict(self.values).get(name)


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    on: str
    size: int | None
    read: _Reader = field(default=lambda cursor: {})


def _authority(power: str) -> _Reader:
    return lambda c: {f"@{power}": zero_is_none(c.pubkey("authority"))}


def _fee(cursor: Cursor, name: str) -> dict[str, int]:
    """One of the two fees a mint holds: from ``epoch`` on, at most ``maximum`` base units."""
    return {
        f"{name}_epoch": cursor.u64(f"{name}.epoch"),
        f"{name}_maximum": cursor.u64(f"{name}.maximum_fee"),
        f"{name}_basis_points": cursor.u16(f"{name}.basis_points"),
    }


def _transfer_fee(cursor: Cursor) -> dict[str, Any]:
    return {
        "@transfer-fee-config": zero_is_none(cursor.pubkey("config_authority")),
        "@transfer-fee-withdraw": zero_is_none(cursor.pubkey("withdraw_authority")),
        "withheld": cursor.u64("withheld_amount"),
        **_fee(cursor, "older"),
        **_fee(cursor, "newer"),
    }


def _confidential(cursor: Cursor) -> dict[str, Any]:
    return {
        "@confidential-transfer": zero_is_none(cursor.pubkey("authority")),
        "auto_approve": cursor.boolean("auto_approve_new_accounts"),
        "auditor": zero_is_none(cursor.pubkey("auditor_elgamal_pubkey")),
    }


def _default_state(cursor: Cursor) -> dict[str, Any]:
    start = cursor.offset
    state = cursor.u8("state")
    if state not in (1, 2):
        raise cursor.error("state", f"unknown state {state}", start)
    return {"state": {1: "normal", 2: "frozen"}[state]}


def _interest(cursor: Cursor) -> dict[str, Any]:
    rate = {"@interest-rate": zero_is_none(cursor.pubkey("rate_authority"))}
    cursor.fixed(8 + 2 + 8, "history")
    raw = cursor.fixed(2, "current_rate")
    return {**rate, "basis_points": int.from_bytes(raw, "little", signed=True)}


def _hook(cursor: Cursor) -> dict[str, Any]:
    authority = zero_is_none(cursor.pubkey("authority"))
    return {"@transfer-hook": authority, "program": zero_is_none(cursor.pubkey("program_id"))}


def _pointer(power: str) -> _Reader:
    def read(cursor: Cursor) -> dict[str, Any]:
        authority = zero_is_none(cursor.pubkey("authority"))
        return {f"@{power}": authority, "address": zero_is_none(cursor.pubkey("address"))}
    return read


def _confidential_fee(cursor: Cursor) -> dict[str, Any]:
    authority = zero_is_none(cursor.pubkey("authority"))
    withdraw = zero_is_none(cursor.pubkey("withdraw_withheld_authority_elgamal_pubkey"))
    harvest = cursor.boolean("harvest_to_mint_enabled")
    cursor.fixed(64, "withheld_amount")
    return {"@confidential-fee": authority, "withdraw_key": withdraw, "harvest": harvest}


def _metadata(cursor: Cursor) -> dict[str, Any]:
    update, mint = zero_is_none(cursor.pubkey("update_authority")), cursor.pubkey("mint")
    texts = {name: cursor.string(name) for name in ("name", "symbol", "uri")}
    count = cursor.vec_length("additional", 8)
    more = tuple((cursor.string(f"additional[{n}].key"), cursor.string(f"additional[{n}].value"))
                 for n in range(count))
    return {"@metadata-update": update, "mint": mint, **texts, "additional": more}


def _group(cursor: Cursor) -> dict[str, Any]:
    update, mint = zero_is_none(cursor.pubkey("update_authority")), cursor.pubkey("mint")
    return {"@group-update": update, "mint": mint, "members": cursor.u64("size"),
            "maximum": cursor.u64("max_size")}


def _member(cursor: Cursor) -> dict[str, Any]:
    return {"mint": cursor.pubkey("mint"), "group": cursor.pubkey("group"),
            "number": cursor.u64("member_number")}


def _scaled(cursor: Cursor) -> dict[str, Any]:
    authority = zero_is_none(cursor.pubkey("authority"))
    # Floating-point numbers change what wallets show, not what is held: they stay bytes.
    cursor.fixed(8 + 8 + 8, "multipliers")
    return {"@scaled-amount": authority}


def _pausable(cursor: Cursor) -> dict[str, Any]:
    authority = zero_is_none(cursor.pubkey("authority"))
    return {"@pause": authority, "paused": cursor.boolean("paused")}


def _flag(name: str) -> _Reader:
    return lambda c: {name: c.boolean(name)}


def _opaque(size: int) -> _Reader:
    def read(cursor: Cursor) -> dict[str, Any]:
        cursor.fixed(size, "value")
        return {}
    return read


_KINDS: Final[dict[int, _Kind]] = {
    1: _Kind("transfer-fee-config", "mint", 108, _transfer_fee),
    2: _Kind("transfer-fee-amount", "account", 8, lambda c: {"withheld": c.u64("withheld")}),
    3: _Kind("mint-close-authority", "mint", 32, _authority("close")),
    4: _Kind("confidential-transfer-mint", "mint", 65, _confidential),
    5: _Kind("confidential-transfer-account", "account", 295, _opaque(295)),
    6: _Kind("default-account-state", "mint", 1, _default_state),
    7: _Kind("immutable-owner", "account", 0),
    8: _Kind("memo-transfer", "account", 1, _flag("required")),
    9: _Kind("non-transferable", "mint", 0),
    10: _Kind("interest-bearing", "mint", 52, _interest),
    11: _Kind("cpi-guard", "account", 1, _flag("locked")),
    12: _Kind("permanent-delegate", "mint", 32, _authority("permanent-delegate")),
    13: _Kind("non-transferable-account", "account", 0),
    14: _Kind("transfer-hook", "mint", 64, _hook),
    15: _Kind("transfer-hook-account", "account", 1, _flag("transferring")),
    16: _Kind("confidential-transfer-fee-config", "mint", 129, _confidential_fee),
    17: _Kind("confidential-transfer-fee-amount", "account", 64, _opaque(64)),
    18: _Kind("metadata-pointer", "mint", 64, _pointer("metadata-pointer")),
    19: _Kind("token-metadata", "mint", None, _metadata),
    20: _Kind("group-pointer", "mint", 64, _pointer("group-pointer")),
    21: _Kind("token-group", "mint", 80, _group),
    22: _Kind("group-member-pointer", "mint", 64, _pointer("group-member-pointer")),
    23: _Kind("token-group-member", "mint", 72, _member),
    24: _Kind("confidential-mint-burn", "mint", 196, _opaque(196)),
    25: _Kind("scaled-ui-amount", "mint", 56, _scaled),
    26: _Kind("pausable", "mint", 33, _pausable),
    27: _Kind("pausable-account", "account", 0),
    28: _Kind("permissioned-burn", "mint", 32, _authority("permissioned-burn")),
}

#: Extension id -> name, of those that can be read.
EXTENSION_NAMES: Final[Mapping[int, str]] = {id_: kind.name for id_, kind in _KINDS.items()}


def _read(id_: int, raw: bytes, on: str, layout: str) -> Extension:
    kind = _KINDS.get(id_)
    if kind is None or kind.on != on:
        name = "unknown" if kind is None else kind.name
        return Extension(id_, name, len(raw), False, data=raw)
    cursor = Cursor(raw, f"{layout} extension {kind.name}")
    if kind.size is not None and len(raw) != kind.size:
        raise cursor.error("", f"{len(raw)} bytes, this extension has {kind.size}")
    found = kind.read(cursor)
    cursor.finish()
    held = tuple((name[1:], key) for name, key in found.items() if name[0] == "@" and key)
    values = tuple((name, value) for name, value in found.items() if name[0] != "@")
    return Extension(id_, kind.name, len(raw), True, held, values, raw)


def read_extensions(data: bytes, on: str, layout: str) -> tuple[Extension, ...]:
    """The extensions in ``data`` (what follows the kind byte) of a "mint" or an "account".

    Ends at type 0, after which only zeros may come. Raises DecodeError for a length beyond the
    data, a known extension of another size, or the same extension twice.
    """
    cursor = Cursor(data, f"{layout} extensions")
    found: list[Extension] = []
    while cursor.remaining() >= 2:
        start = cursor.offset
        id_ = cursor.u16("type")
        if id_ == 0:
            break
        if any(one.id == id_ for one in found):
            raise cursor.error("type", f"extension {id_} comes twice", start)
        size = cursor.u16("length")
        found.append(_read(id_, cursor.fixed(size, f"value of extension {id_}"), on, layout))
    cursor.expect_zero_tail()
    return tuple(found)


def authorities_of(extensions: Iterable[Extension]) -> dict[str, str]:
    """Power -> holder over all extensions; nobody's are left out."""
    return {power: key for one in extensions for power, key in one.authorities}
