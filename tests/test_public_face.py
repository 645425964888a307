"""Every public callable, with every parameter set to something wrong: an askew error or a right result, nothing else.

The callables are collected from `askew.__all__` and the classes in CLASSES; a new one fails until it has a valid call
in CALLS. A wrong value may be accepted only where the parameter's annotation, or ACCEPTED, allows it.
"""

import contextlib
import inspect
import itertools
import math
import re
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.running import running

import askew
from askew import Client, Document, Faq, Hits, Index, QuestionAnswer
from askew.training.data import TrainingData

CLASSES = {"Index": Index, "Faq": Faq, "Hits": Hits, "Client": Client}
TEXTS = ("Everyone has 28 days of paid holiday.", "Dogs may come on Fridays.", "The canteen opens at noon.")
VECTORS = np.eye(2, 3, dtype=np.float32)

WRONG: dict[str, Callable[[], object]] = {
    "str": lambda: "a string",
    "blank": lambda: " ",
    "none": lambda: None,
    "dict": lambda: {"a": 1},
    "generator": lambda: (text for text in ("one", "two")),
    "frame": lambda: pd.DataFrame({"x": [1, 2]}),
    "array": lambda: np.array([1, 2, 3]),
    "int": lambda: 7,
    "negative": lambda: -3,
    "nan": lambda: math.nan,
    "bool": lambda: True,
    "bytes": lambda: b"bytes",
    "list": list,
    "ints": lambda: [1, 2],
    "set": lambda: {"a"},
    "object": object,
    "type": lambda: int,
}

ANNOTATED = {
    "str": {"str"},
    "none": {"none"},
    "dict": {"mapping", "where", "dict"},
    "generator": {"iterable"},
    "int": {"int", "float"},
    "negative": {"float"},
    "bool": {"bool"},
    "list": {"sequence", "list", "iterable"},
    "ints": {"sequence[int]"},
    "type": {"callable"},
}
"""Kinds of wrong values that are right for a parameter whose annotation has one of these words."""

ACCEPTED = {
    "Client.add.data": {"str", "generator", "list"},
    "Client.add.text": {"list"},
    "Client.add.vectors": {"none"},
    "Client.delete.ids": {"str", "int", "negative", "generator", "list", "ints", "set", "array"},
    "Client.documents.ids": {"list"},
    "Client.explain.weights": {"ints"},
    "Client.search.query": {"generator"},
    "Client.search.weights": {"ints"},
    "Client.similar.text": {"generator"},
    "Index.add.data": {"str", "generator", "list"},
    "Index.add.vectors": {"none"},
    "Faq.ask_all.messages": {"generator"},
    "Faq.add.data": {"list"},
    "Faq.delete.ids": {"str", "int", "negative", "generator", "list", "ints", "set", "array"},
    "Index.delete.ids": {"str", "int", "negative", "generator", "list", "ints", "set", "array"},
    "Index.documents.ids": {"list"},
    "Index.add.text": {"list"},
    "Index.visible_to.groups": {"generator", "list", "set"},
    "Faq.visible_to.groups": {"generator", "list", "set"},
    "Index.rank.queries": {"str", "generator", "list"},
    "Index.rank.weights": {"ints"},
    "Index.search.query": {"generator"},
    "Index.search.weights": {"ints"},
    "Index.similar.text": {"generator"},
    "cluster.data": {"generator"},
    "duplicates.against": {"generator", "list"},
    "duplicates.data": {"generator", "list"},
    "calibrate.weights": {"ints"},
    "explain.weights": {"ints"},
    "migrate.queries": {"generator"},
    "recommend.documents": {"str", "generator"},
    "similarity.a": {"str", "list", "generator"},
    "similarity.b": {"str", "list", "generator", "none"},
    "encode.texts": {"str", "generator", "list"},
}
"""Right values of parameters that take any object."""


@dataclass(frozen=True)
class Room:
    """What the calls work on. index, own, faq: writable, and the same for every call. client, faq_client: of an index
    and of a FAQ on a server at this url.
    """

    folder: Path
    index: Index
    own: Index
    faq: Faq
    hits: Hits
    url: str
    client: Client
    faq_client: Client
    fresh: Iterator[int]

    def new(self) -> Path:
        return self.folder / f"new{next(self.fresh)}"

    def content(self) -> list[object]:
        return [
            *((document, self.index.contract.fingerprint) for document in self.index),
            *self.own,
            *self.faq.questions,
            *self.faq.answers,
        ]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("face")
    (folder / "note.txt").write_text("A note on red tents.")
    served = folder / "served"
    served.mkdir()
    with Index.create(served / "book", "question-answering", model="hashing") as index:
        index.add([Document(f"d{n}", text, metadata={"year": 2020 + n}) for n, text in enumerate(TEXTS)])
    with Faq.create(served / "faq", model="hashing") as faq:
        faq.add([QuestionAnswer("q", "Which cards?", "Visa.")])
    with (
        running(served) as url,
        Client(url, "book") as client,
        Client(url, "faq") as faq_client,
        Index.create(folder / "things", "question-answering", model="hashing") as index,
        Index.create(folder / "own", "paraphrase", dim=3) as own,
        Faq.create(folder / "faq", question_model="hashing", answer_model="hashing") as faq,
    ):
        index.add([Document(f"d{n}", text, metadata={"year": 2020 + n}) for n, text in enumerate(TEXTS)])
        own.add([("a", "red"), ("b", "blue")], vectors=VECTORS)
        faq.add([QuestionAnswer("q", "Which cards?", "Visa."), QuestionAnswer("r", "Open on Sunday?", "No.")])
        yield Room(folder, index, own, faq, index.search("dogs"), url, client, faq_client, itertools.count())


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A string is a name of an index: let them be made in an empty folder."""
    monkeypatch.chdir(tmp_path)


CALLS: dict[str, Callable[[Room], tuple[Callable[..., object], dict[str, object]]]] = {
    "encode": lambda room: (askew.encode, {"texts": ["a"], "task": "paraphrase", "model": "hashing"}),
    "similarity": lambda room: (askew.similarity, {"a": ["a"], "b": ["b"], "model": "hashing"}),
    "models": lambda room: (askew.models, {}),
    "tasks": lambda room: (askew.tasks, {}),
    "doctor": lambda room: (askew.doctor, {}),
    "read": lambda room: (askew.read, {"paths": [room.folder / "note.txt"]}),
    "sync": lambda room: (askew.sync, {"index": room.index, "paths": [room.folder / "note.txt"]}),
    "explain": lambda room: (askew.explain, {"index": room.index, "query": "dogs", "document_id": "d1"}),
    "duplicates": lambda room: (askew.duplicates, {"data": list(TEXTS), "model": "hashing"}),
    "cluster": lambda room: (askew.cluster, {"data": list(TEXTS) * 4, "model": "hashing", "clusters": 2}),
    "judge": lambda room: (askew.judge, {"a": TEXTS[0], "b": TEXTS[1], "score": 0.5}),
    "evaluate": lambda room: (
        askew.evaluate,
        {"index": room.index, "queries": {"q": "dogs"}, "qrels": {"q": {"d1": 1}}, "measures": ["nDCG@10"]},
    ),
    "negatives": lambda room: (
        askew.negatives,
        {"index": room.index, "queries": {"q": "dogs"}, "qrels": {"q": {"d1": 1}}, "margin": 1.0},
    ),
    "advise": lambda room: (askew.advise, {"data": TrainingData(), "index": room.index, "slow_queries": False}),
    "adapt": lambda room: (
        askew.adapt,
        {
            "name": room.folder / "things",
            "queries": {f"q{n}": f"{TEXTS[n % 3]} {n}" for n in range(300)},
            "qrels": {f"q{n}": {f"d{n % 3}": 1} for n in range(300)},
            "method": "nudge-n",
            "out": room.new(),
        },
    ),
    "train": lambda room: (askew.train, {**lesson(), "out": learnt(room)}),
    "recommend": lambda room: (
        askew.recommend,
        {"documents": [Document(f"d{n}", text) for n, text in enumerate(TEXTS)], "queries": ["dogs"], "models": []},
    ),
    "calibrate": lambda room: (
        askew.calibrate,
        {
            "index": room.index,
            "queries": {f"q{n}": text for n, text in enumerate(TEXTS * 10)},
            "qrels": {f"q{n}": {f"d{n % 3}": 1} for n in range(30)},
        },
    ),
    "migrate": lambda room: (askew.migrate, {"name": _migratable(room), "chunk_tokens": 5, "overlap": 0, "k": 1}),
    "Index.create": lambda room: (Index.create, {"name": room.new(), "task": "paraphrase", "model": "hashing"}),
    "Index.open": lambda room: (Index.open, {"name": room.folder / "things"}),
    "Index.open_or_create": lambda room: (
        Index.open_or_create,
        {"name": room.new(), "task": "paraphrase", "model": "hashing"},
    ),
    "Index.add": lambda room: (room.index.add, {"data": [Document("d0", TEXTS[0], metadata={"year": 2020})]}),
    "Index.delete": lambda room: (room.index.delete, {"ids": ["none"]}),
    "Index.search": lambda room: (room.index.search, {"query": "dogs"}),
    "Index.rank": lambda room: (room.index.rank, {"queries": ["dogs"], "k": 2}),
    "Index.learn": lambda room: (room.index.learn, {"queries": ["dogs"], "judged": [{"d1": 1}]}),
    "Index.context": lambda room: (room.index.context, {"query": "dogs"}),
    "Index.similar": lambda room: (room.index.similar, {"text": "dogs"}),
    "Index.visible_to": lambda room: (_guarded(room).visible_to, {"groups": ["staff"]}),
    "Index.duplicates": lambda room: (room.index.duplicates, {"threshold": 0.9}),
    "Index.documents": lambda room: (room.index.documents, {"ids": ["d1"]}),
    "Index.get": lambda room: (room.index.get, {"id": "d1"}),
    "Index.sizes": lambda room: (room.index.sizes, {}),
    "Index.losers": lambda room: (room.index.losers, {"limit": 3}),
    "Index.accounts": lambda room: (room.index.accounts, {}),
    "Index.fields": lambda room: (room.index.fields, {}),
    "Index.facts": lambda room: (room.index.facts, {}),
    "Index.foreign_files": lambda room: (room.index.foreign_files, {}),
    "Index.check": lambda room: (room.index.check, {}),
    "Index.check_writable": lambda room: (room.index.check_writable, {}),
    "Index.optimise": lambda room: (room.index.optimise, {}),
    "Index.discard": lambda room: (_disposable(room).discard, {}),
    "Index.close": lambda room: (_disposable(room).close, {}),
    "Faq.create": lambda room: (
        Faq.create,
        {"name": room.new(), "question_model": "hashing", "answer_model": "hashing"},
    ),
    "Faq.open_or_create": lambda room: (
        Faq.open_or_create,
        {"name": room.new(), "question_model": "hashing", "answer_model": "hashing"},
    ),
    "Faq.open": lambda room: (Faq.open, {"name": room.folder / "faq"}),
    "Faq.add": lambda room: (room.faq.add, {"data": [QuestionAnswer("q", "Which cards?", "Visa.")]}),
    "Faq.delete": lambda room: (room.faq.delete, {"ids": ["none"]}),
    "Faq.visible_to": lambda room: (_guarded_faq(room).visible_to, {"groups": ["staff"]}),
    "Faq.ask": lambda room: (room.faq.ask, {"message": "cards"}),
    "Faq.ask_all": lambda room: (room.faq.ask_all, {"messages": ["cards"]}),
    "Faq.settings": lambda room: (room.faq.settings, {}),
    "Faq.estimate": lambda room: (room.faq.estimate, {}),
    "Faq.learn": lambda room: (room.faq.learn, {"labelled": [("cards", ["q"])]}),
    "Faq.foreign_files": lambda room: (room.faq.foreign_files, {}),
    "Faq.snapshot": lambda room: (room.faq.snapshot, {}),
    "Faq.check": lambda room: (room.faq.check, {}),
    "Faq.unpaired": lambda room: (room.faq.unpaired, {}),
    "Faq.optimise": lambda room: (room.faq.optimise, {}),
    "Faq.discard": lambda room: (_disposable_faq(room).discard, {}),
    "Faq.close": lambda room: (_disposable_faq(room).close, {}),
    "connect": lambda room: (askew.connect, {"url": room.url, "index": "book"}),
    "connect_async": lambda room: (askew.connect_async, {"url": room.url, "index": "book"}),
    "Client.search": lambda room: (room.client.search, {"query": "dogs"}),
    "Client.similar": lambda room: (room.client.similar, {"text": "dogs"}),
    "Client.context": lambda room: (room.client.context, {"query": "dogs"}),
    "Client.explain": lambda room: (room.client.explain, {"query": "dogs", "document_id": "d1"}),
    "Client.ask": lambda room: (room.faq_client.ask, {"message": "cards"}),
    "Client.add": lambda room: (room.client.add, {"data": [Document("d0", TEXTS[0], metadata={"year": 2020})]}),
    "Client.delete": lambda room: (room.client.delete, {"ids": ["none"]}),
    "Client.documents": lambda room: (room.client.documents, {"ids": ["d1"]}),
    "Client.get": lambda room: (room.client.get, {"id": "d1"}),
    "Client.show": lambda room: (room.client.show, {}),
    "Client.sizes": lambda room: (room.client.sizes, {}),
    "Client.close": lambda room: (Client(room.url, "book").close, {}),
    **{
        f"Hits.{name}": lambda room, name=name: (getattr(room.hits, name), {})
        for name in ("to_dicts", "to_pandas", "to_polars", "to_arrow")
    },
}
NOT_CHECKED = {"Hits.index", "Hits.count", "Index.encoder"}
"""Inherited from `collections.abc.Sequence`, with the errors that its users expect; or for use within the package."""

WANTED = {"duplicates", "judge", "cluster", "evaluate", "recommend", "calibrate", "migrate"}
"""Promised by docs/coming-from.md, and not public yet."""


@cache
def lesson() -> dict[str, object]:
    """A training whose run has ended but for its product."""
    from helpers import lessons

    def stop(progress: askew.Progress) -> None:
        if progress.what == "save the model":
            raise KeyboardInterrupt

    base = lessons.base(Path(tempfile.mkdtemp(prefix="askew-tests-")))
    wanted = {"data": lessons.judged(), "task": "question-answering", "base": str(base), "name": "tiny", "steps": 2}
    with contextlib.suppress(KeyboardInterrupt):
        askew.train(**wanted, out=base.parent / "out", progress=stop)
    return wanted


def learnt(room: Room) -> Path:
    """The place of a product that is all but made."""
    out = room.new()
    shutil.copytree(Path(str(lesson()["base"])).parent / "out.run", out.with_name(f"{out.name}.run"))
    return out


def _disposable(room: Room) -> Index:
    return Index.create(room.new(), "paraphrase", model="hashing")


def _disposable_faq(room: Room) -> Faq:
    return Faq.create(room.new(), question_model="hashing", answer_model="hashing")


def _guarded(room: Room) -> Index:
    return Index.create(room.new(), "paraphrase", model="hashing", access=True)


def _guarded_faq(room: Room) -> Faq:
    return Faq.create(room.new(), question_model="hashing", answer_model="hashing", access=True)


def _migratable(room: Room) -> Path:
    name = room.new()
    with Index.create(name, "question-answering", model="hashing") as index:
        index.add(list(TEXTS))
    return name


def public() -> dict[str, Callable[..., object]]:
    """Every public function and method, by name."""
    found: dict[str, Callable[..., object]] = {}
    for name in askew.__all__:
        if inspect.isfunction(one := getattr(askew, name)):
            found[name] = one
    for owner, kind in CLASSES.items():
        for name, _ in inspect.getmembers(kind, callable):
            if not name.startswith("_") and f"{owner}.{name}" not in NOT_CHECKED:
                found[f"{owner}.{name}"] = getattr(kind, name)
    return found


def cases() -> list[tuple[str, str]]:
    return [
        (name, parameter)
        for name, one in public().items()
        for parameter in inspect.signature(one).parameters
        if parameter != "self"
    ]


def allowed(name: str, parameter: str) -> set[str]:
    """The kinds of wrong values that are right here."""
    annotation = str(inspect.signature(public()[name]).parameters[parameter].annotation).lower()
    words = set(re.findall(r"[a-z_]+", annotation)) | ({"sequence[int]"} if "sequence[int]" in annotation else set())
    right = {kind for kind, names in ANNOTATED.items() if words & names}
    return right | ACCEPTED.get(f"{name}.{parameter}", set())


def closed(result: object) -> None:
    if isinstance(result, Index | Faq):
        result.close()


def test_every_public_callable_has_a_valid_call(room: Room) -> None:
    assert set(public()) <= set(CALLS)
    for name in public():
        call, arguments = CALLS[name](room)
        closed(call(**arguments))


@pytest.mark.parametrize(("name", "parameter"), cases())
def test_a_wrong_argument_is_an_askew_error_or_a_right_result(room: Room, name: str, parameter: str) -> None:
    right, problems = allowed(name, parameter), []
    for kind, make in WRONG.items():
        call, arguments = CALLS[name](room)
        before, files = room.content(), set(Path.cwd().iterdir())
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", askew.TruncationWarning)
                closed(call(**{**arguments, parameter: make()}))
        except askew.AskewError:
            if room.content() != before:
                problems.append(f"{kind}: raised, but changed the index")
            if set(Path.cwd().iterdir()) != files:
                problems.append(f"{kind}: raised, but left a file")
        except Exception as error:
            problems.append(f"{kind}: {type(error).__name__}: {str(error)[:100]}")
        else:
            if kind not in right:
                problems.append(f"{kind}: accepted")
    assert not problems, f"{name}({parameter}=…)\n" + "\n".join(problems)


@pytest.mark.parametrize("parameter", ["clean", "removed"])
@pytest.mark.parametrize("kind", sorted(set(WRONG) - {"str", "none"}))
def test_a_wrong_path_of_a_cleaned_file_leaves_nothing(tmp_path: Path, parameter: str, kind: str) -> None:
    file = tmp_path / "texts.csv"
    file.write_text("text\nRed tents.\nRed tents.\n")
    paths = {"clean": tmp_path / "clean.csv", parameter: WRONG[kind]()}
    with pytest.raises(askew.InputError):
        askew.duplicates(file, model="hashing", **paths)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == [file]


def test_every_promised_function_is_public() -> None:
    assert WANTED - set(askew.__all__) == set()


def test_this_file_can_fail() -> None:
    assert allowed("Index.search", "k") == {"int"}
    assert "int" not in allowed("Index.search", "query")
    assert isinstance(WRONG["dict"](), Mapping)
