"""RG-07 from a checkout and a node: what is named, what is reached, and what becomes of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.domains.authority.world import World, wallet
from privatedao_audit.domains.gate.checks import rg_07
from privatedao_audit.domains.gate.facts import GateFacts
from privatedao_audit.domains.gate.ledger.collect import collect_claims
from privatedao_audit.domains.gate.reach.collect import collect_reach
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.finding import Judgement
from privatedao_audit.model.limits import Limits
from privatedao_audit.model.readiness import Excluded
from privatedao_audit.model.target import BadTarget, Surface
from tests.domains.gate.ledger.build import MULTISIG, PROGRAM
from tests.domains.gate.ledger.test_collect_ledger import Both
from tests.domains.gate.world import profile
from tests.repository.conftest import Repo

STRANGE = wallet("another multisig")
GOOD = f"# Deployment on localnet\n\n- Program: `{PROGRAM}`\n- Multisig: `{MULTISIG}`\n"


def judged(tmp_path: Path, text: str, *, mapped: bool = True, **change: Any) -> Judgement:
    repo = Repo(tmp_path / "repo")
    repo.write("docs/a.md", text)
    repo.write("docs/b.md", "# Nothing\n")
    repo.commit()
    world = World()
    surface = Surface(
        part="evidence-file", topic="hardening", file="docs/a.md" if mapped else "docs/b.md",
        format="markdown", fields={"date": "Date"},
    )  # fmt: skip
    target = world.target().model_copy(update={"surfaces": (surface,), **change})
    sources = Sources(target, Both({None: world}, root=repo.root), ("first",))

    async def collected() -> GateFacts:
        claims = await collect_claims(sources)
        return GateFacts("", "", {}, claims, reach=await collect_reach(sources, claims))

    return rg_07(asyncio.run(collected()), Limits())


def test_a_scope_that_holds_what_is_named_and_reached_is_complete(tmp_path: Path) -> None:
    said = judged(tmp_path, GOOD)
    assert said.status == "PASS", [(p.label, p.status) for p in said.parts]
    labels = [part.label for part in said.parts]
    assert f"named program {PROGRAM}" in labels
    assert f"reached multisig {MULTISIG}" in labels


def test_a_multisig_that_is_not_in_scope_is_reached_all_the_same(tmp_path: Path) -> None:
    # Without it in the target nothing explains the vault, and the history is not there to tell.
    said = judged(tmp_path, GOOD, multisigs=())
    assert said.status != "PASS"


def test_what_a_current_document_names_beyond_the_scope_fails(tmp_path: Path) -> None:
    said = judged(tmp_path, GOOD + f"- Second multisig: `{STRANGE}`\n")
    assert said.status == "FAIL"
    assert "docs/a.md, line 5, names the multisig" in said.summary


def test_an_exclusion_with_a_reason_accounts_for_it(tmp_path: Path) -> None:
    left = Excluded(address=STRANGE, reason="It was closed in May.")
    said = judged(tmp_path, GOOD + f"- Second multisig: `{STRANGE}`\n", excluded=(left,))
    assert said.status == "PASS"
    assert any("closed in May" in part.summary for part in said.parts)


def test_other_documents_are_listed_and_fail_nothing(tmp_path: Path) -> None:
    said = judged(tmp_path, GOOD + f"- Second multisig: `{STRANGE}`\n", mapped=False)
    assert said.status == "UNKNOWN"  # No current document names anything.
    (listed,) = [part for part in said.parts if part.label == "documents"]
    assert STRANGE in listed.observed["listed"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('[[excluded]]\naddress = "KEY"\nreason = "no"', "at least 3 words"),
        ('[[excluded]]\naddress = "FEz2hCLGpDhJ3cdAm5CCWFzrKv8vDDzmmt9UjdF2fApZ"\n'
         'reason = "It is out of scope."', "in scope and excluded"),
        ('[[excluded]]\naddress = "KEY"\nreason = "It was closed in May."\n' * 2, "listed twice"),
        ('[[excluded]]\naddress = "KEY"\nwhy = "x"', "unknown key"),
        ('[[firms]]\nname = "Example Audits"\nkey = "KEY"', "listed twice"),
        ('[[firms]]\nname = "B"\npublished = ["abc"]', "pattern"),
    ],
)  # fmt: skip
def test_the_target_refuses_what_explains_nothing(more: str, told: str) -> None:
    with pytest.raises(BadTarget, match=told):
        profile("\n" + more.replace("KEY", STRANGE))


@pytest.mark.parametrize("control", ["RG-01", "RG-99", "rg-05", ""])
def test_the_target_refuses_a_mapping_to_no_control(control: str) -> None:
    with pytest.raises(BadTarget, match=r"RG-01 judges the items|there is no control"):
        profile(f'"x" = ["{control}"]\n')  # The profile ends in [readiness.items].
