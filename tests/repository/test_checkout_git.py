"""Git questions: found, proven absent, or unknown because the history is not whole."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.repository import git
from privatedao_audit.repository.reads import Change, Head

NOWHERE = "0123456789" * 4


def value(read):
    assert isinstance(read, Found), read
    return read.value


def reason(read) -> str:
    assert isinstance(read, Unknown), read
    return read.reason


def test_head_on_a_branch_detached_and_unborn(repo, reads, finish) -> None:
    assert isinstance(finish(reads(repo.root).head()), ProvenAbsent)
    assert "no commit yet" in reason(finish(reads(repo.root).dirty(["a"])))
    first = repo.commit(a="1")
    assert value(finish(reads(repo.root).head())) == Head(first, "refs/heads/main")
    repo.commit(a="2")
    repo.git("checkout", "-q", "--detach", first)
    assert value(finish(reads(repo.root).head())) == Head(first, None)
    repo.git("pack-refs", "--all")
    repo.git("checkout", "-q", "main")
    assert value(finish(reads(repo.root).head())).ref == "refs/heads/main"


def test_commit_by_id_and_by_tag(repo, reads, finish) -> None:
    first = repo.commit(a="1")
    at = repo.now
    second = repo.commit("Übergabe\n\nlong text", a="2")
    repo.git("tag", "v1", first)
    repo.git("tag", "-a", "-m", "signed off", "v2", second)
    found = value(finish(reads(repo.root).commit("v1")))
    assert (found.commit, found.parents) == (first, ())
    assert (found.author_time, found.committer_time) == (at, at)
    assert found.tree == repo.git("rev-parse", f"{first}^{{tree}}")
    annotated = value(finish(reads(repo.root).commit("v2")))
    assert (annotated.commit, annotated.parents) == (second, (first,))
    assert annotated.subject == "Übergabe"
    assert value(finish(reads(repo.root).commit(second))) == annotated
    repo.git("pack-refs", "--all")
    repo.git("gc", "-q")
    assert value(finish(reads(repo.root).commit("v2"))) == annotated


def test_commit_that_is_not_there(repo, reads, finish) -> None:
    first = repo.commit(a="1")
    assert isinstance(finish(reads(repo.root).commit(NOWHERE)), ProvenAbsent)
    assert isinstance(finish(reads(repo.root).commit("v9")), ProvenAbsent)
    # A branch moves, so its name freezes nothing.
    assert isinstance(finish(reads(repo.root).commit("main")), ProvenAbsent)
    assert "give all 40 digits" in reason(finish(reads(repo.root).commit(first[:12])))
    tree = repo.git("rev-parse", "HEAD^{tree}")
    assert "not a commit" in reason(finish(reads(repo.root).commit(tree)))


@pytest.mark.parametrize(
    "rev", ["--all", "-h", "a b", "a..b", "HEAD~1", "v1^{}", "a:b", "x\ny", "", "@{-1}", "../x"]
)
def test_revisions_are_not_a_language(repo, reads, finish, rev) -> None:
    repo.commit(a="1")
    assert isinstance(finish(reads(repo.root).commit(rev)), (Unknown, ProvenAbsent))
    assert isinstance(finish(reads(repo.root).reachable(rev)), Unknown)
    assert isinstance(finish(reads(repo.root).blob_at(rev, "a")), Unknown)


def test_reachable_by_branch_tag_and_neither(repo, reads, finish) -> None:
    first = repo.commit(a="1")
    repo.git("checkout", "-q", "-b", "side")
    side = repo.commit(a="side")
    repo.git("tag", "-a", "-m", "x", "only-tag", side)
    repo.git("checkout", "-q", "main")
    repo.git("branch", "-q", "-D", "side")
    loose = repo.commit(a="lost")
    repo.git("reset", "-q", "--hard", first)
    repo.git("update-ref", "refs/remotes/origin/main", first)
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    asked = reads(repo.root)
    assert value(finish(asked.reachable(first))) == (
        "refs/heads/main",
        "refs/remotes/origin/main",
        "refs/tags/only-tag",
    )
    assert value(finish(asked.reachable(side))) == ("refs/tags/only-tag",)
    assert value(finish(asked.reachable(loose))) == ()
    assert isinstance(finish(asked.reachable(NOWHERE)), ProvenAbsent)


def test_an_unreadable_ref_leaves_a_negative_unknown(repo, reads, finish) -> None:
    first = repo.commit(a="1")
    lost = repo.commit(a="2")
    repo.git("reset", "-q", "--hard", first)
    repo.write(".git/refs/heads/odd", "not an id\n")
    assert "refs/heads/odd" in reason(finish(reads(repo.root).reachable(lost)))
    assert value(finish(reads(repo.root).reachable(first))) == ("refs/heads/main",)


def test_is_ancestor_through_merges(repo, reads, finish) -> None:
    first = repo.commit(a="1")
    repo.git("checkout", "-q", "-b", "side")
    side = repo.commit(b="side")
    repo.git("checkout", "-q", "main")
    main = repo.commit(a="2")
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    merged = repo.git("rev-parse", "HEAD")
    asked = reads(repo.root)
    assert value(finish(asked.is_ancestor(side, merged))) is True
    assert value(finish(asked.is_ancestor(first, merged))) is True
    assert value(finish(asked.is_ancestor(merged, merged))) is True
    assert value(finish(asked.is_ancestor(side, main))) is False
    assert value(finish(asked.is_ancestor(merged, first))) is False
    assert isinstance(finish(asked.is_ancestor(NOWHERE, first)), Unknown)


def test_blob_at(repo, reads, finish) -> None:
    data = b"line\r\n\xff\x00"
    repo.write("docs/new\nline -x.bin", data)
    repo.write("-rf", "dash")
    (repo.root / "link").symlink_to("docs")
    first = repo.commit()
    repo.git("rm", "-q", "--", "-rf")
    second = repo.commit()
    asked = reads(repo.root)
    assert value(finish(asked.blob_at(first, "docs/new\nline -x.bin"))) == data
    assert value(finish(asked.blob_at(first, "-rf"))) == b"dash"
    assert isinstance(finish(asked.blob_at(second, "-rf")), ProvenAbsent)
    assert isinstance(finish(asked.blob_at(second, "docs/new\nline -x.bin/y")), ProvenAbsent)
    assert "folder" in reason(finish(asked.blob_at(first, "docs")))
    assert "symlink" in reason(finish(asked.blob_at(first, "link")))
    assert "symlink" in reason(finish(asked.blob_at(first, "link/x")))
    assert "leads out" in reason(finish(asked.blob_at(first, "../x")))
    # Without the commit nothing is known of what it holds.
    assert "no object" in reason(finish(asked.blob_at(NOWHERE, "-rf")))


def test_a_blob_over_the_limit(repo, reads, finish) -> None:
    first = repo.commit(a="0123456789")
    assert value(finish(reads(repo.root, max_file=10).blob_at(first, "a"))) == b"0123456789"
    assert "the limit is 9" in reason(finish(reads(repo.root, max_file=9).blob_at(first, "a")))


def test_tree_at(repo, reads, finish) -> None:
    repo.write("p/src/lib.rs", "x")
    (repo.root / "p/link").symlink_to("src")
    first = repo.commit(top="1")
    entries = value(finish(reads(repo.root).tree_at(first, ["p", "top", "gone"])))
    assert entries == {
        "p": repo.git("rev-parse", "HEAD:p"),
        "p/src/lib.rs": repo.git("rev-parse", "HEAD:p/src/lib.rs"),
        "p/link": "symlink:" + repo.git("rev-parse", "HEAD:p/link"),
        "top": repo.git("rev-parse", "HEAD:top"),
    }
    second = repo.commit(p__src__new="y")
    again = value(finish(reads(repo.root).tree_at(second, ["p", "top", "gone"])))
    assert again["p"] != entries["p"]
    assert again["top"] == entries["top"]
    assert isinstance(finish(reads(repo.root).tree_at(first, ["gone"])), ProvenAbsent)
    assert "a list of 1" in reason(finish(reads(repo.root).tree_at(first, [])))
    assert isinstance(finish(reads(repo.root).tree_at(NOWHERE, ["p"])), Unknown)


def test_a_submodule_is_told_apart(repo, reads, finish) -> None:
    repo.commit(a="1")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{NOWHERE},vendor/dep")
    repo.git("commit", "-q", "-m", "submodule")
    first = repo.git("rev-parse", "HEAD")
    asked = reads(repo.root)
    entries = value(finish(asked.tree_at(first, ["vendor"])))
    assert entries["vendor/dep"] == f"submodule:{NOWHERE}"
    assert "submodule" in reason(finish(asked.blob_at(first, "vendor/dep")))
    assert "submodule" in reason(finish(asked.blob_at(first, "vendor/dep/x")))
    assert "submodule" in reason(finish(asked.dirty(["vendor"])))


def test_last_change_is_what_git_log_says(repo, reads, finish) -> None:
    repo.commit(a="1", d__x="1")
    repo.git("checkout", "-q", "-b", "side")
    side = repo.commit(d__x="2")
    when = repo.now
    repo.git("checkout", "-q", "main")
    a = repo.commit(a="2")
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    repo.commit(b="1")
    asked = reads(repo.root)
    assert value(finish(asked.last_change("d/x"))) == Change(side, when)
    assert value(finish(asked.last_change("d"))).commit == side
    assert value(finish(asked.last_change("a"))).commit == a
    for path in ("d/x", "a", "b", "d"):
        told = repo.git("log", "-1", "--format=%H %ct", "--", path).split()
        found = value(finish(asked.last_change(path)))
        assert [found.commit, str(found.committer_time)] == told
    assert value(finish(asked.last_change("a", rev=side))).commit != a
    assert isinstance(finish(asked.last_change("gone")), ProvenAbsent)
    assert isinstance(finish(asked.last_change("a", rev=NOWHERE)), Unknown)


def test_dirty_by_bytes(repo, reads, finish) -> None:
    repo.write(".gitattributes", "*.txt text eol=lf\n")
    repo.write("s/a.txt", "one\n")
    repo.write("s/b.txt", "two\n")
    repo.write("s/new\nline", "x")
    repo.write("s/folder/f", "x")
    (repo.root / "s/link").symlink_to("a.txt")
    repo.commit(top="1")
    asked = reads(repo.root)
    assert value(finish(asked.dirty(["s", "top"]))) == ()
    repo.write("s/untracked", "x")
    assert value(finish(asked.dirty(["s"]))) == ()
    repo.write("s/a.txt", "one\r\n")
    (repo.root / "s/b.txt").unlink()
    (repo.root / "s/link").unlink()
    (repo.root / "s/link").symlink_to("b.txt")
    (repo.root / "s/new\nline").unlink()
    (repo.root / "s/new\nline").mkdir()
    assert value(finish(asked.dirty(["s"]))) == ("s/a.txt", "s/b.txt", "s/link", "s/new\nline")
    assert value(finish(asked.dirty(["s/a.txt", "top"]))) == ("s/a.txt",)
    # Staging a change does not make it part of HEAD.
    repo.git("add", "-A")
    assert "s/a.txt" in value(finish(asked.dirty(["s"])))
    (repo.root / "s/folder/f").unlink()
    (repo.root / "s/folder").rmdir()
    (repo.root / "s/folder").symlink_to("/")
    assert "symbolic link" in reason(finish(asked.dirty(["s"])))


def test_dirty_never_rests_on_nothing(repo, reads, finish) -> None:
    repo.commit(a="1")
    repo.write("new", "x")
    for paths in ([], ["gone"], ["a", "new"], ["../a"]):
        assert reason(finish(reads(repo.root).dirty(paths)))


def test_shallow_history_proves_no_absence(repo, reads, finish, new_repo, tmp_path: Path) -> None:
    first = repo.commit(a="1", b="1")
    second = repo.commit(a="2")
    third = repo.commit(a="3")
    shallow = new_repo(tmp_path / "outer")
    shallow.git("clone", "-q", "--depth", "2", repo.root.as_uri(), "copy")
    asked = reads(tmp_path / "outer/copy")
    assert value(finish(asked.shallow())) is True
    assert value(finish(asked.commit(second))).parents == (first,)
    for work in (
        asked.commit(first),
        asked.commit(NOWHERE),
        asked.commit("v1"),
        asked.last_change("b"),
        asked.is_ancestor(third, second),
        asked.blob_at(first, "a"),
    ):
        assert "shallow" in reason(finish(work))
    assert value(finish(asked.last_change("a"))).commit == third
    assert value(finish(asked.is_ancestor(second, third))) is True
    assert "refs/heads/main" in value(finish(asked.reachable(second)))
    assert value(finish(reads(repo.root).shallow())) is False


def test_a_partial_or_borrowing_store_proves_no_absence(repo, reads, finish) -> None:
    repo.commit(a="1")
    repo.git("repack", "-q", "-a", "-d")
    pack = next((repo.root / ".git/objects/pack").glob("*.pack"))
    mark = repo.write(f".git/objects/pack/{pack.stem}.promisor", "")
    assert "partial" in reason(finish(reads(repo.root).commit(NOWHERE)))
    mark.unlink()
    assert isinstance(finish(reads(repo.root).commit(NOWHERE)), ProvenAbsent)
    alternates = repo.write(".git/objects/info/alternates", "/nonexistent\n")
    assert isinstance(finish(reads(repo.root).commit(NOWHERE)), Unknown)
    alternates.unlink()
    pack.with_suffix(".idx").unlink()
    assert isinstance(finish(reads(repo.root).commit(NOWHERE)), Unknown)


def test_a_linked_worktree_is_believed_when_both_ends_agree(
    repo, reads, finish, tmp_path: Path
) -> None:
    first = repo.commit(a="1")
    repo.git("tag", "v1")
    repo.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
    asked = reads(tmp_path / "linked")
    assert value(finish(asked.head())) == Head(first, "refs/heads/other")
    assert value(finish(asked.commit("v1"))).commit == first
    assert value(finish(asked.file("a"))) == b"1"
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    (stranger / ".git").write_text((tmp_path / "linked/.git").read_text())
    assert "does not point back" in reason(finish(reads(stranger).head()))
    (stranger / ".git").write_text(f"gitdir: {repo.root / '.git'}\n")
    assert "does not point back" in reason(finish(reads(stranger).head()))
    (stranger / ".git").write_text("nonsense")
    assert "malformed" in reason(finish(reads(stranger).file("a")))
    (stranger / ".git").unlink()
    (stranger / ".git").symlink_to(repo.root / ".git")
    assert "symbolic link" in reason(finish(reads(stranger).head()))


def test_other_object_formats_are_named(reads, finish, new_repo, tmp_path: Path) -> None:
    other = new_repo(tmp_path / "sha256", "--object-format=sha256")
    other.commit(a="1")
    assert "SHA-256" in reason(finish(reads(other.root).head()))
    other.write(".git/reftable/x", "")
    assert "reftable" in reason(finish(reads(other.root).head()))


def test_git_missing_or_planted(repo, reads, finish, monkeypatch, tmp_path: Path) -> None:
    first = repo.commit(a="1")
    planted = repo.write("git", f"#!/bin/sh\ntouch {tmp_path}/canary\n")
    planted.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert reason(finish(reads(repo.root).commit(first))) == "git is not installed"
    monkeypatch.chdir(repo.root)
    monkeypatch.setenv("PATH", ".:")
    assert reason(finish(reads(repo.root).commit(first))) == "git is not installed"
    monkeypatch.setenv("PATH", str(repo.root))
    assert "inside the checkout" in reason(finish(reads(repo.root).commit(first)))
    assert value(finish(reads(repo.root).file("a"))) == b"1"
    assert not (tmp_path / "canary").exists()


def test_no_room_to_start_git(repo, reads, finish, monkeypatch) -> None:
    first = repo.commit(a="1")

    def full(**_: object) -> None:
        raise OSError(28, "No space left on device", "/somewhere")

    monkeypatch.setattr(git.tempfile, "TemporaryDirectory", full)
    told = reason(finish(reads(repo.root).commit(first)))
    assert told == "git can't be started: No space left on device"


def loose(repo, object_id: str) -> Path:
    return repo.root / ".git/objects" / object_id[:2] / object_id[2:]


def test_damage_is_never_absence(repo, reads, finish) -> None:
    first = repo.commit(a="1")
    second = repo.commit(a="2")
    path = loose(repo, first)
    kept = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(b"garbage")
    assert "damaged" in reason(finish(reads(repo.root).commit(first)))
    path.unlink()
    repo.write("b", "1")
    tree = repo.git("write-tree")
    lone = repo.git("commit-tree", "-m", "no parents", tree)
    assert "history is broken" in reason(finish(reads(repo.root).is_ancestor(lone, second)))
    assert "history is broken" in reason(finish(reads(repo.root).reachable(lone)))
    assert "missing" in reason(finish(reads(repo.root).last_change("a")))
    path.write_bytes(kept)
    tree = loose(repo, repo.git("rev-parse", f"{first}^{{tree}}"))
    tree.unlink()
    assert "incomplete" in reason(finish(reads(repo.root).blob_at(first, "a")))
    assert "incomplete" in reason(finish(reads(repo.root).tree_at(first, ["gone"])))


def test_bytes_that_an_id_does_not_name(repo, reads, finish) -> None:
    first = repo.commit(a="1")
    blob = repo.git("rev-parse", "HEAD:a")
    path = loose(repo, blob)
    path.chmod(0o644)
    path.write_bytes(zlib.compress(b"blob 4\0evil"))
    assert isinstance(finish(reads(repo.root).blob_at(first, "a")), Unknown)


def test_a_pack_index_that_lies(repo, reads, finish) -> None:
    first = repo.commit(a="aaaa", b="bbbb")
    blob = {name: repo.git("rev-parse", f"HEAD:{name}") for name in "ab"}
    repo.git("repack", "-q", "-a", "-d")
    index = next((repo.root / ".git/objects/pack").glob("*.idx"))
    data = bytearray(index.read_bytes())
    count = int.from_bytes(data[8 + 1020 : 8 + 1024], "big")
    names = [bytes(data[1032 + 20 * i : 1052 + 20 * i]).hex() for i in range(count)]
    offsets = 1032 + 24 * count
    a, b = (slice(offsets + 4 * names.index(blob[n]), offsets + 4 * names.index(blob[n]) + 4)
            for n in "ab")  # fmt: skip
    data[a], data[b] = data[b], data[a]
    index.chmod(0o644)
    index.write_bytes(data)
    # Plain git believes it; the kit must not.
    assert repo.git("cat-file", "blob", blob["a"]) == "bbbb"
    assert "names other bytes" in reason(finish(reads(repo.root).blob_at(first, "a")))


def test_git_that_hangs_is_given_up(repo, reads, finish, monkeypatch, tmp_path: Path) -> None:
    first = repo.commit(a="1")
    fake = tmp_path / "bin/git"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(fake.parent))
    assert "took too long" in reason(finish(reads(repo.root, seconds=0.2).commit(first)))
    fake.write_text("#!/bin/sh\nexit 3\n")
    assert "git stopped" in reason(finish(reads(repo.root).commit(first)))
    fake.write_text("#!/bin/sh\nread x\nexec /usr/bin/head -c 100000 /dev/zero\n")
    assert "malformed" in reason(finish(reads(repo.root).commit(first)))
    fake.write_text(f"#!/bin/sh\nread x\necho {first} commit 99999999999\nexec /bin/sleep 60\n")
    assert "the limit is" in reason(finish(reads(repo.root).commit(first)))
