"""A whole audit against a real node, and every way in which a provider can fail it.

The rule behind all of it: what a fault hides is never PASS. Mostly it is UNKNOWN, with the
reason; what two providers disagree about is DIVERGED.
"""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from privatedao_audit.audit.live import Live, record
from privatedao_audit.audit.opening import over
from privatedao_audit.chain.endpoints import Endpoint, SecretUrl
from privatedao_audit.chain.limits import Policy
from privatedao_audit.evidence.sealed import SealedRecording
from privatedao_audit.model import canonical
from privatedao_audit.model.target import Target, parse
from privatedao_audit.rehearsal import dossier
from privatedao_audit.rehearsal import faults as kinds
from privatedao_audit.rehearsal.faults import Fault
from privatedao_audit.rehearsal.proxy import Proxy
from privatedao_audit.rehearsal.sample import code_of, profile_of
from privatedao_audit.rehearsal.script import Life, Story

#: Fails fast: nothing here becomes right by waiting.
POLICY = Policy(
    requests_per_second=0, attempts=2, backoff_base=0.01, backoff_cap=0.02, reread_pause=0.01,
    rereads=2, retry_after_cap=0.05, deadline=10, read_timeout=5, max_body_bytes=2**20,
)  # fmt: skip
SECRETS = ("fake-key-of-the-first-0123456789", "fake-key-of-the-second-9876543210")
DOMAINS = ("release", "custody", "gate")
#: The controls through which the faults are watched one by one; the others are held to the rule
#: that nothing proven on chain passes without the chain.
WATCHED = ("RC-02", "RC-08", "RC-09", "UA-01", "UA-04", "UA-06", "RG-06")
#: What may pass though no account could be read: the cluster itself, and signatures over a dated
#: challenge, which rest on the register, a block and arithmetic.
WITHOUT_ACCOUNTS = {"RG-06", "SD-05"}
GENESIS = "getGenesisHash"


@dataclass
class Outcome:
    """What one audit wrote and came to."""

    findings: dict[str, Any]
    facts: bytes
    recording: bytes
    records: list[dict[str, Any]]
    bodies: list[bytes] = field(repr=False)

    @property
    def status(self) -> dict[str, str]:
        rows = self.findings["controls"]
        return {row["id"]: row["status"] for row in rows if row["id"] in WATCHED}

    def passing_on_chain(self) -> set[str]:
        """Controls of class C, proven on chain or by bytes, that pass."""
        return {row["id"] for row in self.findings["controls"]
                if row["class"] == "C" and row["status"] == "PASS"}  # fmt: skip

    def says(self, control: str) -> str:
        """Everything that one finding says, as text."""
        (row,) = [row for row in self.findings["controls"] if row["id"] == control]
        return json.dumps([row["summary"], row["parts"]])


@dataclass
class Bench:
    """A life on a node, its checkout and profile, and two providers that need keys."""

    life: Life
    target: Target
    checkout: Path
    folder: Path
    first: Proxy
    second: Proxy

    def both(self, fault: Fault, method: str | None = None, **when: int) -> None:
        self.first.faults.add(fault, method, **when)
        self.second.faults.add(fault, method, **when)

    def audit(
        self,
        *,
        checkout: Path | None = None,
        providers: int = 2,
        domains: tuple[str, ...] = DOMAINS,
        policy: Policy = POLICY,
    ) -> Outcome:
        """Record through the proxies, open what was sealed, and judge it."""
        place = self.folder / "evidence.sqlite"
        endpoints = [
            Endpoint(label, SecretUrl(proxy.url))
            for label, proxy in (("first", self.first), ("second", self.second))
        ][:providers]
        live = Live(endpoints, checkout or self.checkout, domains, policy)
        return asyncio.run(_audited(self.target, live, place))


async def _audited(target: Target, live: Live, place: Path) -> Outcome:
    await record(target, live, place)
    with SealedRecording.open(place) as sealed:
        audit = await over(target, sealed, "a test")
        await audit.collect(audit.scope.domains)
        found = audit.report_json(
            method={"kit_version": "test", "lock": None}, canaries={},
            evidence_root=sealed.evidence_root,
            slot_window=sealed.window(), invalid=False,
        )  # fmt: skip
        assert audit.broken == {}
        records = list(sealed.records())
        digests = {row.get("body_sha256") for row in records if row["record"] == "exchange"}
        bodies = [sealed.body(one) or b"" for one in digests if one]
        facts = canonical.dump_file(audit.facts_json())
    canonical.dump_file(found)
    outcome = Outcome(found, facts, place.read_bytes(), records, bodies)
    # Whatever else a test looks at: no audit writes a key of its providers anywhere.
    written = [outcome.recording, facts, canonical.dump_file(found), *outcome.bodies]
    written += [json.dumps(row).encode() for row in records]
    for secret in SECRETS:
        assert not any(secret.encode() in one for one in written)
    return outcome


@dataclass(frozen=True)
class Ground:
    """What all tests of a life share."""

    story: Story
    target: Target
    checkout: Path


def _ground(story: Story, folder: Path) -> Ground:
    dossier.write(story.life, folder)
    name = "sample-healthy" if story.life.healthy else "sample"
    code = code_of(story.node, story.life.squads_program)
    return Ground(story, parse(profile_of(name, story.life, code), name), folder)


@pytest.fixture(scope="module")
def good(healthy: Story, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return _ground(healthy, tmp_path_factory.mktemp("healthy"))


@pytest.fixture(scope="module")
def midway(mid_rollout: Story, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return _ground(mid_rollout, tmp_path_factory.mktemp("midway"))


def _bench(ground: Ground, folder: Path) -> Iterator[Bench]:
    node = ground.story.node
    with Proxy(node, api_key=SECRETS[0]) as first, Proxy(node, api_key=SECRETS[1]) as second:
        yield Bench(ground.story.life, ground.target, ground.checkout, folder, first, second)


@pytest.fixture
def bench(good: Ground, tmp_path: Path) -> Iterator[Bench]:
    """On the healthy life, so that whatever isn't PASS is the fault's doing."""
    yield from _bench(good, tmp_path)


@pytest.fixture
def rollout(midway: Ground, tmp_path: Path) -> Iterator[Bench]:
    yield from _bench(midway, tmp_path)


ALL_PASS = dict.fromkeys(WATCHED, "PASS")


def test_a_healthy_life_passes(bench: Bench) -> None:
    made = bench.audit()
    assert made.status == ALL_PASS
    assert made.findings["run"]["genesis_hash"] == bench.life.genesis_hash
    assert made.findings["run"]["repository"]["dirty"] is False
    # 64 controls and more are not evaluated yet: seven passes make no READY.
    assert made.findings["verdict"]["word"] == "INCONCLUSIVE"
    blamed = {row["id"] for row in made.findings["self_doubt"]}
    assert "one-host" in blamed


def test_a_life_in_mid_rollout_fails_where_it_is_wrong(rollout: Bench) -> None:
    made = rollout.audit()
    assert made.status == {
        "RC-02": "FAIL", "RC-08": "FAIL", "RC-09": "FAIL", "UA-01": "PASS", "UA-04": "FAIL",
        "UA-06": "FAIL", "RG-06": "PASS",
    }  # fmt: skip
    assert rollout.life.running.artifact_sha256 in made.says("RC-02")
    assert rollout.life.running.transaction.signature in made.says("RC-09")
    assert made.findings["verdict"]["word"] == "NOT READY"


def test_one_provider_is_enough_and_said_to_be_one(bench: Bench) -> None:
    made = bench.audit(providers=1)
    assert made.status == ALL_PASS
    assert "one-provider" in {row["id"] for row in made.findings["self_doubt"]}


def test_no_provider_makes_the_chain_unknown(bench: Bench) -> None:
    made = bench.audit(providers=0)
    assert set(made.status.values()) == {"UNKNOWN"}
    assert made.findings["run"]["genesis_hash"] is None
    assert made.findings["run"]["slot_window"] is None


def test_a_domain_left_out_is_unknown(bench: Bench) -> None:
    made = bench.audit(domains=("gate",))
    assert made.status == dict.fromkeys(WATCHED, "UNKNOWN") | {"RG-06": "PASS"}
    # The gate reads the accounts that documents name.
    assert made.passing_on_chain() <= WITHOUT_ACCOUNTS | {"RG-07"}
    assert "partial" in {row["id"] for row in made.findings["self_doubt"]}


# A provider that answers nothing useful

USELESS: dict[str, tuple[Fault, str]] = {
    "401": (kinds.Status(401), "401"),
    "403": (kinds.Status(403, body=b"blocked"), "403"),
    "429 with a pause": (kinds.Status(429, retry_after="1"), ""),
    "429 with a long pause": (kinds.Status(429, retry_after="86400"), ""),
    "429 with nonsense": (kinds.Status(429, retry_after="soon"), "429"),
    "429 without": (kinds.Status(429), "429"),
    "429 in the body": (kinds.RATE_LIMITED_IN_BODY, "429"),
    "500": (kinds.Status(500), "500"),
    "503": (kinds.Status(503, body=b"<html>"), "503"),
    "HTML in a 200": (kinds.HTML, ""),
    "truncated JSON": (kinds.Truncated(20), ""),
    "wrong id": (kinds.WrongId("another"), ""),
    "node behind": (kinds.node_behind(5000), "behind"),
    "lone surrogate": (kinds.LONE_SURROGATE, ""),
    "NaN": (kinds.NOT_A_NUMBER, ""),
    "beyond any float": (kinds.BEYOND_FLOAT, ""),
    "not UTF-8": (kinds.NOT_UTF_8, ""),
    "deep nesting": (kinds.DEEPLY_NESTED, ""),
    "echo of the key": (kinds.EchoRequest(), ""),
    "connection cut": (kinds.Drop(), ""),
    "connection cut within": (kinds.Drop(keep=9), ""),
    "unsupported version": (kinds.Fail(-32015, "Transaction version (1) is not supported"), ""),
    "null": (kinds.Replace(None), ""),
    "a text instead": (kinds.Replace("all is well"), ""),
    "a list instead": (kinds.Replace([]), ""),
    "a huge answer": (kinds.HugeBody(2**21), "larger"),
    "a gzip bomb": (kinds.GzipBomb(2**24), ""),
}
useless = pytest.mark.parametrize(("fault", "told"), USELESS.values(), ids=USELESS)


@useless
def test_nothing_passes_where_no_provider_answers(bench: Bench, fault: Fault, told: str) -> None:
    bench.both(fault)
    made = bench.audit()
    assert set(made.status.values()) == {"UNKNOWN"}
    assert told in made.says("RG-06")
    assert made.findings["verdict"]["word"] == "INCONCLUSIVE"


@useless
def test_accounts_unread_are_not_judged(bench: Bench, fault: Fault, told: str) -> None:
    bench.both(fault, "getMultipleAccounts")
    made = bench.audit()
    assert made.status == dict.fromkeys(WATCHED, "UNKNOWN") | {"RG-06": "PASS"}
    assert made.passing_on_chain() <= WITHOUT_ACCOUNTS
    assert told in made.says("UA-01")


@useless
def test_one_failing_provider_is_made_up_for(bench: Bench, fault: Fault, told: str) -> None:
    bench.first.faults.add(fault)
    made = bench.audit()
    # Which cluster it serves is a question to itself; for the others there is the second.
    assert made.status == ALL_PASS | {"RG-06": "UNKNOWN"}
    assert "single-source" in {row["id"] for row in made.findings["self_doubt"]}


def test_a_passing_weakness_is_ridden_out(bench: Bench) -> None:
    bench.both(kinds.Status(503), "getMultipleAccounts", count=1)
    bench.both(kinds.Status(429, retry_after="0"), "getTransaction", count=1)
    bench.both(kinds.Drop(), GENESIS, count=1)
    assert bench.audit().status == ALL_PASS


# A provider of something else

OTHER_CLUSTER = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d"


def test_both_providers_of_another_cluster(bench: Bench) -> None:
    bench.both(kinds.Replace(OTHER_CLUSTER), GENESIS)
    made = bench.audit()
    assert made.status == dict.fromkeys(WATCHED, "UNKNOWN") | {"RG-06": "FAIL"}
    assert OTHER_CLUSTER in made.says("RG-06")
    assert made.findings["run"]["genesis_hash"] is None
    for proxy in (bench.first, bench.second):
        assert proxy.faults.calls() == proxy.faults.calls(GENESIS), "asked a stranger for facts"


def test_one_provider_of_another_cluster_is_refused(bench: Bench) -> None:
    bench.first.faults.add(kinds.Replace(OTHER_CLUSTER), GENESIS)
    made = bench.audit()
    assert made.status == ALL_PASS | {"RG-06": "FAIL"}
    assert bench.first.faults.calls() == bench.first.faults.calls(GENESIS)
    assert made.findings["verdict"]["word"] == "NOT READY"


# A provider that lies, or knows less


def _asked(bench: Bench, method: str, *params: Any) -> Any:
    """What the first provider truly says."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return httpx2.post(bench.first.url, json=body, trust_env=False).json()["result"]


def _entry(bench: Bench, address: str) -> Any:
    return _asked(bench, "getAccountInfo", address, {"encoding": "base64"})["value"]


def _changed(index: int, function: Callable[[bytes], bytes]) -> kinds.Change:
    """A lie about the account at a place of every getMultipleAccounts answer."""

    def lie(result: Any) -> Any:
        if isinstance(result, dict) and len(result["value"]) > index and result["value"][index]:
            entry = result["value"][index]
            data = function(base64.b64decode(entry["data"][0]))
            entry["data"][0] = base64.b64encode(data).decode()
        return result

    return kinds.Change(lie)


def test_a_lie_about_one_account_is_seen(bench: Bench) -> None:
    """One provider says, in every read, that the upgrade authority was renounced."""
    real = base64.b64decode(_entry(bench, bench.life.programdata)["data"][0])

    def forge(data: bytes) -> bytes:
        if data[:45] != real[:45]:
            return data
        return data[:12] + b"\0" + data[13:]

    def lie(result: Any) -> Any:
        for place in range(len(result["value"])):
            result = _changed(place, forge).function(result)
        return result

    bench.second.faults.add(kinds.Change(lie), "getMultipleAccounts")
    made = bench.audit()
    for control in ("UA-01", "UA-06"):
        assert made.status[control] == "DIVERGED"
        assert bench.life.programdata in made.says(control)
    assert made.status["RC-02"] == "DIVERGED"
    for control in ("RC-08", "RC-09", "UA-04"):
        assert made.status[control] in ("DIVERGED", "UNKNOWN"), control
    assert made.findings["verdict"]["word"] == "NOT READY"
    outcomes = {row["outcome"] for row in made.records if row["record"] == "read"}
    assert "diverged" in outcomes


def _other_code(data: bytes) -> bytes:
    """Other code under an honest header; the whole ProgramData is asked for alone."""
    return data[:60] + b"\xff" + data[61:] if data[:4] == b"\3\0\0\0" else data


def test_a_lie_about_the_code_is_seen(bench: Bench) -> None:
    forged = _changed(0, _other_code)
    bench.first.faults.add(forged, "getMultipleAccounts")
    made = bench.audit()
    assert made.status["RC-02"] == "DIVERGED"
    # The multisig's program is known by its code alone here, and that is lied about as well.
    assert made.status["UA-01"] == "UNKNOWN"


def test_both_tell_the_same_lie(bench: Bench) -> None:
    # Two liars who agree can't be told from the truth, except by what was recorded.
    forged = _changed(0, _other_code)
    bench.both(forged, "getMultipleAccounts")
    assert bench.audit().status["RC-02"] == "FAIL"


@pytest.mark.parametrize("length", [0, 3, 11, 40])
def test_short_account_data_is_never_believed(bench: Bench, length: int) -> None:
    bench.both(_changed(1, lambda data: data[:length]), "getMultipleAccounts")
    made = bench.audit()
    assert "PASS" not in {made.status[name] for name in WATCHED if name != "RG-06"}


def test_a_wrong_owner_comes_before_the_layout(bench: Bench) -> None:
    stranger = bench.life.stranger

    def own(result: Any) -> Any:
        for entry in result["value"]:
            if entry is not None:
                entry["owner"] = stranger
        return result

    bench.both(kinds.Change(own), "getMultipleAccounts")
    made = bench.audit()
    assert made.status["RC-08"] == "FAIL"
    assert "PASS" not in {made.status[name] for name in WATCHED if name != "RG-06"}


def test_an_absent_program_fails(bench: Bench) -> None:
    def nothing(result: Any) -> Any:
        result["value"] = [None for _ in result["value"]]
        return result

    bench.both(kinds.Change(nothing), "getMultipleAccounts")
    made = bench.audit()
    assert made.status["RC-08"] == "FAIL"
    assert made.status["RC-02"] == "FAIL"
    assert "PASS" not in {made.status[name] for name in WATCHED if name != "RG-06"}


def test_accounts_too_few_are_no_answer(bench: Bench) -> None:
    def cut(result: Any) -> Any:
        result["value"] = result["value"][:-1]
        return result

    bench.both(kinds.Change(cut), "getMultipleAccounts")
    made = bench.audit()
    assert made.status == dict.fromkeys(WATCHED, "UNKNOWN") | {"RG-06": "PASS"}
    assert made.passing_on_chain() <= WITHOUT_ACCOUNTS


def test_a_missing_transaction_is_unknown(bench: Bench) -> None:
    bench.both(kinds.NO_RESULT, "getTransaction")
    made = bench.audit()
    assert made.status == ALL_PASS | {"RC-09": "UNKNOWN"}


def test_the_answer_to_another_signature_is_refused(bench: Bench) -> None:
    other = bench.life.handover.signature
    full = {"encoding": "base64", "maxSupportedTransactionVersion": 0, "commitment": "finalized"}
    stolen = _asked(bench, "getTransaction", other, full)
    assert stolen["slot"] == bench.life.handover.slot
    bench.both(kinds.Replace(stolen), "getTransaction")
    assert bench.audit().status == ALL_PASS | {"RC-09": "UNKNOWN"}


def test_a_list_without_the_newest_upgrade_does_not_pass(rollout: Bench) -> None:
    """The upgrade that nobody recorded is hidden from the list; the slot in ProgramData isn't."""
    hidden = rollout.life.running.transaction.signature

    def hide(result: Any) -> Any:
        return [row for row in result if row["signature"] != hidden]

    rollout.both(kinds.Change(hide), "getSignaturesForAddress")
    made = rollout.audit()
    assert made.status["RC-09"] == "UNKNOWN"
    assert made.status["RC-02"] == "FAIL"


@pytest.mark.parametrize("method", ["getSignaturesForAddress", "getTransaction"])
def test_history_refused_leaves_the_deployment_open(bench: Bench, method: str) -> None:
    bench.both(kinds.Fail(-32011, "Transaction history is not available from this node"), method)
    assert bench.audit().status == ALL_PASS | {"RC-09": "UNKNOWN"}


def test_an_empty_history_proves_nothing(bench: Bench) -> None:
    bench.both(kinds.Replace([]), "getSignaturesForAddress")
    assert bench.audit().status == ALL_PASS | {"RC-09": "UNKNOWN"}


def test_pruned_history_is_not_complete(bench: Bench) -> None:
    """After the extend, an upgrade could hide in what was pruned."""
    bench.first.faults.first_slot = bench.life.extension.slot
    bench.second.faults.first_slot = bench.life.extension.slot
    assert bench.audit().status == ALL_PASS | {"RC-09": "UNKNOWN"}


def test_a_pruned_first_provider_is_made_up_for_or_unknown(bench: Bench) -> None:
    bench.first.faults.first_slot = bench.life.extension.slot
    made = bench.audit()
    assert made.status == ALL_PASS | {"RC-09": made.status["RC-09"]}
    assert made.status["RC-09"] in ("PASS", "UNKNOWN")


def test_a_node_that_lags_is_not_read(bench: Bench) -> None:
    bench.second.faults.lag = 100_000
    made = bench.audit()
    assert "DIVERGED" not in made.status.values()
    assert made.status["RG-06"] == "PASS"
    assert set(made.status.values()) <= {"PASS", "UNKNOWN"}


def test_late_answers_time_out(bench: Bench) -> None:
    bench.both(kinds.Delay(3), "getMultipleAccounts")
    hasty = Policy(requests_per_second=0, attempts=1, read_timeout=0.5, attempt_timeout=0.6,
                   deadline=2.0, backoff_base=0.01, backoff_cap=0.01)  # fmt: skip
    made = bench.audit(policy=hasty)
    assert made.status == dict.fromkeys(WATCHED, "UNKNOWN") | {"RG-06": "PASS"}
    assert made.passing_on_chain() <= WITHOUT_ACCOUNTS


def test_a_provider_that_is_not_there(bench: Bench) -> None:
    bench.first.stop()
    bench.second.stop()
    made = bench.audit()
    assert set(made.status.values()) == {"UNKNOWN"}
    assert made.passing_on_chain() == set()


# The checkout

ON_CHAIN = {"UA-01": "PASS", "RG-06": "PASS"}
#: UA-06 among them: a written policy may ask for a longer delay than the kit does.
BY_DOCUMENT = ("RC-02", "RC-08", "RC-09", "UA-04", "UA-06")


def test_a_checkout_that_is_absent_is_unknown(bench: Bench, tmp_path: Path) -> None:
    made = bench.audit(checkout=tmp_path / "nowhere")
    assert made.status == ON_CHAIN | dict.fromkeys(BY_DOCUMENT, "UNKNOWN")
    assert made.findings["run"]["repository"] is None


def test_a_checkout_that_is_a_file_is_unknown(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    assert bench.audit(checkout=file).status == ON_CHAIN | dict.fromkeys(BY_DOCUMENT, "UNKNOWN")


def test_a_folder_that_is_not_git_is_unknown_not_missing(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    made = bench.audit(checkout=tmp_path / "plain")
    assert made.status == ON_CHAIN | dict.fromkeys(BY_DOCUMENT, "UNKNOWN")


def test_a_hostile_checkout_runs_nothing(bench: Bench, tmp_path: Path) -> None:
    place, mark = tmp_path / "hostile", tmp_path / "was-run"
    shutil.copytree(bench.checkout, place)
    with (place / ".git" / "config").open("a") as config:
        config.write(f'[core]\n\tfsmonitor = "touch {mark}"\n\tpager = "touch {mark}"\n'
                     f'[alias]\n\tcat-file = "!touch {mark}"\n')  # fmt: skip
    (place / "dossier" / "custody-record.toml").unlink()
    (place / "dossier" / "custody-record.toml").symlink_to("/etc/hostname")
    made = bench.audit(checkout=place)
    assert not mark.exists()
    assert made.status["UA-04"] == "UNKNOWN"
    assert made.status["UA-06"] == "PASS"


def test_a_deleted_record_is_missing(bench: Bench, tmp_path: Path) -> None:
    place = tmp_path / "gap"
    shutil.copytree(bench.checkout, place)
    (place / "dossier" / "custody-record.toml").unlink()
    made = bench.audit(checkout=place)
    assert made.status == ALL_PASS | {"UA-04": "MISSING"}


def test_a_changed_record_makes_the_checkout_dirty(bench: Bench, tmp_path: Path) -> None:
    place = tmp_path / "dirty"
    shutil.copytree(bench.checkout, place)
    path = place / "dossier" / "custody-record.toml"
    path.write_text(path.read_text().replace("threshold = 2", "threshold = 3"))
    made = bench.audit(checkout=place)
    assert made.status == ALL_PASS | {"UA-04": "FAIL"}
    assert made.findings["run"]["repository"]["dirty"] is True


@pytest.mark.parametrize("text", [b"\xff\xfe", b"threshold = ", b"a = [" * 5_000])
def test_a_record_that_does_not_parse_is_no_evidence(
    bench: Bench, tmp_path: Path, text: bytes
) -> None:
    place = tmp_path / "broken"
    shutil.copytree(bench.checkout, place)
    (place / "dossier" / "custody-record.toml").write_bytes(text)
    assert bench.audit(checkout=place).status == ALL_PASS | {"UA-04": "UNKNOWN"}
