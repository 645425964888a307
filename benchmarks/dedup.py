"""A file of short messages, three in ten of them copies: cleaned by one askew command, and by semhash.

Both with the same static model, cosine 0.9, each in a process of its own, file in and file out. askew also compares
word sequences, labels every pair, makes the groups, and takes out only what is safe to remove. Seconds, peak memory,
how many of the planted copies are gone, and how many messages of which no planted copy is left either (two customers
can write much the same). How many copies askew finds at all stands in the pairs that it lists, in a run of its own.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from goals import Goal, finish
from messages import Messages, write_model

THRESHOLD, SHINGLES = 0.9, 0.67
SEMHASH = """
import csv, sys
from model2vec import StaticModel
from semhash import SemHash
source, model, out, threshold = sys.argv[1:]
with open(source, newline="", encoding="utf-8") as file:
    records = list(csv.DictReader(file))
made = SemHash.from_records(records, columns=["text"], model=StaticModel.from_pretrained(model))
kept = made.self_deduplicate(threshold=float(threshold)).selected
with open(out, "w", newline="", encoding="utf-8") as file:
    writer = csv.DictWriter(file, ["id", "text"])
    writer.writeheader()
    writer.writerows(kept)
"""


@dataclass(frozen=True)
class Run:
    """peak: bytes. kept: ids."""

    seconds: float
    peak: int
    kept: list[str]


def run(command: Sequence[str], out: Path, environment: Mapping[str, str]) -> Run:
    start = time.perf_counter()
    child = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{command[0]} ended with {child.returncode}")
    with out.open(newline="", encoding="utf-8") as file:
        return Run(seconds, usage.ru_maxrss * 1024, [row["id"] for row in csv.DictReader(file)])


def report(name: str, made: Run, families: Mapping[str, int]) -> float:
    """The share of the planted copies that are gone."""
    kept = Counter(families[id] for id in made.kept)
    copies = len(families) - len(set(families.values()))
    left = sum(count - 1 for count in kept.values())
    lost = len(set(families.values())) - len(kept)
    gone = 1 - left / copies
    print(
        f"{name:<10}{made.seconds:>9.1f} s{made.peak / 2**20:>9,.0f} MiB{len(made.kept):>11,} kept"
        f"{gone:>9.2%} of {copies:,} copies gone{lost:>9,} messages gone altogether",
        flush=True,
    )
    return gone


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=1_000_000)
    texts = parser.parse_args().texts
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        messages = Messages(texts)
        model = write_model(folder / "model", messages.words())
        families = write(folder / "messages.csv", messages)
        print(f"{texts:,} messages, {len(set(families.values())):,} of them no copies\n")
        source, askew = str(folder / "messages.csv"), str(Path(sys.executable).with_name("askew"))
        flags = ["--model", str(model), "--task", "near-duplicate", "--limit", "0", "--groups"]
        shares = ["--threshold", str(THRESHOLD), "--shingles", str(SHINGLES)]
        home = {"ASKEW_CACHE": str(folder / "cache"), "ASKEW_CARDS": str(folder / "cards")}
        clean, selected = folder / "clean.csv", folder / "selected.csv"
        own = run([askew, "duplicates", source, *flags, *shares, "--clean", str(clean)], clean, home)
        found = [report("askew", own, families)]
        code = [sys.executable, "-c", SEMHASH]
        other = run([*code, source, str(model), str(selected), str(THRESHOLD)], selected, home)
        found.append(report("semhash", other, families))
        listed = folder / "pairs.csv"
        subprocess.run(
            [askew, "duplicates", source, *flags[:-1], *shares, "--out", str(listed)],
            env={**os.environ, **home},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        paired = share_paired(listed, families)
        print(f"{paired:.4%} of the planted copies stand in the pairs that askew lists")
    finish(
        [
            Goal("dedup-speed", other.seconds / own.seconds, 1.0, "x"),
            Goal("dedup-memory", own.peak / 2**30, 4.0, " GiB", most=True),
            Goal("dedup-found", paired, 1.0),
        ]
    )


def share_paired(listed: Path, families: Mapping[str, int]) -> float:
    """Return the share of copies that pairs connect with another message of their family."""
    parents = {id: id for id in families}

    def root(id: str) -> str:
        while parents[id] != id:
            parents[id] = id = parents[parents[id]]
        return id

    with listed.open(newline="", encoding="utf-8") as file:
        for pair in csv.DictReader(file):
            if families[pair["a"]] == families[pair["b"]]:
                parents[root(pair["a"])] = root(pair["b"])
    messages = len(set(families.values()))
    return 1 - (len({root(id) for id in families}) - messages) / (len(families) - messages)


def write(path: Path, messages: Messages) -> Mapping[str, int]:
    """The family of each id."""
    families: dict[str, int] = {}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        for number, message in enumerate(messages):
            writer.writerow([f"m{number}", message.text])
            families[f"m{number}"] = message.family
    return families


if __name__ == "__main__":
    main()
