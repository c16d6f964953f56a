"""Cases of release control: a sound release, and every way found to make it something else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Any, cast

from solders.signature import Signature

from privatedao_audit.chain import programs
from privatedao_audit.domains.authority.history import LoaderEvent, LoaderHistory
from privatedao_audit.domains.authority.world import (
    ABSENT,
    CODE,
    GOVERNANCE,
    STRANGER,
    World,
    found,
)
from privatedao_audit.domains.cases import Case, in_checkout, on_chain
from privatedao_audit.domains.release.facts import (
    ProgramRelease,
    RecordedTransaction,
    ReleaseFacts,
    SourceOf,
)
from privatedao_audit.domains.release.provenance import cases as provenance
from privatedao_audit.domains.release.records import cases as records
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, Unknown, decoded
from privatedao_audit.model.status import Status
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.cargo import Features, features_of
from privatedao_audit.repository.surfaces import Crate, statement

FAIL, PASS, UNKNOWN = Status.FAIL, Status.PASS, Status.UNKNOWN
MISSING, DIVERGED = Status.MISSING, Status.DIVERGED

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
_FORMATS: Mapping[str, dict[str, Any]] = MappingProxyType(
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
        {"file": kind, "program": "governance", **_FORMATS[kind], **mapping}
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
        default_factory=lambda: tuple(surface(kind) for kind in _FORMATS)
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
_UPGRADED = replace(
    GOOD.on(WORLD.program(slot=200)).saying("record.json", {"deployment_signature": UPGRADE}),
    history=history(DEPLOYED, UPGRADED), transactions={UPGRADE: landed(UPGRADED)},
)  # fmt: skip
_EXTENDED = replace(GOOD.on(WORLD.program(slot=300)), history=history(DEPLOYED, EXTENDED))
_POINTER = found(GOVERNANCE, programs.LOADER_V3, b"\x02\0\0\0" + bytes(range(32)), executable=True)


def _named(transaction: Read[RecordedTransaction]) -> Release:
    """The release whose recorded transaction is this one."""
    return replace(GOOD, transactions={DEPLOY: transaction})


#: Cases that mean the same for the artifact and for the deployment.
_OF_RECORDS: tuple[tuple[str, Release, Status], ...] = (
    ("no record is mapped, other surfaces are", NO_RECORD, UNKNOWN),
    ("only an archived record", OLD_RECORD, MISSING),
    ("only a record of another cluster", GOOD.saying("record.json", cluster="devnet"), MISSING),
    ("a record that says it is of another cluster",
     GOOD.saying("record.json", {"cluster": "devnet"}), FAIL),
    ("the record is not in the checkout", GOOD.saying("record.json", read=NO_FILE), MISSING),
    ("the record can't be read", GOOD.saying("record.json", read=UNREAD), UNKNOWN),
    ("the record is not JSON",
     GOOD.saying("record.json", read=Found(b"{", in_checkout("record.json"))), UNKNOWN),
    ("a second record that can't be read", GOOD.also("record.json", read=UNREAD), UNKNOWN),
    ("nothing is mapped", replace(GOOD, surfaces=()), UNKNOWN),
    ("moving", MOVING, UNKNOWN),
    ("program closed", GOOD.on(WORLD.reading(PROGRAMDATA, ABSENT)), FAIL),
)  # fmt: skip

_RC_02: tuple[tuple[str, Release, Status], ...] = (
    *_OF_RECORDS,
    ("what runs is what was recorded", GOOD, PASS),
    ("only the zeros behind the code differ", GOOD.on(WORLD.program(padding=4096)), PASS),
    ("recorded in upper case", GOOD.saying("record.json", {"artifact_sha256": HASH.upper()}), PASS),
    ("two records that agree", GOOD.also("record.json"), PASS),
    ("an archived record of another hash beside it",
     GOOD.also("record.json", {"artifact_sha256": OTHER_HASH}, state="archived"), PASS),
    ("extended since: slot and capacity moved, the code did not",
     GOOD.on(WORLD.program(slot=300, padding=10_240)), PASS),
    ("one byte of code more", GOOD.on(WORLD.program(code=CODE + b"!")), FAIL),
    ("a zero byte before the code", GOOD.on(WORLD.program(code=b"\0" + CODE)), FAIL),
    ("another hash recorded", GOOD.saying("record.json", {"artifact_sha256": OTHER_HASH}), FAIL),
    ("the hash of the file with its padding recorded", GOOD.saying("record.json", {
        "artifact_sha256": hashlib.sha256(CODE + bytes(64)).hexdigest()}), FAIL),
    ("half a hash recorded", GOOD.saying("record.json", {"artifact_sha256": HASH[:32]}), FAIL),
    ("two records that disagree",
     GOOD.also("record.json", {"artifact_sha256": OTHER_HASH}), FAIL),
    ("no hash stated", GOOD.saying("record.json", {"artifact_sha256": None}), MISSING),
    ("one of two records states no hash",
     GOOD.also("record.json", {"artifact_sha256": None}), MISSING),
    ("ProgramData unreadable", GOOD.on(WORLD.reading(PROGRAMDATA, UNREAD)), UNKNOWN),
    ("nothing but zeros where the code should be", GOOD.on(WORLD.reading(
        PROGRAMDATA, found(PROGRAMDATA, programs.LOADER_V3, b"\x03" + bytes(200)))), UNKNOWN),
    ("the right bytes under another owner", GOOD.on(WORLD.reading(PROGRAMDATA, found(
        PROGRAMDATA, programs.SYSTEM, WORLD.programs[0].code))), UNKNOWN),
    ("pointer to a ProgramData that is not its own",
     GOOD.on(WORLD.reading(GOVERNANCE, _POINTER)), UNKNOWN),
    ("no program at the address", GOOD.on(WORLD.reading(GOVERNANCE, ABSENT)), FAIL),
    ("providers disagree on ProgramData", GOOD.on(WORLD.reading(PROGRAMDATA, TORN)), DIVERGED),
)  # fmt: skip

_OTHER_ID = {"program_id": STRANGER}
#: One id where a feature is built, and another one where it is not.
_GATED = f'''#[cfg(feature = "local")]
declare_id!("{GOVERNANCE}");
#[cfg(not(feature = "local"))]
declare_id!("{STRANGER}");
'''


def without(part: str) -> Release:
    """The sound release whose target maps nothing of one kind."""
    return replace(GOOD, surfaces=tuple(s for s in GOOD.surfaces if s.surface.part != part))


def gated(
    default: str = "", *commands: str, manifest: Read[bytes] | None = None,
    source: str = _GATED, **mapping: Any,
) -> Release:  # fmt: skip
    """The release whose id turns on a cargo feature.

    Args:
        default: the default features, as Cargo.toml writes them.
        commands: recorded commands of the build.
    """
    text = f'[package]\nname = "g"\n[features]\nlocal = []\ndefault = [{default}]\n'
    read = Found(text.encode(), in_checkout("Cargo.toml")) if manifest is None else manifest
    features = decoded(read, partial(features_of, manifest="Cargo.toml"), "the file Cargo.toml")
    assert not isinstance(features, Found) or features.value is not None
    return GOOD.saying(
        "lib.rs", read=Found(source.encode(), in_checkout("lib.rs")),
        crate=Crate(cast(Read[Features], features), commands), **mapping,
    )  # fmt: skip


_LOCAL_BUILD = "anchor build -- --features local"

_RC_08: tuple[tuple[str, Release, Status], ...] = (
    ("every surface names the program that runs", GOOD, PASS),
    ("an archived surface of another id",
     GOOD.also("record.json", _OTHER_ID, state="archived"), PASS),
    ("a record of another id, of another cluster",
     GOOD.also("record.json", _OTHER_ID, cluster="devnet"), PASS),
    *((f"another id in {kind}", GOOD.saying(kind, _OTHER_ID), FAIL) for kind in _FORMATS),
    *((f"no id in {kind}", GOOD.saying(kind, {"program_id": None}), MISSING)
      for kind in ("record.json", "lib.rs", "Anchor.toml")),
    ("two ids declared in the source", GOOD.saying("lib.rs", read=Found(
        f'declare_id!("{GOVERNANCE}");\ndeclare_id!("{STRANGER}");'.encode(),
        in_checkout("lib.rs"))), FAIL),
    ("the id in a comment alone", GOOD.saying("lib.rs", read=Found(
        f'// declare_id!("{GOVERNANCE}");'.encode(), in_checkout("lib.rs"))), MISSING),
    ("a record that says it is of another cluster",
     GOOD.saying("record.json", {"cluster": "devnet"}), FAIL),
    *((f"no {part} is mapped, the other kinds are", without(part), UNKNOWN)
      for part in ("release-record", "source-declaration", "anchor-toml", "idl")),
    ("a copy of the id in JSON is mapped as the source", without("source-declaration").also(
        "record.json", part="source-declaration", fields={"program_id": "/program_id"}), UNKNOWN),
    ("a copy of the id in JSON is mapped as the IDL", without("idl").also(
        "record.json", part="idl", fields={"program_id": "/program_id"}), UNKNOWN),
    ("the record is mapped without the id", GOOD.saying(
        "record.json", fields={"artifact_sha256": "/artifact_sha256"}), UNKNOWN),
    ("an archived IDL is the only one", GOOD.saying("idl.json", state="archived"), UNKNOWN),
    ("the id of a feature that is built by default", gated('"local"'), PASS),
    ("the id of a feature that the target names", gated(feature="local"), PASS),
    ("the id of a feature that target and recorded build name",
     gated("", _LOCAL_BUILD, feature="local"), PASS),
    ("the default build declares another id", gated(), FAIL),
    ("the default build declares another id, and is recorded", gated("", "anchor build"), FAIL),
    ("the default build declares nothing", gated(source=_GATED.split("#[cfg(not")[0]), MISSING),
    ("the target names a feature that the recorded build does not have",
     gated("", "anchor build", feature="local"), UNKNOWN),
    ("the recorded build has a feature that the target does not name",
     gated("", _LOCAL_BUILD), UNKNOWN),
    ("the target names a feature that the crate does not have",
     gated(feature="testnet"), UNKNOWN),
    ("the id turns on features, and Cargo.toml can't be read", gated(manifest=UNREAD), UNKNOWN),
    ("the id turns on features, and there is no Cargo.toml", gated(manifest=NO_FILE), UNKNOWN),
    ("the id turns on features, and Cargo.toml is malformed",
     gated(manifest=Found(b"[package", in_checkout("Cargo.toml"))), UNKNOWN),
    ("the id turns on the machine", gated(source=_GATED.replace('feature = "local"', "unix")),
     UNKNOWN),
    ("no program at the address", GOOD.on(WORLD.reading(GOVERNANCE, ABSENT)), FAIL),
    ("a wallet at the address",
     GOOD.on(WORLD.reading(GOVERNANCE, found(GOVERNANCE, programs.SYSTEM))), FAIL),
    ("the right bytes under another owner", GOOD.on(WORLD.reading(
        GOVERNANCE, found(GOVERNANCE, programs.TOKEN, bytes(36), executable=True))), FAIL),
    ("a record that names another ProgramData",
     GOOD.saying("record.json", {"programdata": STRANGER}), FAIL),
    ("loader v4, recognised and not read", GOOD.on(WORLD.reading(
        GOVERNANCE, found(GOVERNANCE, programs.LOADER_V4, bytes(48), executable=True))), UNKNOWN),
    ("a buffer at the address", GOOD.on(WORLD.reading(
        GOVERNANCE, found(GOVERNANCE, programs.LOADER_V3, b"\x01\0\0\0" + bytes(64)))), FAIL),
    ("program closed", GOOD.on(WORLD.reading(PROGRAMDATA, ABSENT)), FAIL),
    ("pointer to a ProgramData that is not its own",
     GOOD.on(WORLD.reading(GOVERNANCE, _POINTER)), FAIL),
    ("a surface is not in the checkout", GOOD.saying("idl.json", read=NO_FILE), MISSING),
    ("no surface is mapped: a chain alone", replace(GOOD, surfaces=()), UNKNOWN),
    ("a surface can't be read", GOOD.saying("lib.rs", read=UNREAD), UNKNOWN),
    ("a surface that is not text",
     GOOD.saying("lib.rs", read=Found(b"\xff\xfe", in_checkout("lib.rs"))), UNKNOWN),
    ("documents alone: the program account is unreadable",
     GOOD.on(WORLD.reading(GOVERNANCE, UNREAD)), UNKNOWN),
    ("ProgramData unreadable", GOOD.on(WORLD.reading(PROGRAMDATA, UNREAD)), UNKNOWN),
    ("moving", MOVING, UNKNOWN),
    ("providers disagree on the program", GOOD.on(WORLD.reading(GOVERNANCE, TORN)), DIVERGED),
)  # fmt: skip

_RC_09: tuple[tuple[str, Release, Status], ...] = (
    *(row for row in _OF_RECORDS if row[0] != "program closed"),
    ("the recorded deploy is the last change", GOOD, PASS),
    ("the recorded upgrade is the last change", _UPGRADED, PASS),
    ("extended by a stranger since", _EXTENDED, PASS),
    ("a later upgrade that failed", replace(
        GOOD, history=history(DEPLOYED, replace(UPGRADED, succeeded=False))), PASS),
    ("history before the recorded upgrade cut off", replace(
        _UPGRADED, history=history(UPGRADED, gap="older history may be cut")), PASS),
    ("two records that agree", GOOD.also("record.json"), PASS),
    ("upgraded since", replace(
        GOOD.on(WORLD.program(slot=200)), history=history(DEPLOYED, UPGRADED)), FAIL),
    ("upgraded since, and extended after that", replace(
        GOOD.on(WORLD.program(slot=300)), history=history(DEPLOYED, UPGRADED, EXTENDED)), FAIL),
    ("the recorded transaction failed", _named(landed(DEPLOYED, succeeded=False)), FAIL),
    ("the recorded transaction is of another program", _named(landed(
        replace(DEPLOYED, programdata=STRANGER))), FAIL),
    ("the recorded transaction only wrote a buffer", _named(landed(
        event(DEPLOY, "Write", 90, programdata=None))), FAIL),
    ("the recorded transaction only extended", _named(landed(
        event(DEPLOY, "ExtendProgram", 100))), FAIL),
    ("the recorded transaction only handed over the authority", _named(landed(
        event(DEPLOY, "SetAuthority", 100))), FAIL),
    ("the recorded transaction has no loader instruction", _named(landed()), FAIL),
    ("what is recorded is no signature", replace(GOOD.saying(
        "record.json", {"deployment_signature": "see the ceremony log"}), transactions={}), FAIL),
    ("two records that disagree",
     GOOD.also("record.json", {"deployment_signature": UPGRADE}), FAIL),
    ("no signature stated", GOOD.saying("record.json", {"deployment_signature": None}), MISSING),
    ("the transaction is not returned: pruned", _named(UNREAD), UNKNOWN),
    ("the transaction is absent, which proves nothing",
     _named(ProvenAbsent(on_chain("transaction"))), UNKNOWN),
    ("history unreadable", replace(GOOD, history=UNREAD), UNKNOWN),
    ("history empty", replace(GOOD, history=history(gap="the first deploy is missing")), UNKNOWN),
    ("history without the recorded deploy", replace(GOOD, history=history(EXTENDED)), UNKNOWN),
    ("ProgramData says a later slot than the history",
     GOOD.on(WORLD.program(slot=200)), UNKNOWN),
    ("an extend since, before which an upgrade may be hidden", replace(
        _EXTENDED, history=history(DEPLOYED, EXTENDED, gap="2 listed transactions unread")),
     UNKNOWN),
    ("program closed", GOOD.on(WORLD.reading(PROGRAMDATA, ABSENT)), UNKNOWN),
    ("ProgramData unreadable", GOOD.on(WORLD.reading(PROGRAMDATA, UNREAD)), UNKNOWN),
    ("providers disagree on the history", replace(GOOD, history=TORN), DIVERGED),
    ("providers disagree on the transaction", _named(TORN), DIVERGED),
)  # fmt: skip

_NO_PROGRAM = ReleaseFacts("localnet", (), WORLD.facts())

CASES: tuple[Case, ...] = (
    *(Case("RC-02", name, release.facts(), status) for name, release, status in _RC_02),
    *(Case("RC-08", name, release.facts(), status) for name, release, status in _RC_08),
    *(Case("RC-09", name, release.facts(), status) for name, release, status in _RC_09),
    *(Case(control, "no program in scope", _NO_PROGRAM, UNKNOWN)
      for control in ("RC-02", "RC-08", "RC-09")),
    *records.CASES,
    *provenance.CASES,
)  # fmt: skip
