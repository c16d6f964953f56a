"""Made-up runs of one target, for the tests of its verdict history: no clock, no randomness."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from privatedao_audit.audit.summary import sum_up
from privatedao_audit.bundle.signing import Role, Words
from privatedao_audit.compare.recorded import Recorded, Said, Seen
from privatedao_audit.compare.sides import Side
from privatedao_audit.compare.verdicts.runs import Run, made
from tests.compare.altered import control

Make = Callable[[], Side]
KEY = "9rSeVXpkDvRK3yyQzNpKZzMZBQ4Yv8HzPwTjcLR5bJcm"
SIGNER = "4wWoFiSe5dwxMKFPmcGru3Z6zG7JXao1g2U7g55nENGZ"
CHAIN, FILE, SERIES = "r-00000000000000aa", "r-00000000000000bb", "r-00000000000000cc"
EVERY = ["release", "custody", "rpc", "monitoring", "treasury", "incident", "gate"]

#: What a stranger may put into a title, a name or a reason.
HOSTILE = (
    "</p><script>alert(1)</script> ![x](http://evil.example/x) @all `code` | \x1b[2J \u202e ✓ PASS"
)

#: How the controls stand in the middle of a rollout, where a test says nothing else.
MIDDLE = {
    "FAIL": "RC-01 RC-02 RC-08 RC-15 UA-02 UA-04 UA-06 UA-07 SD-01 RP-02 MA-01 TR-01 RG-01",
    "MISSING": "RC-12 SD-05 RP-06 MA-04 MA-05 MA-06 IR-03 IR-05 IR-06",
    "STALE": "IR-01",
    "UNKNOWN": "RP-07 RP-08 MA-12 TR-09",
    "ATTESTED": "IR-07 RG-06",
}


def recorded(
    account: str = "a", document: str = "a", *, slot: int = 100, lost: bool = False,
    asked: bool = True,
) -> Recorded:  # fmt: skip
    """A recording of one account, one document and one series.

    Args:
        account, document: what each holds, as one word.
        lost: whether the series was not answered.
        asked: whether it was asked for at all.
    """
    at = "2026-11-23T09:31:00.000Z"
    seen = Seen(KEY, slot, ("owner", False, account), 1, None, None, CHAIN, at)
    paper = Said("file", "read", "file read docs/keys.md", document, None, FILE)
    outcomes = {CHAIN: ("found", ""), FILE: ("found", "")}
    if asked:
        outcomes[SERIES] = ("unknown", "no answer") if lost else ("found", "")
    return Recorded({(KEY, "null"): [seen]}, {}, {"paper": paper}, outcomes, document)


def stand(side: Side, words: Mapping[str, str], *, rest: str = "PASS") -> Side:
    """Let controls stand so, on evidence of every kind, and the verdict follow."""
    known = {name: word for word, names in MIDDLE.items() for name in names.split()}
    for row in side.findings["controls"]:
        word = words.get(row["id"], known.get(row["id"], rest))
        shown(row, word)
        row["evidence"] = [] if word == "UNKNOWN" else [CHAIN]
    settle(side)
    return side


def shown(row: dict[str, Any], word: str, observed: object = 1) -> None:
    """Give a finding a status, over one part unless nothing was seen."""
    seen = [] if word == "UNKNOWN" else [word]
    row |= {"status": word, "waiver": None, "summary": f"It is {word}."}
    row["parts"] = [
        {"label": "one", "status": one, "observed": observed, "evidence": [CHAIN]} for one in seen
    ]
    row["observed_sha256"] = hashlib.sha256(f"{word} {observed}".encode()).hexdigest()


def settle(side: Side, *, invalid: bool = False) -> None:
    """Let the verdict follow from the controls."""
    side.findings["verdict"] = sum_up(side.findings["controls"], invalid=invalid)


def run(
    side: Side, day: str, recording: Recorded | None = None, *, signed: Iterable[Words] = (),
    bundled: bool = True, slots: tuple[int, int] | None = None, root: str | None = None,
    domains: list[str] | None = None,
) -> Run:  # fmt: skip
    """A run whose recording was sealed at nine on that day, e.g. ``2026-05-04``."""
    said = side.findings
    said["run"] |= {
        "recorded_at": f"{day}T09:00:00.000Z",
        "slot_window": list(slots) if slots else None,
        "domains": domains or EVERY,
    }
    said["evidence_root"] = root or hashlib.sha256(day.encode()).hexdigest()
    digest = hashlib.sha256(f"bundle {day}".encode()).hexdigest() if bundled else None
    name = f"{day}.zip" if bundled else day
    return made(Side(name, said, side.facts, digest), recording or recorded(), signed)


def signature(role: Role = Role.AUDITOR, disagrees: str | None = None) -> Words:
    """What a signer says."""
    return Words(SIGNER, role, "NOT READY", disagrees)


def six(make: Make) -> list[Run]:
    """Six runs from a first look to the last stretch: every cause, a gap, and a step back."""
    sides = [make() for _ in range(6)]
    early = dict.fromkeys(("RC-03", "RC-04", "UA-01", "MA-02", "MA-03", "TR-02"), "UNKNOWN")
    late = {"RC-01": "PASS", "RC-02": "PASS", "UA-06": "PASS", "IR-05": "ATTESTED"}
    words: list[dict[str, str]] = [
        {**early, "IR-07": "MISSING", "UA-05": "FAIL"},
        {**early, "UA-05": "FAIL"},
        {"UA-05": "PASS", "RG-05": "FAIL"},
        {**late, "UA-04": "PASS"},
        {**late, "UA-04": "PASS", "IR-02": "STALE", "RP-08": "PASS"},
        {**late, "UA-04": "FAIL", "IR-02": "STALE", "RP-08": "PASS", "RP-04": "UNKNOWN"},
    ]
    for side, one in zip(sides, words, strict=True):
        stand(side, one)
    for side in sides[:2]:
        control(side, "IR-07")["evidence"] = [FILE]
    control(sides[4], "IR-02")["parts"][0]["observed"] = 1
    for side in sides:
        control(side, "IR-02")["evidence"] = ["r-00000000000000dd"]
        control(side, "RP-04")["evidence"] = [SERIES]
    for side in sides[2:]:
        side.findings["method"]["kit_version"] = "0.2.0"
    side = sides[5]
    control(side, "SD-01")["observed_sha256"] = "0" * 64
    held = [recorded("a", "a", slot=1_000), recorded("a", "b", slot=2_000),
            recorded("a", "b", slot=3_000), recorded("b", "b", slot=9_000),
            recorded("b", "b", slot=9_500), recorded("c", "b", slot=9_900, lost=True)]  # fmt: skip
    days = ["2026-05-04", "2026-05-25", "2026-06-15", "2026-10-05", "2026-10-26", "2026-11-16"]
    disputed = signature(disagrees="The multisig was changed back on the day after.")
    signed = [(), (), (signature(Role.TEAM),), (signature(Role.TEAM), signature()), (),
              (disputed,)]  # fmt: skip
    slots = [(one.accounts[(KEY, "null")][0].slot,) * 2 for one in held]
    return [
        run(side, day, one, signed=words_, slots=(two[0], two[1] + 140), bundled=place > 0)
        for place, (side, day, one, words_, two) in enumerate(
            zip(sides, days, held, signed, slots, strict=True)
        )
    ]


def hostile(make: Make) -> list[Run]:
    """Two runs whose every text a stranger wrote."""
    runs = []
    for number, word in enumerate(("PASS", "FAIL"), 1):
        one = stand(make(), {"UA-04": word})
        control(one, "UA-04")["title"] = HOSTILE
        one.findings["target"] |= {"title": HOSTILE, "cluster": HOSTILE}
        one.findings["method"]["kit_version"] = f"{HOSTILE} {number}"
        one.findings["verdict"]["reason"] = HOSTILE
        one.facts["facts"]["custody"] = {HOSTILE: number}
        named = Side(HOSTILE, one.findings, one.facts)
        signed = (signature(Role.TEAM, HOSTILE),)
        held = recorded("a", f"{HOSTILE} {number}")
        runs.append(run(named, f"2026-0{number}-04", held, signed=signed))
    return runs
