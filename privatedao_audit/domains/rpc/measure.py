"""Measure the operation's endpoints: a series of probes, and what each of them serves."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

from solders.pubkey import Pubkey

from privatedao_audit.chain import answers as shapes
from privatedao_audit.chain.accounts import Account
from privatedao_audit.chain.layouts import loader
from privatedao_audit.chain.reads import MAX_ACCOUNTS, ChainReads, SignatureRow
from privatedao_audit.chain.series.asking import SERIES, AtEndpoint, AtPair
from privatedao_audit.chain.series.model import (
    SCHEMA,
    BadSeries,
    Compared,
    Probed,
    Series,
    Served,
    plan_of,
    round_of,
)
from privatedao_audit.domains.rpc.facts import Subject
from privatedao_audit.domains.sources import Sources
from privatedao_audit.evidence.questions import Answer, Answers, Outcome, ask_for
from privatedao_audit.model import canonical
from privatedao_audit.model.reads import (
    Diverged,
    Found,
    ProvenAbsent,
    Read,
    ReadAt,
    Unknown,
)
from privatedao_audit.model.target import Target

__all__ = ["collect_series", "measure", "subjects"]

_MEMO: Final = "rpc-series"
#: So many leading bytes of a known account make the filter of the scan that must return it: its
#: kind and most of its first key. As many as a key has, whose text is base58.
_FILTER_BYTES: Final = 32
_HEAD: Final = (0, 64)


def subjects(target: Target) -> tuple[Subject, ...]:
    """The accounts that an operation of this target reads."""
    found: dict[str, str] = {}
    for program in target.programs:
        found.setdefault(program.id, f"program {program.name}")
        found.setdefault(loader.programdata_address(program.id), f"program data of {program.name}")
    for dao in target.daos:
        found.setdefault(dao.address, f"DAO {dao.name}")
        found.setdefault(dao.treasury, f"treasury of {dao.name}")
    for mint in target.mints:
        if mint.role != "archived":
            found.setdefault(mint.address, f"mint {mint.name}")
    return tuple(Subject(what, address) for address, what in found.items())


async def collect_series(sources: Sources) -> Read[Series]:
    """The series of this run; measured once, whoever asks first."""
    if _MEMO not in sources.memo:
        sources.memo[_MEMO] = await measure(sources.answers, sources.target)
    found: Read[Series] = sources.memo[_MEMO]
    return found


async def measure(answers: Answers, target: Target) -> Read[Series]:
    """A whole series over the operation's endpoints, through questions of kinds ``series`` and
    ``team``; Unknown where none was given."""
    asked = await answers.ask(ask_for(SERIES, "plan", {}, probe="series:plan"))
    if asked.outcome is not Outcome.FOUND or asked.body is None:
        return Unknown(asked.reason or "no series was measured", _at([asked]))
    given = [asked]
    try:
        plan = plan_of(asked.body)
        rounds = []
        for number in range(plan.probes):
            answer = await answers.ask(
                ask_for(SERIES, "round", {"number": number}, probe=f"series:{number}")
            )
            given.append(answer)
            if answer.outcome is not Outcome.FOUND or answer.body is None:
                return Unknown(f"round {number}: {answer.reason}", _at(given))
            rounds.append(round_of(answer.body))
    except BadSeries as error:
        return Unknown(f"the series does not decode: {error}", _at(given))
    reading = _Reading(answers, plan.endpoints, target)
    await reading.read()
    at = _at(given, reading.places)
    times = [seen.at_ms for one in rounds for seen in one.seen.values()]
    if not times:
        return Unknown("no round of the series saw an endpoint", at)
    series = Series(
        schema=SCHEMA, target=target.name, genesis=target.cluster.genesis_hash,
        began_ms=min(times), ended_ms=max(times), plan=plan, rounds=tuple(rounds),
        compared=tuple(reading.compared), served=tuple(reading.served),
    )  # fmt: skip
    return Found(series, at)


def _at(given: Sequence[Answer], more: Sequence[ReadAt] = ()) -> ReadAt:
    evidence = dict.fromkeys(name for one in given for name in one.evidence)
    for place in more:
        evidence.update(dict.fromkeys(place.evidence))
    times = [one.asked_at for one in given]
    # As of the end: what is measured over a minute is as old as its last probe.
    return ReadAt(tuple(evidence), providers=given[0].providers, asked_at=max(times))


class _Reading:
    """What the endpoints serve, one by one and compared with the first of them."""

    def __init__(self, answers: Answers, endpoints: Sequence[Probed], target: Target) -> None:
        self._answers, self._target = answers, target
        self._labels = [one.label for one in endpoints]
        self._subjects = subjects(target)
        self._at = {label: ChainReads(AtEndpoint(answers, label)) for label in self._labels}
        self.compared: list[Compared] = []
        self.served: list[Served] = []
        self.places: list[ReadAt] = []

    async def read(self) -> None:
        """Ask for everything; afterwards ``compared``, ``served`` and ``places`` are filled."""
        for label in self._labels:
            await self._told(label, "genesis", "getGenesisHash", _genesis)
            await self._told(label, "version", "getVersion", _version)
            await self._told(label, "first available block", "getFirstAvailableBlock", _number)
        await self._accounts()
        await self._histories()
        await self._scans()
        for other in self._labels[1:]:
            await self._pair(self._labels[0], other)

    async def _told(self, label: str, what: str, method: str, decode: Any) -> None:
        read = self._kept(await self._at[label].value(method, [], decode))
        self._serve(label, what, read, str(read.value) if isinstance(read, Found) else "")

    def _kept(self, read: Read[Any]) -> Read[Any]:
        self.places.append(read.at)
        return read

    def _serve(self, label: str, what: str, read: Read[Any], value: str, lack: str = "") -> None:
        """Note how a question was answered; ``lack``: what the answer misses."""
        if isinstance(read, Found):
            outcome = "empty" if lack else "served"
            self.served.append(Served(label, what, outcome, value[:300], lack))  # type: ignore[arg-type]
        else:
            reason = getattr(read, "reason", "it is not there")
            gone = reason.startswith("no provider returned it")
            outcome = "empty" if gone or isinstance(read, ProvenAbsent) else "refused"
            self.served.append(Served(label, what, outcome, "", reason[:2_000]))  # type: ignore[arg-type]

    async def _accounts(self) -> None:
        """Whether each endpoint has every account that any of them has."""
        keys = [one.address for one in self._subjects][:MAX_ACCOUNTS]
        found: dict[str, tuple[Read[Account], ...]] = {}
        for label in self._labels:
            found[label] = await self._at[label].accounts(keys, data_slice=_HEAD)
        known = {
            key for reads in found.values()
            for key, read in zip(keys, reads, strict=True) if isinstance(read, Found)
        }  # fmt: skip
        for label, reads in found.items():
            whole = self._kept(reads[0])
            unread = next((r for r in reads if isinstance(r, Unknown | Diverged)), None)
            if unread is not None:
                self._serve(label, "accounts", unread, "")
                continue
            missing = [k for k, r in zip(keys, reads, strict=True) if k in known
                       and not isinstance(r, Found)]  # fmt: skip
            if not known:
                self._unknown(label, "accounts", "no endpoint has any of the accounts")
            else:
                lack = f"no account at {missing[0]}" if missing else ""
                shown = f"{len(known) - len(missing)} of {len(known)}"
                self._serve(label, "accounts", Found(None, whole.at), shown, lack)

    async def _histories(self) -> None:
        """Whether each endpoint tells the history of the DAO, and its newest transaction."""
        dao = self._target.daos[0].address
        pages: dict[str, Read[tuple[SignatureRow, ...]]] = {}
        for label in self._labels:
            pages[label] = self._kept(await self._at[label].signature_page(dao, limit=10))
        rows = [r for page in pages.values() if isinstance(page, Found) for r in page.value]
        for label, page in pages.items():
            told = isinstance(page, Found) and bool(page.value)
            if isinstance(page, Found) and not rows:
                self._unknown(label, "history", "no endpoint tells any transaction of the DAO")
            else:
                shown = f"{len(page.value)} rows" if isinstance(page, Found) else ""
                self._serve(label, "history", page, shown, "" if told else "no transaction")
        # The oldest of the newest: each endpoint has had the time to see it.
        known = min(rows, key=lambda row: row.slot).signature if rows else None
        for label in self._labels:
            if known is None:
                self._unknown(label, "transaction", "no transaction is known to exist")
                continue
            read = self._kept(await self._at[label].transaction(known))
            self._serve(label, "transaction", read, known)

    async def _scans(self) -> None:
        """Whether a scan of the program's accounts returns the DAO, which fits the filter."""
        dao, head = self._target.daos[0], b""
        owner = ""
        for label in self._labels:
            read = await self._at[label].account(dao.address)
            self._kept(read)
            if isinstance(read, Found) and len(read.value.data) >= _FILTER_BYTES:
                head, owner = read.value.data[:_FILTER_BYTES], read.value.owner
                break
        for label in self._labels:
            if not head:
                self._unknown(label, "program scan", "no endpoint has the DAO's account")
                continue
            config = {
                "commitment": "finalized", "encoding": "base64", "withContext": True,
                "dataSlice": {"offset": 0, "length": 0},
                "filters": [
                    {"memcmp": {"offset": 0, "bytes": str(Pubkey.from_bytes(head)),
                                "encoding": "base58"}}
                ],
            }  # fmt: skip
            read_keys = self._kept(
                await self._at[label].value("getProgramAccounts", [owner, config], _members)
            )
            lack = shown = ""
            if isinstance(read_keys, Found):
                shown = f"{len(read_keys.value)} accounts"
                lack = "" if dao.address in read_keys.value else f"{shown}, without {dao.address}"
            self._serve(label, "program scan", read_keys, shown, lack)

    def _unknown(self, label: str, what: str, why: str) -> None:
        self.served.append(Served(label, what, "unknown", "", why))

    async def _pair(self, first: str, second: str) -> None:
        """Every account at both endpoints, compared as two witnesses are."""
        chain = ChainReads(AtPair(self._answers, first, second))
        for start in range(0, len(self._subjects), MAX_ACCOUNTS):
            some = self._subjects[start : start + MAX_ACCOUNTS]
            reads = await chain.accounts([one.address for one in some])
            self.places += [reads[0].at] if reads else []
            self.compared += [
                _compared(first, second, one, read)
                for one, read in zip(some, reads, strict=True)
            ]  # fmt: skip


def _compared(first: str, second: str, one: Subject, read: Read[Account]) -> Compared:
    outcome, reason, digest = "unknown", "", ""
    if isinstance(read, Diverged):
        outcome, reason = "diverged", read.reason
    elif isinstance(read, Unknown):
        reason = read.reason
    elif len(set(read.at.providers)) < 2:
        seen = read.at.providers[0] if read.at.providers else "nobody"
        outcome, reason = "single", f"only {seen} answered"
    elif isinstance(read, Found):
        outcome, digest = "equal", _digest(read.value)
    else:
        outcome = "absent"
    return Compared(
        first, second, one.what[:300], one.address, outcome,  # type: ignore[arg-type]
        reason[:2_000], read.at.slot, digest,
    )  # fmt: skip


def _digest(account: Account) -> str:
    """Of everything but the rent epoch, which honest nodes differ about."""
    told = {
        "owner": account.owner, "executable": account.executable,
        "lamports": str(account.lamports), "data": sha256(account.data).hexdigest(),
    }  # fmt: skip
    return canonical.digest(told)


def _genesis(result: Any) -> str:
    return shapes.key(result, "the genesis hash")


def _version(result: Any) -> str:
    version = result.get("solana-core") if isinstance(result, dict) else None
    if not isinstance(version, str) or not version.isascii() or not version.isprintable():
        raise ValueError("it names no version")
    return version[:100]


def _number(result: Any) -> int:
    return shapes.slot_number(result, "the first available block")


def _members(result: Any) -> frozenset[str]:
    if shapes.context_slot(result) is None or not isinstance(result.get("value"), list):
        raise ValueError("getProgramAccounts: no context or no list")
    return frozenset(
        shapes.key(one.get("pubkey") if isinstance(one, dict) else None, "a member")
        for one in result["value"]
    )
