"""What values the fields of parts take, for the schemas of the forms.

A schema helps whoever fills in a form; what counts is the check. So it says what a reader refuses
anyway, and a blank (an empty text) is always allowed: it says nothing yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["FIELDS", "of_field"]

Schema = dict[str, Any]

_B58 = "[1-9A-HJ-NP-Za-km-z]"
_DAY = r"\d{4}-\d{2}-\d{2}"
_MOMENT = rf"{_DAY}[Tt ]\d{{2}}:\d{{2}}:\d{{2}}(?:\.\d+)?(?:[Zz]|[+-]\d{{2}}:\d{{2}})"


def _text(pattern: str) -> Schema:
    return {"type": "string", "pattern": f"^(?:{pattern})?$"}


_KEY = _text(f"{_B58}{{32,44}}")
_HOLDER = _text(f"{_B58}{{32,44}}|none")
_SIGNATURE = _text(f"{_B58}{{64,88}}")
_SHA256 = _text("[0-9a-f]{64}")
_COMMIT = _text("[0-9a-f]{40}")
_DATE = _text(f"{_DAY}|{_MOMENT}")
_DAY_ONLY = _text(_DAY)
_TIME = _text(_MOMENT)
#: Readers take digits as well as a number.
_NUMBER: Schema = {"type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]*$"}
_YES_OR_NO: Schema = {"type": "boolean"}
_CLUSTER: Schema = {"type": "string", "enum": ["", "mainnet-beta", "testnet", "devnet", "localnet"]}

#: Field → schema of one of its values. A field that is not here is a text.
FIELDS: Final[Mapping[str, Schema]] = {
    **dict.fromkeys(
        ("program_id", "programdata", "multisig", "members", "key", "treasury", "dao",
         "mint_authority", "freeze_authority", "permanent_delegate", "transfer_hook",
         "fee_authority", "pause_authority", "close_authority", "confidential_authority",
         "genesis_hash", "participants", "proposer"),
        _KEY,
    ),
    **dict.fromkeys(
        ("upgrade_authority", "dao_authority", "treasury_operator", "policy_authorities",
         "attestors", "mint_authorities"),
        _HOLDER,
    ),
    **dict.fromkeys(("deployment_signature", "rehearsal_signature", "signatures"), _SIGNATURE),
    **dict.fromkeys(
        ("artifact_sha256", "log_sha256", "sha256", "rule_file_sha256", "observed_sha256",
         "evidence_root"),
        _SHA256,
    ),
    **dict.fromkeys(("release_commit", "commit"), _COMMIT),
    **dict.fromkeys(("date", "opens"), _DATE),
    "expires": _DAY_ONLY,
    **dict.fromkeys(
        ("built_at", "started_at", "finished_at", "raised_at", "received_at", "fired_at",
         "detected_at", "contained_at", "cut_at", "switched_at", "served_at"),
        _TIME,
    ),
    **dict.fromkeys(
        ("threshold", "voters", "time_lock_seconds", "time_lock_hours", "exit_code", "tests_run",
         "tests_failed", "limit_seconds", "number", "index", "vault_index", "amount", "slot",
         "block_time"),
        _NUMBER,
    ),
    **dict.fromkeys(("tree_clean", "artifact_written"), _YES_OR_NO),
    **dict.fromkeys(("cluster", "rehearsal_cluster"), _CLUSTER),
    # Of a runbook's front matter: a name, or several with the moment at which they work.
    "lever": {
        "type": ["string", "array"],
        "items": {
            "type": ["string", "object"],
            "properties": {"instruction": {"type": "string"}, "when": {"type": "string"}},
            "additionalProperties": False,
        },
    },
    "gaps": {
        "type": "object",
        "properties": {"text": {"type": "string"}, "closed": {"type": "boolean"}},
        "additionalProperties": False,
    },
    "version": {"type": ["string", "integer"]},
    # Composite on purpose: what getTransaction answered, unchanged.
    "meta": {"type": ["object", "null"]},
}  # fmt: skip


def of_field(name: str) -> Schema:
    """A fresh schema of one value of a field."""
    return dict(FIELDS.get(name, {"type": "string"}))
