"""A release that satisfies every control of its domain, and how to change it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from solders.signature import Signature

from privatedao_audit.chain import programs
from privatedao_audit.domains.authority.history import LoaderEvent, LoaderHistory
from privatedao_audit.domains.authority.world import (
    GOVERNANCE,
    STRANGER,
    World,
    found,
)
from privatedao_audit.domains.cases import in_checkout, on_chain
from privatedao_audit.domains.release.facts import (
    ProgramRelease,
    RecordedTransaction,
    ReleaseFacts,
    SourceOf,
)
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, Unknown
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.surfaces import Crate, statement

UNREAD: Read[Any] = Unknown("the node answered 503")
TORN: Read[Any] = Diverged("first and second give other bytes", on_chain("accounts"))
NO_FILE: Read[Any] = ProvenAbsent(in_checkout("absent"))

WORLD = World()
PROGRAMDATA = WORLD.programs[0].programdata
HASH = WORLD.programs[0].sha256
OTHER_HASH = hashlib.sha256(b"other").hexdigest()


def signature(word: str) -> str:
    """A transaction signature, from a word."""
    return str(Signature.from_bytes(hashlib.sha512(word.encode()).digest()))


DEPLOY, UPGRADE, EXTEND = signature("deploy"), signature("upgrade"), signature("extend")


def event(name: str, action: str, slot: int, **change: Any) -> LoaderEvent:
    """A loader instruction that landed."""
    given = LoaderEvent(
        name, action, slot, 1_700_000_000 + slot, True, False, STRANGER, None, STRANGER, PROGRAMDATA
    )
    return replace(given, **change)


DEPLOYED = event(DEPLOY, "DeployWithMaxDataLen", 100)
UPGRADED = event(UPGRADE, "Upgrade", 200)
EXTENDED = event(EXTEND, "ExtendProgram", 300, authority=None)


def history(*events: LoaderEvent, gap: str = "") -> Read[LoaderHistory]:
    """The history of ProgramData, oldest first; with a gap it is not complete."""
    return Found(LoaderHistory(events, not gap, gap), on_chain("history"))


def landed(*events: LoaderEvent, succeeded: bool = True) -> Read[RecordedTransaction]:
    """A transaction that a record names."""
    first = events[0] if events else DEPLOYED
    return Found(
        RecordedTransaction(first.signature, first.slot, first.block_time, succeeded, events),
        on_chain("transaction"),
    )


_RECORD_FIELDS = (
    "cluster", "program_id", "programdata", "artifact_sha256", "deployment_signature",
)  # fmt: skip
_SAYS: Mapping[str, str] = MappingProxyType(
    {
        "cluster": "localnet",
        "program_id": GOVERNANCE,
        "artifact_sha256": HASH,
        "deployment_signature": DEPLOY,
        "programdata": PROGRAMDATA,
    }
)
FORMATS: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "record.json": {"part": "release-record", "format": "json",
                        "fields": {name: f"/{name}" for name in _RECORD_FIELDS}},
        "lib.rs": {"part": "source-declaration", "format": "rust"},
        "Anchor.toml": {"part": "anchor-toml", "format": "anchor-toml", "entry": "governance"},
        "idl.json": {"part": "idl", "format": "anchor-idl"},
    }
)  # fmt: skip


def text_of(kind: str, said: Mapping[str, Any]) -> str:
    """A document of one of the kinds above; None leaves a member out."""
    stated = {name: value for name, value in said.items() if value is not None}
    one = stated.get("program_id", "")
    if kind == "lib.rs":
        return f'declare_id!("{one}");' if one else "// nothing is declared"
    if kind == "Anchor.toml":
        return f'[programs.localnet]\ngovernance = "{one}"' if one else "[programs.localnet]"
    if kind == "idl.json":
        told = {"name": "governance", "version": "1.0.0", "spec": "0.1.0"}
        return json.dumps({"address": one, "metadata": told, "instructions": []})
    return json.dumps(stated)


def surface(
    kind: str, change: Mapping[str, Any] | None = None, *, read: Read[bytes] | None = None,
    crate: Crate | None = None, **mapping: Any,
) -> SourceOf:  # fmt: skip
    """A file of the checkout: the truthful one with some members changed."""
    mapped = Surface.model_validate(
        {"file": kind, "program": "governance", **FORMATS[kind], **mapping}
    )
    said = text_of(kind, {**_SAYS, **(change or {})})
    given = Found(said.encode(), in_checkout(mapped.file)) if read is None else read
    return SourceOf(mapped, statement(mapped, "localnet", given, crate))


@dataclass(frozen=True, slots=True)
class Release:
    """A release on a world. Its defaults are sound.

    Attributes:
        surfaces: the files of the checkout.
        history: of ProgramData.
        transactions: those that records name, by signature.
    """

    world: World = WORLD
    surfaces: tuple[SourceOf, ...] = field(
        default_factory=lambda: tuple(surface(kind) for kind in FORMATS)
    )
    history: Read[LoaderHistory] = field(default_factory=lambda: history(DEPLOYED))
    transactions: Mapping[str, Read[RecordedTransaction]] = field(
        default_factory=lambda: {DEPLOY: landed(DEPLOYED)}
    )

    def on(self, world: World) -> Release:
        """The release on another chain."""
        return replace(self, world=world)

    def saying(self, kind: str, change: Mapping[str, Any] | None = None, **how: Any) -> Release:
        """The release with one file in another form."""
        rest = tuple(s for s in self.surfaces if s.surface.file != kind)
        return replace(self, surfaces=(surface(kind, change, **how), *rest))

    def also(self, kind: str, change: Mapping[str, Any] | None = None, **how: Any) -> Release:
        """The release with a file more."""
        more = surface(kind, change, file=f"more/{kind}", **how)
        return replace(self, surfaces=(*self.surfaces, more))

    def facts(self) -> ReleaseFacts:
        """The facts that a collector would make of it."""
        program = ProgramRelease(
            "governance", GOVERNANCE, PROGRAMDATA, self.history, dict(self.transactions),
            self.surfaces,
        )  # fmt: skip
        return ReleaseFacts(self.world.cluster, (program,), self.world.facts())


GOOD = Release()
MOVING = GOOD.on(replace(WORLD, moving=("the deployment slot changed",)))
NO_RECORD = replace(GOOD, surfaces=tuple(
    s for s in GOOD.surfaces if s.surface.part != "release-record"))  # fmt: skip
OLD_RECORD = GOOD.saying("record.json", state="archived")
UPGRADED_SINCE = replace(
    GOOD.on(WORLD.program(slot=200)).saying("record.json", {"deployment_signature": UPGRADE}),
    history=history(DEPLOYED, UPGRADED), transactions={UPGRADE: landed(UPGRADED)},
)  # fmt: skip
EXTENDED_SINCE = replace(GOOD.on(WORLD.program(slot=300)), history=history(DEPLOYED, EXTENDED))
POINTER = found(GOVERNANCE, programs.LOADER_V3, b"\x02\0\0\0" + bytes(range(32)), executable=True)
