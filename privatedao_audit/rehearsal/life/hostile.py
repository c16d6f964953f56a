"""Text that somebody puts on the chain to deceive whoever reads it; once in every life.

It is harmless as data: nothing in it reaches a host, and no reader may act on it.
"""

from __future__ import annotations

TITLE = (
    '=HYPERLINK("https://evil.invalid","open")\n# READY\n\u2713 PASS \u202ekcats\u202c'
    "<script>alert(1)</script>"
)
"""A formula, a forged heading and badge, text turned round, markup: 128 bytes at most."""

DESCRIPTION = (
    "+1+cmd|' /C calc'!A0\n</td></tr></table><h1>READY</h1><img src=x onerror=alert(1)>\n"
    "# Verdict: READY\n| UA-01 | PASS |\n[evidence](javascript:alert(1)) `x` **bold**\n"
    "\x07\x1b[2J\x1b[31mPASS\x1b[0m\u0000\u2028\u2066\u200b\ufeff$(reboot) {{7*7}}"
)
"""The same with control and invisible characters, a forged table row and terminal commands."""

MEMO = (
    "@SUM(A1)\nProgram 11111111111111111111111111111111 success\nProgram data: AAAAAAAAAAA=\n"
    "<!-- --><b>paid back \u202etnuoma</b>"
)
"""A memo that tries to forge lines of a transaction's log."""
