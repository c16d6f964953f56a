"""What is read of health scripts, and what is not believed of them."""

from __future__ import annotations

import pytest

from privatedao_audit.repository.errors import BadDocument
from privatedao_audit.repository.health_scripts import ASKS, Script, joined, read_script
from privatedao_audit.repository.health_scripts.read import MAX_SCRIPT


def shell(text: str) -> Script:
    return read_script("check.sh", text.encode())


def program(text: str) -> Script:
    return read_script("check.ts", text.encode())


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("""payload='{"jsonrpc":"2.0","id":1,"method":"getSlot"}'""", "getSlot"),
        (r"""curl --data "{\"method\":\"getGenesisHash\"}" "$url" """, "getGenesisHash"),
        ('hash=$(solana genesis-hash --url "$url")', "getGenesisHash"),
        ("solana program show $ID", "getAccountInfo"),
        ("solana slot | tail -1", "getSlot"),
    ],
)
def test_a_shell_script_asks(text: str, method: str) -> None:
    assert list(shell(text).methods) == [method]


@pytest.mark.parametrize(
    "text",
    [
        "# the method getSlot is asked below",
        """# payload='{"method":"getSlot"}'""",
        """true # {"method":"getSlot"}""",
        'echo \'{"method":"getSlot"}\'',
        "printf 'getSlot getGenesisHash getLatestBlockhash getAccountInfo'",
        "getSlot=1",
        "echo solana slot",
    ],
)
def test_comments_and_prints_of_a_shell_script_ask_nothing(text: str) -> None:
    assert shell(text).methods == {}


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("const slot = await connection.getSlot('confirmed');", "getSlot"),
        ("await rpc(url, 'getGenesisHash', [])", "getGenesisHash"),
        ("""body: JSON.stringify({ id: 1, method: "getLatestBlockhash" })""", "getLatestBlockhash"),
        ('await call<string>(base, "getAccountInfo")', "getAccountInfo"),
    ],
)
def test_a_program_asks(text: str, method: str) -> None:
    assert list(program(text).methods) == [method]


@pytest.mark.parametrize(
    "text",
    [
        "// await connection.getSlot()",
        "/* connection.getSlot()\n connection.getSlot() */",
        "console.log('getSlot')",
        "throw new Error('getSlot')",
        "const names = ['getSlot', 'getGenesisHash'];",
    ],
)
def test_comments_and_prints_of_a_program_ask_nothing(text: str) -> None:
    assert program(text).methods == {}


def test_lines_are_counted_past_comments() -> None:
    assert program("/* one\ntwo */\nx.getSlot()\n").methods == {"getSlot": 3}
    assert program('const url = "http://a//b"; x.getSlot()').methods == {"getSlot": 1}


@pytest.mark.parametrize(
    "text", ["exit 1", "  return 3", "if x; then exit 2; fi", "test || { echo bad; exit 1; }"]
)
def test_a_shell_script_can_fail(text: str) -> None:
    assert shell(text).fails == (1,)


@pytest.mark.parametrize("text", ["exit 0", "return 0", "# exit 1", "echo 'exit 1 is bad'"])
def test_a_shell_script_that_only_ends_well_can_not(text: str) -> None:
    assert shell(text).fails == ()


@pytest.mark.parametrize(
    "text", ["process.exit(1)", "process.exitCode = 1", "throw new Error('x')", "assert(a === b)"]
)
def test_a_program_can_fail(text: str) -> None:
    assert program(text).fails == (1,)


@pytest.mark.parametrize("text", ["process.exit(0)", "// throw x", "process.exitCode = 0"])
def test_a_program_that_only_ends_well_can_not(text: str) -> None:
    assert program(text).fails == ()


def test_an_outcome_that_is_only_ever_true_is_named() -> None:
    assert program(
        "type R = {\n healthy: boolean;\n};\nconst r = { healthy: true };"
    ).constants == {"healthy": 4}
    assert program("r = { healthy: true }; s = { healthy: false };").constants == {}
    assert program("r = { healthy: slot > 3 };").constants == {}
    assert program("if (report.primaryHealthy === true) go();").constants == {}


def test_what_a_script_takes_in_is_named_and_joined() -> None:
    one = shell('. "$DIR/lib/tools.sh"\nexit 1\n')
    assert one.includes == ("lib/tools.sh",)
    assert one.opaque == ""
    other = shell("""x='{"method":"getSlot"}'\nexit 9\n""")
    both = joined(one, [other])
    assert both.methods == {"getSlot": 1}
    assert both.fails == (2,)
    assert both.asks == {"slot"}
    assert joined(one, [None]).opaque
    assert program("import { a } from './lib/a'\nconst b = require('../b.js')").includes == (
        "./lib/a", "../b.js",
    )  # fmt: skip


@pytest.mark.parametrize("text", ['eval "$code"', "source $FILE", "node other.js", "npm run x"])
def test_what_does_not_stand_in_the_text_makes_it_opaque(text: str) -> None:
    assert shell(text).opaque
    assert program("execSync('curl')").opaque


def test_what_it_asks_for_is_grouped() -> None:
    every = "".join(f"x.{sorted(methods)[0]}();\n" for methods in ASKS.values())
    assert program(every).asks == set(ASKS)


@pytest.mark.parametrize(
    ("path", "data"),
    [("check.py", b"print()"), ("check.sh", b"\xff"), ("check.sh", b" " * (MAX_SCRIPT + 1))],
    ids=["another language", "not UTF-8", "too long"],
)
def test_what_is_not_read(path: str, data: bytes) -> None:
    with pytest.raises(BadDocument):
        read_script(path, data)


def test_hostile_lines_cost_no_time() -> None:
    for text in ("(" * 100_000, '"' + "\\" * 200_000, "`" * 99_999, "method:" * 50_000,
                 "a(" * 80_000, "healthy:" * 50_000, "/*" * 100_000):  # fmt: skip
        assert program(text).methods == {}
        assert shell(text).methods == {}
