"""Strict decoding of PrivateDAO accounts against anchorpy, over the same bytes in one run.

    python benchmarks/decode_accounts.py [--accounts 100000] [--rounds 3] [--least 20]

anchorpy can not share an environment with the kit (it pins older solana and solders), so it gets
one of its own under benchmarks/.cache, installed by hash from requirements-anchorpy.lock. Every
round is a new process for either side, so nothing is warm: the first use of each account type is
in the time. All results are kept, as a caller would. The kit is measured twice: all accounts in
one call, and one call for each. Before a ratio is printed, every account's values are compared.
Exit status 1 when they differ, or the first ratio is below ``--least``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
IDL = HERE.parent / "privatedao_audit" / "protocols" / "privatedao" / "idl.json"
LOCK = HERE / "requirements-anchorpy.lock"
#: Shares of a governance program's accounts, mostly votes, and the length they are allocated.
MIX = {
    "Dao": (0.005, 210), "DaoSecurityPolicy": (0.005, 434), "Proposal": (0.08, 1390),
    "VoterRecord": (0.70, 157), "VoteDelegation": (0.10, 122),
    "ProposalExecutionPolicySnapshot": (0.06, 86), "ConfidentialPayoutPlan": (0.05, 523),
}
#: How many different keys stand in the fields of a name, per account; wallets in all others.
KEYS = {"dao": 0.005, "proposal": 0.08, "wallet": 0.05}
SIDES = ("kit", "kit-loop", "anchorpy")
DIGEST = 16  # bytes per account in the comparison


def make_accounts(path: Path, count: int) -> None:
    """Write ``count`` accounts, each after its u32 length. The same for the same count."""
    idl = json.loads(IDL.read_bytes())
    types = {item["name"]: item["type"] for item in idl["types"]}
    starts = {item["name"]: bytes(item["discriminator"]) for item in idl["accounts"]}
    rand = random.Random(2026)
    keys = {
        field: [rand.randbytes(32) for _ in range(max(1, int(count * share)))]
        for field, share in KEYS.items()
    }
    names = rand.choices(list(MIX), [share for share, _ in MIX.values()], k=count)
    with path.open("wb") as out:
        for name in names:
            data = starts[name] + _encode({"defined": {"name": name}}, "", types, rand, keys)
            data += bytes(max(0, MIX[name][1] - len(data)))
            out.write(struct.pack("<I", len(data)) + data)


Keys = dict[str, list[bytes]]


def _encode(
    kind: Any, field: str, types: dict[str, Any], rand: random.Random, keys: Keys
) -> bytes:
    def fields(listed: list[Any]) -> bytes:
        return b"".join(_encode(f["type"], f["name"], types, rand, keys) for f in listed)

    if isinstance(kind, str):
        return _primitive(kind, field, rand, keys)
    ((form, inner),) = kind.items()
    if form == "option":
        return b"\0" if rand.random() < 0.5 else b"\1" + _encode(inner, field, types, rand, keys)
    if form == "array":
        return b"".join(_encode(inner[0], field, types, rand, keys) for _ in range(inner[1]))
    body = types[inner["name"]]
    if body["kind"] == "struct":
        return fields(body["fields"])
    tag = rand.randrange(len(body["variants"]))
    return bytes([tag]) + fields(body["variants"][tag].get("fields", []))


def _primitive(kind: str, field: str, rand: random.Random, keys: Keys) -> bytes:
    if kind == "pubkey":
        return rand.choice(keys.get(field, keys["wallet"]))
    if kind == "string":
        text = "Fund the audit of the treasury "[: rand.randrange(5, 32)].encode()
        return struct.pack("<I", len(text)) + text
    if kind == "bool":
        return bytes([rand.randrange(2)])
    return rand.randbytes(int(kind[1:]) // 8)


def read_accounts(path: Path) -> list[bytes]:
    """The accounts of a file as make_accounts writes it."""
    raw, at, found = path.read_bytes(), 0, []
    while at < len(raw):
        (size,) = struct.unpack_from("<I", raw, at)
        found.append(raw[at + 4 : at + 4 + size])
        at += 4 + size
    return found


# The sides. Each gives a function that decodes a list of accounts, and one that brings what it
# returned for one into a plain form: {"name": ..., "fields": {snake_case: value}}, keys as text,
# bytes as lists.
Side = tuple[Callable[[list[bytes]], list[Any]], Callable[[Any], Any]]


def _one_by_one(decode: Callable[[bytes], Any]) -> Callable[[list[bytes]], list[Any]]:
    return lambda accounts: [decode(data) for data in accounts]


def kit(*, together: bool) -> Side:
    """The kit's decoder, called for each account, or once for all."""
    from privatedao_audit.chain.anchor.idl import parse_idl
    from privatedao_audit.chain.anchor.interface import EnumValue, Interface

    def plain(value: Any) -> Any:
        if isinstance(value, EnumValue):
            return {value.name: plain(value.fields or {})}
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple | bytes):
            return [plain(item) for item in value]
        return value

    interface = Interface(parse_idl(IDL.read_bytes()))

    def shown(found: Any) -> Any:
        return {"name": found.name, "fields": plain(found.fields)}

    if together:
        return interface.accounts, shown
    return _one_by_one(interface.account), shown


def anchorpy() -> Side:
    """anchorpy's, with the same interface in the legacy form, which is all that it reads."""
    from anchorpy.coder.accounts import AccountsCoder  # type: ignore[import-not-found]
    from anchorpy_core.idl import Idl  # type: ignore[import-not-found]
    from construct import ListContainer
    from solders.pubkey import Pubkey

    def plain(value: Any) -> Any:
        if isinstance(value, Pubkey):
            return str(value)
        if value is None or isinstance(value, bool | int | str):
            return value
        if isinstance(value, ListContainer | list | tuple | bytes):
            return [plain(item) for item in value]
        if isinstance(value, dict):
            return {k: plain(v) for k, v in value.items() if k != "_io"}
        if hasattr(value, "__dataclass_fields__"):
            return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
        fields = {name: plain(getattr(value, name)) for name, _ in value._sumtype_attribs}
        return {type(value).__name__: fields}

    coder = AccountsCoder(Idl.from_json(json.dumps(legacy_idl())))

    # Each account type is a class of its own there, with the account's name.
    return _one_by_one(coder.decode), lambda found: {
        "name": type(found).__name__, "fields": plain(found)
    }


def legacy_idl() -> dict[str, Any]:
    """The kit's IDL in the form of Anchor before 0.30."""
    idl = json.loads(IDL.read_bytes())
    accounts = {item["name"] for item in idl["accounts"]}

    def kind(value: Any) -> Any:
        if isinstance(value, str):
            return "publicKey" if value == "pubkey" else value
        ((form, inner),) = value.items()
        if form == "defined":
            return {"defined": inner["name"]}
        return {form: [kind(inner[0]), inner[1]] if form == "array" else kind(inner)}

    def fields(listed: list[Any]) -> list[Any]:
        return [{"name": _camel(f["name"]), "type": kind(f["type"])} for f in listed]

    def body(value: dict[str, Any]) -> dict[str, Any]:
        if value["kind"] == "struct":
            return {"kind": "struct", "fields": fields(value["fields"])}
        variants = [
            {"name": v["name"], **({"fields": fields(v["fields"])} if v.get("fields") else {})}
            for v in value["variants"]
        ]
        return {"kind": "enum", "variants": variants}

    listed = [{"name": t["name"], "type": body(t["type"])} for t in idl["types"]]
    return {
        "version": "0.1.0", "name": "private_dao", "instructions": [],
        "accounts": [item for item in listed if item["name"] in accounts],
        "types": [item for item in listed if item["name"] not in accounts],
    }


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)


def measure(side: str, data: Path, digests: Path) -> None:
    """Decode the file once; print wall and processor seconds; write a digest per account."""
    decode, plain = anchorpy() if side == "anchorpy" else kit(together=side == "kit")
    accounts = read_accounts(data)
    wall, processor = time.perf_counter(), time.process_time()
    results = decode(accounts)
    times = time.perf_counter() - wall, time.process_time() - processor
    with digests.open("wb") as out:
        for result in results:
            text = json.dumps(plain(result), sort_keys=True).encode()
            out.write(hashlib.sha256(text).digest()[:DIGEST])
    print(json.dumps(times))


def environment() -> Path:
    """The Python of anchorpy's own environment, made at the first run and after a new lock."""
    home = HERE / ".cache" / f"anchorpy-{sys.version_info.major}.{sys.version_info.minor}"
    python = home / "bin" / "python"
    stamp = home / "lock.sha256"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    print("making an environment for anchorpy ...", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    hashed = ["--require-hashes", "--no-build-isolation", "-r"]
    with tempfile.TemporaryDirectory() as scratch:
        # construct is built from source: its build tools come first, from the same lock.
        tools = Path(scratch) / "tools.txt"
        tools.write_text("".join(_entries(LOCK, {"packaging", "setuptools", "wheel"})))
        subprocess.run([*install, *hashed, str(tools)], check=True)
    subprocess.run([*install, *hashed, str(LOCK)], check=True)
    stamp.write_text(wanted)
    return python


def _entries(lock: Path, names: set[str]) -> Iterator[str]:
    """The lines of a lock that belong to the named packages."""
    wanted = False
    for line in lock.read_text().splitlines(keepends=True):
        if not line.startswith((" ", "#")):
            wanted = line.split("==")[0] in names
        if wanted:
            yield line


def run(side: str, python: Path, data: Path, digests: Path) -> tuple[float, float]:
    """One round in a process of its own: wall and processor seconds."""
    command = [str(python), __file__, "--side", side, str(data), str(digests)]
    # Only the kit's Python finds the kit; anchorpy's must not see it.
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=clean)
    wall, processor = json.loads(done.stdout.splitlines()[-1])
    return wall, processor


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--least", type=float, default=20.0, help="lowest ratio that is accepted")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("files", nargs="*", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        measure(options.side, *options.files)
        return 0
    here = Path(sys.executable)
    sides = dict(zip(SIDES, (here, here, environment()), strict=True))
    times: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "accounts.bin"
        make_accounts(data, options.accounts)
        for number in range(options.rounds):
            for side, python in sides.items():
                digests = Path(scratch) / side
                times[side].append(run(side, python, data, digests))
            if number == 0:
                values = [(Path(scratch) / side).read_bytes() for side in sides]
                if len(set(values)) != 1 or len(values[0]) != DIGEST * options.accounts:
                    print("the decoders gave different values")
                    return 1
    print(f"{options.accounts} accounts, equal values, best of {options.rounds} rounds")
    best = {}
    for side, measured in times.items():
        wall, processor = (min(values) for values in zip(*measured, strict=True))
        best[side] = wall, processor
        rate = options.accounts / wall
        print(f"  {side:9} {wall:8.3f} s  {processor:8.3f} s processor  {rate:10,.0f} accounts/s")
    peer = best["anchorpy"]
    for side in ("kit", "kit-loop"):
        wall, processor = best[side]
        print(f"{side} over anchorpy: {peer[0] / wall:.1f} (processor {peer[1] / processor:.1f})")
    return 0 if peer[0] / best["kit"][0] >= options.least else 1


if __name__ == "__main__":
    sys.exit(main())
