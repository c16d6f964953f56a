"""Read the facts of RPC and network resilience."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from privatedao_audit.chain.accounts import place
from privatedao_audit.chain.reads import MAX_ACCOUNTS
from privatedao_audit.chain.series.asking import FAILOVER
from privatedao_audit.chain.series.model import parse
from privatedao_audit.domains.committed import last_committed
from privatedao_audit.domains.custody.signers.registers import signer_registers
from privatedao_audit.domains.monitoring.rules.collect import collect_rules
from privatedao_audit.domains.rpc.facts import (
    Drill,
    HealthOutput,
    HealthScript,
    RpcFacts,
    RpcRow,
    Signed,
    Told,
)
from privatedao_audit.domains.rpc.measure import collect_series, subjects
from privatedao_audit.domains.rpc.signed import fault
from privatedao_audit.domains.sources import Sources
from privatedao_audit.domains.treasury.papers.facts import Paper
from privatedao_audit.evidence.questions import Outcome, ask_for
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, Unknown, decoded, joined
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.health_scripts import Script, read_script
from privatedao_audit.repository.health_scripts import joined as joined_scripts
from privatedao_audit.repository.surfaces import Rows, Statement, rows, statement

__all__ = ["collect"]

#: Most files that one script takes in and that are read with it.
_MOST_INCLUDED: Final = 12
_ENDINGS: Final = ("", ".ts", ".js", ".mjs", ".cjs")


async def collect(sources: Sources) -> RpcFacts:
    """Facts of RPC and network resilience; measures the operation's endpoints."""
    target = sources.target
    registers = [
        Paper(one.file, decoded(await _rows(sources, one), _register, f"the register {one.file}"),
              await _changed(sources, one.file))
        for one in sources.target.current("rpc-register")
    ]  # fmt: skip
    return RpcFacts(
        cluster=target.cluster.name,
        genesis=target.cluster.genesis_hash,
        subjects=subjects(target),
        exists=await _existing(sources),
        series=await collect_series(sources),
        signed=await _signed(sources),
        registers=tuple(registers),
        rules=await collect_rules(sources),
        drills=await _drills(sources),
        scripts=await _scripts(sources),
        outputs=await _outputs(sources),
        own_failover=await _failover(sources),
    )


async def _existing(sources: Sources) -> Read[Mapping[str, int]]:
    """Which accounts of the operation the auditor's own providers have, and as of which slot."""
    if not sources.providers:
        return Unknown("the auditor has no provider")
    keys = [one.address for one in subjects(sources.target)][:MAX_ACCOUNTS]
    reads = await sources.chain.accounts(keys, data_slice=(0, 0))
    found = {
        key: read.at.slot
        for key, read in zip(keys, reads, strict=True)
        if isinstance(read, Found) and read.at.slot is not None
    }
    return Found(found, joined(*(read.at for read in reads)))


async def _failover(sources: Sources) -> Read[str]:
    """The kit's own failover, tried once: who answered with the first provider cut off."""
    answer = await sources.answers.ask(ask_for(FAILOVER, "getSlot", probe="series:failover"))
    if answer.outcome is not Outcome.FOUND:
        return Unknown(answer.reason or "nobody answered", place(answer))
    return Found(", ".join(answer.providers), place(answer))


async def _rows(sources: Sources, surface: Surface) -> Read[Rows]:
    return rows(surface, await sources.repository.file(surface.file))


async def _changed(sources: Sources, file: str) -> Read[int]:
    change = await last_committed(sources.repository, file)
    return Found(change.value.committer_time, change.at) if isinstance(change, Found) else change


async def _statement(
    sources: Sources, surface: Surface, decode: Callable[[Statement], Any]
) -> Paper[Any]:
    read = await sources.repository.file(surface.file)
    said = statement(surface, sources.target.cluster.name, read)
    told = decoded(said, decode, f"the file {surface.file}")
    return Paper(surface.file, told, await _changed(sources, surface.file))


def _register(said: Rows) -> tuple[RpcRow, ...]:
    return tuple(
        RpcRow(
            label=row.get("label", "").strip(),
            host=host_of(row.get("host", "")),
            operator=row.get("operator", "").strip(),
            role=row.get("role", "").strip().casefold(),
            access=row.get("access", "").strip().casefold(),
            owner=row.get("owner", "").strip(),
            date=row.get("date") or None,
        )
        for row in said.rows
    )


def host_of(text: str) -> str:
    """The host of a URL or of a bare host, in lower case; a key in a URL is never kept.

    The dot that ends a whole name is left out: with it one host would be two.
    """
    text = text.strip()
    try:
        found = urlsplit(text if "://" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    return found.casefold().rstrip(".")[:253]


# A series that the team signed


async def _signed(sources: Sources) -> tuple[Signed, ...]:
    surfaces = sources.target.current("rpc-series")
    if not surfaces:
        return ()
    known = await _known(sources)
    return tuple([await _one_signed(sources, one, known) for one in surfaces])


async def _known(sources: Sources) -> Read[frozenset[str]]:
    """Keys that a register of this target names for more than demonstrations."""
    keys = {w.address for w in sources.target.wallets if set(w.roles) - {"demo"}}
    places = []
    for register in await signer_registers(sources):
        if not isinstance(register.entries, Found):
            continue
        places.append(register.entries.at)
        keys |= {e.key for e in register.entries.value if set(e.roles) - {"demo"}}
    return Found(frozenset(keys), joined(*places))


async def _one_signed(sources: Sources, surface: Surface, known: Read[frozenset[str]]) -> Signed:
    read = await sources.repository.file(surface.file)
    said = statement(surface, sources.target.cluster.name, read)
    nothing = Unknown("the series was not read")

    def lacking(why: Read[Any]) -> Signed:
        return Signed(surface.file, "", why, "", "", False, nothing)

    if not isinstance(said, Found):
        return lacking(said)
    try:
        named = {name: said.value.one(name) or "" for name in ("file", "key", "message",
                                                              "signature")}  # fmt: skip
    except ValueError as error:
        return lacking(Unknown(str(error), said.at))
    if not named["file"] or not named["key"]:
        return lacking(Unknown(f"{surface.file} names no series, or no signer", said.at))
    path = posixpath.normpath(named["file"])
    if path.startswith(("/", "..")) or "\\" in path or "\0" in path:
        return lacking(Unknown(f"{surface.file} names a series outside the checkout", said.at))
    data = await sources.repository.file(path)
    series = decoded(data, parse, f"the series {path}")
    if not isinstance(series, Found) or not isinstance(data, Found):
        return Signed(surface.file, path, series, named["key"], "", False, nothing)
    at = joined(said.at, series.at, known.at)
    why = fault(
        series.value, sha256(data.value).hexdigest(), sources.target.name, named["key"],
        named["message"], named["signature"],
    )  # fmt: skip
    last = max(
        (seen.slots.get("finalized", 0) for one in series.value.rounds[-1:]
         for seen in one.seen.values()), default=0,
    )  # fmt: skip
    made: Read[int] = nothing
    if sources.providers and last and not why:
        made = await sources.chain.block_time(last)
    return Signed(
        surface.file, path, Found(series.value, at), named["key"], why,
        isinstance(known, Found) and named["key"] in known.value, made,
    )  # fmt: skip


# What the team keeps of its own practice


async def _drills(sources: Sources) -> tuple[Paper[Drill], ...]:
    found = []
    for surface in sources.target.current("rpc-drill"):
        paper = await _statement(sources, surface, _drill)
        if isinstance(paper.said, Found) and paper.said.value["log"]:
            log: Read[str] = await _hash(sources, paper.said.value["log"])
        else:
            log = Unknown("it names no log")
        said = paper.said
        if isinstance(said, Found):
            said = Found(Drill(found_sha256=log, **said.value), said.at)
        found.append(Paper(paper.file, said, paper.changed))
    return tuple(found)


def _drill(said: Statement) -> dict[str, Any]:
    names = ("client", "primary", "fallback", "owner", "cut_at", "switched_at", "served_at",
             "log", "log_sha256")  # fmt: skip
    return {**{name: (said.one(name) or "").strip() for name in names}, "date": said.one("date")}


async def _hash(sources: Sources, path: str) -> Read[str]:
    path = posixpath.normpath(path)
    if path.startswith(("/", "..")) or "\\" in path or "\0" in path:
        return Unknown("lies outside the checkout")
    read = await sources.repository.file(path)
    return Found(sha256(read.value).hexdigest(), read.at) if isinstance(read, Found) else read


async def _scripts(sources: Sources) -> tuple[HealthScript, ...]:
    return tuple([
        HealthScript(one.file, await _script(sources, one.file))
        for one in sources.target.current("rpc-health-script")
    ])  # fmt: skip


async def _script(sources: Sources, file: str) -> Read[Script]:
    read = decoded(
        await sources.repository.file(file), lambda data: read_script(file, data),
        f"the script {file}",
    )  # fmt: skip
    if not isinstance(read, Found) or not read.value.includes:
        return read
    included: list[Script | None] = []
    places = []
    for path in read.value.includes[:_MOST_INCLUDED]:
        one = await _included(sources, file, path)
        included.append(one.value if isinstance(one, Found) else None)
        places.append(one.at)
    if len(read.value.includes) > _MOST_INCLUDED:
        included.append(None)
    return Found(joined_scripts(read.value, included), joined(read.at, *places))


async def _included(sources: Sources, file: str, path: str) -> Read[Script]:
    """A file that a script takes in; a program may leave out its ending."""
    base = posixpath.normpath(posixpath.join(posixpath.dirname(file), path))
    if base.startswith(("/", "..")):
        return Unknown("it lies outside the checkout")
    last: Read[Script] = Unknown("it is not there")
    for ending in _ENDINGS:
        name = base + ending
        if not ending and "." not in posixpath.basename(base):
            continue
        data = await sources.repository.file(name)
        last = decoded(data, partial(read_script, name), f"the file {name}")
        if not isinstance(data, ProvenAbsent):
            return last
    return last


async def _outputs(sources: Sources) -> tuple[Paper[HealthOutput], ...]:
    mine = sources.target.current("rpc-health-output")
    return tuple([await _statement(sources, one, _output) for one in mine])


def _output(said: Statement) -> HealthOutput:
    def told(role: str) -> Told:
        slot = said.one(f"{role}_slot") or ""
        return Told(
            host_of(said.one(f"{role}_host") or ""),
            said.one(f"{role}_genesis") or "",
            said.one(f"{role}_blockhash") or "",
            int(slot) if slot.isascii() and slot.isdigit() and len(slot) < 16 else None,
            said.one(f"{role}_outcome") or "",
        )

    slots = [said.one(f"{role}_slot") for role in ("primary", "fallback")]
    bad = [text for text in slots if text and not (text.isascii() and text.isdigit())]
    return HealthOutput(
        primary=told("primary"), fallback=told("fallback"),
        accounts=len(said.values.get("accounts", ())), outcome=said.one("outcome") or "",
        date=said.one("date"), fault=f"{bad[0][:40]!a} is no slot" if bad else "",
    )  # fmt: skip
