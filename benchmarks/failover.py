"""Is what was acknowledged in Postgres there after SIGKILL of the server, of the writer, and of a primary for good?

Four processes write batches of five documents with two passages each, at once, and print each batch once `write` has
returned. At a random moment the server is killed, or one of the writers; the server starts again, and all go on by
themselves. After each kill every acknowledged batch must be there whole, and no other in part; `check` must be clean.
At the end the primary of a synchronous standby is killed under load and the standby promoted: the writers, whose URL
names both, go on there, and nothing acknowledged is lost.

With several servers, each of which has a part of the documents, any of them is killed, and there is no standby.

    python benchmarks/failover.py [--kills 20] [--servers 2]
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from goals import Goal, finish

TESTS = Path(__file__).parents[1] / "tests"
sys.path.insert(0, str(TESTS))
from helpers.entries import DIM  # noqa: E402
from helpers.postgres import DATABASE, OWNER, QUOTED, SEVERAL, SUPERUSER, Server, execute, together  # noqa: E402

from askew.stores import Layout, Store  # noqa: E402
from askew.stores.postgres import engine  # noqa: E402

NAME, WRITERS, PARTS = "failover", 4, 5
STANDBY = "ALTER SYSTEM SET synchronous_standby_names = '*'"
WRITER = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from helpers.entries import entry, vector
from askew.errors import StoreError
from askew.stores.postgres import engine
url, name, writer, number = sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5])
store = None
while True:
    ids = [f"{writer}-{number}-{part}" for part in range(5)]
    try:
        store = store or engine.open_store(url, name, writable=True, wait=10.0)
        store.write([entry(id, ("red tents", vector(number)), ("kayak", vector(1))) for id in ids])
    except StoreError as error:
        print("error", error, file=sys.stderr, flush=True)
        time.sleep(0.1)
        continue
    print(number, flush=True)
    number += 1
"""


class Writer:
    """A process that writes. `acknowledged`: how many batches, from 0 on, are known to be stored."""

    def __init__(self, url: str, name: str, folder: Path) -> None:
        self.url, self.name, self.acknowledged = url, name, 0
        self._said, self._errors = folder / f"{name}.said", (folder / f"{name}.errors").open("ab")
        self.start()

    def start(self) -> None:
        with self._said.open("ab") as said:
            arguments = [TESTS, self.url, NAME, self.name, self.acknowledged]
            command = [sys.executable, "-c", WRITER, *map(str, arguments)]
            self.process = subprocess.Popen(command, stdout=said, stderr=self._errors)

    def heard(self) -> int:
        """Return how many batches were acknowledged by now."""
        lines = self._said.read_text().split("\n")[:-1]
        self.acknowledged = max([int(line) + 1 for line in lines], default=0)
        return self.acknowledged

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.heard()


def lost(store: Store, heard: dict[str, int]) -> tuple[int, int]:
    """Return how many acknowledged batches are missing, and how many batches are there in part."""
    batches = Counter(account.document.rpartition("-")[0] for account in store.accounts())
    missing = sum(batches[f"{writer}-{number}"] == 0 for writer, count in heard.items() for number in range(count))
    return missing, sum(count != PARTS for count in batches.values())


def until_written(writers: list[Writer], more: int) -> float:
    """Wait until every writer has so many more batches acknowledged, and return the seconds."""
    begin = time.monotonic()
    goals = [writer.heard() + more for writer in writers]
    while any(writer.heard() < goal for writer, goal in zip(writers, goals, strict=True)):
        if time.monotonic() - begin > 120:
            raise SystemExit("the writers do not go on")
        time.sleep(0.02)
    return time.monotonic() - begin


def checked(url: str, writers: list[Writer], thorough: bool) -> tuple[int, int, int]:
    """Return lost batches, torn batches, and problems. Acknowledgements are read before the store."""
    heard = {writer.name: writer.heard() for writer in writers}
    store = engine.open_store(url, NAME, writable=False, wait=1.0)
    with store.snapshot():
        problems = store.check(quick=not thorough)
        for problem in problems:
            print(problem)
        found = (*lost(store, heard), len(problems))
    store.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--servers", type=int, default=1)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    servers = [Server(SEVERAL).create() for _ in range(given.servers)]
    primary, url, standby = servers[0], together(*servers), None
    if given.servers == 1:
        standby = Server().follow(primary)
        execute(primary.url(SUPERUSER), STANDBY, "SELECT pg_reload_conf()")
        url = f"postgresql://{OWNER}:{QUOTED}@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/{DATABASE}"
    engine.create(url, NAME, Layout(DIM, "m")).close()
    total = [0, 0, 0]
    with tempfile.TemporaryDirectory() as folder:
        writers = [Writer(url, f"w{number}", Path(folder)) for number in range(WRITERS)]
        try:
            for kill in range(given.kills):
                until_written(writers, 3)
                time.sleep(rng.random() * 0.5)
                victim = ("server", "writer")[kill % 2]
                if victim == "server":
                    killed = rng.choice(servers)
                    killed.kill()
                    killed.start()
                else:
                    one = rng.choice(writers)
                    one.stop()
                    one.start()
                waited = until_written(writers, 1)
                found = checked(url, writers, thorough=kill % 5 == 4)
                total = [a + b for a, b in zip(total, found, strict=True)]
                stored = sum(writer.acknowledged for writer in writers)
                print(f"kill {kill + 1}: {victim}; all write again after {waited:.2f} s; {stored} batches, "
                      f"lost {found[0]}, torn {found[1]}, problems {found[2]}", flush=True)  # fmt: skip
            if standby is not None:
                primary.kill()
                begin = time.monotonic()
                standby.promote()
                execute(
                    standby.url(SUPERUSER), "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()"
                )
                until_written(writers, 3)
                print(f"the standby has taken over; all write again after {time.monotonic() - begin:.2f} s")
                found = checked(url, writers, thorough=True)
                total = [a + b for a, b in zip(total, found, strict=True)]
        finally:
            for writer in writers:
                writer.stop()
            for server in (*servers, *([standby] if standby else [])):
                server.close()
    names = ("acknowledged batches lost", "batches stored in part", "problems found by check")
    finish([Goal(name, count, 0, most=True) for name, count in zip(names, total, strict=True)])


if __name__ == "__main__":
    os.environ["PYTHONWARNINGS"] = "ignore"
    main()
