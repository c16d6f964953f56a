"""Cases of release control: a sound release, and every way found to make it something else."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial
from typing import Any, cast

from privatedao_audit.chain import programs
from privatedao_audit.domains.authority.world import (
    ABSENT,
    CODE,
    GOVERNANCE,
    STRANGER,
    found,
)
from privatedao_audit.domains.cases import Case, in_checkout, on_chain
from privatedao_audit.domains.release.facts import (
    RecordedTransaction,
    ReleaseFacts,
)
from privatedao_audit.domains.release.provenance import cases as provenance
from privatedao_audit.domains.release.records import cases as records
from privatedao_audit.domains.release.sound import (
    DEPLOY,
    DEPLOYED,
    EXTENDED,
    EXTENDED_SINCE,
    FORMATS,
    GOOD,
    HASH,
    MOVING,
    NO_FILE,
    NO_RECORD,
    OLD_RECORD,
    OTHER_HASH,
    POINTER,
    PROGRAMDATA,
    TORN,
    UNREAD,
    UPGRADE,
    UPGRADED,
    UPGRADED_SINCE,
    WORLD,
    Release,
    event,
    history,
    landed,
)
from privatedao_audit.model.reads import Found, ProvenAbsent, Read, decoded
from privatedao_audit.model.status import Status
from privatedao_audit.repository.cargo import Features, features_of
from privatedao_audit.repository.surfaces import Crate

FAIL, PASS, UNKNOWN = Status.FAIL, Status.PASS, Status.UNKNOWN
MISSING, DIVERGED = Status.MISSING, Status.DIVERGED


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
     GOOD.on(WORLD.reading(GOVERNANCE, POINTER)), UNKNOWN),
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
    *((f"another id in {kind}", GOOD.saying(kind, _OTHER_ID), FAIL) for kind in FORMATS),
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
     GOOD.on(WORLD.reading(GOVERNANCE, POINTER)), FAIL),
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
    ("the recorded upgrade is the last change", UPGRADED_SINCE, PASS),
    ("extended by a stranger since", EXTENDED_SINCE, PASS),
    ("a later upgrade that failed", replace(
        GOOD, history=history(DEPLOYED, replace(UPGRADED, succeeded=False))), PASS),
    ("history before the recorded upgrade cut off", replace(
        UPGRADED_SINCE, history=history(UPGRADED, gap="older history may be cut")), PASS),
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
        EXTENDED_SINCE, history=history(DEPLOYED, EXTENDED, gap="2 listed transactions unread")),
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
