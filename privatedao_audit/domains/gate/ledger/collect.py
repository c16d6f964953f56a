"""Read the documents of the checkout, and look up what they claim for the target's cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from privatedao_audit.chain.addresses import programdata_address
from privatedao_audit.chain.answers import BadShape
from privatedao_audit.chain.reads import MAX_ACCOUNTS, Account
from privatedao_audit.domains.authority.facts import AccountState
from privatedao_audit.domains.authority.states import HEADER, account_state, governance_programs
from privatedao_audit.domains.gate.ledger.facts import (
    ClaimFacts,
    Coverage,
    Scope,
    SeenAccount,
    SeenSignature,
)
from privatedao_audit.domains.gate.ledger.paths import paths_beside
from privatedao_audit.domains.gate.ledger.treasuries import treasury_of
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model import canonical
from privatedao_audit.model.reads import (
    Found,
    Read,
    ReadAt,
    Unknown,
    decoded,
    joined,
)
from privatedao_audit.model.target import Target
from privatedao_audit.repository.bulk import MAX_PATHS
from privatedao_audit.repository.claims.extract import claims_of
from privatedao_audit.repository.claims.model import Claim, Extract, Kind, Mapping
from privatedao_audit.repository.claims.scope import RULES
from privatedao_audit.repository.reads import Documents

__all__ = ["MOST_ACCOUNTS", "MOST_CLAIMS", "MOST_SIGNATURES", "collect_claims"]

#: Looked up at most; the most often claimed first.
MOST_ACCOUNTS: Final = 400
MOST_SIGNATURES: Final = 1_024
_STATUS_BATCH: Final = 256
#: Answers of documents that are asked for at most: 128 MiB of text.
_MOST_ANSWERS: Final = 8
#: Claims that are kept at most; the rest is told as a gap.
MOST_CLAIMS: Final = 50_000
_MOST_HASHED: Final = 5_000
_MEMO: Final = "claims"


async def collect_claims(sources: Sources) -> ClaimFacts:
    """The claims of the checkout at its HEAD, and what they are set against; collected once."""
    if _MEMO not in sources.memo:
        sources.memo[_MEMO] = await _collected(sources)
    found: ClaimFacts = sources.memo[_MEMO]
    return found


async def _collected(sources: Sources) -> ClaimFacts:
    target = sources.target
    scope = scope_of(target)
    mapped = mapping_of(target)
    core = await _core(sources, scope)
    head = await sources.repository.head()
    if not isinstance(head, Found):
        return ClaimFacts(
            target.cluster.name, target.protocol, _unread(head), scope=scope, core=core,
            mapped=mapped,
        )  # fmt: skip
    covered, claims = await _claims(sources, head, mapped)
    hashed = _hashed(claims)
    files = sorted({claim.file for claim in claims} | set(hashed))[:MAX_PATHS]
    changes: Read[Any] = Unknown("no document makes a claim", head.at)
    if files:
        changes = await sources.repository.last_changes(head.value.commit, files)
    changed = (
        {path: one.committer_time for path, one in changes.value.items()}
        if isinstance(changes, Found)
        else {}
    )
    accounts, signatures, unasked = await _looked_up(sources, claims, scope)
    return ClaimFacts(
        target.cluster.name, target.protocol, covered, claims, mapped, changed,
        decoded(changes, len, "the history"), await _digests(sources, head.value.commit, hashed),
        scope, core, accounts, signatures, bool(sources.providers), unasked,
    )  # fmt: skip


def _unread(head: Read[Any]) -> Read[Coverage]:
    """A checkout without a commit holds no document of a commit, and that proves nothing."""
    return head if isinstance(head, Unknown) else Unknown("HEAD names no commit", head.at)


def scope_of(target: Target) -> Scope:
    """What the target holds, with everything derived that can be."""
    ids = {program.name: program.id for program in target.programs}
    daos = {
        dao.address: (treasury_of(target.protocol, dao.address, ids[dao.program]), ids[dao.program])
        for dao in target.daos
    }
    multisigs = {
        one.address: one.vault_index if one.kind == "squads-v4" else None
        for one in target.multisigs
    }
    programs = {program.id: programdata_address(program.id) for program in target.programs}
    mints = tuple(mint.address for mint in target.mints)
    return Scope(programs, daos, multisigs, mints, target.cluster.genesis_hash)


def mapping_of(target: Target) -> dict[str, Mapping]:
    """File → what the profile says of it. A file that plays several parts keeps its cluster only
    where all of them speak of one."""
    found: dict[str, Mapping] = {}
    for surface in target.surfaces:
        cluster: str | None = surface.cluster or target.cluster.name
        archived = surface.state == "archived"
        before = found.get(surface.file)
        if before is not None:
            cluster = cluster if before.cluster == cluster else None
            archived = archived and before.archived
        found[surface.file] = Mapping(cluster, archived)
    return found


async def _claims(
    sources: Sources, head: Found[Any], mapped: dict[str, Mapping]
) -> tuple[Read[Coverage], tuple[Claim, ...]]:
    commit = head.value.commit
    claims: list[Claim] = []
    places: list[ReadAt] = [head.at]
    notes: dict[str, str] = {}
    unread: dict[str, str] = {}
    read = silent = lookalikes = 0
    after: str | None = None
    gap = ""
    page: Documents | None = None
    copies: dict[str, str] = {}
    for _ in range(_MOST_ANSWERS):
        answer = await sources.repository.documents_at(commit, after)
        places.append(answer.at)
        if not isinstance(answer, Found):
            if page is None:
                return _failed(answer, places), ()
            gap = f"behind {after} nothing could be read: {getattr(answer, 'reason', 'absent')}"
            break
        page = answer.value
        unread |= page.unread
        read, silent = read + len(page.files), silent + page.silent
        copies = copies_for(page.copies, mapped)
        for read_as, blob in page.files.items():
            # The name that the profile knows, where it knows a copy of the document.
            path = copies.get(read_as, read_as)
            found = _extracted(path, page.texts[blob], mapped.get(path))
            lookalikes += found.lookalikes
            claims += found.claims
            torn = "not UTF-8 throughout" if read_as in page.torn else ""
            if note := "; ".join(x for x in (found.note, torn) if x):
                notes[path] = note
        after = page.next
        if after is None or len(claims) > MOST_CLAIMS:
            break
    if page is None:
        return Unknown("the documents were not read", joined(*places)), ()
    if len(claims) > MOST_CLAIMS:
        gap = f"more than {MOST_CLAIMS:,} claims; the first were kept"
    elif after is not None and not gap:
        gap = f"documents behind {after} were too many to read"
    rules = tuple(
        (name, RULES[name][1] if name in RULES else "", count, some)
        for name, count, some in page.left_out
    )
    coverage = Coverage(
        commit, read, silent, copies, rules, unread, notes, page.others, lookalikes, gap
    )
    kept = sorted(claims[:MOST_CLAIMS], key=lambda c: (c.file, c.line, c.what, c.value))
    return Found(coverage, joined(*places)), tuple(kept)


def copies_for(copies: AnyMapping[str, str], mapped: AnyMapping[str, Mapping]) -> dict[str, str]:
    """Path → the path with the same bytes under which its claims stand: one that the profile
    maps, where it maps one of them, else the one nearest to the top."""
    chosen: dict[str, str] = {}
    for copy, first in sorted(copies.items()):
        if copy in mapped and first not in mapped:
            chosen.setdefault(first, copy)
    named = {copy: chosen.get(first, first) for copy, first in copies.items()}
    return {copy: name for copy, name in {**named, **chosen}.items() if copy != name}


#: What was extracted, by path, mapping and hash of the text: several domains ask for the ledger,
#: and the same text always makes the same claims. The claims are kept, not the texts.
_KEPT: dict[tuple[str, Mapping | None, str], Extract] = {}
_MOST_KEPT: Final = 4_096


def _extracted(path: str, text: str, mapped: Mapping | None) -> Extract:
    key = (path, mapped, canonical.sha256(text.encode("utf-8", "surrogatepass")))
    found = _KEPT.get(key)
    if found is None:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        found = _KEPT[key] = claims_of(path, text, mapped)
    return found


def _failed(answer: Read[Any], places: list[ReadAt]) -> Read[Coverage]:
    reason = getattr(answer, "reason", "the commit's documents are absent")
    return Unknown(reason, joined(*places))


async def _core(sources: Sources, scope: Scope) -> dict[str, Read[AccountState]]:
    """Programs, ProgramData and multisigs of the scope, decoded."""
    keys = list(dict.fromkeys((*scope.programs, *scope.programs.values(), *scope.multisigs)))
    if not sources.providers:
        return {key: Unknown("no RPC endpoint was given") for key in keys}
    keys = keys[:MAX_ACCOUNTS]
    decode = partial(account_state, copies=governance_programs(sources.target))
    reads = await sources.chain.accounts(keys, data_slice=(0, HEADER))
    return {k: decoded(r, decode, "the account") for k, r in zip(keys, reads, strict=True)}


async def _looked_up(
    sources: Sources, claims: Sequence[Claim], scope: Scope
) -> tuple[dict[str, Read[SeenAccount]], dict[str, Read[SeenSignature]], int]:
    """What the chain has of the keys and signatures that are claimed for this cluster."""
    if not sources.providers:
        return {}, {}, 0
    here = [one for one in claims if one.cluster == sources.target.cluster.name]
    keys = _most_claimed(here, Kind.ADDRESS)
    signatures = _most_claimed(here, Kind.SIGNATURE)
    accounts: dict[str, Read[SeenAccount]] = {}
    for some in _batches(keys[:MOST_ACCOUNTS], MAX_ACCOUNTS):
        reads = await sources.chain.accounts(some, data_slice=(0, 0))
        accounts |= {
            key: decoded(read, _account, "the account")
            for key, read in zip(some, reads, strict=True)
        }
    found: dict[str, Read[SeenSignature]] = {}
    for some in _batches(signatures[:MOST_SIGNATURES], _STATUS_BATCH):
        found |= await _statuses(sources, some)
    left = max(0, len(keys) - MOST_ACCOUNTS) + max(0, len(signatures) - MOST_SIGNATURES)
    return accounts, found, left


def _most_claimed(claims: Sequence[Claim], kind: Kind) -> list[str]:
    counted = Counter(claim.value for claim in claims if claim.what is kind)
    return sorted(counted, key=lambda value: (-counted[value], value))


def _batches(values: Sequence[str], size: int) -> list[list[str]]:
    return [list(values[start : start + size]) for start in range(0, len(values), size)]


def _account(account: Account) -> SeenAccount:
    return SeenAccount(account.owner, account.executable)


async def _statuses(sources: Sources, some: list[str]) -> dict[str, Read[SeenSignature]]:
    read = await sources.chain.value(
        "getSignatureStatuses",
        [some, {"searchTransactionHistory": True}],
        lambda result: statuses(result, len(some)),
    )
    if not isinstance(read, Found):
        return dict.fromkeys(some, read)
    silent = "no transaction of this signature is known to the provider, which may have dropped it"
    return {
        signature: Unknown(silent, read.at) if one is None else Found(one, read.at)
        for signature, one in zip(some, read.value, strict=True)
    }


def statuses(result: Any, count: int) -> tuple[SeenSignature | None, ...]:
    """The result of getSignatureStatuses; what is not finalized yet counts as not known.

    Raises:
        BadShape: another shape.
    """
    rows = result.get("value") if isinstance(result, dict) else None
    if not isinstance(rows, list) or len(rows) != count:
        raise BadShape(f"the statuses are not a list of {count}")
    found: list[SeenSignature | None] = []
    for row in rows:
        if row is None:
            found.append(None)
            continue
        slot = row.get("slot") if isinstance(row, dict) else None
        if isinstance(slot, bool) or not isinstance(slot, int) or slot < 0:
            raise BadShape("a status has no slot")
        final = row.get("confirmationStatus") in (None, "finalized")
        found.append(SeenSignature(slot, row.get("err") is not None) if final else None)
    return tuple(found)


def _hashed(claims: Sequence[Claim]) -> list[str]:
    """The files whose hash some document claims."""
    hashes = (claim for claim in claims if claim.what is Kind.HASH)
    paths = dict.fromkeys(path for claim in hashes for path in paths_beside(claim))
    return sorted(paths)[:_MOST_HASHED]


async def _digests(sources: Sources, commit: str, paths: Sequence[str]) -> Read[dict[str, str]]:
    if not paths:
        return Unknown("no document claims the hash of a named file")
    return await sources.repository.digests_at(commit, paths)
