"""Read what ties source to binary: operator, interface, security contact, builds."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from privatedao_audit.chain import programs, strict_json
from privatedao_audit.chain.anchor.account import decode_idl_account, idl_address
from privatedao_audit.chain.borsh import DecodeError
from privatedao_audit.chain.layouts import loader, security_txt
from privatedao_audit.chain.layouts.program_metadata import (
    Metadata,
    decode_metadata,
    derive_canonical,
)
from privatedao_audit.chain.reads import Account
from privatedao_audit.domains.authority.collect import code_account
from privatedao_audit.domains.authority.facts import AuthorityFacts
from privatedao_audit.domains.release.provenance.deployment import deployment_of
from privatedao_audit.domains.release.provenance.facts import (
    Build,
    Contact,
    Deployment,
    FileInterface,
    ProgramProvenance,
    ProvenanceFacts,
    Published,
    Register,
    Registration,
    SourceInstructions,
)
from privatedao_audit.domains.release.provenance.interface import (
    declared_instructions,
    interface_of,
)
from privatedao_audit.domains.sources import Sources
from privatedao_audit.evidence.questions import Outcome, ask_for
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, ReadAt, Unknown, decoded
from privatedao_audit.model.target import Surface
from privatedao_audit.repository import documents
from privatedao_audit.repository.surfaces import Rows, rows

if TYPE_CHECKING:
    from privatedao_audit.domains.release.facts import ProgramRelease

#: The question for the auditor's own build of a program.
ARTIFACT = "artifact"

ANCHOR_ACCOUNT = "Anchor IDL account"
METADATA = "program-metadata account"


async def collect(
    sources: Sources, releases: Sequence[ProgramRelease], authority: AuthorityFacts
) -> ProvenanceFacts:
    """Facts about what ties source to binary: operator, interface, security contact, builds.

    Args:
        releases: what was read of each program's releases.
        authority: the accounts on the way to the controllers, read before.
    """
    target = sources.target
    mine = target.current("signer-register")
    files = await asyncio.gather(*(sources.repository.file(s.file) for s in mine))
    registers = tuple(
        Register(s.file, decoded(rows(s, read), _registrations, f"the file {s.file}"))
        for s, read in zip(mine, files, strict=True)
    )
    wallets = tuple(Registration(w.address, w.name, w.owner, w.roles) for w in target.wallets)
    found = await asyncio.gather(*(_program(sources, r, authority) for r in releases))
    return ProvenanceFacts({one.id: one for one in found}, wallets, registers)


def _registrations(said: Rows) -> tuple[Registration, ...]:
    return tuple(
        Registration(
            row["key"], row.get("name", ""), row.get("owner"),
            tuple(row.get("roles", "").splitlines()),
        )
        for row in said.rows
        if "key" in row
    )  # fmt: skip


async def _program(
    sources: Sources, release: ProgramRelease, authority: AuthorityFacts
) -> ProgramProvenance:
    mine = [s for s in sources.target.current() if s.program == release.name]
    return ProgramProvenance(
        id=release.id,
        deployments=await _deployments(sources, release, authority),
        published=await _published(sources, release.id),
        repository=await _interfaces(sources, [s for s in mine if s.part == "idl"]),
        source=await _source(sources, [s for s in mine if s.part == "source-declaration"]),
        contact=await _contact(sources, release.id, authority),
        build=await _build(sources, release.name),
    )


async def _deployments(
    sources: Sources, release: ProgramRelease, authority: AuthorityFacts
) -> dict[str, Read[Deployment]]:
    names = list(release.recorded)
    if isinstance(release.history, Found) and release.history.value.code_changes:
        names.append(release.history.value.code_changes[-1].signature)
    found = {}
    for name in dict.fromkeys(names):
        found[name] = await deployment_of(sources, name, release.programdata, authority)
    return found


async def _published(sources: Sources, program: str) -> dict[str, Read[Published]]:
    """What lies at the two addresses where a program's interface is looked for."""
    idl, metadata = idl_address(program), derive_canonical(program, "idl").address
    return published_in(program, *await sources.chain.accounts((idl, metadata)))


def published_in(
    program: str, first: Read[Account], second: Read[Account]
) -> dict[str, Read[Published]]:
    """The interfaces in the Anchor IDL account and in the canonical program-metadata account."""
    return {
        ANCHOR_ACCOUNT: decoded(
            _written(first), lambda a: _from_anchor(a, program), f"the {ANCHOR_ACCOUNT}"
        ),
        METADATA: decoded(
            _written(second), lambda a: _from_metadata(a, program), f"the {METADATA}"
        ),
    }


def _written(read: Read[Account]) -> Read[Account]:
    """Lamports that a stranger sent to an address are no account of anybody's."""
    if isinstance(read, Found) and read.value.owner == programs.SYSTEM and not read.value.data:
        return ProvenAbsent(read.at)
    return read


def _from_anchor(account: Account, program: str) -> Published:
    idl = decode_idl_account(account.owner, program, account.data)
    return Published(account.address, idl.authority, interface_of(idl.idl_bytes))


def _from_metadata(account: Account, program: str) -> Published:
    found = decode_metadata(account.owner, account.data)
    if not isinstance(found, Metadata):
        raise DecodeError(METADATA, None, "a buffer, not yet anybody's metadata")
    canonical = found.position(account.address) == "canonical"
    if not canonical or found.program != program or found.seed != "idl":
        raise DecodeError(METADATA, None, "not the canonical account of this program's interface")
    if found.format != "json":
        raise DecodeError(METADATA, None, f"its format is {found.format}, not json")
    authority = found.authority if found.mutable else None
    return Published(account.address, authority, interface_of(found.content()))


async def _interfaces(sources: Sources, surfaces: list[Surface]) -> tuple[FileInterface, ...]:
    found = []
    for surface in surfaces:
        read = await sources.repository.file(surface.file)
        said = decoded(read, interface_of, f"the file {surface.file}")
        found.append(FileInterface(surface.file, said))
    return tuple(found)


async def _source(sources: Sources, surfaces: list[Surface]) -> tuple[SourceInstructions, ...]:
    found = []
    for surface in surfaces:
        if surface.format != "rust":
            continue
        read = await sources.repository.file(surface.file)
        names = decoded(read, partial(_declared, role=surface.file), f"the file {surface.file}")
        found.append(SourceInstructions(surface.file, names))
    return tuple(found)


def _declared(data: bytes, role: str) -> tuple[str, ...] | None:
    if len(data) > documents.MAX_RUST:
        raise documents.BadDocument(f"{role}: {len(data)} bytes are not read as Rust")
    return declared_instructions(documents.text(data, role), role)


async def _contact(sources: Sources, program: str, authority: AuthorityFacts) -> Read[Contact]:
    """The security.txt in the executable, whose bytes were asked for before: one read serves."""
    place = code_account(program, authority.accounts)
    if not isinstance(place, Found):
        return place
    (account,) = await sources.chain.accounts((place.value,))
    return contact_in(account)


def contact_in(account: Read[Account]) -> Read[Contact]:
    """The security.txt in the account that holds a program's code."""
    return decoded(account, _searched, "the account of the executable")


def _searched(account: Account) -> Contact:
    held = loader.decode_account(account.owner, account.data, executable=account.executable)
    if not isinstance(held, loader.ProgramData | loader.LegacyProgram):
        raise DecodeError("executable", None, f"the account is a {type(held).__name__}")
    code = held.executable
    sha256 = loader.executable_hash(code)
    try:
        found = security_txt.find(code)
    except DecodeError as error:
        # Broken tables of the ELF file itself say nothing about a contact.
        if not error.what.startswith("security.txt"):
            raise
        return Contact(sha256, {}, fault=str(error))
    if found is None:
        return Contact(sha256, None)
    blank = ", ".join(found.empty_fields)
    fault = f"{blank} is empty" if blank else ""
    return Contact(sha256, dict(found.fields), found.through_section, fault)


async def _build(sources: Sources, program: str) -> Read[Build]:
    """The auditor's own build, as the run hashed it."""
    answer = await sources.answers.ask(ask_for(ARTIFACT, "hash", {"program": program}))
    at = ReadAt(answer.evidence, providers=answer.providers, asked_at=answer.asked_at)
    if answer.outcome is not Outcome.FOUND or answer.body is None:
        return Unknown(answer.reason or "no build was given", at)
    return build_in(Found(answer.body, at))


def build_in(read: Read[bytes]) -> Read[Build]:
    """A build from what the run recorded of it."""
    return decoded(read, _hashed, "the recorded hash of the build")


def _hashed(body: bytes) -> Build:
    said = strict_json.loads(body)
    if not isinstance(said, dict) or said.keys() != {"sha256", "length", "size"}:
        raise ValueError("it does not state sha256, length and size alone")
    sha256, length, size = said["sha256"], said["length"], said["size"]
    if not isinstance(sha256, str) or not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError("its sha256 is not one")
    if not all(type(n) is int and n > 0 for n in (length, size)) or length > size:
        raise ValueError("its sizes are not those of a file")
    return Build(sha256, length, size)
