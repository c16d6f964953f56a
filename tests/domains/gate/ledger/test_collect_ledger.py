"""From a checkout and a node to facts, and what is asked on the way."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from privatedao_audit.chain.answers import BadShape
from privatedao_audit.domains.authority.world import STRANGER, World
from privatedao_audit.domains.gate.ledger import Standing, collect, ledger
from privatedao_audit.domains.gate.ledger.facts import ClaimFacts, SeenSignature
from privatedao_audit.domains.sources import Sources
from privatedao_audit.evidence.questions import Answer, Outcome, Question
from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.model.target import Surface
from privatedao_audit.repository.resolver import RepositoryResolver
from tests.domains.gate.ledger.build import PROGRAM, VAULT
from tests.domains.node import Node
from tests.repository.claims.test_tokens import SIGNATURE
from tests.repository.conftest import Repo


@dataclass
class Both(Node):
    """A node and a checkout."""

    root: Path | None = None
    statuses: dict[str, Any] = field(default_factory=dict)

    async def ask(self, question: Question) -> Answer:
        if question.kind == "rpc":
            return await super().ask(question)
        self.asked.append(question)
        made = await RepositoryResolver(self.root).resolve(question)
        body = None if made.chosen is None else made.exchanges[made.chosen].body
        return self._answer(question, made.outcome, body, reason=made.reason)

    def _getSignatureStatuses(
        self, _question: Question, some: list[str], _config: Any
    ) -> tuple[Any, int]:
        value = [self.statuses.get(one) for one in some]
        return {"context": {"slot": 1_000}, "value": value}, 1_000


def facts_of(
    repo: Repo | None, world: World | None = None, providers: tuple[str, ...] = ("first",),
    surfaces: tuple[Surface, ...] = (), statuses: dict[str, Any] | None = None,
) -> tuple[ClaimFacts, Both]:  # fmt: skip
    world = world or World()
    node = Both({None: world}, root=repo.root if repo else None, statuses=statuses or {})
    target = world.target().model_copy(update={"surfaces": surfaces})
    found = asyncio.run(collect.collect_claims(Sources(target, node, providers)))
    return found, node


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "checkout")


def test_a_checkout_is_read_and_looked_up(repo: Repo) -> None:
    source = b"fn main() {}"
    digest = hashlib.sha256(source).hexdigest()
    repo.write("src/lib.rs", source)
    repo.write(
        "docs/state.md",
        f"# Localnet\n\n- program: `{PROGRAM}`\n- upgrade authority: `{VAULT}`\n"
        f"- tx: `{SIGNATURE}`\n- wallet: `{STRANGER}`\n",
    )
    repo.write("hashes.json", json.dumps([{"path": "src/lib.rs", "sha256": digest}]))
    repo.commit()
    status = {"slot": 77, "err": None, "confirmationStatus": "finalized"}
    facts, node = facts_of(repo, statuses={SIGNATURE: status})
    assert isinstance(facts.covered, Found)
    assert facts.covered.value.read == 2
    assert set(facts.changed) == {"docs/state.md", "hashes.json", "src/lib.rs"}
    assert facts.signatures[SIGNATURE] == Found(
        SeenSignature(77, False), facts.signatures[SIGNATURE].at
    )
    assert isinstance(facts.accounts[STRANGER], ProvenAbsent)
    counted = ledger(facts).counts()
    assert counted[Standing.AGREES] == 4
    assert counted[Standing.CONTRADICTED] == 0
    # Whatever the number of files, the checkout is asked a handful of questions.
    assert len([q for q in node.asked if q.kind == "git"]) == 4


def test_without_a_checkout_nothing_is_claimed() -> None:
    facts, _ = facts_of(None)
    assert isinstance(facts.covered, Unknown)
    assert "no checkout was given" in facts.covered.reason
    assert facts.claims == ()


def test_a_repository_without_history_is_not_read(repo: Repo) -> None:
    repo.write("a.md", f"- program: `{PROGRAM}`")
    facts, _ = facts_of(repo)
    assert isinstance(facts.covered, Unknown)
    assert facts.covered.reason == "HEAD names no commit"


def test_without_an_endpoint_the_chain_is_not_asked(repo: Repo) -> None:
    repo.commit(**{"a.md": f"- localnet program: `{PROGRAM}`"})
    facts, node = facts_of(repo, providers=())
    assert {q.kind for q in node.asked} == {"git"}
    assert not facts.asked
    assert ledger(facts).entries[0].against == "target"


def test_claims_of_other_clusters_are_not_looked_up(repo: Repo) -> None:
    repo.commit(**{"a.md": f"- devnet wallet: `{STRANGER}`\n- devnet tx: `{SIGNATURE}`"})
    facts, _ = facts_of(repo)
    assert (facts.accounts, facts.signatures) == ({}, {})


def test_what_is_too_much_to_look_up_is_counted(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect, "MOST_ACCOUNTS", 1)
    monkeypatch.setattr(collect, "MOST_SIGNATURES", 0)
    text = f"# Localnet\n\n- `{STRANGER}`\n- `{VAULT}`\n- {VAULT}\n- tx `{SIGNATURE}`\n"
    repo.commit(**{"a.md": text})
    facts, _ = facts_of(repo)
    assert list(facts.accounts) == [VAULT]  # the one that is claimed more often
    assert facts.unasked == 2
    told = [one.why for one in ledger(facts).entries if one.claim.value == SIGNATURE]
    assert told == ["It was not looked up: there are more than this audit asks for."]


def test_the_profile_maps_files(repo: Repo) -> None:
    surface = {
        "part": "custody-record", "program": "governance", "file": "a.json", "format": "json",
        "cluster": "devnet", "fields": {"multisig": "/multisig"},
    }  # fmt: skip
    surfaces = (Surface.model_validate(surface),)
    repo.commit(**{"a.json": json.dumps({"wallet": STRANGER})})
    facts, _ = facts_of(repo, surfaces=surfaces)
    assert [(c.cluster, c.cluster_from) for c in facts.claims] == [("devnet", "profile")]


def test_a_copy_that_the_profile_maps_is_the_one_that_counts(repo: Repo) -> None:
    surface = {
        "part": "custody-record", "program": "governance", "file": "docs/deep/a.json",
        "format": "json", "fields": {"multisig": "/multisig"},
    }  # fmt: skip
    text = json.dumps({"wallet": STRANGER})
    repo.commit(**{"a.json": text, "docs__deep__a.json": text, "docs__other__a.json": text})
    facts, _ = facts_of(repo, surfaces=(Surface.model_validate(surface),))
    assert [(c.file, c.cluster_from) for c in facts.claims] == [("docs/deep/a.json", "profile")]
    found = ledger(facts)
    assert isinstance(facts.covered, Found)
    assert set(facts.covered.value.copies) == {"a.json", "docs/other/a.json"}
    for path in ("a.json", "docs/deep/a.json", "docs/other/a.json"):
        assert len(found.of_file(path)) == 1


def test_a_file_with_two_mappings_keeps_no_cluster() -> None:
    rows = [
        {"part": "custody-record", "program": "governance", "file": "a.json", "format": "json",
         "cluster": cluster, "state": state, "fields": {"multisig": "/multisig"}}
        for cluster, state in (("devnet", "archived"), ("testnet", "current"))
    ]  # fmt: skip
    surfaces = tuple(Surface.model_validate(row) for row in rows)
    target = World().target().model_copy(update={"surfaces": surfaces})
    (mapping,) = collect.mapping_of(target).values()
    assert (mapping.cluster, mapping.archived) == (None, False)


@pytest.mark.parametrize(
    "result",
    [None, {}, {"value": None}, {"value": []}, {"value": [{"slot": "7"}]}, {"value": [7]},
     {"value": [{"slot": -1}]}, {"value": [{"slot": True}]}],
)  # fmt: skip
def test_statuses_of_another_shape_are_refused(result: Any) -> None:
    with pytest.raises(BadShape):
        collect.statuses(result, 1)


def test_what_is_not_final_is_not_known() -> None:
    rows = [None, {"slot": 7, "err": None, "confirmationStatus": "confirmed"},
            {"slot": 8, "err": {"a": 1}, "confirmationStatus": "finalized"}]  # fmt: skip
    assert collect.statuses({"value": rows}, 3) == (None, None, SeenSignature(8, True))


def test_answers_that_are_not_documents_are_not_believed() -> None:
    class Liar(Both):
        async def ask(self, question: Question) -> Answer:
            body = b'{"commit": "' + b"c" * 40 + b'", "ref": null}'
            if question.method != "head":
                body = b'{"files": {"a.md": "1"}, "texts": {}}'
            return self._answer(question, Outcome.FOUND, body)

    node = Liar({None: World()})
    facts = asyncio.run(collect.collect_claims(Sources(World().target(), node, ())))
    assert isinstance(facts.covered, Unknown)
    assert "does not decode" in facts.covered.reason


def test_the_claims_are_collected_once_for_all_domains(repo: Repo) -> None:
    repo.write("README.md", b"Nothing is stated here.\n")
    repo.commit("first")
    node = Both({None: World()}, root=repo.root)
    sources = Sources(World().target(), node, ())
    first = asyncio.run(collect.collect_claims(sources))
    asked = len(node.asked)
    assert asyncio.run(collect.collect_claims(sources)) is first
    assert len(node.asked) == asked
    # Under a probe everything is asked anew.
    assert asyncio.run(collect.collect_claims(sources.under("again"))) is not first
