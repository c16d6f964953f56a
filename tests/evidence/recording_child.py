"""A process that records the sample script, for tests that kill it or starve it of disk.

Usage: recording_child.py WORKING DESTINATION [statement=N | before=NAME | after=NAME]
[put-limit=BYTES | seal-limit=BYTES] [stop=unsealed]

It prints a line per put, and kills itself at the N-th SQL statement after opening, or before
or after a step of sealing.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path

import recording_samples as samples

from privatedao_audit.evidence import working
from privatedao_audit.evidence.errors import CannotWrite


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def limit_file_size(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def main() -> int:
    path, destination = Path(sys.argv[1]), Path(sys.argv[2])
    options = dict(argument.split("=") for argument in sys.argv[3:])
    for when in ("before", "after"):
        if when in options:
            step = getattr(working, options[when])

            def deadly(*arguments: object, when: str = when, step=step) -> None:
                if when == "after":
                    step(*arguments)
                die()

            setattr(working, options[when], deadly)
    try:
        recording = samples.open_at(path)
        if "statement" in options:
            left = int(options["statement"])

            def count(_: str) -> None:
                nonlocal left
                left -= 1
                if left < 0:
                    die()

            recording._db.set_trace_callback(count)
        if "put-limit" in options:
            limit_file_size(int(options["put-limit"]))
        for question, resolution in samples.script():
            recording.put(question, resolution)
            print("put", flush=True)
        if "seal-limit" in options:
            limit_file_size(int(options["seal-limit"]))
        if "stop" in options:
            return 0
        print(recording.seal(destination, samples.SEALED_AT), flush=True)
    except CannotWrite as error:
        print(error, flush=True)
        return 74
    return 0


if __name__ == "__main__":
    sys.exit(main())
