"""An invented release with its operator, interface, contact and build, for the cases."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from solders.signature import Signature

from privatedao_audit.chain import programs
from privatedao_audit.chain.anchor.account import IDL_DISCRIMINATOR, idl_address
from privatedao_audit.chain.layouts import loader
from privatedao_audit.chain.layouts.program_metadata import derive_canonical, seed_bytes
from privatedao_audit.chain.reads import Account
from privatedao_audit.domains.authority.history import LoaderEvent, LoaderHistory
from privatedao_audit.domains.authority.world import ABSENT, GOVERNANCE, World, found, key_bytes
from privatedao_audit.domains.authority.world import wallet as key
from privatedao_audit.domains.cases import in_checkout, on_chain
from privatedao_audit.domains.release.facts import ProgramRelease, ReleaseFacts, SourceOf
from privatedao_audit.domains.release.provenance.collect import (
    build_in,
    contact_in,
    published_in,
)
from privatedao_audit.domains.release.provenance.facts import (
    Acting,
    Deployment,
    FileInterface,
    ProgramProvenance,
    ProvenanceFacts,
    Published,
    Register,
    Registration,
    SourceInstructions,
)
from privatedao_audit.domains.release.provenance.interface import interface_of
from privatedao_audit.domains.release.records.facts import Freeze, ProgramRecords, RecordFacts
from privatedao_audit.model.reads import Found, Read, Unknown, decoded
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.reads import Commit
from privatedao_audit.repository.surfaces import statement

CONTACT: Mapping[str, str] = MappingProxyType(
    {
        "name": "Governance",
        "project_url": "https://dao.invalid",
        "contacts": "email:security@dao.invalid",
        "policy": "https://dao.invalid/policy",
    }
)


def block(fields: Mapping[str, str] | None = None, more: str = "") -> bytes:
    """A security.txt between its marks; ``more`` is put before the closing mark."""
    said = CONTACT if fields is None else fields
    pairs = "".join(f"{name}\0{value}\0" for name, value in said.items())
    return (
        f"=======BEGIN SECURITY.TXT V1=======\0{pairs}{more}=======END SECURITY.TXT V1=======\0"
    ).encode()


def code(contact: bytes, *, beyond: bytes = b"") -> bytes:
    """An executable that carries it in its one loaded segment; ``beyond`` lies after that."""
    body = b"code of the governance " + contact + b"and data"
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQI", 3, 263, 1, 0, 64, 0, 0)
    head += struct.pack("<HHHHHH", 64, 56, 1, 64, 0, 0)
    at = 64 + 56
    head += struct.pack("<IIQQQQQQ", 1, 5, at, at, at, len(body), len(body), 8)
    return head + body + beyond + (b"end" if beyond else b"")


WORLD = World().program(code=code(block()))
PROGRAMDATA = WORLD.programs[0].programdata
HASH = WORLD.programs[0].sha256
COMMIT = "a" * 40

DEPLOYER, MEMBER, SECOND, OTHER = (key(f"{w} of the release") for w in ("key", "m", "n", "o"))
VAULT, MULTISIG = WORLD.programs[0].authority or "", WORLD.multisigs[0].address
OPERATOR = "Ada Release"
WALLETS = (
    Registration(DEPLOYER, "deployer", OPERATOR, ("deployer",)),
    Registration(MEMBER, "member one", OPERATOR, ("multisig-member",)),
    Registration(SECOND, "member two", "Ben Second", ("multisig-member",)),
)


def signature(word: str) -> str:
    """A transaction signature, from a word."""
    return str(Signature.from_bytes(hashlib.sha512(word.encode()).digest()))


DEPLOY, UPGRADE, EXTEND = (signature(f"{w} of the release") for w in ("one", "two", "three"))


def event(name: str, action: str, slot: int) -> LoaderEvent:
    """A loader instruction that landed."""
    return LoaderEvent(
        name, action, slot, 1_700_000_000 + slot, True, False, VAULT, None, MEMBER, PROGRAMDATA
    )


DEPLOYED = event(DEPLOY, "DeployWithMaxDataLen", 100)
UPGRADED = event(UPGRADE, "Upgrade", 200)
EXTENDED = event(EXTEND, "ExtendProgram", 300)


def history(*events: LoaderEvent, gap: str = "") -> Read[LoaderHistory]:
    """The history of ProgramData, oldest first."""
    return Found(LoaderHistory(events, not gap, gap), on_chain("history"))


def approvals(*keys: str) -> Read[tuple[str, ...]]:
    """The members whose approvals the proposal counts."""
    return Found(keys, on_chain("proposal"))


BY_WALLET = Acting(DEPLOYER, True)
BY_VAULT = Acting(VAULT, False, MULTISIG, 0, MEMBER, approvals(MEMBER, SECOND))


def made(acting: Acting = BY_VAULT, name: str = DEPLOY, **change: Any) -> Read[Deployment]:
    """A deployment by the vault, paid for by the member who executed."""
    given = Deployment(name, 100, True, MEMBER, (key("program"),), (acting,))
    return Found(replace(given, **change), on_chain(f"transaction {name[:4]}"))


IDL: Mapping[str, Any] = MappingProxyType(
    {
        "address": GOVERNANCE,
        "metadata": {"name": "governance", "version": "1.0.0", "spec": "0.1.0"},
        "instructions": [
            {
                "name": "open",
                "docs": ["Opens it."],
                "discriminator": [1, 2, 3, 4, 5, 6, 7, 8],
                "accounts": [{"name": "dao", "writable": True}, {"name": "who", "signer": True}],
                "args": [{"name": "amount", "type": "u64"}],
            },
            {"name": "close", "discriminator": [8, 7, 6, 5], "accounts": [], "args": []},
        ],
        "accounts": [{"name": "Dao", "discriminator": [9, 9, 9, 9, 9, 9, 9, 9]}],
        "events": [{"name": "Opened", "discriminator": [7, 7, 7, 7, 7, 7, 7, 7]}],
        "errors": [{"code": 6000, "name": "TooEarly", "msg": "It is too early"}],
        "types": [
            {"name": "Dao", "type": {"kind": "struct", "fields": [
                {"name": "authority", "type": "pubkey"}]}},
            {"name": "Opened", "type": {"kind": "struct", "fields": [
                {"name": "amount", "type": "u64"}]}},
        ],
    }
)  # fmt: skip


def idl(change: Mapping[str, Any] | None = None) -> bytes:
    """The interface with some members changed, as a file."""
    return json.dumps({**IDL, **(change or {})}).encode()


def changed(section: str, number: int, **change: Any) -> bytes:
    """The interface with one entry changed."""
    rows = list(IDL[section])
    rows[number] = {**rows[number], **change}
    return idl({section: rows})


def idl_account(
    content: bytes, *, owner: str = GOVERNANCE, spare: int = 64, packed: bytes | None = None
) -> Read[Account]:
    """An Anchor IDL account of the program."""
    data = zlib.compress(content) if packed is None else packed
    head = IDL_DISCRIMINATOR + key_bytes(DEPLOYER) + struct.pack("<I", len(data))
    return found(idl_address(GOVERNANCE), owner, head + data + bytes(spare))


def metadata_account(
    content: bytes, *, kind: int = 2, canonical: int = 1, source: int = 0, form: int = 1,
    seed: str = "idl", program: str = GOVERNANCE, owner: str = programs.PROGRAM_METADATA,
) -> Read[Account]:  # fmt: skip
    """A program-metadata account at the canonical address of the program's interface."""
    head = bytes([kind]) + key_bytes(program) + bytes(32)
    if kind == 2:
        head += bytes([1, canonical]) + seed_bytes(seed) + bytes([1, 0, form, source])
        head += struct.pack("<I", len(content)) + bytes(5)
    else:
        head += bytes([canonical]) + seed_bytes(seed) + bytes(14)
    return found(derive_canonical(GOVERNANCE, "idl").address, owner, head + content)


_RECORD: Mapping[str, str] = MappingProxyType(
    {
        "cluster": "localnet",
        "operator": OPERATOR,
        "deployment_signature": DEPLOY,
        "release_commit": COMMIT,
    }
)


def record(
    change: Mapping[str, str | None] | None = None, *, file: str = "record.json",
    read: Read[bytes] | None = None, fields: tuple[str, ...] = tuple(_RECORD), **mapping: Any,
) -> SourceOf:  # fmt: skip
    """A release record with some members changed; None leaves a member out."""
    mapped = Surface.model_validate(
        {"part": "release-record", "file": file, "program": "governance", "format": "json",
         "fields": {name: f"/{name}" for name in fields}, **mapping}
    )  # fmt: skip
    said = {n: v for n, v in {**_RECORD, **(change or {})}.items() if v is not None}
    given = Found(json.dumps(said).encode(), in_checkout(file)) if read is None else read
    return SourceOf(mapped, statement(mapped, "localnet", given))


def build(sha256: str = HASH, length: int = 100, size: int = 120) -> Read[bytes]:
    """What a run records of the auditor's build."""
    said = {"sha256": sha256, "length": length, "size": size}
    return Found(json.dumps(said).encode(), in_checkout("build"))


def in_file(content: bytes, file: str = "idl.json") -> Read[bytes]:
    """A file that was read."""
    return Found(content, in_checkout(file))


def in_history(commit: str = COMMIT) -> Read[Commit]:
    """The release commit as the checkout's history has it."""
    return Found(Commit(commit, "b" * 40, (), 1_690_000_000, 1_690_000_000, "Release"),
                 in_checkout("commit"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Story:
    """A release on a world. Its defaults are sound.

    Attributes:
        world: the chain; its executable is searched for the contact.
        records: of the checkout; ``files``: its interface files by name.
        deployments: signature → who was behind it.
        idl, metadata: the two accounts in which an interface may be published.
        build: what was recorded of the auditor's build.
        declared: instructions of the source file; None: none is mapped.
        commit: the release commit in the history; None: it was not looked for.
    """

    world: World = WORLD
    records: tuple[SourceOf, ...] = field(default_factory=lambda: (record(),))
    deployments: Mapping[str, Read[Deployment]] = field(default_factory=lambda: {DEPLOY: made()})
    history: Read[LoaderHistory] = field(default_factory=lambda: history(DEPLOYED))
    wallets: tuple[Registration, ...] = WALLETS
    registers: tuple[Register, ...] = ()
    idl: Read[Account] = field(default_factory=lambda: idl_account(idl()))
    metadata: Read[Account] = ABSENT
    files: Mapping[str, Read[bytes]] = field(default_factory=lambda: {"idl.json": in_file(idl())})
    build: Read[bytes] = field(default_factory=build)
    declared: tuple[str, ...] | None = None
    commit: Read[Commit] | None = field(default_factory=lambda: in_history())

    def of(self, **change: Any) -> Story:
        """The story with some parts in another form."""
        return replace(self, **change)

    def facts(self) -> ReleaseFacts:
        """The facts that a collector would make of it."""
        source = () if self.declared is None else (
            SourceInstructions("lib.rs", Found(self.declared, in_checkout("lib.rs"))),
        )  # fmt: skip
        one = ProgramProvenance(
            id=GOVERNANCE,
            deployments=dict(self.deployments),
            published=dict(_published(self.idl, self.metadata)),
            repository=tuple(_in_repository(name, read) for name, read in self.files.items()),
            source=source,
            contact=contact_in(self.world.accounts()[loader.programdata_address(GOVERNANCE)]),
            build=build_in(self.build),
        )
        program = ProgramRelease(
            "governance", GOVERNANCE, PROGRAMDATA, self.history, {}, self.records
        )
        return ReleaseFacts(
            self.world.cluster, (program,), self.world.facts(),
            records=RecordFacts((ProgramRecords("governance", self._freezes()),)),
            provenance=ProvenanceFacts({GOVERNANCE: one}, self.wallets, self.registers),
        )  # fmt: skip

    def _freezes(self) -> tuple[Freeze, ...]:
        """The release commit; how the checkout stands to it is for the records' own checks."""
        if self.commit is None:
            return ()
        other: Read[Any] = Unknown("it plays no part here")
        return (
            Freeze(
                COMMIT, self.commit, refs=other, shallow=other, head=other, descends=other,
                sources=(), crates=(), released=other, checked_out=other, dirty=other, stray=other,
            ),
        )  # fmt: skip


# Nearly every story has the same interfaces, and what they say follows from the reads alone.


@lru_cache(maxsize=128)
def _published(idl: Read[Account], metadata: Read[Account]) -> Mapping[str, Read[Published]]:
    return published_in(GOVERNANCE, idl, metadata)


@lru_cache(maxsize=128)
def _in_repository(name: str, read: Read[bytes]) -> FileInterface:
    return FileInterface(name, decoded(read, interface_of, f"the file {name}"))
