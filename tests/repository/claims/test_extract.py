"""Documents to claims: cluster, role and state by context, and what hostile documents do."""

from __future__ import annotations

import json

import pytest

from privatedao_audit.repository.claims.extract import claims_of
from privatedao_audit.repository.claims.model import Claim, Kind, Mapping, State
from tests.repository.claims.test_tokens import DIGEST, KEY, SIGNATURE

OTHER = "4Mm5YTRbJuyA8NcWM85wTnx6ZQMXNph2DSnzCCKLhsMD"


def claims(file: str, text: str, mapped: Mapping | None = None) -> tuple[Claim, ...]:
    return tuple(c for c in claims_of(file, text, mapped).claims if c.what is not Kind.NETWORK)


def one(file: str, text: str, mapped: Mapping | None = None) -> Claim:
    (claim,) = claims(file, text, mapped)
    return claim


def test_two_clusters_in_one_table_are_told_apart_by_row() -> None:
    table = f"""# Addresses

| What | Cluster | Address |
|---|---|---|
| Program | testnet | `{KEY}` |
| Program | devnet | `{OTHER}` |
"""
    found = claims("a.md", table)
    assert [(c.value, c.cluster, c.role, c.line) for c in found] == [
        (KEY, "testnet", "program", 5), (OTHER, "devnet", "program", 6)
    ]  # fmt: skip
    assert {c.cluster_from for c in found} == {"table"}


def test_two_clusters_in_one_table_are_told_apart_by_column() -> None:
    table = f"""| | Devnet | Testnet |
|---|---|---|
| Program id | {OTHER} | {KEY} |
"""
    assert {(c.value, c.cluster) for c in claims("a.md", table)} == {
        (OTHER, "devnet"), (KEY, "testnet")
    }  # fmt: skip


def test_a_line_that_names_two_clusters_names_none() -> None:
    text = f"# Devnet\n\nOn devnet and on testnet, see `{KEY}`.\n"
    assert one("docs/devnet.md", text).cluster is None


@pytest.mark.parametrize(
    ("text", "cluster", "source"),
    [
        (f"# X\n<https://e.example/tx/{SIGNATURE}?cluster=devnet>", "devnet", "url"),
        (
            f"```\nsolana program show {KEY} --url https://api.testnet.solana.com\n```",
            "testnet",
            "url",
        ),
        (f"- Testnet program: `{KEY}`", "testnet", "line"),
        (f"## Devnet\n\n- program: `{KEY}`", "devnet", "heading"),
        (f"# Devnet release\n\n## Program\n\n- id: `{KEY}`", "devnet", "heading"),
        (f"## Facts\n\n- Network: `devnet`\n- Program id: `{KEY}`", "devnet", "key"),
        (f"## Facts\n\n- program: `{KEY}`", None, ""),
        (f"# Mainnet readiness\n\n- program: `{KEY}`", None, ""),
    ],
)
def test_the_nearest_words_name_the_cluster(text: str, cluster: str | None, source: str) -> None:
    claim = one("a.md", text)
    assert (claim.cluster, claim.cluster_from) == (cluster, source)


def test_the_profile_and_the_file_name_come_last() -> None:
    text = f"- program: `{KEY}`"
    assert one("docs/devnet-notes.md", text).cluster_from == "file name"
    assert one("docs/devnet-notes.md", text, Mapping("testnet")).cluster == "testnet"
    assert one("a.md", f"# Devnet\n\n{text}", Mapping("testnet")).cluster == "devnet"


def test_a_document_says_of_itself_what_it_is_about() -> None:
    text = f"# Proof\n\nTwo real Devnet flows.\n\n## Context\n\n- program: `{KEY}`\n"
    claim = one("a.md", text, Mapping("testnet"))
    assert (claim.cluster, claim.cluster_from) == ("devnet", "document")
    both = text.replace("Devnet flows", "Devnet flows, since moved to Testnet")
    assert one("a.md", both, Mapping("testnet")).cluster_from == "profile"
    data = json.dumps({"mode": "devnet-proof", "program": KEY})
    assert one("a.json", data, Mapping("testnet")).cluster == "devnet"


def test_data_is_read_with_its_keys_and_its_lines() -> None:
    text = json.dumps({"network": "devnet", "programs": [{"programId": KEY}],
                       "testnet": {"upgradeAuthority": OTHER}}, indent=1)  # fmt: skip
    first, second = claims("a.json", text)
    assert (first.role, first.cluster, first.line) == ("program", "devnet", 5)
    assert (second.role, second.cluster, second.line) == ("upgrade-authority", "testnet", 9)


def test_a_network_of_something_else_is_not_that_of_its_neighbours() -> None:
    text = json.dumps({"rehearsalNetwork": "devnet", "rehearsalAddress": OTHER, "address": KEY})
    assert [(c.value, c.cluster) for c in claims("a.json", text)] == [
        (OTHER, "devnet"), (KEY, None)
    ]  # fmt: skip


def test_data_in_one_line_keeps_its_objects_apart() -> None:
    rows = [{"cluster": name, "programId": KEY} for name in ("devnet", "testnet")]
    found = claims("a.json", json.dumps(rows))
    assert [c.cluster for c in found] == ["devnet", "testnet"]


def test_a_neighbour_that_names_the_cluster_leaves_the_plain_key_to_another() -> None:
    text = json.dumps({"currentTestnetProgramId": KEY, "programId": OTHER})
    found = claims("a.json", text, Mapping("testnet"))
    assert [(c.value, c.cluster) for c in found] == [(KEY, "testnet"), (OTHER, None)]


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("mint authority: ", "authority"),
        ("program upgrade authority: ", "upgrade-authority"),
        ("Derive the treasury of the DAO ", "dao"),
        ("programdata address: ", "programdata"),
        ("token program: ", "known-program"),
        ("vault transaction PDA: ", "other-vault"),
        ("PrivateDAO: ", "other"),
    ],
)
def test_the_last_word_is_the_role(text: str, role: str) -> None:
    assert one("a.md", f"- {text}`{KEY}`").role == role


def test_an_argument_of_a_command_has_the_role_of_its_option() -> None:
    block = f"```\nsolana program set-upgrade-authority {KEY} --new-upgrade-authority {OTHER}\n```"
    assert {c.value: c.role for c in claims("a.md", block)} == {
        KEY: "argument", OTHER: "upgrade-authority"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("file", "text", "state"),
    [
        ("a.md", f"- Legacy program: `{KEY}`", State.FORMER),
        ("a.md", f"## Archived\n\n- program: `{KEY}`", State.FORMER),
        ("archive/a.md", f"- program: `{KEY}`", State.FORMER),
        ("a.json", json.dumps({"previousAuthority": KEY}), State.FORMER),
        ("a.json", json.dumps({"program": KEY, "status": "deprecated"}), State.FORMER),
        ("a.md", f"- The program will be `{KEY}`", State.PLANNED),
        ("a.json", json.dumps({"candidateKey": KEY}), State.PLANNED),
        ("report-2026-04-18.md", f"- program: `{KEY}`", State.DATED),
        ("a.md", f"- program: `{KEY}`. The former one was retired.", State.CURRENT),
    ],
)
def test_how_the_document_means_it(file: str, text: str, state: State) -> None:
    assert one(file, text).state is state


def test_lists_and_rows_keep_what_is_checked_together() -> None:
    text = f"- DAO: `{OTHER}`\n- Treasury: `{KEY}`\n"
    claim = claims("a.md", text)[1]
    assert ("dao", OTHER) in claim.beside
    row = json.dumps([{"path": "src/lib.rs", "sha256": DIGEST, "bytes": 3}])
    assert one("a.json", row).beside == (("path", "src/lib.rs"),)


def test_comments_are_no_statements_and_code_is_one() -> None:
    assert claims("a.md", f"<!-- program {KEY} -->\n") == ()
    assert one("a.md", f"```sh\nPROGRAM={KEY[:0]} echo {KEY}\n```\n").place == "code"
    assert one("a.md", f"see https://x.example/address/{KEY}").place == "url"


def test_toml_is_read_by_table_and_key() -> None:
    text = f'# {OTHER}\n[programs.testnet]\ngovernance = "{KEY}"\n[custody]\nthreshold = 2\n'
    found = claims("Anchor.toml", text)
    assert [(c.what, c.cluster, c.role, c.line) for c in found] == [
        (Kind.ADDRESS, "testnet", "program", 3), (Kind.THRESHOLD, None, "multisig", 5)
    ]  # fmt: skip


def test_windows_line_ends_change_nothing() -> None:
    text = f"## Devnet\n\n| a | b |\n|---|---|\n| program | `{KEY}` |\n"
    assert claims("a.md", text) == claims("a.md", text.replace("\n", "\r\n"))


def test_yaml_that_unpacks_to_gigabytes_is_read_as_it_stands() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join(['*' + a] * 9)}]"
              for a, b in zip("abcdefgh", "bcdefghi", strict=True)]  # fmt: skip
    lines.append(f"program: {KEY}")
    assert one("a.yaml", "\n".join(lines)).line == 10


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("a.json", "[" * 100_000 + f'"{KEY}"'),
        ("a.json", '{"program": "' + KEY + '"'),
        ("a.json", f'{{"a": 1,}} {KEY} }}'),
        ("a.yaml", "[" * 5_000 + f"\n{KEY}"),
        ("a.yml", f"a: b: c: {KEY}"),
    ],
)
def test_a_torn_document_is_read_line_by_line_and_says_so(file: str, text: str) -> None:
    found = claims_of(file, text)
    assert [c.value for c in found.claims] == [KEY]
    assert found.note.startswith("read line by line: ")


def test_a_large_document_and_a_long_line_are_read() -> None:
    rows = [{"wallet": KEY, "signature": SIGNATURE, "n": n} for n in range(4_000)]
    text = json.dumps({"network": "devnet", "rows": rows})
    found = claims_of("a.json", text)
    assert len(text) > 700_000
    assert len({c.line for c in found.claims}) == 1
    assert {c.cluster for c in found.claims} == {"devnet"}
    wide = claims_of("a.md", "| " + f"{KEY} | " * 20_000)
    assert {c.value for c in wide.claims} == {KEY}


@pytest.mark.parametrize(
    "text",
    [
        ("|" + " " * 1_900 + "x\n" + " " * 1_900 + "|" + " " * 1_900 + "\n") * 200,
        "<!-- " * 100_000 + "`" * 50_000,
        "\n".join("  " * n + "- a: b" for n in range(1_000)),
        ("| " + "h | " * 900 + "\n|" + "-|" * 900 + "\n" + "| " + "x | " * 900 + "\n") * 5,
        "#" * 100_000 + "\n" + "`" * 100_000 + "\n" + "~" * 100_000,
        "a" + "://" * 50_000 + ":" * 50_000,
    ],
    ids=["blanks", "comments", "nested items", "wide table", "marks", "colons"],
)
def test_shapes_that_would_be_slow_to_match_are_read(text: str) -> None:
    assert claims_of("a.md", text + f"\n\n-->\n\n- key `{KEY}`").lookalikes == 0


def test_hostile_names_stay_text() -> None:
    claim = one("a.md", f'- =HYPERLINK("x") \u202eprogram: `{KEY}`')
    assert claim.role == "program"
    assert len(claim.label) <= 100


def test_five_megabytes_of_json_hide_no_claim() -> None:
    filler = ",".join(f'"k{n}":"{"word " * 20}"' for n in range(48_000))
    text = f'{{"first":{{{filler}}},"program_id":"{KEY}"}}'
    assert len(text) > 5 * 2**20
    found = claims_of("a.json", text)
    assert found.note == ""
    assert [claim.value for claim in found.claims] == [KEY]


def test_yaml_beyond_the_bound_is_read_line_by_line_and_said_so() -> None:
    text = f"program_id: {KEY}\n" + "# filler\n" * 130_000
    found = claims_of("a.yaml", text)
    assert "are read as YAML" in found.note
    assert KEY in [claim.value for claim in found.claims]
