"""The shape of JSON-RPC answers: the envelope, and the results that the kit relies on.

Both sides use it: the client, to refuse a malformed answer and ask elsewhere, and the typed
reads, live and on replay. Nothing here touches the network or imports its libraries.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from privatedao_audit.chain.borsh import base58_bytes
from privatedao_audit.chain.strict_json import MAX_BYTES, loads
from privatedao_audit.model import canonical

ANY_ID: Final = object()
_MAX_U64: Final = 2**64 - 1
_SHOWN = 200


class BadShape(ValueError):
    """JSON that is not the answer it should be; the message says what is wrong with it."""


class RpcError(Exception):
    """The node answered with a JSON-RPC error.

    Attributes:
        code: JSON-RPC or Solana error code, also one that solders does not know.
        message: the node's text, shortened.
        data: the node's extra data, any JSON.
    """

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        self.code = code
        self.message = canonical.well_formed(message)[:_SHOWN]
        self.data = data
        super().__init__(f"JSON-RPC error {code}: {self.message}")

    def __reduce__(self) -> tuple[type[RpcError], tuple[int, str, Any]]:
        return RpcError, (self.code, self.message, self.data)


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """One account as an answer states it.

    ``data`` is the decoded base64, or canonical text of the JSON for any other encoding.
    rentEpoch is left out, nodes disagree about it. ``space`` (bytes, None where the node does
    not state it) takes no part in comparisons: it only guards against cut data.
    """

    lamports: int
    owner: str
    executable: bool
    data: bytes | str = field(repr=False)
    space: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """One line of an address's history.

    Attributes:
        slot: of the block it is in.
        err: the node's error JSON, None for success.
        block_time: Unix seconds, None where the node has none.
    """

    signature: str
    slot: int
    err: Any
    block_time: int | None

    @property
    def succeeded(self) -> bool:
        """Whether it took effect."""
        return self.err is None


def result_of(body: bytes, *, expected_id: Any = ANY_ID, max_bytes: int = MAX_BYTES) -> Any:
    """The ``result`` member of a JSON-RPC 2.0 response.

    Args:
        expected_id: the id of the request; a response with another one is refused.

    Raises:
        BadJson: not strict JSON.
        BadShape: not a JSON-RPC 2.0 response, or the response to another request.
        RpcError: the response is an error.
    """
    document = loads(body, max_bytes=max_bytes)
    if not isinstance(document, dict):
        raise BadShape("not a JSON-RPC 2.0 response")
    error = document.get("error")
    if error is not None:
        if "result" in document and document["result"] is not None:
            raise BadShape("both a result and an error")
        failure = _error(error)
        # Less strict than for results: gateways leave out "jsonrpc" when they refuse, and a
        # node that could not read the request answers with id null.
        if expected_id is not ANY_ID and document.get("id") is not None:
            _check_id(document, expected_id)
        raise failure
    if document.get("jsonrpc") != "2.0":
        raise BadShape("not a JSON-RPC 2.0 response")
    if expected_id is not ANY_ID:
        _check_id(document, expected_id)
    if "result" not in document:
        raise BadShape("neither a result nor an error")
    return document["result"]


def _check_id(document: dict[str, Any], expected: Any) -> None:
    given = document.get("id")
    if type(given) is not type(expected) or given != expected:
        raise BadShape("the response carries another id than the request")


def _error(error: Any) -> RpcError:
    if not isinstance(error, dict):
        raise BadShape("the error is not an object")
    code, message = error.get("code"), error.get("message", "")
    if isinstance(code, bool) or not isinstance(code, int) or abs(code) > canonical.MAX_INTEGER:
        raise BadShape("the error has no code")
    return RpcError(code, message if isinstance(message, str) else "", error.get("data"))


def slot_number(value: Any, what: str) -> int:
    """A slot, checked to be an integer that canonical JSON can hold.

    Raises:
        BadShape: anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadShape(f"{what} is not a number")
    if not 0 <= value <= canonical.MAX_INTEGER:
        raise BadShape(f"{what} is out of range")
    return value


def context_slot(result: Any) -> int | None:
    """The context slot of a result, None where it has no context.

    Raises:
        BadShape: there is a context, and its slot is not one.
    """
    if isinstance(result, dict) and "context" in result:
        context = result["context"]
        if not isinstance(context, dict):
            raise BadShape("context is not an object")
        return slot_number(context.get("slot"), "context.slot")
    return None


def account_entries(method: str, result: Any, count: int) -> tuple[AccountEntry | None, ...]:
    """The accounts of a getAccountInfo or getMultipleAccounts result; None is "absent".

    Args:
        count: how many accounts were asked for.

    Raises:
        BadShape: another shape, or another number of accounts.
    """
    if context_slot(result) is None or "value" not in result:
        raise BadShape(f"{method}: no context or no value")
    values = result["value"] if method == "getMultipleAccounts" else [result["value"]]
    if not isinstance(values, list) or len(values) != count:
        raise BadShape(f"{method}: not {count} accounts")
    return tuple(
        None if value is None else _entry(value, f"{method}, account {number}")
        for number, value in enumerate(values)
    )


def _entry(value: Any, what: str) -> AccountEntry:
    if not isinstance(value, dict):
        raise BadShape(f"{what}: not an object")
    lamports, owner = value.get("lamports"), value.get("owner")
    if isinstance(lamports, bool) or not isinstance(lamports, int):
        raise BadShape(f"{what}: lamports is not an integer")
    if not 0 <= lamports <= _MAX_U64:
        raise BadShape(f"{what}: lamports is out of range")
    if not isinstance(value.get("executable"), bool):
        raise BadShape(f"{what}: executable is not true or false")
    key(owner, f"{what}: owner")
    space = value.get("space")
    if space is not None and (isinstance(space, bool) or not isinstance(space, int)):
        raise BadShape(f"{what}: space is not an integer")
    data = _data(value.get("data"), what)
    return AccountEntry(lamports, str(owner), value["executable"], data, space)


def _data(value: Any, what: str) -> bytes | str:
    if not (isinstance(value, list) and len(value) == 2 and value[1] == "base64"):
        if not isinstance(value, (list, dict, str)):
            raise BadShape(f"{what}: no data")
        return json.dumps(value, sort_keys=True)
    text = value[0]
    if not isinstance(text, str):
        raise BadShape(f"{what}: data is not text")
    return base64_bytes(text, f"{what}: data")


def base64_bytes(text: str, what: str) -> bytes:
    """Decode standard base64, padded, in its one canonical form.

    Raises:
        BadShape: anything else.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise BadShape(f"{what} is not base64") from None
    if base64.b64encode(data).decode() != text:
        raise BadShape(f"{what} is base64 with stray bits")
    return data


def signature_rows(result: Any, limit: int) -> tuple[SignatureRow, ...]:
    """The rows of a getSignaturesForAddress result, newest first.

    Raises:
        BadShape: another shape, more rows than asked for, slots that rise on the way down, or
            a signature twice.
    """
    if not isinstance(result, list):
        raise BadShape("getSignaturesForAddress: not a list")
    if len(result) > limit:
        raise BadShape(f"getSignaturesForAddress: {len(result)} rows, {limit} were asked for")
    rows = tuple(_row(item, f"signature {n}") for n, item in enumerate(result))
    if any(later.slot > earlier.slot for earlier, later in pairwise(rows)):
        raise BadShape("getSignaturesForAddress: not newest first")
    if len({row.signature for row in rows}) != len(rows):
        raise BadShape("getSignaturesForAddress: a signature twice")
    return rows


def _row(item: Any, what: str) -> SignatureRow:
    if not isinstance(item, dict):
        raise BadShape(f"{what}: not an object")
    signature, time = item.get("signature"), item.get("blockTime")
    if not isinstance(signature, str) or _length(signature, what, 88) != 64:
        raise BadShape(f"{what}: not a signature")
    if "err" not in item:
        raise BadShape(f"{what}: err is missing, so whether it succeeded is not known")
    if time is not None and (isinstance(time, bool) or not isinstance(time, int)):
        raise BadShape(f"{what}: blockTime is not a number")
    if time is not None and abs(time) > canonical.MAX_INTEGER:
        raise BadShape(f"{what}: blockTime is out of range")
    return SignatureRow(signature, slot_number(item.get("slot"), what), item["err"], time)


def key(value: Any, what: str) -> str:
    """A base58 public key or hash of 32 bytes, as given.

    Raises:
        BadShape: anything else.
    """
    if not isinstance(value, str) or _length(value, what, 44) != 32:
        raise BadShape(f"{what} is not a key of 32 bytes")
    return value


def signature(value: Any, what: str) -> str:
    """A base58 signature of 64 bytes, as given.

    Raises:
        BadShape: anything else.
    """
    if not isinstance(value, str) or _length(value, what, 88) != 64:
        raise BadShape(f"{what} is not a signature of 64 bytes")
    return value


def is_signature(value: Any) -> bool:
    """Whether it is the base58 form of 64 bytes: only then can a transaction be asked for by it."""
    try:
        signature(value, "it")
    except BadShape:
        return False
    return True


def _length(text: str, what: str, limit: int) -> int:
    try:
        return len(base58_bytes(text, what, limit=limit))
    except ValueError:
        raise BadShape(f"{what} is not base58") from None
