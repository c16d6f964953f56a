"""Cases of the controllers: other kinds of them, written policies, and the other authorities."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from privatedao_audit.chain.layouts.loader import programdata_address
from privatedao_audit.domains.authority.controllers import Realms
from privatedao_audit.domains.authority.history import LoaderEvent
from privatedao_audit.domains.authority.world import (
    CONTROLLER,
    GOVERNANCE,
    MEMBERS,
    STRANGER,
    World,
    derived,
)
from privatedao_audit.domains.cases import Case, in_checkout, on_chain
from privatedao_audit.domains.custody.controllers import cases_kinds, cases_others
from privatedao_audit.domains.custody.controllers.cases_base import (
    ATTESTED,
    CHANGED,
    DIVERGED,
    FAIL,
    GOOD,
    IMMUTABLE,
    LONG_AGO,
    MISSING,
    MULTISIG,
    NA,
    PASS,
    PROGRAMDATA,
    SIGNATURE,
    STALE,
    TORN,
    UNKNOWN,
    UNREAD,
    WALLET,
    facts,
)
from privatedao_audit.domains.custody.controllers.facts import Document, Rehearsed
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read
from privatedao_audit.model.status import Status
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.reads import Change
from privatedao_audit.repository.surfaces import statement

_REALM = Realms()
POLICY: dict[str, Any] = {
    "owner": "operations", "date": "2025-12-20", "threshold": 2, "voters": 3,
    "time_lock_seconds": 86_400,
}  # fmt: skip
PATH: dict[str, Any] = {
    "owner": "operations", "date": "2025-12-20", "steps": ["propose", "approve", "execute"],
    "rehearsal_signature": SIGNATURE, "rehearsal_cluster": "localnet",
}  # fmt: skip


def document(
    part: str, said: Mapping[str, Any], *, read: Read[bytes] | None = None,
    changed: Read[Change] | None = None, file: str = "paper.json",
) -> Document:  # fmt: skip
    """A document of the checkout; members that are None are left out of it."""
    fields = {name: f"/{name}" + ("/*" if isinstance(value, list) else "")
              for name, value in said.items()}  # fmt: skip
    surface = Surface.model_validate(
        {"part": part, "file": file, "format": "json", "program": "governance", "fields": fields}
    )
    text = json.dumps({name: value for name, value in said.items() if value is not None})
    given = Found(text.encode(), in_checkout(file)) if read is None else read
    last = Found(CHANGED, in_checkout(f"change of {file}")) if changed is None else changed
    return Document("governance", surface, statement(surface, "localnet", given), last)


def policy(change: Mapping[str, Any] | None = None, **more: Any) -> Document:
    """The upgrade policy that the sound world keeps, with some members changed."""
    return document("upgrade-policy", {**POLICY, **(change or {})}, **more)


def path(change: Mapping[str, Any] | None = None, **more: Any) -> Document:
    """The path to move the authority, with some members changed."""
    return document("revocation-path", {**PATH, **(change or {})}, **more)


_UA_06: tuple[tuple[str, Any, Status], ...] = (
    ("the policy asks for the delay on chain", facts(policies=(policy(),)), PASS),
    ("the policy asks for less than a day",
     facts(policies=(policy({"time_lock_seconds": 60}),)), PASS),
    ("the policy asks for more", facts(policies=(policy({"time_lock_seconds": 86_401}),)), FAIL),
    ("the policy asks for more, in hours",
     facts(policies=(policy({"time_lock_hours": 48}),)), FAIL),
    ("one of two policies asks for more", facts(policies=(
        policy(), policy({"time_lock_seconds": 172_800}, file="second.json"))), FAIL),
    ("the policy is not in the checkout",
     facts(policies=(policy(read=ProvenAbsent(in_checkout("paper.json"))),)), PASS),
    ("the policy could not be read", facts(policies=(policy(read=UNREAD),)), UNKNOWN),
    ("the policy's delay is no number",
     facts(policies=(policy({"time_lock_seconds": "two days"}),)), UNKNOWN),
)  # fmt: skip

# --- UA-02 ------------------------------------------------------------------------------------

_OLD_DATE = {"date": "2025-01-01"}
_UA_02: tuple[tuple[str, Any, Status], ...] = (
    ("owned, dated, and its numbers are those on chain", facts(policies=(policy(),)), ATTESTED),
    ("with the voters by name", facts(policies=(
        policy({"voters": None, "members": list(MEMBERS)}),)), ATTESTED),
    ("delay in hours", facts(policies=(
        policy({"time_lock_seconds": None, "time_lock_hours": 24}),)), ATTESTED),
    ("a wallet, and the policy says so", facts(WALLET, policies=(
        policy({"threshold": 1, "voters": 1, "time_lock_seconds": 0}),)), ATTESTED),
    ("immutable program", facts(IMMUTABLE), NA),
    ("immutable program with a policy", facts(IMMUTABLE, policies=(policy(),)), NA),
    ("another threshold", facts(policies=(policy({"threshold": 3}),)), FAIL),
    ("another number of voters", facts(policies=(policy({"voters": 5}),)), FAIL),
    ("another delay", facts(policies=(policy({"time_lock_seconds": 172_800}),)), FAIL),
    ("seconds and hours that differ", facts(policies=(policy({"time_lock_hours": 48}),)), FAIL),
    ("other voters", facts(policies=(
        policy({"members": [*MEMBERS[:2], STRANGER]}),)), FAIL),
    ("a policy of three beside a wallet", facts(WALLET, policies=(policy(),)), FAIL),
    ("dated after it was read", facts(policies=(policy({"date": "2026-02-01"}),)), FAIL),
    ("two policies, one of them wrong", facts(policies=(
        policy(), policy({"threshold": 3}, file="second.json"))), FAIL),
    ("dated long ago", facts(policies=(policy(_OLD_DATE),)), STALE),
    ("dated of late, and untouched in git for years",
     facts(policies=(policy(changed=Found(LONG_AGO, in_checkout("git"))),)), STALE),
    ("no owner", facts(policies=(policy({"owner": None}),)), MISSING),
    ("an owner of blanks", facts(policies=(policy({"owner": "  "}),)), MISSING),
    ("no date", facts(policies=(policy({"date": None}),)), MISSING),
    ("a date that is none", facts(policies=(policy({"date": "spring 2025"}),)), MISSING),
    ("a date that no calendar has", facts(policies=(policy({"date": "2025-02-30"}),)), MISSING),
    ("no threshold", facts(policies=(policy({"threshold": None}),)), MISSING),
    ("no delay", facts(policies=(policy({"time_lock_seconds": None}),)), MISSING),
    ("neither voters nor members", facts(policies=(policy({"voters": None}),)), MISSING),
    ("the file is not in the checkout",
     facts(policies=(policy(read=ProvenAbsent(in_checkout("paper.json"))),)), MISSING),
    ("no policy is mapped", facts(), UNKNOWN),
    ("no checkout", facts(policies=(policy(read=UNREAD),)), UNKNOWN),
    ("git does not know the file", facts(policies=(policy(changed=UNREAD),)), UNKNOWN),
    ("a threshold in words", facts(policies=(policy({"threshold": "two"}),)), UNKNOWN),
    ("the multisig is unreadable",
     facts(GOOD.reading(MULTISIG.address, UNREAD), policies=(policy(),)), UNKNOWN),
    ("a realm has no such numbers", facts(_REALM.world(), policies=(
        policy({"time_lock_seconds": 172_800}),)), UNKNOWN),
    ("moving", facts(replace(GOOD, moving=("the threshold changed",)), policies=(policy(),)),
     UNKNOWN),
    ("providers disagree on the multisig",
     facts(GOOD.reading(MULTISIG.address, TORN), policies=(policy(),)), DIVERGED),
)  # fmt: skip

# --- UA-05 ------------------------------------------------------------------------------------


def handover(**change: Any) -> LoaderEvent:
    """The loader's instruction of a rehearsal."""
    given = {
        "signature": SIGNATURE, "action": "SetAuthority", "slot": 900, "block_time": None,
        "succeeded": True, "inner": False, "authority": STRANGER,
        "new_authority": MULTISIG.vault(), "fee_payer": STRANGER, "programdata": PROGRAMDATA,
    }  # fmt: skip
    return LoaderEvent(**{**given, **change})


def rehearsed(*changes: LoaderEvent, **more: Any) -> tuple[tuple[str, Read[Rehearsed]], ...]:
    """The transaction that the path names, as it was read."""
    given = {
        "signature": SIGNATURE, "slot": 900, "block_time": 1_767_000_000, "succeeded": True,
        "changes": changes, "inner_recorded": True,
    }  # fmt: skip
    read = Found(Rehearsed(**{**given, **more}), on_chain("rehearsal"))
    return ((SIGNATURE, read),)


def _path(document: Document | None = None, rehearsals: Any = None, world: World = GOOD) -> Any:
    return facts(
        world,
        paths=(path() if document is None else document,),
        rehearsals=rehearsed(handover()) if rehearsals is None else rehearsals,
    )


_ELSEWHERE = derived("ProgramData of another program")
_OF_ANOTHER = handover(programdata=_ELSEWHERE)


def _beside(first: Document) -> Any:
    """Two programs in scope, each with a path; the rehearsal moved the second's authority."""
    from privatedao_audit.domains.custody.facts import ProgramCustody

    given = facts(
        paths=(first, replace(first, program="second")),
        rehearsals=rehearsed(handover(programdata=programdata_address(CONTROLLER))),
    )
    second = ProgramCustody("second", CONTROLLER, given.programs[0].links, ())
    return replace(given, programs=(*given.programs, second))


_UA_05: tuple[tuple[str, Any, Status], ...] = (
    ("owned, dated, described and rehearsed", _path(), ATTESTED),
    ("the rehearsal gave the authority up",
     _path(None, rehearsed(handover(new_authority=None))), ATTESTED),
    ("the program is named as well", _path(path({"rehearsal_program": GOVERNANCE})), ATTESTED),
    ("carried out through the controller", _path(None, rehearsed(handover(
        authority=MULTISIG.vault(), new_authority=STRANGER, inner=True))), ATTESTED),
    ("another program's authority moved in the same transaction",
     _path(None, rehearsed(_OF_ANOTHER, handover())), ATTESTED),
    ("immutable program", facts(IMMUTABLE), NA),
    ("the rehearsal failed on chain", _path(None, rehearsed(handover(), succeeded=False)), FAIL),
    ("the rehearsal is some other transaction", _path(None, rehearsed()), FAIL),
    ("the rehearsal handed the authority to its holder",
     _path(None, rehearsed(handover(new_authority=STRANGER))), FAIL),
    ("rehearsed on a program out of scope, or a buffer", _path(None, rehearsed(_OF_ANOTHER)), FAIL),
    ("the program out of scope is named", _path(
        path({"rehearsal_program": STRANGER}), rehearsed(_OF_ANOTHER)), FAIL),
    ("another program is named than was moved", _path(path({"rehearsal_program": STRANGER})), FAIL),
    ("it moved the authority over another program in scope, which the path does not name",
     _beside(path()), FAIL),
    ("it moved the authority over another program in scope, and the path says so",
     _beside(path({"rehearsal_program": CONTROLLER})), ATTESTED),
    ("the hand-over in it was refused", _path(None, rehearsed(handover(succeeded=False))), FAIL),
    ("dated after it was read", _path(path({"date": "2026-02-01"})), FAIL),
    ("dated long ago", _path(path(_OLD_DATE)), STALE),
    ("untouched in git for years",
     _path(path(changed=Found(LONG_AGO, in_checkout("git")))), STALE),
    ("the rehearsal was years ago",
     _path(None, rehearsed(handover(), block_time=1_600_000_000)), STALE),
    ("no owner", _path(path({"owner": None})), MISSING),
    ("no date", _path(path({"date": None})), MISSING),
    ("no steps", _path(path({"steps": []})), MISSING),
    ("no rehearsal", _path(path({"rehearsal_signature": None})), MISSING),
    ("a rehearsal of no cluster", _path(path({"rehearsal_cluster": None})), MISSING),
    ("the file is not in the checkout",
     _path(path(read=ProvenAbsent(in_checkout("paper.json")))), MISSING),
    ("no path is mapped", facts(), UNKNOWN),
    ("no checkout", _path(path(read=UNREAD)), UNKNOWN),
    ("rehearsed on another cluster, of no program",
     _path(path({"rehearsal_cluster": "devnet"})), MISSING),
    ("rehearsed on another cluster", _path(path(
        {"rehearsal_cluster": "devnet", "rehearsal_program": GOVERNANCE})), UNKNOWN),
    ("no provider has the transaction", _path(None, ((SIGNATURE, UNREAD),)), UNKNOWN),
    ("the transaction was not asked for", _path(None, ()), UNKNOWN),
    ("another transaction was read",
     _path(None, rehearsed(handover(), signature="4" * 87)), UNKNOWN),
    ("inner calls were not recorded", _path(None, rehearsed(inner_recorded=False)), UNKNOWN),
    ("another program's authority moved, and inner calls were not recorded",
     _path(None, rehearsed(_OF_ANOTHER, inner_recorded=False)), UNKNOWN),
    ("when it landed is not known", _path(None, rehearsed(handover(), block_time=None)), UNKNOWN),
    ("moving", _path(world=replace(GOOD, moving=("the authority changed",))), UNKNOWN),
    ("providers disagree on the file",
     _path(path(read=Diverged("two files", in_checkout("paper.json")))), DIVERGED),
    ("the signature is none", _path(path({"rehearsal_signature": "done in May"})), UNKNOWN),
)  # fmt: skip

CASES: tuple[Case, ...] = (
    *cases_kinds.CASES,
    *(Case("UA-06", name, given, status) for name, given, status in _UA_06),
    *(Case("UA-02", name, given, status) for name, given, status in _UA_02),
    *(Case("UA-05", name, given, status) for name, given, status in _UA_05),
    *cases_others.CASES,
)
