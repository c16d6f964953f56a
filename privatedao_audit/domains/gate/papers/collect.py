"""Read the gate's documents, and what they are to be measured by."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from privatedao_audit.chain.anchor.idl import Idl, parse_idl
from privatedao_audit.domains.committed import last_committed
from privatedao_audit.domains.gate.ledger import ClaimFacts, Ledger, ledger
from privatedao_audit.domains.gate.ledger.claimed import Claimed, claimed
from privatedao_audit.domains.gate.papers.commands import commands
from privatedao_audit.domains.gate.papers.exists import exist
from privatedao_audit.domains.gate.papers.facts import (
    KINDS,
    OWED,
    Paper,
    PaperFacts,
    Review,
    Sourced,
    Specification,
    Version,
)
from privatedao_audit.domains.gate.papers.items import listed, named_under
from privatedao_audit.domains.gate.papers.versions import versions
from privatedao_audit.domains.gate.released import Released, sourced
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, Unknown, decoded, joined
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.runbooks.sections import plain, read_sections, said_lines
from privatedao_audit.repository.structured import text as utf8

__all__ = ["collect_papers"]

_FENCED = re.compile(r"[ \t]*(`{3,}|~{3,})")


async def collect_papers(
    sources: Sources, released: Sequence[Released], claims: ClaimFacts
) -> PaperFacts:
    """The documents of the gate that the target names as current."""
    target = sources.target
    items = target.readiness.items
    lists = []
    for surface in sources.target.current("mainnet-readiness"):
        heading = surface.fields.get("section", "")
        lists.append(
            await _paper(
                sources, surface, released,
                partial(listed, heading=heading, mapping=items),
            )
        )  # fmt: skip
    reviewed = [one for part in OWED for one in sources.target.current(part)]
    whole = ledger(claims) if reviewed else None
    reviews = [await _review(sources, one, released, whole) for one in reviewed]
    specified = [
        await _specification(sources, one, released)
        for one in sources.target.current("protocol-specification")
    ]
    return PaperFacts(
        tuple(lists), tuple(reviews), tuple(specified),
        tuple(dict.fromkeys(dao.program for dao in target.daos)),
    )  # fmt: skip


async def _paper(
    sources: Sources, surface: Surface, released: Sequence[Released],
    decode: Callable[[bytes], Any],
) -> Paper[Any]:  # fmt: skip
    read = await sources.repository.file(surface.file)
    changed = await last_committed(sources.repository, surface.file)
    about = [one for one in released if surface.program in (None, one.program)]
    found: list[Sourced] = []
    for one in about:
        found += await sourced(sources, one, changed)
    said = decoded(read, decode, f"the document {surface.file}")
    return Paper(surface.file, said, changed, tuple(found))


async def _review(
    sources: Sources, surface: Surface, released: Sequence[Released], whole: Ledger | None
) -> Review:
    owed = OWED[surface.part]
    paper = await _paper(
        sources, surface, released, lambda data: _sections(data, surface.fields, owed)
    )
    read = await sources.repository.file(surface.file)
    if not isinstance(read, Found) or not isinstance(paper.said, Found):
        lost: Read[tuple[Claimed, ...]] = Unknown("the document was not read")
        return Review(surface.part, paper, (), (), lost)
    text = utf8(read.value, surface.file)
    about = [one for one in released if surface.program in (None, one.program)]
    stated = versions(text, surface.fields.get("version"))
    return Review(
        surface.part,
        paper,
        await exist(sources, commands(text)),
        tuple(Version(of, one, _right(of, about)) for of, one in stated),
        Unknown("the claim ledger was not read") if whole is None else claimed(whole, surface.file),
    )


def _right(of: str, about: Sequence[Released]) -> Read[tuple[str, ...]]:
    """The versions that the releases of the programs in question have."""
    reads = [one.versions for one in about]
    lost = next((one for one in reads if not isinstance(one, Found)), None)
    if lost is not None:
        return lost if not isinstance(lost, ProvenAbsent) else Unknown("no manifest", lost.at)
    found = [one for one in reads if isinstance(one, Found)]
    if not found:
        return Unknown("no current release record names a release commit")
    # Each of several programs may have its own version; a document may speak of any of them.
    right = tuple(dict.fromkeys(v for one in found for v in one.value.get(of, ())))
    return Found(right, joined(*(one.at for one in found)))


def _sections(data: bytes, fields: dict[str, str], owed: Sequence[str]) -> dict[str, bool | None]:
    _front, found = read_sections(data)
    lines = utf8(data, "the document").replace("\r\n", "\n").split("\n")
    said: dict[str, bool | None] = {}
    taken: set[str] = set()
    for name in owed:
        heading = fields.get(name)
        # One section can't be several: what is mapped to another's heading is mapped to none.
        if heading is None or plain(heading) in taken:
            said[name] = None
            continue
        taken.add(plain(heading))
        mine = [one for one in found if plain(one.heading) == plain(heading)]
        said[name] = any(bool(said_lines(s.lines)) or _block(lines, s.at) for s in mine)
    return said


def _block(lines: Sequence[str], at: int) -> bool:
    """Whether a block between fences that is not empty stands under a heading, before the next."""
    inside = ""
    for line in lines[at:]:
        match = _FENCED.match(line)
        if inside:
            if match and match[1].startswith(inside):
                return False
            if line.strip():
                return True
        elif match:
            inside = match[1]
        elif re.match(r" {0,3}#{1,6}[ \t]", line):
            return False
    return False


async def _specification(
    sources: Sources, surface: Surface, released: Sequence[Released]
) -> Specification:
    paper = await _paper(
        sources, surface, released,
        lambda data: {
            kind: named_under(data, surface.fields[kind]) if kind in surface.fields else None
            for kind in KINDS
        },
    )  # fmt: skip
    program = surface.program or ""
    mapped = [one for one in sources.target.current("idl") if one.program == program]
    if len(mapped) != 1:
        why = "names no interface file of it" if not mapped else "names several interface files"
        return Specification(program, paper, Unknown(f"the target {why}"))
    read = await sources.repository.file(mapped[0].file)
    if isinstance(read, ProvenAbsent):
        return Specification(program, paper, Unknown(f"there is no {mapped[0].file}", read.at))
    interface = decoded(read, _interface, f"the interface {mapped[0].file}")
    if not isinstance(interface, Found):
        return Specification(program, paper, interface)
    kinds, places = interface.value
    return Specification(program, paper, Found(kinds, interface.at), places)


def _interface(data: bytes) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    idl: Idl = parse_idl(data)
    seeds: dict[str, None] = {}
    for instruction in json.loads(data).get("instructions", []):
        _seeds(instruction.get("accounts", []), seeds)
    kinds = {
        "instructions": tuple(one.name for one in idl.instructions),
        "accounts": tuple(one.name for one in idl.accounts),
        "errors": tuple(f"{one.code} {one.name}" for one in idl.errors),
        "seeds": tuple(seeds),
    }
    places = {
        account.name.rsplit(".", 1)[-1]: None
        for instruction in idl.instructions
        for account in instruction.accounts
    }
    return kinds, tuple(places)


def _seeds(accounts: Any, found: dict[str, None]) -> None:
    """The constant seeds of derived accounts; groups of accounts are followed."""
    for account in accounts if isinstance(accounts, list) else ():
        _seeds(account.get("accounts"), found)
        pda = account.get("pda")
        for seed in pda.get("seeds", []) if isinstance(pda, dict) else ():
            value = seed.get("value") if isinstance(seed, dict) else None
            if seed.get("kind") == "const" and isinstance(value, list):
                try:
                    found[bytes(value).decode("utf-8")] = None
                except (TypeError, ValueError):
                    raise ValueError("a constant seed is no text of bytes") from None
