"""What a recording says of each account, history, transaction and file, fit to be compared.

Questions differ between runs (which accounts go into one request, which page begins where), so
answers are taken apart into the things they speak of. Only first, plain answers count: closing
reads, series and second collections belong to their own sitting.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from privatedao_audit.chain import answers as shapes
from privatedao_audit.chain import programs
from privatedao_audit.chain.accounts import decode_accounts
from privatedao_audit.chain.reads import Account
from privatedao_audit.evidence.records import question_of
from privatedao_audit.model import canonical

#: Bytes of a ProgramData account before the executable, and its tag (agave, loader-v3 state).
_PROGRAMDATA: Final = 45
_TAG: Final = (3).to_bytes(4, "little")
#: Members of a transaction that the ledger fixes, and that every node states.
_FIXED_META: Final = ("err", "fee", "preBalances", "postBalances")
_LASTING: Final = frozenset({"getBlockTime", "getGenesisHash"})


class Records(Protocol):
    """A recording, as far as comparing needs it; see ``SealedRecording``."""

    def reads(self) -> Iterator[dict[str, Any]]:
        """All reads, sorted by id."""
        ...

    def exchange(self, exchange_id: str) -> dict[str, Any] | None:
        """An exchange record."""
        ...

    def body(self, sha256: str) -> bytes | None:
        """The bytes of a body."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """An account at one slot.

    Attributes:
        state: owner, executable flag and SHA-256 of the data that was read; None: absent.
        lamports: 0 where absent.
        deployed: slot of the last deployment, of a ProgramData account; None of any other.
        code: SHA-256 of what follows the header of a ProgramData account, where it was read.
        asked_at: UTC, RFC 3339.
    """

    address: str
    slot: int
    state: tuple[str, bool, str] | None
    lamports: int
    deployed: int | None
    code: str | None
    read: str
    asked_at: str


@dataclass(slots=True)
class History:
    """The signatures that were listed for an address, first provider only.

    Attributes:
        rows: signature → slot.
        reads: ids of the pages.
        asked_at: UTC time of the newest page, RFC 3339; empty before there is one.
    """

    rows: dict[str, int] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)
    asked_at: str = ""

    def between(self, first: int, last: int) -> list[str]:
        """Signatures in slots after ``first`` up to ``last``, oldest first."""
        found = [(slot, name) for name, slot in self.rows.items() if first < slot <= last]
        return [name for _, name in sorted(found)]


@dataclass(frozen=True, slots=True)
class Said:
    """An answer that is compared as a whole.

    Attributes:
        kind: of the question: ``rpc``, ``file``, ``git``, ``artifact``.
        what: for people, one phrase.
        value: what stands for the answer, compared and never shown.
        slot: of the answer; None where it has none.
    """

    kind: str
    method: str
    what: str
    value: Any
    slot: int | None
    read: str


@dataclass(slots=True)
class Recorded:
    """A recording taken apart.

    Attributes:
        accounts: address and slice of the data → every time it was seen, in the order of slots.
        histories: address → its signatures.
        answers: question without probe → what was answered.
        outcomes: read id → outcome and reason, of every read.
        commit: that the checkout stood at; None: none was given.
    """

    accounts: dict[tuple[str, str], list[Seen]] = field(default_factory=dict)
    histories: dict[str, History] = field(default_factory=dict)
    answers: dict[str, Said] = field(default_factory=dict)
    outcomes: dict[str, tuple[str, str]] = field(default_factory=dict)
    commit: str | None = None


def taken_apart(records: Records) -> Recorded:
    """Take a recording apart. What does not decode is left to the checks, which say so."""
    found = Recorded()
    for read in records.reads():
        found.outcomes[read["id"]] = (read["outcome"], read["reason"] or "")
        probe = read["probe"] or ""
        directed = probe.startswith("provider:") and "/" not in probe
        if read["outcome"] not in ("found", "absent") or (probe and not directed):
            continue
        exchange = records.exchange(read["chosen"]) if read["chosen"] is not None else None
        digest = exchange["body_sha256"] if exchange is not None else None
        body = records.body(digest) if digest is not None else None
        if read["kind"] != "rpc":
            _off_chain(found, read, digest, body)
        elif body is not None:
            try:
                _on_chain(found, read, shapes.result_of(body), directed)
            except (ValueError, KeyError, TypeError, IndexError, shapes.RpcError):
                continue
    for seen in found.accounts.values():
        seen.sort(key=lambda one: (one.slot, one.asked_at))
    return found


def accounts_of(read: dict[str, Any], result: Any) -> dict[str, Account | None]:
    """The accounts of a recorded getMultipleAccounts, by address.

    Raises:
        ValueError: the answer has another shape.
    """
    keys, config = tuple(read["params"][0]), read["params"][1]
    piece = config.get("dataSlice")
    return decode_accounts(result, keys, piece and (piece["offset"], piece["length"]))


def _on_chain(found: Recorded, read: dict[str, Any], result: Any, directed: bool) -> None:
    method, params = read["method"], read["params"]
    if method == "getMultipleAccounts" and not directed and read["slot"] is not None:
        piece = canonical.dumps(params[1].get("dataSlice")).decode()
        for address, account in accounts_of(read, result).items():
            found.accounts.setdefault((address, piece), []).append(_seen(address, account, read))
    elif method == "getSignaturesForAddress" and not directed:
        history = found.histories.setdefault(params[0], History())
        for row in shapes.signature_rows(result, params[1].get("limit", 1000)):
            history.rows[row.signature] = row.slot
        history.reads.append(read["id"])
        if params[1].get("before") is None:
            history.asked_at = max(history.asked_at, read["asked_at"])
    elif method == "getTransaction" and isinstance(result, dict):
        value = {name: result["meta"].get(name) for name in _FIXED_META}
        value |= {"slot": result["slot"], "transaction": result["transaction"]}
        _keep(found, read, f"transaction {params[0]}", value)
    elif method == "getTokenAccountsByOwner":
        rows = {
            item["pubkey"]: [item["account"][name] for name in ("owner", "lamports", "data")]
            for item in result["value"]
        }
        _keep(found, read, f"token accounts of {params[0]}", rows)
    elif method == "getProgramAccounts":
        rows = {item["pubkey"]: item["account"]["data"] for item in result}
        _keep(found, read, f"accounts of the program {params[0]}", rows)
    elif method in _LASTING:
        _keep(found, read, f"{method} {' '.join(map(str, params))}".strip(), result)


def _off_chain(
    found: Recorded, read: dict[str, Any], digest: str | None, body: bytes | None
) -> None:
    params = read["params"] if isinstance(read["params"], dict) else {}
    if read["method"] == "head" and body is not None:
        commit = json.loads(body).get("commit")
        found.commit = commit if isinstance(commit, str) else None
    if read["kind"] == "run" or read["method"] == "head":
        return
    named = params.get("path") or params.get("program") or params.get("under") or ""
    what = f"{read['kind']} {read['method']} {named}".strip()
    # By its hash, which stands in the records also where the public form withholds the file.
    _keep(found, read, what, digest)


def _keep(found: Recorded, read: dict[str, Any], what: str, value: Any) -> None:
    question = question_of(read)
    # Who was asked is no part of a question whose answer the ledger fixes.
    name = canonical.dumps([question.kind, question.method, question.params]).decode()
    # By its hash: a history of a million transactions has to fit.
    digest = canonical.sha256(json.dumps(value, sort_keys=True).encode())
    said = Said(read["kind"], read["method"], what, digest, read["slot"], read["id"])
    found.answers.setdefault(name, said)


def _seen(address: str, account: Account | None, read: dict[str, Any]) -> Seen:
    place = (read["id"], read["asked_at"])
    if account is None:
        return Seen(address, read["slot"], None, 0, None, None, *place)
    data = account.data
    state = (account.owner, account.executable, canonical.sha256(data))
    deployed = code = None
    if account.owner == programs.LOADER_V3 and data[:4] == _TAG and len(data) >= 12:
        deployed = int.from_bytes(data[4:12], "little")
        code = canonical.sha256(data[_PROGRAMDATA:])
    return Seen(address, read["slot"], state, account.lamports, deployed, code, *place)
