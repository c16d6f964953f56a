"""The local chain: a real Solana RPC node, and a scripted life to rehearse audits on.

What lives here serves rehearsals, the bundled samples and the integration tests. An audit of
a real cluster imports none of it. `node` starts the chain, `proxy` stands in front of it as a
real provider would, `standin`, `loader`, `tokens`, `squads` and `governance` put programs,
tokens and controllers on it, `script` plays the life (`life`) that the samples record, and
`dossier` writes the checkout that goes with it.
"""
