"""Items, commands and versions, as they are read off documents."""

from __future__ import annotations

import pytest

from privatedao_audit.domains.gate.external.collect import read_statement
from privatedao_audit.domains.gate.papers.commands import commands, make_targets
from privatedao_audit.domains.gate.papers.facts import Item, Mark
from privatedao_audit.domains.gate.papers.items import key, listed, named_under
from privatedao_audit.domains.gate.papers.versions import agrees, versions
from privatedao_audit.repository.errors import BadDocument


def items(body: str, **mapping: tuple[str, ...]) -> tuple[Item, ...]:
    return listed(f"# A\n\n## List\n\n{body}\n\n## Rest\n\n- no\n".encode(), "list", mapping).items


def marks(body: str) -> list[tuple[str, str]]:
    return [(one.text, str(one.mark)) for one in items(body)]


def test_bullets_boxes_numbers_and_signs_are_items() -> None:
    body = "- plain one\n* [x] done one\n+ [ ] open one\n1. [X] numbered\n- ✅ signed\n- ❌ crossed"
    assert [mark for _text, mark in marks(body)] == [
        "plain", "done", "open", "done", "done", "open"
    ]  # fmt: skip
    assert marks(body)[4][0] == "signed"


def test_rows_of_tables_are_items() -> None:
    body = "| # | Item | State |\n|---|---|:-:|\n| 1 | First thing | done |\n| 2 | Second | open |"
    assert marks(body) == [("First thing", "done"), ("Second", "open")]
    assert items("| Item | By |\n|---|---|\n| Held | UA-01 |\n")[0].controls == ("UA-01",)


def test_what_only_introduces_others_is_no_item() -> None:
    assert marks("- Custody:\n  - [x] by the multisig\n") == [("by the multisig", "done")]


def test_an_item_goes_on_over_lines() -> None:
    assert marks("- [x] first\n  and second\n\nProse.\n") == [("first and second", "done")]


def test_subsections_belong_to_their_heading_and_the_next_one_does_not() -> None:
    data = b"## List\n\n### One\n\n- a thing\n\n### Two\n\n- another\n\n## Rest\n\n- no more\n"
    assert [one.text for one in listed(data, "LIST:", {}).items] == ["a thing", "another"]


@pytest.mark.parametrize(
    "body",
    ["```\n- [x] an example\n```", "<!-- - [x] a comment -->", "Prose alone.", "---"],
)
def test_examples_and_comments_are_no_items(body: str) -> None:
    assert items(body) == ()


def test_struck_out_items_stay_visible() -> None:
    assert [one.mark for one in items("- ~~[x] gone~~\n- [x] there")] == [Mark.STRUCK, Mark.DONE]


def test_ids_in_an_item_and_the_mapping_add_up() -> None:
    (one,) = items("- [x] **Audit** closed (RG-05, RC-99, RG-01).", **{"audit closed": ("RC-01",)})
    assert one.controls == ("RC-01", "RG-05")
    assert one.strange == ("RC-99", "RG-01")
    assert key("**Audit** closed (RG-05).") == "audit closed"


def test_a_missing_heading_is_told_apart_from_an_empty_one() -> None:
    assert not listed(b"# A\n\n- x y\n", "List", {}).there
    assert listed(b"# List\n\nProse.\n", "List", {}).there
    assert named_under(b"# A\n", "Seeds") is None


def test_too_many_items_are_refused() -> None:
    with pytest.raises(BadDocument, match="more than 500 items"):
        items("\n".join(f"- item number {n}" for n in range(501)))


def test_names_are_the_code_that_an_item_begins_with() -> None:
    data = (
        b"## Names\n\n- `one` does\n- stores `not_this`\n- 6001 `Two`\n- **`three`**: so\n\n"
        b"| code | name |\n|---|---|\n| `6002` | `Four` |\n"
    )
    assert named_under(data, "names") == ("one", "6001 Two", "three", "6002 Four")


def needs(text: str) -> list[str]:
    return [one.told for one in commands(text)]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("npm run verify:all", ["the script verify:all of package.json"]),
        ("$ npm test", ["the script test of package.json"]),
        ("yarn build && yarn test", ["the script build of package.json",
                                     "the script test of package.json"]),
        ("KEY=1 yarn live-proof -- --dao X", ["the script live-proof of package.json"]),
        ("cd apps/web && npm run dev", ["the script dev of apps/web/package.json"]),
        ("make -C tools all check A=1", ["the target all of tools/Makefile",
                                         "the target check of tools/Makefile"]),
        ("bash ./scripts/a.sh", ["the file scripts/a.sh"]),
        ("./scripts/a.sh | tee log", ["the file scripts/a.sh"]),
        ("npx ts-node scripts/a.ts --x", ["the file scripts/a.ts"]),
        ("python3 -m pytest tests/a.py", []),
        ("anchor build", ["the file Anchor.toml"]),
        ("anchor run lint", ["the anchor script lint of Anchor.toml"]),
        ("cargo test --locked", ["the file Cargo.toml"]),
        ("npm ci", []), ("yarn install", []), ("yarn", []), ("npm run $NAME", []),
        ("git clone https://x.example/Repo.git && cd Repo && npm run a",
         ["the script a of package.json"]),
        ("cd $HOME/x && npm run a", []),
        ("solana config get", []), ("echo 'unclosed", []), ("# npm run a", []),
        ("bash /etc/a.sh", []), ("bash ../a.sh", []), ("bash <PATH>/a.sh", []),
    ],
)  # fmt: skip
def test_what_a_command_needs(line: str, told: list[str]) -> None:
    assert needs(f"```bash\n{line}\n```\n") == told


def test_commands_stand_in_blocks_of_a_shell_and_in_lines() -> None:
    text = (
        "Run `npm run a`, then:\n\n```ts\nnpm run b\n```\n\n```\nnpm run \\\n  c\n```\n"
        "The file `docs/d.md` is no command, and ``npm run a`` is the same.\n"
    )
    assert needs(text) == ["the script a of package.json", "the script c of package.json"]


def test_a_makefile_tells_its_targets_and_whether_there_may_be_more() -> None:
    assert make_targets("all check: build\n\tx: y\nNAME := 1\n.PHONY: all\n") == (
        {"all", "check", ".PHONY"}, False
    )  # fmt: skip
    assert make_targets("include other.mk\na:\n")[1]
    assert make_targets("%.o: %.c\n")[1]


def test_versions_of_the_program_and_of_its_tools() -> None:
    text = (
        "Release: `v1.2.0`\n- Anchor CLI `0.31.1`\n- Solana CLI: 2.1\n- rustc 1.89.0, Rust stable\n"
        "Moved from Anchor 0.30.1 long ago. Section 3.2.1 of anchors.\n```\nanchor 9.9.9\n```\n"
    )
    assert versions(text, "Release") == (
        ("program", "1.2.0"), ("anchor", "0.31.1"), ("solana", "2.1"), ("rust", "1.89.0"),
    )  # fmt: skip
    assert versions(text)[0] == ("anchor", "0.31.1")


@pytest.mark.parametrize(
    ("stated", "right", "same"),
    [("1.0", "1.0.1", True), ("1.0.1", "1.0.1", True), ("1.0.1", "1.0", False),
     ("1.0", "1.01.0", False), ("1.0.1", "1.0.10", False)],
)  # fmt: skip
def test_a_version_agrees_by_its_numbers(stated: str, right: str, same: bool) -> None:
    assert agrees(stated, right) is same


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "lacks"), ('firm = ""', "lacks"), ("x = 1", "unknown"),
        ('findings = "none"', "no list"), ("[[findings]]\nid = 1", "no text"),
        ("[[fix_reviews]]\nfrom = 'a'\nto = 'b'", "full commit"),
        ("[[findings]]\nid='A'\nseverity='high'\nstate='closed'\n"
         "[[findings]]\nid='A'\nseverity='low'\nstate='open'", "twice"),
    ],
)  # fmt: skip
def test_a_statement_is_read_strictly(line: str, told: str) -> None:
    head = (
        f"firm = 'F'\nreport_sha256 = '{'d' * 64}'\naudited_commit = '{'1' * 40}'\n"
        "date = '2026-01-01'\n"
    )
    text = line if told in ("lacks",) else head + (
        line if "findings" in line and "[[fix" not in line else f"findings = []\n{line}"
    )  # fmt: skip
    with pytest.raises(BadDocument, match=told):
        read_statement(text.encode())
