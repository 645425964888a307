"""The command line: parses, calls the library, prints. Every error is one sentence on stderr and exit code 2."""

import atexit
import gc
import os
import sys

YOUNG = 200_000
"""New objects after which cycles are looked for: rows come by the hundred thousand and are no garbage."""


def main() -> None:
    """Exit codes: 0 done; 1 nothing found, or a check failed; 2 not possible as requested; 130 stopped by Ctrl-C."""
    from askew.cli.app import run
    from askew.cli.output import guard_streams

    guard_streams()
    gc.set_threshold(YOUNG)
    leave(run())


def leave(code: int) -> None:
    """End the process at once: run the exit handlers and write buffered output, but do not dismantle the interpreter.

    Unloading NumPy, ONNX Runtime and FAISS object by object takes a tenth of a search. Everything durable (stores,
    locks, temporary files) belongs to `with` blocks, which have ended by now, or to exit handlers.
    """
    atexit._run_exitfuncs()
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except BrokenPipeError:
        pass  # the reader of our output has gone (`askew search … | head`)
    except OSError as error:
        code = 2
        os.write(2, f"askew: cannot write the output: {error.strerror or error}.\n".encode())
    os._exit(code)
