"""The command line: parses, calls the library, prints. Every error is one sentence on stderr and exit code 2."""

import sys


def main() -> None:
    """Exit codes: 0 done; 1 nothing found, or a check failed; 2 cannot be done as asked; 130 stopped by Ctrl-C."""
    from askew.cli.app import run

    sys.exit(run())
