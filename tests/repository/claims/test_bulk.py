"""Questions about many files at once, from real repositories."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.repository import bulk
from privatedao_audit.repository.reads import Documents, RepositoryReads
from tests.repository.claims.test_tokens import DIGEST, KEY
from tests.repository.conftest import Repo

Reads = Callable[..., RepositoryReads]
Finish = Callable[[Coroutine[Any, Any, Any]], Any]


def documents(repo: Repo, reads: Reads, finish: Finish, **options: Any) -> Documents:
    commit = repo.git("rev-parse", "HEAD")
    read = finish(reads(repo.root, **options).documents_at(commit))
    assert isinstance(read, Found), read
    return read.value


def test_documents_are_read_once_and_everything_else_is_counted(
    repo: Repo, reads: Reads, finish: Finish
) -> None:
    repo.write("docs/a.md", f"program {KEY}")
    repo.write("dist/docs/a.md", f"program {KEY}")
    repo.write("b.json", '{"nothing": 1}')
    repo.write("package-lock.json", f'{{"integrity": "{DIGEST}"}}')
    repo.write("node_modules/x/README.md", KEY)
    repo.write("src/lib.rs", KEY)
    repo.commit()
    found = documents(repo, reads, finish)
    assert list(found.files) == ["docs/a.md"]
    assert found.texts[found.files["docs/a.md"]] == f"program {KEY}"
    assert found.copies == {"dist/docs/a.md": "docs/a.md"}
    assert found.silent == 1
    assert {rule: count for rule, count, _ in found.left_out} == {
        "lock files": 1, "dependencies": 1
    }  # fmt: skip
    assert (found.others, found.unread, found.next) == (1, {}, None)


def test_what_cannot_be_read_is_told(repo: Repo, reads: Reads, finish: Finish) -> None:
    outside = repo.root.parent / "secret.md"
    outside.write_text(f"key {KEY}")
    os.symlink(outside, repo.root / "link.md")
    repo.write("large.json", f'"{KEY}' + "x" * 5_000 + '"')
    repo.write("nul.md", f"{KEY}\0")
    repo.write("latin.md", b"caf\xe9 slot " + KEY.encode())
    repo.write("small.md", f"\ufeffslot {KEY}".encode())
    repo.commit()
    found = documents(repo, reads, finish, max_file=4_000)
    assert set(found.unread) == {"link.md", "large.json", "nul.md"}
    assert "symlink" in found.unread["link.md"]
    assert "the limit is 4000" in found.unread["large.json"]
    assert found.torn == ("latin.md",)
    assert found.texts[found.files["small.md"]].startswith("slot")


def test_the_commit_is_read_whatever_the_files_do(repo: Repo, reads: Reads, finish: Finish) -> None:
    repo.commit(a__md=f"slot {KEY}")
    commit = repo.commit(**{"docs__a.md": f"slot {KEY}"})
    repo.write("docs/a.md", "slot, rewritten while it is read")
    read = finish(reads(repo.root).documents_at(commit))
    assert isinstance(read, Found)
    assert [*read.value.texts.values()] == [f"slot {KEY}"]


def test_a_large_commit_takes_several_answers(
    repo: Repo, reads: Reads, finish: Finish, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        repo.write(f"docs/{number}/a.md", f"slot {number} {KEY}")
    repo.write("z.md", "slot")
    commit = repo.commit()
    monkeypatch.setattr(bulk.documents, "__defaults__", ("", 10_000, 100))
    seen: list[str] = []
    after: str | None = None
    for _ in range(10):
        read = finish(reads(repo.root, max_file=10_000).documents_at(commit, after))
        assert isinstance(read, Found)
        seen += read.value.files
        after = read.value.next
        if after is None:
            break
    assert sorted(seen) == sorted({*(f"docs/{n}/a.md" for n in range(7)), "z.md"})
    assert len(seen) == len(set(seen))


def test_history_is_read_once_for_all_and_agrees_with_git(
    repo: Repo, reads: Reads, finish: Finish
) -> None:
    repo.commit(**{"a.md": "1", "docs__b.md": "1", "docs__deep__c.md": "1"})
    repo.git("checkout", "-q", "-b", "side")
    repo.commit(**{"docs__b.md": "2"})
    repo.git("checkout", "-q", "main")
    repo.commit(**{"a.md": "2"})
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    head = repo.commit(**{"new.md": "1"})
    paths = ["a.md", "docs/b.md", "docs/deep/c.md", "new.md", "gone.md"]
    read = finish(reads(repo.root).last_changes(head, paths))
    assert isinstance(read, Found)
    for path in paths[:4]:
        told = repo.git("log", "-1", "--format=%H %ct", "--", path).split()
        assert [read.value[path].commit, str(read.value[path].committer_time)] == told
    assert "gone.md" not in read.value


def test_a_history_that_is_cut_off_dates_nothing_wrongly(
    repo: Repo, reads: Reads, finish: Finish, tmp_path: Path
) -> None:
    repo.commit(**{"a.md": "1"})
    head = repo.commit(**{"b.md": "1"})
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.root}", str(tmp_path / "shallow"))
    read = finish(reads(tmp_path / "shallow").last_changes(head, ["a.md", "b.md"]))
    assert isinstance(read, Found)
    assert read.value == {}


def test_hashes_are_those_of_the_commit(repo: Repo, reads: Reads, finish: Finish) -> None:
    os.symlink("/etc/passwd", repo.root / "link")
    commit = repo.commit(**{"a.txt": "file"})
    repo.write("a.txt", "changed")
    paths = ["a.txt", "gone.txt", "link", "../out", ".git/config"]
    read = finish(reads(repo.root).digests_at(commit, paths))
    assert isinstance(read, Found)
    assert read.value == {"a.txt": DIGEST}


def test_without_a_checkout_or_a_commit_nothing_is_known(
    repo: Repo, reads: Reads, finish: Finish
) -> None:
    assert isinstance(finish(reads(None).documents_at("0" * 40)), Unknown)
    assert isinstance(finish(reads(repo.root).documents_at("0" * 40)), Unknown)
    assert isinstance(finish(reads(repo.root).head()), ProvenAbsent)


@pytest.mark.parametrize("paths", [[], ["a"] * (bulk.MAX_PATHS + 1)])
def test_too_many_paths_are_refused(
    repo: Repo, reads: Reads, finish: Finish, paths: list[str]
) -> None:
    commit = repo.commit(**{"a.md": "1"})
    assert isinstance(finish(reads(repo.root).last_changes(commit, paths)), Unknown)
