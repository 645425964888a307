"""Cold search: `askew search` as a new process on 10,000 passages, against the shortest script with
sentence-transformers that answers the same question from vectors saved beforehand.

Byte code is compiled beforehand, as an installed package has it, whatever PYTHONDONTWRITEBYTECODE says.
"""

import compileall
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from goals import Goal, finish
from reference import MODEL
from texts import mixed

import askew
from askew import Document, Index, Role
from askew.encoders.loading import load
from askew.models import cards, pull

PASSAGES = 10_000
ROUNDS = 5
QUERY = "how long may I stay at home with a newborn?"

PEER = """
import sys
import numpy as np
from sentence_transformers import SentenceTransformer, models
transformer = models.Transformer(sys.argv[1], max_seq_length=256)
pooling = models.Pooling(384, pooling_mode="mean")
model = SentenceTransformer(modules=[transformer, pooling, models.Normalize()], device="cpu")
scores = np.load(sys.argv[2]) @ model.encode(sys.argv[4])
texts = open(sys.argv[3], encoding="utf-8").read().splitlines()
for i in np.argsort(-scores)[:10]:
    print(round(float(scores[i]), 3), texts[i])
"""


def compile_package() -> None:
    """Write the byte code that pip writes when it installs the package."""
    compileall.compile_dir(str(Path(askew.__file__).parent), quiet=2)


def best(command: list[str]) -> tuple[float, str]:
    """Return the seconds of the fastest of some runs, after one that warms the disk cache, and what it printed."""
    taken, out = float("inf"), ""
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        taken = min(taken, time.perf_counter() - start)
    return taken, out


def main() -> None:
    texts = mixed(PASSAGES, longest=40)
    with tempfile.TemporaryDirectory() as folder:
        name = Path(folder) / "cold"
        documents = [Document(f"p{i}", text) for i, text in enumerate(texts)]
        with Index.create(name, "question-answering", policy="accept") as index:
            index.add(documents)
            index.optimise()
        vectors = load(cards.get(MODEL), "question-answering").encode(texts, Role.DOCUMENT).vectors
        np.save(Path(folder) / "vectors.npy", vectors)
        Path(folder, "texts.txt").write_text("\n".join(texts), "utf-8")
        compile_package()
        command = str(Path(sys.executable).with_name("askew"))
        ours, found = best([command, "search", str(name), QUERY])
        weights = str(pull.find(cards.get(MODEL)))
        files = [str(Path(folder) / "vectors.npy"), str(Path(folder) / "texts.txt")]
        theirs, expected = best([sys.executable, "-c", PEER, weights, *files, QUERY])
    print(f"{PASSAGES} passages, fastest of {ROUNDS} processes each\n")
    print(f"sentence-transformers script  {theirs:6.2f} s   {expected.splitlines()[0][:60]}")
    print(f"askew search                  {ours:6.2f} s   {' '.join(found.splitlines()[1].split())[:60]}")
    finish([Goal("cold-speed", theirs / ours, 15, "x"), Goal("cold-seconds", ours, 0.3, " s", most=True)])


if __name__ == "__main__":
    main()
