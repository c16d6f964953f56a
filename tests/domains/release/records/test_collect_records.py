"""Collecting the records of a release from a real checkout, down to the verdicts."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.cli import main
from privatedao_audit.domains.authority.world import CODE, GOVERNANCE, World
from privatedao_audit.domains.release import checks as release_checks
from privatedao_audit.domains.release import collect as release
from privatedao_audit.domains.sources import Sources
from privatedao_audit.evidence.questions import Answer, Question
from privatedao_audit.model.finding import Judgement
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.reads import Found, Unknown
from privatedao_audit.model.status import Status
from privatedao_audit.model.target import Surface, Wallet
from privatedao_audit.repository.resolver import RepositoryResolver
from tests.domains.node import DEPLOYER, Landed, Node
from tests.repository.conftest import Repo, _Live, resolver_of

WORLD = World()
PROGRAM = WORLD.programs[0]
KEY = str(DEPLOYER.pubkey())
DEPLOY = Landed(2, 100, (KEY, PROGRAM.programdata, GOVERNANCE, KEY, KEY, KEY, KEY, KEY),
                tail=(4_096).to_bytes(8, "little"))  # fmt: skip
BUILD_LOG = "    Finished `release` profile [optimized] target(s) in 4s\n"
TEST_LOG = ("     Running unittests src/lib.rs (target/debug/deps/gov-5f0c7a1e2b3d4c5f)\n\n"
            "running 1 test\ntest a ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; "
            "0 measured; 0 filtered out; finished in 0.01s\n")  # fmt: skip


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def surface(part: str, file: str, fields: dict[str, str] | None = None, **more: Any) -> Surface:
    given = {"part": part, "file": file, "format": "json", "program": "governance",
             "fields": fields or {}, **more}  # fmt: skip
    return Surface.model_validate(given)


def flat(part: str, file: str, *names: str) -> Surface:
    return surface(part, file, {name: f"/{name}" for name in names})


RAN = ("command", "commit", "tree_clean", "exit_code", "tools", "started_at", "finished_at", "log",
       "log_sha256")  # fmt: skip
SURFACES = (
    surface("source-declaration", "programs/gov/src/lib.rs", format="rust"),
    flat("release-record", "release.json", "release_commit", "built_at", "deployment_signature"),
    flat("build-record", "build.json", *RAN, "artifact_sha256", "artifact_written"),
    flat("test-record", "test.json", *RAN, "tests_run", "tests_failed"),
    flat("verification-record", "verify.json", *RAN),
    surface("hash-list", "hashes.json", {"path": "/path", "sha256": "/sha256"}, rows="/files"),
)


@dataclass
class Both:
    """Answers about the chain from an invented node, about the checkout from a real one."""

    node: Node
    root: Path | None
    clock: Callable[[], datetime] | None = None
    asked: list[Question] = field(default_factory=list)

    async def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        if question.kind in ("file", "git"):
            resolver = resolver_of(self.root)
            if self.clock is not None:
                resolver = RepositoryResolver(self.root, self.clock)
            return await _Live(resolver).ask(question)
        return await self.node.ask(question)


class Team:
    """A checkout with a release and its records."""

    def __init__(self, root: Path) -> None:
        self.repo = Repo(root)
        self.repo.write("programs/gov/src/lib.rs", f'declare_id!("{GOVERNANCE}");\n')
        self.repo.write("programs/gov/Cargo.toml", '[package]\nname = "gov"\n'
                        '[dependencies]\nmath = { path = "../../crates/math" }\n')  # fmt: skip
        self.repo.write("crates/math/Cargo.toml", '[package]\nname = "math"\n')
        self.repo.write("crates/math/src/lib.rs", "pub fn half(x: u64) -> u64 { x / 2 }\n")
        self.repo.write("Cargo.toml", '[workspace]\nmembers = ["programs/gov"]\n')
        self.repo.write("Cargo.lock", "version = 4\n")
        self.repo.write("Anchor.toml", "[toolchain]\n")
        self.commit = self.repo.commit("Version 1")
        self.made = self.repo.now
        self.records()

    def records(self, **change: Any) -> None:
        """Write the records anew, with some members changed, and commit them."""
        logs = {"build": BUILD_LOG, "test": TEST_LOG, "verify": "all identical\n"}
        commands = {"build": "anchor build", "test": "cargo test", "verify": "make verify"}
        for name, log in logs.items():
            self.repo.write(f"{name}.log", log)
            said = {
                "command": commands[name], "commit": self.commit, "tree_clean": True,
                "exit_code": 0, "tools": "anchor-cli 1.0.1", "started_at": "2023-11-15T00:00:00Z",
                "finished_at": "2023-11-15T00:01:00Z", "log": f"{name}.log",
                "log_sha256": digest(log), **change.get(name, {}),
            }  # fmt: skip
            if name == "build":
                said |= {"artifact_sha256": PROGRAM.sha256, "artifact_written": True}
            if name == "test":
                said |= {"tests_run": 1, "tests_failed": 0}
            self.repo.write(f"{name}.json", json.dumps(said))
        lib = f'declare_id!("{GOVERNANCE}");\n'
        rows = [{"path": "programs/gov/src/lib.rs", "sha256": digest(lib)},
                {"path": "build.log", "sha256": digest(BUILD_LOG)}]  # fmt: skip
        self.repo.write("hashes.json", json.dumps({"files": rows}))
        release_record = {"release_commit": self.commit, "built_at": "2023-11-15T00:01:00Z",
                          "deployment_signature": DEPLOY.signature,
                          **change.get("release", {})}  # fmt: skip
        self.repo.write("release.json", json.dumps(release_record))
        self.repo.commit("Records")

    def facts(self, surfaces: tuple[Surface, ...] = SURFACES, **more: Any) -> Any:
        node = Node({None: WORLD}, transactions=(DEPLOY, *more.pop("landed", ())))
        clock = more.pop("clock", None)
        target = WORLD.target().model_copy(update={"surfaces": surfaces, **more})
        return asyncio.run(
            release.collect(Sources(target, Both(node, self.repo.root, clock), ("first",)))
        )


def judged(facts: Any, control: str) -> Judgement:
    return release_checks.CHECKS[control](facts, Limits())


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path / "checkout")


@pytest.mark.parametrize("control", ["RC-01", "RC-03", "RC-04", "RC-05", "RC-07", "RC-10"])
def test_a_sound_release_is_collected_from_bytes_to_verdict(team: Team, control: str) -> None:
    said = judged(team.facts(), control)
    assert said.status is Status.PASS, [(p.label, p.summary) for p in said.parts]
    for part in said.parts:
        assert part.at.evidence


def test_crates_that_the_program_is_built_from_are_frozen_with_it(team: Team) -> None:
    (freeze,) = team.facts().records.programs[0].freezes
    assert freeze.crates == ("programs/gov", "crates/math")

    team.repo.commit("half", crates__math__src__lib=b"")
    team.repo.write("crates/math/src/lib.rs", "pub fn half(x: u64) -> u64 { x }\n")
    team.repo.commit("double")

    said = judged(team.facts(), "RC-01")
    assert said.status is Status.FAIL
    assert "crates/math/src/lib.rs" in said.summary


def test_a_path_that_leads_out_of_the_checkout_is_not_known_to_be_frozen(team: Team) -> None:
    team.repo.write("crates/math/Cargo.toml", '[dependencies]\nx = { path = "../../../x" }\n')
    team.commit = team.repo.commit("outside")
    team.records()
    assert judged(team.facts(), "RC-01").status is Status.UNKNOWN


def test_workspace_dependencies_and_patches_are_followed(team: Team) -> None:
    team.repo.write("Cargo.toml", '[workspace.dependencies]\nmath = { path = "crates/math" }\n'
                    '[patch.crates-io]\nsha = { path = "vendor/sha" }\n')  # fmt: skip
    team.repo.write("programs/gov/Cargo.toml", '[package]\nname = "gov"\n[dependencies]\n'
                    "math = { workspace = true }\n")  # fmt: skip
    team.repo.write("vendor/sha/src/lib.rs", "")
    team.commit = team.repo.commit("workspace")
    team.records()
    (freeze,) = team.facts().records.programs[0].freezes
    assert set(freeze.crates) == {"programs/gov", "crates/math", "vendor/sha"}


#: (what is committed before the release, what changes after it): each changes what is built.
_ROUNDABOUT: tuple[tuple[dict[str, str], str], ...] = (
    ({"Cargo.toml": '[replace]\n"sha:1.0.0" = { path = "vendor/sha" }\n'}, "vendor/sha/src/lib.rs"),
    ({".cargo/config.toml": '[source.vendored]\ndirectory = "vendor"\n'}, "vendor/sha/src/lib.rs"),
    ({".cargo/config": 'paths = ["vendor/sha"]\n'}, "vendor/sha/src/lib.rs"),
    ({"programs/.cargo/config.toml": '[patch.crates-io]\nsha = { path = "../vendor/sha" }\n'},
     "vendor/sha/src/lib.rs"),
    ({".cargo/config.toml": '[build]\nrustc-wrapper = "tools/wrap.sh"\n'}, "tools/wrap.sh"),
    ({"programs/Cargo.toml": "[workspace]\n"}, "programs/Cargo.lock"),
    ({}, "programs/rust-toolchain.toml"),
    ({"programs/gov/Cargo.toml": '[package]\nname = "gov"\nbuild = "../build.rs"\n'},
     "programs/build.rs"),
    ({"programs/gov/Cargo.toml": '[package]\nname = "gov"\n[lib]\npath = "../code/lib.rs"\n'},
     "programs/code/more.rs"),
    ({"programs/gov/Cargo.toml": '[package]\nname = "gov"\n'
      "[target.'cfg(unix)'.build_dependencies]\nsha = { path = \"../../vendor/sha\" }\n"},
     "vendor/sha/src/lib.rs"),
    ({"programs/gov/src/lib.rs": '#[path = "../../code/mod.rs"]\nmod code;\n'},
     "programs/code/more.rs"),
    ({"programs/gov/src/lib.rs": 'const K: &[u8] = include_bytes!("../../../tools/wrap.sh");\n'},
     "tools/wrap.sh"),
    ({"programs/gov/src/lib.rs": 'core::include!{"../../code/mod.rs"}\n',
      "programs/code/mod.rs": 'include!("../../tools/wrap.sh");\n'}, "tools/wrap.sh"),
)  # fmt: skip


@pytest.mark.parametrize(("before", "path"), _ROUNDABOUT)
def test_what_cargo_reads_by_a_roundabout_way_is_frozen_too(
    team: Team, before: dict[str, str], path: str
) -> None:
    for file in ("vendor/sha/src/lib.rs", "tools/wrap.sh", "programs/build.rs",
                 "programs/code/more.rs", "programs/code/mod.rs",
                 "programs/Cargo.lock"):  # fmt: skip
        team.repo.write(file, "// as released\n")
    for file, text in before.items():
        team.repo.write(file, text)
    team.commit = team.repo.commit("roundabout")
    team.records()
    assert judged(team.facts(), "RC-01").status is Status.PASS

    team.repo.write(path, "// changed\n")
    team.repo.commit("changed")

    said = judged(team.facts(), "RC-01")
    assert said.status is Status.FAIL
    assert path in said.summary


def test_a_crate_at_the_top_is_frozen_with_its_script_and_its_dependencies(team: Team) -> None:
    team.repo.write("src/lib.rs", f'declare_id!("{GOVERNANCE}");\n')
    team.repo.write("build.rs", "fn main() {}\n")
    team.repo.write("Cargo.toml", '[package]\nname = "gov"\n[dependencies]\n'
                    'math = { path = "crates/math" }\n')  # fmt: skip
    team.commit = team.repo.commit("on top")
    team.records()
    mapped = tuple(s.model_copy(update={"file": "src/lib.rs"}) if s.part == "source-declaration"
                   else s for s in SURFACES)  # fmt: skip
    assert judged(team.facts(mapped), "RC-01").status is Status.PASS
    for path in ("build.rs", "crates/math/src/lib.rs", "src/target/mod.rs"):
        before = (team.repo.root / path).read_bytes() if path != "src/target/mod.rs" else None
        team.repo.write(path, "// changed\n")
        said = judged(team.facts(mapped), "RC-01")
        assert said.status is Status.FAIL, path
        assert path in said.summary
        if before is not None:
            team.repo.write(path, before)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("programs/gov/Cargo.toml", "[package]\nname = 'gov'\n#" + "x" * 3_000),
        ("Cargo.toml", "[workspace\n"),
        (".cargo/config.toml", 'include = ["other.toml"]\n'),
        (".cargo/config.toml", '[source.vendored]\ndirectory = "not-committed"\n'),
        ("programs/gov/Cargo.toml", "[dependencies]\n"),
        ("Anchor.toml", '[hooks]\npre-build = "bash scripts/patch.sh"\n'),
        ("programs/gov/src/lib.rs", 'include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../x.rs"));\n'),
        ("programs/gov/src/lib.rs", 'include_str!("../../../nowhere.txt");\n'),
        ("programs/gov/src/lib.rs", 'include_bytes!("untracked.key");\n'),
        ("programs/gov/src/lib.rs", '#[path = "../../../../outside.rs"] mod outside;\n'),
        ("programs/gov/src/lib.rs", "/* a comment without an end"),
    ],
)
def test_a_file_that_does_not_tell_everything_proves_nothing(
    team: Team, path: str, text: str
) -> None:
    team.repo.write(path, text)
    team.commit = team.repo.commit("unclear")
    team.records()
    said = judged(team.facts(), "RC-01")
    assert said.status is Status.UNKNOWN, said.summary


@pytest.mark.parametrize(
    "text",
    [
        'include!(concat!(env!("OUT_DIR"), "/made.rs"));\n',
        '#![doc = include_str!("../../../docs/later")]\n',
        '// #[path = "../../../docs/later"]\nconst S: &str = "include!(x)";\n',
        'const S: &str = include_str!("lib.rs");\n',
        '#[path = "../src/lib.rs"] mod again;\n',
    ],
)
def test_what_takes_nothing_in_from_elsewhere_is_frozen(team: Team, text: str) -> None:
    team.repo.write("programs/gov/src/lib.rs", text)
    team.repo.write("programs/gov/tests/it.rs", 'include_bytes!("../../../target/gov.so");\n')
    team.repo.write("Anchor.toml", "[hooks]\npre-build = []\npost-test = 'make report'\n")
    team.commit = team.repo.commit("self-contained", docs__later="text")
    team.records()
    said = judged(team.facts(), "RC-01")
    assert said.status is Status.PASS, said.summary


def test_more_crates_than_are_followed_prove_nothing(team: Team) -> None:
    for number in range(40):
        team.repo.write(f"crates/c{number}/src/lib.rs", "")
        team.repo.write(f"crates/c{number}/Cargo.toml", f'[package]\nname = "c{number}"\n'
                        f'[dependencies]\nnext = {{ path = "../c{number + 1}" }}\n')  # fmt: skip
    team.repo.write("crates/math/Cargo.toml", '[package]\nname = "math"\n[dependencies]\n'
                    'c0 = { path = "../c0" }\n')  # fmt: skip
    team.commit = team.repo.commit("a chain of crates")
    team.records()
    assert judged(team.facts(), "RC-01").status is Status.UNKNOWN


def test_a_link_among_the_sources_is_not_known_to_be_frozen(team: Team) -> None:
    team.repo.write("shared/more.rs", "// as released\n")
    (team.repo.root / "programs/gov/src/more.rs").symlink_to("../../../shared/more.rs")
    team.commit = team.repo.commit("a link")
    team.records()
    team.repo.write("shared/more.rs", "// changed\n")
    team.repo.commit("changed behind the link")
    said = judged(team.facts(), "RC-01")
    assert said.status is Status.UNKNOWN
    assert "programs/gov/src/more.rs" in said.summary


def test_an_untracked_link_to_a_folder_of_modules_is_told(team: Team, tmp_path: Path) -> None:
    (tmp_path / "hook").mkdir()
    (team.repo.root / "programs/gov/src/hook").symlink_to(tmp_path / "hook")
    said = judged(team.facts(), "RC-01")
    assert said.status is Status.FAIL
    assert "programs/gov/src/hook" in said.summary


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("programs/gov/src/lib.rs", "// changed"),
        ("programs/gov/src/hook.rs", "// untracked"),
        ("programs/gov/build.rs", "fn main() {}"),
        ("Cargo.lock", "version = 3\n"),
        ("rust-toolchain", "nightly\n"),
        (".cargo/config.toml", "[build]\n"),
    ],
)
def test_what_lies_on_disk_is_compared_too(team: Team, path: str, text: str) -> None:
    team.repo.write(path, text)
    said = judged(team.facts(), "RC-01")
    assert said.status is Status.FAIL
    assert path in said.summary


def test_built_things_and_documents_do_not_thaw_a_release(team: Team) -> None:
    team.repo.commit("documents", docs__later="text")
    team.repo.write("programs/gov/target/debug/out.rs", "// built")
    team.repo.write("docs/later", "another text")
    assert judged(team.facts(), "RC-01").status is Status.PASS


def test_a_commit_that_no_ref_reaches_is_not_frozen(team: Team) -> None:
    stray = team.repo.commit("to be dropped")
    team.repo.git("reset", "-q", "--hard", "HEAD~1")
    team.records(release={"release_commit": stray})
    said = judged(team.facts(), "RC-01")
    assert said.status is Status.FAIL
    assert "No branch or tag" in said.summary or "does not descend" in said.summary


@pytest.mark.parametrize("commit", ["abcdef0", "main", "f" * 40])
def test_a_commit_that_is_none_fails(team: Team, commit: str) -> None:
    team.records(release={"release_commit": commit})
    facts = team.facts()
    assert judged(facts, "RC-01").status is Status.FAIL
    assert judged(facts, "RC-10").status is Status.FAIL


def test_a_shallow_clone_is_unknown(team: Team, tmp_path: Path) -> None:
    team.repo.git("clone", "-q", "--depth", "1", f"file://{team.repo.root}", str(tmp_path / "cut"))
    cut = replace_root(team, tmp_path / "cut")
    assert judged(cut.facts(), "RC-01").status is Status.UNKNOWN


def replace_root(team: Team, root: Path) -> Team:
    team.repo.root = root
    return team


def test_without_a_checkout_nothing_is_known(team: Team) -> None:
    node = Node({None: WORLD}, transactions=(DEPLOY,))
    target = WORLD.target().model_copy(update={"surfaces": SURFACES})
    facts = asyncio.run(release.collect(Sources(target, Both(node, None), ("first",))))
    for control in ("RC-01", "RC-03", "RC-04", "RC-05", "RC-07", "RC-10", "RC-11"):
        assert judged(facts, control).status is Status.UNKNOWN, control


@pytest.mark.parametrize(
    ("name", "change", "control"),
    [
        ("build", {"commit": "f" * 40}, "RC-03"),
        ("build", {"exit_code": 1}, "RC-03"),
        ("test", {"log_sha256": "0" * 64}, "RC-04"),
        ("verify", {"finished_at": "2099-01-01T00:00:00Z"}, "RC-05"),
        ("build", {"finished_at": "2099-01-01T00:00:00Z"}, "RC-11"),
        ("verify", {"log_sha256": "0" * 64}, "RC-07"),
        ("test", {"commit": "abcdef0"}, "RC-10"),
    ],
)
def test_an_edited_record_fails(
    team: Team, name: str, change: dict[str, Any], control: str
) -> None:
    team.records(**{name: change})
    assert judged(team.facts(), control).status is Status.FAIL


def test_a_pointer_to_a_large_file_is_not_the_file(team: Team) -> None:
    pointer = (f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 9\n")
    team.records(verify={"log_sha256": digest(pointer)})
    team.repo.write("verify.log", pointer)
    team.repo.write("hashes.json", json.dumps(
        {"files": [{"path": "verify.log", "sha256": digest(pointer)}]}))  # fmt: skip
    for control in ("RC-05", "RC-07"):
        said = judged(team.facts(), control)
        assert said.status is Status.UNKNOWN, control
    assert "LFS pointer" in judged(team.facts(), "RC-05").summary


def test_a_log_outside_the_checkout_is_not_read(team: Team) -> None:
    team.records(test={"log": "../elsewhere.log"})
    assert judged(team.facts(), "RC-04").status is Status.UNKNOWN


def test_a_build_deployed_before_it_was_made_fails(team: Team) -> None:
    # The invented node puts every block at second 5 of 1970.
    said = judged(team.facts(), "RC-11")
    assert said.status is Status.FAIL
    assert "after the deployment" in said.summary


def test_a_script_that_checks_its_own_output_is_named_with_its_lines(team: Team) -> None:
    team.repo.write(
        "package.json",
        json.dumps(
            {
                "scripts": {
                    "check": "bash all.sh",
                    "build:a": "ts-node build.ts",
                    "verify:a": "ts-node verify.ts",
                }
            }
        ),
    )
    team.repo.write("all.sh", "set -e\nnpm run build:a\nnpm run verify:a\n")
    team.repo.write("build.ts", 'const o = path.resolve("a.json");\nfs.writeFileSync(o, text);\n')
    team.repo.write("verify.ts", '\nconst a = fs.readFileSync(path.resolve("a.json"), "utf8");\n')
    team.records(verify={"command": "npm run check"})

    said = judged(team.facts(), "RC-05")

    assert said.status is Status.ATTESTED
    for place in ("build.ts:2", "all.sh:2", "verify.ts:2", "all.sh:3", "1 of 1 checks"):
        assert place in said.summary, said.summary


def test_the_verifiers_transactions_are_decoded(team: Team) -> None:
    left = Landed(3, 150, (PROGRAM.programdata, GOVERNANCE, KEY, KEY, KEY, KEY, KEY))
    followed = surface("independent-verification", "followed.json", {
        "verifier": "/verifier", "date": "/date", "guide": "/guide", "steps": "/steps/*",
        "signatures": "/signatures/*", "cluster": "/cluster"})  # fmt: skip
    team.repo.write("guide.md", "1. build it\n")
    team.repo.write("followed.json", json.dumps({
        "verifier": "somebody", "date": "2023-11-20", "guide": "guide.md", "steps": ["built"],
        "signatures": [left.signature, "not one"], "cluster": "localnet"}))  # fmt: skip
    team_key = Wallet.model_validate({"name": "deployer", "address": KEY, "roles": ["deployer"]})
    facts = team.facts((*SURFACES, followed), landed=(left,), wallets=(team_key,))

    (one,) = facts.records.programs[0].verifications
    read = one.transactions[left.signature]
    assert isinstance(read, Found)
    assert KEY in read.value.signers
    said = judged(facts, "RC-06")
    told = " ".join(part.summary for part in said.parts)
    assert said.status is Status.FAIL
    assert "does not invoke" in told  # a loader instruction is none of the program's
    assert "not independent" in told
    assert "no transaction signature" in told


def test_only_a_dead_address_is_no_verified_build_record(team: Team) -> None:
    facts = team.facts()
    reads = [one.read for one in facts.records.programs[0].published]
    assert len(reads) == 2, "the service's and the upgrade authority's"
    assert not any(isinstance(read, Found | Unknown) for read in reads)


def test_a_record_of_another_cluster_is_not_asked_for(team: Team) -> None:
    other = tuple(s.model_copy(update={"cluster": "devnet"}) if s.part == "build-record" else s
                  for s in SURFACES)  # fmt: skip
    assert judged(team.facts(other), "RC-03").status is Status.UNKNOWN


def test_an_archived_record_does_not_speak(team: Team) -> None:
    old = tuple(replace_state(s) if s.part == "release-record" else s for s in SURFACES)
    facts = team.facts(old)
    assert facts.records.programs[0].freezes == ()
    assert judged(facts, "RC-01").status is Status.UNKNOWN


def replace_state(one: Surface) -> Surface:
    return one.model_copy(update={"state": "archived"})


def test_what_the_record_command_writes_is_what_the_checks_accept(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A team runs its commands under the kit's recorder, commits, and is audited."""
    tools = tmp_path / "tools"
    tools.mkdir()
    built = tmp_path / "built.so"
    built.write_bytes(CODE + bytes(64))
    for name, prints in (("anchor", BUILD_LOG), ("cargo", TEST_LOG), ("verify", "identical\n")):
        # As the real ones do: what is on this machine besides must not matter.
        version = f'[ "$1" = --version ] && echo "{name} 1.2.3" && exit 0'
        makes = f"cp {built} target/deploy/gov.so\n" if name == "anchor" else ""
        script = f"#!/bin/sh\n{version}\n{makes}cat <<'END'\n{prints}END\n"
        (tools / name).write_text(script, encoding="utf-8")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.chdir(team.repo.root)
    team.repo.git("checkout", "-q", "--detach", team.commit)
    team.repo.write("target/deploy/gov.so", b"of an earlier build")
    runs = {
        "build": ["--artifact", "target/deploy/gov.so", "--", "anchor", "build"],
        "test": ["--", "cargo", "test"],
        "verify": ["--", "verify"],
    }
    for name, words in runs.items():
        with pytest.raises(SystemExit) as left:
            main(["record", "--out", f"release/{name}.toml", *words])
        assert left.value.code == 0
    written = {
        path: path.read_bytes() for path in (team.repo.root / "release").iterdir()
    }  # fmt: skip
    team.repo.git("checkout", "-q", "main")
    for path, data in written.items():
        team.repo.write(str(path.relative_to(team.repo.root)), data)
    team.repo.commit("Records by the kit's own command")
    surfaces = tuple(
        s.model_copy(update={"file": f"release/{s.file.split('.')[0]}.toml", "format": "toml"})
        if s.file in ("build.json", "test.json", "verify.json") else s
        for s in SURFACES
    )  # fmt: skip

    facts = team.facts(surfaces, clock=lambda: datetime.now(UTC))

    for control in ("RC-03", "RC-04", "RC-05", "RC-07", "RC-10"):
        said = judged(facts, control)
        assert said.status is Status.PASS, (control, [p.summary for p in said.parts])
