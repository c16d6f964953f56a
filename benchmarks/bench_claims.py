"""The claim ledger of a large repository against `git grep` over the same commit.

    python benchmarks/bench_claims.py [--files 16000] [--claims 5000] [--rounds 3] [--repo PATH]

Makes a repository of that many files, a tenth of them documents, with about that many claims and
40 commits; or takes a checkout that is there. One side reads it, extracts, dates, hashes and
compares everything, in a fresh process; the other is one `git grep` for base58 texts of 32
characters and more in the same documents. Both go by turns, and the ratio is that of their medians.
Exit status 1 when the ledger takes more than a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

#: Seconds that the ledger may take.
MOST = 60.0
PATTERN = "[1-9A-HJ-NP-Za-km-z]{32,}"
#: Claims that a row of a document makes, at least.
PER_ROW = 2.6
ENDINGS = ("*.md", "*.json", "*.toml", "*.yaml", "*.yml")


def make(root: Path, files: int, claims: int) -> None:
    """A repository whose documents state addresses, signatures, hashes, thresholds and delays."""
    from solders.pubkey import Pubkey
    from solders.signature import Signature

    rand = random.Random(2026)
    keys = [str(Pubkey.from_bytes(rand.randbytes(32))) for _ in range(300)]
    documents = max(1, files // 10)
    each = claims / documents / PER_ROW
    _git(root, "init", "-q", "-b", "main")
    for number in range(files - documents):
        path = root / "src" / f"{number % 100:02}" / f"{number:05}.ts"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"export const n = {number};\n" * 20)
    for number in range(documents):
        due = range(int(number * each), int((number + 1) * each))
        cluster = ("devnet", "testnet", "mainnet")[number % 3]
        rows = [
            f"- treasury: `{rand.choice(keys)}`\n- tx: `{Signature.from_bytes(rand.randbytes(64))}`"
            if row % 2
            else f"- program id: `{rand.choice(keys)}`\n- a 2-of-3 multisig with a 48-hour timelock"
            for row in range(len(due))
        ]
        text = f"# Report {number} on {cluster}\n\n" + "\n\nprose without a value\n\n".join(rows)
        if number % 4 == 0:
            text = json.dumps({"network": cluster, "rows": [
                {"wallet": rand.choice(keys), "path": f"src/00/{100 * (n + 1):05}.ts",
                 "sha256": hashlib.sha256(str(n).encode()).hexdigest()} for n in range(len(due))
            ]}, indent=1)  # fmt: skip
        ending = "json" if number % 4 == 0 else "md"
        path = root / "docs" / f"{number % 20:02}" / f"{number:05}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if number % (documents // 40 + 1) == 0:
            _commit(root)
    _commit(root)


def _git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *words],
                   cwd=root, check=True, capture_output=True)  # fmt: skip


def _commit(root: Path) -> None:
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "--allow-empty", "-m", "state")


def ledger_of(root: Path) -> None:
    """Read, extract and compare; prints what was found as JSON."""
    from privatedao_audit.domains.gate.ledger import ledger
    from privatedao_audit.domains.gate.ledger.collect import collect_claims
    from privatedao_audit.domains.gate.ledger.view import claims_csv
    from privatedao_audit.domains.sources import Sources
    from privatedao_audit.model import target
    from privatedao_audit.repository.resolver import RepositoryResolver

    answers = _Direct(RepositoryResolver(root))
    sources = Sources(target.load("privatedao-testnet"), answers, ())
    found = ledger(asyncio.run(collect_claims(sources)))
    counts = {way.value: number for way, number in found.counts().items()}
    print(json.dumps({"claims": len(found.entries), "csv": len(claims_csv(found)), **counts}))


class _Direct:
    """Answers questions from the checkout, without a recording."""

    def __init__(self, resolver) -> None:  # type: ignore[no-untyped-def]
        self._resolver = resolver

    async def ask(self, question):  # type: ignore[no-untyped-def]
        from privatedao_audit.evidence.questions import Answer

        made = await self._resolver.resolve(question)
        body = None if made.chosen is None else made.exchanges[made.chosen].body
        return Answer(question.record_id, made.outcome, made.reason, body, None, None, (), "")


def timed(words: list[str], root: Path) -> tuple[float, str]:
    """Seconds that a command takes, and what it prints."""
    start = time.perf_counter()
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True)
    return time.perf_counter() - start, done.stdout


def main() -> int:
    """Measure and print; see the module's description."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--files", type=int, default=16_000)
    parser.add_argument("--claims", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repo", type=Path)
    parser.add_argument("--ledger", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.ledger is not None:
        ledger_of(given.ledger)
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-claims-") as scratch:
        root = given.repo or Path(scratch)
        if given.repo is None:
            make(root, given.files, given.claims)
        kit = [sys.executable, str(Path(__file__).resolve()), "--ledger", str(root.resolve())]
        grep = ["git", "grep", "-nE", PATTERN, "HEAD", "--", *ENDINGS]
        rows = [(timed(kit, root), timed(grep, root)) for _ in range(given.rounds)]
    ours = statistics.median(one[0] for one, _ in rows)
    theirs = statistics.median(other[0] for _, other in rows)
    print(f"found      {rows[0][0][1].strip()}")
    print(f"git grep   {theirs:.2f} s, {rows[0][1][1].count(chr(10)):,} lines")
    print(f"ledger     {ours:.2f} s")
    print(f"ratio      {ours / theirs:.1f} (the ledger also dates, hashes and compares)")
    return int(ours > MOST)


if __name__ == "__main__":
    raise SystemExit(main())
