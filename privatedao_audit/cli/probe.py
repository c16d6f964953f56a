"""``privatedao-audit probe``: a team measures its endpoints, for an auditor without the URLs."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import click

from privatedao_audit.cli import HELP
from privatedao_audit.cli.errors import remember

if TYPE_CHECKING:
    from privatedao_audit.bundle.signing import Key
    from privatedao_audit.chain.endpoints import Endpoint
    from privatedao_audit.chain.series.model import Series
    from privatedao_audit.evidence.questions import Answer, Question, Resolver
    from privatedao_audit.model.reads import Read
    from privatedao_audit.model.target import Target


@click.command("probe", context_settings=HELP)
@click.option("--target", "target_name", required=True, metavar="NAME|FILE",
              help="A bundled profile, or the path of a TOML file.")  # fmt: skip
@click.option("--team-rpc", "team_rpc", multiple=True, required=True, metavar="LABEL=env:NAME",
              help="An endpoint of the operation; repeat it for each. The label is that of the RPC "
              "register, the URL comes from the environment variable NAME.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FILE",
              help="Where the series is written, as JSON; not over another file.")  # fmt: skip
@click.option("--probes", type=click.IntRange(1, 3600), default=32, show_default=True,
              help="Rounds of the series; 30 or more.")  # fmt: skip
@click.option("--interval", type=click.FloatRange(0.1, 600), default=2.0, show_default=True,
              metavar="SECONDS", help="Between two rounds; 60 s in all.")  # fmt: skip
@click.option("--key", "key_file", type=click.Path(path_type=Path), metavar="KEYPAIR.json",
              help="Sign at once with this key pair.")  # fmt: skip
def probe_command(
    target_name: str,
    team_rpc: tuple[str, ...],
    out: Path,
    probes: int,
    interval: float,
    key_file: Path | None,
) -> None:
    """Measure the operation's endpoints and print the line that makes the series evidence.

    A registered key signs the line; the target maps the answer as rpc-series. For an hour it
    then stands for RP-01 to RP-05, as ATTESTED. No URL is in the file.
    """
    from privatedao_audit.chain.endpoints import parse_rpc_options
    from privatedao_audit.chain.series.model import dump
    from privatedao_audit.cli.run import _config
    from privatedao_audit.domains.rpc.signed import line_of
    from privatedao_audit.model import target as targets
    from privatedao_audit.model.reads import Found

    if out.exists():
        raise click.UsageError(f"--out: {out} is there already; a series is never written over")
    target = targets.load(target_name)
    options = parse_rpc_options(team_rpc, config=_config())
    for option in options:
        remember(option.endpoint.secrets())
        for warning in option.warnings:
            click.echo(f"Warning: {warning.text}", err=True)
    pair = None if key_file is None else _pair(key_file)
    click.echo(f"probing for {(probes - 1) * interval:.0f} s …", err=True)
    found = asyncio.run(_measured(target, [o.endpoint for o in options], probes, interval))
    if not isinstance(found, Found):
        why = getattr(found, "reason", "nothing answered")
        raise click.UsageError(f"nothing could be measured: {why}")
    data = dump(found.value)
    out.write_bytes(data)
    line = line_of(found.value, sha256(data).hexdigest()).text()
    signature = "SIGNATURE"
    if pair is not None:
        from solders.signature import Signature

        from privatedao_audit.chain.offchain_message import build

        signature = str(Signature.from_bytes(pair.sign(build(line).encode())))
    _tell(found.value, out, line, pair.public if pair else "KEY", signature)


def _pair(path: Path) -> Key:
    from privatedao_audit.bundle.errors import CannotSign
    from privatedao_audit.bundle.signing import Key

    try:
        return Key(path)
    except CannotSign as error:
        raise click.UsageError(str(error)) from None


async def _measured(
    target: Target, endpoints: list[Endpoint], probes: int, interval: float
) -> Read[Series]:
    from privatedao_audit.chain.series.asking import SERIES, TEAM
    from privatedao_audit.chain.series.prober import Prober
    from privatedao_audit.chain.series.team import TeamResolver
    from privatedao_audit.domains.rpc.measure import measure

    async with (
        Prober(endpoints, probes, interval) as series,
        TeamResolver(endpoints, target.cluster.genesis_hash) as team,
    ):
        return await measure(_Direct({SERIES: series, TEAM: team}), target)


class _Direct:
    """Answers without a recording: the file that is signed is the evidence."""

    def __init__(self, resolvers: dict[str, Resolver]) -> None:
        self._resolvers = resolvers

    async def ask(self, question: Question) -> Answer:
        from privatedao_audit.evidence.questions import Answer, Outcome
        from privatedao_audit.evidence.records import timestamp, utc_now

        found = await self._resolvers[question.kind].resolve(question)
        body = None if found.chosen is None else found.exchanges[found.chosen].body
        bodies: dict[str, bytes] = {}
        if found.outcome is Outcome.DIVERGED:
            # Of each provider its last answer: the one that still differed.
            bodies = {
                one.provider: one.body for one in found.exchanges
                if one.body is not None and one.error is None and question.method in one.request
            }  # fmt: skip
        return Answer(
            question.record_id, found.outcome, found.reason, body, found.slot, found.commitment,
            found.providers, timestamp(utc_now()), bodies,
        )  # fmt: skip


def _tell(series: Series, out: Path, line: str, key: str, signature: str) -> None:
    click.echo(f"series     {out}: {len(series.rounds)} rounds of {', '.join(series.labels)}")
    bad = [one for one in series.compared if one.outcome == "diverged"]
    for one in bad:
        click.echo(f"differs    {one.what}: {one.reason}")
    click.echo(f"line       {line}")
    if signature == "SIGNATURE":
        click.echo("Sign it with a registered key (a hardware wallet: --keypair usb://ledger):")
        click.echo(f"\n  solana sign-offchain-message --keypair KEYPAIR '{line}'")
    click.echo("\nand keep the answer in the file that the target maps as rpc-series:\n")
    click.echo(f'  file = "PATH-IN-THE-CHECKOUT/{out.name}"')
    click.echo(f'  key = "{key}"')
    click.echo(f'  message = "{line}"')
    click.echo(f'  signature = "{signature}"')
