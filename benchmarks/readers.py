"""Does every answer belong to one version? Three readers, one without write permission, beside a writer.

The writer gives all documents of an index, and all entries of a FAQ, the next version, each in one act; now and then it
deletes some, or reclaims space. The readers search by meaning, by words and by both, and ask the FAQ; they keep what
they opened for a while, or open it anew. All hits of an answer must be of one version, and of no older one than before.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from goals import Goal, finish

COUNT = 40
"""Documents, and entries of the FAQ."""

WRITER = f"""
import sys, time
from askew import Document, Faq, Index, QuestionAnswer
until = time.monotonic() + float(sys.argv[2])
version = 0
with Index.open(sys.argv[1] + "/index", writable=True) as index, Faq.open(sys.argv[1] + "/faq", writable=True) as faq:
    while time.monotonic() < until:
        version += 1
        index.add([Document(f"d{{i}}", f"tent stove {{i}} version {{version}}") for i in range({COUNT})])
        faq.add([
            QuestionAnswer(f"q{{i}}", f"tent stove {{i}} version {{version}}?", f"Answer {{i}} of version {{version}}")
            for i in range({COUNT})
        ])
        if version % 5 == 0:
            index.delete([f"d{{i}}" for i in range(0, {COUNT}, 3)])
            faq.delete([f"q{{i}}" for i in range(0, {COUNT}, 3)])
        if version % 7 == 0:
            index.optimise()
            faq.optimise()
print(version)
"""

READER = """
import json, random, re, sys, time
from askew import Faq, Index
from askew.errors import AskewError
until, rng = time.monotonic() + float(sys.argv[2]), random.Random(int(sys.argv[3]))
found = {"answers": 0, "faq": 0, "mixed": [], "older": 0, "errors": [], "versions": 0}
newest = {"index": 0, "faq": 0}

def versions(texts):
    return {int(number) for text in texts for number in re.findall(r"version (\\d+)", text)}

def judge(kind, seen, what):
    found["answers" if kind == "index" else "faq"] += 1
    if len(seen) > 1:
        found["mixed"].append(f"{what}: {sorted(seen)}")
    elif seen:
        found["older"] += min(seen) < newest[kind]
        found["versions"] += min(seen) > newest[kind]
        newest[kind] = max(newest[kind], *seen)

while time.monotonic() < until:
    try:
        with Index.open(sys.argv[1] + "/index") as index, Faq.open(sys.argv[1] + "/faq") as faq:
            for _ in range(rng.randrange(1, 60)):
                mode = rng.choice(["dense", "lexical", "hybrid"])
                hits = index.search("tent stove", 20, mode=mode)
                judge("index", versions(hit.text for hit in hits), mode)
                reply = faq.ask("tent stove 7", 20, floor=0)
                texts = [text for hit in reply.hits for text in (hit.entry.question, hit.entry.answer)]
                judge("faq", versions(texts), "faq")
    except AskewError as error:
        found["errors"].append(str(error))
print(json.dumps(found))
"""


def make(folder: Path) -> None:
    from askew import Document, Faq, Index, QuestionAnswer

    with Index.create(folder / "index", "question-answering", model="hashing") as index:
        index.add([Document(f"d{number}", f"tent stove {number} version 0") for number in range(COUNT)])
    with Faq.create(folder / "faq", model="hashing") as faq:
        faq.add(
            [
                QuestionAnswer(f"q{number}", f"tent stove {number} version 0?", f"The answer {number} of version 0")
                for number in range(COUNT)
            ]
        )


def run(program: str, *arguments: str, ordinary: bool = False) -> subprocess.Popen[str]:
    """Start a process; ordinary: of a user who may write nothing in the folder."""
    prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if ordinary else []
    environment = {**os.environ, "ASKEW_CACHE": arguments[0] + "/cache", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*prefix, sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    options = parser.parse_args()
    dropped = os.geteuid() == 0 and shutil.which("setpriv") is not None
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.chmod(0o755)
        make(folder)
        seconds = str(options.seconds)
        readers = [run(READER, place, seconds, str(number), ordinary=dropped and number == 0) for number in range(3)]
        writer = run(WRITER, place, seconds)
        begun = time.monotonic()
        written = writer.communicate()[0].strip()
        results = [json.loads(reader.communicate()[0]) for reader in readers]
        print(f"{written} versions written in {time.monotonic() - begun:.0f} s")
    for number, found in enumerate(results):
        who = "without write permission" if dropped and number == 0 else "with write permission"
        print(
            f"reader {number}, {who}: {found['answers']} searches, {found['faq']} FAQ replies, of {found['versions']} "
            f"versions; mixed {len(found['mixed'])}, older than before {found['older']}, errors {len(found['errors'])}"
        )
        for what in [*found["mixed"][:5], *found["errors"][:5]]:
            print("  ", what)
    finish(
        [
            Goal("readers-mixed", sum(len(found["mixed"]) + found["older"] for found in results), 0, most=True),
            Goal("readers-errors", sum(len(found["errors"]) for found in results), 0, most=True),
            Goal("readers-answers", min(found["answers"] + found["faq"] for found in results), 100),
        ]
    )


if __name__ == "__main__":
    main()
