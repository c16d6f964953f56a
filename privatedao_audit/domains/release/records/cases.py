"""Cases of the records of a release: sound ones, and every way found to make them worth less."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from privatedao_audit.chain.layouts.otter_verify import OTTER_SIGNER
from privatedao_audit.domains.authority.world import STRANGER
from privatedao_audit.domains.cases import Case
from privatedao_audit.domains.release.provenance.facts import Register
from privatedao_audit.domains.release.records.command_cases import (
    RC_03,
    RC_04,
    RC_05,
    UNREAD_CODE,
    Rows,
)
from privatedao_audit.domains.release.records.facts import Digest, ListedFiles, PublishedBuild
from privatedao_audit.domains.release.records.sound import (
    AS_READ,
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
    published,
    ran,
    register,
    signature,
    tree,
    verified,
)
from privatedao_audit.model.status import Status
from privatedao_audit.repository.hashlists import Listed, aggregate_of

FAIL, PASS, UNKNOWN = Status.FAIL, Status.PASS, Status.UNKNOWN
MISSING, DIVERGED, ATTESTED = Status.MISSING, Status.DIVERGED, Status.ATTESTED

_EMPTY = Digest(hashlib.sha256(b"").hexdigest(), 0)
#: Nothing on chain says who is of the team.
_NO_TEAM = replace(GOOD, world=replace(WORLD.program(authority=None), multisigs=()), team={})
_EXTENDED = WORLD.program(slot=300, padding=10_240)

#: Cases in which the release commit is not settled.
_UNSETTLED: Rows = (
    ("no release record", replace(GOOD, record=()), UNKNOWN),
    ("the release record can't be read", GOOD.saying({}, read=UNREAD), UNKNOWN),
    ("the release record is not in the checkout", GOOD.saying({}, read=GONE), MISSING),
    ("no commit stated", GOOD.saying({"release_commit": None}), MISSING),
    ("a shortened commit id", GOOD.saying({"release_commit": "aaaaaaa"}), FAIL),
    ("a branch for a commit", GOOD.saying({"release_commit": "main"}), FAIL),
    ("a record of another cluster", GOOD.saying({"cluster": "devnet"}), FAIL),
    ("two records that disagree", GOOD.also({"release_commit": OTHER}), FAIL),
    ("copies of the release record differ", GOOD.saying({}, read=TORN), DIVERGED),
    ("a second record that can't be read", GOOD.also({}, read=UNREAD), UNKNOWN),
)


def _both_trees(change: Mapping[str, str | None], **more: Any) -> Records:
    return GOOD.frozen(released=tree(change), checked_out=tree(change), **more)


_RC_01: Rows = (
    *_UNSETTLED,
    ("frozen", GOOD, PASS),
    ("the commit in upper case", GOOD.saying({"release_commit": COMMIT.upper()}), PASS),
    ("two records that agree", GOOD.also({}), PASS),
    (
        "an archived record of another commit",
        GOOD.also({"release_commit": OTHER}, state="archived"),
        PASS,
    ),
    ("a tag of that commit", GOOD.frozen(tags={"v1": found(AS_READ, "v1")}), PASS),
    ("documents changed since", GOOD.frozen(checked_out=tree()), PASS),
    ("no such commit", GOOD.frozen(known=GONE, refs=UNREAD, descends=UNREAD), FAIL),
    ("no branch or tag reaches it", GOOD.frozen(refs=found(())), FAIL),
    ("the checkout does not descend from it", GOOD.frozen(descends=found(False)), FAIL),
    (
        "a source changed since",
        GOOD.frozen(checked_out=tree({"programs/governance/src/lib.rs": "f9"})),
        FAIL,
    ),
    (
        "a source came since",
        GOOD.frozen(checked_out=tree({"programs/governance/src/more.rs": "f9"})),
        FAIL,
    ),
    ("the lock file changed since", GOOD.frozen(checked_out=tree({"Cargo.lock": "f9"})), FAIL),
    (
        "a toolchain file came since",
        GOOD.frozen(released=tree({"rust-toolchain.toml": None})),
        FAIL,
    ),
    (
        "cargo's configuration came since",
        GOOD.frozen(checked_out=tree({".cargo/config.toml": "f9"})),
        FAIL,
    ),
    (
        "a source became a link to its own content",
        GOOD.frozen(checked_out=tree({"programs/governance/src/lib.rs": "symlink:f1"})),
        FAIL,
    ),
    ("the crate is elsewhere at the release commit", GOOD.frozen(crates=("programs/other",)), FAIL),
    (
        "a source changed on disk",
        GOOD.frozen(dirty=found(("programs/governance/src/lib.rs",))),
        FAIL,
    ),
    (
        "an untracked module among the sources",
        GOOD.frozen(stray=found(("programs/governance/src/hook.rs",))),
        FAIL,
    ),
    (
        "the tag stands for another commit",
        GOOD.frozen(tags={"v1": found(replace(AS_READ, commit=OTHER), "v1")}),
        FAIL,
    ),
    ("the tag is not there", GOOD.frozen(tags={"v1": GONE}), FAIL),
    ("the commit's own id for a tag", GOOD.frozen(tags={COMMIT: found(AS_READ)}), FAIL),
    (
        "the fourth tag stands for another commit",
        GOOD.frozen(
            tags={"v1": found(AS_READ), "v2": found(AS_READ), "v3": found(AS_READ),
                  "v4": found(replace(AS_READ, commit=OTHER))}
        ),
        FAIL,
    ),
    (
        "a source is a link, then and now",
        _both_trees({"programs/governance/src/shared": "symlink:f9"}),
        UNKNOWN,
    ),
    (
        "a crate that it is built from is a submodule, then and now",
        _both_trees(
            {"crates/math": "submodule:f9"}, crates=("programs/governance", "crates/math")
        ),
        UNKNOWN,
    ),
    ("a manifest that can't be read", GOOD.frozen(gap="Cargo.toml could not be read"), UNKNOWN),
    (
        "a tag object's id for a commit",
        GOOD.frozen(known=found(replace(AS_READ, commit=OTHER))),
        FAIL,
    ),
    (
        "no toolchain file, then or now",
        GOOD.frozen(
            released=tree({"rust-toolchain.toml": None}),
            checked_out=tree({"rust-toolchain.toml": None}),
        ),
        PASS,
    ),
    (
        "no lock file, then or now",
        GOOD.frozen(released=tree({"Cargo.lock": None}), checked_out=tree({"Cargo.lock": None})),
        MISSING,
    ),
    ("a shallow clone", GOOD.frozen(shallow=found(True)), UNKNOWN),
    ("the history can't be read", GOOD.frozen(known=UNREAD), UNKNOWN),
    ("the refs can't be followed", GOOD.frozen(refs=UNREAD), UNKNOWN),
    ("whether it descends is not known", GOOD.frozen(descends=UNREAD), UNKNOWN),
    ("the commit's tree can't be read", GOOD.frozen(released=UNREAD), UNKNOWN),
    ("the working tree can't be compared", GOOD.frozen(dirty=UNREAD), UNKNOWN),
    ("untracked files can't be listed", GOOD.frozen(stray=UNREAD), UNKNOWN),
    ("no source is mapped", GOOD.frozen(crates=()), UNKNOWN),
    ("the commit was not looked for", replace(GOOD, freeze=None), UNKNOWN),
)


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


def _published(*given: PublishedBuild) -> Records:
    return replace(GOOD, published=given)


_RC_10: Rows = (
    *_UNSETTLED,
    ("the same in every record", GOOD, PASS),
    ("the service's record names it", _published(published()), PASS),
    ("the authority's record names it", _published(published(signer=str(AUTHORITY))), PASS),
    ("the service's record names another", _published(published(commit=OTHER)), PASS),
    (
        "the authority's record of an earlier deployment",
        _published(published(signer=str(AUTHORITY), commit=OTHER, deployed_slot=9)),
        PASS,
    ),
    (
        "the authority's record names another",
        _published(published(signer=str(AUTHORITY), commit=OTHER)),
        FAIL,
    ),
    (
        "the authority's record names another, and somebody extended the program since",
        replace(_published(published(signer=str(AUTHORITY), commit=OTHER)), world=_EXTENDED),
        FAIL,
    ),
    (
        "the authority's record names another, and the code's age is not known",
        replace(
            _published(published(signer=str(AUTHORITY), commit=OTHER)),
            world=_EXTENDED, history=UNREAD,
        ),
        UNKNOWN,
    ),
    (
        "a stranger's record under the service's address",
        _published(replace(published(signer=STRANGER), signer=OTTER_SIGNER)),
        FAIL,
    ),
    ("a record of another program", _published(published(program=STRANGER)), FAIL),
    ("a build record of another commit", GOOD.having(ran("build", {"commit": OTHER})), FAIL),
    ("a test record of a shortened commit", GOOD.having(ran("test", {"commit": "aaaaaaa"})), FAIL),
    ("a verification of another commit", _verified({"commit": OTHER}), FAIL),
    ("no such commit", GOOD.frozen(known=GONE), FAIL),
    ("the history can't be read", GOOD.frozen(known=UNREAD), UNKNOWN),
    ("a test record can't be read", GOOD.having(ran("test", read=UNREAD)), UNKNOWN),
    ("whether there is a record on chain is not known", _published(published(UNREAD)), UNKNOWN),
    ("providers disagree on the record", _published(published(TORN)), DIVERGED),
    (
        "a record on chain, and nothing to hold against it",
        replace(_published(published()), world=UNREAD_CODE.world),
        UNKNOWN,
    ),
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
        "RC-01": _RC_01, "RC-03": RC_03, "RC-04": RC_04, "RC-05": RC_05, "RC-06": _RC_06,
        "RC-07": _RC_07, "RC-10": _RC_10, "RC-11": _RC_11,
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
