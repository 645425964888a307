"""A training that is killed, three times and at bad moments, ends with the same weights as one that is not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("accelerate", reason="install askew[train]")

from helpers import lessons

from askew.training.runs import place
from askew.training.train import RECORD

SCRIPT = """
import json, os, signal, sys
from collections import Counter
from pathlib import Path
from helpers import lessons
from askew.training import runs, train
import accelerate, datasets, sentence_transformers

base, out = sys.argv[1:]
DATA = lessons.judged()

def run(kill):
    os.environ["ASKEW_CARDS"] = str(Path(out).parent / "cards")
    sealed, seen, counts = runs.Run.seal, [], Counter()
    def count(what):
        counts[what] += 1
        if kill == [what, counts[what]]:
            os.kill(os.getpid(), signal.SIGKILL)
    def seal(self, checkpoint):
        count("save")
        sealed(self, checkpoint)
    def report(progress):
        seen.append(progress.done if progress.what == "train" else progress.what)
        count(progress.what)
    runs.Run.seal = seal
    done = train.train(DATA, "question-answering", base, out if kill else out + "-once", batch=16,
                       epochs=2, learning_rate=1e-3, progress=report)
    print(json.dumps([seen, done.fitted.steps, done.fitted.step]), flush=True)

for kill in ([], ["mine negatives", 1], ["train", 7], ["save", 3], ["save the model", 1], ["none", 0]):
    if not (child := os.fork()):  # the libraries are imported once; nothing has run in the parent
        run(kill)
        os._exit(0)
    print(json.dumps(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="fork and SIGKILL")
def test_it_ends_with_the_same_weights(tmp_path: Path) -> None:
    base = lessons.base(tmp_path, prompts={"query": "how long: "})
    command = [sys.executable, "-c", SCRIPT, str(base), str(tmp_path / "out")]
    told = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    assert told.returncode == 0, told.stderr
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [line for line in lines if isinstance(line, int)] == [0, 9, 9, 9, 9, 0], told.stderr
    assert told.stderr == ""
    once, again = (line for line in lines if isinstance(line, list))
    assert [one for one in once[0] if isinstance(one, int)] == list(range(1, once[1] + 1))
    assert [one for one in again[0] if isinstance(one, int)] == []  # only the product was left to make
    assert again[1:] == once[1:]
    folders = [tmp_path / "out-once", tmp_path / "out"]
    first, second = ((folder / "model.safetensors").read_bytes() for folder in folders)
    assert first == second
    records = [json.loads((folder / RECORD).read_text()) for folder in folders]
    assert records[0]["fitted"] == records[1]["fitted"]
    assert not place(tmp_path / "out").exists()
    assert {one.name for one in tmp_path.iterdir()} == {"family", "base", "cards", "out", "out-once", "saved-1"}
