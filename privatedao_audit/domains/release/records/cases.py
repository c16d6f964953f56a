"""Cases of the records of a release: sound ones, and every way found to make them worth less."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from privatedao_audit.domains.authority.world import STRANGER
from privatedao_audit.domains.cases import Case
from privatedao_audit.domains.release.provenance.facts import Register
from privatedao_audit.domains.release.records.command_cases import (
    RC_03,
    RC_04,
    RC_05,
    Rows,
)
from privatedao_audit.domains.release.records.commit_cases import RC_01, RC_10
from privatedao_audit.domains.release.records.facts import Digest, ListedFiles
from privatedao_audit.domains.release.records.sound import (
    AUTHORITY,
    COMMIT,
    DEPLOY,
    DEPLOYED,
    DEPLOYMENT,
    DEPOSIT,
    GONE,
    GOOD,
    HASH,
    LATER,
    LIB,
    MADE,
    OTHER,
    ROWS,
    TORN,
    UNREAD,
    VERIFIER,
    WORLD,
    Records,
    found,
    landed,
    listed,
    placed,
    ran,
    register,
    signature,
    verified,
)
from privatedao_audit.model.status import Status
from privatedao_audit.repository.hashlists import Listed, aggregate_of

FAIL, PASS, UNKNOWN = Status.FAIL, Status.PASS, Status.UNKNOWN
MISSING, DIVERGED, ATTESTED = Status.MISSING, Status.DIVERGED, Status.ATTESTED

_EMPTY = Digest(hashlib.sha256(b"").hexdigest(), 0)
#: Nothing on chain says who is of the team.
_NO_TEAM = replace(GOOD, world=replace(WORLD.program(authority=None), multisigs=()), team={})


def _verified(change: Mapping[str, Any] | None = None, **how: Any) -> Records:
    return replace(GOOD, verifications=(verified(change, **how),))


_RC_06: Rows = (
    ("followed", GOOD, PASS),
    ("dated to the second", _verified({"date": "2025-12-20T10:00:00+02:00"}), PASS),
    ("no commit named", _verified({"commit": None}), PASS),
    ("nothing is mapped", replace(GOOD, verifications=()), UNKNOWN),
    ("the record can't be read", _verified(read=UNREAD), UNKNOWN),
    ("the record is not in the checkout", _verified(read=GONE), MISSING),
    ("copies of the record differ", _verified(read=TORN), DIVERGED),
    ("nobody named", _verified({"verifier": None}), MISSING),
    ("no steps", _verified({"steps": []}), MISSING),
    ("no signatures", _verified({"signatures": []}), MISSING),
    ("no cluster named", _verified({"cluster": None}), MISSING),
    ("no guide named", _verified({"guide": None}), MISSING),
    ("the guide is not there", _verified(guide=GONE), MISSING),
    ("the guide is empty", _verified(guide=found(Digest(HASH, 0))), MISSING),
    ("of another commit", _verified({"commit": OTHER}), FAIL),
    ("dated before the commit", _verified({"date": "2025-01-01"}), FAIL),
    ("dated in the future", _verified({"date": "2027-01-01"}), FAIL),
    ("no date at all", _verified({"date": "last spring"}), FAIL),
    ("on another cluster", _verified({"cluster": "devnet"}), UNKNOWN),
    ("the transaction is not returned", _verified(transaction=UNREAD), UNKNOWN),
    ("the transaction is absent, which proves nothing", _verified(transaction=GONE), UNKNOWN),
    ("providers disagree on the transaction", _verified(transaction=TORN), DIVERGED),
    ("it invokes another program", _verified(transaction=landed(invoked=(STRANGER,))), FAIL),
    ("it landed before the commit", _verified(transaction=landed(block_time=MADE - 1)), FAIL),
    ("it ran the code before the release", _verified(
        transaction=landed(block_time=DEPLOYED - 1)), FAIL),
    ("when the release was deployed is not known", replace(GOOD, deployed=UNREAD), UNKNOWN),
    ("no deployment is recorded", replace(GOOD, record=GOOD.saying(
        {"deployment_signature": None}).record, deployed=GONE), UNKNOWN),
    ("what is recorded as the deployment only extended", replace(GOOD, deployment=replace(
        GOOD.deployment, action="ExtendProgram")), UNKNOWN),
    ("it failed", _verified(transaction=landed(succeeded=False)), FAIL),
    (
        "what it calls inside is not known",
        _verified(transaction=landed(invoked=(STRANGER,), inner_recorded=False)),
        UNKNOWN,
    ),
    ("signed by the team", _verified(transaction=landed(signers=(STRANGER,))), FAIL),
    ("signed by the upgrade authority", _verified(
        transaction=landed(signers=(VERIFIER, str(AUTHORITY)))), FAIL),
    ("signed by a member of the multisig", _verified(
        transaction=landed(signers=(WORLD.multisigs[0].members[0].key,))), FAIL),
    ("signed by a key of the signer register", replace(
        GOOD, registers=(register("release engineer"),)), FAIL),
    ("signed by a reviewer of the signer register", replace(
        GOOD, registers=(register("external reviewer"),)), PASS),
    ("a reviewer who is a signer too", replace(
        GOOD, registers=(register("reviewer", "multisig member"),)), FAIL),
    ("the signer register can't be read", replace(
        GOOD, registers=(Register("signers.json", UNREAD),)), UNKNOWN),
    ("nobody of the team is known", _NO_TEAM, UNKNOWN),
    ("the verifier is the operator", replace(
        _verified({"verifier": " Ada  Release"}).saying({"operator": "ada release"})), FAIL),
    ("the verifier is the operator, with a sign that nobody sees", _verified(
        {"verifier": "Ada\u200b Release\u00ad"}).saying({"operator": "ada release"}), FAIL),
    ("the verifier owns a key of the team", replace(
        GOOD, registers=(register("engineer", key=STRANGER, owner="Somebody Else"),)), FAIL),
    ("somebody else owns a key of the team", replace(
        GOOD, registers=(register("engineer", key=STRANGER, owner="Ada Release"),)), PASS),
    ("the verifier is a blank", _verified({"verifier": " \u200b"}), MISSING),
    ("the steps are blanks", _verified({"steps": [" ", "-"]}), MISSING),
    ("its block has no time", _verified(transaction=landed(block_time=None)), UNKNOWN),
    ("what is named is no signature", _verified({"signatures": ["see the log"]}), FAIL),
    (
        "a signature that was not looked up",
        _verified({"signatures": [DEPOSIT, signature("another")]}),
        FAIL,
    ),
)


def _lists(*given: ListedFiles) -> Records:
    return replace(GOOD, lists=given)


_RC_07: Rows = (
    ("everything is retained", GOOD, PASS),
    ("changed since, and listed as released", _lists(listed(now={"lib.rs": found(LATER)})), PASS),
    (
        "hashes in upper case are read in lower case",
        _lists(listed(aggregate=aggregate_of(ROWS).upper())),
        PASS,
    ),
    ("no aggregate", _lists(listed(aggregate=None)), PASS),
    ("retained files with their hashes", _lists(listed(part="retained-files")), PASS),
    (
        "other content at the release commit",
        _lists(listed(released={"lib.rs": found(LATER)})),
        FAIL,
    ),
    (
        "listed as it is now, not as released",
        _lists(
            listed(
                (replace(ROWS[0], sha256=LATER.sha256, length=LATER.length), ROWS[1]),
                now={"lib.rs": found(LATER)},
            )
        ),
        FAIL,
    ),
    ("a retained log with other content", _lists(listed(now={"build.log": found(LIB)})), FAIL),
    ("another length than listed", _lists(listed((replace(ROWS[0], length=9), ROWS[1]))), FAIL),
    ("an aggregate of other rows", _lists(listed(aggregate="0" * 64)), FAIL),
    ("half a hash", _lists(listed((replace(ROWS[0], sha256=None, malformed=True),))), FAIL),
    ("a file that is nowhere", _lists(listed(now={"build.log": GONE})), MISSING),
    (
        "a retained file that is gone",
        _lists(listed(part="retained-files", now={"lib.rs": GONE})),
        MISSING,
    ),
    (
        "a retained file that is empty",
        _lists(
            listed(
                (Listed("lib.rs", None, None),),
                part="retained-files",
                now={"lib.rs": found(Digest(HASH, 0))},
            )
        ),
        MISSING,
    ),
    (
        "retained files without hashes",
        _lists(listed((Listed("lib.rs", None, None),), part="retained-files")),
        ATTESTED,
    ),
    ("a list without hashes", _lists(listed((Listed("lib.rs", None, None),))), ATTESTED),
    ("a list of nothing", _lists(listed(())), UNKNOWN),
    ("a retained log that is empty, with the right hash", _lists(listed(
        (Listed("lib.rs", LIB.sha256, LIB.length), Listed("build.log", _EMPTY.sha256, 0)),
        now={"build.log": found(_EMPTY)})), MISSING),
    ("an empty file that is the release's", _lists(listed(
        (Listed("lib.rs", _EMPTY.sha256, 0),), now={"lib.rs": found(_EMPTY)},
        released={"lib.rs": found(_EMPTY)})), PASS),
    ("another length, and no hash", _lists(listed((Listed("lib.rs", None, 9),))), FAIL),
    ("a record with two logs", GOOD.having(replace(
        ran("build", {"log": ["build.log", "more.log"]}), log=None)), UNKNOWN),
    ("the tree moved on, and the release commit is not settled", replace(
        _lists(listed(now={"lib.rs": found(LATER)})), record=()), UNKNOWN),
    ("another algorithm", _lists(listed(algorithm="md5")), UNKNOWN),
    ("the list can't be read", _lists(listed(read=UNREAD)), UNKNOWN),
    ("the list is not in the checkout", _lists(listed(read=GONE)), MISSING),
    ("a file can't be read", _lists(listed(released={"lib.rs": UNREAD})), UNKNOWN),
    ("copies of a file differ", _lists(listed(released={"lib.rs": TORN})), DIVERGED),
    ("the release commit is not settled", replace(GOOD, record=()), UNKNOWN),
    ("nothing is mapped", replace(GOOD, lists=(), commands=()), UNKNOWN),
    ("a record that may name a log can't be read", GOOD.having(ran("build", read=UNREAD)), UNKNOWN),
    ("a recorded log is gone", GOOD.having(ran("build", log=GONE)), MISSING),
    ("a recorded log is another", GOOD.having(ran("build", {"log_sha256": "0" * 64})), FAIL),
    ("a recorded log without its hash", GOOD.having(ran("build", {"log_sha256": None})), ATTESTED),
    ("a recorded log that can't be read", GOOD.having(ran("build", log=UNREAD)), UNKNOWN),
)


_AT = "2025-12-17T20:33:20Z"


def _built(text: str | None) -> Records:
    return GOOD.saying({"built_at": text})


_RC_11: Rows = (
    ("committed, built, deployed", GOOD, PASS),
    ("with another offset", _built("2025-12-17T22:33:20+02:00"), PASS),
    ("at the second of its commit", _built("2025-12-17T19:33:20Z"), PASS),
    ("before its commit", _built("2025-12-17T19:33:19Z"), FAIL),
    ("after the deployment", _built("2025-12-19T00:00:00Z"), FAIL),
    ("in the future", replace(_built("2027-01-01T00:00:00Z"), deployed=1_900_000_000), FAIL),
    ("a day", _built("2025-12-18"), FAIL),
    ("without its offset", _built("2025-12-17T20:33:20"), FAIL),
    ("in words", _built("last Tuesday"), FAIL),
    ("a thirteenth month", _built("2025-13-17T20:33:20Z"), FAIL),
    (
        "a build record that says later than deployed",
        GOOD.having(ran("build", {"finished_at": "2025-12-20T00:00:00Z"})),
        FAIL,
    ),
    ("no time stated", _built(None), MISSING),
    (
        "no place for a time is mapped",
        replace(
            GOOD,
            commands=(),
            record=(placed("release-record", {"release_commit": COMMIT}, "release.json"),),
        ),
        MISSING,
    ),
    ("nothing is mapped", replace(GOOD, record=(), commands=()), UNKNOWN),
    ("the record can't be read", GOOD.saying({}, read=UNREAD), UNKNOWN),
    ("the record is not in the checkout", GOOD.saying({}, read=GONE), MISSING),
    ("copies of the record differ", GOOD.saying({}, read=TORN), DIVERGED),
    ("the commit can't be read", GOOD.frozen(known=UNREAD), UNKNOWN),
    ("no such commit", GOOD.frozen(known=GONE), FAIL),
    ("the deployment is not returned", replace(GOOD, deployed=UNREAD), UNKNOWN),
    ("the deployment's block has no time", replace(GOOD, deployed=None), UNKNOWN),
    ("two deployments recorded", GOOD.also({"deployment_signature": signature("two")}), UNKNOWN),
    ("the recorded transaction deploys another program", replace(
        GOOD, deployment=replace(DEPLOYMENT, programdata=STRANGER)), UNKNOWN),
    ("the recorded transaction only extends", replace(
        GOOD, deployment=replace(DEPLOYMENT, action="ExtendProgram")), UNKNOWN),
    ("a second record, which may name a deployment, can't be read", GOOD.also({}, read=UNREAD),
     UNKNOWN),
    ("a second record of another cluster gives the time", replace(GOOD, record=(
        placed("release-record", {"release_commit": COMMIT, "deployment_signature": DEPLOY},
               "release.json"),
        placed("release-record", {"cluster": "devnet", "built_at": _AT}, "built.json"))), FAIL),
    ("providers disagree on the deployment", replace(GOOD, deployed=TORN), DIVERGED),
)

_EVERY: Mapping[str, Rows] = MappingProxyType(
    {
        "RC-01": RC_01, "RC-03": RC_03, "RC-04": RC_04, "RC-05": RC_05, "RC-06": _RC_06,
        "RC-07": _RC_07, "RC-10": RC_10, "RC-11": _RC_11,
    }
)  # fmt: skip


def made() -> tuple[Case, ...]:
    """Every case; built when asked for, since the domain's facts need this package first."""
    return tuple(
        Case(control, name, records.facts(), status)
        for control, rows in _EVERY.items()
        for name, records, status in rows
    )


CASES: tuple[Case, ...] = made()
