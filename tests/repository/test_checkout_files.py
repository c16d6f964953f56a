"""Files of the checkout: found, absent, or refused with a reason, never followed or waited for."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from privatedao_audit.evidence.questions import Outcome, ask_for
from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.repository import files
from privatedao_audit.repository.files import Refused, read_file


def test_found_bytes_exactly_as_they_lie(repo, resolve) -> None:
    data = b"a\r\n\xff\xfe\x00 not utf-8"
    repo.write("docs/a b.bin", data)
    made = resolve(repo.root, ask_for("file", "read", {"path": "docs/a b.bin"}))
    assert made.outcome is Outcome.FOUND
    assert made.providers == ("checkout",)
    (exchange,) = made.exchanges
    assert made.chosen == 0
    assert exchange.body == data
    assert (exchange.provider, exchange.host, exchange.status) == ("checkout", "", None)
    assert exchange.at == "2026-11-23T09:30:00.123Z"
    assert exchange.request == (
        '{"kind":"file","method":"read","params":{"path":"docs/a b.bin"},"probe":null}'
    )


def test_typed_read_carries_its_position(repo, reads, finish) -> None:
    repo.write("a.txt", "x")
    read = finish(reads(repo.root).file("a.txt"))
    assert isinstance(read, Found)
    assert read.at.evidence == (ask_for("file", "read", {"path": "a.txt"}).record_id,)
    assert (read.at.slot, read.at.commitment) == (None, None)
    assert read.at.providers == ("checkout",)
    assert read.at.asked_at == "2026-11-23T09:30:00.123Z"


@pytest.mark.parametrize("path", ["gone.json", "docs/gone.json", "no/such/folder", "a.txt/b"])
def test_absent_where_the_folder_was_read(repo, reads, finish, path) -> None:
    repo.write("docs/x", "x")
    repo.write("a.txt", "x")
    assert isinstance(finish(reads(repo.root).file(path)), ProvenAbsent)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../secret", "leads out of the checkout"),
        ("docs/../../secret", "leads out of the checkout"),
        ("/etc/hostname", "leads out of the checkout"),
        ("", "empty"),
        ("docs//x", "empty or '.' component"),
        ("./x", "empty or '.' component"),
        ("a\0b", "NUL"),
        ("x/" * 3000 + "x", "longer than"),
        (".git/config", "git's own folder"),
        ("sub/.GIT/config", "git's own folder"),
        ("docs", "not a regular file"),
    ],
)
def test_refused_paths_are_unknown(repo, reads, finish, path, reason) -> None:
    repo.write("docs/x", "x")
    read = finish(reads(repo.root).file(path))
    assert isinstance(read, Unknown)
    assert reason in read.reason


def test_links_are_not_followed(repo, reads, finish, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "key.json").write_text("secret")
    repo.write("inside.txt", "x")
    (repo.root / "out").symlink_to(outside)
    (repo.root / "key.json").symlink_to(outside / "key.json")
    (repo.root / "near.txt").symlink_to("inside.txt")
    (repo.root / "broken").symlink_to("nowhere")
    for path in ("key.json", "out/key.json", "near.txt", "broken"):
        read = finish(reads(repo.root).file(path))
        assert isinstance(read, Unknown), path
        assert "symbolic link" in read.reason


def test_the_root_itself_may_be_a_link(repo, reads, finish, tmp_path: Path) -> None:
    repo.write("a.txt", "x")
    (tmp_path / "link").symlink_to(repo.root)
    assert isinstance(finish(reads(tmp_path / "link").file("a.txt")), Found)


def test_a_pipe_or_socket_does_not_hang(repo, reads, finish, monkeypatch) -> None:
    os.mkfifo(repo.root / "pipe")
    monkeypatch.chdir(repo.root)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("sock")
        for path in ("pipe", "sock"):
            read = finish(reads(repo.root).file(path))
            assert isinstance(read, Unknown), path
    assert isinstance(finish(reads(repo.root).file("pipe")), Unknown)


def test_a_file_over_the_limit(repo, reads, finish) -> None:
    with open(repo.root / "huge", "wb") as file:
        file.truncate(files.MAX_FILE + 1)
    read = finish(reads(repo.root).file("huge"))
    assert isinstance(read, Unknown)
    assert f"the limit is {files.MAX_FILE}" in read.reason
    repo.write("ten", b"0123456789")
    assert isinstance(finish(reads(repo.root, max_file=10).file("ten")), Found)
    assert isinstance(finish(reads(repo.root, max_file=9).file("ten")), Unknown)


@pytest.mark.parametrize("grow", [True, False])
def test_a_file_that_changes_under_the_read(repo, monkeypatch, grow) -> None:
    target = repo.write("moving", b"x" * 100)
    real = os.read

    def meddling(handle: int, size: int) -> bytes:
        piece = real(handle, size)
        with open(target, "r+b") as file:
            if grow:
                file.seek(0, os.SEEK_END)
                file.write(b"more")
            else:
                file.write(b"y")
                os.utime(target, ns=(1, 1))
        return piece

    monkeypatch.setattr(files.os, "read", meddling)
    with pytest.raises(Refused, match="changed while it was read"):
        read_file(repo.root, ("moving",))


def test_an_unreadable_file_names_no_machine_path(repo, reads, finish, monkeypatch) -> None:
    repo.write("locked", "x")
    real = os.open

    def denied(path, flags, *rest, **named):
        if path == "locked":
            raise PermissionError(13, "Permission denied", str(repo.root / "locked"))
        return real(path, flags, *rest, **named)

    monkeypatch.setattr(files.os, "open", denied)
    read = finish(reads(repo.root).file("locked"))
    assert isinstance(read, Unknown)
    assert read.reason == "'locked' can't be opened: Permission denied"


def test_listing(repo, reads, finish) -> None:
    for path in ("docs/b.json", "docs/a/c.json", "docs/x.md", "top.json", "docs/new\nline.json"):
        repo.write(path, "{}")
    (repo.root / "docs/link.json").symlink_to("b.json")
    (repo.root / "docs/elsewhere").symlink_to("/")
    os.mkfifo(repo.root / "docs/pipe.json")
    with open(os.fsencode(repo.root / "docs") + b"/\xff.json", "wb"):
        pass
    read = finish(reads(repo.root).files("docs", ".json"))
    assert isinstance(read, Found)
    assert read.value.files == ("docs/a/c.json", "docs/b.json", "docs/new\nline.json")
    assert dict(read.value.skipped) == {
        "docs/link.json": "a symbolic link, which is not followed",
        "docs/elsewhere": "a symbolic link, which is not followed",
        "docs/pipe.json": "not a regular file",
        "docs/\\udcff.json": "the name is not UTF-8",
    }
    whole = finish(reads(repo.root).files())
    assert isinstance(whole, Found)
    assert "top.json" in whole.value.files
    assert not any(name.startswith(".git/") for name in whole.value.files)
    assert isinstance(finish(reads(repo.root).files("nowhere")), ProvenAbsent)
    assert isinstance(finish(reads(repo.root).files("docs/elsewhere")), Unknown)


def test_listing_is_bounded(repo) -> None:
    for number in range(5):
        repo.write(f"d/{number}", "")
    with pytest.raises(Refused, match="more than 4 entries"):
        files.list_files(repo.root, ("d",), "", limit=4)
    repo.write("/".join("e" * 10) + "/x", "")
    with pytest.raises(Refused, match="more than 3 deep"):
        files.list_files(repo.root, ("e",), "", depth=3)


def test_no_checkout_and_what_is_none(repo, reads, finish, new_repo, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "file").write_text("x")
    new_repo(tmp_path / "bare", "--bare")
    repo.write("docs/x", "x")
    for root, reason in (
        (None, "no checkout was given (--repo)"),
        (tmp_path / "gone", "does not exist"),
        (tmp_path / "file", "not a folder"),
        (tmp_path / "plain", "not a git checkout"),
        (tmp_path / "bare", "bare repository"),
        (repo.root / "docs", "give the checkout's top folder"),
    ):
        for work in (reads(root).file("x"), reads(root).head(), reads(root).dirty(["x"])):
            read = finish(work)
            assert isinstance(read, Unknown), root
            assert reason in read.reason
            assert str(tmp_path) not in read.reason


def test_questions_it_does_not_know(repo, resolve) -> None:
    for question in (
        ask_for("git", "push", {}),
        ask_for("file", "write", {"path": "x"}),
        ask_for("file", "read", ["x"]),
        ask_for("file", "read", {"path": 7}),
        ask_for("file", "list", {"suffix": 7}),
    ):
        made = resolve(repo.root, question)
        assert made.outcome is Outcome.UNKNOWN
        assert made.reason
        assert made.exchanges[0].error == made.reason
        assert made.exchanges[0].body is None
        assert made.chosen is None
