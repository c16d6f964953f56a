"""What a realm's rules are worth: by whose votes, after how long, and who stands outside them."""

from __future__ import annotations

from collections.abc import Iterator

from privatedao_audit.chain import addresses
from privatedao_audit.chain.layouts.governance import (
    Governance,
    Realm,
    RealmConfig,
    Threshold,
    derive_realm_config,
)
from privatedao_audit.chain.layouts.token import Mint
from privatedao_audit.domains.authority.facts import AccountState, AuthorityFacts
from privatedao_audit.domains.authority.link import RealmRule
from privatedao_audit.domains.authority.vaults import explained_by
from privatedao_audit.model.reads import Diverged, Found, ProvenAbsent, Read, ReadAt, joined

#: A realm that can't be read: why, as a read.
NoRealm = Read[AccountState] | str


def realm_rule(
    address: str, state: Governance, owner: str, key: str, facts: AuthorityFacts
) -> tuple[RealmRule, ReadAt] | NoRealm:
    """The rules under which the governance at ``address`` signs for ``key``.

    Returns:
        The rules and the reads they rest on; or the read that failed; or, as text, why the
        realm's account may not be believed.
    """
    at_realm = facts.accounts.get(state.realm)
    if at_realm is None:
        return f"The realm {state.realm} was not asked for."
    if not isinstance(at_realm, Found):
        return at_realm
    realm = at_realm.value.content
    if not isinstance(realm, Realm) or at_realm.value.owner != owner:
        return f"The realm account {state.realm} is not one of the program {owner}."
    if not realm.rederives(state.realm, owner):
        return f"The realm {state.realm} is not at the address that its name derives."
    place = derive_realm_config(state.realm, owner).address
    at_config = facts.accounts.get(place)
    if not isinstance(at_config, Found | ProvenAbsent):
        return f"The realm config {place} was not asked for." if at_config is None else at_config
    unknown: list[str] = []
    settings = _settings(at_config, owner, unknown)
    others = _other_rules(realm, state.realm, address, owner, facts)
    configs = tuple(one.config.effective() for one in (state, *others))
    votes = tuple(_votes(realm, configs, settings))
    bypass = tuple(_bypass(realm, state.realm, owner, bool(others), dict(votes), facts, unknown))
    if not votes:
        unknown.append("no population has a vote by these rules")
    rule = RealmRule(
        realm=state.realm,
        name=realm.name,
        how=state.signs_as(address, key, owner) or "",
        configs=configs,
        votes=votes,
        bypass=bypass,
        unknown=tuple(unknown),
    )
    return rule, joined(at_realm.at, at_config.at, *_mint_places(realm, facts))


def _settings(
    read: Found[AccountState] | ProvenAbsent, owner: str, unknown: list[str]
) -> RealmConfig | None:
    """The realm's config; None where there is none, which means deposits without add-ins."""
    if isinstance(read, ProvenAbsent):
        return None
    config = read.value.content
    if not isinstance(config, RealmConfig) or read.value.owner != owner:
        unknown.append("the realm's config account does not decode")
        return None
    if config.reserved_nonzero:
        unknown.append("the realm's config account has a layout of another version")
    for name, one in (("community", config.community), ("council", config.council)):
        if one.voter_weight_addin is not None or one.max_voter_weight_addin is not None:
            addin = one.voter_weight_addin or one.max_voter_weight_addin
            unknown.append(f"the program {addin} decides what a {name} vote weighs")
    return config


def _other_rules(
    realm: Realm, at: str, address: str, owner: str, facts: AuthorityFacts
) -> list[Governance]:
    """The governance of the same realm that may rewrite the realm, where it is another one."""
    key = realm.authority
    if key is None or key == address:
        return []
    read = facts.accounts.get(key)
    if not isinstance(read, Found):
        return []
    one = read.value.content
    inside = isinstance(one, Governance) and one.realm == at and read.value.owner == owner
    return [one] if inside and isinstance(one, Governance) and one.rederives(key, owner) else []


def _votes(
    realm: Realm, configs: tuple[object, ...], settings: RealmConfig | None
) -> Iterator[tuple[str, str]]:
    """Each population that can pass a proposal, with the share by which it does."""
    populations = (
        ("community", realm.community_mint, "community_threshold"),
        ("council", realm.council_mint, "council_threshold"),
    )
    for name, mint, attribute in populations:
        kind = None if settings is None else getattr(settings, name).token_type
        thresholds: list[Threshold] = [getattr(config, attribute) for config in configs]
        shares = [one.percent for one in thresholds if one.percent is not None]
        if mint is not None and kind != "dormant" and shares:
            yield name, f"{min(shares)} %"


def _bypass(
    realm: Realm, at: str, owner: str, shared: bool, votes: dict[str, str],
    facts: AuthorityFacts, unknown: list[str],
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """Keys outside the realm that alone rewrite it or make its votes."""
    key = realm.authority
    if key is not None and not shared and not _inside(key, at, owner, facts):
        if addresses.is_on_curve(key) or explained_by(key, facts.accounts) is not None:
            yield key, "the realm authority can rewrite the realm's rules"
        else:
            unknown.append(f"who signs for the realm authority {key}")
    mints = {"community": realm.community_mint, "council": realm.council_mint}
    for name in votes:
        address = str(mints[name])
        read = facts.accounts.get(address)
        if not isinstance(read, Found) or not isinstance(read.value.content, Mint):
            unknown.append(f"the {name} mint {address} could not be read")
            continue
        mint = read.value.content
        for power in ("mint", "permanent-delegate"):
            key = mint.authorities.get(power)
            if key is None or _inside(key, at, owner, facts):
                continue
            if addresses.is_on_curve(key):
                yield key, f"the {power} authority of the {name} mint can make the votes"
            else:
                unknown.append(f"who signs for the {power} authority {key} of the {name} mint")


def _inside(key: str, at: str, owner: str, facts: AuthorityFacts) -> bool:
    """Whether a key is a governance of this realm or the native treasury of one."""
    for address, read in facts.accounts.items():
        if not isinstance(read, Found) or read.value.owner != owner:
            continue
        one = read.value.content
        inside = isinstance(one, Governance) and one.realm == at
        if inside and explained_by(key, facts.accounts, [address]) is not None:
            return True
    return False


def _mint_places(realm: Realm, facts: AuthorityFacts) -> list[ReadAt]:
    keys = (realm.community_mint, realm.council_mint)
    reads = [facts.accounts.get(key) for key in keys if key is not None]
    return [read.at for read in reads if read is not None and not isinstance(read, Diverged)]
