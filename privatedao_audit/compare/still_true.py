"""Which verdicts of a bundle do not stand any more, told from the invalidators alone.

A verdict is *stale* when a value that ends it moved, *open* when such a value could not be read,
and otherwise nothing was seen that ends it. That is less than judging again: documents, series
and whatever the catalogue does not name as an invalidator on chain are not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from privatedao_audit import __version__
from privatedao_audit.bundle.unpack import Opened, recording_of
from privatedao_audit.chain.endpoints import Endpoint
from privatedao_audit.chain.reads import ChainReads
from privatedao_audit.chain.resolver import RpcResolver
from privatedao_audit.compare.invalidators import (
    Ends,
    Place,
    Value,
    daos,
    live,
    recorded,
    tokens,
    values,
)
from privatedao_audit.evidence.collector import Collector
from privatedao_audit.evidence.recording import Recording
from privatedao_audit.evidence.records import RunHeader, timestamp, utc_now
from privatedao_audit.evidence.replay import Replay

_TABLE: Final = {
    Ends.CODE: "RC-02 RC-08 RC-09 RC-10 RC-11 RC-12 RC-13 RC-14 RC-15 UA-01",
    Ends.DEPLOYMENT: "RC-09 RC-11 RC-12 UA-03 UA-08 MA-06",
    Ends.AUTHORITY: "RC-12 UA-01 UA-04 UA-05 UA-06 UA-09 SD-01 SD-04 IR-04 MA-11 RG-07",
    Ends.CONTROLLER: "UA-01 UA-02 UA-04 UA-06 UA-09 UA-10 SD-01 SD-04 SD-05 IR-01 IR-02 IR-03 "
    "IR-04 RG-07",
    Ends.INDEX: "UA-07 MA-06 MA-12",
    Ends.MINT: "TR-02 UA-09 MA-11",
    Ends.DAO_AUTHORITY: "UA-09 SD-01 SD-04 IR-01 IR-02 IR-03 IR-04 MA-11",
    Ends.DAO_RULES: "TR-08 IR-01 IR-02 IR-03",
    Ends.PROPOSALS: "MA-01 MA-02 MA-11 MA-12 TR-01 TR-02 TR-07 TR-08",
    Ends.TREASURY: "MA-03 MA-05 MA-10 MA-12 TR-01 TR-04 TR-05 TR-06 TR-07",
}
#: What compares documents with the chain ends with any value.
_ANY: Final = "RG-01 RG-02 RG-03 RP-04 TR-09"
#: Kind of value → the controls that it ends, as the catalogue's ``invalidated_by`` says.
ENDED: Final = {ends: frozenset(f"{text} {_ANY}".split()) for ends, text in _TABLE.items()}


@dataclass(frozen=True, slots=True)
class Reading:
    """One invalidator, then and now.

    Attributes:
        moved: None: it could not be read, then or now, for the reason ``why``.
    """

    ends: Ends
    address: str
    what: str
    before: str | None
    after: str | None
    moved: bool | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a verdict of the bundle stands now.

    Attributes:
        status: as the bundle has it.
        stale: True: ended; False: nothing seen that ends it; None: can't be told.
    """

    id: str
    status: str
    stale: bool | None
    why: str


@dataclass(frozen=True, slots=True)
class StillTrue:
    """What the invalidators say of a bundle.

    Attributes:
        verdicts: controls that had a status other than UNKNOWN.
        asked_at: UTC, RFC 3339.
    """

    readings: list[Reading]
    verdicts: list[Standing]
    asked_at: str

    def of(self, stale: bool | None) -> list[Standing]:
        """The verdicts that are ended (True), hold (False) or can't be told (None)."""
        return [one for one in self.verdicts if one.stale is stale]


async def ask(bundle: Opened, endpoints: list[Endpoint], folder: Path) -> StillTrue:
    """Read the invalidators of a bundle anew and compare.

    Args:
        folder: an empty one, for the recording of these reads.

    Raises:
        BadBundle, RecordingError: the bundle's target or recording can't be used.
    """
    target = bundle.target()
    with recording_of(bundle) as sealed:
        then = recorded(sealed, target)
        chain = ChainReads(Replay(sealed))
        before = values(target, then, await daos(chain, target), await tokens(chain, target))
    began = utc_now()
    header = RunHeader(
        __version__, target.name, target.cluster.name, target.as_json(), timestamp(began)
    )
    with Recording.open(folder / "still-true.sqlite", header) as recording:
        async with RpcResolver(endpoints, target.cluster.genesis_hash) as rpc:
            chain = ChainReads(Collector(recording, {"rpc": rpc}))
            now = await live(chain, target, sorted(then.states))
            after = values(target, now, await daos(chain, target), await tokens(chain, target))
    readings = compare(before, after)
    verdicts = stand(bundle.findings, readings, dict(bundle.report.perishable), began)
    return StillTrue(readings, verdicts, timestamp(began))


def compare(before: Mapping[Place, Value], after: Mapping[Place, Value]) -> list[Reading]:
    """Every value then and now; what moved first, then what could not be read. Pure."""
    found = []
    for key in sorted({*before, *after}):
        one, two = before.get(key), after.get(key)
        was, now = one.said if one else None, two.said if two else None
        # A value without a counterpart: its account is of another kind, or was not read.
        why = _silence("then", one, key[1], before) or _silence("now", two, key[1], after)
        found.append(Reading(*key, was, now, None if why else was != now, why))
    order = {True: 0, None: 1, False: 2}
    return sorted(found, key=lambda one: order[one.moved])


def _silence(when: str, value: Value | None, address: str, side: Mapping[Place, Value]) -> str:
    """Why a value is not known on one side; empty where it is, or where it is known to be gone."""
    if value is not None:
        return f"{when}: {value.why}" if value.said is None else ""
    silent = [one.why for key, one in side.items() if key[1] == address and one.said is None]
    return f"{when}: {silent[0]}" if silent else ""


def stand(
    findings: dict[str, Any],
    readings: list[Reading],
    perishable: Mapping[str, datetime],
    now: datetime,
) -> list[Standing]:
    """How the verdicts of findings.json stand, given what moved. Pure.

    Args:
        perishable: control → when its good status outlives its evidence.
    """
    rows = []
    for control in findings["controls"]:
        name, status = control["id"], control["status"]
        if status == "UNKNOWN":
            continue
        concerned = [one for one in readings if name in ENDED[one.ends]]
        own = _about(control)
        moved = [one for one in concerned if one.moved]
        # An account may end what names it, whatever kind of value moved in it.
        moved += [one for one in readings if one.moved and one.address in own]
        silent = [one for one in concerned if one.moved is None]
        end = perishable.get(name)
        if moved:
            one = moved[0]
            rows.append(Standing(name, status, True, f"{_named(one)} moved"))
        elif end is not None and end < now:
            rows.append(
                Standing(name, status, True, f"its evidence was good until {end:%F %T} UTC")
            )
        elif silent:
            one = silent[0]
            rows.append(Standing(name, status, None, f"{_named(one)} is not known ({one.why})"))
        else:
            rows.append(Standing(name, status, False, ""))
    return rows


def _about(control: dict[str, Any]) -> str:
    return " ".join(f"{part['label']} {part['observed']}" for part in control["parts"])


def _named(one: Reading) -> str:
    what = f", {one.what}" if one.what else ""
    return f"{one.ends.value} of {one.address}{what}"
