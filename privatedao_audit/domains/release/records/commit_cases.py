"""Cases of the release commit in the history and in every record, for RC-01 and RC-10."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from privatedao_audit.chain.layouts.otter_verify import OTTER_SIGNER
from privatedao_audit.domains.authority.world import STRANGER
from privatedao_audit.domains.release.records.command_cases import (
    UNREAD_CODE,
    Rows,
)
from privatedao_audit.domains.release.records.facts import PublishedBuild
from privatedao_audit.domains.release.records.sound import (
    AS_READ,
    AUTHORITY,
    COMMIT,
    GONE,
    GOOD,
    OTHER,
    TORN,
    UNREAD,
    WORLD,
    Records,
    found,
    published,
    ran,
    tree,
    verified,
)
from privatedao_audit.model.status import Status

FAIL, PASS, UNKNOWN = Status.FAIL, Status.PASS, Status.UNKNOWN
MISSING, DIVERGED, ATTESTED = Status.MISSING, Status.DIVERGED, Status.ATTESTED

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


RC_01: Rows = (
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


def _published(*given: PublishedBuild) -> Records:
    return replace(GOOD, published=given)


RC_10: Rows = (
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
    (
        "a verification of another commit",
        replace(GOOD, verifications=(verified({"commit": OTHER}),)),
        FAIL,
    ),
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
