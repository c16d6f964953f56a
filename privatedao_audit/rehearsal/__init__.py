"""The local chain: a real Solana RPC node, and a scripted life to rehearse audits on.

What lives here serves rehearsals, the bundled samples and the integration tests. An audit of
a real cluster imports none of it. `node` starts the chain, `proxy` stands in front of it as a
real provider would, `standin`, `loader` and `multisig` put programs and controllers on it, and
`script` plays the life that the samples record.
"""
