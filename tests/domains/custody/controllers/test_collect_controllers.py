"""What the collector of controllers asks, and what becomes of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from privatedao_audit.domains.authority.collect import collect_authorities
from privatedao_audit.domains.authority.link import Holder
from privatedao_audit.domains.authority.world import GOVERNANCE, STRANGER, World, found
from privatedao_audit.domains.custody.controllers import collect as controllers
from privatedao_audit.domains.custody.controllers.cases import PATH, POLICY
from privatedao_audit.domains.custody.controllers.facts import ControllerFacts
from privatedao_audit.domains.sources import Sources
from privatedao_audit.model.reads import Found, ProvenAbsent, Unknown
from privatedao_audit.model.target import Surface, Target
from tests.domains.node import DEPLOYER, Landed, Node
from tests.domains.test_governance import target as of_a_dao
from tests.protocols import world as dao
from tests.protocols.world import of_dao

GOOD = World()
KEY = str(DEPLOYER.pubkey())
PROGRAMDATA = GOOD.programs[0].programdata
HANDOVER = Landed(4, 300, (PROGRAMDATA, KEY, GOOD.multisigs[0].vault()))


def surface(part: str, file: str, said: dict[str, Any], **more: Any) -> Surface:
    fields = {k: f"/{k}" + ("/*" if isinstance(v, list) else "") for k, v in said.items()}
    return Surface.model_validate(
        {"part": part, "file": file, "format": "json", "program": "governance",
         "fields": fields, **more}
    )  # fmt: skip


def collected(
    node: Node, surfaces: tuple[Surface, ...] = (), target: Target | None = None
) -> ControllerFacts:
    profile = (target or node.worlds[None].target()).model_copy(update={"surfaces": surfaces})
    sources = Sources(profile, node, ("first", "second"))

    async def go() -> ControllerFacts:
        outside = await controllers.outside(sources)
        authority = await collect_authorities(sources, outside.keys)
        return await controllers.collect(sources, outside, authority)

    return asyncio.run(go())


def files(**documents: dict[str, Any]) -> dict[str, bytes]:
    return {f"{name}.json": json.dumps(one).encode() for name, one in documents.items()}


SURFACES = (
    surface("upgrade-policy", "policy.json", POLICY),
    surface("revocation-path", "path.json", PATH),
)


def test_policy_and_path_are_read_with_their_last_change() -> None:
    node = Node({None: GOOD}, files=files(policy=POLICY, path=PATH))
    facts = collected(node, SURFACES)
    (policy,), (path,) = facts.policies, facts.paths
    assert isinstance(policy.said, Found)
    assert policy.said.value.values["threshold"] == ("2",)
    assert isinstance(path.said, Found)
    assert len(path.said.value.values["steps"]) == 3
    # The invented node knows no git: that is told, and is not "never changed".
    assert isinstance(policy.changed, Unknown)


def test_documents_of_other_clusters_and_archived_ones_are_left_alone() -> None:
    node = Node({None: GOOD}, files=files(policy=POLICY))
    others = (
        surface("upgrade-policy", "policy.json", POLICY, cluster="devnet"),
        surface("upgrade-policy", "policy.json", POLICY, state="archived"),
    )
    assert collected(node, others).policies == ()


def test_a_missing_document_is_proven_absent() -> None:
    facts = collected(Node({None: GOOD}), SURFACES)
    assert isinstance(facts.policies[0].said, ProvenAbsent)


def test_the_rehearsal_is_looked_up_with_what_it_changed() -> None:
    told = {**PATH, "rehearsal_signature": HANDOVER.signature}
    node = Node({None: GOOD}, files=files(path=told), transactions=(HANDOVER,))
    ((signature, read),) = collected(node, SURFACES[1:]).rehearsals
    assert signature == HANDOVER.signature
    assert isinstance(read, Found)
    (change,) = read.value.changes
    assert (change.action, change.new_authority) == ("SetAuthority", GOOD.multisigs[0].vault())
    assert change.programdata == PROGRAMDATA


def test_a_rehearsal_that_moved_a_buffer_shows_what_it_moved() -> None:
    moved = Landed(4, 300, (STRANGER, KEY, GOVERNANCE))
    world = GOOD.reading(STRANGER, found(STRANGER, GOOD.programs[1].id, b"buffer"))
    told = {**PATH, "rehearsal_signature": moved.signature}
    node = Node({None: world}, files=files(path=told), transactions=(moved,))
    ((_, read),) = collected(node, SURFACES[1:]).rehearsals
    assert isinstance(read, Found)
    assert [one.programdata for one in read.value.changes] == [STRANGER]


@pytest.mark.parametrize(
    "change",
    [
        {"rehearsal_cluster": "devnet"},
        {"rehearsal_cluster": None},
        {"rehearsal_signature": "done"},
        {"rehearsal_signature": None},
    ],
)
def test_nothing_is_asked_of_another_cluster_or_by_another_name(change: dict[str, Any]) -> None:
    node = Node({None: GOOD}, files=files(path={**PATH, **change}))
    assert collected(node, SURFACES[1:]).rehearsals == ()
    assert "getTransaction" not in {method for method, _ in node.methods()}


def test_a_protocol_that_the_kit_does_not_know_is_a_gap() -> None:
    facts = collected(Node({None: GOOD}))
    assert len(facts.gaps) == 1
    assert "'case' is not known" in facts.gaps[0]
    assert [one.gap for one in facts.daos] == [facts.gaps[0]]


POLICIES = (
    of_dao(
        "dao-security-policy", "DaoSecurityPolicy", authority=dao.CREATOR,
        proof_attestors=[dao.key(f"attestor {n}") for n in range(5)], proof_attestor_count=3,
        proof_threshold=2, settlement_attestors=[dao.SYSTEM] * 5, settlement_attestor_count=1,
        settlement_threshold=1,
    ),
    of_dao("treasury-operator", "TreasuryOperatorAuthority", authority=dao.key("operator")),
)  # fmt: skip


def test_every_authority_of_a_dao_is_found() -> None:
    node = dao.Node().with_accounts(dao.dao_account(), *POLICIES)
    target = of_a_dao(mints=[{"name": "votes", "address": dao.MINT, "role": "governance"}])
    sources = Sources(target, node, ("first",))
    outside = asyncio.run(controllers.outside(sources))
    held = {one.role: one for one in outside.others}
    assert held["authority"].keys == Found((dao.CREATOR,), held["authority"].keys.at)
    attestors = held["proof attestors"]
    assert isinstance(attestors.keys, Found)
    # Of five places three are used; the key of zero bytes is nobody's.
    assert attestors.keys.value == tuple(dao.key(f"attestor {n}") for n in range(3))
    assert attestors.threshold == 2
    assert "settlement attestors" not in held
    absent = held["authority of dao-governance-policy-v3"]
    assert isinstance(absent.keys, ProvenAbsent)
    assert outside.mints == {dao.MINT: "votes"}
    assert {dao.MINT, dao.CREATOR} <= set(outside.keys)
    (power,) = outside.daos
    assert (power.mint, power.delays["execution"], power.gap) == (dao.MINT, 86_400, "")


def test_the_governance_mint_of_the_dao_counts_where_the_target_names_none() -> None:
    node = dao.Node().with_accounts(dao.dao_account())
    outside = asyncio.run(controllers.outside(Sources(of_a_dao(), node, ("first",))))
    assert outside.mints == {dao.MINT: "governance mint of The club"}


def test_a_dao_that_does_not_exist_is_told() -> None:
    outside = asyncio.run(controllers.outside(Sources(of_a_dao(), dao.Node(), ("first",))))
    assert outside.daos[0].gap == "the DAO account does not exist"
    authority = next(one for one in outside.others if one.role == "authority")
    assert isinstance(authority.keys, ProvenAbsent)


def test_holders_are_followed_with_the_same_accounts_as_the_program() -> None:
    vault = GOOD.multisigs[0].vault(1)
    world = GOOD.reading(vault, found(vault, dao.SYSTEM))
    target = world.target()
    sources = Sources(target, Node({None: world}), ("first", "second"))
    authority = asyncio.run(collect_authorities(sources, (vault,)))
    from privatedao_audit.domains.custody.controllers.cases_others import role

    (first, second) = controllers.followed(role((vault,)), authority, target).links[vault]
    assert (first.holder, second.holder) == (Holder.SQUADS_V4, Holder.NONE)
    assert first.vault_index == 1
