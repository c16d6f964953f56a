"""Bytes of the program's accounts, instructions and events, encoded apart from the library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from solders.pubkey import Pubkey

import privatedao_audit

_FILE = Path(privatedao_audit.__file__).parent / "protocols" / "privatedao" / "idl.json"
IDL: dict[str, Any] = json.loads(_FILE.read_bytes())
_TYPES = {item["name"]: item["type"] for item in IDL["types"]}

#: Allocated bytes per layout, as the facts sheet gives them.
ALLOCATED = {
    "DaoSecurityPolicy": 434, "DaoGovernancePolicyV3": 99, "DaoSettlementPolicyV3": 107,
    "ProposalGovernancePolicySnapshotV3": 100, "ProposalSettlementPolicySnapshotV3": 164,
    "RevealRebateVaultV3State": 41, "ProposalExecutionPolicySnapshot": 86,
    "ProposalProofVerification": 283, "SettlementEvidence": 251,
    "SettlementConsumptionRecord": 81, "VoterWeightScopeRecord": 122, "Dao": 210,
    "TreasuryOperatorAuthority": 89, "Proposal": 1390, "VoterRecord": 157, "VoteDelegation": 122,
    "VoterWeightRecord": 164, "ZkProofAnchor": 243, "ZkVerificationReceipt": 277,
    "ProposalZkPolicy": 115, "ConfidentialPayoutPlan": 523, "RefheEnvelope": 672,
    "MagicBlockPrivatePaymentCorridor": 1001,
}  # fmt: skip

_WIDTHS = {"u8": 1, "u16": 2, "u32": 4, "u64": 8, "i64": 8}


def _discriminator(family: str, name: str) -> bytes:
    return bytes(next(x for x in IDL[family] if x["name"] == name)["discriminator"])


def account(layout: str, fields: dict[str, Any], length: int | None = None) -> bytes:
    """An account's data, padded with zeros to its allocated length."""
    data = _discriminator("accounts", layout) + encode({"defined": {"name": layout}}, fields)
    return data.ljust(ALLOCATED[layout] if length is None else length, b"\0")


def event(name: str, fields: dict[str, Any]) -> bytes:
    return _discriminator("events", name) + encode({"defined": {"name": name}}, fields)


def instruction(name: str, arguments: dict[str, Any]) -> bytes:
    args = next(x for x in IDL["instructions"] if x["name"] == name)["args"]
    body = b"".join(encode(arg["type"], arguments[arg["name"]]) for arg in args)
    return _discriminator("instructions", name) + body


def instruction_accounts(name: str) -> list[dict[str, Any]]:
    return list(next(x for x in IDL["instructions"] if x["name"] == name)["accounts"])


def default(kind: Any) -> Any:
    """A value of a type: zeros, empty texts, the first variant."""
    if kind == "string":
        return ""
    if kind == "pubkey":
        return str(Pubkey(bytes(32)))
    if kind == "bool":
        return False
    if isinstance(kind, str):
        return 0
    if "option" in kind:
        return None
    if "array" in kind:
        item, count = kind["array"]
        return bytes(count) if item == "u8" else [default(item)] * count
    body = _TYPES[kind["defined"]["name"]]
    if body["kind"] == "enum":
        return body["variants"][0]["name"]
    return {field["name"]: default(field["type"]) for field in body["fields"]}


def fields(layout: str, **given: Any) -> dict[str, Any]:
    """The fields of a layout with defaults for those not given."""
    values = default({"defined": {"name": layout}})
    assert set(given) <= set(values), set(given) - set(values)
    return values | given


def encode(kind: Any, value: Any) -> bytes:
    if kind == "string":
        raw = value.encode()
        return len(raw).to_bytes(4, "little") + raw
    if kind == "pubkey":
        return bytes(Pubkey.from_string(value))
    if kind == "bool":
        return bytes([value])
    if isinstance(kind, str):
        return int(value).to_bytes(_WIDTHS[kind], "little", signed=kind[0] == "i")
    if "option" in kind:
        return b"\0" if value is None else b"\1" + encode(kind["option"], value)
    if "array" in kind:
        item, count = kind["array"]
        assert len(value) == count
        return value if item == "u8" else b"".join(encode(item, one) for one in value)
    body = _TYPES[kind["defined"]["name"]]
    if body["kind"] == "enum":
        name, inner = (value, {}) if isinstance(value, str) else next(iter(value.items()))
        names = [variant["name"] for variant in body["variants"]]
        variant = body["variants"][names.index(name)]
        tail = (encode(f["type"], inner[f["name"]]) for f in variant.get("fields", []))
        return bytes([names.index(name)]) + b"".join(tail)
    return b"".join(encode(field["type"], value[field["name"]]) for field in body["fields"])
