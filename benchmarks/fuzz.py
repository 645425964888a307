"""Does anything but an error of askew come out of damaged input? Valid files are mutated, one case after the other.

Each case runs in a child process, so that a crash, a hang, a Rust panic or a lack of memory is found as well. Every
fault is printed with the seed that repeats it: `python benchmarks/fuzz.py --replay SEED`.
"""

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from goals import Goal, finish

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

SECONDS = 60
"""For one case; none of the valid files takes a tenth of it."""
MEMORY = 6 << 30
"""Bytes of address space of a child."""
BATCH = 40
"""Cases that one child runs, one after the other: starting it takes longer than a case."""

Case = Callable[[random.Random, Path], object]

ROWS = 'id,text,year\n1,"red, tents",2020\n2,blue kayaks,\n'
LINES = '{"id": "1", "text": "red tents", "metadata": {"year": 2020}}\n{"id": 2, "text": "blue", "tags": ["a", null]}\n'
QRELS = ("q1 0 d1 1\nq2 0 d2 0\n", "query-id\tcorpus-id\tscore\nq1\td1\t1\n", 'qid,docid,rel\nq1,"d,1",2\n')
RUN = "q1 Q0 d1 1 0.5 tag\nq1 Q0 d2 2 0.25 tag\n"
PAIRS = 'text1,text2,label,score\na tent,"the tent",1,0.9\nb,c,0,0.1\n'
LABEL = '{"a": "1", "b": "2", "label": "duplicate", "score": 0.9, "text1": "x", "text2": "y", "when": "2024-01-01"}\n'
WHERE = (
    '{"lang": "en", "year": {"$gte": 2020, "$not": {"$in": [1, null]}}, "$or": [{"a.b": true}, {"c": {"$ne": 0.5}}]}'
)
MAIL = (
    b"From: a@b.c\r\nTo: d@e.f\r\nSubject: =?utf-8?q?T=C3=A9?=\r\nContent-Type: text/html; charset=utf-8\r\n"
    b"\r\n<p>T</p>"
)
ODD = (
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n", b"\t", b'"', b"\\", b"1e400", b"-1", b"NaN", b"9" * 5000),
    *("\u2028".encode(), "\ud800".encode("utf-8", "surrogatepass"), b"[" * 2000, b'{"$not":' * 1500, b"<b>" * 3000),
    *(b"../../x", b"'; DROP TABLE documents; --", b"${x}", b"%s%n", b"\x1b[2J", b"\x85\x1c\x0b\x0c", b"(" * 3000),
    *(b"\xff\xff\xff\xff\xff\xff\xff\x7f", b"\x00" * 64, b"null", b"true", b"{}", b"[]", b'""', b"a" * 100_000),
)


def mutated(rng: random.Random, data: bytes) -> bytes:
    """Cut, repeat, overwrite and insert, now and then nothing at all."""
    held = bytearray(data)
    for _ in range(rng.choice((0, 1, 1, 2, 3, 8, 30))):
        place = rng.randrange(len(held) + 1)
        until = min(len(held), place + rng.choice((1, 1, 2, 8, 100, 5000)))
        match rng.randrange(6):
            case 0:
                del held[place:until]
            case 1:
                held[place:until] = rng.randbytes(until - place)
            case 2:
                held[place:place] = rng.choice(ODD)
            case 3:
                held[place:place] = held[place:until] * rng.choice((1, 2, 50))
            case 4 if place < len(held):
                held[place] ^= 1 << rng.randrange(8)
            case 5:
                held[place:until] = rng.choice(ODD)
    return bytes(held)


@cache
def documents() -> dict[str, bytes]:
    """A small valid file of every format, by suffix."""
    from helpers import office

    part = office.Part("Tents", "A red tent and a blue kayak. " * 5)
    made = {
        "docx": lambda: office.docx([part]),
        "xlsx": lambda: office.xlsx({"A": [["a", 1], [0.5, None]]}),
        "pptx": lambda: office.pptx([part]),
        "pdf": lambda: office.pdf([part], title="T", outline=True),
        "epub": lambda: office.epub([part]),
        "html": lambda: office.html("<h1>T</h1><table><tr><td>a<td>b</table><ul><li>c</ul><pre>d</pre>", "T"),
    }
    texts = {"csv": ROWS, "tsv": ROWS.replace(",", "\t"), "jsonl": LINES, "md": "# T\n\ntext\n", "txt": "text\n" * 3}
    return {
        **{name: make() for name, make in made.items()},
        **{name: text.encode() for name, text in texts.items()},
        "eml": MAIL,
    }


def repacked(rng: random.Random, data: bytes) -> bytes:
    """Mutate the members of an archive instead of the archive, which would only fail its checksums."""
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        chosen = rng.choice(old.namelist())
        for name in old.namelist():
            new.writestr(
                name, mutated(rng, old.read(name)) if name == chosen or not rng.randrange(8) else old.read(name)
            )
    return out.getvalue()


def a_document(rng: random.Random, folder: Path) -> object:
    import askew

    suffix, data = rng.choice(sorted(documents().items()))
    is_archive = data.startswith(b"PK") and rng.random() < 0.8
    (folder / f"a.{suffix}").write_bytes(repacked(rng, data) if is_archive else mutated(rng, data))
    return askew.read(folder / f"a.{suffix}")


def a_parser(rng: random.Random, _: Path) -> object:
    """The parsers without their process, whose crash is caught there: what is no plain reason is a fault."""
    from askew.documents.formats.draft import UnusableError
    from askew.documents.formats.parsing import HOMES, parse

    suffix = rng.choice(sorted(HOMES))
    data = documents()[suffix]
    try:
        return parse(
            repacked(rng, data) if data.startswith(b"PK") and rng.random() < 0.8 else mutated(rng, data), suffix
        )
    except UnusableError:
        return None


def a_file_of_judgements(rng: random.Random, folder: Path) -> object:
    from askew.evaluation import labelled_pairs, qrels

    kind, valid = rng.choice([*(("qrels", text) for text in QRELS), ("run", RUN), ("pairs", PAIRS), ("pairs", LABEL)])
    suffix = "jsonl" if valid is LABEL else "csv"
    path = folder / f"a.{suffix}"
    path.write_bytes(mutated(rng, valid.encode()))
    readers: dict[str, Callable[[Path], object]] = {
        "qrels": qrels.read_qrels,
        "run": qrels.read_run,
        "pairs": labelled_pairs.read_pairs,
    }
    return readers[kind](path)


def queries(rng: random.Random, folder: Path) -> object:
    from askew.evaluation.qrels import query_texts

    suffix, valid = rng.choice((("csv", ROWS), ("jsonl", LINES), ("txt", "a query\nanother\n")))
    (folder / f"q.{suffix}").write_bytes(mutated(rng, valid.encode()))
    return query_texts(folder / f"q.{suffix}")


def labels_of_a_review(rng: random.Random, folder: Path) -> object:
    from askew.dedup.review import Labels

    (folder / "labels.jsonl").write_bytes(mutated(rng, LABEL.encode() * 3))
    with Labels(folder / "labels.jsonl") as labels:
        return labels


def a_filter(rng: random.Random, folder: Path) -> object:
    import askew
    from askew.cli.search import parsed_where

    with askew.Index.open(index(folder)) as opened:
        where = parsed_where(mutated(rng, WHERE.encode()).decode("utf-8", "replace"))
        return opened.search(
            "tents", rng.choice((1, 10, 10**12, 10**18)), where=where, mode=rng.choice(("dense", "lexical"))
        )


def a_search(rng: random.Random, folder: Path) -> object:
    import askew

    text = mutated(rng, b"red tents AND (blue OR kayaks)").decode("utf-8", rng.choice(("replace", "surrogateescape")))
    with askew.Index.open(index(folder)) as opened:
        mode = rng.choice(("dense", "lexical", "hybrid"))
        opened.documents([text]) if text in opened else None
        return opened.search(text, rng.choice((1, 3, 10**9)), mode=mode, highlight=1)


def a_name(rng: random.Random, folder: Path) -> object:
    import askew

    name = mutated(rng, b"id'--").decode("utf-8", "replace")
    with askew.Index.open(index(folder), writable=True) as opened:
        opened.add([askew.Document(name or "x", "text", name, {name or "x": name})])
        opened.search("text", 1, where={name: name} if name and not name.startswith("$") else {"a": name})
        return opened.delete([name or "x"])


def a_card(rng: random.Random, folder: Path) -> object:
    from askew.models import cards

    (folder / "card.toml").write_bytes(mutated(rng, card()))
    return cards.load(folder / "card.toml")


def card() -> bytes:
    from importlib import resources

    return resources.files("askew.models").joinpath("cards", "all-MiniLM-L6-v2.toml").read_bytes()


def a_model_folder(rng: random.Random, folder: Path) -> object:
    """A static model with damaged files."""
    from helpers import static_model

    from askew.encoders.loading import signature
    from askew.encoders.static import StaticEncoder
    from askew.models import cards, own
    from askew.types import Role

    form = rng.choice(("float32", "float16", "int8", "weights", "mapping", "unigram"))
    for file in sorted(static_model.write(folder, form).iterdir()):
        if rng.random() < 0.5:
            file.write_bytes(mutated(rng, file.read_bytes()))
    own.template(folder)
    sealed = replace(
        signature(cards.get("all-MiniLM-L6-v2"), "paraphrase", "fp32"), architecture="static", dim=static_model.DIM
    )
    return StaticEncoder(sealed, folder).encode(["the cat sat on the mat"], Role.DOCUMENT)


def a_damaged_index(rng: random.Random, folder: Path) -> object:
    """Only its small files of text: the store's own files are the business of benchmarks/crash.py and `check`."""
    import askew

    home = index(folder)
    (home / "versions.json").write_bytes(mutated(rng, b'{"serving": 0, "next": null, "kept": null}'))
    with askew.Index.open(home) as opened:
        return opened.search("tents", 1)


def a_damaged_note(rng: random.Random, folder: Path) -> object:
    import askew
    from askew.confidence import record
    from askew.search import hybrid

    home = index(folder)
    with askew.Index.open(home, writable=True) as opened:
        for name in (record.NOTE, hybrid.NOTE):
            opened.store.set_note(name, mutated(rng, b'{"dense": 1.0, "lexical": 0.5}').decode("utf-8", "replace"))
        return opened.search("tents", 1, mode="hybrid", min_confidence=rng.choice((0.0, 0.9)))


def index(folder: Path) -> Path:
    """A copy of one small index, made once per child."""
    import askew

    made = Path(tempfile.gettempdir()) / "template.askew"
    if not made.exists():
        texts = [
            askew.Document(str(n), f"red tents and blue kayaks {n}", "", {"lang": "en", "year": n}) for n in range(9)
        ]
        with askew.Index.create(made.with_suffix(""), "question-answering", model="hashing") as opened:
            opened.add(texts)
    return Path(shutil.copytree(made, folder / "x.askew"))


CASES: dict[str, Case] = {
    case.__name__: case
    for case in (
        *(a_document, a_parser, a_file_of_judgements, queries, labels_of_a_review, a_filter, a_search, a_name),
        *(a_card, a_model_folder, a_damaged_index, a_damaged_note),
    )
}


def one(seed: int) -> dict[str, object]:
    """Run a case; the fault is "" where it succeeded or failed with an error of askew."""
    import askew

    rng = random.Random(seed)
    name = rng.choice(sorted(CASES))
    fault = trace = ""
    with tempfile.TemporaryDirectory() as folder:
        try:
            CASES[name](rng, Path(folder))
        except askew.AskewError:
            pass
        except BaseException as error:  # Rust panics are no Exception
            if isinstance(error, KeyboardInterrupt):
                raise
            at = traceback.extract_tb(error.__traceback__)
            ours = [frame for frame in at if "/askew/" in frame.filename] or at
            fault = f"{type(error).__name__} at {Path(ours[-1].filename).name}:{ours[-1].lineno}: {str(error)[:200]}"
            trace = traceback.format_exc()
    return {"seed": seed, "case": name, "fault": fault, "trace": trace}


def child(seeds: list[int]) -> None:
    """Run cases; a line of JSON before and after each."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder
        for seed in seeds:
            print(json.dumps({"begin": seed}), flush=True)
            print(json.dumps(one(seed)), flush=True)


def run(seeds: list[int]) -> tuple[list[dict[str, object]], list[int]]:
    """Run cases in a child. Returns their outcomes, and the seeds that are left after one that ended the child."""
    command = [sys.executable, "-W", "ignore", __file__, "--seeds", *map(str, seeds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        out, _ = process.communicate(timeout=SECONDS + 2 * len(seeds))
        how = f"the process ended with {process.returncode}"
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
        how = "it did not end"
    said = [json.loads(line) for line in out.splitlines() if line.endswith("}")]
    done = [one for one in said if "fault" in one]
    begun = [one["begin"] for one in said if "begin" in one]
    if len(begun) > len(done):
        done.append({"seed": begun[-1], "case": "", "fault": how, "trace": ""})
    elif not begun:
        done.append({"seed": seeds[0], "case": "", "fault": f"no case began: {how}", "trace": ""})
    return done, seeds[len(done) :]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--replay", type=int, help="run the case of one seed here, with its traceback")
    parser.add_argument("--seeds", type=int, nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.seeds is not None:
        child(options.seeds)
        return
    if options.replay is not None:
        print(one(options.replay))
        return
    until, rng = time.monotonic() + 60 * options.minutes, random.Random(options.seed)
    counts: Counter[str] = Counter()
    faults: list[dict[str, object]] = []
    left: list[int] = []
    while time.monotonic() < until:
        left = left or [rng.randrange(10**9) for _ in range(BATCH)]
        done, left = run(left)
        counts.update(str(one["case"]) for one in done)
        for found in done:
            if found["fault"]:
                faults.append(found)
                print(f"fault: --replay {found['seed']}  {found['case']}: {found['fault']}", flush=True)
    for name, count in sorted(counts.items()):
        print(f"{count:>7,} {name or '(ended its process)'}")
    kinds = {str(found["fault"]).partition(":")[0] + str(found["fault"]).partition(":")[2][:8] for found in faults}
    print(f"{counts.total():,} cases, {len(faults)} faults of {len(kinds)} kinds")
    finish([Goal("fuzz-faults", len(faults), 0, most=True), Goal("fuzz-cases", counts.total(), 50 * options.minutes)])


if __name__ == "__main__":
    main()
