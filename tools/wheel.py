"""The wheel on each Python: installed in a bare environment as a user does it, then the demo and a search.

python tools/wheel.py dist python3.11 python3.12 python3.13

What pip installs comes from its index; the model comes from the cache. Exit code 1 if a command
fails on any of them, or if a Python is not there.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

PAGE = "# Dogs\n\nWell-behaved dogs may come to the office on Fridays.\n"
SEARCHED = (
    ("index", "book", "pages", "--task", "question-answering"),
    ("search", "book", "can I bring my puppy?", "-k", "1"),
    ("check", "book"),
)


def main() -> None:
    folder, *pythons = sys.argv[1:]
    [wheel] = Path(folder).glob("*.whl")
    failed = [python for python in pythons if not tried(wheel.resolve(), python)]
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


def tried(wheel: Path, python: str) -> bool:
    """Print what the wheel does on this Python; return whether all of it went well."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / "pages").mkdir()
        (home / "pages" / "dogs.md").write_text(PAGE, "utf-8")
        scripts = home / "bare" / ("Scripts" if sys.platform == "win32" else "bin")
        own, askew = str(scripts / "python"), str(scripts / "askew")
        commands: list[list[str]] = [
            [python, "-m", "venv", str(home / "bare")],
            [own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)],
            [askew, "--version"],
            [askew, "demo", "--into", str(home)],
            *([askew, *arguments] for arguments in SEARCHED),
        ]
        for command in commands:
            try:
                run = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
            except OSError as error:
                print(f"{python}: {error}", flush=True)
                return False
            if run.returncode:
                print(f"{python}: {' '.join(command)} ended with {run.returncode}\n{run.stderr}", flush=True)
                return False
            if command[1] in ("--version", "search"):
                print(f"{python}: {run.stdout.strip()}", flush=True)
    print(f"{python}: {time.perf_counter() - start:.0f} s", flush=True)
    return True


if __name__ == "__main__":
    main()
