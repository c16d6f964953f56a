"""``privatedao-audit challenge``: what a signer signs to prove control of a key."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

import click

from privatedao_audit.cli import HELP
from privatedao_audit.cli.errors import remember

if TYPE_CHECKING:
    from privatedao_audit.chain.endpoints import Endpoint
    from privatedao_audit.chain.resolver import RpcResolver
    from privatedao_audit.domains.custody.signers.proof import Challenge
    from privatedao_audit.evidence.questions import Answer, Question
    from privatedao_audit.model.target import Target

#: How many slots below the newest finalized one are looked at: some have no block.
_LOOK_BACK = 12


@click.command("challenge", context_settings=HELP)
@click.option("--target", "target_name", required=True, metavar="NAME|FILE",
              help="A bundled profile, or the path of a TOML file.")  # fmt: skip
@click.option("--rpc", "rpc", multiple=True, required=True, metavar="LABEL=env:NAME",
              help="An endpoint of the target's cluster, from which a recent block is read. The "
              "URL comes from the environment variable NAME.")  # fmt: skip
@click.option("--key", "keys", multiple=True, metavar="KEY",
              help="A signer's public key; repeatable. By default every wallet of the "
              "profile that is more than a demonstration's.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="As JSON, one object for each key.")
def challenge_command(
    target_name: str, rpc: tuple[str, ...], keys: tuple[str, ...], as_json: bool
) -> None:
    """Print a dated challenge for each signer, and how to sign it.

    It names the target, the cluster, the key and a finalized block of just now. Each signer signs
    the line as it stands and returns the signature; `run` verifies the answers offline (SD-05).
    """
    from privatedao_audit.chain.endpoints import parse_rpc_options
    from privatedao_audit.cli.run import _config
    from privatedao_audit.model import target as targets

    target = targets.load(target_name)
    chosen = _chosen(keys, target)
    options = parse_rpc_options(rpc, config=_config())
    for option in options:
        remember(option.endpoint.secrets())
        for warning in option.warnings:
            click.echo(f"Warning: {warning.text}", err=True)
    endpoints = [option.endpoint for option in options]
    made = asyncio.run(_challenges(target, chosen, endpoints, int(time.time())))
    if as_json:
        rows = [{"key": one.key, "message": one.text()} for one in made]
        click.echo(json.dumps(rows, indent=2))
        return
    names = {wallet.address: wallet.name for wallet in target.wallets}
    for one in made:
        _tell(one, names.get(one.key))


def _chosen(keys: tuple[str, ...], target: Target) -> tuple[str, ...]:
    from privatedao_audit.chain.addresses import is_on_curve, parse_pubkey

    listed = (wallet.address for wallet in target.wallets if set(wallet.roles) != {"demo"})
    named = dict.fromkeys(keys or listed)
    if not named:
        raise click.UsageError("the profile lists no signer; name each signer with --key")
    for key in named:
        try:
            parse_pubkey(key, "--key")
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        if keys and not is_on_curve(key):
            raise click.UsageError(
                f"{key} is a program-derived address, which no key pair belongs to; its members "
                "prove control of theirs"
            )
    return tuple(key for key in named if is_on_curve(key))


async def _challenges(
    target: Target, keys: tuple[str, ...], endpoints: list[Endpoint], now: int
) -> list[Challenge]:
    from privatedao_audit.chain.reads import ChainReads
    from privatedao_audit.chain.resolver import RpcResolver
    from privatedao_audit.domains.custody.signers.proof import RECENT, Challenge
    from privatedao_audit.domains.custody.signers.registers import block
    from privatedao_audit.model.reads import Found

    async with RpcResolver(endpoints, target.cluster.genesis_hash) as resolver:
        chain = ChainReads(_Direct(resolver))
        newest = await chain.slot()
        if not isinstance(newest, Found):
            raise click.UsageError(f"no finalized slot could be read: {_why(newest)}")
        slot, read = newest.value, await block(chain, newest.value)
        while not isinstance(read, Found) and newest.value - slot < _LOOK_BACK and slot > 0:
            slot -= 1
            read = await block(chain, slot)
    if not isinstance(read, Found):
        raise click.UsageError(
            f"no block at or below slot {newest.value} could be read: {_why(read)}"
        )
    apart = abs(now - read.value.time)
    if apart > RECENT // 2:
        raise click.UsageError(
            f"this machine's clock and the newest finalized block are {apart} s apart; a challenge "
            "made now would not count"
        )
    cluster = target.cluster
    return [
        Challenge(
            target.name, cluster.name, cluster.genesis_hash, key, now, slot, read.value.blockhash
        )
        for key in keys
    ]


class _Direct:
    """Answers without a recording: a challenge is no evidence, its signature will be."""

    def __init__(self, resolver: RpcResolver) -> None:
        self._resolver = resolver

    async def ask(self, question: Question) -> Answer:
        from privatedao_audit.evidence.questions import Answer
        from privatedao_audit.evidence.records import timestamp, utc_now

        found = await self._resolver.resolve(question)
        body = None if found.chosen is None else found.exchanges[found.chosen].body
        return Answer(
            question.record_id, found.outcome, found.reason, body, found.slot, found.commitment,
            found.providers, timestamp(utc_now()),
        )  # fmt: skip


def _why(read: object) -> str:
    return getattr(read, "reason", "the providers do not have it")


def _tell(one: Challenge, name: str | None) -> None:
    from privatedao_audit.view.text import visible

    text = one.text()
    click.echo(f"Challenge for {one.key}" + (f" ({visible(name)})" if name else ""))
    click.echo("\n  " + text + "\n")
    click.echo("Sign it where the key is (a hardware wallet: --keypair usb://ledger):")
    click.echo(f"\n  solana sign-offchain-message --keypair KEYPAIR '{text}'\n")
    click.echo("and keep the answer in the file of proofs that the target maps:")
    click.echo("\n  [[proofs]]")
    click.echo(f'  key = "{one.key}"')
    click.echo(f'  message = "{text}"')
    click.echo('  signature = "SIGNATURE"\n')
