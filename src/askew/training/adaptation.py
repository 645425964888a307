"""Adaptation of an index to judged queries, from the vectors that it stores: learnt, measured, proven or refused."""

import json
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from askew import files
from askew.encoders.loading import load
from askew.encoders.pairing import TASK, pair_card
from askew.encoders.shared_space import check_shared_space
from askew.errors import InputError, public
from askew.evaluation.qrels import Qrels, judgements, query_texts
from askew.index import Index
from askew.index import folder as index_folder
from askew.models import cards, names, own
from askew.models.card import Card
from askew.models.matryoshka import sealed as sealed_card
from askew.progress import Progress, Report, reporter
from askew.stores.shifts import StoredShifts
from askew.training.adapters import CONTRASTIVE, RIDGE, Adapter, fitted
from askew.training.data import TrainingData, joined, judged
from askew.training.gate import ASYMMETRIC, Verdict, everyday, forgetting_sets, verdict
from askew.training.held_out import HeldOut, Learnt, lessons, pulls
from askew.training.nudge import M, N, Shifts, nudged
from askew.training.query_folder import check_adaptable, write_queries
from askew.training.splits import DataCard, Split, given_split, split, write_card
from askew.training.stored import StoredVectors
from askew.training.trials import Trial, document_vectors, ranked, run_trial
from askew.types import FloatMatrix, Role
from askew.validation import file_path, flag, one_of, whole

AUTO = "auto"
METHODS = (AUTO, RIDGE, CONTRASTIVE, N, M)
WITHHELD = 0.1
"""Share of the relevant documents that NUDGE does not see, to measure what it does to the others."""
BATCH = 512
ACT = "adapting"
VERDICT = "verdict.json"
NOTHING = "On the development queries, nothing was better than the index as it is."


@dataclass(frozen=True)
class Adapted:
    """What was learnt, and whether it is better. method: "" if nothing was better on the development queries.

    strength: the penalty of an adapter, or the bound of the shifts. rank: of an adapter's difference from the identity,
    0 for any. dev: nDCG@10 on the development queries, before and after. seen, unseen: trials on documents of the
    training and on others, None without queries for them. folder: of the product, None if there is none. model: the
    pair to migrate to, "" if none is offered.
    """

    method: str
    strength: float
    rank: int
    dev: tuple[float, float]
    verdict: Verdict
    seen: Trial | None
    unseen: Trial | None
    card: DataCard
    seconds: float
    folder: Path | None = None
    model: str = ""


@public
def adapt(
    name: str | Path,
    queries: Mapping[str, str] | str | Path,
    qrels: Qrels | str | Path,
    *,
    dev_qrels: Qrels | str | Path | None = None,
    test_qrels: Qrels | str | Path | None = None,
    method: str = AUTO,
    out: str | Path | None = None,
    shared_documents: bool = False,
    forgetting: Sequence[str | Path] = (),
    force: bool = False,
    seed: int = 0,
    progress: bool | Report | None = None,
) -> Adapted:
    """Adapt an index to judged queries, its queries by a matrix or its documents by NUDGE; no document is encoded.

    queries: texts by id, or a file. qrels: grades by query and document, or a file; eight tenths of the queries are
    learnt from, unless dev_qrels and test_qrels are given too. method: ridge or contrastive, a matrix for queries;
    auto, the better of the two on development queries; nudge-n or nudge-m, shifts of the documents that were judged.
    out: folder of the product, which must not exist; NAME-adapted by default. shared_documents: split by query only,
    for a collection that stays as it is. forgetting: files of judged data of another subject; without any, a small set
    of askew's. force: offer the result even if it is not better. seed: of the split.

    The index itself does not change. A matrix becomes a model folder and, with the model of the documents, a pair that
    `migrate` switches to; shifts become a file. Raises `InputError` for too few judged queries, and for an index whose
    queries cannot get an adapter.
    """
    start, chosen = time.perf_counter(), one_of(method, "method", METHODS)
    folder, report = _product(name, out), reporter(progress)
    forced, shared = flag(force, "force"), flag(shared_documents, "shared_documents") or chosen in (N, M)
    given_sets = forgetting_sets(forgetting)
    if chosen in (N, M) and given_sets:
        raise InputError("Shifts move documents of this index alone: forgetting (--forgetting) has no use with them.")
    sets = given_sets or {ASYMMETRIC: everyday()[ASYMMETRIC]}
    texts, given = query_texts(queries), _given(qrels, dev_qrels, test_qrels)
    with Index.open(name) as index, index.store.snapshot():
        card = _encoder(index, chosen)
        held_out, made = _material(index, texts, given, whole(seed, "seed"), shared, report)
        if chosen in (N, M):
            made = _withheld(made, seed)
            changes = _shifts(held_out, made, chosen)
        else:
            changes = _adapters(held_out, made, chosen, seed, report)
        dev = held_out.view(made.dev.grades, _relevant(made.dev))
        change, after = held_out.best(dev, changes)
        tests = _tests(held_out, made, change)
        found = _judged(index, change, (held_out.quality(dev), after), tests, made.card, sets, forced)
        found = replace(found, seconds=time.perf_counter() - start)
        return _written(folder, index, card, held_out, found, change)


def _given(*parts: Qrels | str | Path | None) -> list[Qrels]:
    """Return the judgements of one part, which is to be split, or of all three."""
    given = [judgements(part) for part in parts if part is not None]
    if parts[0] is None or len(given) == 2:
        raise InputError("Give the judgements of all three parts (dev_qrels, test_qrels), or only qrels to split them.")
    return given


def _product(name: str | Path, out: str | Path | None) -> Path:
    """Return the folder of the product, whose name the pair will have, and neither of which may exist."""
    place = index_folder(name)
    folder = place.with_name(f"{place.stem}-adapted") if out is None else file_path(out, "out")
    if folder.exists():
        raise InputError(f"{folder} already exists. Name another folder with out (--out), or delete it.")
    if fault := names.fault(folder.name):
        raise InputError(f"The name {folder.name!r} {fault}.")
    for taken in (folder.name, _side(folder)):
        if taken in cards.names():
            raise InputError(f"There is a model {taken} already. Name another folder, or: askew models remove {taken}")
    return folder


def _side(folder: Path) -> str:
    """Return the name of the query encoder in a folder."""
    return f"{folder.name}-queries"


def _encoder(index: Index, method: str) -> Card:
    """Return the card of the index's model. InputError if its queries cannot get an adapter, where one is wanted."""
    contract = index.contract
    if not contract.has_model:
        raise InputError("This index holds your own vectors: there is no encoder whose queries could be adapted.")
    card = sealed_card(contract.encoder.model, contract.encoder.dim)
    if method in (N, M):
        return card
    if index.task.query_role is Role.DOCUMENT:
        raise InputError(
            f"The task {contract.task} encodes queries as documents, so that they cannot be adapted apart from them."
        )
    if contract.overrides:
        raise InputError("This index has prompts of its own, which a pair of models would not have.")
    check_adaptable(card.queries or card)
    return card


def _material(
    index: Index, texts: Mapping[str, str], given: Sequence[Qrels], seed: int, shared: bool, report: Report
) -> tuple[HeldOut, Split]:
    """Return the judged queries of an index with their vectors, and their split."""
    stored = StoredVectors.of(index)
    there = set(stored.ids)
    wanted = sorted({id for grades in given for graded in grades.values() for id in graded if id in there})
    documents = {document.id: document for document in index.documents(wanted)}
    parts = [judged(texts, documents, grades) for grades in given]
    data = joined(parts)
    made = (
        split(data, seed=seed, shared_documents=shared)
        if len(parts) == 1
        else given_split(*parts, shared_documents=shared)
    )
    ids, vectors = list(data.grades), list[FloatMatrix]()
    for start in range(0, len(ids), BATCH):
        part = [data.queries[id] for id in ids[start : start + BATCH]]
        vectors.append(index.sealed.encode_queries(part, ACT))
        report(Progress("encode queries", start + len(part), len(ids)))
    return HeldOut(stored, data, dict(zip(ids, np.concatenate(vectors), strict=True))), made


def _adapters(held_out: HeldOut, made: Split, method: str, seed: int, report: Report) -> Iterator[Learnt]:
    learnt = lessons(held_out, made.train, seed)
    for each in (RIDGE, CONTRASTIVE) if method == AUTO else (method,):
        yield from fitted(each, learnt, report)


def _shifts(held_out: HeldOut, made: Split, method: str) -> Iterator[Learnt]:
    return nudged(method, *pulls(held_out, made.train))


def _withheld(made: Split, seed: int) -> Split:
    """Return the split without the judgements of some documents in training, so that they stay unseen."""
    relevant = sorted(_relevant(made.train))
    drawn = np.random.default_rng(seed).permutation(len(relevant))[: round(WITHHELD * len(relevant))]
    unseen = {relevant[place] for place in drawn}
    kept = {
        query: {id: grade for id, grade in given.items() if id not in unseen}
        for query, given in made.train.grades.items()
    }
    grades = {query: given for query, given in kept.items() if any(grade > 0 for grade in given.values())}
    train = TrainingData(made.train.queries, made.train.documents, grades, kinds=made.train.kinds)
    return Split(train, made.dev, made.test, made.card)


def _relevant(part: TrainingData) -> set[str]:
    return {id for _, id in part.relevant()}


def _tests(held_out: HeldOut, made: Split, change: Learnt | None) -> tuple[Trial, Trial | None, Trial | None]:
    """Return the trials on held-out queries: with their documents, with those of the training, and with unseen ones."""
    seen, held = _relevant(made.train), _relevant(made.test)

    def trial(name: str, documents: Collection[str]) -> Trial | None:
        view = held_out.view(made.test.grades, documents)
        return held_out.trial(name, view, change) if view.grades else None

    first = trial("held-out queries", held)
    if first is None:
        raise InputError("No held-out query has a relevant document in the index.")
    return first, trial("documents of the training", seen), trial("unseen documents", held - seen)


def _judged(
    index: Index,
    change: Learnt | None,
    dev: tuple[float, float],
    tests: tuple[Trial, Trial | None, Trial | None],
    card: DataCard,
    sets: Mapping[str, TrainingData],
    force: bool,
) -> Adapted:
    """Return what was learnt with its verdict: whether it forgets, other subjects and unseen documents tell."""
    others = [tests[2]] if tests[2] is not None and card.shared_documents else []
    if isinstance(change, Adapter):
        others += [_foreign(index, name, data, change) for name, data in sets.items()]
    said = verdict(tests[0], others, force=force and change is not None)
    if change is None:
        return Adapted("", 0.0, 0, dev, _noting(said), tests[1], tests[2], card, 0.0)
    strength, rank = (change.penalty, change.rank) if isinstance(change, Adapter) else (change.bound, 0)
    return Adapted(change.method, strength, rank, dev, said, tests[1], tests[2], card, 0.0)


def _noting(said: Verdict) -> Verdict:
    return Verdict(said.accepted, said.held_out, said.forgetting, (NOTHING,), said.notes)


def _foreign(index: Index, name: str, data: TrainingData, adapter: Adapter) -> Trial:
    """Return the trial of an adapter on judged queries of another subject, with documents of their own."""
    if not data.grades:
        raise InputError(f"{name} has no judged queries to measure with.")
    vectors = document_vectors(list(data.documents.values()), index.encoder(ACT))
    asked = index.sealed.encode_queries([data.queries[query] for query in data.grades], ACT)
    runs = [ranked(list(data.grades), each, list(data.documents), vectors) for each in (asked, adapter(asked))]
    return run_trial(name, data.queries, data.grades, runs[0], runs[1])


def _written(
    folder: Path, index: Index, card: Card, held_out: HeldOut, found: Adapted, change: Learnt | None
) -> Adapted:
    """Write the product with its data card and verdict, and register a pair that is offered: both, or neither."""
    if change is None:
        return found
    is_pair = isinstance(change, Adapter) and found.verdict.offered
    found = replace(found, folder=folder, model=folder.name if is_pair else "")
    with files.staging(folder) as made:
        if isinstance(change, Adapter):
            write_queries(made, card.queries or card, change.matrix, index.contract.task)
        else:
            _write_shifts(made, index, held_out, change)
        write_card(made, found.card)
        files.replace_text(made / VERDICT, json.dumps(told(found), ensure_ascii=False, indent=1) + "\n")
    if is_pair:
        try:
            _register(folder, card)
        except BaseException:
            if _side(folder) in cards.names():
                own.remove(_side(folder))
            files.discard(folder)
            raise
    return found


def _register(folder: Path, card: Card) -> None:
    """Save the pair of the model of documents and the adapted one of queries."""
    queries = own.add(folder, _side(folder))
    made = pair_card(folder.name, card.documents or card, queries)
    check_shared_space(load(made, TASK))
    own.save(made)


def _write_shifts(folder: Path, index: Index, held_out: HeldOut, shifts: Shifts) -> None:
    """Write the shifted vectors, and of which passages of which texts they are."""
    passages = index.store.passages(held_out.stored.keys[shifts.places].tolist())
    digests = index.store.digests(sorted({passage.document for passage in passages}))
    named = tuple((passage.document, passage.number, digests[passage.document]) for passage in passages)
    made = StoredShifts(shifts.vectors, named, index.contract.encoder.fingerprint, shifts.method, shifts.bound)
    made.save(folder)


def told(found: Adapted) -> dict[str, object]:
    """Return the result as JSON, with the queries that changed most instead of all."""
    said = found.verdict
    trials = {"held_out": said.held_out, "seen": found.seen, "unseen": found.unseen}
    return {
        "method": found.method,
        "strength": found.strength,
        "rank": found.rank,
        "dev": list(found.dev),
        "accepted": said.accepted,
        "offered": said.offered,
        "reasons": list(said.reasons),
        "notes": list(said.notes),
        **{name: _figures(one) for name, one in trials.items() if one is not None},
        "forgetting": [_figures(one) for one in said.forgetting],
        "winners": [vars(one) for one in said.winners],
        "losers": [vars(one) for one in said.losers],
        "data": asdict(found.card),
        "seconds": found.seconds,
        "folder": str(found.folder or ""),
        "model": found.model,
    }


def _figures(one: Trial) -> dict[str, object]:
    figures = {name: value for name, value in asdict(one).items() if name not in ("changes", "compared")}
    return {**figures, **asdict(one.compared), "p": one.p}
