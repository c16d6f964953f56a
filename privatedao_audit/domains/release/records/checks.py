"""The checks of the records of a release: commit, build, tests, logs and hash lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from privatedao_audit.domains.release.records.commands import commands
from privatedao_audit.domains.release.records.commit import frozen, recorded
from privatedao_audit.domains.release.records.dates import built
from privatedao_audit.domains.release.records.followed import followed
from privatedao_audit.domains.release.records.retained import retained
from privatedao_audit.model.finding import Judgement, Part, judgement
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.status import Status

if TYPE_CHECKING:
    from privatedao_audit.domains.release.facts import ProgramRelease, ReleaseFacts

_NOTHING = "There is no program in scope."


def _over(
    facts: ReleaseFacts, parts: Callable[[ProgramRelease, ReleaseFacts], list[Part]], good: str
) -> Judgement:
    every = [part for program in facts.programs for part in parts(program, facts)]
    attested = [part.summary for part in every if part.status is Status.ATTESTED]
    # What is only somebody's word is said in the summary, even where nothing is wrong.
    return judgement(every, good=attested[0] if attested else good, nothing=_NOTHING)


def rc_01(facts: ReleaseFacts, limits: Limits) -> Judgement:
    """All current release records name one full commit id. It is in the history, a branch or tag
    reaches it, a tag that a record names stands for it, and the checkout descends from it. The
    program's crate, the crates of this repository it is built from, Cargo.toml, Cargo.lock,
    Anchor.toml, toolchain files and what else cargo is told to read are the same in that commit,
    in HEAD and on disk, and nothing untracked lies where a build reads it. A shallow clone, a
    link or submodule among the sources, and a manifest that can't be read are UNKNOWN."""
    good = "The release commit is frozen: what decides about the build is as it was."
    return _over(facts, frozen, good)


def rc_03(facts: ReleaseFacts, limits: Limits) -> Judgement:
    """A retained record of `anchor build` states command, commit, clean tree, tools, times, exit
    code 0, log, artifact hash and that the command wrote the artifact: the commit is the release
    commit, the log has the recorded hash and shows that a release build finished, and the hash is
    that of the executable that runs. A bare log, a record that lacks one of these, or one around
    a build that left the artifact as it lay is ATTESTED."""
    return _over(
        facts, lambda p, f: commands("build", p, f),
        "The build is recorded, and what it made is what runs.",
    )  # fmt: skip


def rc_04(facts: ReleaseFacts, limits: Limits) -> Judgement:
    """A retained record of `cargo test` at the release commit, in a clean tree, with exit code 0;
    its log has the recorded hash and shows by its own counts that tests ran and none failed, as
    many as the record says; a command that leaves the program's own crate out fails. A bare log,
    a record that lacks one of these, and a log in which tests were filtered out, or that names no
    test binary of the program's own crate, is ATTESTED."""
    return _over(
        facts, lambda p, f: commands("test", p, f),
        "The tests are recorded, and their log shows them passing.",
    )  # fmt: skip


def rc_05(facts: ReleaseFacts, limits: Limits) -> Judgement:
    """A retained record of the review-surface verification at the release commit, in a clean
    tree, with exit code 0 and a log of the recorded hash. A file that only says so is ATTESTED,
    and so is a shell's line in which a failure may go unseen, and a record whose script reads only
    files that it has written itself; such a script is named with the lines that show it."""
    return _over(
        facts, lambda p, f: commands("verification", p, f),
        "The verification is recorded with its log.",
    )  # fmt: skip


def rc_06(facts: ReleaseFacts, limits: Limits) -> Judgement:
    """A record says who followed which guide of the checkout, when and by which steps, and names
    transactions. Each exists on this cluster, succeeded, invokes the program in scope after the
    recorded deployment, and is signed by nobody of the team: no key that the target or a register
    of the checkout gives a part in the operation, no upgrade authority, no member of its multisig.
    Signatures of another cluster are UNKNOWN, and so is what ran if the time of the deployment is
    not known."""
    return _over(facts, followed, "The guide was followed, and the transactions say so.")


def rc_07(facts: ReleaseFacts, limits: Limits) -> Judgement:
    """Every file that a hash list names has the listed hash and length at the release commit, or,
    where that commit does not have it, in the working tree; the stated aggregate is that of the
    rows. Every retained file and every log that a record names exists with its recorded hash; one
    that is named without a hash is ATTESTED. A release record that was read, and one log at least
    that a record or list names, are among them, or that is UNKNOWN."""
    return _over(facts, retained, "Everything that lists and records name is retained.")


def rc_10(facts: ReleaseFacts, limits: Limits) -> Judgement:
    """The release record names one full commit id that is in the history, and every other record
    that names a commit names the same one. A verified-build record of the upgrade authority on
    chain, made for what runs, must name it too; one by the verification service is shown with its
    uploader and believed by nobody's word."""
    return _over(facts, recorded, "Every record that names a commit names the release commit.")


def rc_11(facts: ReleaseFacts, limits: Limits) -> Judgement:
    """The records say when the release was built, in RFC 3339 with an offset from UTC: not before
    the release commit was made, not after the block time of the recorded deployment, and not
    after the moment at which the record was read."""
    return _over(facts, built, "Committed, then built, then deployed.")


CHECKS: dict[str, Callable[[Any, Limits], Judgement]] = {
    "RC-01": rc_01,
    "RC-03": rc_03,
    "RC-04": rc_04,
    "RC-05": rc_05,
    "RC-06": rc_06,
    "RC-07": rc_07,
    "RC-10": rc_10,
    "RC-11": rc_11,
}
