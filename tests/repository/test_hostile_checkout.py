"""A checkout whose configuration runs programs: none of them may run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.repository.files import Refused
from privatedao_audit.repository.objects import parse_commit, parse_tree

NOWHERE = "0123456789" * 4
HOOKS = (
    "pre-commit", "post-checkout", "post-merge", "fsmonitor-watchman", "reference-transaction",
    "post-index-change", "pre-auto-gc", "post-rewrite",
)  # fmt: skip


@pytest.fixture
def trap(repo, tmp_path: Path):
    """A booby-trapped checkout, its commit, and the file that any trap would create."""
    canary = tmp_path / "canary"
    script = tmp_path / "trap.sh"
    script.write_text(f'#!/bin/sh\necho "$0 $*" >> {canary}\nexec cat\n')
    script.chmod(0o755)
    repo.write(".gitattributes", "* filter=evil diff=evil merge=evil\n")
    repo.write(".gitmodules", '[submodule "s"]\n\tpath = s\n\turl = ext::sh -c x\n')
    repo.write("src/a.txt", "one\n")
    repo.commit()
    commit = repo.commit(b="2")
    lines = [
        f"[core]\n\tfsmonitor = {script}\n\tpager = {script}\n\tsshCommand = {script}",
        f"\teditor = {script}\n\taskPass = {script}\n\tgitProxy = {script}",
        "\tattributesFile = ../.gitattributes\n\thooksPath = .git/evil",
        f'[filter "evil"]\n\tprocess = {script}\n\tclean = {script}\n\tsmudge = {script}',
        "\trequired = true",
        f'[diff "evil"]\n\ttextconv = {script}\n\tcommand = {script}',
        f"[diff]\n\texternal = {script}",
        f'[alias]\n\tcat-file = "!{script}"\n\tconfig = "!{script}"',
        f"[include]\n\tpath = {tmp_path}/included",
        f'[submodule "s"]\n\turl = ext::{script}\n\tupdate = "!{script}"',
        f'[remote "origin"]\n\turl = ext::{script} x\n\tuploadpack = {script}\n\tpromisor = true',
        f"\tvcs = evil\n\tproxy = {script}\n\tpartialclonefilter = blob:none",
        '[protocol]\n\tallow = always\n[protocol "ext"]\n\tallow = always',
        f"[uploadpack]\n\tpackObjectsHook = {script}",
        f'[credential]\n\thelper = "!{script}"',
        f"[pager]\n\tcat-file = {script}",
        "[extensions]\n\tpartialClone = origin\n\tworktreeConfig = true",
    ]
    (tmp_path / "included").write_text(f"[core]\n\tfsmonitor = {script}\n")
    with open(repo.root / ".git/config", "a") as config:
        config.write("\n".join(lines) + "\n")
    repo.write(".git/config.worktree", f"[core]\n\tfsmonitor = {script}\n")
    for folder in ("hooks", "evil"):
        for name in HOOKS:
            hook = repo.write(f".git/{folder}/{name}", script.read_text())
            hook.chmod(0o755)
    # Replace refs and grafts change what plain git says of a commit.
    repo.write(f".git/refs/replace/{commit}", NOWHERE + "\n")
    repo.write(".git/info/grafts", f"{commit}\n")
    return repo, commit, canary


def test_the_trap_works_on_plain_git(trap) -> None:
    repo, _, canary = trap
    (repo.root / "src/a.txt").write_text("two\n")
    subprocess.run(["git", "status"], cwd=repo.root, capture_output=True, check=False, timeout=60)
    assert canary.exists()


def test_no_question_springs_it(trap, reads, finish) -> None:
    repo, commit, canary = trap
    (repo.root / "src/a.txt").write_text("two\n")
    asked = reads(repo.root)
    head = finish(asked.head())
    assert isinstance(head, Found)
    assert head.value.commit == commit
    found = finish(asked.commit(commit))
    assert isinstance(found, Found)
    assert len(found.value.parents) == 1, "a graft or replace ref was believed"
    parent = found.value.parents[0]
    for work in (
        asked.commit("v1"),
        asked.commit(NOWHERE),
        asked.blob_at(commit, "gone"),
    ):
        assert isinstance(finish(work), (ProvenAbsent, Unknown))
    for work, wanted in (
        (asked.reachable(parent), ("refs/heads/main",)),
        (asked.is_ancestor(parent, commit), True),
        (asked.blob_at(commit, "src/a.txt"), b"one\n"),
        (asked.file("src/a.txt"), b"two\n"),
        (asked.dirty(["src", "b"]), ("src/a.txt",)),
        (asked.shallow(), False),
    ):
        read = finish(work)
        assert isinstance(read, Found), read
        assert read.value == wanted
    for work in (asked.tree_at(commit, ["src"]), asked.last_change("b"), asked.files("src")):
        assert isinstance(finish(work), Found)
    assert not canary.exists()


def test_a_missing_object_of_a_promisor_is_not_fetched(trap, reads, finish) -> None:
    repo, commit, canary = trap
    plain = {"cwd": repo.root, "capture_output": True, "timeout": 60}
    blob = subprocess.run(
        ["git", "--no-replace-objects", "rev-parse", f"{commit}:b"], check=True, text=True, **plain
    ).stdout.strip()
    canary.unlink(missing_ok=True)
    (repo.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    read = finish(reads(repo.root).blob_at(commit, "b"))
    assert isinstance(read, Unknown)
    assert not canary.exists()


def test_the_environment_of_the_auditor_does_not_matter(
    trap, reads, finish, monkeypatch, tmp_path: Path
) -> None:
    repo, commit, canary = trap
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_TRACE", str(canary))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.fsmonitor")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(tmp_path / "trap.sh"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(tmp_path / "trap.sh"))
    read = finish(reads(repo.root).commit(commit))
    assert isinstance(read, Found)
    assert not canary.exists()


def test_refs_that_are_traps(repo, reads, finish, tmp_path: Path) -> None:
    commit = repo.commit(a="1")
    (tmp_path / "outside").write_text(commit + "\n")
    (repo.root / ".git/refs/tags/link").symlink_to(tmp_path / "outside")
    repo.write(".git/refs/tags/long", "0" * 10_000)
    asked = reads(repo.root)
    for rev in ("link", "long"):
        assert isinstance(finish(asked.commit(rev)), Unknown)
    repo.write(".git/HEAD", "ref: refs/heads/../../../outside\n")
    assert isinstance(finish(asked.head()), Unknown)
    repo.write(".git/HEAD", "ref: refs/tags/x\n")
    assert isinstance(finish(asked.head()), Unknown)
    repo.write(".git/HEAD", b"\xff\xfe")
    assert isinstance(finish(asked.head()), Unknown)
    repo.write(".git/HEAD", "ref: refs/heads/main\n")
    repo.write(".git/packed-refs", "nonsense\n")
    assert isinstance(finish(asked.reachable(commit)), Unknown)
    (repo.root / ".git/objects").rename(tmp_path / "objects")
    (repo.root / ".git/objects").symlink_to(tmp_path / "objects")
    assert isinstance(finish(asked.head()), Unknown)


def entry(mode: bytes, name: bytes) -> bytes:
    return mode + b" " + name + b"\0" + b"\x11" * 20


@pytest.mark.parametrize(
    "data",
    [
        entry(b"100644", b"a/b"),
        entry(b"100644", b""),
        entry(b"100644", b".."),
        entry(b"40000", b".GIT"),
        entry(b"100777", b"a"),
        entry(b"100644", b"a") + entry(b"40000", b"a"),
        entry(b"100644", b"a")[:-1],
        b"100644 a",
        b"garbage",
    ],
)
def test_trees_that_no_checkout_can_hold(data) -> None:
    with pytest.raises(Refused):
        parse_tree(NOWHERE, data)


def test_a_sound_tree() -> None:
    found = parse_tree(NOWHERE, entry(b"100644", b"\xff") + entry(b"40000", b"b"))
    assert {name: e.kind for name, e in found.items()} == {b"\xff": "file", b"b": "folder"}
    assert parse_tree(NOWHERE, b"") == {}


WHO = b"A <a@b> 1700000000 +0000\n"
GOOD = b"tree " + b"1" * 40 + b"\nauthor " + WHO + b"committer " + WHO + b"\nsubject\xff\nmore"


def test_a_commit_with_odd_bytes() -> None:
    found = parse_commit(NOWHERE, GOOD)
    assert found.subject == "subject\\xff"
    assert found.committer_time == 1_700_000_000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        GOOD.replace(b"tree ", b"tree  "),
        GOOD.replace(b"1" * 40, b"1" * 39),
        GOOD.replace(b"1700000000", b"99999999999999999999"),
        GOOD.replace(b"1700000000", b"-5"),
        GOOD.replace(b"committer ", b"author "),
        GOOD.replace(b"author ", b"parent "),
    ],
)
def test_malformed_commits(data) -> None:
    with pytest.raises(Refused):
        parse_commit(NOWHERE, data)


def test_the_checkouts_configuration_is_not_even_opened(repo, reads, finish) -> None:
    commit = repo.commit(a="1")
    config = repo.root / ".git/config"
    config.write_text("[[[ no configuration\n")
    broken = finish(reads(repo.root).commit(commit))
    config.unlink()
    os.mkfifo(config)
    waiting = finish(reads(repo.root, seconds=5).commit(commit))
    for read in (broken, waiting):
        assert isinstance(read, Found)
        assert read.value.commit == commit
