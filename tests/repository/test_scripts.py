"""The static reading of verification scripts claims only what stands in their text."""

from __future__ import annotations

import pytest

from privatedao_audit.repository import scripts
from privatedao_audit.repository.errors import BadDocument


def test_npm_steps_of_a_shell_script_are_in_order_and_not_in_comments() -> None:
    text = b'# npm run build:no\nnpm run build:a >/dev/null\nrun "a" "npm run verify:a -- --x"\n'
    assert scripts.steps(text) == (scripts.Step(2, "build:a"), scripts.Step(3, "verify:a"))


def test_package_commands_are_read() -> None:
    assert scripts.npm_commands(b'{"scripts": {"a": "ts-node x.ts", "b": 7}}') == {
        "a": "ts-node x.ts"
    }
    for bad in (b"{}", b"[]", b"{"):
        with pytest.raises(BadDocument):
            scripts.npm_commands(bad)


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("bash scripts/all.sh", ("scripts/all.sh",)),
        ("ts-node ./scripts/build.ts --fast", ("scripts/build.ts",)),
        ("bash ../outside.sh", ()),
        ("bash /etc/x.sh", ()),
        ("cargo test", ()),
    ],
)
def test_script_files_are_plain_paths_of_the_checkout(command: str, names: tuple[str, ...]) -> None:
    assert scripts.script_files(command) == names


def test_writes_and_reads_by_literal_or_constant_are_seen() -> None:
    found = scripts.touched(
        b'const out = path.resolve("docs/a.json");\n'
        b"fs.writeFileSync(out, text);\n"
        b'fs.writeFileSync("docs/b.json", text);\n'
        b'const c = readJson<Record<string, string>>("docs/c.json");\n'
        b'const d = fs.readFileSync(path.join(process.cwd(), "docs/d.json"), "utf8");\n'
    )
    assert found.writes == {"docs/a.json": 2, "docs/b.json": 3}
    assert found.reads == {"docs/c.json": 4, "docs/d.json": 5}


def test_what_is_computed_is_not_claimed() -> None:
    found = scripts.touched(
        b'const a = path.resolve("docs/a.json");\nconst a = path.resolve("docs/b.json");\n'
        b"fs.writeFileSync(a, text);\nfs.writeFileSync(other(), text);\n"
        b"fs.readFileSync(`docs/${name}.json`);\n// docs/e.json is written elsewhere\n"
    )
    assert found.writes == {}
    assert found.reads == {}
