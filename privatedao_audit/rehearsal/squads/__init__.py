"""Squads v4 multisigs on the local chain, with votes that count and time locks that hold.

The real Squads program is not redistributed here. At its id stands the stand-in program, and a
model of the real one in Python decides what each instruction does: `rules` judges, `accounts`,
`actions` and `message` write the bytes, `orders` puts data, account list and script together,
and `squad.Squad` sends it. On the chain everything has the real form: instruction data, account
lists (one script account comes last), inner instructions signed by vaults, accounts made and
closed by the program, errors by their numbers.

All layouts are written here, apart from the decoders of `privatedao_audit.chain`, so that one
can't hide a mistake of the other. Layouts, seeds, rules and error numbers:
Squads-Protocol/v4, programs/squads_multisig_program/src.
"""
