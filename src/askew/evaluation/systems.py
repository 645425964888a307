"""Evaluation of search systems: indexes in one or more modes, and TREC runs, on queries with relevance judgements."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from askew.errors import InputError
from askew.evaluation.abstention import abstention
from askew.evaluation.evaluate import Evaluation, evaluate_runs, measured, shown
from askew.evaluation.index_runs import absent, index_run, titles
from askew.evaluation.measures import STANDARD, Run, depth, judged, parsed
from askew.evaluation.qrels import Qrels, judgements, numbers_by_id, query_texts, read_run
from askew.evaluation.report import shown_queries
from askew.index import Index
from askew.progress import Report, reporter
from askew.search.ranking import MODES
from askew.validation import flag, one_of, string, strings, whole
from askew.values import items
from askew.values import shown as described

SearchSystem = Index | Run | str | Path
"""An index, the name of one, a run, or the path of a TREC run."""
MODE = "dense"


@dataclass(frozen=True)
class _Search:
    """texts: by id, of the queries to search for. modes: of indexes. k: hits per query."""

    texts: Mapping[str, str]
    qrels: Qrels
    modes: Sequence[str]
    k: int
    report: Report


def evaluate(
    index: SearchSystem,
    *,
    queries: Mapping[str, str] | str | Path | None = None,
    qrels: Qrels | str | Path,
    measures: str | Sequence[str] = STANDARD,
    mode: str | Sequence[str] = MODE,
    against: Mapping[str, SearchSystem] | Sequence[str | Path] | str | Path = (),
    k: int = 0,
    unanswerable: bool = False,
    progress: bool | Report | None = None,
) -> Evaluation:
    """Measure the quality of searches on judged queries, and compare systems query by query.

    index: an index or its name; a TREC run or its path. queries: text by id, or a file with id and text; None if only
    runs are evaluated. qrels: grade by query and document id (0 and below is not relevant), or a file in the layout of
    TREC or BEIR, CSV or TSV. measures: names as in ir-measures, such as "nDCG@10". mode: dense, lexical or hybrid;
    several are compared with the first. against: more systems to compare with the first, by name. k: hits per query, 0
    for as many as the measures need. unanswerable: also search for the queries without a relevant document, and measure
    whether their scores are lower (`Evaluation.abstention`).

    Raises InputError if no query has a relevant document, if ids of documents or queries do not match, or if a system
    or measure cannot be used.
    """
    wanted = parsed(measures)
    modes = _modes(mode)
    depths = whole(k, "k") or depth(wanted)
    named, report = dict(_named(index, against)), reporter(progress)
    flag(unanswerable, "unanswerable")
    grades = judgements(qrels)
    texts = dict.fromkeys(grades, "") if queries is None else query_texts(queries)
    known = measured(texts, grades)
    if unanswerable and (queries is None or len(known) == len(texts)):
        raise InputError("unanswerable needs queries without a relevant document; pass some, or leave it out.")
    searched = texts if unanswerable else {id: texts[id] for id in known}
    search = _Search(searched, grades, modes, depths, report)
    with ExitStack() as opened:
        systems = {name: _opened(one, opened) for name, one in named.items()}
        runs, missing = _runs(systems, search, searchable=queries is not None)
        _check_ids(runs, known)
        found = evaluate_runs(wanted, texts, grades, runs)
        indexes = [one for one in systems.values() if isinstance(one, Index)]
        found = replace(found, missing=missing, titles=_titles(indexes, shown(found, shown_queries(found))))
    if not unanswerable:
        return found
    return replace(found, abstention={name: abstention(list(texts), grades, run) for name, run in runs.items()})


def is_run(name: str | Path) -> bool:
    """Return whether a name is the path of a run: an index is a folder."""
    return Path(name).is_file()


def _named(
    first: SearchSystem, others: Mapping[str, SearchSystem] | Sequence[str | Path] | str | Path
) -> Iterator[tuple[str, SearchSystem]]:
    """Yield the systems with their names. Raises InputError if two have the same name, or if one is no system."""
    name = str(first) if isinstance(first, str | Path) else "index" if isinstance(first, Index) else "run"
    seen: set[str] = set()
    for other, system in [(name, first), *_others(others)]:
        if not isinstance(system, Index | str | Path | Mapping):
            raise InputError(
                f"{other} must be an index, its name, a run {{query: {{document: score}}}} or the path of a TREC run, "
                f"not {described(system)}."
            )
        if other in seen:
            raise InputError(f"{other} is named twice: a system is compared with others, not with itself.")
        seen.add(other)
        yield other, system


def _others(given: object) -> list[tuple[str, Any]]:
    if isinstance(given, Mapping):
        return [(string(name, "A name in against"), system) for name, system in given.items()]
    if isinstance(given, str | Path):
        return [(str(given), given)]
    listed = items(given, "against must be a list of names and paths, or a dict {name: index or run}")
    if not all(isinstance(one, str | Path) for one in listed):
        raise InputError("Only names and paths can be listed. Pass a dict: against={'name': index or run}.")
    return [(str(one), one) for one in listed]


def _modes(given: str | Sequence[str]) -> tuple[str, ...]:
    modes = [given] if isinstance(given, str) else strings(given, "mode", "['dense', 'hybrid']") or [MODE]
    return tuple(dict.fromkeys(one_of(mode, "search mode", MODES) for mode in modes))


def _opened(system: SearchSystem, opened: ExitStack) -> Index | Run:
    if isinstance(system, Index):
        return system
    if isinstance(system, Mapping):
        return numbers_by_id(system, "A run must be a dict {query: {document: score}}")
    return read_run(system) if is_run(system) else opened.enter_context(Index.open(system))


def _runs(
    systems: Mapping[str, Index | Run], search: _Search, searchable: bool
) -> tuple[dict[str, Run], dict[str, int]]:
    """Return the run of each system and mode, and how many relevant documents each index lacks."""
    runs: dict[str, Run] = {}
    missing: dict[str, int] = {}
    relevant = [query for query in judged(search.qrels) if query in search.texts]
    for name, system in systems.items():
        if not isinstance(system, Index):
            runs[name] = system
            continue
        if not searchable:
            raise InputError(f"Pass queries with their texts to search {name}; only runs can do without.")
        missing[name] = absent(system, search.qrels, relevant)
        for mode in search.modes:
            named = f"{name} ({mode})" if len(search.modes) > 1 else name
            runs[named] = index_run(system, search.texts, search.k, mode, search.report)
    return runs, missing


def _check_ids(runs: Mapping[str, Run], known: Sequence[str]) -> None:
    for name, run in runs.items():
        if not any(query in run for query in known):
            raise InputError(f"{name} has no hits for any judged query: do run and judgements use the same ids?")


def _titles(indexes: Sequence[Index], documents: Sequence[str]) -> dict[str, str]:
    known: dict[str, str] = {}
    for index in indexes:
        known |= titles(index, [id for id in documents if id not in known])
    return known
